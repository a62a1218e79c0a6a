"""Changes to the small world that tests of planners' rules share."""

from __future__ import annotations

from typing import Any

import numpy as np

from siting.problem import Problem
from tests.scenario.assemble.test_problem import hit
from tests.tools.worlds import World

SIZE = [{"name": "one", "area_m2": 100, "cost": 1000, "yearly_cost": 50}]


def change(world: World, **formats: dict[str, Any]) -> None:
    """Changes to formats, each with one small size."""
    world.scenario["formats"]["change"] = {k: {"sizes": SIZE, **v} for k, v in formats.items()}


def premises(world: World, *columns: str, **named: str) -> None:
    """Add columns to the three premises: "name,P1,P2,007"."""
    lines = (world.folder / "premises.csv").read_text().splitlines()
    for column in columns:
        lines = [f"{line},{cell}" for line, cell in zip(lines, column.split(","), strict=True)]
    world.put("premises.csv", "\n".join(lines) + "\n")
    world.scenario["premises"] |= named


def open_at(problem: Problem, format_: str) -> set[str]:
    """Sites that may take a format."""
    return {site for site, name in hit(problem, np.ones(problem.n_options)) if name == format_}


def outlets(world: World, **named: Any) -> None:
    """Outlets with a status and capacities; C is a substandard market at 1,500 m."""
    world.put(
        "outlets.csv",
        """id,x,y,kind,site,state,people,price,chain
A,500000,4000000,recycling_point,,open,100,10,1
B,501000,4000000,wet_market,P2,营业,50,20.5,
C,501500,4000000,wet_market,,substandard,,30,0
D,501500,4000000,wet_market,,closed,,,
""",
    )
    world.scenario["outlets"][0] |= {
        "status": "state",
        "capacity": "people",
        "chain": "chain",
    } | named
