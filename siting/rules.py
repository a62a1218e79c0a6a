"""Linear rules over options, built in one place: budgets, counts, required and forbidden sites.

Each function turns one sentence of the planner into a named :class:`~siting.problem.Rule`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from siting.problem import Problem, Rule

Mask = NDArray[np.bool_]


def _row(values: NDArray[np.int64]) -> csr_array:
    """One dense row as sparse, zeros left out."""
    return csr_array(values[np.newaxis, :].astype(np.int64))


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
    from siting.problem import Rule

    cost = problem.options.cost if mask is None else np.where(mask, problem.options.cost, 0)
    opening = np.repeat(problem.opening_cost, problem.n_phases)
    if isinstance(openings, np.ndarray):
        opening = np.where(openings, opening, 0)
    counts = not (openings is False) and bool(opening.any())
    return Rule(
        name, "budget", "<=", _row(cost), np.array([limit], np.int64),
        openings=_row(opening) if counts else None, unit="money", **other,
    )  # fmt: skip


def total_budget(problem: Problem, limit: int) -> Rule:
    """The whole budget, opening costs included."""
    return budget(problem, "budget.total", limit)


def count(problem: Problem, name: str, limit: int, mask: Mask | None = None, **other: Any) -> Rule:
    """At most ``limit`` chosen outlets among the masked options."""
    from siting.problem import Rule

    one = np.ones(problem.n_options, np.int64) if mask is None else mask.astype(np.int64)
    return Rule(
        name, "max_outlets", "<=", _row(one), np.array([limit], np.int64), unit="outlets", **other
    )


def at_most(problem: Problem, p: int) -> Rule:
    """The literature's p: at most p outlets in all."""
    return count(problem, "p", p)


def require(problem: Problem, name: str, mask: Mask, **other: Any) -> Rule:
    """At least one of the masked options is taken."""
    from siting.problem import Rule

    return Rule(name, "require", ">=", _row(mask.astype(np.int64)), np.ones(1, np.int64), **other)


def forbid(problem: Problem, name: str, mask: Mask, **other: Any) -> Rule:
    """None of the masked options is taken."""
    from siting.problem import Rule

    return Rule(name, "forbid", "<=", _row(mask.astype(np.int64)), np.zeros(1, np.int64), **other)


def rows_per_site(
    problem: Problem,
    name: str,
    kind: str,
    coefficient: NDArray[np.int64],
    limit: int,
    sense: str,
    **other: Any,
) -> Rule:
    """One row a site over its options: Σ coefficient[o] x[o] (<= or >=) limit.

    Rows without a non-zero coefficient are left out; labels give the sites' ids.
    """
    from siting.problem import Rule

    nonzero = np.flatnonzero(coefficient)
    sites, row = np.unique(problem.options.site[nonzero], return_inverse=True)
    matrix = csr_array(
        (coefficient[nonzero], (row, nonzero)),
        shape=(len(sites), problem.n_options),
        dtype=np.int64,
    )
    ids = problem.labels.sites
    labels = tuple(ids[s] for s in sites) if len(ids) else tuple(str(s) for s in sites)
    return Rule(
        name,
        kind,
        sense,
        matrix,
        np.full(len(sites), limit, np.int64),
        labels=labels,
        **other,  # type: ignore[arg-type]
    )


def max_formats_per_site(problem: Problem, limit: int, **other: Any) -> Rule:
    """At most ``limit`` formats open at one site."""
    one = np.ones(problem.n_options, np.int64)
    return rows_per_site(
        problem,
        other.pop("name", "max_formats_per_site"),
        "max_formats_per_site",
        one,
        limit,
        "<=",
        **other,
    )


def together(problem: Problem, name: str, guest: int, host: int, **other: Any) -> Rule:
    """Format ``guest`` opens at a site only if ``host`` opens there or stands there already.

    row s:  Σ x[guest at s] - Σ x[host at s] <= 0; no row where an existing host stands.
    """
    o = problem.options
    standing = problem.outlets.site[(problem.outlets.format == host) & (problem.outlets.site >= 0)]
    free = np.isin(o.site, standing)
    coefficient = np.where(o.format == guest, 1, np.where(o.format == host, -1, 0)).astype(np.int64)
    coefficient[free] = 0
    has_guest = np.isin(o.site, o.site[(o.format == guest) & ~free])
    coefficient[~has_guest] = 0
    return rows_per_site(problem, name, "together", coefficient, 0, "<=", **other)
