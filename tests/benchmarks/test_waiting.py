"""What a person waits for, measured."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.waiting import Wait, _in_turn, _row, processor_seconds, waits

pytestmark = pytest.mark.skipif(os.name != "posix", reason="children are waited for otherwise")


def test_a_command_is_measured_with_what_it_starts(tmp_path: Path) -> None:
    """Processor seconds, not those of a clock; faults of the input are an end like any other."""
    took = processor_seconds(Path(sys.executable), ("--version",), tmp_path)
    assert 0.01 < took < 10
    assert processor_seconds(Path(sys.executable), ("check", "nowhere.yaml"), tmp_path) > 0.01


def test_a_command_that_fails_is_no_measure(tmp_path: Path) -> None:
    """Who returns at once because it cannot run would be the fastest of all."""
    with pytest.raises(RuntimeError, match="exit code"):
        processor_seconds(tmp_path / "no-python", ("--version",), tmp_path)


def test_a_row_tells_the_least_and_the_median_of_both_builds() -> None:
    """The ratio is that of the medians; where one build is measured, or the other cannot do it,
    nothing is compared."""
    wait = Wait("check", ("check",), "1.2")
    both = _row(wait, [[1.0, 4.0, 2.0], [8.0, 4.0, 3.0]])
    assert both == ["check", "1.2", "1.00 / 2.00", "3.00 / 4.00", "0.50"]
    assert _row(wait, [[1.5]]) == ["check", "1.2", "1.50", "-", "-"]
    assert _row(wait, [[1.5, 2.5], []]) == ["check", "1.2", "1.50 / 2.00", "-", "-"]


def test_a_build_that_ends_otherwise_is_not_compared(tmp_path: Path) -> None:
    """A build that refuses a newer scenario would be the faster one; this build must do it."""
    wait = Wait("no such file", ("check", str(tmp_path / "nowhere.yaml")), "1", True, code=2)
    here = Path(sys.executable)
    ours, theirs = _in_turn([wait, wait], [here, tmp_path / "no-python"], 1, tmp_path)
    assert len(ours) == 1 and theirs == []
    with pytest.raises(RuntimeError, match="exit code 2"):
        _in_turn([replace(wait, code=0)], [here], 1, tmp_path)


def test_another_build_reads_the_scenarios_of_its_day(tmp_path: Path) -> None:
    """The same commands in the same order, upon another folder's files and nothing else of it."""
    ours, theirs = waits(5, tmp_path), waits(5, tmp_path, tmp_path / "old")
    assert [wait.name for wait in ours] == [wait.name for wait in theirs]
    told = {wait.name: wait.arguments for wait in theirs}
    assert str(tmp_path / "old" / "helsinki") in told["check helsinki, again"]
    assert not any("scenarios" in part for wait in theirs for part in wait.arguments)
