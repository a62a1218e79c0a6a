"""How a city is to be solved in tiles, and which cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from siting.errors import ArgumentError
from siting.models.traits import traits_of
from siting.notice import Notice
from siting.problem import Objective, Problem
from siting.problem.tiers import tiers_in_order


@dataclass(frozen=True)
class Tiling:
    """How a city is solved in tiles."""

    n: int
    """Tiles, >= 1."""
    dask: str | None = None
    """Address of a Dask scheduler whose workers do the tiles; None = processes of this machine."""
    folder: str | Path | None = None
    """For the tiles' files, which workers on other machines must see; None = a temporary one."""

    def __post_init__(self) -> None:
        if isinstance(self.n, bool) or not isinstance(self.n, int):
            raise ArgumentError(Notice("fault.is_whole", name="tiles", value=self.n))
        if self.n < 1:
            raise ArgumentError(Notice("fault.at_least_1", name="tiles", value=self.n))


def check_tiles(problem: Problem, objective: Objective) -> None:
    """Raises ArgumentError where a city cannot be solved in tiles: what couples whole cities, but
    no row tells."""
    if traits_of(objective.model).engine != "cover":
        raise ArgumentError(Notice("fault.tiles_model", model=objective.model))
    if problem.respect_capacity:
        raise ArgumentError(Notice("fault.tiles_without", what="respect_capacity"))
    if problem.min_coverage:
        raise ArgumentError(Notice("fault.tiles_without", what="min_coverage"))
    if tiers_in_order(problem, objective):
        raise ArgumentError(Notice("fault.tiles_tiers"))
