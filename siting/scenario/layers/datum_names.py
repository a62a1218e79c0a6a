"""Names of systems of degrees, those of Chinese map services among them."""

from __future__ import annotations

OFFSET_DATUMS = ("GCJ02", "BD09")
SPOKEN = {
    "WGS84": "EPSG:4326", "CGCS2000": "EPSG:4490", "国家2000": "EPSG:4490",
    "GCJ02": "GCJ02", "GCJ02LL": "GCJ02", "火星坐标": "GCJ02", "火星坐标系": "GCJ02",
    "BD09": "BD09", "BD09LL": "BD09", "百度坐标": "BD09", "百度坐标系": "BD09",
}  # fmt: skip
"""Names that systems of degrees go by, without blanks and dashes, and what they are here."""


def spoken(name: str) -> str | None:
    """The system of degrees that a name means, None for other names."""
    return SPOKEN.get(name.upper().translate({ord(sign): None for sign in " -_"}))
