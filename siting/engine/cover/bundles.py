"""Bundles: an option that wins nobody by itself, together with those that it lets in.

A vehicle is worth what its stops are worth, and no stop may open before the vehicle is bought: one
by one neither would ever be added. Such an option is a *supplier*: a shared row counts it
negatively, and counts positively what it makes room for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siting.engine.shared.arrays import Floats, Ints
from siting.engine.shared.cover_state import CoverState, add, drop
from siting.engine.shared.greedy_fill import greedy_fill
from siting.engine.shared.instance import Instance
from siting.engine.shared.plan_rules import can_add
from siting.engine.shared.rows import Rows

NEARLY = 0.9
"""A bundle whose worth for its price fell by no more than this while others were added is taken."""


@dataclass(frozen=True)
class Supply:
    """One shared row: who makes room in it, and for whom. Options of the instance."""

    row: int
    suppliers: Ints
    served: Ints
    """Options that use the room and reach somebody."""


@dataclass(frozen=True)
class Bundle:
    """A supplier and what is best opened with it."""

    options: Ints
    ratio: float
    """People won for what the main row is charged."""


def supplies(instance: Instance, rows: Rows) -> list[Supply]:
    """Shared rows in which some options make room for others that reach somebody."""
    found = []
    reach = np.diff(instance.pairs_before)
    for r in rows.shared:
        low, high = rows.options.indptr[r], rows.options.indptr[r + 1]
        at = rows.options.indices[low:high].astype(np.int64)
        a = rows.options.data[low:high]
        served = at[(a > 0) & (reach[instance.options.site[at]] > 0)]
        if len(served) and (a < 0).any():
            found.append(Supply(int(r), np.sort(at[a < 0]), np.sort(served)))
    return found


def fill_with_bundles(
    plan: CoverState, supplied: list[Supply], candidate: Ints, burden: Floats
) -> None:
    """Greedy over single options and bundles, whichever wins most people for its price.

    Args:
        candidate: options to be added one by one.
        burden: what an option uses of the scarce rows, > 0, shape (n_options,).
    """
    now = _best(plan, supplied, burden)
    while now is not None:
        greedy_fill(plan, candidate, burden, 0.0, now.ratio)
        before, now = now, _best(plan, supplied, burden)
        if now is not None and now.ratio >= NEARLY * before.ratio:
            for o in now.options:
                add(plan, o)
            now = _best(plan, supplied, burden)
    greedy_fill(plan, candidate, burden, 0.0)


def admit(plan: CoverState, supplied: list[Supply], o: int) -> bool:
    """Open an option, with suppliers where rows ask for them; False, changing nothing, where that
    is not allowed."""
    used_before = np.zeros(len(plan.rhs), np.int64)
    opened: list[int] = []
    for supply in supplied:
        need = _coefficient(plan, supply.row, o)
        for j in supply.suppliers if need > 0 else ():
            if plan.used[supply.row] + need <= plan.rhs[supply.row]:
                break
            if can_add(plan, j, used_before):
                add(plan, j)
                opened.append(int(j))
    if can_add(plan, o, used_before):
        add(plan, o)
        return True
    for j in reversed(opened):
        drop(plan, j)
    return False


def _coefficient(plan: CoverState, row: int, o: int) -> int:
    """Of an option in a row."""
    low, high = plan.row_start[o], plan.row_start[o + 1]
    return int(plan.coefficient[low:high][plan.row[low:high] == row].sum())


def _best(plan: CoverState, supplied: list[Supply], burden: Floats) -> Bundle | None:
    """The bundle that wins most for its price; None where none may be added or wins anybody.

    Of suppliers that are alike (a unit's vehicles) the first that may be added stands for all; one
    that is bought in another phase is another.
    """
    best: Bundle | None = None
    used_before = np.zeros(len(plan.rhs), np.int64)
    for supply in supplied:
        phases: set[int] = set()
        for o in supply.suppliers:
            phase = int(plan.phase[o])
            if phase in phases or not can_add(plan, o, used_before):
                continue
            phases.add(phase)
            found = _bundle(plan, supply, int(o), burden)
            if found is not None and (best is None or found.ratio > best.ratio):
                best = found
    return best


def _bundle(plan: CoverState, supply: Supply, o: int, burden: Floats) -> Bundle | None:
    """A supplier with what greedily fills its room; the plan is left as it was."""
    before = float(plan.total[0])
    add(plan, o)
    chosen = plan.chosen[supply.served]
    greedy_fill(plan, supply.served, burden, 0.0)
    opened = supply.served[plan.chosen[supply.served] & ~chosen]
    won = float(plan.total[0]) - before
    for j in opened:
        drop(plan, j)
    drop(plan, o)
    if won <= 0.0 or not len(opened):
        return None
    options = np.concatenate([np.array([o], np.int64), opened])
    return Bundle(options, won / float(burden[options].sum()))
