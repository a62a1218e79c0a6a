"""The eight models' objectives of a plan, in exact integers or fractions.

m[i,t] = people of target t at point i times its weight. "Can be covered": within the standard
of a serving outlet that stands, or of a serving option that no ``forbid`` rule rules out and
whose area is at most its site's.

    max_cover         Σ m newly within the standard of a serving outlet
    capacitated_cover Σ m served after - before, each outlet within its capacity in each phase
                      (also max_cover where the problem respects capacity)
    backup_cover      Σ m newly with ``times`` (default 2) serving outlets within the standard
    complete_circle   persons newly with every counted basic target of a phase covered, summed
                      over the phases; a point's people are its largest group, whatever weights
    set_cover         outlets, or cost if anything costs; whoever can be covered must be
    partial_cover     the same; Σ m covered (today's too) >= share * Σ m of everybody
    p_median          Σ m * cost of the nearest outlet; whoever can be covered must be
    p_center          the largest such cost
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from siting.errors import ArgumentError
from siting.notice import Notice
from siting.problem import TIERS, Objective, Problem, RuleKind
from siting.verification.minima import Minima, MinimumUse, needs, shortfall, used
from siting.verification.people import (
    Ints,
    Mask,
    add_by,
    count_today,
    count_within,
    dot,
    exact_sum,
    multipliers,
    nearest,
    option_serves,
    outlet_serves,
    weighted_unit,
)
from siting.verification.rulebook import cost as plan_cost
from siting.verification.service import Need, serve


@dataclass(frozen=True)
class Known:
    """What the judge knows of a model by itself; nothing of what the models declare."""

    counts: Literal["reach", "backup", "service", "circles", "price", "share", "sum", "longest"]
    """People newly in reach of an outlet, of several, newly served, in complete circles; the price
    of covering everybody or a share; the sum of everybody's walks or the longest."""
    certified: bool = False
    """Whether its bound can be recomputed from multipliers."""

    @property
    def minimised(self) -> bool:
        """Whether the least is best."""
        return self.priced or self.walks

    @property
    def priced(self) -> bool:
        """Whether the objective is money (outlets where nothing costs)."""
        return self.counts in ("price", "share")

    @property
    def walks(self) -> bool:
        """Whether the objective are walking costs, which need not be whole."""
        return self.counts in ("sum", "longest")


KNOWN: dict[str, Known] = {
    "max_cover": Known("reach", certified=True),
    "backup_cover": Known("backup"),
    "capacitated_cover": Known("service", certified=True),
    "complete_circle": Known("circles", certified=True),
    "set_cover": Known("price"),
    "partial_cover": Known("share"),
    "p_median": Known("sum"),
    "p_center": Known("longest"),
}


@dataclass
class Judged:
    """What :func:`judge` finds; filled target by target."""

    exact: Fraction = Fraction(0)
    unit: Fraction = Fraction(1)
    tiers: dict[str, Fraction] = field(default_factory=dict)
    people: list[tuple[int, int, int]] = field(default_factory=list)
    """Everybody, covered by what stays whatever the plan, covered after: 1/person_units, one a
    target."""
    newly_covered: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    violations: list[Notice] = field(default_factory=list)
    minima: list[MinimumUse] = field(default_factory=list)
    idle: Mask = field(default_factory=lambda: np.zeros(0, bool))
    """Chosen options that gain nothing and that no minimum coverage needs."""


@dataclass(frozen=True)
class _Seen:
    """One target under the plan; arrays of shape (n_points,)."""

    persons: Ints
    multiplier: int
    today: NDArray[np.int32]
    times: NDArray[np.int32]
    """Chosen outlets within the standard."""
    who: NDArray[np.int32]
    """Nearest chosen outlet (position in the plan), -1 when none."""
    cost: NDArray
    """Of that outlet."""

    @property
    def before(self) -> Mask:
        return self.today > 0

    @property
    def after(self) -> Mask:
        return (self.today > 0) | (self.times > 0)


def is_cover(spec: Objective) -> bool:
    """Whether the model counts people gained, by tier (to be maximised)."""
    return not KNOWN[spec.model].minimised


