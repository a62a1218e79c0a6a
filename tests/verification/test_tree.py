"""Search trees as certificates: what a leaf proves, and that nothing but a whole tree is one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.problem import Objective, Problem
from siting.problem.solution import Certificate, Solution, Split, Tree
from siting.progress import Stop
from siting.result.certificate_file import load_arrays, save_arrays
from siting.solvers.base import Settings, SolverOutcome
from siting.solvers.child import WarmSolver
from siting.solvers.highs_tree import ROOT_ALONE
from siting.solvers.program import Program
from siting.solving.outcome import verified
from siting.solving.tree import certified
from siting.verification.bound import recompute_bound
from siting.verification.certificate import CertificateError
from siting.verification.evaluation import evaluate
from siting.verification.judge import verify
from siting.verification.own_bound import own_bound
from tests.tools.brute import brute_best
from tests.tools.certificates import random_certificate
from tests.tools.depth import examples
from tests.tools.problems import problems

WITHOUT = {"capacity", "tiers"}
PLAIN = Objective("max_cover", "weighted")
Warm = Callable[[str], WarmSolver]


def some_tree(problem: Problem, rng: np.random.Generator, depth: int = 3) -> Tree:
    """Splits drawn at random, with multipliers drawn at random in the leaves."""
    splits: list[Split] = []
    leaves: list[Certificate] = []

    def grow(level: int, way: int) -> int:
        if level == depth or rng.random() < 0.2:
            leaf = random_certificate(problem, rng)
            prices = tuple(rng.integers(0, 3 * leaf.theta_scale, 1) for _ in range(way))
            leaves.append(replace(leaf, theta=(*leaf.theta, *prices)))
            return ~(len(leaves) - 1)
        number = len(splits)
        options = np.flatnonzero(rng.random(problem.n_options) < 0.6)
        splits.append(Split(options, 0, 0, 0))
        below, above = grow(level + 1, way + 1), grow(level + 1, way + 1)
        splits[number] = Split(options, int(rng.integers(0, 3)), below, above)
        return number

    grow(0, 0)
    return Tree(tuple(splits), tuple(leaves))


@examples(40)
@given(problems(without=WITHOUT), st.integers(0, 2**31))
def test_any_tree_bounds_every_plan(problem: Problem, seed: int) -> None:
    """Whatever is split and whatever the leaves' multipliers: no plan is better than the bound."""
    rng = np.random.default_rng(seed)
    certificate = replace(random_certificate(problem, rng), tree=some_tree(problem, rng))
    best = brute_best(problem, PLAIN)
    if best.objective is not None:
        assert recompute_bound(problem, certificate, PLAIN) >= best.objective


@examples(25)
@given(problems(without={"capacity"}), st.sampled_from(["weighted", "tiers"]))
def test_a_tree_that_was_grown_proves_a_plan_that_is_best(
    warm: Warm, problem: Problem, order: str
) -> None:
    """On small problems with any rules, tree certificates close what the plan reaches: proven
    best without believing a solver, or bounded from above where the tree ended before."""
    spec = Objective("max_cover", order)  # type: ignore[arg-type]
    best = brute_best(problem, spec)
    if best.options is None:
        return
    plan = Solution("feasible", best.options.astype(np.int64))
    judged = evaluate(problem, best.options, spec)
    proven = certified(
        problem,
        spec,
        plan,
        lambda _, tier: judged.tiers[tier] if tier else judged.exact,
        warm("highs"),
        Stop(time_limit=60),
    )
    result = verified(problem.under(spec), spec, proven, Stop(time_limit=60))
    assert result.bound is not None
    assert result.bound >= result.objective  # type: ignore[operator]
    if proven.certificates:
        assert result.bound_proof == "certificate"
        assert result.status == "optimal"


def grown() -> tuple[Problem, Certificate]:
    """A problem whose relaxation alone proves too little, and a tree of two leaves for it."""
    # Three markets, any two of which share their people: half of each would serve everybody.
    walks = np.array([[0.0, 9.0, 0.0], [0.0, 0.0, 9.0], [9.0, 0.0, 0.0]])
    problem = Problem.from_matrix(walks, weights=[1, 1, 1], radius=1.0, site_costs=[2, 2, 2])
    problem = problem.replace(budget=3)
    scale = 1 << 10
    free = (np.zeros(1, np.int64),)
    root = Certificate(np.full((3, 1), 65535, np.uint16), free, scale)
    all_options = np.arange(3)
    # One market's people, 2,000 thousandths, are the price of opening one.
    below = replace(root, theta=(*free, np.array([2000 * scale])))
    # Two cost 4, there are 3: at twice the price of money the count costs more than it brings.
    above = Certificate(
        np.zeros((3, 1), np.uint16), (np.array([1 << 21]), np.array([1 << 22])), scale
    )
    tree = Tree((Split(all_options, 1, ~0, ~1),), (below, above))
    return problem, replace(root, tree=tree)


