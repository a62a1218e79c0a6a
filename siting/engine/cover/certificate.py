"""From the multipliers of a bound to a certificate in integers about the problem's own points."""

from __future__ import annotations

import numpy as np

from siting.engine.cover.duals import Duals
from siting.engine.shared.arrays import Floats
from siting.engine.shared.instance import Instance
from siting.engine.shared.rows import Rows
from siting.engine.shared.stage import Stage, at_one_point
from siting.engine.shared.whole_prices import fitting
from siting.problem.solution import Certificate

FULL = 65535
ROOM = 61
"""Bits that what the judge adds up stays in."""


def certify(instance: Instance, rows: Rows, duals: Duals, stage: Stage) -> Certificate:
    """Round the multipliers; any rounding stays valid, and verify recomputes what it is worth."""
    problem = instance.problem
    # People nobody reaches cost the bound nothing when all their value is left to the sites.
    u = np.full((problem.n_points, problem.n_targets), FULL, np.uint16)
    inside = instance.pattern >= 0
    rounded = np.rint(duals.u * FULL).astype(np.uint16)
    for k, t in enumerate(instance.target):
        u[inside, t] = rounded[instance.pattern[inside], k]
    people = np.array([float(row.coefficient.sum()) for row in stage.cover_rows])
    least, alone = int(instance.value.sum()) + 1, at_one_point(problem)

    def sum_of(prices: list[Floats]) -> float:
        return max(least + float(prices[1] @ people), alone)

    (shared, phi), scale = fitting(sum_of, [duals.theta, duals.phi], ROOM)
    theta = [np.zeros(rule.n_rows, np.int64) for rule in problem.rules]
    for r in rows.shared:
        theta[rows.rule[r]][rows.row[r]] = round(shared[r] * scale)
    return Certificate(
        u,
        tuple(theta),
        scale,
        phi=stage.phi(phi, scale),
        tier=stage.tier,
        held=stage.held,
        held_price=stage.held_price(phi, scale),
    )