def as_asked(
    spec: Objective, bounds: Mapping[str, Fraction], reached: Mapping[str, Fraction]
) -> dict[str, Fraction]:
    """Bounds of tiers of which a plan with a tolerance is asked for no more: a tier but the last
    that is within the tolerance of its bound counts as it is.

    Args:
        reached: the plan's objective, a tier.
    """
    told = dict(bounds)
    tiers = [tier for tier in TIERS if tier in bounds]
    for tier in tiers[:-1] if spec.order == "tiers" and spec.tolerance else ():
        if tier in reached and reached[tier] >= (1 - spec.tolerance) * bounds[tier]:
            told[tier] = min(bounds[tier], reached[tier])
    return told


def with_capacity(problem: Problem, spec: Objective) -> bool:
    """Whether covered means served within capacity."""
    counts = KNOWN[spec.model].counts
    if problem.respect_capacity and counts not in ("reach", "service"):
        able = [model for model, known in KNOWN.items() if known.counts in ("reach", "service")]
        raise ArgumentError(
            Notice("fault.capacity_models", able=" or ".join(able), model=spec.model)
        )
    return problem.respect_capacity or counts == "service"


def by_reach(problem: Problem, spec: Objective) -> bool:
    """Whether whoever is newly in reach is gained, and nobody else."""
    return KNOWN[spec.model].counts == "reach" and not problem.respect_capacity


def unit_of(problem: Problem, spec: Objective) -> Fraction:
    """What one integer unit of the model's bound is worth."""
    known = KNOWN[spec.model]
    if known.counts == "circles":
        return Fraction(1, problem.person_units)
    return Fraction(1) if known.priced or known.counts == "longest" else weighted_unit(problem)


def judge(problem: Problem, spec: Objective, chosen: Ints) -> Judged:
    """Objective, coverage and what the model itself forbids. Chosen: ascending positions."""
    found = Judged(unit=unit_of(problem, spec))
    found.newly_covered = np.zeros(len(chosen), np.int64)
    found.idle = np.zeros(len(chosen), bool)
    if with_capacity(problem, spec):
        _judge_service(problem, spec, chosen, found)
    else:
        _judge_reach(problem, spec, chosen, found)
    if is_cover(spec):
        found.exact = sum(found.tiers.values(), Fraction(0))
    elif KNOWN[spec.model].priced:
        priced = bool(problem.options.cost.any() or problem.opening_cost.any())
        found.exact = Fraction(plan_cost(problem, chosen)[0] if priced else len(chosen))
    return found


def covered_today(problem: Problem, spec: Objective) -> list[int]:
    """Persons whom what stands today covers (serves, where capacity counts), what may move or
    close included: 1/person_units, one a target."""
    kept = problem.kept_today
    if with_capacity(problem, spec):
        return [int(served) for served in serve(problem, spec, kept, []).served]
    seen = [_see(problem, kept, t) for t in range(problem.n_targets)]
    return [exact_sum(one.persons, one.after) for one in seen]


def _judge_reach(problem: Problem, spec: Objective, chosen: Ints, found: Judged) -> None:
    """All models where who is in reach is covered."""
    minima = Minima(problem, len(chosen))
    told = _told(problem)
    useful = np.zeros(len(chosen), bool)
    counts = KNOWN[spec.model].counts
    circles = _Circles(problem) if counts == "circles" else None
    covered_value, all_value = 0, 0
    for t, target in enumerate(problem.targets):
        seen = _see(problem, chosen, t)
        persons, m = seen.persons, seen.multiplier
        found.people.append(
            (
                exact_sum(persons),
                exact_sum(persons, seen.before),
                exact_sum(persons, seen.after),
            )
        )
        if t in told:
            new = (seen.who >= 0) & ~seen.before
            add_by(found.newly_covered, seen.who, persons, new)
        only = (seen.times == 1) & ~seen.before & (persons > 0)
        if m > 0:
            useful[seen.who[only]] = True
        minima.see(t, seen.after, seen.who, only)
        if counts in ("reach", "backup"):
            enough = 1 if counts == "reach" else spec.times or 2
            new = (seen.today < enough) & (seen.today + seen.times >= enough)
            gained = exact_sum(persons, new) * m * found.unit
            found.tiers[target.tier] = found.tiers.get(target.tier, Fraction(0)) + gained
        elif circles is not None:
            circles.see(t, seen)
        elif counts == "share":
            covered_value += found.people[-1][2] * m
            all_value += found.people[-1][0] * m
        elif m > 0:
            _everybody(problem, spec, t, seen, found)
    found.violations += minima.violations()
    found.minima = minima.uses()
    useful |= minima.indispensable()
    if circles is not None:
        found.tiers["basic"] = circles.complete() * found.unit
    if counts == "share":
        share = Fraction(1) if spec.share is None else Fraction(spec.share)
        if covered_value < share * all_value:
            covered = float(Fraction(covered_value) / all_value)
            found.violations.append(
                Notice("broken.share", model=spec.model, share=float(share), covered=covered)
            )
    if counts == "reach":
        found.idle = ~useful


