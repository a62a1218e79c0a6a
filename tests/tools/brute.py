"""The truth about small problems by trying every plan; independent of
``siting.verification.judge``.

What each model counts (m[i,t] = weight * persons of target t at point i, in ``Problem.unit``):

    max_cover         Σ m[i,t] newly within the standard of a serving outlet
    capacitated_cover Σ m[i,t] served after - served before, each outlet within its capacity in
                      each phase (also max_cover where the problem respects capacity)
    backup_cover      Σ m[i,t] newly with at least ``times`` (default 2) serving outlets in reach
    complete_circle   persons newly with every basic target of a phase in reach, summed over the
                      phases; a point's people are its largest group ("all" holds the others);
                      in 1/person_units whatever the weights
    set_cover         number of outlets, or cost when any option or opening costs anything, such
                      that every (i,t) with m > 0 that can be covered is covered
    partial_cover     same objective, such that Σ m covered (existing outlets' people too)
                      >= share * Σ m of everybody
    p_median          Σ m * cost of the nearest serving outlet within the standard; everybody
                      who can be covered must be. A Fraction, in ``Problem.unit`` * cost unit
    p_center          largest such cost. A Fraction

"Can be covered": within the standard of a serving outlet that stands, or of a serving option
that no ``forbid`` rule rules out and whose area is at most its site's.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import ceil, gcd
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from siting.problem import MICRO, Objective, Problem

Array = NDArray[np.int64]
Mask = NDArray[np.bool_]
Score = tuple[int | Fraction, int]
"""Of the basic and of the quality formats; models without people count everything as basic."""

MINIMISED = ("set_cover", "partial_cover", "p_median", "p_center")


class Best(NamedTuple):
    """An optimum: objective (None = infeasible), its options, and the objective a tier."""

    objective: int | Fraction | None
    options: Array | None
    tiers: dict[str, int | Fraction]


def brute_force(
    problem: Problem, objective: Objective | None = None
) -> tuple[int | Fraction | None, Array | None]:
    """Best objective (integer units, see above) and its options; None, None if infeasible."""
    best = brute_best(problem, objective)
    return best.objective, best.options


def brute_best(problem: Problem, objective: Objective | None = None) -> Best:
    """The best plan; with ``order: tiers`` a cover model's plans compare tier by tier."""
    truth = Truth(problem, objective or problem.objective)
    plans = truth.feasible_plans()
    best: tuple[Score, Array] | None = None
    hopes = truth.hopes(plans)
    for at in sorted(range(len(plans)), key=lambda k: truth.key(hopes[k]), reverse=True):
        if best is not None and truth.key(hopes[at]) <= truth.key(best[0]):
            break
        score = truth.score(plans[at], hopes[at])
        if score is not None and (best is None or truth.key(score) > truth.key(best[0])):
            best = score, plans[at]
    if best is None:
        return Best(None, None, {})
    (basic, quality), plan = best
    return Best(basic + quality, np.flatnonzero(plan), {"basic": basic, "quality": quality})


def feasible_plans(problem: Problem, objective: Objective | None = None) -> Array:
    """Every plan that keeps floors, rules, spacings, p and (without capacity) minimum coverages.

    Shape (n_plans, n_options), 0/1.
    """
    return Truth(problem, objective or problem.objective).feasible_plans()


def brute_score(problem: Problem, plan: Array, objective: Objective | None = None) -> Score | None:
    """The objective of one plan (0/1, shape (n_options,)) by tier; None when the model forbids it.

    Rules are not looked at here, except minimum coverage where capacity decides it.
    """
    truth = Truth(problem, objective or problem.objective)
    return truth.score(plan, truth.hopes(plan[None])[0])


