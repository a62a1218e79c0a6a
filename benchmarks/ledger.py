"""Results that survive: each measurement is written as soon as it is done.

A file ``results/NAME.json`` holds ``columns``, ``rows``, ``command`` and ``machine`` for README
(see :mod:`benchmarks.readme`) and the full ``records`` by key, each with the machine and versions
it was made on. A record that exists is not measured again unless asked.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.machine import describe
from siting.complete_files import complete_file

Record = dict[str, Any]
RESULTS = Path(__file__).parent / "results"


@dataclass
class Ledger:
    """One results file."""

    name: str
    columns: Sequence[str]
    row: Callable[[Record], Sequence[Any]]
    """The README row of a record."""
    command: str
    folder: Path = RESULTS
    again: bool = False
    """Measure again what is recorded."""
    order: Callable[[Record], Any] | None = None
    """Sort key of the rows; None = as measured."""
    records: dict[str, Record] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.path.exists():
            self.records = json.loads(self.path.read_text(encoding="utf-8"))["records"]

    @property
    def path(self) -> Path:
        """The JSON file."""
        return self.folder / f"{self.name}.json"

    def has(self, key: str) -> bool:
        """Whether the measurement can be skipped: it is recorded, and did not fail."""
        return not self.again and self.records.get(key, {"status": "failed"})["status"] != "failed"

    def put(self, key: str, record: Mapping[str, Any]) -> Record:
        """Remember a measurement, with its machine, and write the file."""
        self.records[key] = {
            **record,
            "measured": datetime.now(UTC).isoformat(timespec="seconds"),
            "commit": commit(),
            "machine": describe("spopt"),
        }
        self.write()
        return self.records[key]

    def rows(self) -> list[list[Any]]:
        """README rows of all records."""
        records = list(self.records.values())
        if self.order is not None:
            records.sort(key=self.order)
        return [list(self.row(record)) for record in records]

    def write(self) -> None:
        """The whole file, replaced in one step."""
        machine = next(reversed(self.records.values()))["machine"] if self.records else describe()
        text = json.dumps(
            {
                "columns": list(self.columns),
                "rows": self.rows(),
                "command": self.command,
                "machine": in_words(machine),
                "records": self.records,
            },
            indent=1,
            ensure_ascii=False,
        )
        replace_file(self.path, text + "\n")


def replace_file(path: Path, text: str) -> None:
    """A reader never sees half a file."""
    with complete_file(path) as fresh:
        fresh.write_text(text, encoding="utf-8")


def in_words(machine: Mapping[str, Any]) -> str:
    """Machine and versions on one line."""
    versions = ", ".join(f"{name} {v}" for name, v in machine["versions"].items() if v)
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']} GB, "
        f"{machine['system']}; {versions}"
    )


def commit() -> str | None:
    """The commit of the code, ``+`` when files differ from it; None outside a repository."""
    root = Path(__file__).parents[1]
    try:
        head = _git(root, "rev-parse", "--short", "HEAD")
        changed = _git(root, "status", "--porcelain", "-uno", "--", "siting", "models")
    except (OSError, subprocess.CalledProcessError):
        return None
    return head + ("+" if changed else "")


def _git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def status(found: Record) -> str:
    """Status with what ended the run; a plan that verification refused is called so."""
    if found.get("violations"):
        return f"refused: {found['violations'][0]}"
    limit = found.get("limit")
    return f"{found.get('status')}" + (f" ({limit})" if limit else "")
