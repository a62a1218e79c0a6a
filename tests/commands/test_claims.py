"""What the studies call best, lost or the price is so, or is told as what was found.

Each study is run twice: as it is, where every solve of a small town is proven, and with every solve
cut short, its plan the same and its proof missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import siting.analysis.study as study_room
from siting.cli import main
from siting.result import Result
from tests.tools.town import SCENARIO, write_town

PHASED = SCENARIO.replace(
    "budget: 95000", "phases: [2026, 2027]\nbudget: {per_phase: {2026: 50000, 2027: 45000}}"
)
Told = Callable[..., str]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small town, and one with phases, with stored results beside the scenarios."""
    folder = tmp_path_factory.mktemp("town")
    for name, scenario in (("plain", SCENARIO), ("phased", PHASED)):
        write_town(folder / name, scenario)
        out = folder / name / "r"
        assert main(["solve", str(folder / name), "--out", str(out), "--threads", "1"]) == 0
    return folder


@pytest.fixture
def told(capsys: pytest.CaptureFixture) -> Told:
    """Runs a command and gives what it printed."""

    def run(*arguments: object) -> str:
        capsys.readouterr()
        assert main([str(a) for a in arguments]) == 0
        return str(capsys.readouterr().out)

    return run


@pytest.fixture
def cut_short(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From then on every solve of a study ends without its proof."""

    def cut() -> None:
        whole: Callable[..., Result] = study_room.__dict__["solve"]

        def solve(*given: Any, **named: Any) -> Result:
            found = whole(*given, **named)
            if found.objective is None:
                return found
            bound = 1.2 * found.objective + 10
            tiers = {
                t: {**line, "bound": 1.2 * (line["objective"] or 0) + 10, "gap": None}
                for t, line in found.tiers.items()
            }
            return replace(
                found, status="feasible", limit="time", bound=bound, tiers=tiers, certificates=()
            )

        monkeypatch.setattr(study_room, "solve", solve)

    return cut


CLAIMS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "robustness": (("best plan", "lost by keeping  "), ("best found", "lost by keeping, at least")),
    "fair": (("best sum  ", "it costs"), ("best sum found", "that was found")),
    "phases": (("what is best",), ("the best found", "Not proven", "smaller than the gap")),
    "explain": (
        ("The best plan without it", "; proven: "),
        ("The best plan found without it",),
    ),
}
"""Command: what it says of what is proven, and what in its place of what is not."""


def asked(command: str, town: Path) -> list[object]:
    """The command's arguments."""
    place = {"phases": town / "phased" / "r", "explain": town / "plain" / "r"}
    more: list[object] = []
    if command == "explain":
        opened = Result.load(town / "plain" / "r").plan.table["site"]  # type: ignore[union-attr]
        more = ["--site", min(opened)]
    return [command, place.get(command, town / "plain"), *more, "--threads", 1]


@pytest.mark.parametrize("command", CLAIMS)
def test_what_is_claimed_of_a_proven_plan_is_not_of_one_cut_short(
    command: str, town: Path, told: Told, cut_short: Callable[[], None]
) -> None:
    """Best, lost, costs: only where it is proven; else the best that was found, and that it is."""
    claims, instead = CLAIMS[command]
    proven = told(*asked(command, town))
    for claim in claims[:1]:
        assert claim in proven
    assert not any(word in proven for word in instead)
    cut_short()
    found = told(*asked(command, town))
    assert not any(claim in found for claim in claims), found
    for word in instead:
        assert word in found


def test_a_frontier_says_which_differences_say_nothing(
    town: Path, told: Told, cut_short: Callable[[], None]
) -> None:
    """Where points are not proven, what lies between two of them may be noise."""
    call = ("frontier", town / "plain", "--threads", 1, "--points", 4, "--no-nested")
    assert "smaller than the gap" not in told(*call)
    cut_short()
    assert "smaller than the gap" in told(*call)


def test_robustness_prints_both_figures_of_its_ratio(town: Path, told: Told) -> None:
    """The share lost is that of the two figures in its line, also where it is of one tier."""
    lines = told("robustness", town / "plain", "--threads", 1).splitlines()
    checked = 0
    for line in lines:
        words = line.replace("(basic)", "").replace("(quality)", "").split()
        shares = [at for at, word in enumerate(words) if word.endswith("%") and "." in word]
        for at in shares[-1:]:
            kept, best = (float(words[at - k].replace(",", "")) for k in (2, 1))
            assert float(words[at][:-1]) == pytest.approx(100 * (1 - kept / best), abs=0.51)
            checked += 1
    assert checked >= 3
