"""Where a frontier bends: up to a knee money gains many people, after it few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

BEND = 0.6
"""A bend counts when a unit of money gains at most this part of what it gained before."""


@dataclass(frozen=True)
class Knee:
    """A bend of the concave hull of a frontier."""

    x: float
    y: float
    before: float
    """People per unit of money on the way to it."""
    after: float
    """Beyond it."""
    strongest: bool
    """Farthest above the straight line from the first point to the last."""


def hull(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The upper concave hull of points ascending in x (monotone chain)."""
    kept: list[tuple[float, float]] = []
    for x, y in points:
        while len(kept) > 1 and _turns_up(kept[-2], kept[-1], (x, y)):
            kept.pop()
        if not kept or x > kept[-1][0]:
            kept.append((x, y))
        elif y > kept[-1][1]:
            kept[-1] = (x, y)
    return kept


def knees(points: Sequence[tuple[float, float]], bend: float = BEND) -> list[Knee]:
    """The bends of a frontier.

    The strongest is where the frontier stands farthest above the straight line between its ends,
    both axes scaled to 0..1 (Satopää et al., Finding a "kneedle" in a haystack, ICDCSW 2011).

    Args:
        points: (money, people), ascending in money; the frontier's origin should be among them.
    """
    corners = hull(points)
    if len(corners) < 3:
        return []
    (x0, y0), (x1, y1) = corners[0], corners[-1]
    width, height = x1 - x0, y1 - y0
    if width <= 0 or height <= 0:
        return []
    rise = [(y - y0) / height - (x - x0) / width for x, y in corners]
    top = max(range(len(corners)), key=lambda k: rise[k])
    found = []
    for k in range(1, len(corners) - 1):
        before, after = _slope(corners[k - 1], corners[k]), _slope(corners[k], corners[k + 1])
        if k == top or after <= bend * before:
            found.append(Knee(*corners[k], before, after, k == top))
    return found


def _slope(a: tuple[float, float], b: tuple[float, float]) -> float:
    return (b[1] - a[1]) / (b[0] - a[0])


def _turns_up(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    """Whether b lies on or under the line from a to c."""
    return (b[1] - a[1]) * (c[0] - a[0]) <= (c[1] - a[1]) * (b[0] - a[0])
