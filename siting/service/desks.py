"""Open desks: a problem with a plan that is being pushed around, and what the page draws of it.

Every change makes a new revision; an answer carries its own, so that a page drops what came late.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.errors import ArgumentError, Fault, InputError
from siting.notice import Notice
from siting.problem.vehicles import site_kinds
from siting.progress import relative_gap
from siting.report.assignment import pace_m_per_s
from siting.report.facts import facts_of
from siting.report.mapdata import places_of, street_pieces
from siting.report.page_grid import PageGrid
from siting.report.surroundings import around_of, drawn_around
from siting.report.walls import drawn, walls_of
from siting.result import Result
from siting.result.headline import LARGEST
from siting.result.naming import rules_called
from siting.service.problems import RequestError, no_such
from siting.solving.warm_start import from_table
from siting.texts.names import Names
from siting.texts.words import Lang
from siting.verification.evaluation import reported
from siting.verification.people import option_serves
from siting.walking.snapping import snap
from siting.whatif import Change, WhatIf

if TYPE_CHECKING:
    import pandas as pd

    from siting.problem import Problem
    from siting.scenario import Scenario

MOST_OPEN = 20
MOST_CHANGES = 60
MOST_BROKEN = 100
"""Of broken rules that are told one by one; ``broken`` counts all."""
MASK_BITS = 32
METRES = 0.1
"""Of a walking cost that was measured: decimetres."""


@dataclass
class Desk:
    """One plan on one problem. All methods may be called from any thread; one works at a time.

    Args:
        scenario: where the problem came from.
        problem: what is planned.
        result: its stored plan to begin with; None = what stands today.
    """

    scenario: Scenario
    problem: Problem
    result: Result | None = None
    shelf_id: str = ""
    """Of the scenario on the shelf."""
    result_id: str | None = None
    """Of the stored result, on the shelf or of a job."""
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    revision: int = 0
    lock: RLock = field(default_factory=RLock, repr=False)

    def __post_init__(self) -> None:
        today = WhatIf(self.problem)
        self.before = masks(today.formats_at())
        self.coverage_before = today.coverage
        if self.result is None or self.result.plan is None:
            self.what_if = today
        else:
            self.what_if = WhatIf(self.problem, self.result.plan)

    # -- figures -------------------------------------------------------------------------------

    def head(self) -> dict[str, Any]:
        """Everything that follows a change at once."""
        with self.lock:
            desk = self.what_if
            found = desk.violations
            broken = [
                {
                    **asdict(v),
                    "limit": float(v.limit),
                    "used": float(v.used),
                    "short": float(v.short),
                }
                for v in found[:MOST_BROKEN]
            ]
            return {
                "desk": self.id,
                "revision": self.revision,
                "live": sorted(desk.live),
                "objective": desk.objective,
                "tiers": {tier: float(value) for tier, value in desk.tiers.items()},
                "cost": desk.cost,
                "coverage": desk.coverage,
                "floor_m2": int(desk.floor.sum()),
                "rules": [
                    {
                        "rule": row.name,
                        "label": row.label,
                        "limit": row.limit,
                        "used": row.used,
                        "sense": row.rule.sense,
                        "unit": row.rule.unit,
                        "short": row.short,
                    }
                    for row in desk.rules
                    if row.rule.unit
                ],
                "broken": len(found),
                "violations": broken,
                "distance": None if found else self._distance(),
                "changed": self._changed(),
                "chosen": desk.options.tolist(),
                "undo": desk.can_undo,
                "redo": desk.can_redo,
            }

    def _changed(self) -> bool:
        stored = self.problem.kept_today if self.result is None else self.result.options
        return stored is None or not np.array_equal(self.what_if.options, stored)

    def _distance(self) -> float | None:
        """How far a plan that keeps the rules is at most from the best, by the stored result's
        proven bound; None where none is known, or where more than a whole is no share that says
        anything."""
        desk, result = self.what_if, self.result
        if result is None or result.bound is None or desk.exact is None:
            return None
        distance = relative_gap(float(desk.exact), result.bound) if self._changed() else result.gap
        return None if distance is None or distance > LARGEST else distance

    # -- steps ---------------------------------------------------------------------------------

    def change(self, revision: int, steps: Sequence[Mapping[str, Any]]) -> NDArray[np.int32]:
        """Make some steps, all or none; returns the points whose reach changed.

        Args:
            revision: that the asker has seen.
            steps: each ``{"add": {...}}``, ``{"close": {...}}``, ``{"move": {...}}`` with the
                arguments of :class:`siting.WhatIf`, or ``{"toggle": option}``.

        Raises:
            RequestError: 409, the plan has changed since; 400, a step is none.
            ArgumentError: a step that is not possible.
        """
        with self.lock:
            if revision != self.revision:
                told = Notice("service.revision", now=self.revision, asked=revision)
                raise RequestError(409, told)
            if not 1 <= len(steps) <= MOST_CHANGES:
                told = Notice("service.changes", most=MOST_CHANGES, n=len(steps))
                raise RequestError(400, told)
            done: list[Change] = []
            try:
                for step in steps:
                    done.append(self._step(step))
            except BaseException:
                for _ in done:
                    self.what_if.undo(redoable=False)
                raise
            self.revision += 1
            return _touched(done)

    def _step(self, step: Mapping[str, Any]) -> Change:
        if not isinstance(step, Mapping) or len(step) != 1:
            raise RequestError(400, Notice("service.change", got=""))
        ((name, asked),) = step.items()
        if name == "toggle" and isinstance(asked, int) and not isinstance(asked, bool):
            return self.what_if.toggle(asked)
        takes = {
            "add": ("site", "format", "size", "phase", "action"),
            "close": ("site", "format", "size", "phase", "action"),
            "move": ("site", "to", "format", "size"),
        }
        if name not in takes or not isinstance(asked, Mapping):
            raise RequestError(400, Notice("service.change", got=name))
        wrong = [key for key in asked if key not in takes[name]]
        if wrong or "site" not in asked or (name == "move" and "to" not in asked):
            told = Notice("service.takes", name=name, takes=takes[name], got=list(asked))
            raise RequestError(400, told)
        if any(not isinstance(v, str | int | None) for v in asked.values()):
            raise RequestError(400, Notice("service.takes_texts", name=name))
        made: Change = getattr(self.what_if, name)(**asked)
        return made

    def undo(self) -> NDArray[np.int32]:
        """Take the last step back; the points whose reach changed."""
        return self._again(self.what_if.undo)

    def redo(self) -> NDArray[np.int32]:
        """Take back the last undo."""
        return self._again(self.what_if.redo)

    def _again(self, step: Any) -> NDArray[np.int32]:
        with self.lock:
            change = step()
            if change is None:
                return np.zeros(0, np.int32)
            self.revision += 1
            return _touched([change])

    def put(self, options: Sequence[int]) -> None:
        """Another plan altogether, for instance one of a frontier; nothing is left to undo."""
        with self.lock:
            self.what_if = WhatIf(self.problem, np.asarray(list(options), np.int64))
            self.revision += 1

    def reset(self) -> None:
        """The stored plan again, or what stands today."""
        stored = None if self.result is None else self.result.options
        self.put((self.problem.kept_today if stored is None else stored).tolist())

    def beside(self, result: Result) -> tuple[dict[str, Any], NDArray[np.uint32]]:
        """Another stored plan on this desk's problem: its figures, and the masks of all points.

        Raises:
            ArgumentError: a result without a plan.
            InputError: outlets of it that this problem does not offer.
        """
        if result.plan is None:
            raise ArgumentError(Notice("fault.result_without_plan", status=result.status))
        options, lost = from_table(self.problem, result.plan.table)
        if lost:
            raise InputError([Fault("result", text) for text in lost])
        other = WhatIf(self.problem, options)
        told = {
            "objective": other.objective,
            "cost": other.cost,
            "floor_m2": int(other.floor.sum()),
            "coverage": other.coverage,
            "broken": len(other.violations),
            "chosen": other.options.tolist(),
        }
        return told, masks(other.formats_at())

    def masks_at(self, points: NDArray[np.int32] | None = None) -> NDArray[np.uint32]:
        """Formats in reach of some points (None = all), shape (n, words)."""
        with self.lock:
            return masks(self.what_if.formats_at(points))

    # -- the map -------------------------------------------------------------------------------

    @cached_property
    def frame(self) -> PageGrid | None:
        """None where no places are known."""
        places = places_of(self.problem)
        if places is None:
            return None
        everything = np.concatenate(places[:3])
        return PageGrid.around(everything[np.isfinite(everything).all(axis=1)], places[3])

    def steps_of(self, which: int) -> NDArray[np.int64]:
        """Grid steps of points (0), sites (1) or standing outlets (2), shape (n, 2)."""
        places = places_of(self.problem)
        if places is None or self.frame is None:
            n = (self.problem.n_points, self.problem.n_sites, len(self.problem.outlets))[which]
            return np.zeros((n, 2), np.int64)
        return self.frame.steps(np.nan_to_num(places[which]))

    def _degrees(self) -> dict[str, float] | None:
        """Where the map's north-west corner lies and how many steps a degree has; None where only
        metres are known."""
        places, frame = places_of(self.problem), self.frame
        if places is None or frame is None or not places[3]:
            return None
        corner = {"west": frame.west, "north": frame.north}
        return corner | {"x": frame.scale_x, "y": frame.scale_y}

    @cached_property
    def persons(self) -> NDArray[np.float32]:
        """People of each point, of its largest group, shape (n_points,)."""
        return (self.problem.persons.max(axis=0) / self.problem.person_units).astype(np.float32)

    @cached_property
    def streets(self) -> NDArray[np.uint16]:
        """x1 y1 x2 y2 of every straight piece, shape (n, 4)."""
        network, places = self.scenario.network, places_of(self.problem)
        if network is None or places is None or self.frame is None or not places[3]:
            return np.zeros((0, 4), np.uint16)
        return street_pieces(network, self.frame)[0]

    @cached_property
    def ground(self) -> dict[str, Any]:
        """``ground``: water, rivers, rail, borders and names around the streets, see
        :func:`siting.report.surroundings.drawn_around`; ``walls``: compounds and gates, see
        :func:`siting.report.walls.drawn`. None each where the scenario has none or no degrees."""
        if self.frame is None or self._degrees() is None:
            return {"ground": None, "walls": None}
        walls = walls_of(self.scenario)
        return {
            "ground": drawn_around(around_of(self.scenario), self.frame),
            "walls": None if walls is None else drawn(walls, self.frame),
        }

    @cached_property
    def to_street(self) -> NDArray[np.float64] | None:
        """Metres from each place to the nearest street, as the walks begin with them; nan where
        none is near enough, and in compounds, whose people leave by a gate. None where nobody walks
        on streets."""
        walked, travel = self.scenario.assembled.walked, self.scenario.settings.travel
        if walked is None or travel is None or not walked.paces:
            return None
        snapped = snap(walked.paces[0].walled, walked.xy["demand"], travel.snap_limit_m)
        known = snapped.reachable.copy()
        if walked.walled_in is not None:
            known &= ~walked.walled_in
        return np.where(known, snapped.access_dm * METRES, np.nan)

    def reached_from(self, site: int, format_: int | None) -> NDArray[np.int32]:
        """Points within the standard of what may open at a site (of one format), ascending."""
        problem, o = self.problem, self.problem.options
        if not 0 <= site < problem.n_sites:
            raise no_such("site", str(site))
        here = np.arange(problem.site_options[site], problem.site_options[site + 1])
        if format_ is not None:
            here = here[o.format[here] == format_]
        row, cost = problem.reach.row(site), problem.reach.row_cost(site)
        inside = np.zeros(len(row), np.bool_)
        for t, target in enumerate(problem.targets):
            if option_serves(problem, t)[here].any():
                inside |= cost <= target.limit
        return np.unique(row[inside]).astype(np.int32)

    def contents(self, lang: Lang) -> dict[str, Any]:
        """What does not change while the desk is open: names, sites, options, standing outlets."""
        problem, labels, o = self.problem, self.problem.labels, self.problem.options
        facts = facts_of(self.scenario, lang)
        names = Names(lang, facts.names)
        formats = [
            {"id": id, "name": facts.format(id).name, "tier": facts.format(id).tier}
            for id in labels.formats
        ]
        sites, outlets = self.steps_of(1), self.steps_of(2)
        district = problem.site_district
        largest = 2**53
        return {
            "desk": self.id,
            "scenario": self.shelf_id,
            "result": self.result_id,
            "name": self.scenario.name,
            "currency": labels.currency,
            "formats": formats,
            "groups": list(labels.groups),
            "rule_names": rules_called(problem, names),
            "phases": list(labels.phases),
            "metres_per_step": None if self.frame is None else self.frame.metres_per_step,
            "frame": self._degrees(),
            "people": self._people(),
            "coverage_before": self.coverage_before,
            "bound": None if self.result is None else self.result.bound,
            "gap": None if self.result is None else self.result.gap,
            "status": None if self.result is None else self.result.status,
            "sites": {
                "id": [problem.site_id(s) for s in range(problem.n_sites)],
                "x": sites[:, 0].tolist(),
                "y": sites[:, 1].tolist(),
                "kind": [str(kind) for kind in site_kinds(problem)],
                "area_m2": [int(a) if a < largest else None for a in problem.site_area],
                "district": None
                if district is None
                else [labels.districts[d] if d >= 0 else "" for d in district],
            },
            "options": {
                "site": o.site.tolist(),
                "format": o.format.tolist(),
                "size": [names.size(labels.sizes[s]) for s in o.size],
                "cost": o.cost.tolist(),
                "area_m2": o.area.tolist(),
                "phase": o.phase.tolist(),
                "action": o.action.tolist(),
            },
            "outlets": {
                "id": [str(i) for i in labels.outlets] or [str(k) for k in range(len(outlets))],
                "x": outlets[:, 0].tolist(),
                "y": outlets[:, 1].tolist(),
                "format": problem.outlets.format.tolist(),
            },
        }

    def _people(self) -> dict[str, dict[str, float]]:
        """All people by format and group, as ``coverage`` has those in reach."""
        problem = self.problem
        table: dict[str, dict[str, float]] = {}
        for (format_, group), t in sorted(reported(problem).items()):
            people = int(problem.persons[problem.targets[t].group].sum())
            names = problem.labels
            row = table.setdefault(names.formats[format_], {})
            row[names.groups[group]] = float(Fraction(people, problem.person_units))
        return table

    # -- questions -----------------------------------------------------------------------------

    def gains(self, format_: int | None) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Options (of one format) and the weighted persons each would win now."""
        with self.lock:
            gains = self.what_if.gains()
            options = np.arange(len(gains), dtype=np.int32)
            if format_ is not None:
                options = options[self.problem.options.format == format_]
            return options, gains[options].astype(float) * float(self.problem.unit)

    def site(self, site: int) -> dict[str, Any]:
        """What may open at a site, what each would win, and what is in its way; what is open there
        and what would be lost without it."""
        problem, o = self.problem, self.problem.options
        if not 0 <= site < problem.n_sites:
            raise no_such("site", str(site))
        with self.lock:
            desk = self.what_if
            chosen = set(desk.options.tolist())
            gains, losses, unit = desk.gains(), desk.losses(), float(problem.unit)
            here = range(int(problem.site_options[site]), int(problem.site_options[site + 1]))
            rows = []
            for at in here:
                is_open = at in chosen
                rows.append(
                    {
                        "option": at,
                        "format": int(o.format[at]),
                        "open": is_open,
                        "gain": float(gains[at]) * unit,
                        "loss": float(losses[at]) * unit,
                        "cost": int(o.cost[at]),
                        "area_m2": int(o.area[at]),
                        "blocks": [] if is_open else [asdict(b) for b in desk.blocks_at(at)],
                    }
                )
            return {
                "revision": self.revision,
                "site": site,
                "id": problem.site_id(site),
                "floor_used_m2": int(desk.floor[site]),
                "options": rows,
            }

    def point(self, point: int) -> dict[str, Any]:
        """Which formats a place has in reach, and how far on foot the nearest outlet of each is."""
        problem = self.problem
        if not 0 <= point < problem.n_points:
            raise no_such("place", str(point))
        with self.lock:
            inside = self.what_if.formats_at(np.array([point]))[0]
            chosen = self.what_if.options
        nearest = []
        for format_ in range(problem.n_formats):
            found = _nearest(problem, chosen, point, format_)
            nearest.append(
                {
                    "format": format_,
                    "in_reach": bool(inside[format_]),
                    "outlet": None if found is None else found[1],
                    "metres": None if found is None else round(found[0] * METRES, 1),
                    "minutes": None if found is None else self._minutes(found[0], format_),
                }
            )
        people = {
            name: float(Fraction(int(problem.persons[g, point]), problem.person_units))
            for g, name in enumerate(problem.labels.groups)
        }
        ids = problem.labels.points
        return {
            "point": point,
            "id": str(ids[point]) if len(ids) else str(point),
            "people": people,
            "nearest": nearest,
            "street_m": self._street_m(point),
        }

    def _minutes(self, cost: float, format_: int) -> float | None:
        """Of a walk to a format, at the pace of the people whom it is for; None where it is asked
        for in metres alone."""
        pace = pace_m_per_s(self.problem, self.scenario, format_)
        if pace is None:
            return None
        return round(cost * METRES / (60 * pace), 1)

    def _street_m(self, point: int) -> float | None:
        """Metres to the nearest street; None where none is told, see :attr:`to_street`."""
        if self.to_street is None or np.isnan(self.to_street[point]):
            return None
        return round(float(self.to_street[point]), 1)

    def check(self) -> dict[str, Any]:
        """The judge's word on the plan as it is; a live figure that differs would be our fault."""
        with self.lock:
            judged = self.what_if.check()
            return {
                "revision": self.revision,
                "objective": float(judged.objective),
                "cost": judged.cost,
                "violations": [str(violation) for violation in judged.violations],
                "feasible": not judged.violations,
            }

    def plan(self) -> pd.DataFrame:
        """As ``siting score`` reads it."""
        with self.lock:
            return self.what_if.table()


