"""A tiny street with people, premises and outlets, written as files a test may spoil.

The street runs west to east for 2,000 m, a node every 100 m; x below is metres from its west end.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from siting.errors import InputError
from siting.scenario import Scenario, load

EAST, NORTH = 500_000.0, 4_000_000.0
CRS = "EPSG:32650"

PEOPLE = """cell,x,y,people,old,jiedao
001,500000,4000000,100,20,North
002,500500,4000000,50.5,10,North
003,501000,4000000,200,0,South
004,501900,4000000,80,40,South
"""
PREMISES = """id,x,y,area,permitted,factor,district
P1,500100,4000000,1000.9,wet_market|elderly_daycare,1,North
P2,501000,4000000,600,wet_market|recycling_point,0.5,South
007,501800,4000000,300,elderly_daycare|recycling_point,1.25,South
"""
OUTLETS = """id,x,y,kind,site
A,500000,4000000,recycling_point,
B,501000,4000000,wet_market,P2
C,501500,4000000,pharmacy,
"""
SCENARIO: dict[str, Any] = {
    "siting": 1,
    "name": "Street",
    "currency": "CNY",
    "crs": CRS,
    "travel": {
        "mode": "network",
        "network": {"edges": "edges.csv", "nodes": "nodes.csv"},
        "speed_m_per_s": {"default": 1.2, "elderly": 0.9},
    },
    "demand": {
        "file": "people.csv",
        "id": "cell",
        "x": "x",
        "y": "y",
        "crs": CRS,
        "groups": {"all": "people", "elderly": "old"},
        "district": "jiedao",
    },
    "outlets": [
        {
            "file": "outlets.csv",
            "id": "id",
            "x": "x",
            "y": "y",
            "crs": CRS,
            "format": "kind",
            "site": "site",
        }
    ],
    "premises": {
        "file": "premises.csv",
        "id": "id",
        "x": "x",
        "y": "y",
        "crs": CRS,
        "area_m2": "area",
        "formats": "permitted",
        "cost_factor": "factor",
        "opening_cost": 1000,
        "district": "district",
    },
    "formats": {"use": ["wet_market", "elderly_daycare", "recycling_point"]},
    "budget": 5_000_000,
}


class _Plain(yaml.SafeDumper):
    """Writes every value out: scenario files have no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


class World:
    """A folder with a scenario; ``scenario`` may be changed before it is written."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.path = folder / "street.yaml"
        self.scenario = copy.deepcopy(SCENARIO)
        nodes = [f"{i},{EAST + 100 * i},{NORTH}" for i in range(21)]
        edges = [f"{i},{i + 1},100" for i in range(20)]
        self.put("nodes.csv", "\n".join(["node,x,y", *nodes]))
        self.put("edges.csv", "\n".join(["u,v,length_m", *edges]))
        self.put("people.csv", PEOPLE)
        self.put("premises.csv", PREMISES)
        self.put("outlets.csv", OUTLETS)

    def put(self, name: str, content: str | bytes) -> Path:
        """Write a file of the scenario."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def load(self, **asked: Any) -> Scenario:
        """Write the scenario and load it."""
        text = yaml.dump(self.scenario, Dumper=_Plain, allow_unicode=True, sort_keys=False)
        self.path.write_text(text, encoding="utf-8")
        return load(self.path, **asked)

    def faults(self, **asked: Any) -> list[str]:
        """Every fault of the scenario and its layers, one line each."""
        with pytest.raises(InputError) as caught:
            self.load(**asked).problem()
        return str(caught.value).splitlines()

    def load_text(self, text: str) -> Scenario:
        """Load a scenario written by hand."""
        self.path.write_text(text, encoding="utf-8")
        return load(self.path)

    def faults_of(self, text: str | bytes) -> list[str]:
        """Every fault of a scenario written by hand."""
        self.path.write_bytes(text.encode() if isinstance(text, str) else text)
        with pytest.raises(InputError) as caught:
            load(self.path)
        return [
            line.replace(str(self.path), "street.yaml") for line in str(caught.value).splitlines()
        ]
