"""Instances drawn anew by seed, of the kinds that a planner's city may be.

outlets:POINTS:NEAR:P:SEED
                                   one format, every point a site, P outlets, NEAR points in reach
                                   of a site on average: the kind of Manhattan and San Francisco
mixed:POINTSxSITESxFORMATS:RULES:SEED
                                   a city of ``siting demo`` with a budget; RULES of floors (what
                                   premises hold binds), counts (limits on outlets of a format) and
                                   shares (least shares of people), joined by +, or plain
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.problem import Objective, Problem

if TYPE_CHECKING:
    from siting.scenario.scenario import Scenario

KINDS = ("outlets", "mixed")
RULES = ("floors", "counts", "shares")
FEWEST, MOST = 500, 50_000
"""Points of a mixed city."""
MOST_FORMATS = 20
LARGE_FLOOR_M2 = 1_000_000
"""Premises of a city whose floors do not bind."""
LIFTED = 0.3
"""Of the people whom a format could newly reach, those that a least share asks for."""
BLOCK_M = 100.0


def draw(count: int, seed: int, kinds: Sequence[str] = KINDS) -> list[str]:
    """So many names, of each kind in turn."""
    each = {kind: len(range(k, count, len(kinds))) for k, kind in enumerate(kinds)}
    made = {
        "outlets": lambda n, rng: [_outlets(rng) for _ in range(n)],
        "mixed": _mixed,
    }
    names = {
        kind: iter(made[kind](n, np.random.default_rng([seed, 13, KINDS.index(kind)])))
        for kind, n in each.items()
    }
    return [next(names[kinds[k % len(kinds)]]) for k in range(count)]


def _outlets(rng: np.random.Generator) -> str:
    points, near = int(rng.integers(2_900, 5_001)), int(rng.integers(25, 66))
    return f"outlets:{points}:{near}:{int(rng.integers(40, 101))}:{int(rng.integers(1000))}"


def _mixed(count: int, rng: np.random.Generator) -> list[str]:
    """As a Latin hypercube draws (McKay, Beckman and Conover, Technometrics 21, 1979), so that few
    names span everything: of so many equal parts of the sizes (by their logarithm) and of the
    numbers of formats each is drawn from once, and each rule holds in half of the instances."""
    size, many = ((rng.permutation(count) + rng.random(count)) / count for _ in range(2))
    asked = {rule: 2 * rng.permutation(count) < count for rule in RULES}
    names = []
    for k in range(count):
        points = int(round(FEWEST * (MOST / FEWEST) ** size[k], -2))
        formats = 1 + int(many[k] * MOST_FORMATS)
        sites = max(60, points // int(rng.integers(8, 16)))
        told = "+".join(rule for rule in RULES if asked[rule][k]) or "plain"
        names.append(f"mixed:{points}x{sites}x{formats}:{told}:{int(rng.integers(1000))}")
    return names


def outlets(name: str, timings: dict[str, float]) -> Problem:
    """Blocks of a grid with some left out, people of each drawn, a few crowded quarters."""
    _, points, near, p, seed = name.split(":")
    begun = time.monotonic()
    rng = np.random.default_rng(int(seed))
    at, people = _blocks(int(points), rng)
    timings["draw"] = round(time.monotonic() - begun, 4)
    begun = time.monotonic()
    radius = _radius(at, float(near))
    problem = Problem.from_points(at, at, weights=people, radius=radius)
    timings["cover"] = round(time.monotonic() - begun, 4)
    return problem.under(Objective("max_cover", p=int(p)))


def _blocks(points: int, rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Places in metres and people."""
    long = int(np.ceil(np.sqrt(points * 2.5)))
    grid = np.stack(np.meshgrid(np.arange(long), np.arange(long)), axis=-1).reshape(-1, 2)
    across = rng.uniform(0.35, 1.0)  # from an island to a square
    kept = np.abs(grid[:, 1] - long / 2) < across * long / 2
    grid = grid[kept]
    grid = grid[rng.permutation(len(grid))[:points]] if len(grid) >= points else grid
    at = grid * BLOCK_M + rng.normal(0, 0.1 * BLOCK_M, (len(grid), 2))
    centres = at[rng.integers(0, len(at), 6)]
    off = at[:, np.newaxis] - centres
    away = np.min(np.hypot(off[..., 0], off[..., 1]), axis=1)
    crowd = 1 + 3 * np.exp(-away / (8 * BLOCK_M))
    people = np.maximum(1, rng.lognormal(5.0, 0.8, len(at)) * crowd).astype(np.int64)
    return at, people


def _radius(at: NDArray[np.float64], near: float) -> float:
    """Within which so many points are, on average, by bisection."""
    from scipy.spatial import cKDTree

    tree = cKDTree(at)
    low, high = BLOCK_M / 2, 50 * BLOCK_M
    for _ in range(30):
        middle = (low + high) / 2
        within = float(tree.count_neighbors(tree, middle)) / len(at)
        low, high = (middle, high) if within < near else (low, middle)
    return round(high, 1)


def mixed(name: str, folder: Path, timings: dict[str, float]) -> Problem:
    """A city of ``siting demo`` under the rules that the name tells.

    Args:
        folder: the scenario of the city.
    """
    from siting.scenario.scenario import load

    begun = time.monotonic()
    rules = name.split(":")[2].split("+")
    changes = [] if "floors" in rules else [f"premises.area_m2={LARGE_FLOOR_M2}"]
    scenario = load(folder, overrides=changes)
    changes += _rules(scenario, rules)
    problem = load(folder, overrides=changes).problem()
    timings["problem"] = round(time.monotonic() - begun, 4)
    return problem


def _rules(scenario: Scenario, rules: list[str]) -> list[str]:
    """Overrides for counts and shares, of the first formats."""
    problem = scenario.problem()
    formats = list(problem.labels.formats)
    changes = []
    if "counts" in rules:
        most = max(2, problem.n_sites // 40)
        each = ", ".join(f"{name}: {most}" for name in formats[: 1 + len(formats) // 3])
        changes.append(f"rules.max_outlets.per_format={{{each}}}")
    if "shares" in rules:
        each = ", ".join(
            f"{{format: {formats[f]}, group: {group}, share: {share:.4f}}}"
            for f, group, share in _shares(problem)[:2]
        )
        changes.append(f"rules.min_coverage=[{each}]")
    return changes


def _shares(problem: Problem) -> list[tuple[int, str, float]]:
    """(format, group, share) that asks for a part of what each format could newly reach."""
    found = []
    sites = np.repeat(np.arange(problem.n_sites), np.diff(problem.reach.start))
    assert len(sites) == problem.reach.n_pairs
    for t, target in enumerate(problem.targets):
        persons = problem.persons[target.group]
        today = problem.covered_before[:, t]
        can = today.copy()
        can[problem.reach.point[problem.reach.cost <= target.limit]] = True
        everybody = max(1, int(persons.sum()))
        share = (persons[today].sum() + LIFTED * persons[can & ~today].sum()) / everybody
        found.append((int(target.format), str(problem.labels.groups[target.group]), float(share)))
    return found
