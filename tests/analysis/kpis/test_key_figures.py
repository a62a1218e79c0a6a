"""Key figures of a row of ten homes, 200 m apart, by arithmetic in the docstrings.

p0 to p9 have 100, 110, … 190 people, 1,450 in all; the first five are the west, 600 people. Shops
count within 300 m; care, a quality format for the elderly, within 400.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import siting
from siting.analysis.kpis.key_figures import kpis
from siting.analysis.kpis.kpis import Kpi
from siting.problem import ACTIONS, Problem
from tests.tools.town import SCENARIO, write_town

Told = dict[tuple[int, str, str, str], Kpi]
Row = tuple[int, str, str]
"""Metres along the street, format, cell of a further column."""


@pytest.fixture
def told(tmp_path: Path) -> Callable[..., Told]:
    """Writes the town with its outlets and gives the figures of a plan."""

    def figures_of(
        outlets: list[Row],
        column: str = "",
        plan: Sequence[str] = (),
        text: str = SCENARIO,
        people: Sequence[int] = (),
    ) -> Told:
        further = f", {column}: {column}" if column else ""
        file = write_town(tmp_path, text.replace("format: kind", f"format: kind{further}"))
        lines = [
            f"o{k},{500000 + x},3780000,{kind},{cell}" for k, (x, kind, cell) in enumerate(outlets)
        ]
        lines.insert(0, f"id,x,y,kind,{column or 'note'}")
        (tmp_path / "outlets.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        homes = (tmp_path / "people.csv").read_text("utf-8")
        for i, n in enumerate(people):
            homes = homes.replace(f",3780000,{100 + 10 * i},", f",3780000,{n},")
        (tmp_path / "people.csv").write_text(homes, encoding="utf-8")
        scenario = siting.load(file)
        problem = scenario.problem()
        found = kpis(scenario, chosen(problem, plan)).figures
        return {(k.number, k.name, k.format, k.group): k for k in found}

    return figures_of


def chosen(problem: Problem, plan: Sequence[str]) -> NDArray[np.int64]:
    """Options by "site action format"; of several sizes the first."""
    o, names = problem.options, problem.labels
    called = [
        f"{names.sites[s]} {ACTIONS[a]} {names.formats[f]}"
        for s, a, f in zip(o.site, o.action, o.format, strict=True)
    ]
    return np.array(sorted(called.index(name) for name in plan), np.int64)


def both(kpi: Kpi) -> tuple[float | None, float | None]:
    """Before and after."""
    return kpi.before, kpi.after


SIZED = SCENARIO.replace("cost: 20000}", "cost: 20000, capacity: 60}")


@pytest.mark.parametrize(
    ("places", "before", "after"),
    [
        # p0, p1 (210 people) reach the first shop, p0, p1, p2 (330) the second. All 270 places
        # are taken; a third shop with 60, for p1 to p3, brings 330.
        ((150, 120), 270, 330),
        # 500 places at the first serve no more than 210; with 60 at the second 270, then 330.
        ((500, 60), 270, 330),
        # 400 places are enough for all 330; the 60 of the third go to p3.
        ((200, 200), 330, 390),
        ((0, 0), 0, 60),
    ],
)
def test_kpi_2_serves_each_person_once_within_each_capacity(
    told: Callable[..., Told], places: tuple[int, int], before: int, after: int
) -> None:
    """Served over everybody; nobody has a place for care, which nothing offers."""
    outlets = [(0, "shop", str(places[0])), (200, "shop", str(places[1]))]
    found = told(outlets, "capacity", ["001 open shop"], SIZED)
    assert both(found[2, "served", "shop", "all"]) == (before / 1450, after / 1450)
    assert both(found[2, "served", "care", "elderly"]) == (0, 0)


def test_kpi_2_needs_one_capacity_that_is_known(told: Callable[..., Told]) -> None:
    """Of what stands or of what the plan opens, whatever the model; else it is not told."""
    shop = [(0, "shop", "")]
    assert not any(number == 2 for number, *_ in told(shop))
    median = SCENARIO.replace("rules:\n", "objective: {model: p_median, p: 2}\nrules:\n")
    for text in (SCENARIO, median):
        found = told([(0, "shop", "150")], "capacity", (), text)
        assert found[2, "served", "shop", "all"].before == 150 / 1450


def test_kpi_4_asks_whether_an_outlet_stands(told: Callable[..., Told]) -> None:
    """A shop at 910 m reaches p4 in the west, p5 and p6 in the east, and is nearest to p5: there it
    stands. The plan's shop at 420 m stands in the west."""
    found = told([(910, "shop", "")], plan=["001 open shop"])
    assert found[1, "coverage", "shop", "all"].before == (140 + 150 + 160) / 1450
    assert both(found[4, "formats_present", "", "west"]) == (0, 1)
    assert both(found[4, "formats_present", "", "east"]) == (1, 1)
    assert both(found[4, "formats_present", "", ""]) == (0.5, 1)


