"""The blocks of a .osm.pbf: in what order their objects stand, and how they are compressed.

A file is a row of blobs, each a length, a head and data; the first number in a group of objects
tells their kind. The format names six ways to pack the data and writers are free to choose; the
library that reads the objects knows two of them, so others are packed anew
(wiki.openstreetmap.org/wiki/PBF_Format).
"""

from __future__ import annotations

import bz2
import lzma
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from siting.notice import Notice

RAW, RAW_SIZE, ZLIB, LZMA, BZIP2, LZ4, ZSTD = range(1, 8)
"""Fields of a blob: its data as they are, their size, and the data packed."""
KNOWN = {RAW, ZLIB}
"""Read as they are by osmium."""
NAMES = {LZMA: "lzma", BZIP2: "bzip2", LZ4: "lz4", ZSTD: "zstd"}
LARGEST = 64 * 2**20
"""Bytes of a block; the format allows 32 MiB."""
_NODES = {1, 2}
"""Fields of a group that hold nodes, one by one or densely."""
_BEYOND = {3, 4}
"""Fields that hold ways and relations."""
_CUT = (ValueError, IndexError, struct.error, zlib.error, lzma.LZMAError, EOFError, OSError)


@dataclass(frozen=True)
class Blob:
    """One piece of the file."""

    kind: bytes
    """``OSMHeader``, ``OSMData`` or what else a writer adds."""
    packed: dict[int, bytes]
    """Its fields by number."""

    @property
    def packing(self) -> int:
        """The field that holds its data; 0 where none is known."""
        return next((number for number in self.packed if number != RAW_SIZE), 0)

    def data(self) -> bytes:
        """Unpacked.

        Raises:
            ValueError, zlib.error, lzma.LZMAError, OSError: nothing that can be unpacked.
        """
        held = self.packed.get(self.packing, b"")
        size = int.from_bytes(self.packed.get(RAW_SIZE, b""), "little")
        if size > LARGEST:
            raise ValueError("larger than the format allows")
        match self.packing:
            case 1:
                return held
            case 3:
                return zlib.decompressobj().decompress(held, LARGEST)
            case 4:
                return lzma.LZMADecompressor().decompress(held, LARGEST)
            case 5:
                return bz2.BZ2Decompressor().decompress(held, LARGEST)
            case 6 | 7:
                import pyarrow

                codec = pyarrow.Codec("lz4_raw" if self.packing == LZ4 else "zstd")
                return bytes(codec.decompress(held, decompressed_size=size, asbytes=True))
        raise ValueError("no data")


def nodes_first(path: Path) -> bool:
    """Whether the nodes come before everything else; False where it cannot be told, as of a file
    that is cut."""
    beyond = False
    try:
        for blob in blobs(path):
            if blob.kind != b"OSMData":
                continue
            for number, group in _fields(blob.data()):
                kind = group[0] >> 3 if number == 2 and group else 0
                if kind in _NODES and beyond:
                    return False
                beyond = beyond or kind in _BEYOND
    except _CUT:
        return False
    return True


def to_be_packed(path: Path) -> bool:
    """Whether some data are packed in a way that the library does not read."""
    try:
        return any(blob.packing not in KNOWN for blob in blobs(path))
    except _CUT:
        return False  # what is cut is told by the library


def pack_anew(path: Path, copy: Path) -> None:
    """The same blobs with data that the library reads.

    Raises:
        RuntimeError: packed in a way that nobody knows, or cut.
    """
    with copy.open("wb") as out:
        for blob in blobs(path):
            try:
                raw = blob.data()
            except (*_CUT, ImportError) as error:
                name = NAMES.get(blob.packing, str(blob.packing))
                raise RuntimeError(Notice("fault.pbf_packing", name=name)) from error
            body = _field(RAW_SIZE, len(raw)) + _field(ZLIB, zlib.compress(raw))
            head = _field(1, blob.kind) + _field(3, len(body))
            out.write(struct.pack(">I", len(head)) + head + body)


def blobs(path: Path) -> Iterator[Blob]:
    """Every piece of the file.

    Raises:
        ValueError, IndexError, struct.error: the file is cut, or none of its kind.
    """
    with path.open("rb") as file:
        while head := file.read(4):
            about = dict(_fields(_read(file, struct.unpack(">I", head)[0])))
            size = int.from_bytes(about.get(3, b""), "little")
            yield Blob(about.get(1, b""), dict(_fields(_read(file, size))))


def _read(file: BinaryIO, size: int) -> bytes:
    if size > LARGEST:
        raise ValueError("larger than the format allows")
    held = file.read(size)
    if len(held) < size:
        raise ValueError("cut")
    return held


def _field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return _number(number << 3) + _number(value)
    return _number(number << 3 | 2) + _number(len(value)) + value


def _number(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


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
