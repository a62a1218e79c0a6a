"""One case by one method, in a child process, as a record."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.ledger import Record
from benchmarks.watching import Ending, Event, Limits, watch

CURVE_POINTS = 400
_SHOW_EVERY_S = 10.0
_NO_SIZE = ("event", "at", "timings", "seconds", "sense")


@dataclass(frozen=True)
class Setting:
    """How a case is run."""

    time_s: float | None
    threads: int = 2
    seed: int = 0
    memory_gb: float | None = None
    grace_s: float = 30.0
    reading_counts: bool = False


def measure(case: str, method: str, setting: Setting) -> Record:
    """Run and describe; a child that was killed gives what it told before."""
    arguments = {
        "case": case,
        "name": method,
        "time_s": setting.time_s,
        "threads": setting.threads,
        "seed": setting.seed,
        "memory_gb": setting.memory_gb,
        "reading_counts": setting.reading_counts,
    }
    # Judging a plan of the largest city takes passes over all pairs: not the method's time.
    limits = Limits(setting.time_s, setting.grace_s, memory_gb=setting.memory_gb)
    print(f"{case} by {method} ...", file=sys.stderr, flush=True)
    ending = watch("benchmarks.tasks:solve_case", arguments, limits, shower())
    found = record(case, method, setting, ending)
    print(f"{case} by {method}: {in_words(found)}", file=sys.stderr, flush=True)
    return found


def record(case: str, method: str, setting: Setting, ending: Ending) -> Record:
    """Everything worth keeping of a child's run."""
    loaded = ending.last("loaded") or {}
    result = dict(ending.last("result") or {})
    memory = ending.last("memory") or {}
    begin = ending.last("begin") or {"at": 0.0}
    told: Record = {
        "case": case,
        "method": method,
        "setting": {
            "time_s": setting.time_s,
            "threads": setting.threads,
            "seed": setting.seed,
            "memory_gb": setting.memory_gb,
            "reading_counts": setting.reading_counts,
        },
        "end": ending.end,
        "seconds_in_all": round(ending.seconds, 3),
        "peak_memory_gb": round(max(ending.peak_memory_gb, memory.get("peak_memory_gb", 0)), 3),
        "process_peak_gb": memory.get("peak_memory_gb"),
        "sense": loaded.get("sense", "max"),
        "size": {k: v for k, v in loaded.items() if k not in _NO_SIZE},
        "loading": loaded.get("timings", {}),
        "loaded_s": loaded.get("seconds"),
        "began_at_s": begin["at"],
    }
    if ending.end != "done" and not result:
        result = _killed(ending)
    told |= {k: v for k, v in result.items() if k not in ("event", "at")}
    told["curve"] = curve(ending.events)
    return told


def _killed(ending: Ending) -> Event:
    """What a child without a result leaves: the best it told of, not judged."""
    heard = [e for e in ending.events if e["event"] == "progress"]
    bound = next((e["bound"] for e in reversed(heard) if "bound" in e), None)
    claimed = next((e["objective"] for e in reversed(heard) if "objective" in e), None)
    stage = heard[-1]["stage"] if heard else "start"
    note = {
        "time": f"killed: did not heed its time limit (stage {stage})",
        "memory": "killed: would not fit into the memory limit",
    }.get(ending.end, ending.complaint.rpartition("\n")[2] or "ended without a result")
    return {
        "status": "failed" if ending.end == "failed" else "no_solution",
        "limit": ending.end if ending.end in ("time", "memory") else None,
        "objective": None,
        "claimed_objective": claimed,
        "bound": bound,
        "gap": None,
        "notes": [note],
    }


def stands(found: Record) -> bool:
    """Whether there is a plan that keeps all rules."""
    return found.get("objective") is not None and not found.get("violations")


def best_plan(records: Iterable[Record]) -> float | None:
    """The best objective among records of one case; None where no plan stands."""
    good = [r for r in records if stands(r)]
    if not good:
        return None
    values = (r["objective"] for r in good)
    best: float = min(values) if good[0]["sense"] == "min" else max(values)
    return best


def curve(events: Sequence[Event]) -> list[list[float | None]]:
    """[seconds of the run, objective, bound] wherever one of them changed, thinned evenly."""
    points: list[list[float | None]] = []
    objective = bound = None
    for event in events:
        if event["event"] != "progress":
            continue
        now = (event.get("objective", objective), event.get("bound", bound))
        if now != (objective, bound):
            objective, bound = now
            points.append([round(event["seconds"], 2), objective, bound])
    if len(points) <= CURVE_POINTS:
        return points
    step = (len(points) - 1) / (CURVE_POINTS - 1)
    return [points[round(k * step)] for k in range(CURVE_POINTS)]


def shower() -> Callable[[Event], None]:
    """Prints a child's news, not all of it."""
    last = [-_SHOW_EVERY_S]

    def show(event: Event) -> None:
        if event["event"] == "progress" and event["at"] - last[0] < _SHOW_EVERY_S:
            return
        last[0] = event["at"]
        told = {k: v for k, v in event.items() if k in ("stage", "objective", "bound", "gap")}
        words = "  ".join(f"{k} {_short(v)}" for k, v in told.items())
        print(f"  {event['at']:8.1f} s  {event['event']:9} {words}", file=sys.stderr, flush=True)

    return show


def in_words(found: Record) -> str:
    """One line of a record."""
    gap = found.get("gap")
    parts = [
        str(found.get("status")),
        f"limit {found.get('limit')}",
        f"objective {_short(found.get('objective'))}",
        f"bound {_short(found.get('bound'))}",
        "gap none" if gap is None else f"gap {100 * gap:.3f} %",
        f"{found.get('seconds', found['seconds_in_all']):.1f} s",
        f"{found['peak_memory_gb']:.2f} GB",
    ]
    if found.get("violations"):
        parts.append(f"REFUSED: {found['violations'][0]}")
    if found.get("status") in ("refused", "failed", "no_solution"):
        parts += [str(note) for note in found.get("notes", [])[:1]]
    return ", ".join(parts)


def _short(value: Any) -> str:
    return f"{value:,.6g}" if isinstance(value, float) else str(value)
