"""docs/zh/: what is shown exists, and the example is a scenario but for its files."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

import siting
from siting.cli import app
from siting.errors import InputError

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "zh").glob("*.md"))
COMMAND = re.compile(r"`siting ([a-z]+ ?[^`\n|]*)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_options_files_and_links_exist(page: Path) -> None:
    """A planner who copies a line meets no unknown option and no missing file."""
    text = page.read_text(encoding="utf-8")
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    shown = COMMAND.findall(text)
    assert shown
    for command in shown:
        name, *words = shlex.split(command)
        options = {text for parameter in commands[name].params for text in parameter.opts}
        for word in words:
            assert not word.startswith("--") or word in options, command
            assert not word.startswith("scenarios/") or (ROOT / word).is_file(), command
    for link in re.findall(r"\]\(([^)#]+)", text):
        assert (page.parent / link).exists(), link


def test_the_example_lacks_nothing_but_its_files(tmp_path: Path) -> None:
    """Every key and every Chinese name of a format in it is understood."""
    text = (ROOT / "docs" / "zh" / "planner.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    path = tmp_path / "scenario.yaml"
    path.write_text(example, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        siting.load(path)
    expected = {fault.expected for fault in caught.value.faults}
    assert expected == {"must be a file"}, str(caught.value)