class Truth:
    """Dense tables of one problem, and what follows from them."""

    def __init__(self, problem: Problem, spec: Objective):
        self.problem, self.spec = problem, spec
        self.common = gcd(*(t.weight_micro for t in problem.targets)) or MICRO
        self.weight = [t.weight_micro // self.common for t in problem.targets]
        self.persons = np.array([problem.persons[t.group] for t in problem.targets])
        self.value = self.persons * np.array(self.weight)[:, None]
        """m, existing outlets not taken off; shape (n_targets, n_points)."""
        o, site_cost, stands = problem.options, walking(problem, False), walking(problem, True)
        self.option_cost = np.full((problem.n_targets, problem.n_options, problem.n_points), np.inf)
        """inf where an option does not serve the target or the point is beyond the standard."""
        self.outlet_cost = np.full(
            (problem.n_targets, len(problem.outlets), problem.n_points), np.inf
        )
        for t, target in enumerate(problem.targets):
            there = (o.phase <= target.phase) & (target.phase <= o.last)
            serves = np.isin(o.format, target.served_by) & there
            within = serves[:, None] & (site_cost[o.site] <= target.limit)
            self.option_cost[t] = np.where(within, site_cost[o.site], np.inf)
            within = np.isin(problem.outlets.format, target.served_by)[:, None] & (
                stands <= target.limit
            )
            self.outlet_cost[t] = np.where(within, stands, np.inf)
        self.today = np.isfinite(self.outlet_cost).sum(1)
        self.capacitated = problem.respect_capacity or spec.model == "capacitated_cover"
        if self.capacitated and spec.model not in ("max_cover", "capacitated_cover"):
            raise ValueError(f"capacity is not known for {spec.model}")

    # -- rules -------------------------------------------------------------------------------

    def feasible_plans(self) -> Array:
        problem, o = self.problem, self.problem.options
        choices: dict[tuple[int, int], list[int]] = {}
        for k in range(problem.n_options):
            choices.setdefault((int(o.site[k]), int(o.format[k])), []).append(k)
        plans = np.array(
            [
                [k in pick for k in range(problem.n_options)]
                for pick in product(*([-1, *ks] for ks in choices.values()))
            ],
            np.int64,
        ).reshape(-1, problem.n_options)
        keep = np.ones(len(plans), bool)
        for s in range(problem.n_sites):
            keep &= plans @ np.where(o.site == s, o.area, 0) <= problem.site_area[s]
        if self.spec.p is not None:
            keep &= plans[:, o.action == 0].sum(1) <= self.spec.p
        opened = self.openings(plans)
        for rule in problem.rules:
            left = plans @ rule.options.toarray().T
            if rule.openings is not None:
                left = left + opened @ rule.openings.toarray().T
            keep &= ((left <= rule.rhs) if rule.sense == "<=" else (left >= rule.rhs)).all(1)
        for a in range(problem.n_options):
            for b in range(a):
                if self.too_close(a, b):
                    keep &= plans[:, a] + plans[:, b] <= 1
        plans = plans[keep]
        if not self.capacitated:
            for targets, inside, need in self.needs():
                people = [((self.counts(plans, t) > 0) & inside) @ self.persons[t] for t in targets]
                plans = plans[sum(people) >= need]
        return plans

    def too_close(self, a: int, b: int) -> bool:
        """Whether a spacing keeps two options apart."""
        o = self.problem.options
        sites = int(o.site[a]), int(o.site[b])
        for spacing in self.problem.spacings:
            listed = {int(o.format[a]), int(o.format[b])} <= set(spacing.formats)
            same = bool(o.format[a] == o.format[b])
            near = sites[0] == sites[1] or bool(spacing.near.toarray()[sites])
            if listed and near and same == (len(spacing.formats) == 1):
                return True
        return False

    def openings(self, plans: Array) -> Array:
        """v[s,k] of each plan, shape (n_plans, n_sites * n_phases)."""
        problem, o = self.problem, self.problem.options
        opened = np.zeros((len(plans), problem.n_sites, problem.n_phases), np.int64)
        for s in range(problem.n_sites):
            before = np.zeros(len(plans), bool)
            for k in range(problem.n_phases):
                here = plans[:, (o.site == s) & (o.phase == k)].any(1)
                opened[:, s, k] = here & ~before
                before |= here
        return opened.reshape(len(plans), problem.n_sites * problem.n_phases)

    def needs(self) -> list[tuple[tuple[int, ...], Mask, int]]:
        """Each minimum coverage as (targets, points, people needed)."""
        found: list[tuple[tuple[int, ...], Mask, int]] = []
        for demand in self.problem.min_coverage:
            for d in (None,) if demand.districts is None else demand.districts:
                inside = np.ones(self.problem.n_points, bool)
                if d is not None and self.problem.point_district is not None:
                    inside = self.problem.point_district == d
                people = sum(int(self.persons[t][inside].sum()) for t in demand.targets)
                found.append((demand.targets, inside, ceil(demand.share * people)))
        return found

    # -- objectives --------------------------------------------------------------------------

    def key(self, score: Score) -> tuple[int | Fraction, ...]:
        """Greater is better."""
        if self.spec.model in MINIMISED:
            return (-score[0],)
        return score if self.spec.order == "tiers" else (score[0] + score[1],)

    def counts(self, plans: Array, t: int) -> Array:
        """Serving outlets within the standard, shape (n_plans, n_points)."""
        return plans @ np.isfinite(self.option_cost[t]) + self.today[t]

    def hopes(self, plans: Array) -> list[Score]:
        """No plan is better than this; exact unless :meth:`score` says otherwise."""
        model, problem = self.spec.model, self.problem
        n = range(len(plans))
        if model in ("max_cover", "capacitated_cover") and self.capacitated:
            return self.served(plans)
        if model in ("max_cover", "backup_cover"):
            enough = (
                1 if model == "max_cover" else (2 if self.spec.times is None else self.spec.times)
            )
            total = np.zeros((2, len(plans)), np.int64)
            for t, target in enumerate(problem.targets):
                new = (self.counts(plans, t) >= enough) & (self.today[t] < enough)
                total[int(target.tier == "quality")] += new @ self.value[t]
            return [(int(total[0, k]), int(total[1, k])) for k in n]
        if model == "complete_circle":
            complete = np.zeros(len(plans), np.int64)
            for phase in range(problem.n_phases):
                circle = [
                    t
                    for t, target in enumerate(problem.targets)
                    if (target.tier, target.phase) == ("basic", phase) and target.weight_micro > 0
                ]
                if circle:
                    away = np.array([self.elsewhere(t) for t in circle])
                    before = ((self.today[circle] > 0) | away).all(0)
                    reached = np.array([self.counts(plans, t) > 0 for t in circle])
                    after = (reached | away[:, np.newaxis]).all(0)
                    complete += (after & ~before) @ problem.persons.max(0)
            return [(int(c), 0) for c in complete]
        if model in ("set_cover", "partial_cover"):
            if problem.options.cost.any() or problem.opening_cost.any():
                price = plans @ problem.options.cost
                price += self.openings(plans) @ np.repeat(problem.opening_cost, problem.n_phases)
            else:
                price = plans.sum(1)
            return [(int(c), 0) for c in price]
        return [(self.walk(plan), 0) for plan in plans]

    def score(self, plan: Array, hope: Score) -> Score | None:
        """The hope, if the model allows the plan (worse where capacity and minima meet)."""
        times = np.array([self.counts(plan[None], t)[0] for t in range(self.problem.n_targets)])
        if self.capacitated and self.problem.min_coverage:
            return self.served_at_least(plan)
        if self.spec.model == "partial_cover":
            share = Fraction(1) if self.spec.share is None else Fraction(self.spec.share)
            enough = int((self.value * (times > 0)).sum()) >= share * int(self.value.sum())
            return hope if enough else None
        if self.spec.model in MINIMISED:
            left_out = (self.value > 0) & self.coverable() & (times == 0)
            return None if left_out.any() else hope
        return hope

    def elsewhere(self, t: int) -> Mask:
        """Points outside the districts where a target's standard holds."""
        districts, home = self.problem.targets[t].districts, self.problem.point_district
        if districts is None or home is None:
            return np.zeros(self.problem.n_points, bool)
        return np.array([d not in districts for d in home.tolist()], bool)

    def coverable(self) -> Mask:
        """Who can be covered at all, shape (n_targets, n_points)."""
        o = self.problem.options
        usable = o.area <= self.problem.site_area[o.site]
        for rule in self.problem.rules:
            if rule.kind == "forbid":
                usable &= ~(rule.options.toarray() != 0).any(0)
        plan = usable.astype(np.int64)[None]
        return np.array([self.counts(plan, t)[0] > 0 for t in range(self.problem.n_targets)])

    def walk(self, plan: Array) -> Fraction:
        """Σ m * nearest cost, or the largest cost, over those who are covered."""
        walks: list[tuple[Fraction, int]] = []
        for t in range(self.problem.n_targets):
            every = np.vstack([self.option_cost[t][plan > 0], self.outlet_cost[t]])
            nearest = np.min(every, axis=0, initial=np.inf)
            walks += [
                (Fraction(float(c)), int(m))
                for c, m in zip(nearest, self.value[t], strict=True)
                if m > 0 and np.isfinite(c)
            ]
        if self.spec.model == "p_median":
            return sum((c * m for c, m in walks), Fraction(0))
        return max((c for c, _ in walks), default=Fraction(0))

    # -- capacity ----------------------------------------------------------------------------

    def served(self, plans: Array) -> list[Score]:
        """Most m newly served by tier, without minimum coverages."""
        new = self.served_in_all(plans) - self.served_in_all(np.zeros_like(plans[:1]))
        return [(int(basic), int(quality)) for basic, quality in new.T]

    def served_in_all(self, plans: Array) -> Array:
        """Most m that existing and chosen outlets serve, by tier, shape (2, n_plans).

        The people whom a set of outlets can serve form a polymatroid, so the greedy by weight is
        exact; each rank is a minimum cut, found over all sets of outlets at once:
        rank(A) = min over Q within A of people(Q reaches) + capacity(A - Q).
        """
        problem = self.problem
        n = problem.n_options + len(problem.outlets)
        standing = ((1 << len(problem.outlets)) - 1) << problem.n_options
        codes = plans @ (1 << np.arange(problem.n_options)) | standing
        persons = np.concatenate([problem.options.capacity, problem.outlets.capacity])
        member = (np.arange(1 << n)[:, None] >> np.arange(n)) & 1
        capacity = member @ (np.minimum(persons, 10**9) * problem.person_units)
        total = np.zeros((2, len(plans)), np.int64)
        for phase in range(problem.n_phases):
            people = np.zeros(1 << n, np.int64)
            before = np.zeros(len(plans), np.int64)
            for t in sorted(range(problem.n_targets), key=self.rank_of):
                if problem.targets[t].phase != phase:
                    continue
                cost = np.vstack([self.option_cost[t], self.outlet_cost[t]])
                people += (member @ np.isfinite(cost) > 0) @ self.persons[t]
                rank = people - capacity
                for bit in range(n):
                    has = np.flatnonzero(member[:, bit])
                    rank[has] = np.minimum(rank[has], rank[has ^ (1 << bit)])
                after = (rank + capacity)[codes]
                total[int(problem.targets[t].tier == "quality")] += (after - before) * self.weight[
                    t
                ]
                before = after
        return total

    def rank_of(self, t: int) -> tuple[bool, int]:
        """Who is served first: basic before quality if tiers count, then the heavier."""
        quality = self.spec.order == "tiers" and self.problem.targets[t].tier == "quality"
        return quality, -self.weight[t]

    def served_at_least(self, plan: Array) -> Score | None:
        """Most m newly served where minimum coverages must be served; None when they cannot be.

        A linear program over flows outlet -> (point, target), whose vertices are integral.
        """
        problem = self.problem
        arcs: list[tuple[int, int, int]] = []  # (supply, target, point)
        upper: list[int] = []
        places = [
            (cost[:, j], capacity)
            for cost, count, capacities in (
                (self.option_cost, plan, problem.options.capacity),
                (self.outlet_cost, np.ones(len(problem.outlets)), problem.outlets.capacity),
            )
            for j, capacity in enumerate(capacities)
            if count[j]
        ]
        for phase in range(problem.n_phases):
            for cost, capacity in places:
                arcs += [
                    (len(upper), int(t), int(i))
                    for t, i in np.argwhere(np.isfinite(cost))
                    if problem.targets[t].phase == phase
                ]
                upper.append(min(int(capacity), 10**9) * problem.person_units)
        rows = [[float(a[0] == s) for a in arcs] for s in range(len(upper))]
        for t in range(problem.n_targets):
            for i in range(problem.n_points):
                rows.append([float(a[1:] == (t, i)) for a in arcs])
                upper.append(int(self.persons[t, i]))
        for targets, inside, need in self.needs():
            rows.append([-float(a[1] in targets and inside[a[2]]) for a in arcs])
            upper.append(-need)
        if not arcs:
            return (0, 0) if min(upper, default=0) >= 0 else None
        gain = np.array([float(self.weight[a[1]]) for a in arcs])
        basic = np.array([problem.targets[a[1]].tier == "basic" for a in arcs])
        flow = np.zeros(len(arcs))
        for stage in (basic, ~basic) if self.spec.order == "tiers" else (basic | True,):
            found = linprog(-gain * stage, A_ub=np.array(rows), b_ub=upper, method="highs")
            if found.status == 2:
                return None
            assert found.status == 0, found.message
            flow = np.asarray(found.x)
            rows.append(list(-gain * stage))
            upper.append(-round(float(gain * stage @ flow)))
        after = round(float(gain * basic @ flow)), round(float(gain * ~basic @ flow))
        before = self.served_in_all(np.zeros_like(plan[None]))[:, 0]
        return after[0] - int(before[0]), after[1] - int(before[1])


def walking(problem: Problem, existing: bool) -> NDArray[np.float64]:
    """Dense walking costs, inf where none, shape (n_places, n_points)."""
    reach = problem.outlets.reach if existing else problem.reach
    dense = np.full((reach.n_places, reach.n_points), np.inf)
    for place in range(reach.n_places):
        for k in range(reach.start[place], reach.start[place + 1]):
            dense[place, reach.point[k]] = reach.cost[k]
    return dense
