"""docs/contract.md, sections 3 and 4: the command line and the result folder."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from siting.cli import main
from tests.tools import contract_town as town
from tests.tools.contract_town import BAKERY
from tests.tools.result_keys import RESULT_KEYS

ROW = ("site", "format", "size", "action", "phase", "district", "cost", "area_m2", "newly_covered")


def _run(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result folder of the street with a market and a bakery at P9."""
    folder = tmp_path_factory.mktemp("town")
    path = town.write(folder, BAKERY, {"budget": 1700})
    assert _run("solve", path, "--threads", 1, "--out", folder / "out") == 0
    return folder / "out"


def _record(folder: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return record


def test_stable_keys_and_rows_that_add_up(stored: Path) -> None:
    """Section 4: the keys; each person at the nearest chosen outlet; sha256 of every input."""
    record = _record(stored)
    assert [key for key in RESULT_KEYS if key not in record] == []
    assert record["plan"][0].keys() >= set(ROW)
    newly = sum(row["newly_covered"] for row in record["plan"])
    covered = [figures for groups in record["coverage"].values() for figures in groups.values()]
    assert newly == sum(figures["after"] - figures["before"] for figures in covered) == 600
    assert record["objective"] == sum(t["objective"] for t in record["tiers"].values()) == 600
    assert (record["budget"]["total"], record["budget"]["spent"]) == (1700, 1500)
    for name, told in record["inputs"].items():
        assert sha256((stored.parent / name).read_bytes()).hexdigest() == told
    assert {path.name for path in stored.iterdir()} == {
        "result.json",
        "sites.gpkg",
        "certificate.npz",
        "report.html",
    }
    assert [path.name for path in stored.parent.iterdir() if path.name.startswith(".")] == []


def test_an_existing_result_is_kept_without_force(
    stored: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Section 3: exit 2, one line, and nothing touched; verify finds it as stored."""
    before = (stored / "result.json").read_bytes()
    assert _run("solve", stored.parent / "scenario.yaml", "--out", stored) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert (stored / "result.json").read_bytes() == before
    assert _run("verify", stored / "result.json") == 0


CHANGES: dict[str, tuple[Any, ...]] = {
    "objective": ("objective", 601.0),
    "bound": ("bound", 590.0),
    "gap": ("gap", 0.5),
    "order": ("order", "weighted"),
    "site": ("plan", 0, "site", "P1"),
    "rows": ("plan", []),
    "people": ("coverage", "bakery", "all", "after", 1.0),
    "spent": ("budget", "spent", 1),
    "rule": ("rules", 0, "binds", "no"),
    "rules": ("rules", []),
    "tier": ("tiers", "basic", "bound", 1.0),
    "input": ("inputs", "demand.csv", "0" * 64),
}


@pytest.mark.parametrize("name", CHANGES)
def test_verify_finds_a_changed_file(
    stored: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Section 3: exit 1 when verify found a difference, said in words."""
    file = stored / "result.json"
    before = file.read_text(encoding="utf-8")
    record = json.loads(before)
    *path, last, value = CHANGES[name]
    inner = record
    for key in path:
        inner = inner[key]
    inner[last] = value
    try:
        file.write_text(json.dumps(record), encoding="utf-8")
        assert _run("verify", stored) == 1
    finally:
        file.write_text(before, encoding="utf-8")
    told = capsys.readouterr()
    assert "DIFFERENT" in told.out
    assert told.err == ""


@pytest.mark.parametrize("change", [{"objective": "many"}, {"coverage": None}, {"plan": 5}, {}])
def test_a_damaged_result_is_bad_input(
    tmp_path: Path, change: dict[str, Any], stored: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Section 3: exit 2 and one line, never a traceback; {} stands for a folder without one."""
    if change:
        (tmp_path / "result.json").write_text(json.dumps(_record(stored) | change))
        (tmp_path / "certificate.npz").write_bytes((stored / "certificate.npz").read_bytes())
    assert _run("verify", tmp_path) == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert "Traceback" not in error


REQUIRE_TWO = {"rules": {"require": [{"site": "P1"}, {"site": "P4"}]}}
UNKNOWN = {"rules": {"require": [{"site": "P2"}]}}


@pytest.mark.parametrize(
    ("rules", "more", "code"), [(REQUIRE_TWO, (), 3), (UNKNOWN, (), 2), ({}, ("--gap", -1), 2)]
)
def test_exit_codes(
    tmp_path: Path, rules: town.Document, more: tuple[object, ...], code: int
) -> None:
    """Sections 1.4 and 3: 2 bad input, 3 infeasible."""
    path = town.write(tmp_path, rules)
    assert _run("solve", path, "--threads", 1, "--out", tmp_path / "out", *more) == code


def test_usage_is_told_in_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """Without arguments the help is shown; a misspelt command is one line on standard error."""
    assert main([]) == 0
    assert len(capsys.readouterr().out.splitlines()) > 10
    assert main(["sovle"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
