"""A synthetic city as files: scenario.yaml, layers, README, each saying that it is synthetic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import yaml

from siting.demo.formats import BASIC_SHARE, DETOUR, Standard
from siting.demo.layout import CRS

if TYPE_CHECKING:
    from siting.demo.data import City

CSV_ROWS = 5000
"""Layers up to so many rows are csv, which people can open; larger ones parquet."""

_HEAD = """\
# SYNTHETIC DATA - 合成数据. No place, person, shop or price in this folder is real.
# Written by `siting demo`, seed {seed}; see README.md.
"""

_README = """\
# {name}

**Synthetic data (合成数据).** Written by `siting demo` with seed {seed}; no place, person, shop or
price in it is real, and nothing about a real city follows from it. Free to use (CC0 1.0).

| | |
|---|---|
| people points | {points:,} |
| residents | {residents:,} (60+: {elderly:,}, 0-3: {toddlers:,}, 6-12: {children:,}) |
| area | {km2:,.1f} km2 |
| districts | {districts} |
| candidate premises | {premises:,} |
| existing outlets | {outlets:,} |
| formats | {formats} |
| walking | {travel} |
| budget | {budget:,} yuan, about a quarter of what would serve everybody |

How it is made: street blocks of 85-175 m, density falling from several centres, parks and a river
without homes; residents per point lognormal, age groups binomial with older centres; premises on
the streets' edge in three kinds of floor area (medians 80, 350, 1,400 m2), rents that rise towards
the centres as `factor`; existing outlets for 10-40 % of what would be enough of each format.
One person counts 3 for formats of the elderly, 10 for those of toddlers, 5 for children's, else 1.
Standards, areas and costs are the typical values of the catalogue cn-2021, placeholders for
local ones.
"""


def write_folder(city: City, folder: Path) -> Path:
    """Write all files and return the path of scenario.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        name: _write(frame, folder, name)
        for name, frame in (
            ("people", city.people),
            ("premises", city.premises),
            ("outlets", city.outlets),
        )
    }
    network = None
    if city.streets is not None:
        edges, nodes = city.streets
        network = {
            "edges": _write(edges, folder, "edges"),
            "nodes": _write(nodes, folder, "nodes"),
        }
    (folder / "README.md").write_text(_readme(city), encoding="utf-8")
    path = folder / "scenario.yaml"
    text = yaml.safe_dump(
        _scenario(city, files, network), allow_unicode=True, sort_keys=False, width=100
    )
    path.write_text(_HEAD.format(seed=city.seed) + text, encoding="utf-8")
    return path


def _write(frame: pd.DataFrame, folder: Path, name: str) -> str:
    if len(frame) <= CSV_ROWS:
        # csv for people: a byte order mark lets spreadsheets see that it is UTF-8.
        frame.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
        return f"{name}.csv"
    frame.to_parquet(folder / f"{name}.parquet", index=False)
    return f"{name}.parquet"


def _scenario(city: City, files: dict[str, str], network: dict[str, str] | None) -> dict[str, Any]:
    place = {"x": "x", "y": "y", "crs": CRS}
    travel: dict[str, Any] = (
        {"mode": "network", "network": network}
        if network
        else {"mode": "euclidean", "detour": DETOUR}
    )
    change = {standard.id: _change(standard) for standard in city.used}
    return {
        "siting": 1,
        "name": city.name,
        "synthetic": True,
        "sources": [{"what": f"siting demo, seed {city.seed} (合成数据)", "licence": "CC0 1.0"}],
        "currency": "CNY",
        "crs": CRS,
        "travel": travel,
        "demand": {
            "file": files["people"],
            **place,
            "groups": {
                "all": "people",
                "elderly": "people_60",
                "toddlers": "people_0_3",
                "children_6_12": "people_6_12",
            },
            "district": "district",
        },
        "outlets": [{"file": files["outlets"], **place, "id": "id", "format": "kind"}],
        "premises": {
            "file": files["premises"],
            **place,
            "id": "id",
            "area_m2": "area",
            "formats": "permitted",
            "cost_factor": "factor",
            "opening_cost": "opening",
            "district": "district",
        },
        "formats": {
            "catalogue": "cn-2021",
            "use": [s.id for s in city.used],
            "change": change,
        },
        "budget": city.budget
        if city.order == "weighted"
        else {"total": city.budget, "per_tier": {"basic": round(city.budget * BASIC_SHARE)}},
        "objective": {"model": "max_cover", "order": city.order},
    }


def _change(standard: Standard) -> dict[str, Any]:
    """One size instead of three, and a weight where the group is small."""
    weight = {} if standard.weight == 1 else {"weight": standard.weight}
    size = {
        "name": "typical",
        "area_m2": standard.area_m2,
        "cost": standard.cost,
        "capacity": standard.capacity,
    }
    return {**weight, "sizes": [size], "reason": "demo: one size; small age groups weigh more"}


def _readme(city: City) -> str:
    people = city.people
    return _README.format(
        name=city.name,
        seed=city.seed,
        points=len(people),
        residents=people["people"].sum(),
        elderly=people["people_60"].sum(),
        toddlers=people["people_0_3"].sum(),
        children=people["people_6_12"].sum(),
        km2=city.km2,
        districts=people["district"].nunique(),
        premises=len(city.premises),
        outlets=len(city.outlets),
        formats=", ".join(s.id for s in city.used),
        travel="street network in edges and nodes tables"
        if city.streets
        else f"straight line times {DETOUR}",
        budget=city.budget,
    )
