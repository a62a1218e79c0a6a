"""p_median at size: interchange for plans, a Lagrangian bound, and branching on what is left.

Takes one option a site, any people and existing outlets, a limit on the number of outlets and
forbidden sites (:func:`fits`); every other p_median goes to the formulation. A unit of work is one
iteration of the bound.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import ceil

import numpy as np

from siting.engine.median.interchange import Costs, cost_of, improve
from siting.engine.median.lagrange import Proof, Relaxation
from siting.engine.median.tree import Tree, without
from siting.engine.params import EngineParams, MedianParams
from siting.engine.shared.arrays import Floats, Ints
from siting.engine.shared.news import News
from siting.models import p_median
from siting.models.shared.allocating import walks
from siting.models.shared.opening import usable
from siting.problem import Objective, Problem, Rule, RuleKind
from siting.problem.solution import Solution
from siting.progress import Listener, Stop

CLOSED = 5e-10
"""A bound so close to the plan, as a part of it, proves it: half of what verification forgives."""
SOME = 10_000
"""Costs looked at together."""
FINEST = 10
"""Costs that are whole multiples of 2**-FINEST are counted in whole numbers."""


def fits(problem: Problem) -> bool:
    """Whether this method knows all of the problem's rules."""
    if problem.spacings or problem.min_coverage or problem.respect_capacity:
        return False
    if len(np.unique(problem.options.site)) != problem.n_options:
        return False
    return all(rule.kind is RuleKind.FORBID or _limit(rule) is not None for rule in problem.rules)


def limit_of(problem: Problem) -> int:
    """How many outlets may be opened, of those that can be."""
    limits = [_limit(rule) for rule in problem.rules]
    return min([*(limit for limit in limits if limit is not None), int(usable(problem).sum())])


def _limit(rule: Rule) -> int | None:
    """The number of outlets that a rule allows in all, if it is such a rule and no other."""
    plain = rule.n_rows == 1 and rule.sense == "<=" and rule.openings is None
    if not plain or rule.kind is not RuleKind.MAX_OUTLETS:
        return None
    row = rule.options.toarray().ravel()
    return int(rule.rhs[0]) if (row == 1).all() else None


@dataclass
class _Run:
    """One call in numbers."""

    problem: Problem
    costs: Costs
    p: int
    huge: float
    unit: float
    """What 1 of the costs is worth in the model's unit."""
    whole: bool
    step: float
    """Every total is a multiple of this; 0 when costs are not whole."""
    stop: Stop
    rng: np.random.Generator
    news: News
    params: MedianParams
    candidates: Ints
    """Sites that shorten somebody's walk, ascending."""
    sites: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    best: float = np.inf
    bound: float = 0.0

    def propose(self, sites: Ints) -> bool:
        """Improve a set of sites; whether it became the best plan."""
        # Sites that nobody can use (none there, forbidden) may be opened by a bound, not by a plan.
        usable_sites = sites[np.isin(sites, self.candidates)]
        found, cost = improve(self.costs, usable_sites, self.p)
        if cost >= self.best - 1e-9 * abs(cost):
            return False
        self.sites, self.best = found, cost_of(self.costs, found)
        self.tell("search", found=True)
        return True

    def raise_bound(self, value: float) -> None:
        """Take a valid bound, rounded up to what a total can be."""
        if self.step:
            value = ceil(value / self.step - 1e-9) * self.step
        self.bound = max(self.bound, min(value, self.best))

    @property
    def too_dear(self) -> float:
        """Plans of at least this cost are no gain."""
        return self.best - self.step + 1e-6 if self.step else self.best * (1 - 1e-9)

    def closed(self) -> bool:
        """Whether the plan is proven best, or the gap target is met."""
        return self.best - self.bound <= max(CLOSED, self.stop.gap) * abs(self.best)

    def tell(self, stage: str, *, found: bool = False) -> None:
        """News in the model's unit."""
        self.news.objective = self.best * self.unit if self.best < self.huge else None
        self.news.bound = self.bound * self.unit
        self.news.tell(stage, found=found and self.best < self.huge)


def solve_median(
    problem: Problem,
    objective: Objective,
    stop: Stop,
    seed: int,
    threads: int,
    begin: Ints | None,
    listener: Listener,
    params: EngineParams | None = None,
) -> Solution | None:
    """The best plan and a proven bound; None when somebody cannot be served by p outlets found
    here (few outlets, short reach), which the formulation must decide."""
    del threads  # one core does
    params = params or EngineParams()
    run = _prepare(problem, stop, seed, listener, params.median)
    option_at = np.full(problem.n_sites, -1, np.int64)
    option_at[problem.options.site] = np.arange(problem.n_options)
    run.news.plan = lambda: np.sort(option_at[run.sites])
    if begin is not None and len(begin) <= run.p:
        run.propose(problem.options.site[begin].astype(np.int64))
    run.propose(np.zeros(0, np.int64))
    proof = _bound(run)
    if not run.closed():
        _shake(run)
    if not run.closed() and not stop():
        _branch(run, proof)
    if run.best >= run.huge:
        return None
    options = np.sort(option_at[run.sites])
    options = p_median.trim(problem, objective, options)
    value = p_median.measure(problem, objective, options)
    done = run.best - run.bound <= CLOSED * abs(run.best)
    limit = None if done else (stop.reached or "gap" if run.closed() else stop.reached)
    return Solution(
        "optimal" if done else "feasible",
        options,
        value,
        # The same total, told in the same float.
        value if run.bound == run.best else run.bound * run.unit,
        bound_proof="solver",
        limit=limit,
    )


