"""The repository's own documents: what they name is there, and drawings are those of today."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from siting.cli import COMMANDS
from tests.tools import rooms
from tests.tools.rooms import ROOT

LINK = re.compile(r"\]\(([^)\s]+)\)")
PLACE = re.compile(r"`((?:[\w-]+/)+[\w.*-]*)`")
"""A path in the text of a document: words with slashes between, to a file or a folder."""
CITED = re.compile(r"([\w./-]*\w\.md)\b(?:,? sections? ([\d.]*\d))?")
"""A document and, behind it, the section."""


def tracked(ending: str) -> list[Path]:
    """Files of the repository that end so."""
    listed = subprocess.run(
        ["git", "ls-files", f"*{ending}"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).exists()]


PAGES = [page for page in tracked(".md") if not page.is_relative_to(ROOT / "benchmarks/results")]


def prose(page: Path) -> str:
    """A page without its code: blocks, indented lines and what stands in backticks."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"^ {4}.*$|`[^`]*`", "", text, flags=re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """What a link may name behind ``#``, as GitHub makes it of headings."""
    heads = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link is a file or folder of the repository, and its heading is there."""
    for link in LINK.findall(prose(page)):
        target, _, anchor = link.partition("#")
        if ":" in target:
            continue
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), link
        assert not anchor or anchor in anchors(file), link


@pytest.mark.parametrize("name", ["ARCHITECTURE.md", "CONTRIBUTING.md", "docs/contract.md"])
def test_files_and_folders_named_are_there(name: str) -> None:
    """A newcomer who follows a path arrives; ``*`` stands for at least one name."""
    text = re.sub(r"```.*?```", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    for place in PLACE.findall(text):
        if place.startswith(("out/", "data/")) or "NAME" in place:
            continue
        known = [base / place for base in (ROOT, ROOT / "siting", ROOT / "siting" / "analysis")]
        found = any(list(path.parent.glob(path.name or "*")) for path in known)
        assert found, f"{name}: {place}"


def test_names_said_to_be_in_a_file_are_there() -> None:
    """``NAME in/of FILE`` of the guide and the map: the file has that name."""
    pages = ("CONTRIBUTING.md", "ARCHITECTURE.md")
    text = " ".join(" ".join((ROOT / page).read_text("utf-8") for page in pages).split())
    said = re.findall(
        r"((?:`\w+`(?:, | and )?)+) (?:in|of) `((?:siting|models|tests)/[\w/]+\.py)`", text
    )
    assert len(said) >= 6
    for names, file in said:
        there = (ROOT / file).read_text(encoding="utf-8")
        for name in re.findall(r"`(\w+)`", names):
            assert re.search(rf"\b{name}\b", there), f"{name} in {file}"


def docstrings(file: Path) -> Iterator[str]:
    """Every text that stands by itself in a file: of modules, classes, functions and values."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield str(node.value.value)


def test_documents_that_the_code_cites_are_there() -> None:
    """A docstring that sends its reader to a document and a section sends him somewhere."""
    names = {page.name for page in tracked(".md")}
    lost = []
    for file in tracked(".py"):
        if file.is_relative_to(ROOT / "benchmarks"):
            continue  # pages that its commands write
        for document, section in (c for text in docstrings(file) for c in CITED.findall(text)):
            page = ROOT / document
            told = f"{file.relative_to(ROOT)}: {document} {section}"
            if Path(document).name not in names or ("/" in document and not page.exists()):
                lost.append(told)
            elif section:
                heads = re.findall(
                    r"^#+ ([\d.]*\d)", page.read_text(encoding="utf-8"), re.MULTILINE
                )
                lost += [told] * (section not in heads)
    assert lost == []


def test_the_drawing_is_that_of_today() -> None:
    """``python -m tests.tools.rooms --write`` changes nothing in ARCHITECTURE.md."""
    text = rooms.PAGE.read_text(encoding="utf-8")
    shown = rooms.BLOCK.search(text)
    assert shown is not None
    assert shown[2] == rooms.page()


def test_the_contract_names_every_command_and_public_name() -> None:
    """docs/contract.md lists what the program offers, no more and no less."""
    import siting

    text = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `siting ([a-z]+)", text, re.MULTILINE)) == set(COMMANDS)
    section = text.partition("## 2. Python")[2].partition("## 3.")[0]
    named = set(re.findall(r"`(\w+)", section))
    assert set(siting.__all__) <= named
