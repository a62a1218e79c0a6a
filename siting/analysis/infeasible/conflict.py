"""No plan? Which named rules conflict, and the least that must give way.

The conflict is irreducible: without any one of its rules a plan exists (of those rules alone). It
is found by QuickXplain over whole rules, not raw rows, each question answered by HiGHS; a set
counts as conflicting only when that is proven, so what is told holds even where time ran out, and
``irreducible`` says whether it could be shrunk to the end.

References: Junker, QuickXplain, AAAI 2004; Chinneck, Feasibility and Infeasibility in
Optimization (2008), on elastic programs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from siting.analysis.infeasible.relaxations import (
    SHARE_STEPS,
    SOFT,
    Item,
    Relaxation,
    applied,
    items,
    only,
)
from siting.analysis.infeasible.unreachable import Unreachable, unreachable, with_share
from siting.analysis.study import Study
from siting.problem import Problem, RuleKind
from siting.solving.feasibility import ONE_NUMBER, Feasibility

if TYPE_CHECKING:
    import pandas as pd

MOST_CONFLICTS = 8
"""So many conflicts that have no rule in common are looked for."""


@dataclass(frozen=True)
class Diagnosis:
    """Why there is no plan, as far as it was proven."""

    feasible: bool | None
    """None: neither a plan nor a proof was found in time."""
    conflict: tuple[Item, ...] = ()
    irreducible: bool = True
    ways_out: tuple[Relaxation, ...] = ()
    """Each by itself frees a plan."""
    together: tuple[Relaxation, ...] = ()
    """Where no single one does: all of these together do, each the least while the others stay."""
    unreachable: tuple[Unreachable, ...] = ()
    questions: int = 0
    """Put to the solver."""

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a rule in ``conflict`` and a change that frees a plan: ``way_out`` by itself, or
        ``together`` with the others of that name. ``unit``, ``limit`` and ``to`` as in
        :class:`~siting.analysis.infeasible.relaxations.Relaxation`."""
        import pandas as pd

        rows: list[tuple[object, ...]] = [
            ("conflict", item.name, item.family, "", None, None, None) for item in self.conflict
        ]
        rows += [
            (part, way.item.name, way.item.family, way.unit, way.limit, way.to, way.amount)
            for part, ways in (("way_out", self.ways_out), ("together", self.together))
            for way in ways
        ]
        names = ["part", "rule", "kind", "unit", "limit", "to", "amount"]
        return pd.DataFrame(rows, columns=names)


Longer = Callable[[int], "tuple[float, Callable[[float], Problem | None]] | None"]
"""Of a minimum coverage's position: the standard's minutes, and the problem with other minutes."""


def diagnose(
    problem: Problem, study: Study | None = None, longer: Longer | None = None
) -> Diagnosis:
    """Which rules conflict, and what frees a plan.

    Args:
        study: its time limit ends the questions; what is proven by then is told.
        longer: how a minimum coverage's standard is changed; None = minutes are not tried.
    """
    study = study or Study(time_limit=60)
    problem = problem.under(problem.objective)
    beyond = unreachable(problem)
    every = items(problem)
    with Feasibility(study.clock, study.seed, study.threads or 1) as ask:
        if beyond:
            first = beyond[0]
            conflict = [
                i for i in every if (i.kind, i.position) == ("min_coverage", first.position)
            ]
            conflict += _closing(problem, ask, every, conflict)
            irreducible = True
        else:
            feasible = ask.can_be_kept(problem)
            if feasible is not False:
                return Diagnosis(feasible, questions=ask.asked)
            conflict, irreducible = _conflict(problem, ask, every)
        ways = _ways_out(problem, ask, conflict, longer)
        together: tuple[Relaxation, ...] = ()
        if not ways:
            together = _together(problem, ask, every, conflict)
        return Diagnosis(
            False, tuple(conflict), irreducible, tuple(ways), together, beyond, ask.asked
        )


def _closing(
    problem: Problem, ask: Feasibility, every: Sequence[Item], demand: Sequence[Item]
) -> list[Item]:
    """Floors and closed sites without which an unreachable demand could be met; mostly none."""
    if ask.can_be_kept(only(problem, demand)) is False:
        return []
    suspects = [i for i in every if i.family in ("forbid", "floor_space")]
    return _quick(problem, ask, list(demand), suspects)


def _conflict(problem: Problem, ask: Feasibility, every: Sequence[Item]) -> tuple[list[Item], bool]:
    """An irreducible conflict among items that conflict, in their order."""
    found = _quick(problem, ask, [], list(every))
    found.sort(key=list(every).index)
    sure = all(
        ask.can_be_kept(only(problem, [i for i in found if i is not item])) for item in found
    )
    return found, sure


def _quick(
    problem: Problem, ask: Feasibility, background: list[Item], suspects: list[Item]
) -> list[Item]:
    """QuickXplain: the suspects that, with the background, conflict irreducibly."""

    def conflicts(kept: list[Item]) -> bool:
        return ask.can_be_kept(only(problem, kept)) is False

    def shrink(kept: list[Item], added: bool, rest: list[Item]) -> list[Item]:
        if added and conflicts(kept):
            return []
        if len(rest) == 1:
            return rest
        middle = len(rest) // 2
        left, right = rest[:middle], rest[middle:]
        from_right = shrink([*kept, *left], bool(left), right)
        from_left = shrink([*kept, *from_right], bool(from_right), left)
        return [*from_left, *from_right]

    if not suspects or conflicts(background):
        return []
    return shrink(background, False, suspects)


