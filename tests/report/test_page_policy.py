"""Every page that is written runs its own script, to the letter, and nothing else."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html import unescape
from pathlib import Path

import pytest

from siting.cli import main as siting
from tests.tools.town import SCENARIO, write_town

POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')
SCRIPT = re.compile(r"<script([^>]*)>(.*?)</script>", re.S)
HANDLER = re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.I)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Report, quarterly report, one paper a circle, comparison and sweep."""
    home = tmp_path_factory.mktemp("pages")
    town = str(write_town(home, SCENARIO + "circles:\n  - {district: east}\n"))
    out, ledger = str(home / "r"), str(home / "l.csv")
    quarter = ["--ledger", ledger, "--quarter", "2026Q3", "--format", "html"]
    for asked in (
        ["solve", town, "--method", "greedy", "--threads", "1", "--out", out],
        ["report", out, "--per", "circle"],
        ["ledger", out, "--out", ledger],
        ["progress", out, *quarter, "--out", str(home / "q")],
        ["compare", out, out, "--out", str(home / "c")],
        ["sweep", town, "--method", "greedy", "--workers", "1", "--out", str(home / "s")],
    ):
        assert siting(asked) == 0, asked
    found = sorted(home.rglob("*.html"))
    assert len(found) >= 6
    return found


def test_a_page_runs_its_own_script_alone(pages: list[Path]) -> None:
    """The policy names each script by its hash, allows no other and nothing from elsewhere, and
    stands before whatever it rules; no element carries a handler."""
    for page in pages:
        text = page.read_text("utf-8")
        policies = [unescape(one) for one in POLICY.findall(text)]
        assert len(policies) == 1, page
        rules = dict(rule.strip().split(" ", 1) for rule in policies[0].split(";"))
        assert rules["default-src"] == "'none'"
        assert "unsafe" not in rules["script-src"] and "http" not in policies[0]
        run = [body for kind, body in SCRIPT.findall(text) if "application/json" not in kind]
        hashes = [b64encode(sha256(body.encode()).digest()).decode() for body in run]
        assert rules["script-src"].split() == ([f"'sha256-{h}'" for h in hashes] or ["'none'"])
        assert text.index("Content-Security-Policy") < text.index("<style")
        assert not HANDLER.search(re.sub(SCRIPT, "", text)), page
