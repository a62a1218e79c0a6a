"""From the multipliers of a bound to a certificate in integers about the problem's own points."""

from __future__ import annotations

import numpy as np

from siting.engine.cover.duals import Duals
from siting.engine.shared.instance import Instance
from siting.engine.shared.rows import Rows
from siting.engine.shared.stage import Stage, at_one_point
from siting.problem.solution import Certificate

FULL = 65535


def certify(instance: Instance, rows: Rows, duals: Duals, stage: Stage) -> Certificate:
    """Round the multipliers; any rounding stays valid, and verify recomputes what it is worth."""
    problem = instance.problem
    # People nobody reaches cost the bound nothing when all their value is left to the sites.
    u = np.full((problem.n_points, problem.n_targets), FULL, np.uint16)
    inside = instance.pattern >= 0
    rounded = np.rint(duals.u * FULL).astype(np.uint16)
    for k, t in enumerate(instance.target):
        u[inside, t] = rounded[instance.pattern[inside], k]
    priced = sum(
        float(price) * float(row.coefficient.sum())
        for row, price in zip(stage.cover_rows, duals.phi, strict=True)
    )
    total = max(int(instance.value.sum()) + int(priced) + 1, at_one_point(problem))
    scale = scale_of(total, duals.theta, duals.phi)
    theta = [np.zeros(rule.n_rows, np.int64) for rule in problem.rules]
    for r in rows.shared:
        theta[rows.rule[r]][rows.row[r]] = round(duals.theta[r] * scale)
    return Certificate(
        u,
        tuple(theta),
        scale,
        phi=stage.phi(duals.phi, scale),
        tier=stage.tier,
        held=stage.held,
        held_price=stage.held_price(duals.phi, scale),
    )


def scale_of(total: int, *prices: np.ndarray) -> int:
    """The largest power of two, up to 2^30, that keeps all sums in 62 bits."""
    largest = max([1.0, *(float(price.max(initial=0.0)) for price in prices)])
    bits = 61 - total.bit_length() - int(np.ceil(np.log2(largest)))
    return 1 << max(0, min(30, bits))