class Desks:
    """Those that are open; the one that was used longest ago gives way."""

    def __init__(self, most: int = MOST_OPEN):
        self._most = most
        self._open: OrderedDict[str, Desk] = OrderedDict()
        self._lock = RLock()

    def open(
        self,
        scenario: Scenario,
        result: Result | None,
        shelf_id: str = "",
        result_id: str | None = None,
    ) -> Desk:
        """Make a desk; walks the city when the scenario has not been walked yet."""
        problem = scenario.problem()
        if result is not None:
            problem = problem.under(result.spec)
        desk = Desk(scenario, problem, result, shelf_id, result_id)
        with self._lock:
            self._open[desk.id] = desk
            while len(self._open) > self._most:
                self._open.popitem(last=False)
        return desk

    def get(self, id: str) -> Desk:
        """Raises RequestError 404."""
        with self._lock:
            if id not in self._open:
                raise no_such("desk", id)
            self._open.move_to_end(id)
            return self._open[id]


def masks(in_reach: NDArray[np.bool_]) -> NDArray[np.uint32]:
    """Bits of formats, the first in the lowest bit of the first word, shape (n, words)."""
    n, formats = in_reach.shape
    words = max(1, -(-formats // MASK_BITS))
    made = np.zeros((n, words), np.uint32)
    for format_ in range(formats):
        word, bit = divmod(format_, MASK_BITS)
        made[:, word] |= in_reach[:, format_].astype(np.uint32) << np.uint32(bit)
    return made


def _touched(changes: Sequence[Change]) -> NDArray[np.int32]:
    return np.unique(np.concatenate([change.points for change in changes])).astype(np.int32)


def _nearest(
    problem: Problem, chosen: NDArray[np.int64], point: int, format_: int
) -> tuple[float, str] | None:
    """Cost and id of the nearest outlet of a format within reach of a point; None where none is.

    Looked for among the outlets whose reach holds the point, so nothing beyond the longest
    standard is told."""
    best: tuple[float, str] | None = None
    standing, o, labels = problem.outlets, problem.options, problem.labels
    for at in np.flatnonzero(standing.format == format_).tolist():
        row = standing.reach.row(at)
        hit = np.flatnonzero(row == point)
        if len(hit):
            cost = float(standing.reach.row_cost(at)[hit[0]])
            name = str(labels.outlets[at]) if len(labels.outlets) else str(at)
            best = min(best or (np.inf, ""), (cost, name))
    for option in chosen[o.format[chosen] == format_].tolist():
        site = int(o.site[option])
        hit = np.flatnonzero(problem.reach.row(site) == point)
        if len(hit):
            cost = float(problem.reach.row_cost(site)[hit[0]])
            best = min(best or (np.inf, ""), (cost, problem.site_id(site)))
    return best
