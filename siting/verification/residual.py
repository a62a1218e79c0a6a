"""What multipliers leave to the people, point by point, in exact integers (see ``Certificate``)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.kernels import njit, prange
from siting.notice import Notice
from siting.problem import TIERS, UNLIMITED, Objective, Problem
from siting.problem.solution import Certificate
from siting.verification import gains as gaining
from siting.verification.certificate import CertificateError
from siting.verification.minima import inside, needs
from siting.verification.objectives import KNOWN, with_capacity
from siting.verification.people import Ints, Mask, count_today, exact_sum, multipliers
from siting.verification.prices import ROOM
from siting.verification.service import serve

FEW = 400_000
"""Points times targets up to which operations on whole arrays are quick, and compile nothing."""
BLOCK = 4096
"""Points that one thread takes at a time."""


@dataclass(frozen=True)
class People:
    """W[i,t] = persons * rate of (t, district), 0 where somebody unlimited covers today."""

    problem: Problem
    rate: Ints
    """Shape (n_targets, n_districts + 1): the last column for points in no district."""
    circle: Ints
    """complete_circle: D for the targets that make a circle, else 0. Shape (n_targets,)."""
    free: Mask
    """Points and targets covered today (of a circle's standard also: elsewhere than it holds),
    shape (n_points, n_targets)."""
    constant: int
    """- Σ φ need - held_price * held - today's served people where capacity counts."""
    worth: int
    """At most this in all, 1/D units."""

    @classmethod
    def of(cls, problem: Problem, certificate: Certificate, spec: Objective) -> People:
        scale, held_price = int(certificate.theta_scale), int(certificate.held_price)
        circle_model = KNOWN[spec.model].counts == "circles"
        capacity = with_capacity(problem, spec)
        weight = multipliers(problem)
        n_districts = 0
        if problem.point_district is not None and problem.n_points:
            n_districts = max(0, int(problem.point_district.max()) + 1)
        rate = [[0] * (n_districts + 1) for _ in problem.targets]
        circle = [0] * problem.n_targets
        per_unit = [_counts(problem, certificate, t, scale, held_price) for t in range(len(rate))]
        for t, target in enumerate(problem.targets):
            if circle_model:
                circle[t] = scale if target.tier == TIERS[0] and weight[t] else 0
            else:
                rate[t] = [per_unit[t] * weight[t]] * (n_districts + 1)
        free = np.zeros((problem.n_points, problem.n_targets), bool)
        unlimited = problem.outlets.capacity >= UNLIMITED if capacity else None
        for t in range(problem.n_targets):
            free[:, t] = count_today(problem, t, unlimited) > 0
            if circle[t]:
                free[:, t] |= problem.elsewhere(t)
        constant = -held_price * int(certificate.held or 0)
        for need, price in zip(needs(problem), _phi(problem, certificate), strict=True):
            constant -= price * need.people
            here = inside(problem, need.district)
            for t in need.targets:
                persons = problem.persons[problem.targets[t].group]
                constant += price * exact_sum(persons, here & free[:, t])
                for d in range(n_districts + 1) if need.district is None else (need.district,):
                    if need.district is None or d < n_districts:
                        rate[t][d] += price
        if capacity:
            today = serve(problem, spec, np.zeros(0, np.int64), [])
            for t, target in enumerate(problem.targets):
                already = exact_sum(problem.persons[target.group], free[:, t])
                constant -= (int(today.served[t]) - already) * per_unit[t] * weight[t]
        persons_sum = [exact_sum(row) for row in problem.persons]
        worth = sum(persons_sum[x.group] * max(rate[t]) for t, x in enumerate(problem.targets))
        if circle_model:
            crowd = problem.persons.max(axis=0) if problem.n_points else np.zeros(0, np.int64)
            worth += scale * exact_sum(crowd) * problem.n_targets
        most = max((int(problem.persons.max()) if problem.persons.size else 0), 1)
        if most * max(max(map(max, rate), default=0) + scale, 1) >= ROOM:
            raise CertificateError(Notice("certificate.numbers_large"))
        return cls(
            problem,
            np.array(rate, np.int64).reshape(problem.n_targets, n_districts + 1),
            np.array(circle, np.int64),
            free,
            constant,
            worth,
        )

    @property
    def shift(self) -> int:
        """What sites collect is summed in 2**shift, so that no sum leaves int64."""
        return max(0, (self.worth * max(1, self.problem.n_formats)).bit_length() - 60)

    def residual(self, certificate: Certificate, points: Ints | None = None) -> tuple[int, Ints]:
        """Σ (W - Π), and Π with columns in the order of ``by_limit``.

        Args:
            points: of these only, positions; None = of all.
        """
        problem = self.problem
        order = gaining.by_limit(problem)
        groups = np.array([problem.targets[t].group for t in order], np.int64)
        phases = np.array([problem.targets[t].phase for t in order], np.int64)
        district = np.full(problem.n_points, -1, np.int64)
        if problem.point_district is not None:
            district[:] = np.maximum(problem.point_district, -1)
        persons, free, u = problem.persons, self.free, certificate.u
        if points is not None:
            persons = np.ascontiguousarray(persons[:, points])
            free, u, district = free[points], u[points], district[points]
        n = len(district)
        pi = np.zeros((n, problem.n_targets), np.int64)
        high, low = (_residual_plain if n * len(order) < FEW else _residual_threads)(
            persons,
            np.array(order, np.int64),
            groups,
            phases,
            problem.n_phases,
            district,
            self.rate,
            self.circle,
            free,
            u,
            pi,
        )
        return (int(high) << 31) + int(low), pi


def _counts(problem: Problem, certificate: Certificate, t: int, scale: int, held_price: int) -> int:
    """What one unit of target t is worth: D in the counted tier, the held price in held ones."""
    tier = problem.targets[t].tier
    if certificate.tier is None or tier == certificate.tier:
        return scale
    earlier = TIERS.index(tier) < TIERS.index(certificate.tier)
    return held_price if certificate.held is not None and earlier else 0


def _phi(problem: Problem, certificate: Certificate) -> list[int]:
    """One price a row of :func:`needs`."""
    if certificate.phi:
        return [int(price) for row in certificate.phi for price in row]
    return [0] * len(needs(problem))


def _residual_plain(
    persons: Ints,
    order: Ints,
    groups: Ints,
    phases: Ints,
    n_phases: int,
    district: Ints,
    rate: Ints,
    circle: Ints,
    free: Mask,
    u: NDArray[np.uint16],
    pi: Ints,
) -> tuple[int, int]:
    """As :func:`_left_at` has it, of all points at once; fills Π."""
    last = rate.shape[1] - 1
    d = np.where((district >= 0) & (district < last), district, last)
    crowd = persons.max(axis=0, initial=0)
    own = np.zeros_like(pi)
    left = []
    for column, t in enumerate(order):
        owed = ~free[:, t]
        own[:, column] = np.where(owed, persons[groups[column]] * rate[t, d], 0)
        worth = own[:, column] + crowd * circle[t]
        share = u[:, t].astype(np.int64)
        most = (worth // 65535) * share + ((worth % 65535) * share) // 65535
        pi[:, column] = np.where(owed, most, 0)
        left.append(np.maximum(0, own[:, column] - pi[:, column]))
    for now in range(n_phases):
        parts = [c for c, t in enumerate(order) if circle[t] > 0 and phases[c] == now]
        if not parts:
            continue
        whole = crowd * circle[order[parts[-1]]]
        for column in parts:
            paid = np.maximum(0, pi[:, column] - own[:, column])
            whole = whole - np.where(free[:, order[column]], 0, np.minimum(whole, paid))
        open_ = ~free[:, order[parts]].all(axis=1)
        left.append(np.where(open_, whole, 0))
    high = sum(int((some >> 31).sum()) for some in left)
    return high, sum(int((some & (2**31 - 1)).sum()) for some in left)


@njit(cache=True, parallel=True)
def _residual_threads(  # type: ignore[no-untyped-def]
    persons, order, groups, phases, n_phases, district, rate, circle, free, u, pi
):
    n_blocks = (len(district) + BLOCK - 1) // BLOCK
    high, low = np.int64(0), np.int64(0)
    for block in prange(n_blocks):
        first = block * BLOCK
        more = _residual(
            first,
            min(len(district), first + BLOCK),
            persons,
            order,
            groups,
            phases,
            n_phases,
            district,
            rate,
            circle,
            free,
            u,
            pi,
        )
        high += more[0]
        low += more[1]
    return high, low


@njit(cache=True)
def _residual(  # type: ignore[no-untyped-def]
    first, last_point, persons, order, groups, phases, n_phases, district, rate, circle, free, u, pi
):
    """Σ of what is left to the people, as high * 2**31 + low; fills Π."""
    last = rate.shape[1] - 1
    high, low = np.int64(0), np.int64(0)
    for i in range(first, last_point):
        d = district[i] if 0 <= district[i] < last else last
        above, below = _left_at(
            i, d, persons, order, groups, phases, n_phases, rate, circle, free, u, pi
        )
        high += above
        low += below
    return high, low


@njit(cache=True)
def _left_at(  # type: ignore[no-untyped-def]
    i, d, persons, order, groups, phases, n_phases, rate, circle, free, u, pi
):
    """What is left to the people of one point, in two parts; fills the point's Π.

    A circle of a phase: v <= z[t] for its targets; what a site pays beyond the target's own
    worth (a minimum coverage's) goes towards the circle.
    """
    n_targets = len(order)
    high, low = np.int64(0), np.int64(0)
    crowd = np.int64(0)
    for g in range(len(persons)):
        crowd = max(crowd, persons[g, i])
    for column in range(n_targets):
        t = order[column]
        own = np.int64(0)
        if not free[i, t]:
            own = persons[groups[column], i] * rate[t, d]
            worth = own + crowd * circle[t]
            share = np.int64(u[i, t])
            pi[i, column] = (worth // 65535) * share + ((worth % 65535) * share) // 65535
        left = max(np.int64(0), own - pi[i, column])
        high += left >> 31
        low += left & 2147483647
    for now in range(n_phases):
        whole = np.int64(0)
        open_ = False
        for column in range(n_targets):
            t = order[column]
            if circle[t] > 0 and phases[column] == now:
                whole = crowd * circle[t]
                if not free[i, t]:
                    open_ = True
        if not open_:
            continue
        for column in range(n_targets):
            t = order[column]
            if circle[t] > 0 and phases[column] == now and not free[i, t]:
                own = persons[groups[column], i] * rate[t, d]
                whole -= min(whole, max(np.int64(0), pi[i, column] - own))
        high += whole >> 31
        low += whole & 2147483647
    return high, low
