"""Who loses coverage through walls and what a further gate gains, against walks done anew."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import shapely
from hypothesis import given
from pyproj import Transformer

from siting.analysis.audit.reach import rewalk
from siting.analysis.gaps.walls import through_walls
from siting.cli import main
from siting.scenario import Scenario
from siting.texts.words import LANGS, Lang, Words
from siting.verification.evaluation import evaluate
from siting.walking.compounds import Compounds
from siting.walking.new_gates import STEP_M, spots_along
from tests.tools.depth import examples
from tests.tools.walled_town import SMALL, WITHIN, Town, blocks
from tests.tools.worlds import CRS, EAST, NORTH
from tests.walking.test_compounds import BLOCK, compounds_of

Point = tuple[float, float]


def covered(scenario: Scenario) -> dict[str, np.ndarray]:
    """Persons covered today at each point, a format."""
    problem = scenario.problem()
    return {
        problem.labels.formats[target.format]: np.where(
            problem.covered_before[:, t], problem.persons[target.group] / problem.person_units, 0
        )
        for t, target in enumerate(problem.targets)
    }


@given(blocks())
@examples(20)
def test_lost_is_what_the_same_town_without_walls_covers_more(town: Town) -> None:
    """Home by home, with the coverage of the scenario whose compounds are taken out."""
    with TemporaryDirectory() as name:
        world = town.write(Path(name))
        scenario = world.load()
        found, now = through_walls(scenario), covered(scenario)
        assert found is not None
        world.scenario["variants"] = {"open": {"travel": {"compounds": [], "gates": []}}}
        free = covered(world.load(variant="open"))
        home = homes(scenario)
        away = {f: np.where(now[f] > 0, 0, free[f]) for f in WITHIN}
        for row in found.lost.to_dict("records"):
            lost = away[row["format"]]
            assert row["served"] == pytest.approx(now[row["format"]].sum())
            assert row["lost"] == pytest.approx(lost.sum())
            assert row["served_if_open"] == pytest.approx(row["served"] + row["lost"])
            assert row["lost_in_compounds"] == pytest.approx(lost[home >= 0].sum())
        every = np.sum(list(away.values()), axis=0)
        assert set(found.gates["compound"]) == {f"c{c}" for c in home[every > 0] if c >= 0}
        for row in found.gates.to_dict("records"):
            mine = home == int(row["compound"][1:])
            assert row["lost"] == pytest.approx(every[mine].sum())
            assert row["people"] == sum(
                n for (_, _, n), own in zip(town.homes, mine, strict=True) if own
            )


@given(blocks())
@examples(20)
def test_a_gate_gains_what_it_gains_in_the_layer_of_gates(town: Town) -> None:
    """The best spot, written into the layer, brings just those people; no other brings more."""
    with TemporaryDirectory() as name:
        world = town.write(Path(name))
        scenario = world.load()
        found, now, home = through_walls(scenario), covered(scenario), homes(scenario)
        assert found is not None
        assert found.gates["gained"].is_monotonic_decreasing
        gates = Path(name, "gates.csv").read_text()
        for row in found.gates.to_dict("records"):
            c = int(row["compound"][1:])

            def gained(x: float, y: float, c: int = c) -> dict[str, float]:
                world.put("gates.csv", f"{gates}\nnew,{x!r},{y!r},c{c}")
                then = covered(world.load())
                return {f: float((then[f] - now[f])[home == c].sum()) for f in WITHIN}

            if row["gained"]:
                turn = Transformer.from_crs("EPSG:4326", CRS, always_xy=True)
                best = gained(*turn.transform(row["lon"], row["lat"]))
                assert [row[f"{f}|all"] for f in WITHIN] == pytest.approx(list(best.values()))
            else:
                assert np.isnan(row["lon"])
            spots = spots_along(walls_of(scenario), np.array([c]))
            for x, y in spots.xy[::3].tolist():
                assert sum(gained(x, y).values()) <= row["gained"] + 1e-6


class PlainStreets:
    """Streets of 200 m between crossings, one wall that hides them, and walks by the definition."""

    def __init__(
        self, pairs: list[tuple[int, int]], node: dict[int, Point], core: shapely.Polygon
    ) -> None:
        self.pairs, self.node, self.core = pairs, node, core
        far = np.where(np.eye(len(node), dtype=bool), 0.0, np.inf)
        for u, v in pairs:
            far[u, v] = far[v, u] = 200.0
        for k in node:
            far = np.minimum(far, far[:, k, None] + far[None, k])
        self.far = far

    def onto(self, at: Point) -> tuple[float, tuple[int, int], float]:
        """The nearest street in sight: metres to it, its ends, and metres from the first."""
        point, found = shapely.Point(at), (np.inf, (0, 0), 0.0)
        for u, v in self.pairs:
            line = shapely.LineString([self.node[u], self.node[v]])
            along = line.project(point)
            sight = shapely.LineString([at, line.interpolate(along)])
            if not sight.intersects(self.core):
                found = min(found, (sight.length, (u, v), along))
        return found

    def metres(self, one: Point, other: Point) -> float:
        """The shortest walk by streets."""
        (a, (u, v), s), (b, (p, q), t) = self.onto(one), self.onto(other)
        if (u, v) == (p, q):
            return a + b + abs(s - t)
        ways = [
            from_s + self.far[m, n] + from_t
            for m, from_s in ((u, s), (v, 200 - s))
            for n, from_t in ((p, t), (q, 200 - t))
        ]
        return float(a + b + min(ways))


def test_each_way_of_walking_has_its_own_walks_to_a_further_gate(tmp_path: Path) -> None:
    """Steps that the old do not climb lead past the north wall: what a gate gains them is what a
    plain graph without that street tells, and what the scenario with the gate covers."""
    homes = [(40, 140, 50), (140, 140, 9), (205, 90, 7)]
    outlets = [(60, 190, "wet_market"), (90, 210, "elderly_daycare")]
    town = Town(SMALL.boxes, SMALL.gates, homes, outlets, "network")
    world = town.write(tmp_path, steps={"elderly": "closed"})
    file = tmp_path / "edges.csv"
    head, *edges = file.read_text().splitlines()
    ways = [f"{edge},{'steps' if edge.startswith('3,4,') else 'footway'}" for edge in edges]
    world.put("edges.csv", "\n".join([f"{head},highway", *ways]))
    formats = ("wet_market", "elderly_daycare")
    world.scenario["formats"] = {
        "use": list(formats),
        "change": {f: {"metres": 250} for f in formats},
    }
    scenario = world.load()
    assert not rewalk(scenario, scenario.problem()).differences
    found, now = through_walls(scenario), covered(scenario)
    assert found is not None
    (row,) = found.gates.to_dict("records")
    turn = Transformer.from_crs("EPSG:4326", CRS, always_xy=True)
    x, y = turn.transform(row["lon"], row["lat"])

    core = shapely.buffer(SMALL.shapes()[0], -2)
    node = {3 * j + i: (EAST + 200 * i, NORTH + 200 * j) for j in range(3) for i in range(3)}
    pairs = [(int(u), int(v)) for u, v, *_ in (edge.split(",") for edge in edges)]
    spots = spots_along(walls_of(scenario), np.array([0])).xy
    expected = {}
    for key, (east, north, _), closed, people in (
        ("wet_market|all", outlets[0], (), (50, 9)),
        ("elderly_daycare|elderly", outlets[1], ((3, 4),), (16, 3)),
    ):
        streets = PlainStreets([pair for pair in pairs if pair not in closed], node, core)
        walks = np.array(
            [streets.metres((EAST + east, NORTH + north), tuple(spot)) for spot in spots]
        )
        inside = np.array([(EAST + h[0], NORTH + h[1]) for h in homes[:2]])
        straight = np.hypot(*(spots[:, None] - inside[None]).transpose(2, 0, 1))
        total = walks[:, None] + straight
        assert np.abs(total - 250).min() > 0.5
        expected[key] = (total <= 250) @ np.array(people)
    best = int(np.hypot(*(spots - [x, y]).T).argmin())
    assert {key: row[key] for key in expected} == {k: v[best] for k, v in expected.items()}
    assert row["gained"] == sum(expected.values()).max() and row["elderly_daycare|elderly"] == 16

    gates = (tmp_path / "gates.csv").read_text()
    world.put("gates.csv", f"{gates}\nnew,{x!r},{y!r},c0")
    again = world.load()
    then = covered(again)
    assert {f: (then[f] - now[f]).sum() for f in formats} == {
        "wet_market": 59,
        "elderly_daycare": 16,
    }
    assert not rewalk(again, again.problem()).differences


def walls_of(scenario: Scenario) -> Compounds:
    """Its compounds."""
    compounds = scenario.assembled.walked.compounds
    assert compounds is not None
    return compounds


def homes(scenario: Scenario) -> np.ndarray:
    """Compound of each demand point, -1 = none."""
    return walls_of(scenario).of(scenario.assembled.walked.xy["demand"])


def test_spots_stand_on_the_wall_no_farther_apart_than_a_part() -> None:
    """Every part of every wall has one, holes included, each with its compound."""
    yard = shapely.Polygon(
        shapely.box(0, 0, 90, 50).exterior, [shapely.box(20, 20, 40, 30).exterior]
    )
    compounds = compounds_of([BLOCK, yard], [(200.0, 10.0), (0.0, 25.0)])
    spots = spots_along(compounds, np.array([1, 0]))
    assert set(spots.compound[:3].tolist()) == {1} and set(spots.compound.tolist()) == {0, 1}
    for c, shape in enumerate((BLOCK, yard)):
        at = shapely.points(spots.xy[spots.compound == c])
        assert shapely.distance(at, shape.boundary).max() < 1e-9
        seen = shapely.union_all(shapely.buffer(at, STEP_M / 2 + 1e-6))
        assert seen.covers(shape.boundary)


def test_a_plan_counts_as_standing(tmp_path: Path) -> None:
    """Served are then those whom the plan covers, by the words of verify."""
    world = SMALL.write(tmp_path)
    scenario = world.load()
    problem = scenario.problem()
    options = np.arange(problem.n_options)
    found = through_walls(scenario, options)
    assert found is not None
    told = evaluate(problem, options).coverage
    for row in found.lost.to_dict("records"):
        people = told[row["format"]][row["group"]]
        assert row["served"] == people["after"]


@pytest.mark.parametrize("lang", LANGS)
def test_the_command_tells_and_writes_it(
    tmp_path: Path, lang: Lang, capsys: pytest.CaptureFixture
) -> None:
    """Two tables in both languages, and a layer with the place of each gate."""
    import geopandas as gpd

    world = SMALL.write(tmp_path)
    scenario = world.load()
    file = tmp_path / "new gates 1.0 边门.gpkg"
    assert main(["gaps", str(world.path), "--lang", lang, "--gates", str(file)]) == 0
    out = capsys.readouterr().out
    words = Words.of(lang, "walls")
    assert words["lost"] in out and words["gates"] in out
    assert {"en": "Wet market 59", "zh": "菜市场 59"}[lang] in out
    layer = gpd.read_file(file, layer="gates")
    (gate,) = layer.to_crs(scenario.assembled.walked.crs).geometry
    assert gate.distance(SMALL.shapes()[0].boundary) < 0.01
    assert layer["gained"].tolist() == [59]


def test_without_compounds_nothing_is_told(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """No table; a file that was asked for is refused in words."""
    world = SMALL.write(tmp_path, compounds=[], gates=[])
    assert through_walls(world.load()) is None
    assert main(["gaps", str(world.path)]) == 0
    assert Words.of("en", "walls")["lost"] not in capsys.readouterr().out
    assert main(["gaps", str(world.path), "--gates", str(tmp_path / "x.gpkg")]) == 2
    assert "--gates needs travel.compounds" in capsys.readouterr().err
