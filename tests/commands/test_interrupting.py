"""Ctrl-C in every phase of a command: no plan is lost, and no file is left half written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from siting.cli import main
from siting.commands import interrupting
from siting.commands.terminal import ProgressLine
from siting.complete_files import complete_folder
from siting.progress import Progress
from siting.result import Result
from tests.tools.town import write_town

Output = pytest.CaptureFixture[str]
FILES = {"certificate.npz", "report.html", "result.json", "sites.gpkg"}


@pytest.fixture(autouse=True)
def usual_handler() -> Iterator[None]:
    """Ctrl-C as a shell's program finds it, whatever the test runner's workers made of it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Smallville's scenario file."""
    return write_town(tmp_path_factory.mktemp("town"))


def press(times: int = 1) -> None:
    """Ctrl-C, here and now."""
    for _ in range(times):
        signal.raise_signal(signal.SIGINT)


def press_before(
    monkeypatch: pytest.MonkeyPatch, place: str, function: Callable[..., Any], times: int = 1
) -> None:
    """Ctrl-C just before a function does its work."""

    def pressed(*given: Any, **named: Any) -> Any:
        press(times)
        return function(*given, **named)

    monkeypatch.setattr(place, pressed)


def press_at(monkeypatch: pytest.MonkeyPatch, stage: str, times: int = 1) -> None:
    """Ctrl-C at the first news of a stage."""
    told = ProgressLine.__call__
    left = [times]

    def hear(self: ProgressLine, news: Progress) -> None:
        told(self, news)
        if news.stage == stage and left:
            press(left.pop())

    monkeypatch.setattr(ProgressLine, "__call__", hear)


def record_of(out: Path) -> dict[str, Any]:
    """result.json of a complete folder."""
    assert {file.name for file in out.iterdir()} == FILES
    assert [file.name for file in out.parent.iterdir()] == [out.name]
    record: dict[str, Any] = json.loads((out / "result.json").read_text("utf-8"))
    return record


def solve(scenario: Path, out: Path, *more: str) -> int:
    """siting solve in this process."""
    return main(["solve", str(scenario), "--out", str(out), "--threads", "1", *more])


def test_while_reading_there_is_nothing_to_give(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Output
) -> None:
    """130 and one line; nothing is written."""
    from siting.commands.loading import load

    press_before(monkeypatch, "siting.commands.loading.load", load)
    assert solve(town, tmp_path / "out") == 130
    told = capfd.readouterr()
    assert (told.out, told.err) == ("", "interrupted before it was done\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("times", [1, 2])
def test_while_searching_the_best_plan_so_far_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int, capfd: Output
) -> None:
    """0 with limit interrupt; a signal passed on twice by a wrapper is still one key press."""
    city = tmp_path / "city"
    assert (
        main(["demo", "--people", "1500", "--sites", "300", "--formats", "4", "--out", str(city)])
        == 0
    )
    press_at(monkeypatch, "search", times)
    out = tmp_path / "results" / "city"
    assert solve(city, out, "--method", "city", "--time-limit", "none") == 0
    record = record_of(out)
    assert (record["status"], record["limit"]) == ("feasible", "interrupt")
    assert record["plan"]
    told = capfd.readouterr()
    assert "interrupt" in told.out
    assert told.err.count("Ctrl-C again") == 1


