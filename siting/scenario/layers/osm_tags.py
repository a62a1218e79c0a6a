"""Tags of OpenStreetMap as a scenario names them."""

from __future__ import annotations


def split_filter(text: str) -> tuple[str, str | None]:
    """``amenity=marketplace`` as key and value; the value is None for ``amenity=*``.

    Raises:
        ValueError: anything else.
    """
    key, equals, value = (part.strip() for part in text.partition("="))
    if not (key and equals and value):
        raise ValueError(text)
    return key, None if value == "*" else value
