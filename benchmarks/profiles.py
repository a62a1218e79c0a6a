"""Performance profiles: what share of the instances a method has done within a factor of the best.

Reference: Dolan and More, Benchmarking optimization software with performance profiles,
Mathematical Programming 91 (2002).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Curve = list[tuple[float, float]]
"""(x, share of instances with a value <= x), ascending."""

SMALLEST = 1e-6


def time_profile(seconds: Mapping[str, Sequence[float | None]]) -> dict[str, Curve]:
    """Ratio of the time to a proven optimum to the best method's, a curve a method.

    Args:
        seconds: a method's times on the same instances in the same order; None = not proven.
    """
    count = len(next(iter(seconds.values()), ()))
    best: list[float | None] = []
    for k in range(count):
        done = [value for value in (times[k] for times in seconds.values()) if value is not None]
        best.append(max(SMALLEST, min(done)) if done else None)
    curves: dict[str, Curve] = {}
    for name, times in seconds.items():
        ratios = [
            max(SMALLEST, own) / least
            for own, least in zip(times, best, strict=True)
            if own is not None and least is not None
        ]
        curves[name] = shares(ratios, count)
    return curves


def shares(values: Sequence[float], count: int) -> Curve:
    """Step curve of ``values`` among ``count`` instances; those without a value never count."""
    ordered = sorted(values)
    return [(value, (k + 1) / count) for k, value in enumerate(ordered)]
