"""Rules, prices and standards become rows and numbers exactly as the contract says."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.problem import Problem, Rule
from siting.scenario.assemble.options import priced
from siting.scenario.assemble.targets import limit_dm
from siting.scenario.formats.catalogue import load_catalogue
from tests.tools.worlds import World


def rule(problem: Problem, name: str) -> Rule:
    """The rule of that name."""
    return next(rule for rule in problem.rules if rule.name == name)


def hit(problem: Problem, row: np.ndarray) -> set[tuple[str, str]]:
    """(site, format) of the options with a coefficient."""
    o, labels = problem.options, problem.labels
    return {(labels.sites[o.site[i]], labels.formats[o.format[i]]) for i in np.flatnonzero(row)}


def dense(rule: Rule) -> np.ndarray:
    """Its rows."""
    return rule.options.toarray()


# -- prices and floors -----------------------------------------------------------------------------


@given(
    st.decimals(0, 10**7, places=2), st.lists(st.decimals(0, 50, places=7), min_size=1, max_size=5)
)
def test_prices_are_rounded_half_up_on_decimals(cost: Any, factors: list[Any]) -> None:
    """cost x factor as written, not as their binary neighbours are."""
    expected = [int((2 * Fraction(cost) * Fraction(factor) + 1) // 2) for factor in factors]
    assert priced(float(cost), np.array(factors, np.float64)).tolist() == expected


def test_half_a_unit_goes_up() -> None:
    """1,000,005 x 0.1 is 100,000.5, though no binary number is."""
    assert priced(1_000_005, np.array([0.1, 1.0, 0.3])).tolist() == [100_001, 1_000_005, 300_002]


def test_floors_are_rounded_against_the_planner(world: World) -> None:
    """A site's floor down, an option's need up; a blank capacity is no limit."""
    size = {"name": "only", "area_m2": 100.1, "cost": 10.5, "capacity": 7}
    other = {"name": "other", "area_m2": 100, "cost": 1}
    world.scenario["formats"]["change"] = {"wet_market": {"sizes": [size, other]}}
    problem = world.load().problem()
    o = problem.options
    wet = np.flatnonzero(o.format == 0)
    names = [problem.labels.sizes[k] for k in o.size[wet]]
    rows = list(
        zip(o.site[wet].tolist(), names, o.cost[wet].tolist(), o.area[wet].tolist(), strict=True)
    )
    assert rows == [
        (0, "only", 11, 101),
        (0, "other", 1, 100),
        (1, "only", 5, 101),
        (1, "other", 1, 100),
    ]
    assert o.capacity[wet].tolist()[:2] == [7, 2**62]
    assert problem.site_area[0] == 1000


def test_catalogue_sizes(world: World) -> None:
    """Small, typical, large at the catalogue's areas; cost by area, capacity in proportion."""
    sizes = load_catalogue("cn-2021").formats["wet_market"].sizes
    assert [(s.name, s.area_m2, s.cost, s.capacity) for s in sizes] == [
        ("small", 500, 900_000, 5_000),
        ("typical", 1500, 2_700_000, 15_000),
        ("large", 2500, 4_500_000, 25_000),
    ]


# -- standards -------------------------------------------------------------------------------------


def test_standards_are_rounded_down_to_decimetres() -> None:
    """15 minutes are 1,080 m at 1.2 m/s and 810 m at 0.9; metres take no speed."""
    entry = load_catalogue("cn-2021").formats["supermarket"]
    speeds = {"default": 1.2, "elderly": 0.9, "slow": 0.123}
    assert limit_dm(entry, "all", speeds) == 10_800
    assert limit_dm(entry, "elderly", speeds) == 8_100
    assert limit_dm(entry, "slow", speeds) == 1107


def test_metres_displace_minutes(world: World) -> None:
    """The speed then plays no part, and the deviation is listed with its reason."""
    world.scenario["formats"]["change"] = {
        "elderly_daycare": {"metres": 300.19, "reason": "steep"},
    }
    scenario = world.load()
    assert scenario.problem().targets[1].limit == 3001
    assert [(d.key, d.standard, d.value, d.reason) for d in scenario.deviations] == [
        ("minutes", 10.0, None, "steep"),
        ("metres", None, 300.19, "steep"),
    ]


def test_a_format_may_count_several_groups(world: World) -> None:
    """One target each, at its own speed, with the format's weight."""
    world.scenario["demand"]["groups"] = {"young": "people", "elderly": "old"}
    world.scenario["formats"] = {
        "use": ["wet_market"],
        "change": {"wet_market": {"group": ["young", "elderly"], "weight": 0.5}},
    }
    targets = world.load().problem().targets
    assert [(t.group, t.limit, t.weight_micro) for t in targets] == [
        (0, 7200, 500_000),
        (1, 5400, 500_000),
    ]