def test_a_tree_proves_what_its_root_cannot() -> None:
    """At most one market fits into the money: the side with two is priced out, the other is
    worth one market's two people."""
    problem, certificate = grown()
    unit = float(problem.unit)
    assert recompute_bound(problem, replace(certificate, tree=None), PLAIN) * unit > 2
    assert recompute_bound(problem, certificate, PLAIN) * unit == 2


TAMPERED: dict[str, Callable[[Tree], Tree]] = {
    "a leaf removed": lambda tree: replace(tree, leaves=tree.leaves[:1]),
    "a leaf twice": lambda tree: replace(tree, splits=(replace(tree.splits[0], above=~0),)),
    "a leaf nobody asks for": lambda tree: replace(tree, leaves=(*tree.leaves, tree.leaves[0])),
    "a split that is its own child": lambda tree: replace(
        tree, splits=(replace(tree.splits[0], above=0),)
    ),
    "a child that is not there": lambda tree: replace(
        tree, splits=(replace(tree.splits[0], above=7),)
    ),
    "an option twice": lambda tree: replace(
        tree, splits=(replace(tree.splits[0], options=np.array([0, 0, 1])),)
    ),
    "an option that is none": lambda tree: replace(
        tree, splits=(replace(tree.splits[0], options=np.array([0, 3])),)
    ),
    "options that are no numbers": lambda tree: replace(
        tree, splits=(replace(tree.splits[0], options=np.array([0.5])),)
    ),
    "no splits": lambda tree: replace(tree, splits=()),
    "a leaf of another tree": lambda tree: replace(
        tree, leaves=(tree.leaves[0], replace(tree.leaves[1], theta=tree.leaves[1].theta[:1]))
    ),
    "a leaf of another tier": lambda tree: replace(
        tree, leaves=(tree.leaves[0], replace(tree.leaves[1], tier="basic"))
    ),
    "a tree within a tree": lambda tree: replace(
        tree, leaves=(tree.leaves[0], replace(tree.leaves[1], tree=tree))
    ),
}


class NoTree(WarmSolver):
    """A solver whose time is over before the root of a tree, but not before a root alone."""

    asked: tuple[dict[str, Any], ...] = ()

    def attempt(
        self, program: Program, settings: Settings | None = None, **how: Any
    ) -> SolverOutcome:
        assert settings is not None
        self.asked = (*self.asked, dict(settings.options))
        if settings.options.get(ROOT_ALONE):
            return super().attempt(program, settings, **how)
        return SolverOutcome("no_solution", raw="no root")


def test_where_no_tree_begins_its_root_alone_is_solved() -> None:
    """A relaxation can take the dual simplex longer than a tree is given; an interior point then
    still gives multipliers, so that a plan proven in a second does not go without."""
    problem, _ = grown()
    best = brute_best(problem)
    assert best.options is not None and best.objective is not None
    value = best.objective * problem.unit
    with closing(NoTree("highs")) as solver:
        stop = Stop(time_limit=60)
        found = Solution("optimal", best.options)
        solution = certified(problem, PLAIN, found, lambda *_: value, solver, stop)
    assert [ROOT_ALONE in options for options in solver.asked] == [False, True]
    (one,) = solution.certificates
    assert one.tree is None
    assert recompute_bound(problem, one) * problem.unit >= value


@pytest.mark.parametrize("what", TAMPERED)
def test_what_is_no_tree_proves_nothing(what: str) -> None:
    """A leaf removed, doubled or borrowed, a split that leads nowhere: refused."""
    problem, certificate = grown()
    assert certificate.tree is not None
    with pytest.raises(CertificateError):
        recompute_bound(problem, replace(certificate, tree=TAMPERED[what](certificate.tree)), PLAIN)


def raised(leaf: Certificate, row: int, by: int) -> Certificate:
    """A leaf with one more or less of a multiplier."""
    theta = tuple(prices + by * (k == row) for k, prices in enumerate(leaf.theta))
    return replace(leaf, theta=theta)


def leaf(tree: Tree, at: int, other: Certificate) -> Tree:
    """A tree with another leaf in a place."""
    return replace(tree, leaves=tuple(other if k == at else t for k, t in enumerate(tree.leaves)))


LOOKS_RIGHT: dict[str, Callable[[Tree], Tree]] = {
    "a multiplier raised": lambda tree: leaf(tree, 0, raised(tree.leaves[0], 1, 1 << 20)),
    "a multiplier lowered": lambda tree: leaf(tree, 1, raised(tree.leaves[1], 1, -(1 << 21))),
    "a fixing flipped": lambda tree: replace(
        tree, splits=(replace(tree.splits[0], below=tree.splits[0].above, above=~0),)
    ),
    "a fixing moved": lambda tree: replace(tree, splits=(replace(tree.splits[0], at_most=2),)),
    "a fixing of fewer options": lambda tree: replace(
        tree, splits=(replace(tree.splits[0], options=np.arange(2)),)
    ),
    "a leaf of another tree": lambda tree: leaf(
        tree, 1, replace(tree.leaves[0], u=np.full((3, 1), 65535, np.uint16))
    ),
}
"""Trees of the right shape, each of which still bounds every plan, but not by what is claimed."""


