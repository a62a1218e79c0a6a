"""Zones of the Chinese systems: with the zone's number before the easting, and without.

Each system has a code of its own for both forms of every zone, three degrees or six wide; tables
often have one form and name the other.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

MILLION = 1_000_000
_FAMILIES = (
    ("CGCS2000", 4513, 4534, range(25, 46)),
    ("CGCS2000", 4491, 4502, range(13, 24)),
    ("Xian 1980", 2349, 2370, range(25, 46)),
    ("Xian 1980", 2327, 2338, range(13, 24)),
    ("Beijing 1954", 2401, 2422, range(25, 46)),
    ("Beijing 1954", 21413, 21453, range(13, 24)),
)
"""Datum, code of the first zone with its number, and without, zones (EPSG registry)."""
OLD_DATUMS = ("Xian 1980", "Beijing 1954")
"""Datums from which no parameters lead to others: a library moves nothing and says nothing."""


def twin(crs: str) -> tuple[str, int] | None:
    """The same zone's other form, and the zone's number; None for another system."""
    code = _code(crs)
    for _, numbered, plain, zones in _FAMILIES:
        if numbered <= code < numbered + len(zones):
            return f"EPSG:{plain + code - numbered}", zones[code - numbered]
        if plain <= code < plain + len(zones):
            return f"EPSG:{numbered + code - plain}", zones[code - plain]
    return None


def relatives(crs: str) -> Iterator[str]:
    """The other zones of a system, in the same form, the nearest first."""
    code = _code(crs)
    for _, numbered, plain, zones in _FAMILIES:
        for first in (numbered, plain):
            if first <= code < first + len(zones):
                others = [c for c in range(first, first + len(zones)) if c != code]
                yield from (f"EPSG:{c}" for c in sorted(others, key=lambda c: abs(c - code)))
    for first in (32601, 32701):
        if first <= code < first + 60:
            others = [c for c in range(first, first + 60) if c != code]
            yield from (f"EPSG:{c}" for c in sorted(others, key=lambda c: abs(c - code)))


def zone_number(x: NDArray[np.float64]) -> int | None:
    """The number that stands before every easting, 13 to 45; None where there is none."""
    if not len(x) or not np.isfinite(x).all():
        return None
    number = int(x[0] // MILLION)
    return number if 13 <= number <= 45 and (x // MILLION == number).all() else None


def with_number(crs: str, number: int) -> str | None:
    """The system of the same datum and width whose eastings begin with this number."""
    code = _code(crs)
    for _, numbered, plain, zones in _FAMILIES:
        mine = any(first <= code < first + len(zones) for first in (numbered, plain))
        if mine and number in zones:
            return f"EPSG:{numbered + zones.index(number)}"
    return None


def _code(crs: str) -> int:
    authority, _, code = crs.upper().partition(":")
    return int(code) if authority == "EPSG" and code.isdigit() else -1