def test_a_new_format(world: World) -> None:
    """Full values make one; existing outlets may be of it."""
    world.scenario["formats"] = {
        "use": ["kiosk"],
        "change": {
            "kiosk": {
                "tier": "quality",
                "group": "all",
                "metres": 200,
                "sizes": [{"name": "one", "cost": 5}],
            }
        },
    }
    world.put(
        "premises.csv", "id,x,y,area,permitted,factor,district\nP1,500000,4000000,9,kiosk,1,N\n"
    )
    world.put("outlets.csv", "id,x,y,kind,site\nA,500000,4000000,kiosk,P1\n")
    problem = world.load().problem()
    assert problem.labels.formats == ("kiosk",)
    assert (problem.targets[0].tier, problem.targets[0].limit) == ("quality", 2000)
    assert problem.outlets.site.tolist() == [0]


def test_new_formats_are_in_use_by_default(world: World) -> None:
    """Every walkable format of the catalogue, and what the scenario adds."""
    world.scenario["demand"]["groups"] |= {"toddlers": "old", "children_6_12": "old"}
    world.scenario["formats"] = {
        "change": {
            "kiosk": {
                "tier": "basic",
                "group": "all",
                "minutes": 5,
                "sizes": [{"name": "one", "cost": 5}],
            }
        }
    }
    use = world.load().standards.use
    assert len(use) == 30 and "kiosk" in use and "front_warehouse" not in use


def test_groups_not_listed_walk_at_the_default_speed(world: World) -> None:
    """A table of speeds replaces the built-in one as a whole."""
    world.scenario["travel"]["speed_m_per_s"] = {"default": 1.0}
    assert world.load().problem().targets[1].limit == 6000


# -- budgets and counts ----------------------------------------------------------------------------


def test_budgets(world: World) -> None:
    """Opening costs count in the total and the districts, not in tiers and formats."""
    world.scenario["budget"] = {
        "total": 100,
        "per_tier": {"basic": 90},
        "per_format": {"elderly_daycare": 80},
        "per_district": {"South": 70},
    }
    problem = world.load().problem()
    cost, o = problem.options.cost, problem.options
    total = rule(problem, "budget.total")
    assert (dense(total)[0] == cost).all() and total.rhs.tolist() == [100]
    assert total.openings is not None
    assert total.openings.toarray().tolist() == [[1000, 1000, 1000]]
    tier = rule(problem, "budget.per_tier.basic")
    assert tier.openings is None
    assert (dense(tier)[0] == np.where(o.format != 1, cost, 0)).all()
    assert hit(problem, dense(rule(problem, "budget.per_format.elderly_daycare"))[0]) == {
        ("P1", "elderly_daycare"),
        ("007", "elderly_daycare"),
    }
    district = rule(problem, "budget.per_district.South")
    assert {site for site, _ in hit(problem, dense(district)[0])} == {"P2", "007"}
    assert district.openings is not None
    assert district.openings.toarray().tolist() == [[0, 1000, 1000]]


def test_counts(world: World) -> None:
    """In all, by tier, format and district; a name given is used."""
    world.scenario["rules"] = {
        "max_outlets": {
            "total": 3,
            "per_tier": {"quality": 1},
            "per_format": {"wet_market": 1},
            "per_district": {"North": 2},
            "name": "cap",
            "reason": "staff",
        },
        "max_formats_per_site": 2,
    }
    world.scenario["objective"] = {"p": 2}
    problem = world.load().problem()
    assert rule(problem, "cap").rhs.tolist() == [3]
    assert rule(problem, "cap").reason == "staff"
    assert hit(problem, dense(rule(problem, "cap.per_tier.quality"))[0]) == {
        ("P1", "elderly_daycare"),
        ("007", "elderly_daycare"),
    }
    assert rule(problem, "cap.per_format.wet_market").rhs.tolist() == [1]
    assert {s for s, _ in hit(problem, dense(rule(problem, "cap.per_district.North"))[0])} == {"P1"}
    assert rule(problem, "max_formats_per_site").n_rows == 3
    assert rule(problem, "p").rhs.tolist() == [2]
    assert problem.objective.p == 2


def test_required_and_forbidden_sites(world: World) -> None:
    """With and without a format; an id 007 stays text."""
    text_site = "007"
    world.scenario["rules"] = {
        "require": [{"site": text_site}, {"site": "P1", "format": "wet_market", "name": "square"}],
        "forbid": [{"site": "P2", "format": "recycling_point"}],
    }
    problem = world.load().problem()
    assert hit(problem, dense(rule(problem, "require.007"))[0]) == {
        ("007", "elderly_daycare"),
        ("007", "recycling_point"),
    }
    assert rule(problem, "square").sense == ">="
    forbidden = rule(problem, "forbid.P2.recycling_point")
    assert hit(problem, dense(forbidden)[0]) == {("P2", "recycling_point")}
    assert forbidden.rhs.tolist() == [0]