@pytest.mark.parametrize("what", LOOKS_RIGHT)
def test_a_claim_that_a_changed_tree_no_longer_proves_is_refused(what: str) -> None:
    """A multiplier raised, a fixing flipped, a leaf of another tree of the same shape: what is
    recomputed stays a bound, so that the claim stands no longer, and verify says so."""
    problem, certificate = grown()
    assert certificate.tree is not None
    solution = Solution("feasible", np.array([0]), certificates=(certificate,))
    result = verified(problem.under(PLAIN), PLAIN, solution, Stop())
    assert (result.status, result.bound) == ("optimal", 2)
    assert verify(problem, result).ok
    changed = replace(certificate, tree=LOOKS_RIGHT[what](certificate.tree))
    assert recompute_bound(problem, changed, PLAIN) * problem.unit > 2
    checked = verify(problem, replace(result, certificates=(changed,)))
    assert not checked.ok
    assert checked.bound is None or checked.bound >= 2


@examples(12)
@given(problems(without={"capacity", "tiers"}), st.integers(0, 2**31))
def test_no_tampering_makes_a_bound_that_is_not_true(problem: Problem, seed: int) -> None:
    """Small problems with any rules, their trees changed at random in one place: what is still
    taken for a proof is never below the best plan, and a claim it does not prove is refused."""
    rng = np.random.default_rng(seed)
    best = brute_best(problem, PLAIN)
    if best.options is None or best.objective is None:
        return
    certificate = replace(random_certificate(problem, rng), tree=some_tree(problem, rng))
    claimed = recompute_bound(problem, certificate, PLAIN)
    assert certificate.tree is not None
    tree = tampered(certificate.tree, some_tree(problem, rng), rng)
    changed = replace(certificate, tree=tree)
    told = replace(
        verified(
            problem.under(PLAIN),
            PLAIN,
            Solution("feasible", best.options.astype(np.int64), certificates=(certificate,)),
            Stop(),
        ),
        certificates=(changed,),
    )
    checked = verify(problem, told, plain=False)
    try:
        proven = recompute_bound(problem, changed, PLAIN)
    except CertificateError:
        assert not checked.ok
        return
    assert proven >= best.objective
    if told.bound_proof == "certificate" and told.bound == claimed * float(problem.unit):
        assert checked.ok == (proven <= claimed)


def tampered(tree: Tree, other: Tree, rng: np.random.Generator) -> Tree:
    """A leaf removed or of another tree, a multiplier raised, a fixing flipped or moved."""
    splits, leaves = list(tree.splits), list(tree.leaves)
    at, kind = int(rng.integers(len(leaves))), int(rng.integers(5))
    if kind == 0:
        del leaves[at]
    elif kind == 1:
        leaves[at] = other.leaves[int(rng.integers(len(other.leaves)))]
    elif kind == 2:
        theta = [prices.copy() for prices in leaves[at].theta]
        rows = [row for row, prices in enumerate(theta) if len(prices)]
        row = rows[int(rng.integers(len(rows)))] if rows else -1
        if row >= 0:
            theta[row][int(rng.integers(len(theta[row])))] += int(rng.integers(1, 10_000))
        leaves[at] = replace(leaves[at], theta=tuple(theta))
    elif splits:
        split = int(rng.integers(len(splits)))
        one = splits[split]
        flipped = replace(one, below=one.above, above=one.below)
        moved = replace(one, at_most=one.at_most + int(rng.choice([-1, 1])))
        splits[split] = flipped if kind == 3 else moved
    return Tree(tuple(splits), tuple(leaves))


@pytest.mark.parametrize("at_most", [-1, 0, 2, 3])
def test_a_flipped_split_proves_no_more_than_is_true(at_most: int) -> None:
    """Another count still parts all plans, so what is recomputed stays a bound."""
    problem, certificate = grown()
    assert certificate.tree is not None
    tree = replace(certificate.tree, splits=(replace(certificate.tree.splits[0], at_most=at_most),))
    assert recompute_bound(problem, replace(certificate, tree=tree), PLAIN) * problem.unit >= 2


def test_trees_are_stored_and_read_again(tmp_path: Path) -> None:
    """certificate.npz holds every split and leaf."""
    problem, certificate = grown()
    solution = Solution("feasible", np.array([0]), certificates=(certificate,))
    result = verified(problem.under(PLAIN), PLAIN, solution, Stop())
    assert result.status == "optimal"
    save_arrays(tmp_path / "certificate.npz", result)
    (again,) = load_arrays(tmp_path / "certificate.npz")[3]
    assert recompute_bound(problem, again, PLAIN) == recompute_bound(problem, certificate, PLAIN)
    assert again.tree is not None
    assert len(again.tree.leaves) == 2


def test_an_outlet_that_does_not_fit_is_not_open_in_part() -> None:
    """The judge's own relaxation: a shop of 100 m2 is no half a shop on 50 m2."""
    problem = Problem.from_matrix([[0.0]], weights=[8], radius=1.0, site_costs=[1])
    tight = problem.replace(
        options=replace(problem.options, area=np.array([100])), site_area=np.array([50])
    ).replace(budget=10)
    assert own_bound(tight, PLAIN) == 0
