"""Spacing rules under a plan that changes: which outlets stand too near to each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.problem import Problem, Spacing

Ints = NDArray[np.int64]


class Spacings:
    """Looks up conflicts of outlets among those that are chosen."""

    def __init__(self, problem: Problem):
        self.problem = problem

    def conflicts(self, option: int, chosen: NDArray[np.bool_]) -> list[tuple[Spacing, int]]:
        """Chosen options that an option must keep away from, by spacing; itself left out."""
        problem, o = self.problem, self.problem.options
        site, format_ = int(o.site[option]), int(o.format[option])
        found = []
        for spacing in problem.spacings:
            if format_ not in spacing.formats:
                continue
            near = [site, *_row(spacing.near, site).tolist()]
            for other_site in near:
                first, last = problem.site_options[other_site : other_site + 2].tolist()
                found += [
                    (spacing, other)
                    for other in range(first, last)
                    if chosen[other]
                    and other != option
                    and spacing.conflicts(format_, int(o.format[other]))
                ]
        return found

    def broken(self, chosen: NDArray[np.bool_]) -> list[tuple[Spacing, int, int]]:
        """Pairs of chosen options that are too near, each once a spacing."""
        return [
            (spacing, option, other)
            for option in np.flatnonzero(chosen).tolist()
            for spacing, other in self.conflicts(option, chosen)
            if option < other
        ]

    def near(self, options: Ints) -> NDArray[np.bool_]:
        """Options that would be too near to one of those given, shape (n_options,)."""
        problem, o = self.problem, self.problem.options
        blocked = np.zeros(problem.n_options, bool)
        for spacing in problem.spacings:
            near = spacing.near.astype(np.int32)
            for format_ in spacing.formats:
                here = np.zeros(problem.n_sites, np.int32)
                here[o.site[options[o.format[options] == format_]]] = 1
                if not here.any():
                    continue
                around = ((near @ here) + here) > 0
                others = [f for f in spacing.formats if spacing.conflicts(f, format_)]
                blocked |= around[o.site] & np.isin(o.format, others)
        return blocked


def _row(matrix: csr_array, row: int) -> NDArray[np.int32]:
    """Columns of a row's entries that are true."""
    entries = slice(int(matrix.indptr[row]), int(matrix.indptr[row + 1]))
    columns: NDArray[np.int32] = matrix.indices[entries][matrix.data[entries].astype(bool)]
    return columns