def test_a_required_format_that_is_not_permitted_is_no_bad_input(world: World) -> None:
    """It cannot be met: that is infeasible, a result."""
    world.scenario["rules"] = {"require": [{"site": "P1", "format": "recycling_point"}]}
    required = rule(world.load().problem(), "require.P1.recycling_point")
    assert required.options.nnz == 0 and required.rhs.tolist() == [1]


def test_together_is_freed_by_an_outlet_that_stands(world: World) -> None:
    """B is a wet market at P2: recycling there needs no new one."""
    world.scenario["rules"] = {"together": [{"formats": ["recycling_point", "wet_market"]}]}
    problem = world.load().problem()
    made = rule(problem, "together.recycling_point+wet_market")
    assert made.labels == ("007",)


# -- spacing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("metres", "near"), [(799.9, 0), (800, 0), (800.1, 1), (900.1, 2)])
def test_apart_is_at_least_the_distance(world: World, metres: float, near: int) -> None:
    """Exactly the distance is far enough; P2 and 007 are 800 m apart, P1 and P2 900 m."""
    world.put("outlets.csv", "id,x,y,kind,site\n")
    world.scenario["rules"] = {"apart": [{"formats": ["recycling_point"], "metres": metres}]}
    problem = world.load().problem()
    assert problem.spacings[0].near.nnz == 2 * near
    assert problem.spacings[0].formats == (2,)


def test_apart_from_what_stands(world: World) -> None:
    """A (recycling) is 100 m from P1, B (market) at P2: other formats keep away."""
    world.scenario["rules"] = {
        "apart": [{"formats": ["recycling_point", "wet_market"], "metres": 100.1, "name": "smell"}]
    }
    problem = world.load().problem()
    existing = rule(problem, "smell.existing")
    assert hit(problem, dense(existing)[0]) == {("P1", "wet_market"), ("P2", "recycling_point")}
    assert existing.kind == "forbid"


def test_apart_by_zero_metres_is_merely_not_at_the_same_site(world: World) -> None:
    """Linked outlets share their site; mere nearness is no matter."""
    world.scenario["rules"] = {
        "apart": [{"formats": ["recycling_point", "wet_market"], "metres": 0}]
    }
    problem = world.load().problem()
    existing = rule(problem, "apart.recycling_point+wet_market.existing")
    assert hit(problem, dense(existing)[0]) == {("P2", "recycling_point")}
    assert problem.spacings[0].near.nnz == 0


def test_spacing_of_one_format_keeps_from_its_own_outlets(world: World) -> None:
    """Pharmacies 350 m from each other, also from one that stands."""
    world.scenario["rules"] = {"apart": [{"formats": ["recycling_point"], "metres": 1000.5}]}
    problem = world.load().problem()
    existing = rule(problem, "apart.recycling_point.existing")
    assert hit(problem, dense(existing)[0]) == {("P2", "recycling_point")}


def test_a_pair_with_a_format_not_in_use_does_not_space_the_other_from_itself(world: World) -> None:
    """The rule then says nothing, which is told."""
    world.scenario["rules"] = {"apart": [{"formats": ["wet_market", "bakery"], "metres": 5000}]}
    scenario = world.load()
    assert scenario.problem().spacings == ()
    assert any("bakery is not in use" in text for text in scenario.warnings)


# -- coverage --------------------------------------------------------------------------------------


def test_minimum_coverage(world: World) -> None:
    """A group the format does not count gets a target without weight; "*" is each district."""
    world.scenario["rules"] = {
        "min_coverage": [
            {"format": "wet_market", "group": "elderly", "district": "*", "share": 0.6},
            {"format": "elderly_daycare", "share": 0.1},
            {"format": "wet_market", "district": "South", "share": 1},
        ]
    }
    problem = world.load().problem()
    first, second, third = problem.min_coverage
    target = problem.targets[first.targets[0]]
    assert (target.weight_micro, target.limit, target.group) == (0, 5400, 1)
    assert first.districts == (0, 1)
    assert first.share == Fraction(3, 5)
    assert (second.districts, second.targets) == (None, (1,))
    assert (third.districts, third.targets) == ((1,), (0,))
    assert len({m.name for m in problem.min_coverage}) == 3


def test_rules_of_one_kind_get_different_names(world: World) -> None:
    """Reports call rules by their names."""
    spacing = {"formats": ["recycling_point"], "metres": 10}
    world.scenario["rules"] = {"apart": [spacing, dict(spacing, formats=["recycling_point"])]}
    assert [s.name for s in world.load().problem().spacings] == [
        "apart.recycling_point",
        "apart.recycling_point#2",
    ]


def test_weights_too_fine_for_so_many_people_are_refused(world: World) -> None:
    """Sums stay exact in 64 bits or the scenario is refused."""
    world.put("people.csv", "cell,x,y,people,old,jiedao\n1,500000,4000000,900000000,1,North\n")
    world.scenario["formats"]["change"] = {
        "wet_market": {"weight": 999_999.000001},
        "recycling_point": {"weight": 0.000001},
    }
    assert any("must have weights with fewer decimals" in fault for fault in world.faults())
