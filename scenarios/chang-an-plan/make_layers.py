"""Add to the synthetic district of ../chang-an what a planner's register of premises would hold.

SYNTHETIC DATA - 合成数据: seed 575, no place, person, owner or price is real. The rule, in order:

1. Districts get names of Tang wards. People and premises of J002 east of x = 542,330 and south of
   y = 3,780,420 form the new community 曲池新苑, handed over with the roll-out.
2. Premises: parcel points may open anywhere; four in five are on the ground floor (of the others,
   three in five have a lift), flues and outdoor space come more often where there is more floor; a
   third are public (街道办, 国资公司) at half the rent; rents follow the cost factor; one in six
   can be had only in the roll-out. Names and house numbers (made up) follow ward, use and number.
3. Outlets: markets E01-E03 are old. E02 is substandard and can be upgraded (900 yuan a m2, 1,500
   m2); E01 stands at the edge, and may move or close. Every second shop belongs to a chain.
4. Schools: four grounds. The bridges under repair: the two streets over the river near x = 541,300
   and x = 541,466, closed by a line across both.
5. Walled compounds: blocks between streets without shop, outlet or school; each, the largest
   first, joined with the largest free neighbour across a street that has no shop either, as long
   as both have less than 60,000 m2. Of what holds ten homes or more the 40 largest. Walls stand
   10 m from the middle of the street.
6. Gates: the main gate in the middle of the longest side; from 40,000 m2 a second one in the middle
   of the side farthest from it. Elsewhere the gate of that side is locked (``side_gates.csv``).
7. The vegetable van may stop in the yards of the 20 compounds with most people.
8. The river, for the maps: 45 m on either side of the middle that the streets leave free.

Run ``python scenarios/chang-an-plan/make_layers.py`` to write the layers again.
"""

from __future__ import annotations

import csv
import json
import random
import shutil
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely

from siting.demo.layout import ORIGIN, river_y

HERE = Path(__file__).parent
FROM = HERE.parent / "chang-an"
SEED = 575
CRS = "urn:ogc:def:crs:EPSG::4545"
WARDS = {"J001": "安仁坊", "J002": "怀德坊", "J003": "新昌坊"}
NEW_COMMUNITY = "曲池新苑"
ROLL_OUT = "推广 2028-2030"
SCHOOLS = ((541_180, 3_781_330), (540_520, 3_780_470), (541_930, 3_780_610), (541_330, 3_782_130))
OWNERS = ("街道办", "国资公司", "开发商", "私人业主", "村集体")
PUBLIC = OWNERS[:2]
N_COMPOUNDS, LEAST_HOMES, MOST_M2 = 40, 10, 60_000
WALL_M = 10
"""From the middle of the street to the wall."""
TWO_GATES_M2 = 40_000
N_STOPS = 20
SIDE_M, RIVER_HALF_M = 2734, 45
"""Of the district, and from the middle of the river to its banks."""

Row = dict[str, Any]


def ward(row: Row) -> str:
    """Rule 1."""
    if row["district"] == "J002" and float(row["x"]) > 542_330 and float(row["y"]) < 3_780_420:
        return NEW_COMMUNITY
    return WARDS[row["district"]]


