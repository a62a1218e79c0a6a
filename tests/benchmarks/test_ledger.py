"""benchmarks.ledger: a killed run loses nothing, a second run measures nothing twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.ledger import Ledger
from benchmarks.readme import table


def ledger(folder: Path, **other: Any) -> Ledger:
    """Two columns, ordered by size."""
    return Ledger(
        "demo",
        ("case", "size"),
        lambda r: (r["case"], r["size"]),
        "python -m benchmarks demo",
        folder,
        order=lambda r: r["size"],
        **other,
    )


def test_each_record_is_on_disk_when_it_is_put(tmp_path: Path) -> None:
    """The file is whole after every measurement and shows README its rows in order."""
    first = ledger(tmp_path)
    first.put("b", {"case": "b", "size": 2, "status": "optimal"})
    first.put("a", {"case": "a", "size": 1, "status": "feasible"})
    told = json.loads((tmp_path / "demo.json").read_text(encoding="utf-8"))
    assert told["rows"] == [["a", 1], ["b", 2]]
    assert told["records"]["a"]["machine"]["versions"]["python"]
    assert "| b | 2 |" in table(told)
    assert [path.name for path in tmp_path.iterdir()] == ["demo.json"]


def test_what_is_recorded_is_not_measured_again(tmp_path: Path) -> None:
    """Except when asked, and except what failed."""
    first = ledger(tmp_path)
    first.put("good", {"case": "good", "size": 1, "status": "no_solution"})
    first.put("bad", {"case": "bad", "size": 2, "status": "failed"})
    second = ledger(tmp_path)
    assert [second.has(key) for key in ("good", "bad", "new")] == [True, False, False]
    assert not ledger(tmp_path, again=True).has("good")
