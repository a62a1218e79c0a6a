"""An outlet that moves in the second year: what a plan says of it, and the greedy ordering."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from siting.analysis.score import score
from siting.analysis.studies.phasing import by_phase, phases
from siting.analysis.study import Study
from siting.notice import notices
from siting.problem import FOREVER, Problem
from siting.problem.vehicles import made_of
from siting.report.contents import CoverageRow, _action, _size
from siting.report.facts import Facts
from siting.report.mapdata import reached_by
from siting.report.planning import tables
from siting.result import opened
from siting.result.accounting import closures
from siting.result.naming import called
from siting.scenario import load
from siting.solving import solve
from siting.texts.catalogue import texts
from siting.texts.names import Names
from siting.verification.evaluation import evaluate

TOWN = """\
siting: 1
name: Two years
crs: EPSG:4545
travel: {mode: euclidean}
demand: {file: people.csv, id: id, x: x, y: y, crs: EPSG:4545, groups: {all: people}}
outlets:
  - {file: outlets.csv, id: id, x: x, y: y, crs: EPSG:4545, format: kind, status: state,
     actions: {move: {cost: price}, upgrade: {cost: repair}}}
premises: {file: premises.csv, id: id, x: x, y: y, crs: EPSG:4545, available_from: from}
formats:
  use: [shop]
  change:
    shop: {metres: 100, group: all, tier: basic, sizes: [{name: small, area_m2: 10, cost: 60}]}