def read(name: str) -> list[Row]:
    """A layer of the district beside this folder."""
    with (FROM / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write(name: str, rows: list[Row]) -> None:
    """A layer as people open it: with a BOM."""
    with (HERE / name).open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def people() -> list[Row]:
    """Rule 1."""
    return [row | {"district": ward(row)} for row in read("people.csv")]


def premises() -> list[Row]:
    """Rules 1 and 2."""
    chance = random.Random(SEED)
    rows = []
    for row in read("premises.csv"):
        area = int(row["area"])
        ground = chance.random() < 0.8
        owner = chance.choices(OWNERS, (2, 2, 3, 4, 1))[0]
        rent = 12 * 35 * float(row["factor"]) * (0.5 if owner in PUBLIC else 1.0)
        late = chance.random()
        rows.append(
            row
            | {
                "permitted": f"{row['permitted']}|parcel_point",
                "district": ward(row),
                "storey": 1 if ground else 2,
                "lift": int(not ground and chance.random() < 0.6),
                "flue": int(chance.random() < (0.7 if area > 200 else 0.3)),
                "outdoor": chance.choice((0, 60, 120, 200)) if area > 300 else 0,
                "use": "商业" if chance.random() < 0.6 else "商住混合",
                "owner": owner,
                "rent": round(rent),
                "available": ROLL_OUT if late < 1 / 6 else "",
            }
        )
        if rows[-1]["district"] == NEW_COMMUNITY:
            rows[-1] |= {"owner": "开发商", "available": ROLL_OUT, "use": "商业", "storey": 1}
        rows[-1] |= called(rows[-1])
    return rows


def called(row: Row) -> Row:
    """What premises are called, and their address."""
    number = int(row["id"][1:])
    kind = "底商" if row["use"] == "商住混合" else "商业用房"
    return {
        "name": f"{row['district']}{number}号{kind}",
        "address": f"{row['district']}{'东西南北'[number % 4]}街{2 * number + 1}号",
    }


def outlets() -> list[Row]:
    """Rule 3: blank cells mean that it cannot be done to this outlet."""
    rows = []
    for k, row in enumerate(read("outlets.csv")):
        old_market = {"E01": (600, 900), "E02": (1500, 0), "E03": (1200, 0)}.get(row["id"], (0, 0))
        rows.append(
            row
            | {
                "area": old_market[0] or "",
                "status": "substandard" if row["id"] == "E02" else "open",
                "chain": k % 2,
                "upgrade_cost": 1_350_000 if row["id"] == "E02" else "",
                "move_cost": 900_000 if row["id"] == "E01" else "",
            }
        )
    return rows


class Compound(NamedTuple):
    """A block of homes behind one wall."""

    name: str
    shape: shapely.Polygon
    people: int

    def gates(self) -> tuple[shapely.Point, shapely.Point]:
        """Rule 6: the main gate and the one of the side farthest from it."""
        corners = [shapely.Point(xy) for xy in self.shape.exterior.coords]
        sides = [shapely.LineString(pair) for pair in pairwise(corners)]
        middles = [side.interpolate(0.5, normalized=True) for side in sides]
        main = max(zip(sides, middles, strict=True), key=lambda side: side[0].length)[1]
        return main, max(middles, key=main.distance)


def compounds() -> list[Compound]:
    """Rule 5, from the south-west to the north-east of each ward."""
    homes = [(place(row), row) for row in people()]
    found = []
    for wall in _walls():
        inside = [row for at, row in homes if wall.covers(at)]
        if len(inside) >= LEAST_HOMES:
            found.append((wall, inside))
    found.sort(key=lambda one: -one[0].area)
    number: Counter[str] = Counter()
    made = []
    for wall, inside in sorted(found[:N_COMPOUNDS], key=lambda one: sum(one[0].bounds[:2])):
        ((ward_name, _),) = Counter(row["district"] for row in inside).most_common(1)
        number[ward_name] += 1
        residents = sum(int(row["people"]) for row in inside)
        made.append(Compound(f"{ward_name}{number[ward_name]:02d}号院", wall, residents))
    return made


def _walls() -> list[shapely.Polygon]:
    """Outlines of blocks, two of them joined where that is possible."""
    nodes = {row["node"]: (float(row["x"]), float(row["y"])) for row in read("nodes.csv")}
    streets = shapely.union_all(
        [shapely.LineString([nodes[row["u"]], nodes[row["v"]]]) for row in read("edges.csv")]
    )
    taken = [place(row) for name in ("premises.csv", "outlets.csv") for row in read(name)]
    taken += [shapely.geometry.shape(block(x, y)) for x, y in SCHOOLS]

    def walled(ground: shapely.Polygon) -> shapely.Polygon:
        return ground.buffer(-WALL_M, join_style="mitre").simplify(5)

    def free(ground: shapely.Polygon) -> bool:
        wall = walled(ground)
        return wall.geom_type == "Polygon" and not any(wall.intersects(one) for one in taken)

    blocks = shapely.get_parts(shapely.polygonize(list(streets.geoms)))
    left = sorted(filter(free, blocks), key=lambda one: -one.area)
    walls = []
    while left:
        first = left.pop(0)
        for other in left:
            both = first.union(other)
            if first.intersection(other).length > 0 and both.area < MOST_M2 and free(both):
                left.remove(other)
                first = both
                break
        walls.append(walled(first))
    return walls


def place(row: Row) -> shapely.Point:
    """Where a row of a layer is."""
    return shapely.Point(float(row["x"]), float(row["y"]))


def spot(name: str, at: shapely.Point, compound: Compound) -> Row:
    """A row of a layer of points at a compound."""
    return {"id": name, "x": round(at.x, 1), "y": round(at.y, 1), "compound": compound.name}


def gates(every: list[Compound]) -> tuple[list[Row], list[Row]]:
    """Rule 6: those that are open, and those that are locked."""
    is_open, locked = [], []
    for one in every:
        main, side = one.gates()
        is_open.append(spot(f"{one.name}正门", main, one))
        beside = spot(f"{one.name}边门", side, one)
        (is_open if one.shape.area >= TWO_GATES_M2 else locked).append(beside)
    return is_open, locked


def stops(every: list[Compound]) -> list[Row]:
    """Rule 7."""
    most = sorted(every, key=lambda one: -one.people)[:N_STOPS]
    rows = [spot(f"{one.name}停靠点", one.shape.representative_point(), one) for one in most]
    return sorted(rows, key=lambda row: str(row["id"]))


def geojson(name: str, shapes: list[Row], properties: list[Row] | None = None) -> None:
    """One feature a geometry, in the metres of the other layers."""
    told = properties or [{} for _ in shapes]
    content = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": CRS}},
        "features": [
            {"type": "Feature", "properties": p, "geometry": g}
            for p, g in zip(told, shapes, strict=True)
        ],
    }
    text = json.dumps(content, ensure_ascii=False)
    (HERE / name).write_text(text + "\n", encoding="utf-8")