def test_while_verifying_the_plan_is_kept(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """0: what had been proven by then stays proven."""
    press_at(monkeypatch, "verify")
    assert solve(town, tmp_path / "out") == 0
    assert record_of(tmp_path / "out")["status"] == "optimal"


@pytest.mark.parametrize(
    "place",
    [
        "siting.report.folder.save_arrays",
        "siting.report.html.write",
        "siting.report.folder.write_layer",
        "siting.commands.summary.summary",
    ],
)
def test_while_writing_the_folder_is_completed(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """0, and the folder is as complete as without Ctrl-C."""
    module, _, name = place.rpartition(".")
    press_before(monkeypatch, place, getattr(import_module(module), name))
    assert solve(town, tmp_path / "out") == 0
    assert record_of(tmp_path / "out")["status"] == "optimal"


@pytest.mark.parametrize(
    ("place", "kept"),
    [("siting.report.html.write", False), ("siting.report.folder.save_arrays", True)],
)
def test_a_second_one_ends_at_once_and_nothing_is_half_written(
    town: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: Output,
    place: str,
    kept: bool,
) -> None:
    """130: before the new plan is stored the earlier result is still there; after it, the new
    result, which lacks no more than its report."""
    out = tmp_path / "out"
    assert solve(town, out) == 0
    before = (out / "result.json").read_bytes()
    capfd.readouterr()
    monkeypatch.setattr(interrupting, "SAME_PRESS_SECONDS", 0.0)
    module, _, name = place.rpartition(".")
    press_before(monkeypatch, place, getattr(import_module(module), name), times=2)
    assert solve(town, out, "--force") == 130
    assert capfd.readouterr().err.endswith("interrupted before it was done\n")
    assert Result.load(out).status == "optimal"
    assert ((out / "result.json").read_bytes() == before) is kept
    left = ["out", "out.partial"] if kept else ["out"]  # a plan that is not stored can be resumed
    assert sorted(path.name for path in tmp_path.iterdir()) == left


def test_between_the_two_moves_the_earlier_result_comes_back(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The earlier folder was out of the way already when the run was ended."""
    out = tmp_path / "out"
    assert solve(town, out) == 0
    move = Path.rename

    def ended(self: Path, target: Path) -> Path:
        if self.name.endswith(".new"):
            raise KeyboardInterrupt
        return move(self, target)

    monkeypatch.setattr(Path, "rename", ended)
    monkeypatch.setattr("siting.complete_files._exchanged", lambda *_: False)  # no one-step swap
    with pytest.raises(KeyboardInterrupt), complete_folder(out) as fresh:
        (fresh / "result.json").write_text("{}")
    assert record_of(out)["status"] == "optimal"


@pytest.mark.parametrize(("methods", "shown"), [("highs,scip", False), ("highs,scipy,scip", True)])
def test_a_comparison_cut_short_says_so(
    town: Path, monkeypatch: pytest.MonkeyPatch, capfd: Output, methods: str, shown: bool
) -> None:
    """siting compare: 130 where not all was run; two results are shown all the same."""
    from siting.solving import solve as run

    times = iter((False, True) if shown else (True,))

    def pressed(*given: Any, **named: Any) -> Any:
        if next(times):
            press()
        return run(*given, **named)

    monkeypatch.setattr("siting.solving.solve", pressed)
    assert main(["compare", str(town), "--methods", methods, "--threads", "1"]) == 130
    told = capfd.readouterr()
    assert told.err.endswith("interrupted before it was done\n")
    assert "Traceback" not in told.err
    assert ("Sites in common" in told.out) is shown


def test_a_comparison_that_has_all_is_told_to_the_end(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Output
) -> None:
    """0, with the results and the files: Ctrl-C came when nothing was left to solve."""
    from siting.analysis import compare as comparing

    press_before(monkeypatch, "siting.analysis.compare.figures", comparing.figures)
    out = tmp_path / "compared"
    assert (
        main(["compare", str(town), "--methods", "highs,scip", "--threads", "1", "--out", str(out)])
        == 0
    )
    assert "Sites in common" in capfd.readouterr().out
    assert (out / "compare.html").exists()


def test_a_study_is_told_as_far_as_it_came(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Output
) -> None:
    """siting frontier: the table and its files, with the points there are."""
    press_at(monkeypatch, "verify")
    out = tmp_path / "frontier"
    code = main(
        [
            "frontier",
            str(town),
            "--budgets",
            "30000,60000",
            "--method",
            "highs",
            "--threads",
            "1",
            "--out",
            str(out),
        ]
    )
    assert code == 0
    assert "30,000" in capfd.readouterr().out
    kinds = ("csv", "json", "png", "svg")
    assert {file.name for file in out.iterdir()} == {f"frontier.{kind}" for kind in kinds}


@pytest.mark.parametrize("solves", [1, 3])
def test_worlds_that_were_not_solved_are_left_out(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Output, solves: int
) -> None:
    """siting robustness: 130; cases cut short say nothing of the sites, and are named so."""
    from siting.solving import solve as run

    times = iter([False] * solves + [True] * 100)

    def pressed(*given: Any, **named: Any) -> Any:
        if next(times):
            press()
        return run(*given, **named)

    monkeypatch.setattr("siting.analysis.study.solve", pressed)
    out = tmp_path / "worlds.csv"
    assert main(["robustness", str(town), "--threads", "1", "--out", str(out)]) == 130
    told = capfd.readouterr()
    assert told.err.endswith("interrupted before it was done\n")
    assert len(pd.read_csv(out)) == solves - 1
    n_worlds = 8
    left_out = n_worlds - (solves - 1)
    assert f"Interrupted: {left_out} of {n_worlds} cases are left out" in told.out


def test_a_terminal_sends_it_to_every_process(tmp_path: Path) -> None:
    """The solver's child hears nothing of it: the plan so far is verified and written."""
    city, out = tmp_path / "city", tmp_path / "out"
    assert (
        main(["demo", "--people", "1500", "--sites", "300", "--formats", "4", "--out", str(city)])
        == 0
    )
    arguments = [
        "solve",
        str(city),
        "--method",
        "city",
        "--time-limit",
        "none",
        "--threads",
        "1",
        "--out",
        str(out),
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "siting", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "search" in line:
            break
    os.killpg(process.pid, signal.SIGINT)
    told, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    record = json.loads((out / "result.json").read_text("utf-8"))
    assert (record["status"], record["limit"]) == ("feasible", "interrupt")
    assert "interrupt" in told
