"""Words that stand twice in a row, as where a name is put beside a noun that it brings along."""

from __future__ import annotations

import re

LATIN = re.compile(r"\b([A-Za-z]{2,})(?: |, ?)\1\b", re.IGNORECASE)
"""Two blanks and more part the columns of a table."""
HAN = re.compile(r"([\u4e00-\u9fff]{2,})\1")
"""Two characters or more: single ones are doubled in good Chinese."""


def doubled(text: str) -> list[str]:
    """Each of them, with its double."""
    return [found.group() for words in (LATIN, HAN) for found in words.finditer(text)]
