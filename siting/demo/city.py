"""make_city: a whole synthetic scenario folder from a few numbers and a seed."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from siting.demo.data import City, Order, Travel
from siting.demo.formats import ORDER, Standard, enough_outlets, standards
from siting.demo.layout import homes, lay_ground
from siting.demo.people import PEOPLE_PER_DISTRICT, district_centres, district_of, settle
from siting.demo.premises import standing, to_let
from siting.demo.streets import lay_streets
from siting.demo.writing import write_folder
from siting.errors import ArgumentError
from siting.notice import Notice

PEOPLE_PER_KM2 = 9000.0
FINENESS = ((1_000, 100.0), (20_000, 125.0), (200_000, 245.0), (1_000_000, 870.0))
"""Demand points per km2 for so many points: a larger city comes as a finer layer. A premises
then has about 300, 600 and 2,300 points within 1,080 m on foot."""
BUDGET_SHARE = 0.27
"""Of what would serve everybody; about four tenths of what a greedy planner could use."""


def make_city(
    people: int,
    sites: int,
    formats: int = 8,
    *,
    out: Path | str,
    seed: int = 0,
    residents: int | None = None,
    travel: Travel = "euclidean",
    order: Order = "weighted",
    name: str | None = None,
) -> Path:
    """Write a synthetic city as an ordinary scenario folder and return its scenario.yaml.

    Args:
        people: number of people points (demand points, each with some residents), >= 20.
        sites: number of candidate premises, >= 1.
        formats: how many formats of the catalogue are used, 1..29.
        out: folder to write; created, must not hold a scenario yet.
        seed: any integer >= 0; the same arguments give the same bytes.
        residents: persons in all; default from the usual density of a city.
        travel: ``euclidean`` (straight line times 1.3) or ``network`` (streets as tables).
        order: ``weighted`` (all formats compete for one budget) or ``tiers`` (basic formats first,
            with at most six tenths of the budget).
        name: of the city; "(合成 synthetic)" is always added.

    Raises:
        ArgumentError: a number is out of its range, or the folder holds a scenario.
    """
    folder = Path(out)
    numbers = {
        "people": (people, 20, 20_000_000),
        "sites": (sites, 1, 2_000_000),
        "formats": (formats, 1, len(ORDER)),
        "seed": (seed, 0, 2**63),
    }
    if residents is not None:
        numbers["residents"] = (residents, people, 2_000_000_000)
    _check(numbers, folder)
    city = draw_city(
        people,
        sites,
        formats,
        seed=seed,
        residents=residents,
        travel=travel,
        order=order,
        name=name,
    )
    return write_folder(city, folder)


def draw_city(
    people: int,
    sites: int,
    formats: int,
    *,
    seed: int = 0,
    residents: int | None = None,
    travel: Travel = "euclidean",
    order: Order = "weighted",
    name: str | None = None,
) -> City:
    """The city in memory; see :func:`make_city`."""
    used = standards(formats)
    if residents is None:
        per_km2 = float(np.interp(math.log(people), *_log_table()))
        residents = max(people, round(PEOPLE_PER_KM2 * people / per_km2))
    km2 = residents / PEOPLE_PER_KM2
    # One stream a layer: asking for more premises leaves the homes where they are.
    rng = [np.random.default_rng([seed, layer]) for layer in range(6)]
    ground = lay_ground(math.sqrt(km2) * 1000, rng[0])
    block, xy = homes(ground, people, rng[1])
    dwellers = settle(ground, block, xy, residents, rng[1])
    premises = to_let(ground, sites, used, rng[2])
    outlets = standing(ground, used, km2, rng[3])
    seats = district_centres(dwellers, max(3, round(residents / PEOPLE_PER_DISTRICT)), rng[4])
    for frame in (dwellers, premises):
        frame["district"] = district_of(seats, frame["x"].to_numpy(), frame["y"].to_numpy())
    return City(
        name=f"{name or f'Demo {people}x{sites}x{formats}'} (合成 synthetic)",
        seed=seed,
        used=used,
        people=dwellers,
        premises=premises,
        outlets=outlets,
        streets=lay_streets(ground, rng[5]) if travel == "network" else None,
        budget=_tight_budget(used, km2, float(premises["factor"].mean())),
        order=order,
        km2=km2,
    )


def _tight_budget(used: list[Standard], km2: float, factor: float) -> int:
    """A part of what would serve everybody, rounded to 100,000 yuan."""
    full = sum(enough_outlets(s, km2) * s.cost * factor for s in used)
    return max(1, round(BUDGET_SHARE * full / 100_000)) * 100_000


def _log_table() -> tuple[list[float], list[float]]:
    return [math.log(n) for n, _ in FINENESS], [density for _, density in FINENESS]


def _check(numbers: dict[str, tuple[int, int, int]], folder: Path) -> None:
    """Refuse numbers (value, lowest, highest) out of range and a folder in use, all at once."""
    wrong = [
        Notice("fault.in_range", name=name, low=low, high=high, value=value)
        for name, (value, low, high) in numbers.items()
        if not low <= value <= high
    ]
    if (folder / "scenario.yaml").exists():
        wrong.append(Notice("fault.out_without_scenario", folder=str(folder)))
    if wrong:
        raise ArgumentError(Notice("fault.listed_lines", faults=wrong))
