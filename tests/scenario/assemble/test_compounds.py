"""Compounds and gates in a scenario file: what they do, what is told, what is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from siting.notice import notices
from tests.tools.worlds import CRS, EAST, NORTH, PEOPLE, World

HOMES = PEOPLE.replace("002,500500,4000000", "002,500500,4000025")
"""Cell 002 lives 25 m north of the street; P1 is 400 m to the west of it."""


def box(x: float, y: float, width: float, height: float) -> dict[str, Any]:
    """A polygon; metres from the west end of the street."""
    west, south = EAST + x, NORTH + y
    ring = [
        [west, south],
        [west + width, south],
        [west + width, south + height],
        [west, south + height],
        [west, south],
    ]
    return {"type": "Polygon", "coordinates": [ring]}


def walled(
    world: World, shapes: dict[str, dict[str, Any]], gates: str, people: str = HOMES
) -> World:
    """The street with compounds and gates; rows of gates: id,x,y,of in metres from its west end."""
    world.put("people.csv", people)
    world.put(
        "walls.geojson",
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {"type": "Feature", "properties": {"name": name}, "geometry": shape}
                    for name, shape in shapes.items()
                ],
            }
        ),
    )
    rows = [row.split(",") for row in gates.split()]
    lines = [f"{i},{EAST + float(x)},{NORTH + float(y)},{of}" for i, x, y, of in rows]
    world.put("gates.csv", "\n".join(["id,x,y,of", *lines]))
    world.scenario["travel"]["compounds"] = {"file": "walls.geojson", "id": "name", "crs": CRS}
    world.scenario["travel"]["gates"] = {
        "file": "gates.csv",
        "id": "id",
        "x": "x",
        "y": "y",
        "crs": CRS,
        "compound": "of",
    }
    return world


def cost(world: World, site: int, point: int) -> int | None:
    """Walking cost between a site and a demand point, decimetres; None = not within reach."""
    reach = world.load().problem().reach
    found = dict(zip(reach.row(site).tolist(), reach.row_cost(site).tolist(), strict=True))
    return found.get(point)


def test_people_leave_by_the_gate(world: World) -> None:
    """20 m to the gate in the east wall, 25 m to the street, 420 m back along it."""
    world.put("people.csv", HOMES)
    assert cost(world, 0, 1) == 4000 + 250
    walled(world, {"A": box(480, 5, 40, 40)}, "g,520,25,")
    assert cost(world, 0, 1) == 4200 + 250 + 200
    scenario = world.load()
    told = [text for text in scenario.warnings if text.startswith("compounds")]
    assert told == [
        "compounds: 1 with 1 gates; 1 demand points (all 51, elderly 10) lie within "
        "and leave by the gates"
    ]
    assert notices(told, "zh")[0].startswith("小区：1 个，大门 1 个")
    assert {"walls.geojson", "gates.csv"} <= set(scenario.inputs)


def test_variants_may_take_the_walls_away(world: World) -> None:
    """Lists replace: the same city without compounds, to compare with."""
    walled(world, {"A": box(480, 5, 40, 40)}, "g,520,25,")
    world.scenario["variants"] = {"open": {"travel": {"compounds": [], "gates": []}}}
    reach = world.load(variant="open").problem().reach
    assert reach.row_cost(0)[reach.row(0) == 1].tolist() == [4250]


def test_a_street_ends_at_a_wall(world: World) -> None:
    """A compound across the street with a gate in its west wall only: nobody passes."""
    walled(world, {"A": box(730, -10, 40, 20)}, "g,730,0,A", PEOPLE)
    scenario = world.load()
    assert scenario.problem().reach.row(1).tolist() == [2]
    assert any("1 stretches of street end at a wall" in text for text in scenario.warnings)
    world.put("gates.csv", f"id,x,y,of\ng,{EAST + 730},{NORTH},\nh,{EAST + 770},{NORTH},")
    assert cost(world, 1, 1) == 5000


def test_a_gate_that_sees_no_street_is_told(world: World) -> None:
    """The only gate is in the north wall, the street runs in the south."""
    scenario = walled(world, {"A": box(480, 5, 40, 40)}, "g,500,45,").load()
    assert cost(world, 0, 1) is None
    assert "compounds: 1 of 1 have no gate that reaches the network: A" in scenario.warnings
    assert any("demand: 1 of 4 cannot reach the network" in text for text in scenario.warnings)


def test_straight_lines_go_by_the_gate(world: World) -> None:
    """Both modes: home to gate, gate to P1, each x 1.3."""
    walled(world, {"A": box(480, 5, 40, 40)}, "g,520,25,")
    world.scenario["travel"] |= {"mode": "euclidean", "detour": 1.3}
    assert cost(world, 0, 1) == round(200 * 1.3) + round((420**2 + 25**2) ** 0.5 * 13)
    assert any("straight lines from within go by the gates" in t for t in world.load().warnings)
    world.scenario["travel"]["mode"] = "great_circle"
    assert cost(world, 0, 1) == pytest.approx(260 + 5470, abs=30)


@pytest.mark.parametrize(
    ("gates", "message"),
    [
        (
            "g,520,25, h,540,25,",
            "travel.gates: must stand within 10 m of a compound's wall; got 1 gates (h)",
        ),
        ("g,540,25,A", "must stand within 10 m of the wall of its compound A; got g, 20.0 m away"),
        (
            "g,800,25,",
            "travel.compounds: must each have a gate within 10 m of the wall; got 1 "
            "compounds without one (A)",
        ),
        ("g,520,25,B", "gates.csv: of: must be blank or the id of a compound; got 'B' in row 1"),
    ],
)
def test_faults_of_gates(world: World, gates: str, message: str) -> None:
    """Gates at no wall, compounds without gates, unknown compounds."""
    walled(world, {"A": box(480, 5, 40, 40)}, gates)
    assert any(message in fault for fault in world.faults())
    world.scenario["travel"]["gate_within_m"] = 400
    assert "B" in gates or world.load().problem().n_sites == 3


def test_faults_of_layers(world: World) -> None:
    """Polygons are asked for; compounds need gates, and gates compounds."""
    walled(world, {"A": box(480, 5, 40, 40)}, "g,520,25,")
    world.scenario["travel"]["compounds"] = world.scenario["travel"]["gates"] | {}
    del world.scenario["travel"]["compounds"]["compound"]
    assert any("gates.csv: must hold polygons (compounds)" in f for f in world.faults())
    point = {"type": "Point", "coordinates": [EAST, NORTH]}
    walled(world, {"A": box(480, 5, 40, 40), "B": point}, "g,520,25,")
    assert any("must hold polygons (compounds); got Point in row 2" in f for f in world.faults())
    del world.scenario["travel"]["compounds"]
    assert any("travel.compounds: must be given where travel.gates is" in f for f in world.faults())
    walled(world, {"A": box(480, 5, 40, 40)}, "g,520,25,")
    del world.scenario["travel"]["gates"]
    assert any("travel.gates: must be given where travel.compounds is" in f for f in world.faults())


def test_a_polygon_that_crosses_itself_is_all_its_lobes(world: World) -> None:
    """Drawn corner to corner: who lives in the right half leaves by the gate in its east wall."""
    bow = box(480, 5, 40, 40)
    ring = bow["coordinates"][0]
    ring[1], ring[2] = ring[2], ring[1]
    people = HOMES.replace("002,500500", "002,500515")
    walled(world, {"A": bow}, "g,520,25,", people)
    assert cost(world, 0, 1) == 4200 + 250 + 50
