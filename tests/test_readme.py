"""README.md and docs/: everything shown runs, and says what is true today."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from benchmarks.readme import PAGES, RESULTS, filled
from siting.cli import app
from tests.tools import wrong_inputs

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)
BLOCKS = CODE.findall(TEXT)
COMMANDS = sorted(set(re.findall(r"siting ((?:[a-z]+ )[^`\n|]*)`", TEXT)))


@pytest.mark.parametrize("code", BLOCKS, ids=range(len(BLOCKS)))
def test_python_blocks_run(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader who copies a block gets no error; paths are relative to the repository."""
    monkeypatch.chdir(ROOT)
    exec(compile(code, "README.md", "exec"), {})


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_exist_with_their_options(command: str) -> None:
    """Each command shown is one of the program's, with options it knows and files that exist."""
    from typer.main import get_command

    name, *words = shlex.split(command)
    known = get_command(app).commands[name]  # type: ignore[attr-defined]
    options = {text for parameter in known.params for text in parameter.opts}
    for word in words:
        if word.startswith("--"):
            assert word in options, command
        if word.startswith("scenarios/"):
            assert (ROOT / word).is_file(), command


def test_readme_is_read_in_one_sitting() -> None:
    """What does not fit 150 lines stands behind a link."""
    assert len(TEXT.splitlines()) <= 150


def test_every_study_runs_as_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks of docs/python.md are one session that ends without an error."""
    monkeypatch.chdir(tmp_path)
    session: dict[str, object] = {}
    for code in CODE.findall((ROOT / "docs" / "python.md").read_text(encoding="utf-8")):
        exec(compile(code, "docs/python.md", "exec"), session)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_measured_tables_are_those_of_the_results(page: Path) -> None:
    """``python -m benchmarks readme`` changes nothing: no figure was typed by hand."""
    text = page.read_text(encoding="utf-8")
    link = "../" * len(page.parent.relative_to(ROOT).parts) + "benchmarks/results"
    assert filled(text, RESULTS, link) == (text, [])


def test_wrong_inputs_get_the_messages_shown() -> None:
    """The table of wrong inputs is what the program says today; each has a message."""
    shown = wrong_inputs.BLOCK.search(wrong_inputs.PAGE.read_text(encoding="utf-8"))
    assert shown is not None
    assert shown[2] == wrong_inputs.table()
    assert all(row.split("|")[2].strip() for row in shown[2].splitlines())
