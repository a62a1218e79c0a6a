"""The plan of a city in tiles: tile after tile, each against what the others cover.

At first the others are the fractional plan of the bound; a tile that is planned takes its place.
Tiles whose people do not meet are planned at once. Every tile keeps within what it uses of the
rows and a part of what is left, so the stitched plan keeps every rule that its parts keep; outlets
near others' that stand are ruled out by spacings.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from siting.engine.cover.method import Guide
from siting.engine.cover.search import Cooling
from siting.engine.params import EngineParams
from siting.problem import Problem
from siting.problem import rules as rows
from siting.tiles.bounding import Relaxed
from siting.tiles.coverage import add_cover
from siting.tiles.jobs import FULL, PlanJob, Planned, less, save
from siting.tiles.partition import Partition
from siting.tiles.piece import left_over, options_of, piece, reach_of
from siting.tiles.rows import used
from siting.tiles.workers import TileJob

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Plan:
    """How far each option is taken, whom that covers, and what it uses.

    Attributes:
        amount: shape (n_options,); whole once a tile is planned.
        whole: options of tiles that are planned, shape (n_options,).
    """

    def __init__(self, problem: Problem, relaxed: Relaxed, folder: Path, params: EngineParams):
        self.problem, self.relaxed, self.folder, self.params = problem, relaxed, folder, params
        self.amount = _scaled(problem, relaxed.y)
        self.whole = np.zeros(problem.n_options, np.bool_)
        self._cover = np.zeros((problem.n_points, problem.n_targets), np.float32)
        self._count_anew()

    def _count_anew(self) -> None:
        """Coverage and use from nothing, so that no rounding adds up."""
        self._cover[:] = 0
        self._add(np.flatnonzero(self.amount), 1.0)
        self._used = [used(self.problem, rule, self.amount) for rule in self.problem.rules]

    def _add(self, options: Ints, sign: float) -> None:
        problem = self.problem
        site = problem.options.site[options].astype(np.int64)
        add_cover(problem, problem.reach, site, options, sign * self.amount[options], self._cover)

    def begin_with(self, options: Ints) -> None:
        """A plan that keeps every rule, in place of the fractional one."""
        self.amount[:] = 0.0
        self.amount[options] = 1.0
        self.whole[:] = True
        self._count_anew()

    @property
    def chosen(self) -> Ints:
        """Options of the tiles that are planned."""
        return np.flatnonzero(self.whole & (self.amount > 0.5))

    def value(self) -> float:
        """Weighted persons newly covered by what is planned; once everything is."""
        problem, units = self.problem, 0
        for t, target in enumerate(problem.targets):
            newly = (self._cover[:, t] > 0.5) & ~problem.covered_before[:, t]
            weight = target.weight_micro // problem.weight_gcd
            units += int(problem.persons[target.group][newly].sum()) * weight
        return units * float(problem.unit)

    # -- one tile ----------------------------------------------------------------------------------

    def job(
        self,
        part: Part,
        seconds: float,
        threads: int,
        seed: int,
        mates: int,
        name: str,
        cooling: Cooling | None = None,
    ) -> TileJob:
        """A tile's job, with the plan as it stands around it.

        Args:
            seconds: to search; 0 = the first plan that comes.
            mates: tiles planned at once, that share what is left of the rows.
            cooling: the part of the city's descent that the search is.
        """
        problem, relaxed = self.problem, self.relaxed
        sites, own = part.sites, part.options
        points, reach = reach_of(problem, sites)
        others = self._cover[points]
        row = np.searchsorted(sites, problem.options.site[own]).astype(np.int64)
        add_cover(problem, reach, row, own, -self.amount[own], others)
        np.maximum(np.rint(others * 4096) / 4096, 0, out=others)
        barred = self._barred(own)
        made = piece(
            problem,
            sites,
            points,
            reach,
            less(left_over(problem, points), others.T),
            self._limits(own, mates),
        )
        if barred.any():
            made = made.replace(rules=(*made.rules, rows.forbid(made, "seam", barred)))
        theta = (*relaxed.theta, *([np.zeros(1)] if barred.any() else []))
        u = relaxed.u[points].astype(np.float32) / np.float32(FULL)
        guide = Guide(u, theta, self.amount[own].copy(), cooling)
        begun = bool(self.whole[own].all()) and len(own) > 0
        start = np.flatnonzero(self.amount[own] > 0.5) if begun else None
        path = self.folder / f"{name}.piece"
        save((made, guide, start), path)
        job = self.folder / f"{name}.plan"
        save(PlanJob(path, seconds, seed, threads, self.params), job)
        return TileJob(name, job, seconds)

    def _limits(self, own: Ints, mates: int) -> list[Ints]:
        """A tile's right-hand sides: what it uses, and its part of what is left."""
        problem = self.problem
        mine = np.zeros(problem.n_options)
        mine[own] = self.amount[own]
        settled = int(self.whole.sum()) + int((~self.whole[own]).sum()) == len(mine)
        limits = []
        for rule, total in zip(problem.rules, self._used, strict=True):
            room = used(problem, rule, mine) + (rule.rhs - total) / mates
            # What is asked for is left to tiles that come later, while there are any.
            turn = np.ceil if rule.sense == ">=" and settled else np.floor
            inside = np.diff(rule.options[:, own].indptr) == np.diff(rule.options.indptr)
            if rule.openings is not None:
                inside[:] = False
            limits.append(np.where(inside, rule.rhs, turn(room).astype(np.int64)))
        return limits

    def _barred(self, own: Ints) -> Mask:
        """Options too near to an outlet that is planned elsewhere."""
        problem, o = self.problem, self.problem.options
        barred = np.zeros(len(own), np.bool_)
        elsewhere = self.whole & (self.amount > 0.5)
        elsewhere[own] = False
        for spacing in problem.spacings:
            for f in spacing.formats:
                there = np.flatnonzero(elsewhere & (o.format == f))
                if not len(there):
                    continue
                close = np.asarray(spacing.near[:, np.unique(o.site[there])].sum(axis=1)) > 0
                kept = [g for g in spacing.formats if spacing.conflicts(f, g)]
                barred |= close.ravel()[o.site[own]] & np.isin(o.format[own], kept)
        return barred

    def take(self, part: Part, planned: Planned | None) -> None:
        """Put a tile's plan in its place; without one, nothing opens where nothing had."""
        own = part.options
        begun = bool(self.whole[own].all()) and len(own) > 0
        if planned is None or planned.options is None:
            if begun:
                return
            chosen = np.zeros(0, np.int64)
        else:
            chosen = own[planned.options]
        fractional = not self.whole.all()
        before = np.zeros(self.problem.n_options)
        before[own] = self.amount[own]
        self._add(own[self.amount[own] != 0], -1.0)
        self.amount[own] = 0.0
        self.amount[chosen] = 1.0
        self.whole[own] = True
        self._add(chosen, 1.0)
        after = np.zeros(self.problem.n_options)
        after[chosen] = 1.0
        for k, rule in enumerate(self.problem.rules):
            # Not of the difference: a site that opens counts once, whatever is taken there.
            more = used(self.problem, rule, after) - used(self.problem, rule, before)
            self._used[k] = self._used[k] + more
        if fractional and self.whole.all():
            self._count_anew()


def _scaled(problem: Problem, y: Floats) -> Floats:
    """A fractional plan that overspends no budget or count: all of it made smaller."""
    amount = y.copy()
    for rule in problem.rules:
        if rule.sense != "<=" or (rule.options.nnz and rule.options.data.min() < 0):
            continue
        use = used(problem, rule, amount)
        for r in np.flatnonzero(use > np.maximum(rule.rhs, 0)):
            low, high = rule.options.indptr[r], rule.options.indptr[r + 1]
            amount[rule.options.indices[low:high]] *= max(0.0, rule.rhs[r] / use[r])
    return amount


@dataclass(frozen=True)
class Part:
    """A tile of a partition."""

    sites: Ints
    options: Ints

    @classmethod
    def of(cls, partition: Partition, tile: int) -> Part:
        """Its sites and their options."""
        sites = partition.sites(tile)
        return cls(sites, options_of(partition.problem, sites))
