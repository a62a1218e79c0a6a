"""The commands end to end on tiny cases, and the pages of what they find."""

from __future__ import annotations

import csv
import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import city, commandline, mclp, peers, run, suites
from benchmarks.__main__ import names
from benchmarks.suite_page import summary

MAKES = ("columns", "rows", "command", "machine", "records")


@pytest.fixture(autouse=True)
def nothing_is_compiled_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiling beforehand only matters to times."""
    monkeypatch.setattr(commandline, "watch", lambda *a, **k: None)


def told(path: Path) -> dict[str, Any]:
    """A results file."""
    result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    assert set(MAKES) <= set(result)
    return result


def test_every_command_is_known() -> None:
    """The commands of the README exist."""
    assert {"city", "mclp", "peers", "run", "reach", "readme"} <= set(names())


@pytest.mark.slow
def test_run_smoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A suite by two methods: csv, pages, pictures; a second run measures nothing."""
    monkeypatch.setitem(suites.SUITES, "smoke", lambda: ["classic:60:3:8"])
    asked = ["--suite", "smoke", "--methods", "highs,scipy", "--time-limit", "60", "--out"]
    assert run.main([*asked, str(tmp_path)]) == 0
    first = told(tmp_path / "run-smoke.json")
    assert {r["status"] for r in first["records"].values()} == {"optimal"}
    with (tmp_path / "run-smoke.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["method"] for row in rows} == {"highs", "scipy"}
    assert len({row["objective"] for row in rows}) == 1
    page = (tmp_path / "run-smoke.html").read_text(encoding="utf-8")
    assert "data:image/png;base64," in page and "http" not in page
    assert (tmp_path / "run-smoke.md").exists()
    assert run.main([*asked, str(tmp_path)]) == 0
    assert told(tmp_path / "run-smoke.json") == first


@pytest.mark.slow
def test_peers_side_by_side(tmp_path: Path) -> None:
    """A method that cannot take the problem says so; the others are compared with the best plan."""
    methods = "greedy,highs" + (",spopt" if importlib.util.find_spec("spopt") else "")
    asked = ["--case", "classic:60:3:8", "--methods", methods, "--time", "60", "--threads", "1"]
    assert peers.main([*asked, "--out", str(tmp_path)]) == 0
    records = told(tmp_path / "peers.json")["records"].values()
    by = {record["method"]: record for record in records}
    assert by["highs"]["below_best"] == 0
    assert by["greedy"]["below_best"] >= 0
    if "spopt" in by:
        assert by["spopt"]["objective"] == by["highs"]["objective"], by["spopt"]


@pytest.mark.slow
def test_city_and_its_curve(tmp_path: Path) -> None:
    """A tiny city leaves a record with passes, pairs, a curve, and a picture."""
    asked = ["--sizes", "60x12x2", "--time", "20", "--threads", "1", "--out", str(tmp_path)]
    assert city.main(asked) == 0
    record = told(tmp_path / "city.json")["records"]["60x12x2"]
    assert record["status"] in ("optimal", "feasible") and not record["violations"]
    assert record["bound"] >= record["objective"] > 0
    assert record["statistics"]["passes"] > 0 and record["ns_per_pair_and_pass"] > 0
    assert record["curve"] and record["peak_memory_gb"] > 0.05
    assert (tmp_path / "city.png").stat().st_size > 1000
    assert "ns a pair and pass" in (tmp_path / "city.md").read_text(encoding="utf-8")


def made(method: str, objective: float | None, **other: Any) -> dict[str, Any]:
    """A record as ``measure`` makes it."""
    return {
        "case": "sf60",
        "method": method,
        "objective": objective,
        "sense": "max",
        "bound": 700.0,
        "setting": {"time_s": 60.0},
        "gap": None,
        "seconds": 60.0,
        "seconds_in_all": 61.0,
        "peak_memory_gb": 1.0,
        "status": "feasible",
        "limit": "time",
        "machine": {},
        **other,
    }


def test_where_a_peer_wins_is_said() -> None:
    """A better plan or a smaller gap of a peer stands in bold; broken plans win nothing."""
    records = {
        "a": made("city", 600.0, gap=0.1),
        "b": made("highs", 610.0, gap=0.05),
        "c": made("cheat", 999.0, violations=["budget: 3 over"]),
        "d": made("cpsat", 500.0),
        "e": made("scip", None),
    }
    peers.compare(records)
    assert records["a"]["below_best"] == pytest.approx(10 / 610)
    assert records["c"]["below_best"] is None
    line = peers.findings(records)[0]
    assert "**better plans than city: highs**" in line
    assert "**smaller gaps than city: highs**" in line
    assert "+20.00 % on cpsat" in line
    assert "no plan by scip" in line


def test_distance_to_the_published_value() -> None:
    """Negative where the plan beats it; a star where it is proven."""
    found = mclp.compared(made("city", 683_140.0))
    assert found["below_best"] == pytest.approx(-1 / 683_139)
    assert mclp.row(found)[4] == "683,139"
    assert mclp.row(mclp.compared(made("city", 1.0) | {"case": "ny50"}))[4] == "1,153,640*"


def test_summary_compares_common_instances_only() -> None:
    """A method that ran fewer instances is not made to look better by it."""
    lines = summary([made("a", 5.0, status="optimal"), made("a", 1.0, case="ny50"), made("b", 6.0)])
    assert [(line["method"], line["instances"], line["best plans"]) for line in lines] == [
        ("a", 1, 0),
        ("b", 1, 1),
    ]
    assert lines[0]["proven optimal"] == 1
