"""Small towns with walled compounds, as files of a scenario."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from hypothesis import strategies as st

from tests.tools.worlds import CRS, EAST, NORTH, World

WITHIN = {"wet_market": 400, "recycling_point": 250}
"""Metres of each format's standard in the towns below."""
SIDE = 200
"""Of a street block, metres."""


@dataclass(frozen=True)
class Town:
    """Nine crossings, four blocks with a compound in some, homes and outlets anywhere."""

    boxes: list[tuple[int, int, int, int]]
    """West, south, width and height, metres from the south-west crossing."""
    gates: list[tuple[int, float]]
    """Compound, and where along its wall (0..1)."""
    homes: list[tuple[int, int, int]]
    """East, north, people."""
    outlets: list[tuple[int, int, str]]
    mode: str

    def write(self, folder: Path, **travel: Any) -> World:
        """The town as files."""
        world = World(folder)
        nodes = [
            f"{3 * j + i},{EAST + SIDE * i},{NORTH + SIDE * j}" for j in range(3) for i in range(3)
        ]
        edges = [(3 * j + i, 3 * j + i + 1) for j in range(3) for i in range(2)]
        edges += [(3 * j + i, 3 * j + i + 3) for j in range(2) for i in range(3)]
        world.put("nodes.csv", "\n".join(["node,x,y", *nodes]))
        world.put("edges.csv", "\n".join(["u,v,length_m", *(f"{u},{v},{SIDE}" for u, v in edges)]))
        people = [
            f"h{k},{EAST + x},{NORTH + y},{n},{n // 3},North"
            for k, (x, y, n) in enumerate(self.homes)
        ]
        world.put("people.csv", "\n".join(["cell,x,y,people,old,jiedao", *people]))
        outlets = [
            f"o{k},{EAST + x},{NORTH + y},{kind}," for k, (x, y, kind) in enumerate(self.outlets)
        ]
        world.put("outlets.csv", "\n".join(["id,x,y,kind,site", *outlets]))
        shapes = self.shapes()
        features = [
            {
                "type": "Feature",
                "properties": {"name": f"c{k}"},
                "geometry": shapely.geometry.mapping(shape),
            }
            for k, shape in enumerate(shapes)
        ]
        world.put("walls.geojson", json.dumps({"type": "FeatureCollection", "features": features}))
        spots = [(c, shapes[c].boundary.interpolate(at, normalized=True)) for c, at in self.gates]
        rows = [f"g{k},{at.x},{at.y},c{c}" for k, (c, at) in enumerate(spots)]
        world.put("gates.csv", "\n".join(["id,x,y,of", *rows]))
        place = {"x": "x", "y": "y", "crs": CRS}
        world.scenario["travel"] |= {
            "mode": self.mode,
            "compounds": {"file": "walls.geojson", "id": "name", "crs": CRS},
            "gates": {"file": "gates.csv", "id": "id", **place, "compound": "of"},
            **travel,
        }
        if self.mode != "network":
            del world.scenario["travel"]["network"]
        world.scenario["formats"] = {
            "use": list(WITHIN),
            "change": {f: {"metres": m} for f, m in WITHIN.items()},
        }
        return world

    def shapes(self) -> list[shapely.Polygon]:
        """Compounds where they lie on the map."""
        return [
            shapely.box(EAST + x, NORTH + y, EAST + x + w, NORTH + y + h)
            for x, y, w, h in self.boxes
        ]


@st.composite
def blocks(draw: st.DrawFn) -> Town:
    """Compounds keep 20 m away from streets, so that none is seen through another's gates."""
    boxes = []
    for k in draw(st.sets(st.integers(0, 3), min_size=1, max_size=3)):
        west, south = draw(st.tuples(st.integers(20, 60), st.integers(20, 60)))
        width, height = draw(st.tuples(st.integers(60, 120), st.integers(60, 120)))
        boxes.append((SIDE * (k % 2) + west, SIDE * (k // 2) + south, width, height))
    share = st.integers(0, 99).map(lambda n: n / 100 + 0.00173)
    gates = [
        (c, at) for c in range(len(boxes)) for at in draw(st.lists(share, min_size=1, max_size=2))
    ]
    at = st.integers(-10, 410)
    inside = st.sampled_from(boxes).flatmap(
        lambda b: st.tuples(st.integers(b[0], b[0] + b[2]), st.integers(b[1], b[1] + b[3]))
    )
    home = st.tuples(st.one_of(inside, st.tuples(at, at)), st.integers(1, 90))
    homes = [(x, y, n) for (x, y), n in draw(st.lists(home, min_size=3, max_size=12))]
    outlet = st.tuples(at, at, st.sampled_from(list(WITHIN)))
    outlets = draw(st.lists(outlet, min_size=1, max_size=3))
    mode = draw(st.sampled_from(["network", "network", "euclidean", "great_circle"]))
    return Town(boxes, gates, homes, outlets, mode)


SMALL = Town(
    [(30, 30, 120, 120)],
    [(0, 0.9)],
    [(40, 140, 50), (140, 140, 9), (205, 90, 7)],
    [(60, 190, "wet_market")],
    "network",
)
"""Both homes behind the wall see the market over it; by the south gate it is 461 m and more."""
