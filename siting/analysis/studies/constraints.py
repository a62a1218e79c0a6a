"""Rules that a study adds to a problem: keep, drop, differ from a plan, change little."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from siting.problem import Place, Problem, Rule, RuleKind
from siting.problem.about import NOTHING, About
from siting.problem.rules import forbid, require, weighted
from siting.problem.vehicles import site_kinds

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


def keep(problem: Problem, name: str, options: Ints) -> Rule:
    """Each of the options is taken: one row an option."""
    n = len(options)
    ones = np.ones(n, np.int64)
    entries: Any = (ones, (np.arange(n), options))
    rows = csr_array(coo_array(entries, shape=(n, problem.n_options)))
    return Rule(name, RuleKind.REQUIRE, ">=", rows, ones)


def with_rule(problem: Problem, *rules: Rule) -> Problem:
    """The problem with further rules, behind its own."""
    return problem.replace(rules=(*problem.rules, *rules))


def without_options(problem: Problem, name: str, mask: Mask, about: About = NOTHING) -> Problem:
    """The problem in which none of the masked options may be taken."""
    return with_rule(problem, forbid(problem, name, mask, about=about))


def with_one_of(problem: Problem, name: str, mask: Mask, about: About = NOTHING) -> Problem:
    """The problem in which at least one of the masked options is taken."""
    return with_rule(problem, require(problem, name, mask, about=about))


def same_place(problem: Problem, options: Ints) -> Mask:
    """Options of the same format at the same site as one of ``options``, whatever the size."""
    o = problem.options
    key = o.site.astype(np.int64) * problem.n_formats + o.format
    return np.isin(key, key[options])


def changes_at_most(problem: Problem, name: str, options: Ints, most: int) -> Rule:
    """At most ``most`` outlets differ from a plan.

    An outlet (a format at a site) dropped, opened, or taken in another size, phase or action is
    one change each:  Σ_{o in plan} (1 - x) + Σ_{o at other places} x <= most; another size at the
    plan's own place counts once, as the plan's size that is missing.
    """
    coefficient = np.where(same_place(problem, options), 0, 1)
    coefficient[options] = -1
    return weighted(problem, name, RuleKind.CHANGES, coefficient, "<=", most - len(options))


def other_sites(problem: Problem, name: str, options: Ints, least: int) -> Rule:
    """At least ``least`` of the premises and stops that a plan opens stay closed (vehicles and
    outlets that stand do not count): Σ v[s] <= n - least."""
    sites = np.unique(problem.options.site[options])
    sites = sites[np.isin(site_kinds(problem)[sites], (Place.PREMISES, Place.STOP))]
    opened = np.zeros(problem.n_sites, np.int64)
    opened[sites] = 1
    row = csr_array(np.repeat(opened, problem.n_phases)[np.newaxis, :])
    return Rule(
        name,
        RuleKind.DIFFER,
        "<=",
        csr_array((1, problem.n_options), dtype=np.int64),
        np.array([len(sites) - least], np.int64),
        openings=row,
    )


def fewer_in_district(
    problem: Problem, name: str, options: Ints, district: int, least: int
) -> Rule:
    """At least ``least`` outlets or stops fewer than the plan's at the sites of a district."""
    assert problem.site_district is not None
    inside = problem.site_district[problem.options.site] == district
    now = int(inside[options].sum())
    return weighted(problem, name, RuleKind.DIFFER, inside.astype(np.int64), "<=", now - least)
