"""The gap inventory adds up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

import siting
from siting.analysis.gaps.gaps import WHOLE, blind_spots, gaps, m2_per_place, without_access
from siting.problem import Action, Options, Problem
from siting.verification.evaluation import Coverage, evaluate
from siting.verification.objectives import usable
from tests.tools.depth import examples
from tests.tools.plans import some_plan
from tests.tools.problems import problems
from tests.tools.town import SCENARIO, write_town


def by_whole_group(coverage: Coverage) -> dict[str, dict[str, dict[str, float]]]:
    """A coverage table with the parts that circles make of a group added up."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for format_, groups in coverage.items():
        for group, people in groups.items():
            mine = found.setdefault(format_, {}).setdefault(group.partition("@")[0], {})
            for key, value in people.items():
                mine[key] = mine.get(key, 0.0) + value
    return found


@examples(40)
@given(problems(without={"capacity"}))
def test_served_today_is_the_coverage_of_an_empty_plan(problem: Problem) -> None:
    """What stands today serves whom verify says is covered before; the rest is the gap."""
    told = by_whole_group(evaluate(problem, []).coverage)
    table = gaps(problem)
    for row in table[table["district"] == WHOLE].to_dict("records"):
        people = told[row["format"]][row["group"]]
        assert row["people"] == pytest.approx(people["people"])
        assert row["served"] == pytest.approx(people["before"])
        assert row["not_served"] == pytest.approx(people["people"] - people["before"])
        assert row["not_served"] == pytest.approx(
            row["within_reach_of_a_site"] + row["out_of_reach"]
        )


@examples(40)
@given(problems(without={"capacity"}))
def test_every_option_together_serves_whom_sites_could(problem: Problem) -> None:
    """People within reach of a site are those that opening all that may open would cover."""
    after = by_whole_group(evaluate(problem, np.flatnonzero(usable(problem))).coverage)
    table = gaps(problem)
    for row in table[table["district"] == WHOLE].to_dict("records"):
        people = after[row["format"]][row["group"]]
        assert row["served"] + row["within_reach_of_a_site"] == pytest.approx(people["after"])


def test_who_walks_nowhere_is_counted() -> None:
    """People from whom neither an outlet nor a candidate can be reached stay in the count."""
    problem = Problem.from_points([[0, 0], [99, 99]], [[0, 1]], [3, 8], 2)
    assert without_access(problem) == (1, 8.0)


def test_a_circle_and_its_neighbours_share_an_outlet(tmp_path: Path) -> None:
    """100 places at 900 m, between the west (300 m count) and the circle in the east (500 m).

    270 of the 600 people in the west and 480 of the 850 in the east are in reach: 2 of 15 find a
    place. 564 and 786 places are short, and 1,350 in the whole area: 1,450 people less 100 places.
    """
    text = (
        SCENARIO.replace("format: kind}", "format: kind, capacity: places}").replace(
            "cost: 20000}", "cost: 20000, capacity: 100}"
        )
        + "circles: [{district: east, change: {shop: {metres: 500, reason: hills}}}]\n"
    )
    file = write_town(tmp_path, text)
    outlets = "id,x,y,kind,places\no1,500900,3780000,shop,100\n"
    (tmp_path / "outlets.csv").write_text(outlets, encoding="utf-8")
    problem = siting.load(file).problem()
    table = gaps(problem).query("format == 'shop'").set_index("district")
    told = [
        "group",
        "standard_m",
        "people",
        "served",
        "not_served",
        "no_place",
        "places_short",
        "floor_short_m2",
    ]
    rows = {d: list(values) for d, values in zip(table.index, table[told].to_numpy(), strict=True)}
    assert rows["west"] == pytest.approx(["all", 300, 600, 270, 330, 234, 564, 282])
    assert rows["east"] == pytest.approx(["all", 500, 850, 480, 370, 416, 786, 393])
    assert list(rows) == [WHOLE, "west", "east"]
    assert np.isnan(rows[WHOLE].pop(1))
    assert rows[WHOLE] == pytest.approx(["all", 1450, 750, 700, 650, 1350, 675])
    # A shop at 740 m, which people of both sides reach, has 100 places more.
    plan = np.flatnonzero(problem.options.site == 2)[:1]
    after = gaps(problem, plan).query("format == 'shop'").set_index("district")
    assert after["places_short_after"][WHOLE] == pytest.approx(1250)
    assert after["places_short"][WHOLE] == pytest.approx(1350)


