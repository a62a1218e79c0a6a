"""What lies beside a raster and belongs to it: a mask, a world file, notes of GDAL and of Esri.

GDAL keeps what a GeoTIFF of another program cannot be written into in ``NAME.tif.aux.xml`` (its
"persistent auxiliary metadata"), a mask in ``NAME.tif.msk``; world files (Esri) say where a plain
TIFF lies.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

Turn = tuple[float, float, float, float, float, float]
"""a, b, c, d, e, f: x = a column + b row + c and y = d column + e row + f."""
MOST_BYTES = 2**24
"""Largest file of notes that is looked into, 16 MiB: histograms make them long."""
_WORLD = (".tfw", ".tifw", ".wld", ".TFW")


@dataclass(frozen=True)
class Beside:
    """What the further files of a raster say."""

    no_data: dict[int, float] = field(default_factory=dict)
    """By the band's position, from 0."""
    crs: str | None = None
    turn: Turn | None = None
    mask: Path | None = None
    files: tuple[Path, ...] = ()


def of(path: Path) -> Beside:
    """Look beside a raster.

    Raises:
        ValueError, ET.ParseError: one of the files is broken.
    """
    notes, mask = (path.with_name(path.name + end) for end in (".aux.xml", ".msk"))
    world = next((w for end in _WORLD if (w := path.with_suffix(end)).is_file()), None)
    no_data: dict[int, float] = {}
    crs = None
    files = []
    if notes.is_file() and notes.stat().st_size <= MOST_BYTES:
        files.append(notes)
        root = ET.fromstring(notes.read_bytes())
        crs = (root.findtext("SRS") or "").strip() or None
        for band in root.iter("PAMRasterBand"):
            with suppress(ValueError):  # blank
                value = float(band.findtext("NoDataValue") or "")
                no_data[int(band.get("band", "1")) - 1] = value
    if world is not None:
        files.append(world)
    if mask.is_file():
        files.append(mask)
    turn = None if world is None else _turn(world)
    return Beside(no_data, crs, turn, mask if mask.is_file() else None, tuple(files))


def _turn(world: Path) -> Turn:
    """Six numbers, a line each, of which the last two are the centre of the first cell."""
    a, d, b, e, x, y = (float(word) for word in world.read_text("ascii").split()[:6])
    return a, b, x - (a + b) / 2, d, e, y - (d + e) / 2
