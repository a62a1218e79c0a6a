"""A bound recomputed from a certificate, in exact integers (see ``Certificate``).

Everything is an integer in 1/D of the objective's unit. Where sums could leave int64, what the
sites collect is taken in 2**shift, gains rounded up and prices down: valid, and off by less than
the 2**-30th part.
"""

from __future__ import annotations

import numpy as np

from siting.problem import UNLIMITED, Objective, Problem
from siting.problem.solution import Certificate
from siting.verification import gains as gaining
from siting.verification.certificate import check
from siting.verification.floors import NO_PLAN
from siting.verification.objectives import with_capacity
from siting.verification.people import Ints, Mask, exact_sum, option_serves, outlet_serves
from siting.verification.prices import row_prices, whole
from siting.verification.residual import People
from siting.verification.sites import LEAST_PROFIT, best_sites
from siting.verification.tiles import tile_by_tile
from siting.verification.tree import leaves

FULL = 65535
"""u = 1."""


def recompute_bound(
    problem: Problem, certificate: Certificate, objective: Objective | None = None
) -> int:
    """No plan's objective (of the certificate's tier) exceeds this, in the model's integer units.

    With ``held``: no plan whose earlier tiers reach ``held``. Rounded down to a whole unit.

    Args:
        objective: default ``problem.objective``; its model is max_cover, capacitated_cover or
            complete_circle.

    Raises:
        CertificateError: the certificate is not well formed, so it proves nothing.
    """
    spec = objective or problem.objective
    if certificate.tiles is None:
        total = relax(problem, certificate, spec)[0]
    else:
        total = tile_by_tile(problem, certificate, spec)
    alone = total // int(certificate.theta_scale)
    if certificate.tree is None:
        return alone
    parts = (
        relax(part, leaf, spec)[0] // int(leaf.theta_scale)
        for part, leaf in leaves(problem, certificate)
    )
    return min(alone, max(parts))


def relax(problem: Problem, certificate: Certificate, spec: Objective) -> tuple[int, Mask]:
    """The bound in 1/D of a unit, and the options that attain the sites' part of it."""
    check(problem, certificate, spec)
    people = People.of(problem, certificate, spec)
    total, pi = people.residual(certificate)
    shift = people.shift
    constant, price, opening = row_prices(problem, certificate)
    gains, standing = _gains(problem, spec, people, pi, shift)
    profit = np.maximum(gains - whole(problem, price, shift), LEAST_PROFIT)
    sites, picked = best_sites(problem, profit, whole(problem, opening, shift))
    if (sites == NO_PLAN).any():
        return 0, picked  # no plan at all; what a plan wins is never below 0
    total += constant + people.constant + ((exact_sum(sites) + standing) << shift)
    return total, picked


def _gains(
    problem: Problem, spec: Objective, people: People, pi: Ints, shift: int
) -> tuple[Ints, int]:
    """g[o] in 2**shift, and what existing outlets of limited capacity collect."""
    if not with_capacity(problem, spec):
        return gaining.option_gains(problem, gaining.collect(problem, problem.reach, pi, shift)), 0
    order = gaining.by_limit(problem)
    persons = np.stack([problem.persons[problem.targets[t].group] for t in order], axis=1)
    persons = np.ascontiguousarray(persons)
    persons[people.free[:, order]] = 0
    o, outlets = problem.options, problem.outlets
    whole = UNLIMITED // problem.person_units
    chosen = gaining.filled(
        problem,
        pi,
        persons,
        o.site,
        np.minimum(o.capacity, whole) * problem.person_units,
        np.stack([option_serves(problem, t) for t in order], axis=1),
        problem.reach,
        shift,
    )
    limited = np.flatnonzero(outlets.capacity < UNLIMITED)
    standing = gaining.filled(
        problem,
        pi,
        persons,
        limited,
        np.minimum(outlets.capacity[limited], whole) * problem.person_units,
        np.stack([outlet_serves(problem, t)[limited] for t in order], axis=1),
        outlets.reach,
        shift,
    )
    return chosen, exact_sum(standing)
