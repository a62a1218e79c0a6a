"""What the software finds for a made-up town, put back into the town's own words."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd

import siting
from siting.problem import Problem
from siting.result import Result
from tests.tools.standing_plans import Judge, TownPlan
from tests.tools.standing_town import COUNTER, Town


def problem_of(town: Town) -> Problem:
    """The town as the software reads it."""
    with tempfile.TemporaryDirectory() as folder:
        return siting.load(town.write(Path(folder))).problem()


def read(town: Town, result: Result) -> TownPlan:
    """The plan of a result's table: rows that keep, enlarge, upgrade, move or open."""
    plan, stands = TownPlan(), {}
    phases = [str(name) for name in town.phases] or [""]
    assert result.plan is not None
    for row in result.plan.table.to_dict("records"):
        site, k = str(row["site"]), phases.index(str(row["phase"] or ""))
        outlet, _, until = str(row["size"]).partition(" ")[2].partition(" through ")
        if row["action"] == "open":
            assert (site, row["format"]) not in plan.opens
            plan.opens[site, row["format"]] = k, row["size"] == COUNTER
        elif row["action"] == "move":
            assert outlet not in plan.leaves
            plan.leaves[outlet] = k, site
        elif row["action"] == "keep":
            assert outlet not in stands
            stands[outlet] = phases.index(until) + 1 if until else len(phases)
        elif row["action"] == "upgrade":
            plan.upgrades[site] = k
    for u in town.outlets:
        if u.unsettled and stands.get(u.id, 0) < len(phases):
            k = stands.get(u.id, 0)
            plan.leaves.setdefault(u.id, (k, None))
            assert plan.leaves[u.id][0] == k, (
                f"{u.id} stands before phase {k} and leaves in another"
            )
        else:
            assert u.id not in plan.leaves, f"{u.id} stands for good and moves"
    return plan


def told_worth(town: Town, result: Result) -> tuple[Fraction, ...]:
    """The objective as the result tells it, by tier where tiers are solved one after the other."""
    names = ("basic", "quality")
    told: list[Any] = [result.objective]
    if town.order == "tiers":
        told = [result.tiers[name]["objective"] if name in result.tiers else 0 for name in names]
        used = {f.tier for f in town.formats}
        if len(used) == 1 and not result.tiers:
            told = [result.objective if name in used else 0 for name in names]
    return tuple(Fraction(str(value)) for value in told)


def differences(town: Town, result: Result, judge: Judge) -> list[str]:
    """What is wrong with a plan by the town's own rules, or with what the result tells of it."""
    plan = read(town, result)
    there = judge.there(plan)
    wrong = list(judge.broken(plan, there))
    worth, told = judge.worth(there), told_worth(town, result)
    if worth != told:
        wrong.append(f"worth {worth}, told as {told}")
    return [f"{each}: {plan}" for each in wrong]


def table_of(town: Town, plan: TownPlan) -> pd.DataFrame:
    """A plan as a table that the software can score."""
    phases = town.phases or [""]
    rows = [
        (s, f, COUNTER if counter else "shop", phases[k], "open")
        for (s, f), (k, counter) in plan.opens.items()
    ]
    for u in town.outlets:
        if u.unsettled:
            k, to = plan.leaves.get(u.id, (len(phases), None))
            until = f" through {phases[k - 1]}" if 0 < k < len(phases) else ""
            if k > 0:
                rows.append((u.id, u.format, f"keep {u.id}{until}", phases[0], "keep"))
            if to is not None:
                rows.append((to, u.format, f"move {u.id}", phases[k], "move"))
        elif u.id in plan.upgrades:
            rows.append((u.id, u.format, "upgrade", phases[plan.upgrades[u.id]], "upgrade"))
    return pd.DataFrame(rows, columns=["site", "format", "size", "phase", "action"])
