"""Candidate premises and existing outlets of a synthetic city."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.random import Generator

from siting.demo.formats import FOOD_WITH_FUMES, Standard, enough_outlets
from siting.demo.layout import ORIGIN, Ground, shopfronts

KINDS = ((0.35, 80.0, 0.5), (0.42, 350.0, 0.5), (0.23, 1400.0, 0.45))
"""Share of premises, median floor area in m2 and spread (of the logarithm) of each kind."""


def to_let(ground: Ground, n: int, used: list[Standard], rng: Generator) -> pd.DataFrame:
    """Candidate premises: id, x, y, area, permitted formats, cost factor, opening cost.

    Most floors fit one to three of the formats in use; central rents make everything dearer.
    """
    block, xy = shopfronts(ground, n, rng)
    kind = rng.choice(len(KINDS), n, p=[k[0] for k in KINDS])
    median, spread = (np.array([k[j] for k in KINDS])[kind] for j in (1, 2))
    area = np.clip(rng.lognormal(np.log(median), spread), 12, 4000).astype(np.int64)
    factor = (0.72 + 0.75 * ground.centrality[block]) * rng.lognormal(0.0, 0.12, n)
    return pd.DataFrame(
        {
            "id": _ids("S", n),
            "x": np.round(xy[:, 0] + ORIGIN[0], 1),
            "y": np.round(xy[:, 1] + ORIGIN[1], 1),
            "area": area,
            "permitted": _permitted([s.id for s in used], n, rng),
            "factor": np.round(factor, 2),
            "opening": (np.minimum(area, 1000) * 120 // 1000 + 5) * 1000,
        }
    )


def standing(ground: Ground, used: list[Standard], city_km2: float, rng: Generator) -> pd.DataFrame:
    """Existing outlets: id, x, y, kind; each format has 10 to 40 % of what would be enough."""
    parts = []
    for standard in used:
        n = round(enough_outlets(standard, city_km2) * rng.uniform(0.10, 0.40))
        _, xy = shopfronts(ground, max(n, 1), rng)
        parts.append(pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1], "kind": standard.id}))
    frame = pd.concat(parts, ignore_index=True)
    frame["x"] = np.round(frame["x"] + ORIGIN[0], 1)
    frame["y"] = np.round(frame["y"] + ORIGIN[1], 1)
    frame.insert(0, "id", _ids("E", len(frame)))
    return frame


def _permitted(formats: list[str], n: int, rng: Generator) -> pd.Series:
    """Three kinds of premises: everything, no fumes (a third), and small trade only (a tenth)."""
    quiet = [f for f in formats if f not in FOOD_WITH_FUMES] or formats
    trade = [f for f in quiet if f not in {"childcare", "elderly_daycare"}] or quiet
    lists = np.array(["|".join(f) for f in (formats, quiet, trade)], dtype=object)
    return pd.Series(lists[rng.choice(3, n, p=[0.57, 0.33, 0.10])], dtype="category")


def _ids(letter: str, n: int) -> list[str]:
    width = len(str(n))
    return [f"{letter}{k:0{width}d}" for k in range(1, n + 1)]
