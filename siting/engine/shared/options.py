"""Which options can be in a plan at all, and which of several sizes are never needed (lossless)."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csc_array

from siting.engine.shared.arrays import Ints, Mask
from siting.problem import Problem, Rule


def wanted_by_rules(problem: Problem) -> Mask:
    """Options that some rule may need even if they cover nobody new: a positive coefficient in a
    row >=, or a negative one in a row <=."""
    wanted = np.zeros(problem.n_options, np.bool_)
    for rule in problem.rules:
        helps = rule.options.data > 0 if rule.sense == ">=" else rule.options.data < 0
        wanted[rule.options.indices[helps]] = True
    return wanted


def possible(problem: Problem, useful_target: Mask) -> Mask:
    """Options that fit the floor, break no row by themselves, and serve somebody or some rule.

    Args:
        useful_target: targets whose coverage counts, shape (n_targets,).
    """
    o = problem.options
    keep = o.area <= problem.site_area[o.site]
    serving = np.asarray(problem.serves[:, useful_target].any(axis=1))
    keep &= serving[problem.kind] | wanted_by_rules(problem)
    for rule in problem.rules:
        if rule.sense == "<=" and (not rule.options.nnz or rule.options.data.min() >= 0):
            keep &= ~_breaks_alone(problem, rule)
    return keep & ~_dominated_sizes(problem)


def placed(problem: Problem, kept: Ints, plan: Ints) -> Ints:
    """Positions among the ``kept`` options of those of a plan.

    One that was left out is replaced by another size of its site, kind and action (sizes are left
    out where another is never worse), or dropped where there is none.
    """
    o = problem.options
    key = o.site.astype(np.int64) * problem.n_kinds + problem.kind
    key = key * (int(o.action.max(initial=0)) + 1) + o.action
    position = np.full(problem.n_options, -1, np.int64)
    position[kept] = np.arange(len(kept))
    first, at = np.unique(key[kept], return_index=True)
    found = np.minimum(np.searchsorted(first, key[plan]), max(0, len(first) - 1))
    if not len(first):
        return np.zeros(0, np.int64)
    other = np.where(first[found] == key[plan], at[found], -1)
    there = np.where(position[plan] >= 0, position[plan], other)
    return np.unique(there[there >= 0])


def _breaks_alone(problem: Problem, rule: Rule) -> Mask:
    """Options whose own coefficient, with the site's opening, exceeds a row's right-hand side."""
    o = problem.options
    matrix = rule.options
    row = np.repeat(np.arange(rule.n_rows), np.diff(matrix.indptr))
    used = matrix.data.astype(np.int64)
    if rule.openings is not None and problem.n_phases == 1:
        for r in range(rule.n_rows):  # budgets only, so a handful
            opening = np.asarray(rule.openings[[r]].todense()).ravel()
            used[row == r] += opening[o.site[matrix.indices[row == r]]]
    breaks = np.zeros(problem.n_options, np.bool_)
    breaks[matrix.indices[used > rule.rhs[row]]] = True
    return breaks


def _dominated_sizes(problem: Problem) -> Mask:
    """Sizes that another size of the same site and kind beats in cost, area and all rows.

    Only where capacity plays no part; between equals the first stays.
    """
    dominated = np.zeros(problem.n_options, np.bool_)
    o = problem.options
    if problem.respect_capacity or problem.n_options == 0:
        return dominated
    key = o.site.astype(np.int64) * problem.n_kinds + problem.kind
    order = np.lexsort((np.arange(len(o)), o.area, o.cost, key))
    most = int(np.bincount(np.unique(key, return_inverse=True)[1]).max())
    for distance in range(1, most):
        a, b = order[:-distance], order[distance:]
        pair = (key[a] == key[b]) & (o.area[a] <= o.area[b]) & (o.action[a] == o.action[b])
        a, b = a[pair], b[pair]
        dominated[b[_no_more_in_any_row(problem, a, b)]] = True
    return dominated


def _no_more_in_any_row(problem: Problem, a: Ints, b: Ints) -> Mask:
    """Whether option a does no more harm than b in every row of every rule, pair by pair."""
    fine = np.ones(len(a), np.bool_)
    if not len(a):
        return fine
    for rule in problem.rules:
        if not rule.n_rows:
            continue
        matrix = csc_array(rule.options if rule.sense == "<=" else -rule.options)
        worse = (matrix[:, a] - matrix[:, b]).max(axis=0)
        fine &= np.asarray(worse.todense()).ravel() <= 0
    return fine
