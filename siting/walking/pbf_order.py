"""Whether a .osm.pbf has its nodes before everything else, from the file's blocks alone.

A file is a row of blobs, each a length, a head and data that are mostly compressed by zlib; the
first number in a group of objects tells their kind (wiki.openstreetmap.org/wiki/PBF_Format).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

_NODES = {1, 2}
"""Fields of a group that hold nodes, one by one or densely."""
_BEYOND = {3, 4}
"""Fields that hold ways and relations."""
_LARGEST = 64 * 2**20
"""Bytes of a block; the format allows 32 MiB."""


def nodes_first(path: Path) -> bool:
    """False where it cannot be told, as of a file that is cut or compressed otherwise."""
    beyond = False
    try:
        for block in _blocks(path):
            for number, group in _fields(block):
                kind = group[0] >> 3 if number == 2 and group else 0
                if kind in _NODES and beyond:
                    return False
                beyond = beyond or kind in _BEYOND
    except (ValueError, IndexError, struct.error, zlib.error):
        return False
    return True


def _blocks(path: Path) -> Iterator[bytes]:
    """Every block of objects, unpacked."""
    with path.open("rb") as file:
        while head := file.read(4):
            about = dict(_fields(file.read(struct.unpack(">I", head)[0])))
            blob = dict(_fields(file.read(int.from_bytes(about.get(3, b""), "little"))))
            if about.get(1) != b"OSMData":
                continue
            if 1 in blob:
                yield blob[1]
            elif 3 in blob:
                yield zlib.decompressobj().decompress(blob[3], _LARGEST)
            else:
                raise ValueError("another compression")


def _fields(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Numbers and contents of a message's fields; whole numbers as little-endian bytes."""
    at = 0
    while at < len(raw):
        key, at = _varint(raw, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(raw, at)
            yield key >> 3, value.to_bytes(8, "little")
            continue
        if kind == 2:
            size, at = _varint(raw, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise ValueError("no field")
        if at + size > len(raw):
            raise ValueError("cut")
        yield key >> 3, raw[at : at + size]
        at += size


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = raw[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
