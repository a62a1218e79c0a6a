"""Numbers of outlets, required and forbidden sites, formats that need company."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from siting import rules as rows
from siting.problem import Rule
from siting.scenario.assemble_options import ADD_ON, size_of
from siting.scenario.assemble_sites import ACTIONS
from siting.scenario.rule_maker import Mask, RuleMaker
from siting.scenario.schema_rules import MaxOutlets, SiteRule


def counts(make: RuleMaker) -> Iterator[Rule]:
    """Limits on chosen outlets; what stands is not counted."""
    p = make.settings.objective.p
    if p is not None:
        make.names.add("p")
        yield rows.count(make.problem, "p", p, None if make.new.all() else make.new)
    limits = make.settings.rules.max_outlets
    if limits is not None:
        yield from _max_outlets(make, limits)
    most = make.settings.rules.max_formats_per_site
    if most is not None:
        name = make.name(most.name, "max_formats_per_site")
        reason = most.reason or ""
        yield rows.max_formats_per_site(make.problem, most.limit, name=name, reason=reason)


def _max_outlets(make: RuleMaker, limits: MaxOutlets) -> Iterator[Rule]:
    base = limits.name or "max_outlets"
    parts: list[tuple[str, int, Mask | None]] = []
    if limits.total is not None:
        parts.append((limits.name or "max_outlets.total", limits.total, None))
    parts += [(f"{base}.per_tier.{k}", v, make.of_tier(k)) for k, v in limits.per_tier.items()]
    for k, v in limits.per_format.items():
        make.tell_unused(f"{base}.per_format.{k}", k)
        parts.append((f"{base}.per_format.{k}", v, make.of_format(k)))
    parts += [(f"{base}.per_district.{k}", v, make.of_district(k))
              for k, v in limits.per_district.items()]  # fmt: skip
    for name, limit, mask in parts:
        reason = limits.reason or ""
        opened = make.new if mask is None else mask & make.new
        yield rows.count(make.problem, make.name(None, name), limit, opened, reason=reason)


def unsettled(make: RuleMaker) -> Iterator[Rule]:
    """An outlet that may move is kept (as it is, or enlarged) or moved once; one that may not close
    must be either."""
    o, outlets = make.problem.options, make.contents.outlets
    for row in sorted(outlets.unsettled):
        name = str(outlets.places.ids[row])
        if outlets.format[row] not in make.format:
            continue
        ways = [size_of(kind, name) for kind in ("keep", "move")]
        at = [k for k, size in enumerate(make.problem.labels.sizes) if size in ways]
        own = (o.site == make.sites.of_outlet[row]) & make.of_format(str(outlets.format[row]))
        enlarged = own & (o.action == ACTIONS.index("enlarge"))
        mask = (np.isin(o.size, at) & ~make.new | enlarged).astype(np.int64)
        yield rows.weighted(make.problem, make.name(None, f"once.{name}"), "move", mask, "<=", 1)
        if row not in outlets.may_close:
            stays = make.name(None, f"stays.{name}")
            yield rows.weighted(make.problem, stays, "move", mask, ">=", 1)


def sites(make: RuleMaker) -> Iterator[Rule]:
    """What must and what must not open."""
    for rule in make.settings.rules.require:
        name = make.name(rule.name, f"require.{_spot(rule)}")
        yield rows.require(make.problem, name, _at(make, rule), reason=rule.reason or "")
    for rule in make.settings.rules.forbid:
        name = make.name(rule.name, f"forbid.{_spot(rule)}")
        if rule.format is not None:
            make.tell_unused(name, rule.format)
        # What stands there may stay: keeping opens nothing.
        mask = _at(make, rule) & ~make.kept
        yield rows.forbid(make.problem, name, mask, reason=rule.reason or "")


def _spot(rule: SiteRule) -> str:
    return rule.site if rule.format is None else f"{rule.site}.{rule.format}"


def _at(make: RuleMaker, rule: SiteRule) -> Mask:
    mask: Mask = make.problem.options.site == make.site[rule.site]
    return mask if rule.format is None else mask & make.of_format(rule.format)


def together(make: RuleMaker) -> Iterator[Rule]:
    """Guests that open only where their host does."""
    # What stands and is kept or improved opens nowhere; a stop is no premises for a companion.
    o = make.problem.options
    opens = (make.new | (o.action == ACTIONS.index("move"))) & (o.site < make.sites.first_stop)
    for rule in make.settings.rules.together:
        guest, host = rule.formats
        name = make.name(rule.name, f"together.{guest}+{host}")
        yield rows.together(
            make.problem, name, make.format[guest], make.format[host], among=opens,
            reason=rule.reason or "",
        )  # fmt: skip


def add_ons(make: RuleMaker) -> Iterator[Rule]:
    """A counter opens only in the shop of a host, new or standing."""
    o, labels = make.problem.options, make.problem.labels
    for f, name in enumerate(labels.formats):
        counter = make.formats[name].add_on
        if counter is None:
            continue
        guests = (o.format == f) & (o.size == labels.sizes.index(ADD_ON)) & make.new
        hosts = [make.format[host] for host in counter.hosts if host in make.format]
        rule = make.name(None, f"add_on.{name}")
        yield rows.companion(make.problem, rule, "add_on", guests, hosts)
