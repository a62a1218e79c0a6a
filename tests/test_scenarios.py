"""The scenarios of the repository: they load, say what they are, and give the answers told."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

import siting
from siting.demo import make_city
from siting.problem import ACTIONS
from siting.scenario import Scenario

FOLDER = Path(__file__).parents[1] / "scenarios"
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/scenario.yaml"))
MOST_BYTES = 5_000_000


def load(name: str, *overrides: str) -> Scenario:
    return siting.load(FOLDER / name / "scenario.yaml", overrides=overrides)


def script(path: Path) -> ModuleType:
    """A scenario's own script, imported without running it."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", NAMES)
def test_each_names_source_and_licence(name: str) -> None:
    """README and scenario tell where the data come from and under which licence."""
    scenario = load(name)
    assert scenario.settings.sources
    assert all(source.licence for source in scenario.settings.sources)
    readme = (FOLDER / name / "README.md").read_text(encoding="utf-8")
    assert "licence" in readme.lower() or "CC0" in readme
    assert sum(p.stat().st_size for p in (FOLDER / name).rglob("*")) < MOST_BYTES


@pytest.mark.parametrize("name", NAMES)
def test_each_makes_a_problem(name: str) -> None:
    """Layers and network are sound, and money is short."""
    problem = load(name).problem()
    assert problem.n_formats >= 4
    assert problem.n_options > problem.n_sites
    assert any(rule.kind == "budget" for rule in problem.rules)
    assert len(problem.outlets) > 0


def test_helsinki_is_proven_optimal() -> None:
    """Issue 2: optimal and verified in under a minute; budget and floor space bind; people newly
    covered by format as README tells."""
    problem = load("helsinki").problem()
    result = siting.solve(problem, time_limit=60, threads=2)
    assert result.status == "optimal"
    assert siting.verify(problem, result).ok
    assert result.plan is not None
    binding = {rule["name"] for rule in result.plan.rules if rule["binds"]}
    assert {"budget.total", "floor_space"} <= binding
    assert result.objective == pytest.approx(123_092)
    assert result.tiers["basic"]["objective"] == pytest.approx(56_724)
    assert result.coverage["pharmacy"]["all"]["after"] == pytest.approx(48_553)
    assert result.coverage["wet_market"]["all"]["after"] == pytest.approx(23_275)


@pytest.mark.parametrize(
    "tag, format, expected",
    [
        ("shop=supermarket", "supermarket", (12_286, 40_604, 48_553)),
        ("amenity=marketplace", "wet_market", (281, 4_850, 16_956)),
    ],
)
def test_people_near_a_shop_in_helsinki(tag: str, format: str, expected: tuple[int, ...]) -> None:
    """The table of the Helsinki README: people within 400, 800, 1,200 m, edges entered midway."""
    extract = "data/helsinki_kantakaupunki_2020-04.osm.pbf"
    for metres, people in zip((400, 800, 1200), expected, strict=True):
        problem = load(
            "helsinki",
            f"formats={{use: [{format}], change: {{{format}: {{metres: {metres}, group: all}}}}}}",
            f"outlets=[{{file: {extract}, osm: {{{tag}: {format}}}}}]",
            "rules={}",
        ).problem()
        near = problem.persons[0][problem.covered_before[:, 0]].sum() / problem.person_units
        assert near == people


def test_helsinki_premises_follow_their_rule() -> None:
    """The committed table is what the script makes of the extract."""
    rule = script(FOLDER / "helsinki" / "make_premises.py")
    made = rule.premises(*rule.read_extract())
    committed = pd.read_csv(FOLDER / "helsinki" / "data" / "premises.csv")
    pd.testing.assert_frame_equal(made, committed, check_dtype=False, rtol=1e-3)


