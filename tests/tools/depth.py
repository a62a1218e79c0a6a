"""How many examples a property gets."""

from __future__ import annotations

from hypothesis import settings

EVERY_DAY = settings.get_profile("ci").max_examples
"""What a property without a number of its own gets under the profile of every day."""


def examples(count: int) -> settings:
    """So many examples every day, and as many times more as the profile asks for."""
    return settings(max_examples=len(seeds(count)))


def seeds(count: int) -> range:
    """As :func:`examples`, for loops over seeds that count how often something happens."""
    return range(count * settings().max_examples // EVERY_DAY)
