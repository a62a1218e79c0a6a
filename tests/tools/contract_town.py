"""A street of eleven houses, 100 m apart, as a planner's files; every test changes a little.

d0 .. d10   at 0, 100, .. 1,000 m, with 10, 20, .. 110 people; d0-d4 in district A, the rest in B
P1 P4 P7 P9 premises at 100, 400, 700, 900 m, 500 m2 each
wet_market  150 m, 100 m2, 1,000 yuan: covers its own house and both neighbours
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import yaml

import siting
from siting.scenario import Scenario

Document = dict[str, Any]
GONE = object()
"""A value that takes its key away."""
EAST, NORTH = 385_000, 6_672_000
"""Where the street begins, in EPSG:3067."""


def _layer(file: str, **keys: Any) -> Document:
    return {"file": file, "id": "id", "x": "x", "y": "y", "crs": "EPSG:3067", **keys}


STREET: Document = {
    "siting": 1,
    "name": "street",
    "crs": "EPSG:3067",
    "travel": {"mode": "network", "network": {"edges": "edges.csv", "nodes": "nodes.csv"}},
    "demand": _layer("demand.csv", groups={"all": "people"}, district="d"),
    "premises": _layer("premises.csv", area_m2="area", district="d"),
    "formats": {
        "catalogue": "cn-2021",
        "use": ["wet_market"],
        "change": {
            "wet_market": {
                "metres": 150,
                "sizes": [{"name": "s", "area_m2": 100, "cost": 1000, "capacity": 1000}],
            }
        },
    },
    "budget": 1000,
}
BAKERY: Document = {
    "formats": {
        "use": ["wet_market", "bakery"],
        "change": {
            "bakery": {
                "metres": 150,
                "sizes": [{"name": "b", "area_m2": 50, "cost": 500, "capacity": 100}],
            }
        },
    }
}
"""A quality format beside the basic one."""


def rows(header: str, *lines: str) -> str:
    """A csv file."""
    return "\n".join([header, *lines, ""])


FILES = {
    "nodes.csv": rows("node,x,y", *(f"n{k},{EAST + 100 * k},{NORTH}" for k in range(11))),
    "edges.csv": rows("u,v,length_m", *(f"n{k},n{k + 1},100" for k in range(10))),
    "demand.csv": rows(
        "id,x,y,people,d",
        *(f"d{k},{EAST + 100 * k},{NORTH},{10 * (k + 1)},{'AB'[k >= 5]}" for k in range(11)),
    ),
    "premises.csv": rows(
        "id,x,y,area,d",
        *(f"P{k},{EAST + 100 * k},{NORTH},500,{'AB'[k >= 5]}" for k in (1, 4, 7, 9)),
    ),
}


def merge(below: Document, above: Document) -> Document:
    """Mappings merge, the rest replaces; ``GONE`` takes a key away."""
    for key, value in above.items():
        if value is GONE:
            below.pop(key, None)
        elif isinstance(value, dict) and isinstance(below.get(key), dict):
            merge(below[key], value)
        else:
            below[key] = copy.deepcopy(value)
    return below


def write(
    folder: Path, *changes: Document, files: dict[str, str | bytes] | None = None, text: str = ""
) -> Path:
    """The scenario's files in ``folder``; the path of its yaml, with ``text`` at its end."""
    for name, content in {**FILES, **(files or {})}.items():
        raw = content if isinstance(content, bytes) else content.encode()
        (folder / name).write_bytes(raw)
    document = copy.deepcopy(STREET)
    for change in changes:
        merge(document, change)
    path = folder / "scenario.yaml"
    plain = json.loads(json.dumps(document))  # YAML would write what is shared as an alias
    dumped = yaml.safe_dump(plain, allow_unicode=True, sort_keys=False)
    path.write_text(dumped + text, encoding="utf-8")
    return path


def load(folder: Path, *changes: Document, **how: Any) -> Scenario:
    """The scenario, read."""
    return siting.load(write(folder, *changes, **how))


def faults(folder: Path, *changes: Document, **how: Any) -> list[str]:
    """What ``check`` finds wrong, one line each, without the folder's name."""
    try:
        load(folder, *changes, **how).problem()
    except siting.InputError as error:
        return [line.replace(f"{folder}/", "") for line in str(error).splitlines()]
    return []


def walks(scenario: Scenario) -> dict[tuple[str, str], int]:
    """Decimetres from each candidate site to each demand point in its reach."""
    problem = scenario.problem()
    reach, labels = problem.reach, problem.labels
    return {
        (labels.sites[s], labels.points[reach.point[k]]): int(reach.cost[k])
        for s in range(problem.n_sites)
        for k in range(reach.start[s], reach.start[s + 1])
    }