def test_kpi_4_counts_each_required_format(told: Callable[..., Told]) -> None:
    """Both formats basic: the west has a shop of two, a room in the east brings one of two."""
    text = SCENARIO.replace("tier: quality", "tier: basic")
    found = told([(0, "shop", "")], plan=["005 open care"], text=text)
    assert both(found[4, "formats_present", "", "west"]) == (0.5, 0.5)
    assert both(found[4, "formats_present", "", "east"]) == (0, 0.5)
    assert both(found[4, "formats_present", "", ""]) == (0.25, 0.5)


def test_kpi_4_goes_by_the_polygons_where_there_are_some(
    told: Callable[..., Told], tmp_path: Path
) -> None:
    """The border runs at 950 m: a shop at 910 m is nearest to p5, but stands in the west; one at
    980 m in the east. One at 5 km is in no polygon, and nobody lives within any standard of it."""
    import geopandas as gpd
    from shapely import box

    edges = [499000, 500950, 502000]
    shapes = [box(a, 3779000, b, 3781000) for a, b in pairwise(edges)]
    frame = gpd.GeoDataFrame({"name": ["west", "east"]}, geometry=shapes, crs="EPSG:4547")
    frame.to_file(tmp_path / "parts.gpkg")
    text = SCENARIO.replace("  district: district\noutlets", "outlets").replace(
        "rules:\n", "districts: {file: parts.gpkg, id: name}\nrules:\n"
    )
    for x, present in ((910, (1, 0)), (980, (0, 1)), (5000, (0, 0))):
        found = told([(x, "shop", "")], text=text)
        at = [found[4, "formats_present", "", d].before for d in ("west", "east")]
        assert at == list(present)


def test_kpi_5_counts_a_district_at_just_the_threshold(told: Callable[..., Told]) -> None:
    """Care has 4 of 5 of the weight, and all of the west have it: 80 %, though the floats of its
    five homes add up to less in their last digit."""
    text = SCENARIO.replace("tier: quality", "tier: basic\n      weight: 4")
    people = [67, 35, 50, 63, 59]
    assert [*accumulate(0.8 * n for n in people)][-1] / sum(people) < 0.8  # sum() of 3.12 is exact
    found = told([(200, "care", ""), (600, "care", "")], text=text, people=people)
    assert found[5, "districts_complete", "", ""].before == 0.5


def test_kpi_6_asks_each_group_of_each_format_at_its_own_speed(told: Callable[..., Told]) -> None:
    """Shops within 5 minutes: 360 m, 270 for the elderly. One at 100 m is 100 m from p0 and p1 and
    300 m from p2: it covers 330 of 1,450 people and 41 of 245 of the elderly. Care at 600 m, within
    400 m of p1 to p5, is meant for the elderly; of everybody it reaches 650 people. A shop at 420 m
    of the plan brings p3 and all of p2."""
    text = SCENARIO.replace("      metres: 300", "      minutes: 5").replace(
        "detour: 1.0", "detour: 1.0, speed_m_per_s: {default: 1.2, elderly: 0.9}"
    )
    found = told([(100, "shop", ""), (600, "care", "")], plan=["001 open shop"], text=text)
    shop, care = ((6, "group_coverage", f, "elderly") for f in ("shop", "care"))
    assert both(found[shop]) == pytest.approx((41 / 245, 86 / 245))
    apart = found[6, "distance_to_all", "shop", "elderly"]
    assert both(apart) == pytest.approx((41 / 245 - 330 / 1450, 86 / 245 - 460 / 1450))
    assert both(found[care]) == pytest.approx((115 / 245,) * 2)
    apart = found[6, "distance_to_all", "care", "elderly"]
    assert both(apart) == pytest.approx((115 / 245 - 650 / 1450,) * 2)


def test_kpi_6_takes_the_standard_of_the_circle(told: Callable[..., Told]) -> None:
    """A shop at 1,400 m; in the east, from p5 on, 500 m count: p5 to p9, of the elderly too, who
    are not whom shops are meant for. In the west, 300 m; p4 lies 600 m away."""
    own = "circles: [{district: east, change: {shop: {metres: 500, reason: hills}}}]\n"
    found = told([(1400, "shop", "")], text=SCENARIO + own)
    old = sum(range(25, 30)) / 245
    assert found[6, "group_coverage", "shop", "elderly"].before == pytest.approx(old)
    apart = found[6, "distance_to_all", "shop", "elderly"].before
    assert apart == pytest.approx(old - 850 / 1450)


