"""Manhattan and San Francisco by the city engine: ``python -m benchmarks mclp --time 60``.

The twelve maximal covering instances of Maximo, Cordeau and Nascimento (2023), p = 50 ... 100,
each in a process of its own: plan against the best value published, and the gap that is proven by
a certificate. Writes results/mclp.json and .md after every instance.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.cases import best_known, registered
from benchmarks.commandline import missing, parser
from benchmarks.ledger import Ledger, Record, in_words, replace_file, status
from benchmarks.measure import Setting, measure
from benchmarks.pages import page, percent, rounded

NAMES = tuple(f"{city}{p}" for city in ("ny", "sf") for p in range(50, 101, 10))
COLUMNS = (
    "instance",
    "method",
    "time s",
    "people covered",
    "best published",
    "below it %",
    "bound",
    "proven gap %",
    "status",
)


def main(arguments: list[str]) -> int:
    """Measure, and write after every instance."""
    options = parser("mclp", __doc__)
    options.add_argument("--time", type=float, default=60.0, help="seconds an instance")
    options.add_argument("--instances", default=",".join(NAMES), help="like ny50,sf60")
    options.add_argument("--methods", default="city")
    given = options.parse_args(arguments)
    names, methods = given.instances.split(","), given.methods.split(",")
    wrong = [name for name in names if registered(name) is None]
    if wrong:
        options.error(f"--instances must be among {', '.join(NAMES)}; got {', '.join(wrong)}")
    ledger = Ledger(
        "mclp",
        COLUMNS,
        row,
        f"python -m benchmarks mclp --time {given.time:g}",
        given.out,
        given.again,
        order=_order,
    )
    asked = [
        (name, method, f"{name}/{method}/{given.time:g}/{given.seed}")
        for name in names
        for method in methods
    ]
    keys = [key for _, _, key in asked]
    wanted = missing(ledger, keys, given.threads, compile_first=True)
    for name, method, key in asked:
        if key not in wanted:
            continue
        setting = Setting(given.time, given.threads, given.seed)
        ledger.put(key, compared(measure(name, method, setting)))
        write_page(ledger, given.out)
    write_page(ledger, given.out)
    print((given.out / "mclp.md").read_text(encoding="utf-8"))
    return 0


def compared(found: Record) -> Record:
    """With the best value published."""
    best, proven = best_known(found["case"])
    found["best_known"], found["best_proven"] = best, proven
    objective = found.get("objective")
    found["below_best"] = None if best is None or objective is None else (best - objective) / best
    return found


def row(found: Record) -> Sequence[Any]:
    """The README row."""
    best = found["best_known"]
    return (
        registered(found["case"]),
        found["method"],
        rounded(found.get("seconds"), 1),
        _whole(found.get("objective")),
        None if best is None else f"{best:,.0f}{'*' if found['best_proven'] else ''}",
        rounded(percent(found["below_best"]), 4),
        _whole(found.get("bound")),
        rounded(percent(found.get("gap")), 3),
        status(found),
    )


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _order(found: Record) -> tuple[str, int, str]:
    name = registered(found["case"]) or found["case"]
    city, _, p = name.rpartition("-p")
    return city, int(p), found["method"]


def write_page(ledger: Ledger, folder: Path) -> None:
    """mclp.md beside mclp.json."""
    if not ledger.records:
        return
    machine = in_words(next(reversed(ledger.records.values()))["machine"])
    said = (
        "Maximal covering instances of Máximo, Cordeau and Nascimento (ITOR 2023): Manhattan",
        "(2,713 census blocks, 400 m) and San Francisco (5,137, 600 m). * = proven optimal there.",
        "`below it` is negative where the plan beats the published value. The gap is between plan",
        "and bound; where a certificate stands behind the bound, `verify` recomputed it.",
    )
    text = page(
        "City engine on published maximal covering instances",
        said,
        ledger.columns,
        ledger.rows(),
        ledger.command,
        machine,
    )
    replace_file(folder / "mclp.md", text)
