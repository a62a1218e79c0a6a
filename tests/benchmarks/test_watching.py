"""benchmarks.watching: a child is timed, watched, killed; what it told is kept."""

from __future__ import annotations

from benchmarks.measure import Setting, record
from benchmarks.watching import Event, Limits, watch

HERE = "tests.tools.children"
SETTING = Setting(1.0)


def test_a_child_tells_and_ends() -> None:
    """Events arrive in order, with the child's own peak memory last."""
    heard: list[Event] = []
    ending = watch(f"{HERE}:quick", {"number": 7}, Limits(), heard.append)
    assert ending.end == "done"
    assert [event["event"] for event in heard] == ["begin", "result", "memory"]
    result, memory = ending.last("result"), ending.last("memory")
    assert result is not None and result["objective"] == 7
    assert memory is not None and 0 < memory["peak_memory_gb"] < 1
    assert ending.last("nothing") is None


def test_a_child_that_overruns_is_killed_and_keeps_what_it_told() -> None:
    """An incumbent that was told is in the record, as claimed, never as judged."""
    ending = watch(f"{HERE}:sleeper", {}, Limits(time_s=0.3, grace_s=0.1))
    assert ending.end == "time"
    found = record("case", "method", SETTING, ending)
    assert (found["status"], found["limit"], found["objective"]) == ("no_solution", "time", None)
    assert (found["claimed_objective"], found["bound"]) == (3.0, 5.0)
    assert "stage solve" in found["notes"][0]
    assert found["curve"] == [[0.1, 3.0, 5.0]]


def test_a_child_above_its_memory_is_killed() -> None:
    """The limit holds for the child with all it started."""
    ending = watch(f"{HERE}:hungry", {}, Limits(time_s=30, memory_gb=0.2))
    assert ending.end == "memory"
    assert ending.peak_memory_gb > 0.2
    assert record("case", "method", SETTING, ending)["limit"] == "memory"


def test_a_child_that_fails_says_why() -> None:
    """The last line of its complaint is the note."""
    ending = watch(f"{HERE}:broken", {}, Limits())
    assert ending.end == "failed"
    found = record("case", "method", SETTING, ending)
    assert found["status"] == "failed"
    assert found["notes"] == ["ValueError: out of luck"]
