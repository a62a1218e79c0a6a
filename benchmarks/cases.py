"""The problems that benchmarks name.

20k, 200k, 1m            synthetic cities of ``siting demo`` (points x sites x formats)
5000x500x4               one of any size
ny50 ... sf100           Manhattan at 400 m, San Francisco at 600 m, p outlets
helsinki, chang-an, ...  a folder of scenarios/
classic:100000:10:5.5    the random recipe: customers, budget, radius
plane:5000:50:p_median   points in the plane, every one a site; or p_center
newyork-400-p50, pmed1   a registered instance
outlets:..., mixed:...   drawn by seed, see benchmarks/drawn.py
capacity:20k             any of them with covered meaning served within capacity
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from siting.problem import Problem

ROOT = Path(__file__).parents[1]
CACHE = ROOT / "out" / "benchmarks"
"""Where synthetic cities are written; not part of the repository."""
CITIES = {"20k": (20_000, 2_000, 8), "200k": (200_000, 20_000, 10), "1m": (1_000_000, 50_000, 20)}
"""Demand points, candidate sites, formats."""
SERVED = "capacity:"
_CITY = re.compile(r"(\d+)x(\d+)x(\d+)")
_MCLP = {"ny": "newyork-400-p", "sf": "sanfrancisco-600-p"}
Timings = dict[str, float]
T = TypeVar("T")


class UnknownCaseError(ValueError):
    """A name that is none."""


def size(name: str) -> tuple[int, int, int] | None:
    """Points, sites and formats of a synthetic city; None for other cases."""
    if name in CITIES:
        return CITIES[name]
    match = _CITY.fullmatch(name)
    return None if match is None else (int(match[1]), int(match[2]), int(match[3]))


def city_folder(name: str, seed: int = 0) -> Path:
    """The scenario of a synthetic city, written if it is not there."""
    numbers = size(name)
    if numbers is None:
        raise UnknownCaseError(f"{name!r} is no size of a city")
    points, sites, formats = numbers
    folder = CACHE / f"city-{points}x{sites}x{formats}-{seed}"
    # scenario.yaml is written last: a folder without it is what an interrupted run left.
    if not (folder / "scenario.yaml").exists():
        from siting.demo import make_city

        make_city(points, sites, formats, out=folder, seed=seed)
    return folder


def registered(name: str) -> str | None:
    """The registry's name of an instance, from its short or full name."""
    from benchmarks.instances import REGISTRY

    match = re.fullmatch(r"(ny|sf)(\d+)", name)
    full = _MCLP[match[1]] + match[2] if match else name
    return full if full in REGISTRY else None


def load(name: str, seed: int = 0) -> tuple[Problem, Timings]:
    """The problem, and the seconds its making took by stage.

    Raises:
        UnknownCaseError: the name is none of those above.
    """
    timings: Timings = {}
    if name.startswith(SERVED):
        problem, timings = load(name.removeprefix(SERVED), seed)
        return problem.replace(respect_capacity=True), timings
    if size(name) is not None:
        folder = _timed(timings, "make", lambda: city_folder(name, seed))
        return _scenario(folder, timings), timings
    if (ROOT / "scenarios" / name / "scenario.yaml").exists():
        return _scenario(ROOT / "scenarios" / name, timings), timings
    if name.startswith("classic:"):
        from benchmarks.recipes import classic

        return classic(name, seed, timings), timings
    if name.startswith("plane:"):
        from benchmarks.recipes import plane

        return plane(name, seed, timings), timings
    if name.startswith("outlets:"):
        from benchmarks.drawn import outlets

        return outlets(name, timings), timings
    if name.startswith("mixed:"):
        from benchmarks.drawn import mixed

        _, shape, _, drawn = name.split(":")
        folder = _timed(timings, "make", lambda: city_folder(shape, int(drawn)))
        return mixed(name, folder, timings), timings
    full = registered(name)
    if full is None:
        raise UnknownCaseError(f"no case is called {name!r}")
    from benchmarks.instances import REGISTRY

    return _timed(timings, "problem", REGISTRY[full].problem), timings


def best_known(name: str) -> tuple[float | None, bool]:
    """Best known objective of a registered instance, and whether it is proven."""
    full = registered(name)
    if full is None:
        return None, False
    from benchmarks.instances import REGISTRY

    return REGISTRY[full].best, REGISTRY[full].proven


def _scenario(folder: Path, timings: Timings) -> Problem:
    import siting

    scenario = _timed(timings, "read", lambda: siting.load(folder))
    _timed(timings, "layers", lambda: scenario.contents)
    return _timed(timings, "reach", scenario.problem)


def _timed(timings: Timings, name: str, work: Callable[[], T]) -> T:
    begun = time.monotonic()
    found = work()
    timings[name] = round(time.monotonic() - begun, 4)
    return found
