"""A tolerance between tiers: against enumeration, by both roads, and as a curve."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import siting
from siting.analysis.study import Study
from siting.cli import main
from siting.errors import ArgumentError, InputError
from siting.problem import Objective, Problem
from siting.problem.tiers import tiers_in_order, to_keep
from siting.result import Result
from siting.result.headline import open_gaps
from siting.verification.evaluation import evaluate
from siting.verification.judge import verify
from tests.tools.problems import build
from tests.tools.town import SCENARIO, write_town

ON = frozenset({"budget", "tiers", "existing"})
SHARE = Fraction(1, 2)
LIMITS: dict[str, dict[str, Any]] = {
    "highs": {"time_limit": 60},
    "city": {"time_limit": None, "work_limit": 20},
}
"""How long each road may look: to the end, and for so much work on any machine."""


def cases() -> list[Problem]:
    """Small problems of two tiers, few enough options to enumerate."""
    found = []
    for seed in range(30):
        problem = build(ON, 4, 7, 2, 7, np.uint16, np.random.default_rng(seed))
        spec = Objective(order="tiers", tolerance=SHARE)
        problem = problem.under(spec)
        if problem.n_options <= 11 and len(tiers_in_order(problem, spec)) == 2:
            found.append(problem)
    return found[:6]


def best(problem: Problem) -> tuple[Fraction, Fraction]:
    """By enumeration: what basic formats can reach, and quality formats that keep enough of it."""
    told = []
    for size in range(problem.n_options + 1):
        for chosen in combinations(range(problem.n_options), size):
            judged = evaluate(problem, np.array(chosen, np.int64))
            if judged.feasible:
                told.append((judged.tiers["basic"], judged.tiers["quality"]))
    most = max(basic for basic, _ in told)
    kept = to_keep(problem.objective, int(most / problem.unit)) * problem.unit
    return most, max(quality for basic, quality in told if basic >= kept)


@pytest.mark.parametrize("method", ["highs", "city"])
def test_quality_gains_what_the_tolerance_lets_basic_give_up(method: str) -> None:
    """Both roads: basic formats within the tolerance of the best, then the most for quality; the
    verifier, which shares no code with them, agrees."""
    given_up = 0
    for problem in cases():
        most, quality = best(problem)
        result = siting.solve(problem, method=method, threads=1, **LIMITS[method])
        assert result.plan is not None
        basic = Fraction(result.tiers["basic"]["objective"] or 0.0)
        assert basic >= (1 - SHARE) * most
        assert verify(problem, result).ok
        assert (result.tiers["quality"]["bound"] or 0.0) >= float(quality) - 1e-6
        if method == "highs":
            assert result.status == "optimal"
            assert result.tiers["quality"]["objective"] == pytest.approx(float(quality))
            assert result.tiers["basic"]["bound"] == pytest.approx(float(most))
            given_up += basic < most
    assert method == "city" or given_up, "no case gives anything up"


def test_a_plan_that_gives_up_more_is_not_optimal() -> None:
    """The verifier lets nobody call a plan optimal that falls short by more than the tolerance."""
    problem = next(p for p in cases() if best(p)[0] > 0)
    result = siting.solve(problem, method="highs", threads=1)
    strict = replace(result.spec, tolerance=Fraction(0))
    short = (result.tiers["basic"]["bound"] or 0.0) > (result.tiers["basic"]["objective"] or 0.0)
    assert verify(problem.under(strict), replace(result, spec=strict)).ok != short


def test_a_tolerance_is_read_as_per_cent_or_share(tmp_path: Path) -> None:
    """1% and 0.01 are the same; what is no share is a fault that says what it must be."""
    for number, told in enumerate(("1%", "0.01")):
        text = SCENARIO + f"objective: {{order: tiers, tolerance: {told}}}\n"
        problem = siting.load(write_town(tmp_path / str(number), text)).problem()
        assert problem.objective.tolerance == Fraction(1, 100)
    wrong = SCENARIO + "objective: {tolerance: 120%}\n"
    with pytest.raises(InputError, match="must be a share below 1, as 1%"):
        siting.load(write_town(tmp_path / "wrong", wrong))


def test_a_result_keeps_its_tolerance(tmp_path: Path) -> None:
    """Stored and read again, and verified from its folder."""
    text = SCENARIO + "objective: {order: tiers, tolerance: 10%}\n"
    town, out = write_town(tmp_path / "town", text), tmp_path / "out"
    assert main(["solve", str(town), "--out", str(out), "--threads", "1"]) == 0
    assert Result.load(out).spec.tolerance == Fraction(1, 10)
    assert main(["verify", str(out)]) == 0


def test_the_trade_between_tiers_is_a_curve(tmp_path: Path) -> None:
    """With a larger tolerance quality formats gain no less and basic formats keep what is asked;
    each point tells what is proven."""
    problem = siting.load(write_town(tmp_path)).problem()
    found = siting.tier_trade(
        problem, [Fraction(0), Fraction(1, 4)], study=Study("highs", 60, threads=1)
    )
    table = found.table
    assert list(table["tolerance"]) == [0.0, 0.25]
    assert table["quality"].is_monotonic_increasing
    assert (table["basic"] >= (1 - table["tolerance"]) * table["basic"][0]).all()
    assert (table["quality_more"] == 0).all()
    assert table["basic_gap"][0] == 0
    with pytest.raises(ArgumentError, match="needs order: tiers"):
        siting.tier_trade(problem.under(Objective(order="weighted")))


def test_the_command_draws_the_trade(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A table on the terminal, table and plot in the folder."""
    town, out = write_town(tmp_path / "town"), tmp_path / "out"
    asked = ["frontier", str(town), "--tiers", "--threads", "1", "--out", str(out)]
    assert main([*asked, "--method", "highs"]) == 0
    told = capsys.readouterr().out
    assert "tolerance" in told and "10.0%" in told
    assert {file.name for file in out.iterdir()} == {
        "frontier.csv",
        "frontier.png",
        "frontier.svg",
    }


def test_what_is_given_up_is_told_as_a_gap(tmp_path: Path) -> None:
    """Optimal within the tolerance is still told with how far basic formats are from their best."""
    text = SCENARIO + "objective: {order: tiers, tolerance: 50%}\n"
    problem = siting.load(write_town(tmp_path, text)).problem()
    result = siting.solve(problem, method="highs", threads=1)
    assert result.status == "optimal"
    basic = open_gaps(result)[0]
    short = (result.tiers["basic"]["bound"] or 0.0) - (result.tiers["basic"]["objective"] or 0.0)
    assert basic.people == short > 0
