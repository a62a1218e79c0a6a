"""A town small enough to solve in a blink, as scenario files."""

from __future__ import annotations

from pathlib import Path

SCENARIO = """\
siting: 1
name: Smallville
currency: CNY
crs: EPSG:4547
travel: {mode: euclidean, detour: 1.0}
demand:
  file: people.csv
  id: id
  x: x
  y: y
  crs: EPSG:4547
  groups: {all: people, elderly: old}
  district: district
outlets:
  - {file: outlets.csv, x: x, y: y, crs: EPSG:4547, id: id, format: kind}
premises:
  file: premises.csv
  id: id
  x: x
  y: y
  crs: EPSG:4547
  area_m2: area
  opening_cost: 1000
  district: district
formats:
  use: [shop, care]
  change:
    shop:
      metres: 300
      group: all
      tier: basic
      sizes: [{name: standard, area_m2: 50, cost: 20000}]
    care:
      metres: 400
      group: elderly
      tier: quality
      sizes:
        - {name: large, area_m2: 100, cost: 50000}
        - {name: small, area_m2: 60, cost: 30000}
budget: 95000
rules:
  max_outlets: {total: 4}
variants:
  lean: {budget: 42000}
"""


def write_town(folder: Path, scenario: str = SCENARIO) -> Path:
    """Ten points in a row every 200 m, six premises between them; returns the scenario file."""
    folder.mkdir(parents=True, exist_ok=True)
    people = ["id,x,y,people,old,district"]
    people += [
        f"p{i},{500000 + 200 * i},3780000,{100 + 10 * i},{20 + i},{'east' if i > 4 else 'west'}"
        for i in range(10)
    ]
    premises = ["id,x,y,area,district"]
    premises += [
        f"00{k},{500100 + 320 * k},3780000,{160 if k % 2 else 60},{'east' if k > 2 else 'west'}"
        for k in range(6)
    ]
    outlets = ["id,x,y,kind", "o1,500000,3780000,shop"]
    for name, lines in (("people", people), ("premises", premises), ("outlets", outlets)):
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    file = folder / "scenario.yaml"
    file.write_text(scenario, encoding="utf-8")
    return file
