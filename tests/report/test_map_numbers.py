"""Numbers on the map of a report can be read: none lies on another or on a site's mark."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from siting.report.picture import MARK_PT, NUMBER_PT, _numbers, _points_per_degree


@pytest.mark.parametrize("crowd", [0.0, 0.002, 0.05])
def test_numbers_keep_off_each_other_and_marks(crowd: float) -> None:
    """However near sites are; the first number is always there, and all are where there is room."""
    low, high = np.array([108.9, 34.2]), np.array([108.95, 34.24])
    rng = np.random.default_rng(7)
    sites = np.array([108.925, 34.22]) + crowd * rng.uniform(-0.4, 0.4, (12, 2))
    axes = Figure().subplots()
    _numbers(axes, sites, {k: k + 1 for k in range(12)}, low, high)
    told = {int(one.get_text()): one for one in axes.texts if isinstance(one, Annotation)}
    assert 1 in told
    assert crowd < 0.05 or len(told) == 12
    points = (sites - low) * _points_per_degree(low, high)
    boxes = []
    for number, one in told.items():
        left, bottom = points[number - 1] + one.xyann
        boxes.append(
            (left, bottom, left + NUMBER_PT * 0.6 * len(one.get_text()), bottom + NUMBER_PT)
        )
    for k, a in enumerate(boxes):
        for x, y in points:
            r = MARK_PT
            assert not (a[0] - r < x < a[2] + r and a[1] - r < y < a[3] + r)
        for b in boxes[:k]:
            assert a[0] >= b[2] or b[0] >= a[2] or a[1] >= b[3] or b[1] >= a[3]
