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
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

import numpy as np
from scipy.sparse import csr_array

from siting.accounting import site_id
from siting.analysis.demands import Unreachable, unreachable, with_share, without_floors
from siting.analysis.study import Study
from siting.feasibility import Feasibility, row_labels
from siting.problem import UNLIMITED, Problem
from siting.rules import all_or_nothing

Kind = Literal["rule", "spacing", "min_coverage", "floor", "capacity"]
FLOORS = "floor_space"
"""What the sites' floor space is called among the rules."""
CAPACITY = "respect_capacity"
"""What serving within capacity is called among the rules."""
SHARE_STEPS = 1000
"""Shares are lowered in steps of 0.1 %."""
MOST_CONFLICTS = 8
"""So many conflicts that have no rule in common are looked for."""
NUMBERING = ("fleet",)
"""Kinds that only tell equal things apart: no planner's rule, and kept whatever is given up."""
SOFT = ("max_outlets", "max_formats_per_site", "budget")
"""Kinds a planner would rather change; they are named last in a conflict."""


@dataclass(frozen=True)
class Item:
    """Something that can be kept or given up as a whole."""

    name: str
    kind: Kind
    position: int
    """In ``Problem.rules``, ``spacings`` or ``min_coverage``."""
    family: str
    """budget, require, ...: the rule's own kind."""
    reason: str = ""


@dataclass(frozen=True)
class Relaxation:
    """One way out: this much of one rule, all others kept."""

    item: Item
    unit: str
    """money, outlets, m2, formats, share, minutes; optional: a hub need not open; empty: the rule
    must be given up."""
    limit: float | None = None
    """As it stands."""
    to: float | None = None
    """The value nearest to it with which a plan exists."""
    where: dict[str, int] = field(default_factory=dict)
    """Amount by row or site, where several give way."""

    @property
    def hub(self) -> str:
        """The hub whose rule it is; what it means for other rules is nothing."""
        return hub_of(self.item.name)

    @property
    def amount(self) -> float | None:
        """How far it must move."""
        if self.limit is None or self.to is None:
            return float(sum(self.where.values())) if self.where else None
        return abs(self.to - self.limit)


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


Longer = Callable[[int], "tuple[float, Callable[[float], Problem | None]] | None"]
"""Of a minimum coverage's position: the standard's minutes, and the problem with other minutes."""


def items(problem: Problem) -> list[Item]:
    """Every rule by name, the ones a planner would rather change last."""
    found = [Item(s.name, "spacing", k, "apart", s.reason) for k, s in enumerate(problem.spacings)]
    found += [
        Item(r.name, "rule", k, r.kind, r.reason)
        for k, r in enumerate(problem.rules)
        if r.kind not in NUMBERING and r.n_rows and not (r.rhs >= UNLIMITED).all()
    ]
    if (problem.site_area < UNLIMITED).any():
        found.append(Item(FLOORS, "floor", 0, "floor_space"))
    if problem.respect_capacity and problem.min_coverage:
        found.append(Item(CAPACITY, "capacity", 0, CAPACITY))
    found += [
        Item(m.name, "min_coverage", k, "min_coverage", m.reason)
        for k, m in enumerate(problem.min_coverage)
    ]
    rank = {family: 1 + k for k, family in enumerate(SOFT)}
    return sorted(found, key=lambda item: rank.get(item.family, 0))


def only(problem: Problem, kept: Sequence[Item]) -> Problem:
    """The problem with these items as its only rules."""
    chosen = {(item.kind, item.position) for item in kept}
    changed = problem.replace(
        rules=tuple(
            r for k, r in enumerate(problem.rules) if ("rule", k) in chosen or r.kind in NUMBERING
        ),
        spacings=tuple(s for k, s in enumerate(problem.spacings) if ("spacing", k) in chosen),
        min_coverage=tuple(
            m for k, m in enumerate(problem.min_coverage) if ("min_coverage", k) in chosen
        ),
    )
    if ("floor", 0) not in chosen:
        changed = without_floors(changed)
    if ("capacity", 0) not in chosen:
        changed = changed.replace(respect_capacity=False)
    if changed.objective.p is not None and all(r.name != "p" for r in changed.rules):
        changed = changed.replace(p=None)
    return changed


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
        if not ask.can_be_kept(only(problem, without)):
            ways += _optional(problem, ask, item, ways)  # other rules conflict as well
            continue
        ways += _least(problem, ask, item)
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
    unit = "formats" if rule.kind == "max_formats_per_site" else rule.unit
    slack = ask.least_slack(problem, rule) if unit else None
    if _required_hub(problem, item):
        # A hub of no formats is none: that it must open at all is given up instead.
        little = slack is None or slack.total >= rule.rhs[0]
        if little and rule.unit == "formats":
            return []
    if slack is None:
        return [Relaxation(item, "")]
    if rule.n_rows > 1 and unit != "formats":
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
    if any(k.unit == "optional" and k.hub == way.hub for k in known):
        return []
    return [way] if ask.can_be_kept(_applied(problem, [way])) else []


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
        changed = _applied(problem, [*ways, *later])
        if ask.can_be_kept(changed):
            continue  # a hub that need not open has given up both of its rules
        ways += (_least(changed, ask, item) or _optional(changed, ask, item, ways))[:1]
    return tuple(ways)


