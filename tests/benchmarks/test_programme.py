"""What the benchmarks of sweeps and shared budgets compare with is right."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import siting
from benchmarks import programme, sweep
from benchmarks.ledger import Ledger, Record
from tests.tools.cities import small_city


def test_counting_finds_the_best_way_to_share() -> None:
    """Of two towns: no split of the money, each part spent at best, wins more; one wins as much."""
    assert programme.undominated({5: 1.0, 3: 2.0, 7: 3.0, 0: 0.0}) == {0: 0.0, 3: 2.0, 7: 3.0}
    towns = [small_city(60, 5, 2, 0), small_city(60, 4, 2, 1)]
    towns = [town.replace(budget=5_000_000) for town in towns]
    total = 3_000_000
    costs = sorted({m for town in towns for m in programme.frontier(town) if m <= total})
    best = max(
        sum(
            siting.solve(town.replace(budget=part), method="highs").objective or 0.0
            for town, part in zip(towns, (money, total - money), strict=True)
        )
        for money in costs
    )
    assert programme.best_by_counting(towns, total) == best > 0


def test_the_same_results_are_the_same(tmp_path: Path) -> None:
    """Another figure or a task that is missing is another result."""
    one: dict[str, Any] = {"status": "optimal", "objective": 5.0, "bound": 5.0}
    ledger = Ledger("sweep", sweep.COLUMNS, lambda record: (), "", tmp_path)
    single: Record = {"phase": "single", "wall_s": 4.0, "tasks": 2, "found": {"a": one, "b": one}}
    ledger.records["single"] = single
    swept = {**copy.deepcopy(single), "phase": "sweep"}
    assert sweep.same(single, ledger) is None and sweep.same(swept, ledger) is True
    assert sweep.row(swept, ledger)[3:] == (2.0, "≤ 1.15", "yes")
    for change in ({"status": "feasible"}, {"bound": 6.0}, {"objective": 4.0}):
        other = copy.deepcopy(swept)
        other["found"]["b"] |= change
        assert sweep.same(other, ledger) is False
    del swept["found"]["a"]
    assert sweep.same(swept, ledger) is False


def test_a_bound_below_a_plan_does_not_hold() -> None:
    """Whoever beats the bound shows that it is none."""
    record = {
        "programme": {"objective": 9.0, "bound": 10.0},
        "equal": 8.0,
        "by_residents": 7.0,
        "counted": 10.0,
    }
    assert programme.holds(record)
    for name in ("equal", "by_residents", "counted"):
        assert not programme.holds({**record, name: 10.5})
