"""The form of a circle (组团式, 街坊式, 分布式), measured from where its outlets are.

Outlets that lie within ``NEAR_M`` of one another, straight, belong together, and so on from each to
the next. A circle is *clustered* where one such cluster holds at least half of its outlets,
*street-block* where at least half are in clusters of three or more, else *dispersed*. The guide
names the three forms and gives no figures; these are an assumption (mark A).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.scenario.assemble.rules_form import A_BLOCK, NEAR_M

__all__ = ["A_BLOCK", "NEAR_M", "Form", "form_of"]

HALF = 0.5


@dataclass(frozen=True)
class Form:
    """What was measured."""

    form: str
    """clustered, street_block or dispersed."""
    outlets: int
    largest: int
    """Outlets in the largest cluster."""
    in_blocks: int
    """Outlets in clusters of three or more."""


def form_of(xy: NDArray[np.float64]) -> Form | None:
    """Of outlets at these places, planar metres, shape (n, 2); None of fewer than three."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import KDTree

    n = len(xy)
    if n < A_BLOCK:
        return None
    pairs = KDTree(xy).query_pairs(NEAR_M, output_type="ndarray")
    ones = np.ones(len(pairs), np.int8)
    _, cluster = connected_components(
        coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(n, n)), directed=False
    )
    size = np.bincount(cluster)
    largest, in_blocks = int(size.max()), int(size[size >= A_BLOCK].sum())
    if largest >= HALF * n:
        form = "clustered"
    else:
        form = "street_block" if in_blocks >= HALF * n else "dispersed"
    return Form(form, n, largest, in_blocks)
