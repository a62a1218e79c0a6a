"""What pyproject.toml promises to install is there, and something uses it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

import pytest

from siting.cli import COMMANDS
from tests.tools.rooms import ROOT, imports, modules

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
IMPORTED_AS = {
    "python-docx": "docx",
    "ruamel.yaml": "ruamel",
    "axe-core-python": "axe_core_python",
    "openapi-spec-validator": "openapi_spec_validator",
}
"""Libraries whose import has another name than what is installed."""
TOOLS = {
    "quickjs",
    "pytest",
    "pytest-xdist",
    "ruff",
    "mypy",
    "sphinx",
    "python-multipart",
    "httpx2",
}
"""Run, or imported by another library: FastAPI's uploads and its client for tests."""


def optional() -> Iterator[tuple[str, str]]:
    """(extra, library) of everything that an extra installs."""
    for extra, needed in PYPROJECT["project"]["optional-dependencies"].items():
        for line in needed:
            yield extra, line.partition(">=")[0].partition("[")[0]


def test_an_extra_installs_only_what_some_line_uses() -> None:
    """Nobody installs a library for code that is not written."""
    files = list(modules().values())
    files += [file for room in ("benchmarks", "tests") for file in (ROOT / room).rglob("*.py")]
    used = {name.partition(".")[0] for file in files for name in imports(file)}
    left = {
        (extra, library)
        for extra, library in optional()
        if library not in TOOLS | {"siting"}
        and not library.startswith("types-")
        and not library.endswith("-stubs")
        and IMPORTED_AS.get(library, library) not in used
    }
    assert left == set()


def test_the_extra_named_all_has_every_other() -> None:
    """``pip install siting[all]`` installs whatever any extra does."""
    extras = PYPROJECT["project"]["optional-dependencies"]
    (line,) = extras["all"]
    assert set(line.partition("[")[2].rstrip("]").split(",")) == set(extras) - {"all"}


@pytest.mark.parametrize("package", PYPROJECT["tool"]["setuptools"]["package-data"])
def test_package_data_are_there(package: str) -> None:
    """Each pattern of package data finds a file in the package's folder."""
    folders = PYPROJECT["tool"]["setuptools"]["package-dir"]
    folder = ROOT / folders.get(package, package.replace(".", "/"))
    for pattern in PYPROJECT["tool"]["setuptools"]["package-data"][package]:
        assert list(folder.glob(pattern)), f"{package}: {pattern}"


def test_every_command_has_a_file_and_every_file_of_a_command_is_listed() -> None:
    """A command that is listed exists; what registers none are helpers of the commands."""
    assert len(set(COMMANDS)) == len(COMMANDS)
    files = {file.stem for file in (ROOT / "siting" / "commands").glob("*.py")}
    assert set(COMMANDS) <= files


def test_what_an_index_shows_leads_nowhere_that_is_not_there() -> None:
    """An index renders the readme alone: no link or picture of it is relative, and its commands are
    commands."""
    text = (ROOT / PYPROJECT["project"]["readme"]).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)]+)\)|(?:src|href)=[\"']([^\"']+)", text)
    assert [one for pair in links for one in pair if one and not one.startswith("https://")] == []
    named = set(re.findall(r"^siting (\w+)", text, re.MULTILINE)) | set(
        re.findall(r"`siting (\w+)", text)
    )
    assert named and named <= set(COMMANDS)
    extras = set(re.findall(r"siting\[(\w+)\]", text))
    assert extras <= set(PYPROJECT["project"]["optional-dependencies"])
