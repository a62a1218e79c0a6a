"""``--json``: tables as data on standard output, the text beside them on standard error."""

from __future__ import annotations

import inspect
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_group

from siting.cli import app, main
from tests.tools.town import SCENARIO, write_town


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Smallville, solved into ``out``."""
    folder = tmp_path_factory.mktemp("json")
    write_town(folder / "town")
    ask = ["solve", str(folder / "town"), "--method", "highs", "--out", str(folder / "out")]
    assert main(ask) == 0
    money = "phases: [2026, 2027]\nbudget: {per_phase: {2026: 45000, 2027: 50000}}"
    text = SCENARIO.replace("budget: 95000", money).replace("  lean: {budget: 42000}", "  lean: {}")
    write_town(folder / "phases", text)
    ask = ["solve", str(folder / "phases"), "--method", "highs", "--out", str(folder / "phased")]
    assert main(ask) == 0
    return folder


RUN = {
    "alternatives": ("{town}", "table"),
    "catalogue": ("", "formats"),
    "check": ("{town}", "sites"),
    "compare": ("{out} {out}", "figures"),
    "explain": ("{out}", "binding"),
    "fair": ("{town}", "table"),
    "frontier": ("{town}", "table"),
    "gaps": ("{town}", "table"),
    "kpis": ("{out}", "figures"),
    "neighbours": ("{out}", "table"),
    "phases": ("{phased}", "table"),
    "replan": ("{out} --changes 1 --out {new}", "table"),
    "robustness": ("{town} --method greedy", "table"),
    "score": ("{town} {plan} --best-within 0", "coverage"),
    "solve": ("{town} --out {new}", "objective"),
    "sweep": ("{town} --out {new} --dry-run", "tasks"),
    "verify": ("{out} --sample 0", "claims"),
}
"""Every command that has ``--json``: how it is asked, and a key of what it tells."""


def commands() -> dict[str, Any]:
    """Every command by its name, as the parser knows them."""
    return dict(get_group(app).commands)


def test_every_command_that_prints_a_table_has_json() -> None:
    """From the parser: whoever sets columns beside each other, or is asked for figures, can tell
    them as data; and each such command is run below."""
    tabular, able = set(), set()
    for name, command in commands().items():
        source = inspect.getsource(sys.modules[command.callback.__module__])
        if re.search(r"\bcolumns\(|import [^\n]*\bsummary\b", source):
            tabular.add(name)
        if any("--json" in option.opts for option in command.params):
            able.add(name)
    assert len(tabular) > 8 and tabular <= able
    assert able == set(RUN)


@pytest.mark.parametrize("command", RUN)
def test_tables_as_json(
    town: Path, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON alone on standard output, whatever is told beside it."""
    asked, key = RUN[command]
    plan, new = tmp_path / "plan.csv", tmp_path / "new"
    plan.write_text("site,format,size\n003,shop,standard\n")
    phased = town / "phased"
    places = {"town": town / "town", "out": town / "out", "phased": phased}
    asked = asked.format(plan=plan, new=new, **places)
    assert main([command, *asked.split(), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    told = {"tasks": told} if key == "tasks" else told  # one row a task, and nothing beside
    assert isinstance(told, dict) and told[key] not in (None, [], {})
    if key == "table":
        assert all(isinstance(row, dict) for row in told[key])


def test_tiers_as_json(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The trade of tiers is another table of the same command."""
    assert main(["frontier", "--tiers", str(town / "town"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["table"]


def test_check_catalogue_and_score_as_json(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What layers hold; formats with their standards; a judged plan."""
    assert main(["check", str(town / "town"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sites"] == 6
    assert main(["catalogue", "--json"]) == 0
    formats = json.loads(capsys.readouterr().out)["formats"]
    assert len(formats) > 5
    assert all(size["area_m2"] > 0 for shop in formats.values() for size in shop["sizes"])
    plan = tmp_path / "plan.csv"
    plan.write_text("site,format,size\n003,shop,standard\n")
    ask = ["score", str(town / "town"), str(plan), "--result", str(town / "out"), "--json"]
    assert main(ask) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["feasible"] is True and told["best"] == 1346.0
