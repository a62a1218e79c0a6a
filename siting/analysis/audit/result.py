"""A stored result against what can be recomputed from its inputs, with no solver."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.problem import Objective, Problem
from siting.result import Result, relative_gap
from siting.result.accounting import plan_of
from siting.solving.warm_start import from_table
from siting.verification.evaluation import evaluate
from siting.verification.judge import verify
from siting.verification.objectives import is_cover

if TYPE_CHECKING:
    from siting.scenario import Scenario

Ints = NDArray[np.int64]
CLOSE = 1e-9
"""Relative difference at which two stored floats are the same figure."""


@dataclass(frozen=True)
class Recheck:
    """What was recomputed, and where it differs from what is stored."""

    objective: float | None
    bound: float | None
    """The best bound that the certificate proves; None without one."""
    differences: tuple[str, ...]
    proven: bool = True
    """Whether the stored bound, if there is one, was recomputed here."""

    @property
    def ok(self) -> bool:
        return not self.differences

    @property
    def certified_gap(self) -> float | None:
        """Relative, by what was recomputed alone; None without a plan or a bound."""
        return relative_gap(self.objective, self.bound)


def changed_inputs(result: Result, scenario: Scenario) -> list[str]:
    """One sentence for each input file that is not the one the result was computed from."""
    before, now = result.record["inputs"], dict(scenario.inputs)
    told = [
        f"input {path}: changed since"
        for path in before
        if now.get(path, before[path]) != before[path]
    ]
    told += [f"input {path}: no longer read" for path in before if path not in now]
    told += [f"input {path}: not read then" for path in now if path not in before]
    then, today = result.record["catalogue"], scenario.catalogue_record
    if then["sha256"] != today["sha256"]:
        told.append(f"catalogue {then['name']}: changed since")
    return told


def changed_files(result: Result, folder: Path) -> list[str]:
    """One sentence for each file of the result folder that is not the one that was written with
    the result; results of before 0.2 name none."""
    told = []
    for name, before in result.record.get("files", {}).items():
        file = folder / name
        if not file.is_file():
            told.append(f"file {name}: missing")
        elif sha256(file.read_bytes()).hexdigest() != before:
            told.append(f"file {name}: changed since")
    return told


def hidden_warnings(result: Result, scenario: Scenario) -> list[str]:
    """One sentence for each warning of the inputs that the result does not tell."""
    return [
        f"warning not told: {sentence}"
        for sentence in scenario.warnings
        if sentence not in result.warnings
    ]


def recheck(problem: Problem, result: Result) -> Recheck:
    """Recompute objective, rules, people, money and bound of a stored result."""
    asked = problem.objective
    problem = problem.under(result.spec)
    told: list[str] = []
    options: Ints | None = None
    if result.plan is not None:
        options, lost = from_table(problem, result.plan.table)
        told += lost
        if not np.array_equal(options, result.plan.options):
            told.append("plan: its outlets are not those the certificate file names")
        if not len(options) == len(result.plan) == len(result.plan.table):
            options = None
    checked = verify(problem, result, thorough=True)
    told += [sentence for sentence in checked.violations if sentence not in told]
    if options is not None:
        told += _stored_tables(problem, result, options)
    if checked.evaluation is not None and result.order == "tiers":
        told += _stored_tiers(result, checked.evaluation.tiers)
    told += _stored_claims(asked, result)
    stored = result.certified_bound
    if stored is not None and not _at_least_as_good(checked.bound, stored, result.spec):
        told.append(f"certified bound: stored {stored:.15g}, recomputed {checked.bound}")
    proven = result.bound is None or checked.bound_proof == "certificate"
    return Recheck(checked.objective, checked.bound, tuple(told), proven)


def _at_least_as_good(bound: float | None, stored: float, spec: Objective) -> bool:
    """Whether what was recomputed proves as much as what is stored."""
    if bound is None:
        return False
    return same(bound, stored) or (bound < stored) == is_cover(spec)


def _stored_tables(problem: Problem, result: Result, options: Ints) -> list[str]:
    """Rows, coverage and money as stored against those of the same options today."""
    assert result.plan is not None
    now, then = plan_of(problem, evaluate(problem, options, result.spec)), result.plan
    told = []
    for column in ("cost", "area_m2", "newly_covered", "district"):
        order = np.argsort(result.plan.options, kind="stable")
        stored, mine = then.table[column].to_numpy()[order], now.table[column].to_numpy()
        if len(stored) != len(mine) or not all(map(same, stored, mine)):
            told.append(f"plan: column {column} differs from what its outlets give")
    for name, one, other in (
        ("coverage", then.coverage, now.coverage),
        ("budget", then.budget, now.budget),
        ("rules", _by_name(then.rules), _by_name(now.rules)),
    ):
        told += [
            f"{name}{where}: stored {a}, recomputed {b}" for where, a, b in differing(one, other)
        ]
    return told


def _stored_tiers(result: Result, tiers: Iterable[str]) -> list[str]:
    """Whether every tier has its line."""
    wanted, stored = set(tiers), set(result.tiers)
    return [f"tiers: no line of {tier}" for tier in sorted(wanted - stored)] + [
        f"tiers: a line of {tier}, which has no formats" for tier in sorted(stored - wanted)
    ]


def _by_name(rules: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Lines by name; a name that several rules share is numbered from its second line on."""
    times: Counter[str] = Counter()
    told = {}
    for line in rules:
        name = str(line.get("name"))
        times[name] += 1
        key = name if times[name] == 1 else f"{name}#{times[name]}"
        told[key] = {figure: line.get(figure) for figure in ("limit", "used", "binds", "state")}
    return told


def _stored_claims(asked: Objective, result: Result) -> list[str]:
    """Figures of result.json that follow from others, and the order that was asked for."""
    told = []
    gap = result.gap if result.gap is None or isfinite(result.gap) else None
    if not same(result.record["gap"], gap):
        told.append(f"gap: stored {result.record['gap']}, recomputed {gap}")
    stored = result.record.get("headline")
    mine = None if result.headline is None else result.headline.to_dict()
    if "headline" in result.record:
        told += [
            f"headline{where}: stored {a}, recomputed {b}"
            for where, a, b in differing(stored, mine)
        ]
    if result.order != asked.order:
        told.append(f"order: stored {result.order}, the scenario says {asked.order}")
    return told


def differing(one: Any, other: Any, where: str = "") -> list[tuple[str, Any, Any]]:
    """Leaves of nested mappings that are not the same figure."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return [
            found
            for key in sorted({*one, *other}, key=str)
            for found in differing(one.get(key), other.get(key), f"{where}.{key}")
        ]
    return [] if same(one, other) else [(where, one, other)]


def same(one: Any, other: Any) -> bool:
    """Equal, or floats that differ by rounding only."""
    if isinstance(one, int | float | np.number) and isinstance(other, int | float | np.number):
        a, b = float(one), float(other)
        return abs(a - b) <= CLOSE * max(1.0, abs(a), abs(b))
    return bool(one == other)
