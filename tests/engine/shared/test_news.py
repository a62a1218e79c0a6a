"""News: what a listener hears of plan and bound."""

from __future__ import annotations

import numpy as np
import pytest

from siting.engine.shared.news import News
from siting.progress import Progress, Stop


def test_a_gap_is_told_as_soon_as_both_are_known() -> None:
    """Relative to the plan; the bound comes in units of the problem; the plan is told only when it
    is new."""
    heard: list[Progress] = []
    news = News(Stop(), heard.append, 0.5, plan=lambda: np.array([3, 5]))
    news.bounded(220)
    news.better(100.0, "greedy")
    news.bounded(210)
    assert [(one.stage, one.objective, one.bound) for one in heard] == [
        ("bound", None, 110.0),
        ("search", 100.0, 110.0),
        ("bound", 100.0, 105.0),
    ]
    assert heard[0].gap is None
    assert heard[1].gap == pytest.approx(0.10)
    assert heard[2].gap == pytest.approx(0.05)
    assert [one.plan is None for one in heard] == [True, False, True]
    assert [one.seconds for one in heard] == sorted(one.seconds for one in heard)
    assert heard[1].note == "greedy"
