"""Why this site and not that one: what dropping or forcing it would mean, by solving again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.analysis.arguments import problem_of
from siting.analysis.infeasible.conflict import Diagnosis, diagnose
from siting.analysis.studies.constraints import (
    changes_at_most,
    with_one_of,
    with_rule,
    without_options,
)
from siting.analysis.study import Study, beats
from siting.errors import ArgumentError, nearest
from siting.models.traits import traits_of
from siting.notice import Notice
from siting.problem import Place, Problem
from siting.problem.vehicles import at_places, number_before, option_kinds
from siting.result import Result
from siting.result.naming import option_row
from siting.result.quantities import newly_reached
from siting.verification.evaluation import evaluate

if TYPE_CHECKING:
    from siting.scenario import Scenario

REPAIRS = 4
"""Outlets that a repair may change beside those it must."""
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Explained:
    """A site, a format at it or a format anywhere under a plan, and the best plan on the other
    side."""

    site: str | None
    """None: the format, wherever it opens."""
    format: str | None
    chosen: bool
    """Whether the plan opens it; then ``other`` does without, else ``other`` includes it."""
    opened: tuple[tuple[str, str], ...]
    """What the plan opens there: (format, size); of a vehicle or its stop, the format with no size;
    of a format anywhere, (site, size)."""
    kind: str
    """"" for premises and whole formats, "stop" or "vehicle" of a mobile unit."""
    unit: str
    """The mobile unit of a stop or a vehicle."""
    before: int | None
    """Vehicles of the unit that a plan without this vehicle may have: they are bought in order."""
    lost_at_once: float | None
    """Objective lost when it is dropped and nothing else changes; None for a site not chosen."""
    broken: tuple[str, ...]
    """Rules that the plan without it would break."""
    other: Result
    """Best plan without a chosen site, or with one that was not chosen."""
    objective: float | None
    """Of the plan explained."""
    tiers: Mapping[str, Mapping[str, float | None]]
    """Of the plan explained."""
    spent: int | None
    reasons: Diagnosis | None = None
    """Why there is no such plan, when none was found."""

    @property
    def impossible(self) -> bool:
        """Proven: no plan stands on the other side."""
        told = self.reasons is not None and self.reasons.feasible is False
        return told or self.other.status == "infeasible"

    @property
    def difference(self) -> float | None:
        """What the other plan is worse by; negative when it is better than the one explained."""
        if self.objective is None or self.other.objective is None:
            return None
        worse = self.objective - self.other.objective
        return -worse if traits_of(self.other.model).minimised else worse

    @property
    def by_tier(self) -> dict[str, float]:
        """The difference tier by tier, where tiers are optimised one after the other."""
        if len(self.other.tiers) < 2:
            return {}
        return {
            tier: (self.tiers[tier]["objective"] or 0.0) - (figures["objective"] or 0.0)
            for tier, figures in self.other.tiers.items()
            if tier in self.tiers
        }

    @property
    def outlets(self) -> tuple[str, ...]:
        """What the plan opens there: "format (size)"; of a format anywhere, "site (size)"."""
        return tuple(f"{what} ({size})" if size else what for what, size in self.opened)

    @property
    def better(self) -> bool:
        """Whether the other plan is the better one, so that the plan explained was not the best."""
        first = next((worse for worse in self.by_tier.values() if worse), self.difference)
        return first is not None and first < 0

    @property
    def at_least(self) -> float | None:
        """Proven: every plan on the other side is worse by so much at least (in its first tier)."""
        claimed, proven = self.objective, self.other.bound
        if self.by_tier:
            tier = next(iter(self.by_tier))
            claimed = self.tiers[tier]["objective"]
            proven = self.other.tiers[tier]["bound"]
        if claimed is None or proven is None:
            return None
        worse = claimed - proven
        return max(0.0, -worse if traits_of(self.other.model).minimised else worse)

    @property
    def extra_cost(self) -> int | None:
        """Money the other plan spends more."""
        if self.other.plan is None or self.spent is None:
            return None
        return int(self.other.plan.budget["spent"]) - self.spent

    def record(self) -> dict[str, Any]:
        """For other programs; ``other`` is the best plan on the other side."""
        names = ("site", "format", "chosen", "opened", "kind", "unit", "objective", "lost_at_once")
        other = self.other
        return {
            **{name: getattr(self, name) for name in names},
            "broken": [str(rule) for rule in self.broken],
            "impossible": self.impossible,
            "difference": self.difference,
            "other": {
                "status": other.status,
                "objective": other.objective,
                "bound": other.bound,
                "plan": [] if other.plan is None else other.plan.table.to_dict("records"),
            },
        }


def at_place(problem: Problem, site: str | None, format: str | None = None) -> Mask:
    """Options at a site (None: anywhere), of a format (None: of any). Raises ArgumentError on
    unknown ids, with the nearest."""
    mask: Mask = np.ones(problem.n_options, np.bool_)
    if site is not None:
        names = [problem.site_id(s) for s in range(problem.n_sites)]
        if site not in names:
            hint = nearest(site, names)
            raise ArgumentError(Notice("fault.not_site", site=site, hint=hint))
        mask = problem.options.site == names.index(site)
    if format is None:
        return mask
    if format not in problem.labels.formats:
        hint = nearest(format, problem.labels.formats)
        known = problem.labels.formats
        raise ArgumentError(
            Notice("fault.unknown", what="format", known=known, word=format, hint=hint)
        )
    return mask & (problem.options.format == problem.labels.formats.index(format))


def explain_site(
    asked: Problem | Scenario,
    result: Result,
    site: str | None,
    format: str | None = None,
    study: Study | None = None,
) -> Explained:
    """The best plan without a chosen site (or format), or with one that was not chosen.

    Args:
        asked: the problem of the result, or its scenario.
        result: with a plan.
        site: its id; None = anywhere, which needs a format.
        format: only this format; None = whatever is at the site.
        study: settings of the search.

    Raises:
        ArgumentError: unknown site or format, nothing may open there, or a result without a plan.
    """
    if result.options is None:
        raise ArgumentError(Notice("fault.explain_without_plan"))
    if site is None and format is None:
        raise ArgumentError(Notice("fault.site_or_format"))
    study = study or Study()
    problem = problem_of(asked).under(result.spec)
    mask = at_place(problem, site, format)
    name = site or format
    if not mask.any():
        what = format or Notice("fault.nothing")
        told = Notice("fault.may_nowhere", what=what)
        if site is not None:
            told = Notice("fault.may_not_open", site=site, what=what)
        raise ArgumentError(told)
    options = result.options
    here = options[mask[options]]
    lost: float | None = None
    broken: tuple[str, ...] = ()
    if len(here):
        rest = options[~mask[options]]
        judged = evaluate(problem, rest, result.spec)
        lost = abs((result.objective or 0.0) - judged.objective)
        broken = judged.violations
        other_side = without_options(problem, f"without {name}", mask)
        note = Notice("progress.without", name=name)
        start = rest
    else:
        other_side = with_one_of(problem, f"with {name}", mask)
        note = Notice("progress.with", name=name)
        start = options
    other = _repaired(study, other_side, options, start, max(1, len(here)), note)
    reasons = None
    if other.plan is None and not study.interrupted:
        asking = Study(time_limit=30, threads=study.threads, interrupt=study.interrupt)
        reasons = diagnose(other_side, asking)
    names, o = problem.labels, problem.options
    at = int(np.flatnonzero(mask)[0])
    kind = "" if site is None else str(option_kinds(problem)[at])
    opened = tuple(
        (
            problem.site_id(o.site[k]) if site is None else names.formats[o.format[k]],
            "" if kind else names.sizes[o.size[k]],
        )
        for k in here
    )
    return Explained(
        site=site,
        format=format,
        chosen=bool(len(here)),
        opened=opened,
        kind=kind,
        unit=names.sizes[o.size[at]] if kind else "",
        before=number_before(problem, int(o.site[at])) if kind == Place.VEHICLE else None,
        lost_at_once=lost,
        broken=broken,
        other=other,
        objective=result.objective,
        tiers=result.tiers,
        spent=None if result.plan is None else int(result.plan.budget["spent"]),
        reasons=reasons,
    )


def _repaired(
    study: Study,
    other_side: Problem,
    options: Ints,
    start: Ints,
    must_change: int,
    note: Notice,
) -> Result:
    """The best plan found on the other side; of equals that with few changes to the plan explained.

    A search of its own may move half of the plan for nothing. So the smallest repair comes first,
    the search begins from it, and only what it finds better takes its place.

    Args:
        options: of the plan explained.
        start: what is left of it on the other side.
        must_change: outlets that differ in any case.
    """
    few = changes_at_most(other_side, "few changes", options, must_change + REPAIRS)
    repair = study.solve(with_rule(other_side, few), start, rest=2, note=note)
    begin = start if repair.options is None else repair.options
    free = study.solve(other_side, begin, note=note)
    if repair.options is None or beats(free, repair):
        return free
    return study.adopt(other_side, repair, free)


def changes(problem: Problem, before: Ints, after: Ints) -> tuple[list[int], list[int]]:
    """Options only in the first plan, and only in the second."""
    return sorted(set(before.tolist()) - set(after.tolist())), sorted(
        set(after.tolist()) - set(before.tolist())
    )


def lost_if_dropped(problem: Problem, options: Ints) -> NDArray[np.float64]:
    """Weighted people each chosen outlet covers and no other does, shape (n_opened,).

    What is lost when it is dropped and nothing else changes (models that count people covered).
    """
    lost = np.zeros(len(options), np.int64)
    for t in range(problem.n_targets):
        points = [
            np.unique(newly_reached(problem, options[k : k + 1], t)) for k in range(len(options))
        ]
        times = np.zeros(problem.n_points, np.int64)
        for mine in points:
            times[mine] += 1
        for k, mine in enumerate(points):
            lost[k] += int(problem.value[mine[times[mine] == 1], t].sum())
    return np.asarray(lost * float(problem.unit), np.float64)


def outlet_lines(problem: Problem, options: Ints) -> list[dict[str, Any]]:
    """Every chosen outlet and stop with what is lost without it, the most important first; what a
    vehicle is worth its stops tell."""
    places = at_places(problem, options)
    lost = lost_if_dropped(problem, places)
    lines = [
        {
            **option_row(problem, k),
            "cost": int(problem.options.cost[k]),
            "lost": float(people),
        }
        for k, people in zip(places.tolist(), lost, strict=True)
    ]
    return sorted(lines, key=lambda line: (-line["lost"], line["site"], line["format"]))
