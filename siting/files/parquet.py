"""GeoParquet and plain parquet tables."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from siting.files.boundary import reading
from siting.files.raw import MAX_ROWS, RawLayer, first_bytes, refuse, to_frame
from siting.notice import Notice

MAX_UNPACKED_BYTES = 8 * 2**30
"""Most bytes that the columns in use unpack to, 8 GiB."""
PIECE = 16_384
"""Rows unpacked at a time."""


def read_parquet(path: Path, where: str, columns: Collection[str]) -> RawLayer:
    """GeoParquet, or a plain table; only the columns asked for are read.

    Raises:
        InputError: not parquet.
    """
    import pyarrow.parquet as pq
    import shapely

    if first_bytes(path, 4) != b"PAR1":
        raise refuse(where, Notice("fault.parquet"), Notice("fault.other_kind"))
    with reading(where, Notice("fault.readable_parquet")), path.open("rb") as opened:
        file = pq.ParquetFile(opened)
        if file.metadata.num_rows > MAX_ROWS:
            count = f"{file.metadata.num_rows:,}"
            raise refuse(where, Notice("fault.most_rows", max_rows=MAX_ROWS), count)
        names = file.schema_arrow.names
        meta = (file.schema_arrow.metadata or {}).get(b"geo")
        geo = json.loads(meta) if meta else None
        primary = geo.get("primary_column") if isinstance(geo, dict) else None
        wanted = [name for name in names if name in columns or name == primary]
        frame = to_frame(_table(file, wanted, where))
    for name in names:
        if name not in frame:
            frame[name] = None  # known by name only, for messages
    if primary is None or primary not in names:
        return RawLayer(frame)
    with reading(where, Notice("fault.as_wkb")):
        shapes = shapely.from_wkb(frame[primary].to_numpy(object))
    every = geo.get("columns") if isinstance(geo, dict) else None
    about = every.get(primary, {}) if isinstance(every, dict) else {}
    crs = about.get("crs", "EPSG:4326")  # GeoParquet 1.1: absent means OGC:CRS84
    if isinstance(crs, dict):
        crs = json.dumps(crs)
    return RawLayer(frame.drop(columns=primary), np.asarray(shapes, object), crs)


def _table(file: Any, columns: list[str], where: str) -> Any:
    """The columns as one arrow table, piece by piece: a small file may unpack to a huge one."""
    import pyarrow as pa

    pieces, room = [], MAX_UNPACKED_BYTES
    for piece in file.iter_batches(PIECE, columns=columns):
        pieces.append(piece)
        room -= piece.nbytes
        if room < 0:
            raise refuse(
                where, Notice("fault.unpacked_bytes", max_unpacked_bytes=MAX_UNPACKED_BYTES)
            )
    if not pieces:
        return pa.schema([file.schema_arrow.field(name) for name in columns]).empty_table()
    return pa.Table.from_batches(pieces)
