"""Linear rules over options, built in one place: budgets, counts, required and forbidden sites.

Each function turns one sentence of the planner into a named :class:`~siting.problem.parts.Rule`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from siting.problem.about import About, Key, RuleKind
from siting.problem.actions import Action
from siting.problem.parts import Rule

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from siting.problem.problem import Problem

Mask = NDArray[np.bool_]
Sense = Literal["<=", ">="]


def _row(values: NDArray[np.int64]) -> csr_array:
    """One dense row as sparse, zeros left out."""
    from scipy.sparse import csr_array

    return csr_array(values[np.newaxis, :].astype(np.int64))


def _matrix(
    value: NDArray[np.int64],
    row: NDArray[np.integer],
    column: NDArray[np.integer],
    n_rows: int,
    n_columns: int,
) -> csr_array:
    """Sparse rows from their entries."""
    from scipy.sparse import coo_array, csr_array

    entries: Any = (value.astype(np.int64), (row, column))
    return csr_array(coo_array(entries, shape=(n_rows, n_columns)))


def budget(
    problem: Problem,
    name: str,
    limit: int,
    mask: Mask | None = None,
    *,
    openings: Mask | bool = True,
    **other: Any,
) -> Rule:
    """Σ c[o] x[o] over the masked options, with the opening costs of masked (site, phase) columns.

    Args:
        mask: shape (n_options,); None = every option.
        openings: whether opening costs count; a mask of shape (n_sites * n_phases,) counts some.
    """
    cost = problem.options.cost if mask is None else np.where(mask, problem.options.cost, 0)
    opening = np.repeat(problem.opening_cost, problem.n_phases)
    if isinstance(openings, np.ndarray):
        opening = np.where(openings, opening, 0)
    counts = openings is not False and bool(opening.any())
    return Rule(
        name,
        RuleKind.BUDGET,
        "<=",
        _row(cost),
        np.array([limit], np.int64),
        openings=_row(opening) if counts else None,
        unit="money",
        **other,
    )


def total_budget(problem: Problem, limit: int) -> Rule:
    """The whole budget, opening costs included."""
    about = About(Key.TOTAL_BUDGET)
    return budget(problem, str(about.key), limit, about=about)


def count(problem: Problem, name: str, limit: int, mask: Mask | None = None, **other: Any) -> Rule:
    """At most ``limit`` chosen outlets among the masked options."""
    one = np.ones(problem.n_options, np.int64) if mask is None else mask.astype(np.int64)
    return Rule(
        name,
        RuleKind.MAX_OUTLETS,
        "<=",
        _row(one),
        np.array([limit], np.int64),
        unit="outlets",
        **other,
    )


def at_most(problem: Problem, p: int) -> Rule:
    """The literature's p: at most p outlets in all; what is done to those that stand, and vehicles
    with their stops, are none."""
    new = problem.acting(Action.OPEN)
    return count(problem, str(Key.P), p, None if new.all() else new, about=About(Key.P))


def require(problem: Problem, name: str, mask: Mask, **other: Any) -> Rule:
    """At least one of the masked options is taken."""
    return Rule(
        name, RuleKind.REQUIRE, ">=", _row(mask.astype(np.int64)), np.ones(1, np.int64), **other
    )


def forbid(problem: Problem, name: str, mask: Mask, **other: Any) -> Rule:
    """None of the masked options is taken."""
    return Rule(
        name, RuleKind.FORBID, "<=", _row(mask.astype(np.int64)), np.zeros(1, np.int64), **other
    )


def rows_per_site(
    problem: Problem,
    name: str,
    kind: RuleKind,
    coefficient: NDArray[np.int64],
    limit: int,
    sense: Sense,
    at: NDArray[np.integer] | None = None,
    **other: Any,
) -> Rule:
    """One row a site over its options: Σ coefficient[o] x[o] (<= or >=) limit.

    Rows without a non-zero coefficient are left out; labels give the sites' ids.

    Args:
        at: the site at which each option counts, shape (n_options,); default its own.
    """
    nonzero = np.flatnonzero(coefficient)
    where = problem.options.site if at is None else at
    sites, row = np.unique(where[nonzero], return_inverse=True)
    matrix = _matrix(coefficient[nonzero], row, nonzero, len(sites), problem.n_options)
    ids = problem.labels.sites
    labels = tuple(ids[s] for s in sites) if len(ids) else tuple(str(s) for s in sites)
    return Rule(
        name,
        kind,
        sense,
        matrix,
        np.full(len(sites), limit, np.int64),
        labels=labels,
        **other,
    )


def at_most_one_each(
    problem: Problem, name: str, kind: RuleKind, groups: Sequence[NDArray[np.int64]], **other: Any
) -> Rule:
    """At most one option of each group (positions) is taken: one row a group."""
    row = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    column = np.concatenate([np.zeros(0, np.int64), *groups])
    matrix = _matrix(np.ones(len(row), np.int64), row, column, len(groups), problem.n_options)
    return Rule(name, kind, "<=", matrix, np.ones(len(groups), np.int64), **other)


def max_formats_per_site(
    problem: Problem, limit: int, mask: Mask | None = None, **other: Any
) -> Rule:
    """At most ``limit`` formats open at one site, counted among the masked options."""
    one = np.ones(problem.n_options, np.int64) if mask is None else mask.astype(np.int64)
    return rows_per_site(
        problem,
        other.pop("name", "max_formats_per_site"),
        RuleKind.MAX_FORMATS_PER_SITE,
        one,
        limit,
        "<=",
        **other,
    )


def together(
    problem: Problem,
    name: str,
    guest: int,
    host: int,
    among: Mask | None = None,
    at: NDArray[np.integer] | None = None,
    **other: Any,
) -> Rule:
    """Format ``guest`` opens at a site only if ``host`` opens there or stands there already.

    Args:
        among: options of the guest that the rule speaks of; None = every option.
        at: the site at which each option counts, shape (n_options,); default its own.
    """
    guests = problem.options.format == guest
    if among is not None:
        guests &= among
    return companion(problem, name, RuleKind.TOGETHER, guests, (host,), at, **other)


def companion(
    problem: Problem,
    name: str,
    kind: RuleKind,
    guests: Mask,
    hosts: Sequence[int],
    at: NDArray[np.integer] | None = None,
    **other: Any,
) -> Rule:
    """The masked options are at a site only while an outlet of a host format is.

    row (s,k):  Σ_{phase <= k} x[guest at s] - Σ_{phase <= k <= last} x[host at s] <= 0, a site with
    guests, a phase; no row where a host stands for good.

    Args:
        at: the site at which each option counts, shape (n_options,); default its own.
    """
    from scipy.sparse import csr_array, vstack

    o, standing = problem.options, problem.outlets
    at = o.site if at is None else at
    hosted = standing.site[np.isin(standing.format, hosts) & (standing.site >= 0)]
    guests = guests & ~np.isin(at, hosted)
    at_guests = np.isin(at, at[guests])
    # A format that is its own host in another size: the guest itself does not count as one.
    coefficient = np.where(guests, 1, np.where(np.isin(o.format, hosts), -1, 0)).astype(np.int64)
    parts = []
    for k in range(problem.n_phases):
        there = at_guests & (o.phase <= k) & (k <= o.last)
        counted = np.where(there, coefficient, 0)
        parts.append(rows_per_site(problem, name, kind, counted, 0, "<=", at))
    return Rule(
        name,
        kind,
        "<=",
        csr_array(vstack([part.options for part in parts])),
        np.concatenate([part.rhs for part in parts]),
        labels=tuple(label for part in parts for label in part.labels),
        **other,
    )


def supplied(problem: Problem, name: str, need: NDArray[np.int64], **other: Any) -> Rule:
    """What vehicles bought by a phase make (need < 0) is enough for the stops opened by then.

    row k:  Σ_{phase <= k} need[o] x[o] <= 0, a phase. Needs are whole, so whatever vehicles make in
    all can be shared out among them, and no plan need say which one serves which stop.
    """
    from scipy.sparse import csr_array, vstack

    parts = [_row(np.where(problem.options.phase <= k, need, 0)) for k in range(problem.n_phases)]
    return Rule(
        name,
        RuleKind.CALLS,
        "<=",
        csr_array(vstack(parts)),
        np.zeros(len(parts), np.int64),
        labels=problem.labels.phases if len(parts) > 1 else (),
        unit="calls",
        **other,
    )


def numbered(problem: Problem, name: str, number: NDArray[np.int64], **other: Any) -> Rule:
    """Of options that are alike (number 1, 2, ...; 0 = none of them) the first ones are taken, so
    that equal fleets are one plan.

    row (j,k):  Σ_{phase <= k} x[number j + 1] - Σ_{phase <= k} x[number j] <= 0.
    """
    n_phases, last = problem.n_phases, int(number.max(initial=0))
    row, column, value = [], [], []
    for option in np.flatnonzero(number).tolist():
        for k in range(int(problem.options.phase[option]), n_phases):
            for step, sign in ((int(number[option]) - 2, 1), (int(number[option]) - 1, -1)):
                if 0 <= step < last - 1:
                    row.append(step * n_phases + k)
                    column.append(option)
                    value.append(sign)
    n_rows = max(0, last - 1) * n_phases
    matrix = _matrix(
        np.array(value, np.int64),
        np.array(row, np.int64),
        np.array(column, np.int64),
        n_rows,
        problem.n_options,
    )
    return Rule(name, RuleKind.FLEET, "<=", matrix, np.zeros(n_rows, np.int64), **other)


def weighted(
    problem: Problem,
    name: str,
    kind: RuleKind,
    coefficient: NDArray[np.int64],
    sense: Sense,
    limit: int,
    **other: Any,
) -> Rule:
    """One row over all options: Σ coefficient[o] x[o] (<= or >=) limit."""
    return Rule(name, kind, sense, _row(coefficient), np.array([limit], np.int64), **other)


def if_opened(problem: Problem, rule: Rule, mask: Mask) -> Rule:
    """What a rule with >= asks, asked only if one of the masked options is taken.

    row (o,r):  rhs[r] x[o] - Σ_j rule[r,j] x[j] <= 0, a masked option, a row of the rule.
    """
    from scipy.sparse import coo_array

    chosen, asked = np.flatnonzero(mask), coo_array(rule.options)
    n, m, n_rows = len(chosen), rule.n_rows, len(chosen) * rule.n_rows
    row = np.concatenate([np.arange(n_rows), (asked.row + np.arange(n)[:, np.newaxis] * m).ravel()])
    column = np.concatenate([np.repeat(chosen, m), np.tile(asked.col, n)])
    value = np.concatenate([np.tile(rule.rhs, n), np.tile(-asked.data, n)])
    matrix = _matrix(value, row, column, n_rows, problem.n_options)  # entries of a cell are added
    rhs = np.zeros(n_rows, np.int64)
    return Rule(rule.name, rule.kind, "<=", matrix, rhs, reason=rule.reason, about=rule.about)
