"""Commitments tied to key figures: computed today and with the plan, told where missed, kept as
rules."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import siting
from siting.analysis.kpis.goals import Goal, at_the_end, goals
from siting.cli import main
from siting.errors import InputError
from siting.problem import Action
from tests.tools.carried_town import COMMITMENTS, carried, write_carried
from tests.tools.plans import some_plan


def brute(problem: siting.Problem, options: np.ndarray, format: str, district: str | None) -> float:
    """Share of a format's people within its standard, point by point."""
    f = problem.labels.formats.index(format)
    target = next(t for t in problem.targets if t.format == f)
    people = covered = 0
    for i in range(problem.n_points):
        home = problem.labels.districts[problem.point_district[i]]  # type: ignore[index]
        if district not in (None, home):
            continue
        persons = int(problem.persons[target.group, i])
        walks = [
            int(problem.reach.cost[k])
            for o in options[problem.options.format[options] == f]
            for k in range(
                problem.reach.start[problem.options.site[o]],
                problem.reach.start[problem.options.site[o] + 1],
            )
            if problem.reach.point[k] == i
        ] + [
            int(problem.outlets.reach.cost[k])
            for j in np.flatnonzero(problem.outlets.format == f)
            for k in range(problem.outlets.reach.start[j], problem.outlets.reach.start[j + 1])
            if problem.outlets.reach.point[k] == i
        ]
        people += persons
        covered += persons * (min(walks, default=10**9) <= target.limit)
    return covered / people


@pytest.mark.parametrize("seed", range(6))
def test_coverage_is_that_of_every_person_counted(tmp_path: Path, seed: int) -> None:
    """Now, by its phase and in its circle: equal to counting point by point, in its own unit."""
    scenario = siting.load(write_carried(tmp_path, COMMITMENTS))
    problem = scenario.problem()
    plan = some_plan(problem, seed)
    shops, care, training, present = goals(scenario, plan)
    first = plan[problem.options.phase[plan] == 0]
    none = np.zeros(0, np.int64)
    assert shops.now == pytest.approx(100 * brute(problem, none, "shop", None))
    assert shops.planned == pytest.approx(100 * brute(problem, first, "shop", None))
    assert care.now == brute(problem, none, "care", "east") == 0
    assert care.planned == pytest.approx(brute(problem, plan, "care", "east"))
    assert (training.now, training.planned, training.gap) == (4, None, 6)
    assert present.planned in (0, 100)
    assert present.unit == "%"


def test_lights() -> None:
    """Green is reached, yellow will be, red will not or is past; nothing where nobody knows."""

    def light(now: float | None, planned: float | None, past: bool, less: bool = False) -> object:
        return Goal(
            "n",
            "coverage",
            "",
            "",
            "",
            60,
            "%",
            now,
            planned,
            date(2026, 1, 1),
            "",
            "",
            less,
            False,
            past,
        ).light

    assert light(60, 0, True) == "green"
    assert light(60 - 1e-12, 0, True) == "green"
    assert light(59, 60, False) == "yellow"
    assert light(59, 59.9, False) == "red"
    assert light(59, 60, True) == "red"
    assert light(None, None, False) is None
    assert light(4, None, False) is None
    assert light(61, 60, False, less=True) == "yellow"
    assert light(60, None, False, less=True) == "green"


def test_what_leaves_later_stands_until_then() -> None:
    """By the end of a phase an outlet that is kept through it serves; after it does not."""
    scenario = siting.load("scenarios/chang-an-plan/scenario.yaml")
    problem = scenario.problem()
    o = problem.options
    leaving = np.flatnonzero(problem.acting(Action.KEEP) & (o.last == 0))
    assert len(leaving)
    plan = leaving[:1]
    assert at_the_end(problem, plan, 0).tolist() == problem.kept_today.tolist()
    assert at_the_end(problem, plan, 1).tolist() == []
    assert at_the_end(problem, plan, None).tolist() == problem.kept_today.tolist()


