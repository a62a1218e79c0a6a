"""WhatIf: after any steps every live figure is what the judge finds, and undo is the identity."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import siting
from siting.errors import ArgumentError
from siting.problem import ACTIONS, Labels, Objective, Problem
from siting.verification.evaluation import Evaluation, evaluate
from siting.whatif import WhatIf
from tests.tools.depth import examples
from tests.tools.plans import some_plan
from tests.tools.problems import FAMILIES, problems

MODELS = (
    Objective("max_cover", "weighted"),
    Objective("max_cover", "tiers"),
    Objective("backup_cover", "weighted", times=2),
    Objective("set_cover", "weighted"),
    Objective("partial_cover", "weighted"),
    Objective("complete_circle", "weighted"),
    Objective("p_median", "weighted"),
    Objective("max_cover", "weighted", p=2),
)
SEEDS = st.integers(0, 2**32 - 1)


def figures(desk: WhatIf) -> dict[str, Any]:
    """Everything that a desk tells."""
    return {
        "options": desk.options.tolist(),
        "exact": desk.exact,
        "tiers": desk.tiers,
        "people": desk.people().tolist(),
        "coverage": desk.coverage,
        "cost": desk.cost,
        "opening": desk.opening_costs,
        "floor": desk.floor.tolist(),
        "gains": desk.gains().tolist(),
        "losses": desk.losses().tolist(),
        "violations": desk.violations,
        "rules": [(row.name, row.label, row.limit, row.used, row.binds) for row in desk.rules],
    }


def agrees(desk: WhatIf, problem: Problem, spec: Objective) -> Evaluation:
    """The judge's figures, after comparing what check() does not."""
    judged = desk.check()
    broken = {(use.name, use.label, use.limit, use.used) for use in judged.rules if not use.kept}
    told = {
        (v.rule, v.label, int(v.limit), int(v.used)) for v in desk.violations if v.kind == "rule"
    }
    assert told == broken
    if "coverage" in desk.live:
        assert desk.coverage == {
            format_: {group: people["after"] for group, people in groups.items()}
            for format_, groups in judged.coverage.items()
        }
    if "objective" in desk.live:
        assert desk.exact == judged.exact
        if desk.spec.model in ("max_cover", "backup_cover"):
            assert desk.tiers == judged.tiers
    return judged


@examples(40)
@given(problems(without={"capacity"}), st.sampled_from(MODELS), SEEDS)
def test_every_live_figure_is_the_judges(problem: Problem, spec: Objective, seed: int) -> None:
    """After any sequence of openings, closings, undos and redos: live = evaluate."""
    rng = np.random.default_rng(seed)
    desk = WhatIf(problem, some_plan(problem, seed), spec)
    agrees(desk, problem, spec)
    for _ in range(12):
        step = rng.integers(5)
        if step == 0:
            desk.undo()
        elif step == 1:
            desk.redo()
        elif problem.n_options:
            desk.toggle(int(rng.integers(problem.n_options)))
        agrees(desk, problem, spec)


@examples(25)
@given(problems({"capacity", "budget", "floor"}), SEEDS)
def test_where_capacity_counts_money_floor_and_rules_are_live(problem: Problem, seed: int) -> None:
    """Served people are not told live; all the rest is exact."""
    desk = WhatIf(problem, some_plan(problem, seed))
    assert desk.live == {"cost", "floor", "rules"}
    assert desk.objective is None
    desk.check()


@examples(25)
@given(problems(without={"capacity"}), st.sampled_from(MODELS[:3]), SEEDS)
def test_gains_and_losses_are_differences_of_the_objective(
    problem: Problem, spec: Objective, seed: int
) -> None:
    """gains[o] = objective(with o) - objective; losses[o] = objective - objective(without o)."""
    desk = WhatIf(problem, some_plan(problem, seed), spec)
    chosen, exact, unit = desk.options, desk.exact, desk.problem.unit
    assert exact is not None
    gains, losses = desk.gains(), desk.losses()
    for option in range(problem.n_options):
        here = option in chosen
        other = np.setxor1d(chosen, [option])
        difference = evaluate(desk.problem, other, spec).exact - exact
        assert int(gains[option]) * unit == (0 if here else difference)
        assert int(losses[option]) * unit == (-difference if here else 0)


@examples(25)
@given(problems(without={"capacity"}), SEEDS)
def test_undo_is_the_identity(problem: Problem, seed: int) -> None:
    """Any steps, all undone: every figure is as at first; redone: as after the steps."""
    rng = np.random.default_rng(seed)
    desk = WhatIf(problem, some_plan(problem, seed))
    at_first = figures(desk)
    steps = [
        desk.toggle(int(o))
        for o in rng.integers(0, max(problem.n_options, 1), 6)
        if problem.n_options
    ]
    at_last = figures(desk)
    for _ in steps:
        assert desk.undo() is not None
    assert desk.undo() is None
    assert figures(desk) == at_first
    for _ in steps:
        assert desk.redo() is not None
    assert desk.redo() is None
    assert figures(desk) == at_last


def broken_by(judged: Evaluation) -> int:
    """How much a plan breaks in all: linear rows by their excess, everything else by its count."""
    rows = [abs(use.used - use.limit) for use in judged.rules if not use.kept]
    return sum(rows) + len(judged.violations) - len(rows)


