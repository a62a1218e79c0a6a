"""``sweep.csv``: a row a task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from siting.sweep.ledger import Entry
from siting.sweep.task import Task

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "scenario",
    "variant",
    "key",
    "state",
    "status",
    "objective",
    "bound",
    "gap",
    "seconds",
    "result",
)


def table(tasks: Sequence[Task], entries: Sequence[Entry]) -> pd.DataFrame:
    """Columns :data:`COLUMNS`; ``result`` is the folder, from the sweep's own; a variant that is
    the scenario itself is empty, as is what is not known."""
    import pandas as pd

    rows = [
        {
            "scenario": task.name,
            "variant": task.variant or "",
            "key": entry.key,
            "state": entry.state,
            "status": entry.status or "",
            "objective": entry.objective,
            "bound": entry.bound,
            "gap": entry.gap,
            "seconds": None if entry.seconds is None else round(entry.seconds, 3),
            "result": entry.result or "",
        }
        for task, entry in zip(tasks, entries, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def exit_code(entries: Sequence[Entry]) -> int:
    """0 all have plans, 4 some have none, 5 some failed, 130 some were not come to."""
    states = {entry.state for entry in entries}
    if states & {"waiting", "running", "interrupted"}:
        return 130
    if "failed" in states:
        return 5
    with_plan = all(entry.status in ("optimal", "feasible") for entry in entries)
    return 0 if with_plan else 4
