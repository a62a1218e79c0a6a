"""Quarter: the period of a report, and the day on which it is due."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from siting.errors import ArgumentError
from siting.notice import Notice

DUE_DAY = 10
"""Of a quarter's first month: by then the progress of the quarter before is reported (the notice,
docs/domain.md, section 1)."""


@dataclass(frozen=True, order=True)
class Quarter:
    """Three months of a year."""

    year: int
    number: int
    """1 to 4."""

    @classmethod
    def of(cls, text: str) -> Quarter:
        """``2026Q3``; 2026-Q3 and 2026年第三季度 are read too. Raises ArgumentError."""
        parts = re.fullmatch(r"\s*(\d{4})\s*[-/ ]?\s*[Qq]\s*([1-4])\s*", text)
        if parts is None:
            parts = re.fullmatch(r"\s*(\d{4})年(?:第)?([1-4一二三四])季度?\s*", text)
        if parts is None or int(parts[1]) < 2000:
            raise ArgumentError(Notice("quarterly.quarter", found=text))
        number = parts[2] if parts[2].isascii() else str("一二三四".index(parts[2]) + 1)
        return cls(int(parts[1]), int(number))

    @classmethod
    def before(cls, day: date) -> Quarter:
        """The last one that has ended."""
        return cls(day.year, (day.month - 1) // 3 + 1).previous

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"

    @property
    def following(self) -> Quarter:
        """The next one."""
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def previous(self) -> Quarter:
        """The one before."""
        return Quarter(self.year - (self.number == 1), (self.number + 2) % 4 + 1)

    @property
    def start(self) -> date:
        """Its first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def end(self) -> date:
        """Its last day."""
        return self.following.start - timedelta(days=1)

    @property
    def due(self) -> date:
        """The day by which its report is due."""
        return self.following.start.replace(day=DUE_DAY)

    def overdue_days(self, today: date) -> int:
        """Days that its report is late; 0 while it is not."""
        return max(0, (today - self.due).days)
