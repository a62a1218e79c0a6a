"""Who loses coverage through walls and what a further gate gains, against walks done anew."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import shapely
from hypothesis import given
from pyproj import Transformer

from siting.analysis.gaps.walls import through_walls
from siting.cli import main
from siting.scenario import Scenario
from siting.texts.words import LANGS, Lang, Words
from siting.verification.evaluation import evaluate
from siting.walking.compounds import Compounds
from siting.walking.new_gates import STEP_M, spots_along
from tests.tools.depth import examples
from tests.tools.walled_town import SMALL, WITHIN, Town, blocks
from tests.tools.worlds import CRS
from tests.walking.test_compounds import BLOCK, compounds_of


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
