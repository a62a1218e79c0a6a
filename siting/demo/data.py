"""What a synthetic city is before it is written: tables of people, premises, outlets, streets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from siting.demo.formats import Standard

Travel = Literal["euclidean", "network"]
Order = Literal["weighted", "tiers"]


@dataclass(frozen=True)
class City:
    """Everything that is written to the scenario folder."""

    name: str
    seed: int
    used: list[Standard]
    people: pd.DataFrame
    premises: pd.DataFrame
    outlets: pd.DataFrame
    streets: tuple[pd.DataFrame, pd.DataFrame] | None
    """Edges and nodes, or None where people walk as the crow flies."""
    budget: int
    """Whole yuan."""
    order: Order
    km2: float
