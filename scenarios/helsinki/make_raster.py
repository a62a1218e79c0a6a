"""A population raster as WorldPop delivers it, made of the grid that this folder ships.

Every cell of 3 arc-seconds takes the people of the grid cell that its centre lies in, shared alike
among all such centres; a grid cell without one gives its people to the nearest. Written as a plain
GeoTIFF: one band of counts, -99999 for no data.

Run ``python scenarios/helsinki/make_raster.py people.tif`` for the walk in docs/raw-files.md.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

GRID = Path(__file__).parent / "data" / "helsinki_population_grid_2020.gpkg"
STEP = 1 / 1200
"""Degrees: 3 arc-seconds."""
NO_DATA = -99999.0


def raster() -> tuple[np.ndarray, float, float]:
    """Counts of shape (height, width), and the western and northern border."""
    grid = gpd.read_file(GRID).to_crs("EPSG:4326")
    west, south, east, north = grid.total_bounds
    west, north = np.floor(west / STEP) * STEP, np.ceil(north / STEP) * STEP
    width, height = (int(np.ceil(d / STEP)) for d in (east - west, north - south))
    x, y = west + STEP * (np.arange(width) + 0.5), north - STEP * (np.arange(height) + 0.5)
    centres = shapely.points(*(axis.ravel() for axis in np.meshgrid(x, y)))
    tree = shapely.STRtree(centres)
    counts = np.full(len(centres), NO_DATA)
    for shape, people in zip(grid.geometry, grid["population"], strict=True):
        inside = tree.query(shape, predicate="intersects")
        if not len(inside):
            inside = np.array([tree.nearest(shape)])
        counts[inside] = np.maximum(counts[inside], 0) + people / len(inside)
    return counts.reshape(height, width), west, north


def write(path: Path, values: np.ndarray, west: float, north: float) -> None:
    """One strip of 32-bit floats with its place (TIFF 6.0, OGC GeoTIFF 1.1)."""
    height, width = values.shape
    raw = np.ascontiguousarray(values, "<f4").tobytes()
    keys = (1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 1, 2048, 0, 1, 4326)
    tags = [
        (256, 4, (width,)),
        (257, 4, (height,)),
        (258, 3, (32,)),
        (259, 3, (1,)),
        (262, 3, (1,)),
        (273, 4, (8,)),
        (277, 3, (1,)),
        (278, 4, (height,)),
        (279, 4, (len(raw),)),
        (339, 3, (3,)),
        (33550, 12, (STEP, STEP, 0.0)),
        (33922, 12, (0.0, 0.0, 0.0, west, north, 0.0)),
        (34735, 3, keys),
        (42113, 2, b"-99999\0"),
    ]
    at = 8 + len(raw)
    entries, after = b"", b""
    begin = at + 2 + 12 * len(tags) + 4
    for tag, kind, held in tags:
        code = {3: "H", 4: "I", 12: "d"}.get(kind, "")
        data = held if isinstance(held, bytes) else struct.pack(f"<{len(held)}{code}", *held)
        field = data.ljust(4, b"\0")
        if len(data) > 4:
            field = struct.pack("<I", begin + len(after))
            after += data + b"\0" * (len(data) % 2)
        entries += struct.pack("<HHI", tag, kind, len(held)) + field
    head = b"II*\0" + struct.pack("<I", at)
    path.write_bytes(
        head + raw + struct.pack("<H", len(tags)) + entries + struct.pack("<I", 0) + after
    )


if __name__ == "__main__":
    counts, west, north = raster()
    write(Path(sys.argv[1]), counts, west, north)
    held = counts[counts != NO_DATA]
    print(f"{len(held):,} cells, {held.sum():,.0f} people")