def test_a_solve_tells_what_will_be_missed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the summary, in the language asked, with the points missing and the rule that would help;
    in result.json and in the report."""
    file = write_carried(tmp_path, COMMITMENTS)
    out = tmp_path / "out"
    main(["solve", str(file), "--method", "greedy", "--out", str(out), "--lang", "zh"])
    told = capsys.readouterr().out
    shops = goals(siting.load(file), siting.Result.load(out).options)[0]
    assert shops.missed_by is not None
    assert shops.missed_by > 0
    assert f"目标任务“菜店覆盖 shops”将差 {shops.missed_by:.1f} 个百分点" in told
    assert "as_rule: true" in told
    record = json.loads((out / "result.json").read_text("utf-8"))
    assert any(notice["key"] == "commitment.missed" for notice in record["notices"])
    page = (out / "report.html").read_text("utf-8")
    assert f"{shops.planned:.1f}%" in page


def test_as_rule_makes_it_a_rule_of_every_plan(tmp_path: Path) -> None:
    """The same people as min_coverage with that share, format, group, district and phase; a plan
    keeps it or there is none."""
    tied = COMMITMENTS.replace("target: 1,\n", "target: 40, as_rule: true,\n")
    rule = (
        "rules:\n  max_outlets: {total: 4}",
        "rules:\n  max_outlets: {total: 4}\n  min_coverage: [{format: care, group: elderly, "
        "district: east, share: 0.4, phase: 试点 2027-2028}]",
    )
    own = siting.load(write_carried(tmp_path / "a", tied)).problem()
    file = write_carried(tmp_path / "b", COMMITMENTS)
    file.write_text(file.read_text("utf-8").replace(*rule), "utf-8")
    other = siting.load(file).problem()
    assert [(m.targets, m.share, m.districts) for m in own.min_coverage] == [
        (m.targets, m.share, m.districts) for m in other.min_coverage
    ]
    assert own.min_coverage[0].name == "东圈照料 care"
    result = siting.solve(own, time_limit=60)
    assert siting.verify(own, result).ok
    goal = goals(siting.load(tmp_path / "a" / "scenario.yaml"), result.options)[1]
    assert goal.missed_by == 0
    poor = ["budget.per_phase.2026=0", "budget.per_phase.试点 2027-2028=0"]
    impossible = siting.load(tmp_path / "a" / "scenario.yaml", None, poor).problem()
    assert siting.solve(impossible, time_limit=60).status == "infeasible"


def test_every_fault_of_commitments_at_once(tmp_path: Path) -> None:
    """Each with its key, what was expected and what was found."""
    wrong = """\
commitments:
  - {name: a, kpi: coverag, target: 1, due: "2026"}
  - {name: b, kpi: coverage, target: 1, due: "2026"}
  - {name: c, kpi: completeness, format: shop, target: 1, due: "2026"}
  - {name: d, kpi: coverage, format: shopp, group: all, target: 180, due: "2026"}
  - {name: e, kpi: coverage, format: shop, group: elderly, circle: nowhere, target: 0.5, phase: x}
  - {name: f, target: 1, as_rule: true, due: "2026"}
  - {name: g, target: 1}
  - {name: h, kpi: completeness, target: 1, due: "2026", as_rule: true, actual: 3}
  - {name: i, kpi: coverage, format: shop, target: 1, due: "2020", as_rule: true}
  - {name: j, kpi: coverage, format: shop, district: nowhere, target: 1, due: "2026"}
"""
    with pytest.raises(InputError) as told:
        siting.load(write_carried(tmp_path, wrong))
    faults = {fault.key for fault in told.value.faults}
    assert faults == {
        "commitments.0.kpi",
        "commitments.1.format",
        "commitments.2.format",
        "commitments.3.format",
        "commitments.3.target",
        "commitments.4.group",
        "commitments.4.circle",
        "commitments.4.phase",
        "commitments.5.kpi",
        "commitments.6",
        "commitments.7.as_rule",
        "commitments.7.actual",
        "commitments.8.as_rule",
        "commitments.9.district",
    }


def test_a_result_without_commitments_needs_no_figures(tmp_path: Path) -> None:
    """Nothing is computed that nobody asks for."""
    stored = siting.Result.load(carried(tmp_path))
    assert goals(siting.load(tmp_path / "town" / "scenario.yaml"), stored.options) == ()
