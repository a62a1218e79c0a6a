"""Rows: the planner's linear rules over an instance's options, all turned to <=.

A row that touches the options of one site only is *local*: the site's own small problem holds it
exactly. The others are *shared* and get a price. One shared row, the budget or the count of
outlets, is the *main* one, whose price the bound finds exactly in every step.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csc_array, csr_array, vstack

from siting.engine.shared.arrays import Ints, Ints32, Mask
from siting.engine.shared.instance import Instance
from siting.problem import Rule


@dataclass(frozen=True)
class Rows:
    """options @ x + openings @ v <= rhs, integers; positions as in the instance."""

    options: csr_array
    """int64, shape (n_rows, n_options)."""
    openings: csr_array
    """int64, shape (n_rows, n_sites * n_phases)."""
    rhs: Ints
    rule: Ints
    """Rule of the problem each row comes from, shape (n_rows,)."""
    row: Ints
    """Row within that rule."""
    local: Mask
    main: int
    """Position of the main row, -1 when there is none."""
    impossible: tuple[str, ...]
    """Rules that no plan can meet."""

    def __len__(self) -> int:
        return len(self.rhs)

    @cached_property
    def by_option(self) -> csc_array:
        """The same entries, column by column."""
        return csc_array(self.options)

    @cached_property
    def shared(self) -> Ints:
        """Positions of the rows that are not local."""
        return np.flatnonzero(~self.local)

    @cached_property
    def suppliers(self) -> Mask:
        """Options that make room for others in a shared row, shape (n_options,): the row counts
        them negatively, and the others positively."""
        found = np.zeros(self.options.shape[1], np.bool_)
        for r in self.shared:
            low, high = self.options.indptr[r], self.options.indptr[r + 1]
            a = self.options.data[low:high]
            if len(a) and a.min() < 0 < a.max():
                found[self.options.indices[low:high][a < 0]] = True
        return found

    @cached_property
    def has_openings(self) -> bool:
        """Whether some row counts opening costs."""
        return bool(self.openings.nnz)


def gather_rows(instance: Instance) -> Rows:
    """Collect the rules' rows, leaving out those that nothing can break."""
    problem = instance.problem
    k = problem.n_phases
    opening_columns = (instance.site[:, np.newaxis] * k + np.arange(k)).ravel()
    options: list[csr_array] = []
    openings: list[csr_array] = []
    rhs: list[Ints] = []
    rule_of: list[Ints] = []
    row_of: list[Ints] = []
    impossible: list[str] = []
    for number, rule in enumerate(problem.rules):
        sign = 1 if rule.sense == "<=" else -1
        a = csr_array(rule.options[:, instance.option]) * sign
        a.eliminate_zeros()
        if rule.openings is None:
            v = csr_array((rule.n_rows, len(opening_columns)), dtype=np.int64)
        else:
            v = csr_array(rule.openings[:, opening_columns]) * sign
            v.eliminate_zeros()
        b = rule.rhs * sign
        least = _sum_of(a, negative=True) + _sum_of(v, negative=True)
        most = _sum_of(a, negative=False) + _sum_of(v, negative=False)
        if (least > b).any():
            impossible.append(rule.name)
        keep = np.flatnonzero(most > b)
        options.append(a[keep])
        openings.append(v[keep])
        rhs.append(b[keep])
        rule_of.append(np.full(len(keep), number))
        row_of.append(keep)
    n_options, n_openings = instance.n_options, len(opening_columns)
    if not rhs:
        none = np.zeros(0, np.int64)
        return Rows(
            csr_array((0, n_options), dtype=np.int64),
            csr_array((0, n_openings), dtype=np.int64),
            none,
            none,
            none,
            np.zeros(0, np.bool_),
            -1,
            tuple(impossible),
        )
    a, v = csr_array(vstack(options)), csr_array(vstack(openings))
    local = _touches_one_site(a, instance.options.site) & (np.diff(v.indptr) == 0)
    numbers = np.concatenate(rule_of).astype(np.int64)
    main = _main_row(problem.rules, numbers, a, local)
    return Rows(
        a,
        v,
        np.concatenate(rhs),
        numbers,
        np.concatenate(row_of).astype(np.int64),
        local,
        main,
        tuple(impossible),
    )


def _sum_of(matrix: csr_array, *, negative: bool) -> Ints:
    data = np.minimum(matrix.data, 0) if negative else np.maximum(matrix.data, 0)
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    total = np.zeros(matrix.shape[0], np.int64)
    np.add.at(total, row, data.astype(np.int64))
    return total


def _touches_one_site(matrix: csr_array, site: Ints32) -> Mask:
    length = np.diff(matrix.indptr)
    one = np.zeros(matrix.shape[0], np.bool_)
    some = np.flatnonzero(length)
    if len(some):
        sites = site[matrix.indices]
        begin = matrix.indptr[some]
        one[some] = np.minimum.reduceat(sites, begin) == np.maximum.reduceat(sites, begin)
    return one


def _main_row(rules: tuple[Rule, ...], rule: Ints, a: csr_array, local: Mask) -> int:
    """The shared row of positive coefficients over the most options; money before counts."""
    best, best_key = -1, (0, 0)
    for r in np.flatnonzero(~local):
        low, high = a.indptr[r], a.indptr[r + 1]
        if a.data[low:high].min(initial=1) < 0:
            continue
        key = (int(high - low), int(rules[rule[r]].unit == "money"))
        if key > best_key:
            best, best_key = int(r), key
    return best
