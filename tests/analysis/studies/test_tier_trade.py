"""What basic formats give up for quality formats: a curve whose points tell what is proven."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import siting
from siting.analysis.studies.tier_trade import TierTrade, tier_trade
from siting.analysis.study import Study, beats
from siting.cli import main
from siting.problem import UNLIMITED, Labels, Objective, Options, Outlets, Problem, Target
from siting.problem.reach import Reach
from siting.problem.tiers import ahead, to_keep
from siting.progress import relative_gap
from siting.result import Result
from siting.solving.warm_start import Start
from siting.texts.catalogue import LANGS
from siting.texts.numbers import percent
from siting.texts.words import Words
from siting.verification.evaluation import evaluate
from siting.verification.judge import verify
from tests.solving.test_tolerance import cases
from tests.tools.town import write_town

SHARES = [Fraction(0), Fraction(1, 20), Fraction(1, 4), Fraction(1, 2)]
SHOPS, GYMS = (100, 60, 30, 10), (80, 40, 20)
"""People whom each of the town's shops and gyms reaches, nobody else's."""


def four_of_seven() -> Problem:
    """Money for four outlets: with all shops 200 people of basic formats and no gym; every gym
    costs a shop, the last one 10 people, the next 30."""
    n = len(SHOPS) + len(GYMS)
    every = np.arange(n)
    return Problem(
        persons=1000 * np.array([[*SHOPS, *GYMS]]),
        reach=Reach.from_pairs(every, every, np.zeros(n, np.int32), n, n),
        options=Options.of(every, [0] * len(SHOPS) + [1] * len(GYMS), [3] * n),
        targets=(Target(0, 0, 0), Target(1, 0, 0, tier="quality")),
        site_area=np.full(n, UNLIMITED),
        opening_cost=np.zeros(n, np.int64),
        outlets=Outlets.none(n),
        labels=Labels(formats=("shop", "gym")),
        objective=Objective(order="tiers"),
    ).replace(budget=12)


def towns() -> list[Problem]:
    """One that trades much, and random ones."""
    return [four_of_seven(), *cases()[:2]]


def truth(problem: Problem) -> dict[Fraction, tuple[Fraction, Fraction]]:
    """By enumeration, for each tolerance: the best of basic formats, and what quality formats gain
    at most where these keep what the tolerance asks."""
    told = []
    for size in range(problem.n_options + 1):
        for chosen in combinations(range(problem.n_options), size):
            judged = evaluate(problem, np.array(chosen, np.int64))
            if judged.feasible:
                told.append((judged.tiers["basic"], judged.tiers["quality"]))
    most = max(basic for basic, _ in told)
    best = {}
    for share in SHARES:
        spec = replace(problem.objective, tolerance=share)
        kept = to_keep(spec, int(most / problem.unit)) * problem.unit
        best[share] = most, max(quality for basic, quality in told if basic >= kept)
    return best


def check(found: TierTrade) -> None:
    """What holds of every curve, proven or not: each point's gaps are what its own figures give,
    none is negative, basic formats keep what is asked, quality formats gain no less."""
    rows = found.table.to_dict("records")
    for row, before in zip(rows, [None, *rows[:-1]], strict=True):
        assert row["basic_gap"] == relative_gap(row["basic"], row["basic_bound"])
        assert row["quality_more"] == row["quality_bound"] - row["quality"] >= 0
        assert row["basic"] <= row["basic_bound"]
        assert row["basic_bound"] == rows[0]["basic_bound"]
        assert row["basic"] >= (1 - row["tolerance"]) * max(one["basic"] for one in rows) - 1e-9
        assert before is None or row["quality"] >= before["quality"]
        assert before is None or row["tolerance"] > before["tolerance"]


def test_every_point_is_the_best_for_its_tolerance() -> None:
    """Against enumeration: plans, bounds and gaps of each point, and the judge agrees."""
    for problem in towns():
        best = truth(problem)
        found = tier_trade(problem, SHARES, study=Study("highs", 60, threads=1))
        check(found)
        assert [point.tolerance for point in found.points] == SHARES
        for point in found.points:
            basic, quality = best[point.tolerance]
            assert point.result.status == "optimal"
            assert point.bound == float(basic)
            assert point.objective("quality") == point.quality_bound == float(quality)
            spec = replace(problem.objective, tolerance=point.tolerance)
            assert verify(problem.under(spec), point.result).ok
    (curve,) = (tier_trade(four_of_seven(), SHARES, study=Study("highs", 60, threads=1)),)
    assert list(curve.table["basic"]) == [200, 190, 160, 100]
    assert list(curve.table["quality"]) == [0, 80, 120, 140]


class Short(Study):
    """A study whose solves end without a proof; somebody interrupts the second one."""

    asked = 0

    def solve(self, problem: Problem, start: Start | None = None, **other: Any) -> Result:
        """The greedy's plan, or the start where that is better."""
        self.asked += 1
        if self.asked == 2:
            self.interrupt.set()
        return siting.solve(problem, method="greedy", threads=1, start=start)