def _softest(conflict: Sequence[Item]) -> Item:
    """What is most easily changed by degrees: the last that has a unit, else the last."""
    measurable = [i for i in conflict if i.kind in ("min_coverage", "floor") or i.family in SOFT]
    return (measurable or list(conflict))[-1]


def _applied(problem: Problem, ways: Sequence[Relaxation]) -> Problem:
    """The problem with relaxations made, or items given up where none is told; positions stay."""
    for way in ways:
        problem = _APPLY[way.item.kind](problem, way)
    return problem


def _apply_share(problem: Problem, way: Relaxation) -> Problem:
    share = Fraction(round((way.to or 0.0) * SHARE_STEPS), SHARE_STEPS)
    return with_share(problem, way.item.position, share)


def _apply_floor(problem: Problem, way: Relaxation) -> Problem:
    if not way.where:
        return without_floors(problem)
    names = [site_id(problem, s) for s in range(problem.n_sites)]
    more = np.array([way.where.get(name, 0) for name in names], np.int64)
    return problem.replace(site_area=problem.site_area + more)


def _apply_optional(problem: Problem, way: Relaxation) -> Problem:
    """A hub's rules for whatever opens there, in place of what must open."""
    o, rules = problem.options, list(problem.rules)
    sites = np.unique(o.site[rules[way.item.position].options.indices])
    here = np.isin(o.site, sites)
    for k, rule in enumerate(rules):
        if rule.kind == "hub" and rule.sense == ">=" and hub_of(rule.name) == way.hub:
            amount = rule.options.toarray()[0]
            rules[k] = all_or_nothing(
                problem, rule.name, rule.kind, here, amount, int(rule.rhs[0]), reason=rule.reason
            )
    return problem.replace(rules=tuple(rules))


def hub_of(name: str) -> str:
    """The hub that a rule ``<hub>.formats`` or ``<hub>.m2`` belongs to."""
    return name.rpartition(".")[0]


def _apply_rule(problem: Problem, way: Relaxation) -> Problem:
    if way.unit == "optional":
        return _apply_optional(problem, way)
    rule = problem.rules[way.item.position]
    sign = 1 if rule.sense == "<=" else -1
    if way.to is not None:
        rhs = np.full(rule.n_rows, int(way.to), np.int64)
    elif way.where:
        more = [way.where.get(label, 0) for label in row_labels(rule)]
        rhs = rule.rhs + sign * np.array(more, np.int64)
    else:
        rhs = np.full(rule.n_rows, sign * UNLIMITED, np.int64)
    rules = list(problem.rules)
    rules[way.item.position] = replace(rule, rhs=rhs)
    return problem.replace(rules=tuple(rules))


def _apply_spacing(problem: Problem, way: Relaxation) -> Problem:
    spacings = list(problem.spacings)
    spacing = spacings[way.item.position]
    nowhere = csr_array(spacing.near.shape, dtype=np.bool_)
    # Formats of one site still exclude each other, unless the rule no longer names them.
    spacings[way.item.position] = replace(spacing, formats=(), near=nowhere)
    return problem.replace(spacings=tuple(spacings))


def _apply_capacity(problem: Problem, way: Relaxation) -> Problem:
    del way
    return problem.replace(respect_capacity=False)


_APPLY = {
    "min_coverage": _apply_share, "floor": _apply_floor, "rule": _apply_rule,
    "spacing": _apply_spacing, "capacity": _apply_capacity,
}  # fmt: skip


def freed(problem: Problem, way: Relaxation) -> Problem:
    """The problem with one way out taken (not for minutes, which need the scenario)."""
    return _applied(problem.under(problem.objective), [way])
