"""Tiles out of one file: PMTiles, version 3 (https://github.com/protomaps/PMTiles, spec/v3).

A head of 127 bytes, directories of entries ``(tile id, offset, length, run length)`` in ascending
ids, then the tiles. A tile's id counts all tiles of the levels above it and its place on the
Hilbert curve of its own. An entry of run length 0 points to a directory further down.
"""

from __future__ import annotations

import json
import re
import zlib
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from siting.errors import Fault, InputError
from siting.notice import Notice

MAGIC, HEAD_BYTES = b"PMTiles\x03", 127
PLAIN, GZIP = 1, 2
KINDS = {
    1: "application/vnd.mapbox-vector-tile",
    2: "image/png",
    3: "image/jpeg",
    4: "image/webp",
    5: "image/avif",
}
"""Number of a kind of tile in the head: its media type."""
MOST_LEVELS = 26
"""Below it a tile is a metre wide."""
MOST_DEPTH = 4
"""Directories from the root to a tile, by the specification's advice."""
MOST_BYTES = 16 << 20
"""Of a directory when unpacked, and of a tile as it lies there."""
MARKUP = re.compile(r"<[^>]*>")

Entry = tuple[int, int, int, int]
"""Tile id, offset, length, run length."""


class DamagedError(ValueError):
    """A part of the file lies beyond its end, grows without one, or is none."""


@dataclass(frozen=True)
class TileFile:
    """What the head of a file says.

    Args:
        path: of the file; it is opened anew for each tile.
        kind: media type of the tiles.
        packed: whether a tile is compressed by gzip.
        least, most: levels that it holds.
        credit: whom its data are owed to, in words.
    """

    path: Path
    kind: str
    packed: bool
    least: int
    most: int
    credit: str
    _root: tuple[int, int]
    _leaves: tuple[int, int]
    _tiles: tuple[int, int]
    _directories_packed: bool

    @classmethod
    def open(cls, path: Path) -> TileFile:
        """Raises InputError where the file cannot be read or is no such file."""
        try:
            with path.open("rb") as file:
                head = file.read(HEAD_BYTES)
                size = path.stat().st_size
        except OSError as error:
            why = Notice("service.unreadable", why=error.strerror or str(error))
            raise InputError(Fault(str(path), why)) from None
        if len(head) < HEAD_BYTES or head[:8] != MAGIC:
            raise InputError(Fault(str(path), Notice("service.no_pmtiles")))

        def place(at: int) -> tuple[int, int]:
            return _number(head, at), _number(head, at + 8)

        root, meta, leaves, tiles = map(place, (8, 24, 40, 56))
        within, packing, kind, least, most = head[97:102]
        sound = all(begin + long <= size for begin, long in (root, meta, leaves, tiles))
        known = within in (PLAIN, GZIP) and packing in (0, PLAIN, GZIP) and kind in KINDS
        if not sound or not known or not least <= most <= MOST_LEVELS:
            raise InputError(Fault(str(path), Notice("service.no_pmtiles")))
        made = cls(
            path, KINDS[kind], packing == GZIP, least, most, "", root, leaves, tiles, within == GZIP
        )
        try:
            made._directory(*root)
            credit = _credit(made._unpacked(*meta))
        except (OSError, ValueError):
            raise InputError(Fault(str(path), Notice("service.no_pmtiles"))) from None
        return cls(**{**made.__dict__, "credit": credit})

    def tile(self, level: int, column: int, row: int) -> bytes | None:
        """A tile as it lies in the file, so compressed where ``packed``; None where none does.

        Raises:
            DamagedError, OSError: the file is not what it was when it was opened.
        """
        if not self.least <= level <= self.most or not min(column, row) >= 0:
            return None
        if max(column, row) >= 1 << level:
            return None
        sought, place = tile_id(level, column, row), self._root
        for _ in range(MOST_DEPTH):
            entries = self._directory(*place)
            at = bisect_right(entries, sought, key=lambda entry: entry[0]) - 1
            if at < 0:
                return None
            first, offset, length, run = entries[at]
            if run:
                begin = self._tiles[0] + offset
                return self._read(begin, length) if sought < first + run else None
            place = self._leaves[0] + offset, length
        raise DamagedError

    def _directory(self, begin: int, length: int) -> tuple[Entry, ...]:
        return _directory(self, begin, length)

    def _unpacked(self, begin: int, length: int) -> bytes:
        raw = self._read(begin, length)
        if not self._directories_packed or not raw:
            return raw
        unpacking = zlib.decompressobj(wbits=31)
        try:
            found = unpacking.decompress(raw, MOST_BYTES)
        except zlib.error:
            raise DamagedError from None
        if unpacking.unconsumed_tail:
            raise DamagedError
        return found

    def _read(self, begin: int, length: int) -> bytes:
        if length > MOST_BYTES:
            raise DamagedError
        with self.path.open("rb") as file:
            file.seek(begin)
            found = file.read(length)
        if len(found) != length:
            raise DamagedError
        return found


@lru_cache(maxsize=64)
def _directory(file: TileFile, begin: int, length: int) -> tuple[Entry, ...]:
    """Columns one after the other, each number in as few groups of seven bits as it needs; ids and
    offsets as what they add to the entry before."""
    raw = file._unpacked(begin, length)
    (count,), at = _numbers(raw, 0, 1)
    if count > len(raw):
        raise DamagedError
    steps, at = _numbers(raw, at, count)
    runs, at = _numbers(raw, at, count)
    lengths, at = _numbers(raw, at, count)
    places, at = _numbers(raw, at, count)
    entries: list[Entry] = []
    id = offset = 0
    for step, run, long, place in zip(steps, runs, lengths, places, strict=True):
        id += step
        offset = place - 1 if place else offset + entries[-1][2] if entries else 0
        entries.append((id, offset, long, run))
    return tuple(entries)


def _numbers(raw: bytes, at: int, count: int) -> tuple[list[int], int]:
    """So many numbers from a place on, and where they end. Raises DamagedError beyond the end."""
    found = []
    for _ in range(count):
        value = shift = 0
        while True:
            if at >= len(raw) or shift > 63:
                raise DamagedError
            byte = raw[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        found.append(value)
    return found, at


def tile_id(level: int, column: int, row: int) -> int:
    """Tiles of the levels above, and the tile's place on its level's Hilbert curve."""
    id = ((1 << (2 * level)) - 1) // 3
    for bit in reversed(range(level)):
        side = 1 << bit
        right, low = column & side, row & side
        id += ((3 * bool(right)) ^ bool(low)) << (2 * bit)
        if not low:
            if right:
                column, row = side - 1 - column, side - 1 - row
            column, row = row, column
    return id


def _number(head: bytes, at: int) -> int:
    return int.from_bytes(head[at : at + 8], "little")


def _credit(raw: bytes) -> str:
    """The attribution among the metadata, without its markup."""
    told: Any = json.loads(raw or b"{}")
    said = told.get("attribution") if isinstance(told, dict) else None
    return MARKUP.sub("", said)[:200].strip() if isinstance(said, str) else ""
