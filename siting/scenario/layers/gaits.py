"""Who walks how: the ways of walking that a scenario's groups have, and whose place is whose.

One walking cost serves all people of a demand point. Where groups walk by different rules (slopes,
steps, ways without steps), each place therefore stands once for each way of walking, with the
people of the groups that walk so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from siting.scenario.layers.demand import Demand
from siting.scenario.layers.gather import gathered
from siting.scenario.schema.settings import Travel
from siting.walking.slopes import TOBLER, Gait

DEFAULT = "default"
"""Stands for groups that a key does not name."""


def gait_of(travel: Travel, group: str) -> Gait:
    """How a group walks; on level streets where the scenario says nothing of slopes and steps."""
    base: str | float = TOBLER if travel.elevation is not None else 0.0
    slope = travel.slope.get(group, travel.slope.get(DEFAULT, base))
    steps = travel.steps.get(group, travel.steps.get(DEFAULT, 1.0))
    named = {*travel.slope, *travel.steps, *travel.step_free}
    step_free = group in travel.step_free or (DEFAULT in travel.step_free and group not in named)
    return Gait(slope, steps, step_free)


def gaits_of(travel: Travel, groups: Iterable[str]) -> dict[Gait, tuple[str, ...]]:
    """Every way of walking that one of the groups has, with these groups, in their order.

    On straight lines all walk alike.
    """
    if travel.mode != "network":
        return {Gait(): tuple(groups)}
    found: dict[Gait, tuple[str, ...]] = {}
    for group in groups:
        gait = gait_of(travel, group)
        found[gait] = (*found.get(gait, ()), group)
    return found or {gait_of(travel, DEFAULT): ()}


def apart(demand: Demand, gaits: Sequence[tuple[str, ...]]) -> Demand:
    """Each place once for every way of walking.

    Args:
        gaits: groups of each way of walking, every group of the demand in one of them.
    """
    if len(gaits) == 1:
        return demand
    n = len(demand.places)
    persons = np.zeros((len(demand.groups), n * len(gaits)), np.int64)
    for k, groups in enumerate(gaits):
        rows = [demand.groups.index(group) for group in groups]
        persons[rows, k * n : (k + 1) * n] = demand.persons[rows]
    parts = list(demand.places.layers)
    for groups in gaits[1:]:
        for part in demand.places.layers:
            ids = np.array([f"{name}@{groups[0]}" for name in part.ids], object)
            parts.append(replace(part, ids=ids))
    places = gathered(parts, demand.places.at * len(gaits), demand.places.whole)
    district = np.tile(demand.district, len(gaits))
    gait = np.repeat(np.arange(len(gaits)), n)
    satisfaction, weight = (
        np.tile(survey, len(gaits)) for survey in (demand.satisfaction, demand.weight)
    )
    return Demand(places, demand.groups, persons, district, satisfaction, weight, gait)
