"""Add to the synthetic district of ../chang-an what a planner's register of premises would hold.

SYNTHETIC DATA - 合成数据: seed 575, no place, person, owner or price is real. The rule, in order:

1. Districts get names of Tang wards. People and premises of J002 east of x = 542,330 and south of
   y = 3,780,420 form the new community 曲池新苑, handed over with the roll-out.
2. Premises: parcel points may open anywhere; four in five are on the ground floor (of the others,
   three in five have a lift), flues and outdoor space come more often where there is more floor; a
   third are public (街道办, 国资公司) at half the rent; rents follow the cost factor; one in six
   can be had only in the roll-out.
3. Outlets: markets E01-E03 are old. E02 is substandard and can be upgraded (900 yuan a m2, 1,500
   m2); E01 stands at the edge, and may move or close. Every second shop belongs to a chain.
4. Schools: four grounds. The bridges under repair: the two streets over the river near x = 541,300
   and x = 541,466, closed by a line across both.

Run ``python scenarios/chang-an-plan/make_layers.py`` to write the layers again.
"""

from __future__ import annotations

import csv
import json
import random
import shutil
from pathlib import Path
from typing import Any

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
    return rows


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


def geojson(name: str, shapes: list[Row]) -> None:
    """One feature a geometry, in the metres of the other layers."""
    content = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": CRS}},
        "features": [{"type": "Feature", "properties": {}, "geometry": g} for g in shapes],
    }
    (HERE / name).write_text(json.dumps(content) + "\n", encoding="utf-8")


def block(x: float, y: float) -> Row:
    """A school's ground, 90 m by 70 m."""
    ring = [[x, y], [x + 90, y], [x + 90, y + 70], [x, y + 70], [x, y]]
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


if __name__ == "__main__":
    main()