def _see(problem: Problem, chosen: Ints, t: int) -> _Seen:
    target = problem.targets[t]
    serving = np.flatnonzero(option_serves(problem, t)[chosen])
    sites = problem.options.site[chosen[serving]].astype(np.int64)
    cost, who, times = nearest(problem.reach, sites, target.limit, problem.n_points)
    if 0 < len(serving) < len(chosen):
        who = np.where(who >= 0, serving.astype(np.int32)[who], np.int32(-1))
    return _Seen(
        problem.persons[target.group],
        multipliers(problem)[t],
        count_today(problem, t),
        times,
        who,
        cost,
    )


def _told(problem: Problem) -> set[int]:
    """Targets whose newly covered people the rows of a plan add up: counted, of the last phase."""
    best: dict[tuple[int, int], int] = {}
    for t, target in enumerate(problem.targets):
        key = target.format, target.group
        if target.weight_micro > 0 and (
            key not in best or target.phase > problem.targets[best[key]].phase
        ):
            best[key] = t
    return set(best.values())


class _Circles:
    """Points with every counted basic target of a phase covered, before and after."""

    def __init__(self, problem: Problem):
        self.problem = problem
        self.before: dict[int, Mask] = {}
        self.after: dict[int, Mask] = {}

    def see(self, t: int, seen: _Seen) -> None:
        target = self.problem.targets[t]
        if target.tier != TIERS[0] or target.weight_micro == 0:
            return
        elsewhere = self.problem.elsewhere(t)
        for table, covered in ((self.before, seen.before), (self.after, seen.after)):
            table[target.phase] = table.get(target.phase, True) & (covered | elsewhere)

    def complete(self) -> int:
        people = self.problem.persons.max(axis=0)
        return sum(exact_sum(people, self.after[k] & ~self.before[k]) for k in self.after)


def usable(problem: Problem) -> Mask:
    """Options that can be opened by themselves, shape (n_options,)."""
    o = problem.options
    can = o.area <= problem.site_area[o.site]
    for rule in problem.rules:
        if rule.kind is RuleKind.FORBID:
            can[rule.options.indices[rule.options.data != 0]] = False
    return can


def coverable(problem: Problem, t: int) -> Mask:
    """Who can be covered at all, shape (n_points,)."""
    sites = np.unique(problem.options.site[usable(problem) & option_serves(problem, t)])
    limit = problem.targets[t].limit
    by_option = count_within(problem.reach, sites.astype(np.int64), limit, problem.n_points)
    return (by_option > 0) | (count_today(problem, t) > 0)


def _everybody(problem: Problem, spec: Objective, t: int, seen: _Seen, found: Judged) -> None:
    """set_cover, p_median, p_center: everybody who can be covered is, at which cost."""
    served = seen.after & (seen.persons > 0)
    left_out = coverable(problem, t) & ~seen.after & (seen.persons > 0)
    if left_out.any():
        name = problem.labels.formats[problem.targets[t].format]
        found.violations.append(
            Notice("broken.left_out", model=spec.model, points=left_out.sum(), format=name)
        )
    if KNOWN[spec.model].priced or not served.any():
        return
    standing = np.flatnonzero(outlet_serves(problem, t))
    limit = problem.targets[t].limit
    cost, who, _ = nearest(problem.outlets.reach, standing, limit, problem.n_points)
    chosen_cost = seen.cost.astype(cost.dtype) if cost.dtype == seen.cost.dtype else seen.cost
    best = np.where(who >= 0, cost, chosen_cost)
    both = (who >= 0) & (seen.who >= 0)
    best = np.where(both, np.minimum(cost, chosen_cost), best)[served]
    if KNOWN[spec.model].counts == "longest":
        found.exact = max(found.exact, Fraction(best.max().item()))
    else:
        walked = _walked(seen.persons[served], best) * seen.multiplier
        found.exact += walked * found.unit