def _ways_out(
    problem: Problem, ask: Feasibility, conflict: Sequence[Item], longer: Longer | None
) -> list[Relaxation]:
    ways: list[Relaxation] = []
    for item in conflict:
        without = [i for i in items(problem) if i != item]
        if ask.can_be_kept(only(problem, without)):
            ways += _least(problem, ask, item)
        # Where other rules conflict as well, a hub's may be those that it need not keep either, and
        # a minimum's those of other people within the same standard.
        ways += _optional(problem, ask, item, ways)
        if item.kind == "min_coverage" and longer is not None:
            ways += _minutes(ask, item, longer)
    return ways


def _least(problem: Problem, ask: Feasibility, item: Item) -> list[Relaxation]:
    """The least that one item must give way, all others kept; giving it up frees a plan."""
    if item.kind == "min_coverage":
        return [_share(problem, ask, item)]
    if item.kind == "floor":
        slack = ask.least_floor(problem)
        if slack is None:
            return [Relaxation(item, "")]
        return [Relaxation(item, "m2", where=slack.by_row)]
    if item.kind in ("spacing", "capacity"):
        return [Relaxation(item, "")]
    rule = problem.rules[item.position]
    unit = "formats" if rule.kind is RuleKind.MAX_FORMATS_PER_SITE else rule.unit
    slack = ask.least_slack(problem, rule) if unit else None
    if _required_hub(problem, item):
        # A hub of no formats is none: that it must open at all is given up instead.
        little = slack is None or slack.total >= rule.rhs[0]
        if little and rule.unit == "formats":
            return []
    if slack is None:
        return [Relaxation(item, "")]
    if rule.n_rows > 1 and rule.kind not in ONE_NUMBER:
        return [Relaxation(item, unit, where=slack.by_row)]
    limit = int(rule.rhs[0])
    sign = 1 if rule.sense == "<=" else -1
    return [Relaxation(item, unit, limit, limit + sign * slack.total)]


def _required_hub(problem: Problem, item: Item) -> bool:
    """Whether an item is what a hub must have that must open."""
    return item.family == "hub" and problem.rules[item.position].sense == ">="


def _optional(
    problem: Problem, ask: Feasibility, item: Item, known: Sequence[Relaxation]
) -> list[Relaxation]:
    """That a hub need not open, where that frees a plan and is not told already."""
    if item.kind != "rule" or not _required_hub(problem, item):
        return []
    way = Relaxation(item, "optional")
    if any(k.unit == "optional" and _entry(k) == _entry(way) for k in known):
        return []
    return [way] if ask.can_be_kept(applied(problem, [way])) else []


def _entry(way: Relaxation) -> tuple[str, int]:
    """The entry of the scenario whose rule gives way."""
    return way.item.about.key, way.item.about.entry


def _share(problem: Problem, ask: Feasibility, item: Item) -> Relaxation:
    """The largest share, in steps of 0.1 %, with which a plan exists; bisection."""
    asked = problem.min_coverage[item.position].share
    low, high = 0, -(-asked.numerator * SHARE_STEPS // asked.denominator)
    while high - low > 1:
        middle = (low + high) // 2
        tried = with_share(problem, item.position, Fraction(middle, SHARE_STEPS))
        if ask.can_be_kept(tried):
            low = middle
        else:
            high = middle
    return Relaxation(item, "share", float(asked), low / SHARE_STEPS)


def _minutes(ask: Feasibility, item: Item, longer: Longer) -> list[Relaxation]:
    """The fewest whole minutes with which a plan exists, up to twice the standard and 30."""
    standard = longer(item.position)
    if standard is None:
        return []
    now, at = standard

    def enough(minutes: int) -> bool:
        tried = at(minutes)
        return tried is not None and bool(ask.can_be_kept(tried))

    low, high = int(np.floor(now)), int(np.ceil(max(2 * now, 30)))
    if not enough(high):
        return []
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return [Relaxation(item, "minutes", now, float(high))]


def _together(
    problem: Problem, ask: Feasibility, every: Sequence[Item], conflict: Sequence[Item]
) -> tuple[Relaxation, ...]:
    """Several rules conflict independently: one of each conflict gives way, as little as it can.

    Each amount is the least while the others stay as told; another choice may need less in all.
    """
    given_up: list[Item] = []
    current = list(conflict)
    for _ in range(MOST_CONFLICTS):
        given_up.append(_softest(current))
        kept = [i for i in every if i not in given_up]
        state = ask.can_be_kept(only(problem, kept))
        if state:
            break
        if state is None:
            return ()
        current, _ = _conflict(problem, ask, kept)
    else:
        return ()
    ways: list[Relaxation] = []
    for k, item in enumerate(given_up):
        later = [Relaxation(other, "") for other in given_up[k + 1 :]]
        changed = applied(problem, [*ways, *later])
        if ask.can_be_kept(changed):
            continue  # a hub that need not open has given up both of its rules
        ways += (_least(changed, ask, item) or _optional(changed, ask, item, ways))[:1]
    return tuple(ways)


def _softest(conflict: Sequence[Item]) -> Item:
    """What is most easily changed by degrees: the last that has a unit, else the last."""
    measurable = [i for i in conflict if i.kind in ("min_coverage", "floor") or i.family in SOFT]
    return (measurable or list(conflict))[-1]
