"""Days that people write: a day, a month or a year, and the last day of a phase."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

_WHEN = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?")
"""2027-12-31, 2027/12/31, 2027-12, 2027."""
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def last_day(text: str) -> date | None:
    """The last day of a date, a month or a year; None of words and of what no calendar has."""
    parts = _WHEN.fullmatch(text.strip())
    if parts is None:
        return None
    year, month = int(parts[1]), int(parts[2] or 12)
    try:
        return date(year, month, int(parts[3] or monthrange(year, month)[1]))
    except ValueError:
        return None


def end_of_phase(name: str, ends: str | None) -> date | None:
    """The last day of a phase: as it says, else of the last year that its name tells.

    Args:
        ends: what the phase says; None where it says nothing.
    """
    if ends is not None:
        return last_day(ends)
    years = [int(year) for year in _YEAR.findall(name)]
    return date(max(years), 12, 31) if years else None


def start_of_phase(name: str) -> date | None:
    """The first day of the first year that a phase's name tells."""
    years = [int(year) for year in _YEAR.findall(name)]
    return date(min(years), 1, 1) if years else None