def _prepare(
    problem: Problem, stop: Stop, seed: int, listener: Listener, params: MedianParams
) -> _Run:
    every = walks(problem)
    weight = every.weight[every.person]
    moves = np.flatnonzero(every.site >= 0)
    order = moves[_by_person(every.person[moves], every.cost[moves])]
    n = len(every.point)
    finer = _finer(weight, every.cost)
    scale = finer or 1
    cost = weight * (every.cost * scale)
    # Nobody may stay unserved: that costs more than all walks together.
    farthest = np.zeros(n)
    np.maximum.at(farthest, every.person, cost)
    huge = 1.0 + 2.0 * float(farthest.sum())
    cap = np.full(n, huge)
    stays = np.flatnonzero(every.site < 0)
    cap[every.person[stays]] = cost[stays]
    costs = Costs(
        np.searchsorted(every.person[order], np.arange(n + 1)),
        every.site[order],
        cost[order],
        cap,
        problem.n_sites,
    )
    step = _common_step(cost.astype(np.int64)) if finer else 0.0
    unit = float(problem.unit / scale)
    p = limit_of(problem)
    rng = np.random.default_rng(seed)
    candidates = np.unique(costs.site)
    news = News(stop, listener, unit)
    return _Run(
        problem, costs, p, huge, unit, finer is not None, step, stop, rng, news, params, candidates
    )


def _by_person(person: Ints, cost: Floats) -> Ints:
    """The order by person, then by cost; equals stay as they stand, which is by site. Whole costs
    are sorted 16 bits at a time, in a quarter of the time."""
    whole = len(cost) > 0 and cost.max() < 2**32 and bool((np.floor(cost) == cost).all())
    if not whole or person.max() >= 2**16:
        return np.lexsort((cost, person))
    bits = cost.astype(np.uint32)
    order = np.argsort((bits & 0xFFFF).astype(np.uint16), kind="stable")
    for key in ((bits >> 16).astype(np.uint16), person.astype(np.uint16)):
        if key.any():
            order = order[np.argsort(key[order], kind="stable")]
    return order


def _common_step(cost: Ints) -> float:
    """The largest number that all costs are multiples of, which is 1 after a few of most."""
    step = np.int64(0)
    for low in range(0, len(cost), SOME):
        step = np.gcd(step, np.gcd.reduce(cost[low : low + SOME]))
        if step == 1:
            break
    return float(step)


def _finer(weight: Ints, cost: Floats) -> int | None:
    """The least power of two that makes all costs whole; None where it is none that float64 can
    add up exactly. Matrices and distances of the literature are often multiples of 1/8 or so."""
    for scale in (2**k for k in range(FINEST + 1)):
        fine = cost * scale
        if (np.round(fine) == fine).all():
            return scale if scale == 1 or float((weight * fine).sum()) < 2**46 else None
    return None


def _bound(run: _Run) -> Proof:
    """Subgradient steps, with a plan tried from the sites the bound opens."""
    relaxation = Relaxation.start(run.costs, run.p)
    told = 0.0
    for iteration in range(run.params.iterations):
        sites = relaxation.iterate(run.best)
        if iteration % 25 == 0:
            run.propose(sites)
        run.raise_bound(relaxation.bound - 1e-6 * abs(relaxation.bound))
        if run.stop.seconds > told + 0.5:
            told = run.stop.seconds
            run.tell("bound")
        if run.stop(1) or run.closed() or relaxation.step < 1e-4:
            break
    proof = Proof.of(relaxation, whole=run.whole)
    run.raise_bound(proof.bound)
    run.tell("bound")
    return proof


def _shake(run: _Run) -> None:
    """Restart the interchange from the best plan with some sites exchanged at random."""
    patience = shakes = run.params.shakes
    while patience and run.p and len(run.candidates) and not run.stop():
        size = int(run.rng.integers(1, max(2, run.p // 3) + 1))
        kept = run.rng.permutation(run.sites)[size:]
        new = run.rng.choice(run.candidates, size=min(size, len(run.candidates)), replace=False)
        better = run.propose(np.unique(np.append(kept, new))[: run.p])
        patience = shakes if better else patience - 1


def _branch(run: _Run, proof: Proof) -> None:
    """Search what is left: plans cheaper than the best use only a few sites and walks."""
    decided = replace(proof, fixed=proof.decided(run.too_dear))
    few = without(run.costs, decided.walks(run.too_dear, run.costs))

    def news(bound: float) -> None:
        run.raise_bound(bound)
        run.tell("close")

    tree = Tree(
        few,
        run.p,
        run.whole,
        run.propose,
        lambda: run.too_dear,
        lambda: run.best,
        news,
        run.params.node_steps,
    )
    run.raise_bound(tree.search(decided, run.stop))
    run.tell("close")
