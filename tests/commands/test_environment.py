"""What variables set where no option does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from siting.cli import app
from siting.system.cores import cores
from tests.service.conftest import town


@pytest.mark.parametrize(("given", "expected"), [((), 1), (("--threads", "2"), min(2, cores()))])
def test_threads_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: tuple[str, ...], expected: int
) -> None:
    """``SITING_THREADS`` is what ``--threads`` would say; the option itself wins."""
    monkeypatch.setenv("SITING_THREADS", "1")
    command = ["solve", str(town(tmp_path / "town")), "--method", "greedy"]
    done = CliRunner().invoke(app, [*command, "--out", str(tmp_path / "out"), *given])
    assert done.exit_code == 0, done.output
    told = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert told["threads"] == expected


def test_threads_that_are_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A value that is no number is told with the variable's name."""
    monkeypatch.setenv("SITING_THREADS", "many")
    done = CliRunner().invoke(app, ["solve", str(town(tmp_path))])
    assert done.exit_code == 2 and "SITING_THREADS" in done.output
