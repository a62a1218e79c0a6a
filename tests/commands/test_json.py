"""``--json``: tables as data on standard output, the text beside them on standard error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from siting.cli import main
from tests.tools.town import write_town


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Smallville, solved into ``out``."""
    folder = tmp_path_factory.mktemp("json")
    write_town(folder / "town")
    ask = ["solve", str(folder / "town"), "--method", "highs", "--out", str(folder / "out")]
    assert main(ask) == 0
    return folder


@pytest.mark.parametrize(
    ("command", "where", "table"),
    [
        ("gaps", "town", "table"),
        ("frontier", "town", "table"),
        ("fair", "town", "table"),
        ("alternatives", "town", "table"),
        ("kpis", "out", "figures"),
        ("neighbours", "out", "table"),
        ("frontier --tiers", "town", "table"),
        ("explain", "out", "binding"),
        ("replan --changes 1 --force", "out", "table"),
    ],
)
def test_tables_as_json(
    town: Path, command: str, where: str, table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One JSON object with the rows that the csv has; no text between them."""
    name, *more = command.split()
    assert main([name, str(town / where), *more, "--json"]) == 0
    told = capsys.readouterr()
    rows = json.loads(told.out)[table]
    assert rows and all(isinstance(row, dict) for row in rows)
    assert told.err.strip()


def test_check_catalogue_and_score_as_json(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What layers hold; formats with their standards; a judged plan."""
    assert main(["check", str(town / "town"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sites"] == 6
    assert main(["catalogue", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["formats"]) > 5
    plan = tmp_path / "plan.csv"
    plan.write_text("site,format,size\n003,shop,standard\n")
    ask = ["score", str(town / "town"), str(plan), "--result", str(town / "out"), "--json"]
    assert main(ask) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["feasible"] is True and told["best"] == 1346.0


def test_compare_as_json(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Figures, people and differences."""
    assert main(["compare", str(town / "out"), str(town / "out"), "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"figures", "people", "differences"}
