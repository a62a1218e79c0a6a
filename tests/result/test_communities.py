"""The 10 % rule told for new communities and old ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import siting
from siting.analysis.kpis.kpis import kpis
from siting.result.communities import chain_rate, communities
from tests.tools.town import SCENARIO, write_town

RULES = """
rules:
  floor_share:
    - {district: west, gross_m2: 3001, commercial_m2: 100, new: true}
    - {district: east, gross_m2: 9000, commercial_m2: 700, new: false}
"""


def test_a_plans_floor_counts_and_the_rest_is_short(tmp_path: Path) -> None:
    """West: 300.1 - 100 - what opens there, rounded up; the old community is only reported."""
    scenario = siting.load(write_town(tmp_path, SCENARIO.replace("rules:\n", RULES)))
    problem = scenario.problem()
    shares = scenario.settings.rules.floor_share
    o, district = problem.options, problem.site_district
    assert district is not None
    west = problem.labels.districts.index("west")
    plan = np.flatnonzero((district[o.site] == west) & (o.area == 50))[:2]
    new, old = communities(problem, plan, shares)
    assert (new.new, new.added_m2, new.short_m2) == (True, 100, 101)
    assert (old.new, old.added_m2, old.short_m2) == (False, 0, 200)
    assert new.ratios == (100 / 3001, 200 / 3001)
    found = {
        k.group: k for k in kpis(problem, plan, None, [new, old]) if k.number == 11 and k.group
    }
    assert found["west"].after == 200 / 3001


def test_the_chain_rate_counts_only_outlets_that_tell(tmp_path: Path) -> None:
    """Blank cells are not guessed."""
    text = SCENARIO.replace("format: kind}", "format: kind, chain: chain}")
    file = write_town(tmp_path, text)
    rows = ["id,x,y,kind,chain"] + [f"o{k},500000,3780000,shop,{c}" for k, c in enumerate("10_1")]
    outlets = tmp_path / "outlets.csv"
    outlets.write_text("\n".join(rows).replace("_", "") + "\n", encoding="utf-8")
    assert chain_rate(siting.load(file)) == 2 / 3
