"""docs/contract.md, section 1.4: rules, exactly; most of them on plans made by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import siting
from tests.tools import contract_town as town
from tests.tools.contract_town import BAKERY

FREE: town.Document = {"budget": 10**6}


def _broken(folder: Path, rules: town.Document, *plan: str, **how: object) -> list[str]:
    """Rules that a plan of ``site/format`` breaks, by name."""
    problem = town.load(folder, BAKERY, FREE, {"rules": rules}, how).problem()
    table = pd.DataFrame([text.split("/") for text in plan], columns=["site", "format"])
    return [text.split(":")[0] for text in siting.score(problem, table).violations]


APART = {"formats": ["wet_market", "bakery"]}


@pytest.mark.parametrize(
    ("apart", "plan", "kept"),
    [
        ({**APART, "metres": 0}, ("P4/wet_market", "P7/bakery"), True),
        ({**APART, "metres": 0}, ("P4/wet_market", "P4/bakery"), False),
        ({**APART, "metres": 300}, ("P4/wet_market", "P7/bakery"), True),
        ({**APART, "metres": 300.01}, ("P4/wet_market", "P7/bakery"), False),
        ({**APART, "metres": 300.01}, ("P4/bakery", "P7/bakery"), True),
        ({"formats": ["bakery"], "metres": 300.01}, ("P4/bakery", "P7/bakery"), False),
        ({"formats": ["bakery"], "metres": 300}, ("P4/bakery", "P7/bakery"), True),
    ],
)
def test_apart(tmp_path: Path, apart: town.Document, plan: tuple[str, ...], kept: bool) -> None:
    """At least ``metres`` in a straight line between different formats; one format: its own."""
    broken = _broken(tmp_path, {"apart": [apart]}, *plan)
    assert len(broken) == (0 if kept else 1), broken


def test_apart_from_what_stands(tmp_path: Path) -> None:
    """A bakery stands 300 m from P7: chosen and existing keep the distance too."""
    (tmp_path / "o.csv").write_text(f"id,x,y,k\n1,{town.EAST + 400},{town.NORTH},bakery\n")
    outlets = [{"file": "o.csv", "id": "id", "x": "x", "y": "y", "format": "k"}]
    near = {"apart": [{**APART, "metres": 300.01}]}
    assert _broken(tmp_path, near, "P7/wet_market", outlets=outlets) != []
    assert (
        _broken(tmp_path, {"apart": [{**APART, "metres": 300}]}, "P7/wet_market", outlets=outlets)
        == []
    )


def test_together(tmp_path: Path) -> None:
    """[A, B]: A opens only where B opens too, or stands where a layer names the site."""
    rule = {"together": [{"formats": ["bakery", "wet_market"]}]}
    assert len(_broken(tmp_path, rule, "P4/bakery")) == 1
    assert len(_broken(tmp_path, rule, "P4/bakery", "P7/wet_market")) == 1
    assert _broken(tmp_path, rule, "P4/bakery", "P4/wet_market") == []
    assert _broken(tmp_path, rule, "P4/wet_market") == []
    (tmp_path / "o.csv").write_text(f"id,x,y,k,at\n1,{town.EAST},{town.NORTH},wet_market,P4\n")
    outlets = [{"file": "o.csv", "id": "id", "x": "x", "y": "y", "format": "k", "site": "at"}]
    assert _broken(tmp_path, rule, "P4/bakery", outlets=outlets) == []


@pytest.mark.parametrize(
    ("share", "district", "kept"),
    [
        (0.5, None, True),  # P1 and P9 cover 360 of 720, 60 of whom nobody can reach
        (0.501, None, False),
        (0.4, "A", True),  # 60 of 150
        (0.401, "A", False),
        (0.4, "*", True),  # B: 300 of 570; C has nobody
        (0.53, "B", False),
        (0.52, "B", True),
    ],
)
def test_min_coverage(tmp_path: Path, share: float, district: str | None, kept: bool) -> None:
    """People within the standard of a chosen or existing outlet / all people of the group."""
    rule: town.Document = {"format": "wet_market", "group": "all", "share": share}
    if district is not None:
        rule["district"] = district
    demand = town.FILES["demand.csv"]
    demand += f"far,{town.EAST},{town.NORTH + 9000},60,B\nnobody,{town.EAST},{town.NORTH},0,C\n"
    problem = town.load(
        tmp_path, FREE, {"rules": {"min_coverage": [rule]}}, files={"demand.csv": demand}
    ).problem()
    judged = siting.score(problem, [0, 3])
    assert judged.feasible is kept, judged.violations


def test_counts_sites_and_sizes(tmp_path: Path) -> None:
    """Limits count chosen outlets; require, forbid and formats a site, one row each."""
    rules: town.Document = {
        "max_outlets": {"total": 2, "per_format": {"bakery": 1}},
        "max_formats_per_site": 1,
        "require": [{"site": "P1"}, {"site": "P4", "format": "bakery"}],
        "forbid": [{"site": "P9"}, {"site": "P7", "format": "bakery"}],
    }
    assert _broken(tmp_path, rules, "P1/wet_market", "P4/bakery") == []
    broken = _broken(tmp_path, rules, "P7/wet_market", "P7/bakery", "P9/bakery")
    assert len(broken) == 7, broken


def test_tiers_come_one_after_the_other(tmp_path: Path) -> None:
    """With 1,000: a market (300) before two bakeries (450); weighted takes the bakeries."""
    tiers = siting.solve(town.load(tmp_path, BAKERY).problem(), threads=1)
    assert tiers.plan is not None
    assert tiers.plan.table[["site", "format"]].to_numpy().tolist() == [["P9", "wet_market"]]
    assert tiers.tiers["basic"] == {"objective": 300, "bound": 300, "gap": 0}
    assert tiers.tiers["quality"] == {"objective": 0, "bound": 0, "gap": 0}
    weighted = town.load(tmp_path, BAKERY, {"objective": {"order": "weighted"}}).problem()
    result = siting.solve(weighted, threads=1)
    assert (result.objective, result.tiers) == (450, {})


def test_capacity_respected_means_served(tmp_path: Path) -> None:
    """One outlet for 250 people: P9 has 300 in reach, and 250 count."""
    sizes = [{"name": "s", "area_m2": 100, "cost": 1000, "capacity": 250}]
    change: town.Document = {
        "rules": {"respect_capacity": True},
        "formats": {"change": {"wet_market": {"sizes": sizes}}},
    }
    result = siting.solve(town.load(tmp_path, change).problem(), threads=1)
    assert (result.status, result.objective) == ("optimal", 250)
