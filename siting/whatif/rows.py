"""All linear rules as one stack of rows, with what a plan uses of each kept up to date."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, vstack

from siting.problem import UNLIMITED, Problem, Rule, RuleKind
from siting.whatif.kernel import add_column

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a rule under the plan."""

    rule: Rule
    number: int
    """Of the row within its rule."""
    limit: int
    """Of calls of vehicles: those that the plan's vehicles make."""
    used: int
    binds: bool
    """<=: no further option of the row fits into what is left. >=: nothing may be taken away."""

    @property
    def name(self) -> str:
        """Of the rule."""
        return self.rule.name

    @property
    def label(self) -> str:
        """Which row: a district, a site; empty when the rule has one row."""
        labels = self.rule.labels
        return labels[self.number] if len(labels) == self.rule.n_rows > 1 else ""

    @property
    def short(self) -> int:
        """How far the plan is beyond the row; 0 when it is kept."""
        over = self.used - self.limit
        return max(over if self.rule.sense == "<=" else -over, 0)


class Rows:
    """Left sides of every row: options, and the first openings of sites that cost money."""

    def __init__(self, problem: Problem):
        self.problem = problem
        rules = problem.rules
        n_rows = sum(rule.n_rows for rule in rules)
        self.rule_of = np.repeat(np.arange(len(rules)), [rule.n_rows for rule in rules])
        self.first = np.concatenate([[0], np.cumsum([rule.n_rows for rule in rules])]).astype(int)
        self.rhs = np.concatenate([np.zeros(0, np.int64), *(rule.rhs for rule in rules)])
        self.at_most = np.array([rule.sense == "<=" for rule in rules], bool)[self.rule_of]
        columns = problem.n_sites * problem.n_phases
        self.option_columns = _stack([rule.options for rule in rules], (n_rows, problem.n_options))
        self.opening_columns = _stack(
            [
                csr_array((rule.n_rows, columns), dtype=np.int64)
                if rule.openings is None
                else rule.openings
                for rule in rules
            ],
            (n_rows, columns),
        )
        self._with_openings = np.unique(self.opening_columns.indices)
        calls = np.array([rule.kind is RuleKind.CALLS for rule in rules], bool)
        self.calls = calls[self.rule_of]
        self.used = np.zeros(n_rows, np.int64)
        self.made = np.zeros(n_rows, np.int64)
        """Calls that the plan's vehicles make, by row; 0 in all rows that count none."""
        self._opened = np.zeros((problem.n_sites, problem.n_phases), np.int32)
        self.cost = 0
        """Whole currency units, opening costs included."""
        self.opening_costs = 0

    def begin_with(self, options: Ints) -> None:
        """Many options at once, upon an empty plan."""
        o = self.problem.options
        matrix = self.option_columns[:, options]
        self.used += matrix.sum(axis=1)
        supply = matrix.copy()
        supply.data = np.where(self.calls[supply.indices], np.maximum(-supply.data, 0), 0)
        self.made += supply.sum(axis=1)
        np.add.at(self._opened, (o.site[options], o.phase[options]), 1)
        sites = np.flatnonzero(self._opened.any(axis=1))
        first = (self._opened[sites] > 0).argmax(axis=1)
        self.used += self.opening_columns[:, sites * self.problem.n_phases + first].sum(axis=1)
        self.opening_costs = sum(self.problem.opening_cost[sites].tolist())
        self.cost = sum(o.cost[options].tolist()) + self.opening_costs

    def change(self, option: int, sign: int) -> None:
        """One option more (``sign`` 1) or less (-1)."""
        matrix, o = self.option_columns, self.problem.options
        add_column(
            matrix.indptr,
            matrix.indices,
            matrix.data,
            option,
            sign,
            self.calls,
            self.used,
            self.made,
        )
        site, phase = int(o.site[option]), int(o.phase[option])
        was = self.first_opening(site)
        self._opened[site, phase] += sign
        now = self.first_opening(site)
        self.cost += sign * int(o.cost[option])
        if was != now:
            self._open(site, was, -1)
            self._open(site, now, 1)

    def first_opening(self, site: int) -> int | None:
        """Phase in which a site first opens; None where it does not."""
        for phase, times in enumerate(self._opened[site].tolist()):
            if times:
                return phase
        return None

    def _open(self, site: int, phase: int | None, sign: int) -> None:
        if phase is None:
            return
        price = sign * int(self.problem.opening_cost[site])
        if len(self._with_openings):
            rows, values = self._opening(site, phase)
            self.used[rows] += sign * values
        self.cost += price
        self.opening_costs += price

    def _opening(self, site: int, phase: int) -> tuple[NDArray[np.int32], Ints]:
        at = site * self.problem.n_phases + phase
        begin, end = self.opening_columns.indptr[at], self.opening_columns.indptr[at + 1]
        return self.opening_columns.indices[begin:end], self.opening_columns.data[begin:end]

    # -- figures -------------------------------------------------------------------------------

    def table(self, chosen: Mask) -> list[Row]:
        """Every row under the plan.

        Args:
            chosen: shape (n_options,).
        """
        slack = self.rhs - self.used
        least = self._least(chosen)
        binds = (slack == 0) | (self.at_most & (slack < least) & (least < UNLIMITED))
        return [self._row(row, bool(binds[row])) for row in range(len(self.rhs))]

    def broken(self) -> list[Row]:
        """The rows that the plan breaks."""
        slack = self.rhs - self.used
        wrong = np.where(self.at_most, slack < 0, slack > 0)
        return [self._row(row, False) for row in np.flatnonzero(wrong).tolist()]

    def _row(self, row: int, binds: bool) -> Row:
        rule = int(self.rule_of[row])
        made = int(self.made[row])
        return Row(
            self.problem.rules[rule],
            row - int(self.first[rule]),
            int(self.rhs[row]) + made,
            int(self.used[row]) + made,
            binds,
        )

    def _least(self, chosen: Mask) -> Ints:
        """Least positive coefficient of an option that is not chosen, by row."""
        matrix = self.option_columns
        option = np.repeat(np.arange(self.problem.n_options), np.diff(matrix.indptr))
        free = ~chosen[option] & (matrix.data > 0)
        least = np.full(len(self.rhs), UNLIMITED, np.int64)
        np.minimum.at(least, matrix.indices[free], matrix.data[free])
        return least

    def asked(self, option: int) -> dict[int, int]:
        """Row -> what one more option would use of it, its site's opening included."""
        matrix = self.option_columns
        begin, end = matrix.indptr[option], matrix.indptr[option + 1]
        asked = dict(
            zip(matrix.indices[begin:end].tolist(), matrix.data[begin:end].tolist(), strict=True)
        )
        o = self.problem.options
        site, phase = int(o.site[option]), int(o.phase[option])
        was = self.first_opening(site)
        if was is None or phase < was:
            for time, sign in ((was, -1), (phase, 1)):
                if time is not None:
                    rows, values = self._opening(site, time)
                    for row, value in zip(rows.tolist(), values.tolist(), strict=True):
                        asked[row] = asked.get(row, 0) + sign * value
        return asked

    def would_break(self, option: int) -> list[tuple[Row, int]]:
        """Rows that one more option would break, or break further, with what it asks of each."""
        found = []
        for row, asked in sorted(self.asked(option).items()):
            slack = int(self.rhs[row] - self.used[row])
            more, room = (asked, slack) if self.at_most[row] else (-asked, -slack)
            if more > 0 and more > room:
                found.append((self._row(row, False), asked))
        return found

    def fitting(self) -> Mask:
        """Options that break no row further if they open as well, shape (n_options,)."""
        problem, matrix = self.problem, self.option_columns
        sign = np.where(self.at_most, 1, -1)
        slack = sign * (self.rhs - self.used)
        o = problem.options
        option = np.repeat(np.arange(problem.n_options), np.diff(matrix.indptr))
        value = sign[matrix.indices] * matrix.data
        if len(self._with_openings):
            fits = self._fitting_with_openings(slack, sign)
            plain = ~np.isin(matrix.indices, self._with_openings)
        else:
            fits, plain = np.ones(len(o), bool), np.ones(len(value), bool)
        wrong = plain & (value > 0) & (value > slack[matrix.indices])
        fits[option[wrong]] = False
        return fits

    def _fitting_with_openings(self, slack: Ints, sign: Ints) -> Mask:
        """The same by the rows in which sites' openings count."""
        problem, o = self.problem, self.problem.options
        first = np.where(self._opened.any(axis=1), (self._opened > 0).argmax(axis=1), -1)[o.site]
        opens = (first < 0) | (o.phase < first)
        fits = np.ones(len(o), bool)
        options, openings = self.option_columns.tocsr(), self.opening_columns.tocsr()
        at = o.site.astype(np.int64) * problem.n_phases
        for row in self._with_openings.tolist():
            asked = options[[row], :].toarray()[0]
            price = openings[[row], :].toarray()[0]
            before = np.where(first >= 0, price[at + np.maximum(first, 0)], 0)
            asked = sign[row] * (asked + np.where(opens, price[at + o.phase] - before, 0))
            fits &= ~((asked > 0) & (asked > slack[row]))
        return fits

    def price(self) -> Ints:
        """What each option would cost as well: its own cost, its site's opening where that is
        closed; shape (n_options,)."""
        o = self.problem.options
        closed = ~self._opened.any(axis=1)
        own: Ints = o.cost + np.where(closed, self.problem.opening_cost, 0)[o.site]
        return own


def _stack(parts: list[csr_array], shape: tuple[int, int]) -> csc_array:
    """Rows of all rules, one below the other, by column."""
    full = [part for part in parts if part.shape[0]]
    matrix = vstack(full) if full else csr_array(shape, dtype=np.int64)
    stack = csc_array(matrix.astype(np.int64))
    stack.sum_duplicates()
    return stack
