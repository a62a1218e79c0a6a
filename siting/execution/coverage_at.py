"""Who is covered at a moment: by what stood when the plan was made, by what has opened since, by
all that is planned; recomputed by the judge's code from what is really open."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.analysis.audit.reopen import Reopened
from siting.analysis.kpis.completeness import presence
from siting.analysis.kpis.goals import Standing, in_place
from siting.analysis.kpis.kpi import is_basic
from siting.analysis.kpis.site_districts import SiteDistricts
from siting.errors import Fault, InputError
from siting.execution.action_states import Carried
from siting.execution.columns import Status
from siting.execution.ledger_rows import Entry
from siting.notice import Notice
from siting.problem import Problem
from siting.scenario.schema.layers import OutletLayer
from siting.system.scratch import scratch
from siting.verification.evaluation import reported
from siting.verification.objectives import judge
from siting.verification.people import count_today, count_within, option_serves, outlet_serves

if TYPE_CHECKING:
    from siting.scenario.layers.outlets import StandingOutlets

Coverage = dict[str, dict[str, float]]
"""{format: {group: persons}}."""
PLACES = ("id", "lon", "lat", "format")


@dataclass(frozen=True)
class Moment:
    """What serves people, and whom it serves."""

    standing: Standing
    listed: StandingOutlets | None = None
    """What stands by a list of that day, its first layer, and what opened beside the plan; None
    where no list was given."""

    @property
    def problem(self) -> Problem:
        """Whose people they are."""
        return self.standing.problem

    @cached_property
    def _people(self) -> Mapping[tuple[str, str], tuple[float, float]]:
        """(format, group) -> all people, and those that are served; in persons."""
        problem = self.problem
        found = judge(problem, problem.objective, self.standing.options).people
        names, units = problem.labels, problem.person_units
        return {
            (names.formats[f], names.groups[g]): (found[t][0] / units, found[t][2] / units)
            for (f, g), t in sorted(reported(problem).items())
        }

    @property
    def coverage(self) -> Coverage:
        """Persons who are served."""
        table: Coverage = {}
        for (format, group), (_, served) in self._people.items():
            table.setdefault(format, {})[group] = served
        return table

    @property
    def everybody(self) -> Coverage:
        """All people of each group."""
        table: Coverage = {}
        for (format, group), (people, _) in self._people.items():
            table.setdefault(format, {})[group] = people
        return table

    @cached_property
    def present(self) -> Mapping[str, float]:
        """District -> share of the basic formats that stand there (配齐率)."""
        problem, options = self.problem, self.standing.options
        told = sorted(reported(problem).values())
        serving = {
            t: problem.options.site[options[option_serves(problem, t)[options]]] for t in told
        }
        stays = {t: np.flatnonzero(outlet_serves(problem, t)) for t in told}
        where = SiteDistricts.of(problem, self.standing.districts)
        kpis = presence(problem, stays, serving, serving, where)
        return {kpi.group: kpi.after for kpi in kpis if kpi.group and kpi.after is not None}

    @cached_property
    def complete(self) -> Mapping[str, tuple[float, float]]:
        """District -> people, and those with every basic format in reach, each where a standard of
        the format holds for them; in persons."""
        problem, options = self.problem, self.standing.options
        people = problem.persons.max(axis=0, initial=0) / problem.person_units
        whole = np.ones(problem.n_points, np.bool_)
        for t in reported(problem).values():
            if is_basic(problem, t):
                whole &= self._covered(t, options) | problem.elsewhere(t)
        home = problem.point_district
        if home is None:
            return {}
        return {
            name: (float(people[home == d].sum()), float(people[(home == d) & whole].sum()))
            for d, name in enumerate(problem.labels.districts)
        }

    def _covered(self, t: int, options: NDArray[np.int64]) -> NDArray[np.bool_]:
        problem = self.problem
        serving = options[option_serves(problem, t)[options]]
        limit = problem.targets[t].limit
        places = problem.options.site[serving].astype(np.int64)
        near = count_within(problem.reach, places, limit, problem.n_points)
        return (count_today(problem, t) + near) > 0


def at_start(opened: Reopened) -> Moment:
    """When the plan was made."""
    return _moment(opened, Standing.of(opened.scenario, opened.problem.kept_today))


def as_planned(opened: Reopened) -> Moment:
    """Once all of the plan is carried out."""
    assert opened.result.options is not None
    return _moment(opened, Standing.of(opened.scenario, opened.result.options))


def as_it_is(
    opened: Reopened,
    carried: Sequence[Carried],
    beside: Sequence[Entry] = (),
    outlets: Path | None = None,
    where: str = "ledger",
) -> Moment:
    """With what of the plan has opened, and what opened beside it.

    Args:
        beside: rows of the ledger that no plan asked for.
        outlets: a file of what stands today, read as the scenario's first layer of outlets is, in
            place of all of them.
        where: the ledger, as faults name it.

    Raises:
        InputError: a row beside the plan names no place that is known, or the file is no such
            layer.
    """
    problem, scenario = opened.problem, opened.scenario
    options = _done(problem, carried)
    in_use = [entry for entry in beside if entry["format"] in scenario.standards.use]
    if not in_use and outlets is None:
        return _moment(opened, Standing.of(scenario, options))
    with _further(opened, in_use, where) as layer:
        settings = scenario.settings
        layers = list(settings.outlets)
        if outlets is not None:
            layers = [_in_place_of(layers, outlets)]
        layers += [] if layer is None else [layer]
        now = replace(scenario, settings=settings.model_copy(update={"outlets": layers}))
        again = now.problem()
        moment = _moment(opened, Standing.of(now, _same(problem, again, options)))
        return moment if outlets is None else replace(moment, listed=now.contents.outlets)


def another(opened: Reopened, moment: Moment, carried: Sequence[Carried]) -> Moment:
    """A moment with the same outlets beside the plan, but with what had opened by another day."""
    standing = moment.standing
    options = _same(opened.problem, standing.problem, _done(opened.problem, carried))
    return Moment(replace(standing, options=options))


def _done(problem: Problem, carried: Sequence[Carried]) -> NDArray[np.int64]:
    """Options in place once those that are open are."""
    done = [one.action.option for one in carried if one.status is Status.OPEN]
    return in_place(problem, np.array(sorted(done), np.int64))


def _moment(opened: Reopened, standing: Standing) -> Moment:
    """People counted as the result counted them."""
    problem = standing.problem.replace(objective=opened.result.spec)
    return Moment(replace(standing, problem=problem))


def _in_place_of(layers: Sequence[OutletLayer], file: Path) -> OutletLayer:
    """The first layer with another file; what may be done to its outlets is no matter any more."""
    default = OutletLayer(file="outlets.csv", id="id", x="x", y="y", format="format")
    first = next((layer for layer in layers if layer.osm is None), default)
    unset = ("layer", "actions", "chain", "name", "address", "owner", "contact")
    named: dict[str, Any] = {"file": str(file.resolve()), "area_m2": 0.0, "show": []}
    named |= dict.fromkeys(unset)
    return first.model_copy(update=named)


@contextmanager
def _further(opened: Reopened, beside: Sequence[Entry], where: str) -> Iterator[OutletLayer | None]:
    """A layer of outlets that opened beside the plan; None where there are none."""
    if not beside:
        yield None
        return
    rows = [_placed(opened, entry, where) for entry in beside]
    with scratch() as folder:
        file = folder / "beside_the_plan.csv"
        with file.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([PLACES, *rows])
        yield OutletLayer(
            file=str(file), id="id", x="lon", y="lat", format="format", crs="EPSG:4326"
        )


def _placed(opened: Reopened, entry: Entry, where: str) -> tuple[str, float, float, str]:
    """Id, longitude, latitude and format of a row that tells them, or names premises."""
    place = place_of_entry(opened, entry, where)
    return (f"ledger row {entry.row}", *place, str(entry["format"]))


def place_of_entry(opened: Reopened, entry: Entry, where: str) -> tuple[float, float]:
    """Longitude and latitude of a row that tells them, or names premises.

    Raises:
        InputError: it does neither.
    """
    if entry["lon"] is not None:
        return float(entry["lon"]), float(entry["lat"])
    premises = opened.scenario.contents.premises.places
    at = np.flatnonzero(premises.ids == str(entry["site"]))
    if not len(at):
        expected, found = Notice("ledger.premises"), repr(entry["site"])
        raise InputError(Fault(where, expected, found, entry.row))
    return float(premises.lonlat[at[0], 0]), float(premises.lonlat[at[0], 1])


def _same(problem: Problem, other: Problem, options: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those of some options that another problem has too, by what they are."""

    def named(of: Problem, k: int) -> tuple[str | None, ...]:
        o, names = of.options, of.labels
        return (
            of.site_id(int(o.site[k])),
            names.formats[o.format[k]],
            names.sizes[o.size[k]],
            names.phases[o.phase[k]],
            str(o.action[k]),
            of.whose(k),
        )

    wanted = {named(problem, int(k)) for k in options}
    sites = {name[0] for name in wanted}
    here = [s for s in range(other.n_sites) if other.site_id(s) in sites]
    near = np.flatnonzero(np.isin(other.options.site, here))
    return np.array([k for k in near.tolist() if named(other, k) in wanted], np.int64)
