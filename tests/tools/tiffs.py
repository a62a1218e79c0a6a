"""GeoTIFF files for tests: one strip a row, plain or Deflate."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def write_tif(
    path: Path,
    bands: NDArray[np.float64],
    west: float,
    north: float,
    cell: float,
    epsg: int,
    *,
    no_data: float | None = None,
    deflate: bool = False,
    about: str = "",
    kind: str = "f4",
    more: Mapping[int, tuple[str, Sequence[float]]] | None = None,
) -> Path:
    """Bands of numbers, shape (n_bands, height, width), from the upper left corner on.

    Args:
        kind: of numbers, as numpy names it.
        more: tags, with the kind of their values; one without values is left out.
    """
    n, height, width = bands.shape
    geographic = epsg in (4326, 4490)
    keys = [1, 1, 0, 3, 1024, 0, 1, 2 if geographic else 1, 1025, 0, 1, 1]
    keys += [2048 if geographic else 3072, 0, 1, epsg]
    rows = [np.ascontiguousarray(bands[:, row].T, f"<{kind}").tobytes() for row in range(height)]
    strips = [zlib.compress(row) if deflate else row for row in rows]
    tags: dict[int, tuple[str, Sequence[float] | bytes]] = {
        256: ("I", [width]),
        257: ("I", [height]),
        258: ("H", [8 * int(kind[1])] * n),
        259: ("H", [8 if deflate else 1]),
        262: ("H", [1]),
        277: ("H", [n]),
        278: ("I", [1]),
        284: ("H", [1]),
        339: ("H", ["uif".index(kind[0]) + 1] * n),
        33550: ("d", [cell, cell, 0.0]),
        33922: ("d", [0, 0, 0, west, north, 0]),
        34735: ("H", keys),
        279: ("I", [len(strip) for strip in strips]),
        273: ("I", [0] * height),
    }
    if no_data is not None:
        tags[42113] = ("s", f"{no_data:g}".encode() + b"\0")
    if about:
        tags[270] = ("s", about.encode() + b"\0")
    tags = {tag: held for tag, held in (tags | dict(more or {})).items() if len(held[1])}
    head = 8 + 2 + 12 * len(tags) + 4
    extra = sum(_padded(_size(*tag)) for tag in tags.values() if _size(*tag) > 4)
    begin = head + extra
    starts = np.cumsum([0, *(len(strip) for strip in strips[:-1])]) + begin
    tags[273] = ("I", starts.tolist())
    entries, after = b"", b""
    for tag in sorted(tags):
        kind, values = tags[tag]
        held = (
            values if isinstance(values, bytes) else struct.pack(f"<{len(values)}{kind}", *values)
        )
        number = {"H": 3, "I": 4, "d": 12, "s": 2}[kind]
        count = len(values)
        if len(held) <= 4:
            field = held.ljust(4, b"\0")
        else:
            field = struct.pack("<I", head + len(after))
            after += held.ljust(_padded(len(held)), b"\0")
        entries += struct.pack("<HHI", tag, number, count) + field
    raw = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", 0)
    path.write_bytes(raw + after + b"".join(strips))
    return path


def _size(kind: str, values: Sequence[float] | bytes) -> int:
    return len(values) if isinstance(values, bytes) else struct.calcsize(kind) * len(values)


def _padded(size: int) -> int:
    return size + size % 2
