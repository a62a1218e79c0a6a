"""Coverage under a plan that changes: outlets in reach of every point and target, and whom it wins.

Symbols as in :mod:`siting.problem`. A person is covered when at least one serving outlet is within
the standard; the objective asks for ``enough`` of them (1, or ``times`` for backup_cover).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.models.traits import traits_of
from siting.problem import Objective, Problem
from siting.whatif.kernel import (
    count_outlets,
    formats_in_reach,
    gains_of_sites,
    losses_of_options,
    remaining,
    shift,
)

Ints = NDArray[np.int64]

INT64_SAFE = 2**62


class Coverage:
    """Outlets in reach by point and target, and the people that follow from them.

    Memory over the problem's: 12 bytes a point and target.
    """

    def __init__(self, problem: Problem, spec: Objective):
        limits = np.array([target.limit for target in problem.targets])
        order = np.argsort(-limits, kind="stable")
        self.problem = problem
        self.column_of = np.empty(len(order), np.int64)
        self.column_of[order] = np.arange(len(order))
        self.target_of = order
        traits = traits_of(spec.model)
        self.enough = 1 if traits.times is None else spec.times or traits.times
        self._group = np.array([problem.targets[t].group for t in order], np.int64)
        standards = np.unique(limits)
        self._row_of = np.searchsorted(standards, limits[order]).astype(np.int64)
        self._width = np.array([(limits >= limit).sum() for limit in standards], np.int64)
        self._ends = _ends(problem, standards)
        self._serves = np.ascontiguousarray(problem.serves[:, order])
        self._served_by_kind: dict[int, Ints] = {}
        self.weight = [problem.targets[t].weight_micro // problem.weight_gcd for t in order]
        told = [problem.targets[t] for t in order]
        last = max((target.phase for target in told), default=0)
        self._format_of = np.array(
            [target.format if target.phase == last else -1 for target in told], np.int32
        )
        district = problem.point_district
        here = np.full(problem.n_points, -1, np.int32) if district is None else district
        self._district = (here + 1).astype(np.int32)
        shape = (problem.n_points, problem.n_targets)
        self.count = np.zeros(shape, np.int32)
        self._left = np.zeros(shape, np.int64)
        n_districts = int(self._district.max(initial=0)) + 1
        self._covered = np.zeros((problem.n_targets, n_districts), np.int64)
        self._total = np.zeros(problem.n_targets, np.int64)
        self._reached = np.zeros(problem.n_targets, np.int64)
        self._stamp = np.zeros(problem.n_points, np.int32)
        self._serial = 0
        self._touched = np.empty(problem.n_points, np.int32)
        self._n_touched = 0
        self._count_standing()
        self._reached_before = self._reached.copy()

    def _count_standing(self) -> None:
        """What stands whatever the plan."""
        standing = self.problem.outlets
        for c, t in enumerate(self.target_of.tolist()):
            target = self.problem.targets[t]
            serving = np.flatnonzero(np.isin(standing.format, target.served_by))
            reach = standing.reach.rows(serving)
            within = reach.point[reach.cost <= target.limit]
            self.count[:, c] = np.bincount(within, minlength=self.problem.n_points)
        self._fill()

    def _fill(self) -> None:
        remaining(
            self.problem.persons,
            self._group,
            self.enough,
            self._district,
            self.count,
            self._left,
            self._covered,
            self._total,
            self._reached,
        )

    def begin_with(self, options: Ints) -> None:
        """Many outlets at once, upon what stands."""
        problem, reach = self.problem, self.problem.reach
        count_outlets(
            reach.start,
            reach.point,
            self._ends,
            self._row_of,
            problem.options.site[options].astype(np.int64),
            self._serves[problem.kind[options]],
            self.count,
        )
        for total in (self._covered, self._total, self._reached):
            total[:] = 0
        self._fill()

    def served(self, option: int) -> Ints:
        """Columns of the targets that an option serves."""
        kind = int(self.problem.kind[option])
        if kind not in self._served_by_kind:
            self._served_by_kind[kind] = np.flatnonzero(self._serves[kind]).astype(np.int64)
        return self._served_by_kind[kind]

    def begin(self) -> None:
        """Forget which points were touched."""
        self._serial += 1
        self._n_touched = 0

    def change(self, option: int, sign: int) -> None:
        """One outlet more (``sign`` 1) or less (-1)."""
        reach = self.problem.reach
        self._n_touched = shift(
            reach.start,
            reach.point,
            self._ends,
            self._row_of,
            int(self.problem.options.site[option]),
            self.served(option),
            sign,
            self.problem.persons,
            self._group,
            self.enough,
            self._district,
            self.count,
            self._left,
            self._covered,
            self._total,
            self._reached,
            self._stamp,
            self._serial,
            self._touched,
            self._n_touched,
        )

    def touched(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Points whose coverage changed since :meth:`begin`, and how many formats each has in
        reach now; a point that changed there and back is among them."""
        points = self._touched[: self._n_touched].copy()
        formats = np.empty(len(points), np.int32)
        seen = np.full(self.problem.n_formats, -1, np.int32)
        formats_in_reach(points, self.count, self._format_of, seen, formats)
        return points, formats

    # -- figures -------------------------------------------------------------------------------

    def people(self) -> Ints:
        """Covered people of each target, 1/person_units, shape (n_targets,)."""
        return self._total[self.column_of]

    def people_in(self, targets: tuple[int, ...], district: int | None) -> int:
        """Covered people of some targets, in one district or (None) everywhere."""
        columns = self.column_of[list(targets)]
        if district is None:
            return int(self._covered[columns].sum())
        inside = self._covered.shape[1] > district + 1
        return int(self._covered[columns, district + 1].sum()) if inside else 0

    def gained(self, targets: list[int]) -> int:
        """Σ weight x people newly with enough outlets, in ``problem.unit``."""
        new = self._reached - self._reached_before
        return sum(self.weight[c] * int(new[c]) for c in self.column_of[targets].tolist())

    def uncovered(self, target: int) -> NDArray[np.bool_]:
        """Points where nobody of a target is covered, shape (n_points,)."""
        none: NDArray[np.bool_] = self.count[:, self.column_of[target]] == 0
        return none

    def formats_at(self, points: NDArray[np.integer] | None) -> NDArray[np.bool_]:
        """Whether points (None = all) have each format in reach, shape (n, n_formats)."""
        count = self.count if points is None else self.count[points]
        found = np.zeros((len(count), self.problem.n_formats), np.bool_)
        for column, format_ in enumerate(self._format_of.tolist()):
            if format_ >= 0:
                found[:, format_] |= count[:, column] > 0
        return found

    def gains(self) -> NDArray[np.int64] | NDArray[np.object_]:
        """What each option would win if it opened as well, in ``problem.unit``, (n_options,)."""
        problem, reach = self.problem, self.problem.reach
        by_site = np.empty((problem.n_sites, problem.n_targets), np.int64)
        gains_of_sites(reach.start, reach.point, self._ends, self._width, self._left, by_site)
        return self._weighed(by_site[problem.options.site], self._serves[problem.kind])

    def losses(self, chosen: Ints) -> NDArray[np.int64] | NDArray[np.object_]:
        """What each of some chosen options would lose if it closed, in ``problem.unit``."""
        problem, reach = self.problem, self.problem.reach
        served = self._serves[problem.kind[chosen]]
        people = np.empty(served.shape, np.int64)
        losses_of_options(
            reach.start,
            reach.point,
            self._ends,
            self._row_of,
            problem.options.site[chosen].astype(np.int64),
            served,
            problem.persons,
            self._group,
            self.enough,
            self.count,
            people,
        )
        return self._weighed(people, served)

    def _weighed(
        self, people: Ints, served: NDArray[np.bool_]
    ) -> NDArray[np.int64] | NDArray[np.object_]:
        """Σ weight x people over the targets served; exact, as Python integers if need be."""
        most = int(self.problem.persons.sum(axis=1).max(initial=0)) * sum(self.weight)
        kind = np.int64 if most < INT64_SAFE else np.object_
        weights = np.array(self.weight, dtype=kind)
        if kind is np.int64:
            total: NDArray[np.int64] = np.where(served, people, 0) @ weights
            return total
        return (np.where(served, people, 0).astype(np.object_) * weights).sum(axis=1)


def _ends(problem: Problem, standards: NDArray[np.float64]) -> Ints:
    """End of each site's pairs within each standard, shape (n_standards, n_sites)."""
    ends = [problem.reach.prefix_end(limit) for limit in standards.tolist()]
    return np.array(ends, np.int64).reshape(len(standards), problem.n_sites)