phases: [2026, 2027]
budget: 8
"""


@pytest.fixture
def problem(tmp_path: Path) -> Problem:
    """100 people at the outlet E1, 30 beyond it; from P2, to be had in 2027, both are in reach. E2
    stands far off among 20 people and may move to nowhere better; E3 can be repaired for 2."""
    (tmp_path / "town.yaml").write_text(TOWN)
    (tmp_path / "people.csv").write_text("id,x,y,people\na,0,0,100\nb,150,0,30\nc,9000,0,20\n")
    (tmp_path / "outlets.csv").write_text(
        "id,x,y,kind,state,price,repair\nE1,0,0,shop,open,5,\nE2,9000,0,shop,open,70,\n"
        "E3,8950,0,shop,substandard,,2\n"
    )
    (tmp_path / "premises.csv").write_text("id,x,y,from\nP2,75,0,2027\n")
    return load(tmp_path / "town.yaml").problem()


def test_it_serves_where_it_stands_until_it_moves(problem: Problem) -> None:
    """100 + 20 in 2026, 130 + 20 in 2027."""
    result = solve(problem, method="highs", threads=1)
    assert (result.status, result.objective) == ("optimal", 270.0)
    assert result.plan is not None
    table = result.plan.table
    assert set(zip(table["site"], table["size"], table["phase"], strict=True)) == {
        ("E1", "keep E1 through 2026", "2026"),
        ("P2", "move E1", "2027"),
        ("E2", "keep E2", "2026"),
    }
    count = {"outlets": 1, "kept": 1}
    assert opened(table) == made_of(problem, result.plan.options) == count
    assert result.plan.standing == {"kept": 1}
    assert result.plan.fixed["site"].tolist() == ["P2"]


def test_what_stands_is_called_by_what_is_done_to_it(problem: Problem) -> None:
    """In the terminal and the report, in both languages."""
    result = solve(problem, method="highs", threads=1)
    assert result.plan is not None
    rows = result.plan.table.to_dict("records")
    by_size = {row["size"]: row for row in rows}
    leaves, moved, kept = (by_size[k] for k in ("keep E1 through 2026", "move E1", "keep E2"))
    assert [called(row, Names("en")) for row in (leaves, moved, kept)] == [
        "shop E1, kept through 2026",
        "shop E1, moved to P2",
        "shop E2, kept as it stands",
    ]
    rest = {"format": "shop", "size": "", "until": None}
    assert called(leaves, Names("zh")) == "E1 的 shop（保留至 2026）"
    assert (leaves["outlet"], leaves["until"], kept["until"]) == ("E1", "2026", None)
    repaired = {"site": "E3", "action": "upgrade", "outlet": "E3", **rest}
    assert called(repaired, Names("en")) == "shop E3, upgraded"
    enlarged = {"site": "enlarged:E2", "action": "enlarge", "outlet": "E2", **rest}
    assert called(enlarged, Names("zh")) == "E2 的 shop（扩建）"
    words = texts("en")
    assert [_action(row, words) for row in (leaves, moved, kept)] == [
        "keep through 2026",
        "E1 moves here",
        "keep",
    ]
    assert {_size(row, words) for row in rows} == {""}


def test_the_greedy_ordering_moves_it_when_it_can(problem: Problem) -> None:
    """Nothing is better in 2026 than what stands; that it was kept then binds nobody in 2027."""
    result = solve(problem, method="highs", threads=1)
    found = phases(problem, result, Study("highs", 60, threads=1))
    assert found.greedy is not None
    assert found.greedy.violations == ()
    assert found.lost == 0
    told = by_phase(problem, evaluate(problem, found.greedy.options))
    assert [(row["outlets"], row["spent"], row["gained"]) for row in told] == [
        (0, 0, 120.0),
        (1, 5, 150.0),
    ]


def test_the_report_tells_each_year(problem: Problem) -> None:
    """A column a figure: what opens, money, and whom a format reaches."""
    result = solve(problem, method="highs", threads=1)
    assert result.options is not None
    facts, words = Facts(name="Two years"), texts("en")
    found = next(t for t in tables(result, problem, facts, words) if t.title == words["by_phase"])
    assert [row[:3] for row in found.rows] == [("2026", "0", "0"), ("2027", "1", "5")]
    assert {len(row) for row in found.rows} == {len(found.head)}


def test_before_is_what_stands_today(problem: Problem) -> None:
    """120 people have E1 or E2 today. Whatever a plan does, that is what was before: it may lose
    all of them, or move E1 and gain 30. What it gains over what stays for good is 150 then."""
    o, names = problem.options, problem.labels
    by_size = {
        (names.sites[s], names.sizes[k], p): i
        for i, (s, k, p) in enumerate(zip(o.site, o.size, o.phase, strict=True))
    }
    moved = [
        by_size["E1", "keep E1 through 2026", 0],
        by_size["P2", "move E1", 1],
        by_size["E2", "keep E2", 0],
    ]
    for plan, after in (([], 0.0), (moved, 150.0)):
        judged = evaluate(problem, plan)
        assert judged.coverage["shop"]["all"] == {"people": 150, "before": 120, "after": after}
        assert [t.before for t in judged.targets] == [0, 0]
        assert [t.today for t in judged.targets] == [120_000, 120_000]
        assert judged.newly_covered.sum() == after * 1000
    small = problem.replace(respect_capacity=True, options=replace(o, capacity=np.full(len(o), 70)))
    assert evaluate(small, []).coverage["shop"]["all"] == {"people": 150, "before": 90, "after": 0}


def test_the_report_draws_what_is_lost(problem: Problem) -> None:
    """Before, a and c are in reach; of a plan that keeps E2 only, c alone."""
    keep = problem.kept_today
    assert [problem.labels.sites[s] for s in problem.options.site[keep]] == ["E1", "E2"]
    t = problem.n_targets - 1
    before, after = reached_by(problem, keep[1:], t)
    assert (before.tolist(), after.tolist()) == ([True, False, True], [False, False, True])
    row = CoverageRow("shop", "shop", "", "", "all", 150, 120, 20)
    assert (row.held, row.gained) == (20, -100)


def test_what_a_plan_closes_is_told(tmp_path: Path, problem: Problem) -> None:
    """A closed outlet has no row in the table of a plan: a warning names it, in both languages."""
    text = TOWN.replace("move: {cost: price}, upgrade: {cost: repair}", "close: true")
    (tmp_path / "town.yaml").write_text(text)
    outlets = "id,x,y,kind,state,price,repair\nE1,0,0,shop,,,\nE2,0,0,shop,,,\nE4,9000,0,shop,,,\n"
    (tmp_path / "outlets.csv").write_text(outlets)
    closing = load(tmp_path / "town.yaml").problem()
    keep = {closing.labels.sizes[k]: k for k in range(len(closing.labels.sizes))}
    size, last = closing.options.size, closing.options.last
    chosen = [
        int(np.flatnonzero(size == keep[name])[0]) for name in ("keep E1", "keep E2 through 2026")
    ]
    assert (last[chosen] == [FOREVER, 0]).all()
    told = closures(closing, np.array(chosen))
    assert told == "outlets that the plan closes: E4"  # of E2 the table says how long it stays
    assert notices([told], "zh") == ("方案关闭的现有网点：E4",)
    result = solve(closing, method="highs", threads=1)
    assert result.plan is not None
    stays = set(result.plan.table["site"])
    assert len(stays & {"E1", "E2"}) == 1  # one of two at one place gains nobody
    (gone,) = {"E1", "E2"} - stays
    assert result.warnings == (f"outlets that the plan closes: {gone}",)
    moved = solve(problem, method="highs", threads=1).options
    assert moved is not None
    assert closures(problem, moved) is None


def test_a_table_of_what_opens_keeps_what_stands(problem: Problem, tmp_path: Path) -> None:
    """Keeping is free and needs no word: a plan closes nothing unless it tells actions."""
    (tmp_path / "town.yaml").write_text(TOWN.replace("move: {cost: price}", "close: true"))
    closing = load(tmp_path / "town.yaml").problem()
    plan = pd.DataFrame({"site": ["P2"], "format": ["shop"], "size": ["small"]})
    opens = score(closing, plan)
    assert set(opens.plan.table["size"]) == {"small", "keep E1", "keep E2"}
    assert opens.coverage["shop"]["all"]["after"] == 150
    told = score(closing, plan.assign(action="open"))
    assert told.coverage["shop"]["all"]["after"] == 130  # E2 closes
    moves = pd.DataFrame({"site": ["P2"], "format": ["shop"], "size": ["move E1"]})
    assert set(score(problem, moves).plan.table["size"]) == {"move E1", "keep E2"}
