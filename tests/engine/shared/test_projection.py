"""The fractional plan nearest to a wish, within floors, formats and the main row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from siting.engine.shared.hull import mixtures
from siting.engine.shared.projection import first_of_format, project_sites, root
from tests.tools.depth import examples

Float = NDArray[np.float64]


@examples(200)
@given(
    st.lists(st.tuples(st.floats(0.01, 100), st.floats(0, 50)), min_size=1, max_size=6),
    st.just(0.0) | st.floats(1, 200),
    st.just(0.0) | st.floats(1, 100),
    st.floats(0, 120),
    st.just(0.0) | st.floats(-50, -1e-3),
)
def test_root_is_the_first_price_at_which_nothing_is_in_excess(
    kinks: list[tuple[float, float]], rhs: float, jump: float, start: float, slope: float
) -> None:
    """Whatever the start: nothing is in excess there, and the last call was made there. Where the
    excess does not jump, something is in excess one per cent below, or the row is used up to a
    hundred-thousandth."""
    asked: list[float] = []
    scale = max(rhs, 1.0)

    def excess(price: float) -> float:
        asked.append(price)
        used = sum(steep * max(0.0, end - price) for steep, end in kinks)
        return used + jump * (price < kinks[0][1]) - rhs

    price, new_slope = root(excess, start, slope, scale)
    assert asked[-1] == price >= 0
    assert new_slope <= 0
    left = -excess(price)
    assert left >= 0
    assert jump or price == 0 or left <= 1e-5 * scale or excess(0.99 * price - 1e-6) > 0


@dataclass(frozen=True)
class Sites:
    """Two sites of some options: a wish ``v``, the metric ``1 / tau`` and what the rules ask."""

    v: Float
    tau: Float
    main: Float
    area: NDArray[np.int64]
    format: NDArray[np.int32]
    floor: NDArray[np.int64]
    start: NDArray[np.int64]

    def project(
        self, price: float, fees: Float, opening: Float, *, whole: bool = False
    ) -> tuple[Float, float]:
        """What the kernel makes of it, and the main row's use."""
        y = np.full(len(self.v), np.nan)
        spent = project_sites(
            np.arange(len(self.floor)),
            self.v,
            self.tau,
            price,
            self.main,
            opening,
            fees,
            self.area,
            self.start,
            self.floor,
            first_of_format(self.start, self.format),
            *mixtures(len(self.floor) if whole else 0),
            y,
            0,
            len(self.floor),
        )
        return y, spent

    def allowed(self, y: Float, slack: float) -> bool:
        """Whether a plan keeps floors and at most one option a format."""
        for s in range(len(self.floor)):
            here = slice(self.start[s], self.start[s + 1])
            if self.area[here] @ y[here] > self.floor[s] + slack:
                return False
            parts = np.bincount(self.format[here], y[here]) if self.start[s + 1] > here.start else y
            if (parts > 1 + slack).any():
                return False
        return bool(((y >= 0) & (y <= 1)).all())


@st.composite
def sites(draw: st.DrawFn, *, sizes: bool = True, floors: bool = True) -> Sites:
    """Formats ascend within a site, as an instance has them."""
    counts = draw(st.lists(st.integers(1, 5), min_size=1, max_size=2))
    n = sum(counts)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    start = np.append(0, np.cumsum(counts)).astype(np.int64)
    format_ = np.concatenate(
        [np.sort(rng.integers(0, 3, k)) if sizes else np.arange(k) for k in counts]
    )
    area = rng.integers(0, 6, n)
    return Sites(
        rng.uniform(-0.5, 2.0, n),
        rng.uniform(0.1, 3.0, n),
        rng.integers(0, 4, n).astype(float),
        area,
        format_.astype(np.int32),
        rng.integers(1, 12, len(counts)) if floors else np.full(len(counts), 10**9),
        start,
    )


@examples(150)
@given(sites(), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_projection_is_the_nearest_feasible_plan(case: Sites, price: float, seed: int) -> None:
    """At a main price: no feasible plan is nearer to the wish less what the main row charges,
    measured in 1/τ; and the use told is the main row's."""
    zero = np.zeros(len(case.floor))
    y, spent = case.project(price, zero, zero)
    assert case.allowed(y, 1e-5)
    assert np.isclose(spent, case.main @ y)
    wish = case.v - case.tau * price * case.main
    rng = np.random.default_rng(seed)
    for _ in range(60):
        other = rng.random(len(y))
        other = (np.round(other) if rng.random() < 0.5 else other) * (rng.random(len(y)) < 0.6)
        if case.allowed(other, 0):
            # Nearest on a convex set: every feasible direction leads away from the wish.
            assert ((wish - y) * (other - y) / case.tau).sum() <= 2e-4


@examples(100)
@given(sites(sizes=False, floors=False), st.floats(0.01, 3), st.integers(0, 2**32 - 1))
def test_openings_are_charged_by_their_proximal_step(case: Sites, fee: float, seed: int) -> None:
    """Where neither floors nor sizes bind and no wish exceeds one: y minimises half the squared
    distance in 1/τ plus fee times the largest y of each site; the opening is in the use."""
    v = np.minimum(case.v, 1.0)
    case = Sites(v, case.tau, case.main, case.area, case.format, case.floor, case.start)
    opening = np.arange(1.0, 1.0 + len(case.floor))
    y, spent = case.project(0.0, np.full(len(case.floor), fee), opening)
    tops = np.maximum.reduceat(y, case.start[:-1])
    assert np.isclose(spent, case.main @ y + opening @ tops)

    def worth(plan: Float) -> float:
        top = np.maximum.reduceat(plan, case.start[:-1])
        return float(0.5 * ((plan - v) ** 2 / case.tau).sum() + fee * top.sum())

    rng = np.random.default_rng(seed)
    for _ in range(60):
        other = np.clip(y + rng.normal(size=len(y)) * rng.choice([0.001, 0.03, 0.5]), 0, 1)
        assert worth(y) <= worth(other) + 1e-6
