"""What the layers of a scenario hold, and whether its rules speak of what is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from siting.errors import Fault, InputError, nearest
from siting.scenario.demand import Demand, read_demand
from siting.scenario.gathering import Log
from siting.scenario.outlets import StandingOutlets, read_outlets
from siting.scenario.premises import Premises, read_premises
from siting.scenario.reading import Document, Key
from siting.scenario.schema import Settings
from siting.scenario.standards import Standards


@dataclass(frozen=True)
class Contents:
    """The layers as tables of ids."""

    demand: Demand
    outlets: StandingOutlets
    premises: Premises
    warnings: tuple[str, ...]

    @property
    def districts(self) -> tuple[str, ...]:
        """Every district named, those of the demand first, in order of appearance."""
        named = [*self.demand.district, *self.premises.district]
        return tuple(dict.fromkeys(name for name in named if name))


def read_contents(
    settings: Settings, standards: Standards, document: Document, folder: Path
) -> Contents:
    """Read every layer.

    Raises:
        InputError: the faults of all layers, and of rules that name unknown sites or districts.
    """
    log = Log()
    formats, use = standards.formats, standards.use
    demand = read_demand(settings.demand, document, folder, log)
    outlets = read_outlets(settings.outlets, formats, document, folder, log)
    premises = read_premises(settings.premises, formats, use, document, folder, log)
    if premises is not None:
        log.faults += _unknown_sites(settings, document, premises, outlets)
    if premises is not None and demand is not None:
        log.faults += _unknown_districts(settings, document, demand, premises)
    if log.faults or demand is None or outlets is None or premises is None:
        raise InputError(log.faults)
    _tell_unused(outlets, standards, log)
    return Contents(demand, outlets, premises, tuple(log.warnings))


def _unknown_sites(
    settings: Settings, document: Document, premises: Premises, outlets: StandingOutlets | None
) -> Iterator[Fault]:
    known = set(premises.places.ids)
    for kind in ("require", "forbid"):
        for i, rule in enumerate(getattr(settings.rules, kind)):
            if rule.site not in known:
                key: Key = ("rules", kind, i, "site")
                hint = nearest(rule.site, known)
                yield document.fault(key, "must be the id of a premises", repr(rule.site), hint)
    if outlets is None:
        return
    begin = 0
    for spec, part in zip(settings.outlets, outlets.places.layers, strict=True):
        sites = outlets.site[begin : begin + len(part)]
        begin += len(part)
        wrong = np.array([bool(site) and site not in known for site in sites], np.bool_)
        if wrong.any() and spec.site:
            before = len(part.columns.faults)
            rows = np.flatnonzero(wrong)
            hint = nearest(sites[rows[0]], known)
            part.columns.bad(spec.site, "must be blank or the id of a premises", rows, hint)
            yield from part.columns.faults[before:]


def _unknown_districts(
    settings: Settings, document: Document, demand: Demand, premises: Premises
) -> Iterator[Fault]:
    of_demand, of_premises = set(demand.district) - {""}, set(premises.district) - {""}
    named: list[tuple[Key, str, set[str]]] = []
    if settings.budget is not None:
        named += [(("budget", "per_district", name), name, of_premises)
                  for name in settings.budget.per_district]  # fmt: skip
    if settings.rules.max_outlets is not None:
        named += [(("rules", "max_outlets", "per_district", name), name, of_premises)
                  for name in settings.rules.max_outlets.per_district]  # fmt: skip
    for i, rule in enumerate(settings.rules.min_coverage):
        if rule.district not in (None, "*"):
            key: Key = ("rules", "min_coverage", i, "district")
            named.append((key, str(rule.district), of_demand))
    for key, name, known in named:
        if name in known:
            continue
        if known is of_premises and name in of_demand:
            continue  # a district without premises: nothing can be spent there
        hint = nearest(name, known) or f"districts: {', '.join(sorted(known)[:8]) or 'none'}"
        yield document.fault(key, "must be a district of the layers", repr(name), hint)


def _tell_unused(outlets: StandingOutlets, standards: Standards, log: Log) -> None:
    unused = [kind for kind in outlets.format if kind not in standards.use]
    if unused:
        kinds = ", ".join(sorted(set(unused)))
        log.warnings.append(f"outlets of formats not in use are ignored: {len(unused):,} ({kinds})")