@examples(40)
@given(problems(among={"existing", "groups", "capacity", "fractions", "circles", "stands_in"}))
def test_districts_add_up_to_the_whole(problem: Problem) -> None:
    """With those who live in no district; each counts by the standard of its home."""
    table = gaps(problem, some_plan(problem, 1))
    assert not table.duplicated(["format", "group", "district"]).any()
    counts = [
        "people",
        "served",
        "not_served",
        "within_reach_of_a_site",
        "out_of_reach",
        "no_place",
        "places_short",
        "not_served_after",
        "places_short_after",
    ]
    for _, rows in table.groupby(["format", "group"]):
        whole = rows["district"] == WHOLE
        apart = rows[~whole][counts].sum()
        assert whole.sum() == 1
        if len(rows) > 1:
            assert rows[whole][counts].sum().to_numpy() == pytest.approx(apart.to_numpy())
    both = table["not_served"] + table["no_place"]
    assert both.to_numpy() == pytest.approx(table["places_short"].to_numpy())


def test_floor_short_takes_the_thriftiest_size() -> None:
    """80 people lack places; 0.4 m2 a place is 32 m2, in the whole area."""
    problem = Problem.from_points([[0, 0]], [[0, 1]], [80], 2)
    options = Options.of([0, 0], [0, 0], [1, 1], size=[0, 1], area=[50, 40], capacity=[100, 100])
    problem = problem.replace(options=options)
    assert m2_per_place(problem, 0) == 0.4
    (row,) = gaps(problem).to_dict("records")
    assert (row["places_short"], row["floor_short_m2"]) == (80.0, 32)
    unknown = Problem.from_points([[0, 0]], [[0, 1]], [80], 2)
    assert gaps(unknown)["floor_short_m2"].isna().all()


@examples(40)
@given(problems(without={"capacity"}))
def test_blind_spots_are_those_whom_a_plan_leaves_out(problem: Problem) -> None:
    """Persons on the map add up to the inventory, before and with a plan, as verify counts."""
    plan = some_plan(problem, 2)
    told = evaluate(problem, plan).coverage
    for options, when in ((None, "before"), (plan, "after")):
        spots = blind_spots(problem, options)
        assert (spots["n_formats"] > 0).all()
        for format_, groups in told.items():
            for group, people in groups.items():
                left = people["people"] - people[when]
                assert spots[f"{format_}|{group}"].sum() == pytest.approx(left)
    whole = by_whole_group(told)
    for row in gaps(problem, plan).query("district == @WHOLE").to_dict("records"):
        all_of = whole[row["format"]][row["group"]]
        assert row["not_served_after"] == pytest.approx(all_of["people"] - all_of["after"])


def test_what_may_close_stands_today(tmp_path: Path) -> None:
    """Shops with 100 places at 0 and 400 m, the second may close. Today all of p0 to p3, 460
    people, are in reach, and 260 find no place; a plan that closes it leaves 250 more unserved."""
    text = SCENARIO.replace(
        "format: kind}", "format: kind, capacity: 100, area_m2: 9, actions: {close: gone}}"
    )
    file = write_town(tmp_path, text)
    outlets = "id,x,y,kind,gone\no1,500000,3780000,shop,0\no2,500400,3780000,shop,1\n"
    (tmp_path / "outlets.csv").write_text(outlets, encoding="utf-8")
    problem = siting.load(file).problem()
    assert problem.kept_today.tolist() == np.flatnonzero(problem.acting(Action.KEEP)).tolist()
    for plan, not_after, short_after in (([], 1240, 1350), (problem.kept_today, 990, 1250)):
        table = gaps(problem, np.array(plan, np.int64))
        row = table.query("format == 'shop' and district == @WHOLE").to_dict("records")[0]
        assert (row["served"], row["not_served"], row["no_place"]) == (460, 990, 260)
        assert row["places_short"] == pytest.approx(1250)
        assert (row["not_served_after"], row["places_short_after"]) == (not_after, short_after)
    lost = {"before": blind_spots(problem), "after": blind_spots(problem, np.zeros(0, np.int64))}
    assert [lost[when]["shop|all"].sum() for when in ("before", "after")] == [990, 1240]


def test_a_site_too_small_or_forbidden_serves_nobody(tmp_path: Path) -> None:
    """Care of 60 m2 fits only the three premises of 160 m2, at 420, 1,060 and 1,700 m; the last is
    forbidden. Within 400 m of the first two are p1 to p7 (p1 220 m, p4 380 m, p7 340 m)."""
    text = SCENARIO.replace("area_m2: 60, cost: 30000", "area_m2: 61, cost: 30000").replace(
        "rules:\n", "rules:\n  forbid: [{site: '005'}]\n"
    )
    problem = siting.load(write_town(tmp_path, text)).problem()
    row = gaps(problem).query("format == 'care' and district == @WHOLE").to_dict("records")[0]
    assert row["within_reach_of_a_site"] == sum(range(21, 28))
    assert row["out_of_reach"] == 20 + 28 + 29