@examples(25)
@given(problems(without={"capacity", "min_coverage"}), SEEDS)
def test_an_option_fits_exactly_if_nothing_blocks_it(problem: Problem, seed: int) -> None:
    """No block: opening it breaks nothing further. A block: opening it breaks more than before."""
    desk = WhatIf(problem, some_plan(problem, seed))
    fits = desk.fitting()
    for option in np.flatnonzero(~np.isin(np.arange(problem.n_options), desk.options)).tolist():
        o, names = problem.options, problem.labels
        blocks = (
            desk.blocks(
                names.sites[o.site[option]] if len(names.sites) else int(o.site[option]),
                names.formats[o.format[option]],
                names.sizes[o.size[option]],
                phase=names.phases[o.phase[option]],
                action=ACTIONS[o.action[option]],
            )
            if unique(problem, option)
            else None
        )
        before = {str(use): use for use in evaluate(desk.problem, desk.options).rules}
        judged = evaluate(desk.problem, np.append(desk.options, option))
        worse = worsened(evaluate(desk.problem, desk.options), judged)
        assert bool(fits[option]) == (not worse), before
        if blocks is not None:
            assert bool(blocks) == worse
            assert all(block.short > 0 for block in blocks)


def unique(problem: Problem, option: int) -> bool:
    """Whether ids name the option alone."""
    o = problem.options
    same = (
        (o.site == o.site[option])
        & (o.format == o.format[option])
        & (o.size == o.size[option])
        & (o.phase == o.phase[option])
        & (o.action == o.action[option])
    )
    return int(same.sum()) == 1


def worsened(before: Evaluation, after: Evaluation) -> bool:
    """Whether some row is broken further, or something else is broken that was not."""
    rows = any(
        not now.kept and abs(now.used - now.limit) > (0 if was.kept else abs(was.used - was.limit))
        for was, now in zip(before.rules, after.rules, strict=True)
    )
    others = [
        sum(not use.kept for use in judged.rules) - len(judged.violations)
        for judged in (before, after)
    ]
    floors = any("floor space" in new and new not in before.violations for new in after.violations)
    one_size = any(
        "one outlet of a format" in new and new not in before.violations for new in after.violations
    )
    return rows or others[0] != others[1] or floors or one_size


def town() -> Problem:
    """Five points in a row and three sites that reach two or three of them, at prices."""
    walk = np.abs(np.arange(5)[:, None] * 100.0 - np.array([50.0, 200.0, 350.0])[None, :])
    problem = Problem.from_matrix(
        walk, weights=[10, 20, 30, 40, 50], radius=100.0, site_costs=[3, 4, 9]
    ).replace(budget=10)
    return problem.replace(labels=Labels(sites=("A", "B", "C")))


def test_a_planner_pushes_a_plan_around() -> None:
    """Steps by ids; what they win, cost and break is told in persons and money."""
    desk = siting.WhatIf(town())
    assert (desk.objective, desk.cost, desk.violations) == (0, 0, [])
    assert [(p.site, p.gain, p.cost) for p in desk.next(per="money")] == [
        ("B", 90.0, 4),
        ("A", 30.0, 3),
        ("C", 90.0, 9),
    ]
    change = desk.add("B")
    assert sorted(change.points.tolist()) == [1, 2, 3]
    assert change.formats_in_reach.tolist() == [1, 1, 1]
    assert (change.gained, change.cost) == ({"outlet": {"all": 90.0}}, 4)
    assert desk.coverage == {"outlet": {"all": 90.0}}
    (block,) = desk.blocks("C")
    assert (block.rule, block.limit, block.used, block.asked, block.short) == (
        "budget.total",
        10,
        4,
        9,
        3,
    )
    assert [purchase.site for purchase in desk.next()] == ["A"]
    assert desk.move("B", "C").gained == {"outlet": {"all": 0.0}} or desk.objective == 90.0
    desk.add("B")
    (violation,) = desk.violations
    assert (violation.rule, int(violation.short)) == ("budget.total", 3)
    assert desk.table()[["site"]].to_numpy().ravel().tolist() == ["B", "C"]
    assert siting.score(town(), desk.table()).objective == desk.objective
    desk.undo()
    assert desk.violations == []


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (lambda desk: desk.add("Z"), "site must be one of the problem's; got 'Z'"),
        (lambda desk: desk.add("A", "bakery"), "format must be one of the problem's"),
        (lambda desk: desk.close("A"), "site A: nothing is open"),
        (lambda desk: (desk.add("A"), desk.add("A")), "site A: nothing can open"),
        (lambda desk: desk.toggle(3), "option must lie in 0..2; got 3"),
        (lambda desk: desk.next(per="people"), "per must be money, outlet or m2"),
    ],
)
def test_what_cannot_be_is_told_by_ids(step: Any, told: str) -> None:
    """Misuse is an exception that names what was asked and what there is."""
    with pytest.raises(ArgumentError, match=told):
        step(WhatIf(town()))


def test_every_family_of_rules_is_drawn() -> None:
    """The laws above see every kind of rule: the strategy's families hold them all."""
    assert {"move", "mobile", "apart", "together", "hub", "phases", "opening"} <= FAMILIES