def test_kpi_9_does_not_take_a_larger_outlet_for_a_second(told: Callable[..., Told]) -> None:
    """Without capacities outlets are counted: one for the 210 people of p0 and p1, before and
    after it is enlarged; 1,000 / 210 for each of them is 1,000 / 1,450 on average. Where its
    capacity is known, 21 places become 31."""
    text = SCENARIO.replace(
        "format: kind}", "format: kind, actions: {enlarge: {cost: 9000, capacity: 10}}}"
    )
    key = (9, "access_2sfca", "shop", "all")
    plan = ["o0 enlarge shop"]
    unknown = told([(0, "shop", "")], "", plan, text)[key]
    assert [unknown.before, unknown.after] == pytest.approx([1000 / 1450] * 2)
    known = told([(0, "shop", "21")], "capacity", plan, text)[key]
    assert [known.before, known.after] == pytest.approx([21000 / 1450, 31000 / 1450])


def test_kpi_9_counts_an_outlet_that_was_kept_and_enlarged(told: Callable[..., Told]) -> None:
    """It may move, but stands today: one before and one after."""
    text = SCENARIO.replace(
        "format: kind}",
        "format: kind, area_m2: 30, actions: {enlarge: "
        "{cost: 9000, capacity: 10}, move: {cost: 7}}}",
    )
    found = told([(0, "shop", "")], "", ["o0 keep shop", "enlarged:o0 enlarge shop"], text)
    kpi = found[9, "access_2sfca", "shop", "all"]
    assert [kpi.before, kpi.after] == pytest.approx([1000 / 1450] * 2)


def test_kpi_11_adds_no_floor_that_stood_before(told: Callable[..., Told]) -> None:
    """A shop of 30 m2 moves, another of 50 m2 opens: 50 m2 for 1,450 people."""
    text = SCENARIO.replace(
        "format: kind}", "format: kind, area_m2: 30, actions: {move: {cost: 7}}}"
    )
    found = told([(0, "shop", "")], "", ["001 move shop", "003 open shop"], text)
    assert found[11, "m2_added_per_1000", "", ""].after == pytest.approx(1000 * 50 / 1450)


def test_kpi_12_counts_what_stands_at_the_premises(told: Callable[..., Told]) -> None:
    """Care joins a shop that stands at 001; another shop opens alone: one of two sites."""
    plan = ["001 open care", "005 open shop"]
    found = told([(420, "shop", "001")], "site", plan)
    assert found[12, "several_functions", "", ""].after == 0.5


MAY_GO = SCENARIO.replace(
    "format: kind}", "format: kind, area_m2: 30, actions: {move: {cost: 7}, close: true}}"
)
"""All that stands may move or close."""


def test_kpi_12_sees_an_outlet_kept_at_the_premises(told: Callable[..., Told]) -> None:
    """A shop at 001 may move or close. If the plan keeps it, care that opens there makes two
    functions; if it closes, one. Another shop opens alone."""
    new = ["001 open care", "005 open shop"]
    for plan, rate in (([*new, "o0 keep shop"], 0.5), (new, 0.0)):
        found = told([(420, "shop", "001")], "site", plan, MAY_GO)
        assert found[12, "several_functions", "", ""].after == rate


def test_today_is_what_stands_today(told: Callable[..., Told]) -> None:
    """Two shops at 0 and 400 m may move or close. Today they reach p0 and p1, and p1 to p3: 460
    people. A plan that keeps only the first, with 100 places, leaves 210 in reach."""
    shops = [(0, "shop", "100"), (400, "shop", "1000")]
    figures_of = [
        told(shops, "capacity", plan, MAY_GO)
        for plan in (["o0 keep shop", "o1 keep shop"], ["o0 keep shop"])
    ]
    for found, left in zip(figures_of, (460, 210), strict=True):
        assert both(found[1, "coverage", "shop", "all"]) == (460 / 1450, left / 1450)
        assert both(found[3, "completeness", "", ""]) == (460 / 1450, left / 1450)
        served = 460 if left == 460 else 100
        assert both(found[2, "served", "shop", "all"]) == (460 / 1450, served / 1450)
        assert both(found[4, "formats_present", "", "west"]) == (1, 1)
        assert found[6, "group_coverage", "shop", "elderly"].before == 86 / 245
    for number, name in ((7, "minutes_mean"), (8, "decay_score"), (9, "access_2sfca")):
        kept, closed = (found[number, name, "shop", "all"] for found in figures_of)
        assert kept.before == kept.after == closed.before != closed.after