def test_porto_alegre_is_the_whole_city() -> None:
    """1,227 hexagons and 812,935 people; layers follow their rule."""
    problem = load("porto-alegre").problem()
    assert problem.n_points == 1227
    assert problem.persons[0].sum() == 812_935_000
    rule = script(FOLDER / "porto-alegre" / "make_layers.py")
    cells = pd.read_csv(rule.DATA / "poa_hexgrid.csv")
    committed = pd.read_csv(rule.DATA / "premises.csv")
    made = rule.premises(cells).reset_index(drop=True)
    pd.testing.assert_frame_equal(made, committed, check_dtype=False)


def test_chang_an_is_synthetic_and_says_so(tmp_path: Path) -> None:
    """About 60,000 people with ages, labelled in its file and name, as `siting demo` writes it."""
    scenario = load("chang-an")
    assert scenario.settings.synthetic
    assert "synthetic" in scenario.name
    assert scenario.path.read_text(encoding="utf-8").startswith("# SYNTHETIC")
    problem = scenario.problem()
    assert problem.persons[0].sum() == 60_000_000
    assert {"elderly", "toddlers"} <= set(problem.labels.groups)
    again = make_city(
        1500, 260, 8, out=tmp_path, residents=60_000, travel="network", seed=2021, name="长安示范区"
    )
    assert again.read_text(encoding="utf-8") == scenario.path.read_text(encoding="utf-8")


def test_the_plans_layers_follow_their_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every layer of the planner's file is what its script writes, byte for byte."""
    rule = script(FOLDER / "chang-an-plan" / "make_layers.py")
    monkeypatch.setattr(rule, "HERE", tmp_path)
    rule.main()
    written = sorted(file.name for file in tmp_path.iterdir())
    committed = FOLDER / "chang-an-plan"
    assert set(written) == {
        file.name for file in committed.iterdir() if file.suffix in {".csv", ".geojson"}
    }
    for name in written:
        assert (tmp_path / name).read_bytes() == (committed / name).read_bytes(), name


def test_gates_and_vans_of_the_plan_do_what_it_says() -> None:
    """Forty compounds hold a good part of the people; opened side gates never take coverage from
    anybody today; without vans nothing brings fresh vegetables but markets."""
    path = FOLDER / "chang-an-plan" / "scenario.yaml"
    today, gates, free, no_vehicle = (
        siting.load(path, variant).problem()
        for variant in (None, "gates_open", "walls_open", "no_vehicle")
    )
    assert today.labels.formats == no_vehicle.labels.formats
    more = gates.covered_before & ~today.covered_before
    assert more.any() and not (today.covered_before & ~gates.covered_before).any()
    assert (free.covered_before & ~today.covered_before).any()
    fresh = today.labels.formats.index("fresh_grocery")
    kinds = [ACTIONS[a] for a in today.options.action[today.options.format == fresh]]
    assert set(kinds) == {"stop", "vehicle"}
    assert not (no_vehicle.options.format == fresh).any()


@pytest.mark.parametrize("lines", [10, 30, 150])
def test_the_ladder_begins_low(lines: int) -> None:
    """Ten lines are a scenario; thirty have groups, districts and prices; a hundred and fifty are a
    bureau's plan with phases, rules, circles, targets and variants. The check of each passes."""
    path = FOLDER / "chang-an" / f"{lines}-lines.yaml"
    assert abs(len(path.read_text(encoding="utf-8").splitlines()) - lines) <= 2
    scenario = siting.load(path)
    scenario.check_layers()
    problem = scenario.problem()
    assert problem.persons.sum() > 0 and "wet_market" in problem.labels.formats
    if lines == 150:
        assert problem.n_phases == 2 and len(scenario.settings.circles) == 3
        assert {"growth", "lean", "one_sum"} == set(scenario.settings.variants)


@pytest.mark.slow
def test_the_last_rung_of_the_ladder_gives_a_plan() -> None:
    """In seconds, verified: every rule of the file is kept."""
    problem = siting.load(FOLDER / "chang-an" / "150-lines.yaml").problem()
    result = siting.solve(problem, time_limit=6, gap=0.1)
    assert result.status in ("optimal", "feasible") and result.plan is not None
    assert siting.verify(problem, result).ok and len(result.plan.table) > 10
