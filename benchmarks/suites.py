"""Named sets of cases for ``python -m benchmarks run``."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks import recipes

CITIES = ("ny", "sf")


def classic() -> list[str]:
    """The fourteen (budget, radius) of the random recipe with 10,000 customers."""
    return recipes.names(10_000)


def classic_cover() -> list[str]:
    """Set cover and partial cover (50, 60, 70 % of the people) on the same recipe."""
    radii = (5.5, 6.0)
    return [
        f"classic:10000:{asked}:{radius:g}"
        for asked in ("set", "share0.5", "share0.6", "share0.7")
        for radius in radii
    ]


def mclp() -> list[str]:
    """Manhattan and San Francisco, p = 50 ... 100."""
    return [f"{city}{p}" for city in CITIES for p in range(50, 101, 10)]


def newyork() -> list[str]:
    """Manhattan, p = 50 ... 70: the size at which exact solvers still prove."""
    return [f"ny{p}" for p in (50, 60, 70)]


def plane() -> list[str]:
    """p-median and p-center of several thousand points, every point a site."""
    return [
        f"plane:{n}:{p}:{model}"
        for model in ("p_median", "p_center")
        for n, p in ((2000, 20), (2000, 100), (5000, 50))
    ]


def pmed() -> list[str]:
    """OR-Library graphs as p-median."""
    return [f"pmed{k}" for k in (1, 2, 3, 4, 5, 6, 11, 16)]


def pmed_center() -> list[str]:
    """The same graphs as p-center."""
    return [f"{name}-center" for name in pmed()]


def scenarios() -> list[str]:
    """The planner scenarios that ship with the project."""
    return ["helsinki", "porto-alegre", "chang-an"]


def smoke() -> list[str]:
    """Tiny ones: seconds."""
    return ["classic:300:10:5.5", "classic:300:15:4.5", "150x20x3"]


SUITES: dict[str, Callable[[], list[str]]] = {
    "classic": classic,
    "classic-cover": classic_cover,
    "mclp": mclp,
    "newyork": newyork,
    "pmed": pmed,
    "pmed-center": pmed_center,
    "plane": plane,
    "scenarios": scenarios,
    "smoke": smoke,
}