def test_a_curve_cut_short_ends_with_what_it_has() -> None:
    """Interrupted at its second point it has two; not proven, each still tells its gap."""
    for problem in towns():
        found = tier_trade(problem, SHARES, study=Short(threads=1))
        assert [point.tolerance for point in found.points] == SHARES[:2]
        check(found)
        best = truth(problem)
        for point in found.points:
            basic, quality = best[point.tolerance]
            assert point.bound is not None and point.bound >= float(basic)
            assert (point.quality_bound or 0.0) >= float(quality)


def test_nothing_is_called_optimal_that_gives_up_too_little() -> None:
    """All shops are the best of basic formats; where 5 % may be given up, 80 people more can be
    had. A proof that holds all of what may be given up is none."""
    problem = four_of_seven().under(Objective(order="tiers", tolerance=Fraction(1, 20)))
    found = siting.solve(problem, method="greedy", threads=1)
    assert [line["objective"] for line in found.tiers.values()] == [200, 0]
    assert found.status == "feasible"
    assert (found.tiers["quality"]["bound"] or 0.0) >= 80
    assert verify(problem, found).ok
    basic, quality = found.certificates
    for held, ok in ((190_000, True), (200_000, False)):
        tampered = replace(found, certificates=(basic, replace(quality, held=held)))
        told = [one for one in verify(problem, tampered).violations if "holds" in one]
        assert bool(told) != ok, told


def test_what_is_given_up_within_the_tolerance_is_no_fault() -> None:
    """Between two plans that both reach enough of basic formats quality formats decide; without a
    tolerance, or beyond it, basic formats do."""
    rich, poor, short = (Fraction(100), 20), (Fraction(95), 50), (Fraction(80), 90)
    for share, better, worse in (
        (Fraction(0), rich, poor),
        (Fraction(1, 10), poor, rich),
        (Fraction(1, 10), rich, short),
        (Fraction(1, 4), short, rich),
        (Fraction(0), (Fraction(100), 21), rich),
        (Fraction(1, 10), (Fraction(96), 50), poor),
    ):
        spec = Objective(order="tiers", tolerance=share)
        assert ahead(spec, better, worse) and not ahead(spec, worse, better)
    assert not ahead(Objective(order="tiers"), rich, rich)


def test_a_start_that_is_ahead_in_basic_formats_alone_does_not_come_back() -> None:
    """A run that its limit ends keeps what it found within the tolerance, and not the plan that it
    began with because that reaches more of what may be given up."""
    problem = four_of_seven()
    first = problem.under(Objective(order="tiers", tolerance=Fraction(1, 4)))
    judged = evaluate(first, np.arange(len(SHOPS)))
    assert judged.tiers == {"basic": 200, "quality": 0}
    for method in ("city", "greedy"):
        begun = siting.solve(
            first,
            method=method,
            threads=1,
            start=judged.options,
            time_limit=None,
            work_limit=2000 if method == "city" else None,
        )
        basic, quality = (begun.tiers[tier]["objective"] for tier in ("basic", "quality"))
        assert basic is not None and basic >= 150
        assert quality == (120 if method == "city" else 0)
    within = replace(
        begun, tiers={t: {"objective": v} for t, v in (("basic", 160.0), ("quality", 120.0))}
    )
    assert beats(within, begun) and not beats(begun, within)


@pytest.mark.slow
def test_the_trade_is_told_in_two_languages_and_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    """The same curve on the terminal, in zh and en, as JSON and in the table that is written; each
    point with its gap and what is proven of quality formats."""
    town = write_town(tmp_path / "town")
    asked = ["frontier", str(town), "--tiers", "--threads", "1", "--method", "greedy"]
    read: Callable[[], str] = lambda: str(capsys.readouterr().out)  # noqa: E731
    assert main([*asked, "--json", "--out", str(tmp_path / "out")]) == 0
    rows = json.loads(read())["table"]
    assert [row["tolerance"] for row in rows] == [0.0, 0.005, 0.01, 0.02, 0.05, 0.1]
    table = (tmp_path / "out" / "frontier.csv").read_text("utf-8").splitlines()
    assert table[0].removeprefix("\ufeff").split(",") == list(rows[0])
    assert len(table) == 1 + len(rows)
    for lang in LANGS:
        assert main([*asked, "--lang", lang]) == 0
        told = read()
        words = Words.of(lang, "frontier")
        assert all(head in told for head in words.row("tiers.columns"))
        assert words["tiers.legend"] in told
        for row in rows:
            (line,) = (one for one in told.splitlines() if f"{100 * row['tolerance']:.1f}%" in
                       one.split()[:1])  # fmt: skip
            assert percent(row["basic_gap"]) in line.split()
            for name in ("basic", "basic_bound", "quality", "quality_bound", "quality_more"):
                assert f"{round(row[name]):,}" in line.split()
