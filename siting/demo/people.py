"""Residents of a synthetic city by age group, and its districts."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.random import Generator
from scipy.spatial import KDTree

from siting.demo.layout import ORIGIN, Floats, Ground, Positions

SHARES = {"people_60": 0.19, "people_0_3": 0.026, "people_6_12": 0.065}
"""Share of each age group in the whole city; it differs from block to block."""
PEOPLE_PER_DISTRICT = 70_000


def settle(
    ground: Ground, block: Positions, xy: Floats, residents: int, rng: Generator
) -> pd.DataFrame:
    """One row a demand point: x, y, people, three age groups. Whole persons, at least one each."""
    n = len(xy)
    weight = rng.lognormal(0.0, 0.5, n)
    people = 1 + np.floor(weight * (residents - n) / weight.sum()).astype(np.int64)
    people[rng.permutation(n)[: residents - int(people.sum())]] += 1
    frame = {
        "x": np.round(xy[:, 0] + ORIGIN[0], 1),
        "y": np.round(xy[:, 1] + ORIGIN[1], 1),
        "people": people,
    }
    # Old centres are older, new estates at the edge have the children.
    old = ground.centrality[block] - np.average(ground.centrality[block], weights=people)
    tilt = {"people_60": 0.5, "people_0_3": -0.5, "people_6_12": -0.4}
    for name, share in SHARES.items():
        luck = rng.lognormal(0.0, 0.25, len(ground.density))[block]
        frame[name] = rng.binomial(people, np.clip(share * luck * (1 + tilt[name] * old), 0, 0.6))
    return pd.DataFrame(frame)


def district_centres(people: pd.DataFrame, n: int, rng: Generator) -> KDTree:
    """Seats of n districts, drawn where people live; a place belongs to the nearest."""
    places = people[["x", "y"]].to_numpy()
    share = people["people"].to_numpy() / people["people"].sum()
    return KDTree(places[rng.choice(len(places), n, replace=False, p=share)])


def district_of(seats: KDTree, x: Floats, y: Floats) -> pd.Series:
    """District ids J001, J002, ... (jiedao) of places."""
    names = np.array([f"J{k + 1:03d}" for k in range(seats.n)], dtype=object)
    return pd.Series(names[seats.query(np.column_stack((x, y)))[1]], dtype="category")
