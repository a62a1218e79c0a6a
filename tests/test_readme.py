"""README.md: everything shown runs, and says what is true today."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from siting.cli import app
from tests.tools import wrong_inputs

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
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


def test_links_lead_somewhere() -> None:
    """Every relative link of README is a file or folder of the repository."""
    for target in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (ROOT / target).exists(), target


def test_wrong_inputs_get_the_messages_shown() -> None:
    """The table of wrong inputs is what the program says today; each has a message."""
    shown = wrong_inputs.BLOCK.search(TEXT)
    assert shown is not None
    assert shown[2] == wrong_inputs.table()
    assert all(row.split("|")[2].strip() for row in shown[2].splitlines())
