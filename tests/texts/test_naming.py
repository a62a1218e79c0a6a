"""What planners call things, in both languages."""

from __future__ import annotations

from siting.result.naming import tiers_told


def test_tiers_are_told_in_order_with_signs() -> None:
    """Gains and losses, thousands apart; nothing is +0, never -0."""
    change = {"basic": -2843.0, "quality": 4296.4}
    assert tiers_told(change, "en") == "basic formats -2,843, quality formats +4,296"
    assert tiers_told({"basic": -0.0}, "zh") == "基本保障类 +0"
