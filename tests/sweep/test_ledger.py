"""What a sweep notes of a task that failed, on disk and for people."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.executors.executor import MEMORY, TIME, how_it_ended
from siting.notice import Hint, plain
from siting.sweep.ledger import Entry, Ledger, failed, why
from siting.sweep.task import Settings, Task


@pytest.mark.parametrize(
    ("reason", "noted", "english", "chinese"),
    [
        (MEMORY, "memory", "out of memory", "内存不足"),
        (TIME, "time", "far over its time limit", None),
        (how_it_ended(-15), "signal", "ended by SIGTERM", "被 SIGTERM 终止"),
        (how_it_ended(7), "exit_code", "exit code 7", "退出码 7"),
        (plain("no room"), "no room", "no room", "no room"),
        ("", "", "", ""),
    ],
)
def test_why_a_task_failed(
    tmp_path: Path, reason: Hint, noted: str, english: str, chinese: str | None
) -> None:
    """Programs read one word, people a sentence of their language, also from a ledger that was
    stored."""
    task = Task("a", str(tmp_path / "a.yaml"), None, (), Settings(), {})
    ledger = Ledger(tmp_path / "out")
    ledger.write(failed(Entry(task.key, task.name, None, "failed"), reason))
    entry = ledger.entry(task)
    assert (entry.reason, why(entry, "en")) == (noted, english)
    assert why(entry, "zh") == (chinese or why(entry, "zh"))
    assert failed(entry, "").because is None
