"""A warm start: an earlier plan mapped onto this problem by ids, what no longer exists dropped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.errors import ArgumentError
from siting.notice import Notice, first
from siting.problem import ACTIONS, Problem
from siting.result import Plan, Result

if TYPE_CHECKING:
    import pandas as pd

Start = Result | Plan | str | Path | Sequence[int] | NDArray[np.integer]


def start_options(
    problem: Problem, start: Start | None
) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    """Option positions to begin with, and what was dropped, in words.

    Args:
        start: a Result, a Plan, a result folder's path, or option positions of this problem.

    Raises:
        ArgumentError: something else, or positions of no option.
    """
    if start is None:
        return None, ()
    if isinstance(start, str | Path):
        start = Result.load(start)
    if isinstance(start, Result):
        if start.plan is None:
            return None, (Notice("start.no_plan", status=start.status),)
        start = start.plan
    if isinstance(start, Plan):
        return from_table(problem, start.table)
    if not isinstance(start, Sequence | np.ndarray) or isinstance(start, bytes):
        raise ArgumentError(Notice("data.a_start", kind=type(start).__name__))
    return positions(start, problem.n_options, "start", "options"), ()


def positions(given: object, count: int, name: str, what: str) -> NDArray[np.int64]:
    """Ascending distinct positions; raises ArgumentError outside 0..count-1 or on non-integers."""
    try:
        array = np.atleast_1d(np.asarray(given))
    except ValueError:  # lists of other lengths within
        raise ArgumentError(
            Notice("data.positions", name=name, kind=type(given).__name__, shape="?")
        ) from None
    if array.size == 0:
        return np.zeros(0, np.int64)
    if array.ndim != 1 or not np.issubdtype(array.dtype, np.integer):
        kind, shape = str(array.dtype), str(array.shape)
        raise ArgumentError(Notice("data.positions", name=name, kind=kind, shape=shape))
    if array.min() < 0 or array.max() >= count:
        wrong = array[(array < 0) | (array >= count)][0]
        raise ArgumentError(
            Notice("fault.positions_range", name=name, count=count - 1, what=what, wrong=wrong)
        )
    return np.unique(array).astype(np.int64)


def from_table(
    problem: Problem, table: pd.DataFrame
) -> tuple[NDArray[np.int64], tuple[Notice, ...]]:
    """Option positions of a plan's rows by (site, format, size), and by action and phase where
    several options share these; rows without their option here are dropped and told."""
    index = option_index(problem)
    found: list[int] = []
    lost: list[str] = []
    for row in table.to_dict("records"):
        key = (str(row["site"]), str(row["format"]), str(row["size"]))
        if key in index:
            found.append(pick(problem, index[key], row.get("phase"), row.get("action")))
        else:
            lost.append("/".join(key))
    notes: tuple[Notice, ...] = ()
    if lost:
        notes = (Notice("start.lost", n=len(lost), of=len(table), outlets=first(lost, 5)),)
    return np.unique(np.array(found, np.int64)), notes


def pick(problem: Problem, options: list[int], phase: object, action: object) -> int:
    """The option of that phase and action, or the nearest to it: phase first, then the first."""
    names, o = problem.labels, problem.options
    return max(
        options,
        key=lambda at: (names.phases[o.phase[at]] == phase, ACTIONS[o.action[at]] == action),
    )


def option_index(problem: Problem) -> dict[tuple[str, str, str], list[int]]:
    """Option positions by ids (site, format, size)."""
    o, names = problem.options, problem.labels
    index: dict[tuple[str, str, str], list[int]] = {}
    for at in range(problem.n_options):
        key = (problem.site_id(o.site[at]), names.formats[o.format[at]], names.sizes[o.size[at]])
        index.setdefault(key, []).append(at)
    return index