def block(x: float, y: float) -> Row:
    """A school's ground, 90 m by 70 m."""
    ring = [[x, y], [x + 90, y], [x + 90, y + 70], [x, y + 70], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


def wall(one: Compound) -> Row:
    """A compound's outline, to the decimetre."""
    ring = [[round(x, 1), round(y, 1)] for x, y in one.shape.exterior.coords]
    return {"type": "Polygon", "coordinates": [ring]}


def river() -> Row:
    """Rule 8."""
    x = np.arange(0, SIDE_M + 1, 40, dtype=float)
    y = river_y(x, SIDE_M)
    banks = [
        *zip(x, y + RIVER_HALF_M, strict=True),
        *zip(x[::-1], y[::-1] - RIVER_HALF_M, strict=True),
    ]
    east, north = ORIGIN
    ring = [[round(east + a, 1), round(north + b, 1)] for a, b in [*banks, banks[0]]]
    return {"type": "Polygon", "coordinates": [ring]}


def main() -> None:
    """Write every layer."""
    for name in ("nodes.csv", "edges.csv"):
        shutil.copy(FROM / name, HERE / name)
    write("people.csv", people())
    write("premises.csv", premises())
    write("outlets.csv", outlets())
    geojson("schools.geojson", [block(x, y) for x, y in SCHOOLS])
    repair = [[541_280, 3_781_005], [541_490, 3_781_005]]
    geojson("bridges.geojson", [{"type": "LineString", "coordinates": repair}])
    geojson("river.geojson", [river()])
    every = compounds()
    geojson("compounds.geojson", [wall(one) for one in every], [{"id": one.name} for one in every])
    is_open, locked = gates(every)
    write("gates.csv", is_open)
    write("side_gates.csv", locked)
    write("stops.csv", stops(every))


if __name__ == "__main__":
    main()
