"""Made-up towns with outlets that stand and may change, small enough to try every plan.

Everybody lives, and everything is, on a grid of 100 m, now and then a few metres beside it. Walks
are straight lines. ``standing_plans`` judges and tries plans of such a town; :meth:`Town.write`
writes it as a planner's scenario.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Place = tuple[int, int]
"""Metres east and north of the town's corner."""
EAST, NORTH, CRS = 500_000, 4_000_000, "EPSG:32650"
COUNTER = "add-on"


@dataclass(frozen=True)
class Format:
    """A format with one size, and now and then a counter in another's shop."""

    id: str
    metres: int
    weight: int
    tier: str
    area: float
    cost: int
    hosts: tuple[str, ...] = ()
    """Formats that take its counter in; none: there is no counter."""
    counter_area: int = 0
    counter_cost: int = 0


@dataclass(frozen=True)
class Premises:
    """A candidate site."""

    id: str
    xy: Place
    area: float
    permitted: tuple[str, ...]
    opening_cost: int
    factor: float
    district: str
    first: int
    """Position of the phase from which it can be had."""


@dataclass(frozen=True)
class Outlet:
    """What stands today; a price of None: it cannot be done to it."""

    id: str
    xy: Place
    format: str
    home: str
    """Id of the premises it stands in; empty for none."""
    status: str
    area: float
    move: int | None
    move_area: float
    closes: bool
    enlarge: int | None
    upgrade: int | None

    @property
    def unsettled(self) -> bool:
        """Whether it may move or close."""
        return self.status == "open" and (self.closes or self.move is not None)

    @property
    def settled(self) -> bool:
        """Whether it stands, and stays."""
        return self.status == "open" and not self.unsettled


@dataclass(frozen=True)
class Town:
    """``rules`` and ``budget`` are as a scenario writes them."""

    people: tuple[tuple[Place, float], ...]
    formats: tuple[Format, ...]
    premises: tuple[Premises, ...]
    outlets: tuple[Outlet, ...]
    years: tuple[int, ...]
    """Of each phase; empty: the scenario has no phases."""
    order: str
    rules: dict[str, Any] = field(default_factory=dict)
    budget: dict[str, Any] = field(default_factory=dict)
    schools: tuple[Place, ...] = ()
    """What ``rules.away`` keeps a distance from."""

    @property
    def n_phases(self) -> int:
        """One where the scenario has none."""
        return max(1, len(self.years))

    @property
    def phases(self) -> list[str]:
        """Names of the phases."""
        return [str(2026 + k) for k in range(len(self.years))]

    def write(self, folder: Path) -> Path:
        """The scenario's files; the path of its yaml."""
        _table(
            folder / "people.csv",
            "id,x,y,people",
            ((f"d{i}", *_at(xy), n) for i, (xy, n) in enumerate(self.people)),
        )
        _table(
            folder / "premises.csv",
            "id,x,y,area,permitted,opening,factor,district,from",
            (
                (
                    s.id,
                    *_at(s.xy),
                    s.area,
                    "|".join(s.permitted),
                    s.opening_cost,
                    s.factor,
                    s.district,
                    (["", *self.phases[1:], "2099"] if self.years else [""])[s.first],
                )
                for s in self.premises
            ),
        )
        _table(
            folder / "outlets.csv",
            "id,x,y,kind,home,state,area,move,move_area,closes,enlarge,upgrade",
            (
                (
                    u.id,
                    *_at(u.xy),
                    u.format,
                    u.home,
                    u.status,
                    u.area,
                    u.move,
                    u.move_area,
                    int(u.closes),
                    u.enlarge,
                    u.upgrade,
                )
                for u in self.outlets
            ),
        )
        _table(
            folder / "schools.csv",
            "id,x,y",
            ((f"x{i}", *_at(xy)) for i, xy in enumerate(self.schools)),
        )
        path = folder / "town.yaml"
        plain = json.loads(json.dumps(self.document()))  # YAML would write what is shared as alias
        path.write_text(yaml.safe_dump(plain, sort_keys=False), encoding="utf-8")
        return path

    def document(self) -> dict[str, Any]:
        """The scenario."""
        document: dict[str, Any] = {
            "siting": 1,
            "name": "town",
            "crs": CRS,
            "travel": {"mode": "euclidean", "detour": 1.0},
            "demand": _layer("people", groups={"all": "people"}),
            "premises": _layer(
                "premises",
                area_m2="area",
                formats="permitted",
                opening_cost="opening",
                cost_factor="factor",
                district="district",
            ),
            "formats": {
                "use": [f.id for f in self.formats],
                "change": {f.id: _standard(f) for f in self.formats},
            },
            "objective": {"model": "max_cover", "order": self.order},
            "rules": self.rules,
        }
        if self.outlets:
            document["outlets"] = [
                _layer(
                    "outlets",
                    format="kind",
                    site="home",
                    status="state",
                    area_m2="area",
                    actions={
                        "move": {"cost": "move", "area_m2": "move_area"},
                        "close": "closes",
                        "enlarge": {"cost": "enlarge", "capacity": 10},
                        "upgrade": {"cost": "upgrade"},
                    },
                )
            ]
        if self.budget:
            document["budget"] = self.budget
        if self.years:
            document["premises"]["available_from"] = "from"
            phases = zip(self.phases, self.years, strict=True)
            document["phases"] = [{"name": name, "years": years} for name, years in phases]
        return document


def school_layer() -> dict[str, Any]:
    """The places of an ``away`` rule."""
    return _layer("schools")


def _layer(name: str, **keys: Any) -> dict[str, Any]:
    return {"file": f"{name}.csv", "id": "id", "x": "x", "y": "y", "crs": CRS, **keys}


def _standard(entry: Format) -> dict[str, Any]:
    standard: dict[str, Any] = {
        "metres": entry.metres,
        "group": "all",
        "weight": entry.weight,
        "tier": entry.tier,
        "sizes": [{"name": "shop", "area_m2": entry.area, "cost": entry.cost}],
    }
    if entry.hosts:
        standard["add_on"] = {
            "hosts": list(entry.hosts),
            "area_m2": entry.counter_area,
            "cost": entry.counter_cost,
        }
    return standard


def _at(xy: Place) -> tuple[int, int]:
    return EAST + xy[0], NORTH + xy[1]


def _table(path: Path, header: str, rows: Any) -> None:
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in rows]
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
