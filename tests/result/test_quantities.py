"""One quantity, one number: the same in terminal, report, result.json, Python and key figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import siting
from siting.commands.summary import summary
from siting.problem import Options, Problem
from siting.report import folder
from siting.report.contents import contents
from siting.report.facts import facts_of
from siting.result.accounting import crowded
from siting.result.quantities import gained, services
from siting.texts.numbers import amount
from siting.verification.evaluation import evaluate
from tests.tools.town import write_town


def test_all_outputs_of_a_run_tell_the_same(tmp_path: Path) -> None:
    """What a format gains, people x services and the share with all basic formats in reach."""
    scenario = siting.load(write_town(tmp_path))
    problem = scenario.problem()
    result = siting.solve(problem, method="highs", threads=1)
    assert result.plan is not None
    page = contents(result, problem, facts_of(scenario, "en", result), "en")
    stored = folder.as_record(result, scenario, tmp_path / "out")["coverage"]
    terminal = summary(result, scenario)
    for format_, groups in result.coverage.items():
        mine = gained(groups)
        assert sum(r.gained for r in page.coverage if r.format_id == format_) == mine
        assert sum(p["after"] - p["before"] for p in stored[format_].values()) == mine
        (line,) = (one for one in terminal.splitlines() if one.startswith(format_))
        assert amount(mine) in line.split()
    before, after = services(result.coverage)
    assert after - before == sum(gained(groups) for groups in result.coverage.values())
    cards = {figure.label: figure for figure in page.figures}
    assert cards["In reach, people × services"].value == amount(after)
    told = {
        k.name: (k.before, k.after) for k in siting.kpis(scenario, result).figures if k.number == 3
    }
    assert result.plan.in_reach is not None
    share = result.plan.in_reach.complete
    assert share == pytest.approx(told["complete_circle"])
    assert page.figures[0].label == "With all basic formats in reach"


def test_places_are_told_against_people() -> None:
    """Eight places for ten people are a warning; without a capacity, or with enough, none."""
    problem = Problem.from_matrix([[1.0]], weights=[10], radius=2.0, site_costs=[5])
    assert crowded(problem, evaluate(problem, [0])) == []
    for capacity, n in ((8, 1), (10, 0)):
        options = Options.of([0], [0], [5], capacity=np.array([capacity]))
        limited = problem.replace(options=options)
        told = crowded(limited, evaluate(limited, [0]))
        assert len(told) == n
        assert not told or "8 places opened for 10 people newly in reach (125%)" in told[0]