def _walked(persons: Ints, cost: NDArray) -> Fraction:
    """Σ persons * cost, exactly."""
    if np.issubdtype(cost.dtype, np.integer) or bool((cost == np.floor(cost)).all()):
        whole = cost.astype(np.int64)
        return Fraction(dot(persons, whole))
    fractions = (Fraction(c) for c in cost.tolist())
    return sum((int(n) * c for n, c in zip(persons.tolist(), fractions, strict=True)), Fraction(0))


def _judge_service(problem: Problem, spec: Objective, chosen: Ints, found: Judged) -> None:
    """max_cover and capacitated_cover where covered = served."""
    rows = needs(problem)
    after = serve(problem, spec, chosen, rows)
    before = serve(problem, spec, chosen[:0], [])
    weight = multipliers(problem)
    for t, target in enumerate(problem.targets):
        was, now = int(before.served[t]), int(after.served[t])
        found.people.append((exact_sum(problem.persons[target.group]), was, now))
        gained = (now - was) * weight[t] * found.unit
        found.tiers[target.tier] = found.tiers.get(target.tier, Fraction(0)) + gained
    found.newly_covered = after.by_option
    found.idle = after.idle
    found.minima = [
        used(problem, row, covered, lost)
        for row, (covered, lost) in zip(rows, after.minima, strict=True)
    ]
    for rule, district, people, got in after.shortfalls:
        row = Need(rule, problem.min_coverage[rule].targets, district, people)
        found.violations.append(shortfall(problem, row, got))


def step_of(problem: Problem, spec: Objective, tier: str | None = None) -> Fraction | None:
    """A number of which every attainable objective (of a tier) is a multiple; None if unknown."""
    unit, known = unit_of(problem, spec), KNOWN[spec.model]
    if known.counts == "circles":
        return unit * (gcd_of(problem.persons.max(axis=0)) or 1)
    if known.priced:
        prices = gcd(gcd_of(problem.options.cost), gcd_of(problem.opening_cost))
        return Fraction(prices or 1)
    if known.walks:
        places = (problem.reach, problem.outlets.reach)
        whole = all(
            np.issubdtype(r.cost.dtype, np.integer) or bool((r.cost == np.floor(r.cost)).all())
            for r in places
        )
        if not whole:
            return None
    if known.counts == "longest":
        return unit
    weight = multipliers(problem)
    counted = [t for t, x in enumerate(problem.targets) if tier in (None, x.tier) and weight[t]]
    if with_capacity(problem, spec) and problem.min_coverage:
        return unit * (gcd(*(weight[t] for t in counted)) or 1)
    common = gcd(*(weight[t] * gcd_of(problem.persons[problem.targets[t].group]) for t in counted))
    if with_capacity(problem, spec) and common:
        share = gcd(gcd_of(problem.options.capacity), gcd_of(problem.outlets.capacity))
        heavy = gcd(*(weight[t] for t in counted))
        common = gcd(common, share * problem.person_units * heavy) if share else common
    return unit * (common or 1)


def on_step(spec: Objective, bound: Fraction, step: Fraction | None) -> Fraction:
    """The nearest objective that a plan could have, on the safe side; ``step`` as in step_of."""
    if step is None:
        return bound
    return bound // step * step if not KNOWN[spec.model].minimised else -(-bound // step) * step


def gcd_of(values: NDArray[np.integer]) -> int:
    """Greatest common divisor of all values; 0 when there is none but zero."""
    return int(np.gcd.reduce(values.ravel())) if values.size else 0
