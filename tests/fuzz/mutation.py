"""Bytes as they come out of a bad copy, a bad editor or a bad mind; same draw, same bytes."""

from __future__ import annotations

import io
import random
import re
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

NASTY = (
    b"", b"NaN", b"inf", b"-1", b"0", b"1e308", b"9" * 40, b"null", b"true", b"\x00", b"\xff\xfe",
    b"\x1b[2J", b"=1+1", b"'", b'"', b",,,", b"\n\n", b"{", b"]", b"&a", b"*a", b"<<: *a", b"!!x",
    b"../../../etc/hostname", b"http://127.0.0.1:9/x", b"\xe6\x9d", b"EPSG:0", b"- ", b": ",
    "\u202e".encode(), "　".encode("gb18030"), b"<!DOCTYPE a>", b"2024-13-45", b"1,5",
    b"1e-320", b"-0.0", b"0x10", b"1_000", b"99999999999999999999", b"[]", b"{}", b"[[[[", b"~",
    "\u0661".encode(), b"\xef\xbb\xbf", b"\r", b"\\u0000", b"<a/>", b"EPSG:4326", b"GCJ02",
)  # fmt: skip


def mutated(raw: bytes, draw: random.Random) -> bytes:
    """The bytes, changed in one to three places; most archives in one of their members, so that
    the change is not only what the archive's checksum is for."""
    if raw[:4] == b"PK\x03\x04" and draw.random() < 0.8:
        inside = _in_a_member(raw, draw)
        if inside is not None:
            return inside
    data = bytearray(raw)
    for _ in range(draw.randint(1, 3)):
        _change(data, draw)
    return bytes(data)


def _change(data: bytearray, draw: random.Random) -> None:
    at, size = draw.randrange(len(data) + 1), draw.choice((1, 2, 8, 40))
    how = draw.randrange(7)
    if how == 0 and data:
        data[at % len(data)] ^= 1 << draw.randrange(8)
    elif how == 1:
        del data[at : at + size]
    elif how == 2:
        data[at:at] = data[at : at + size] * draw.choice((1, 2, 50))
    elif how == 3:
        data[at : at + size] = draw.choice(NASTY)
    elif how == 4:
        data[at:at] = draw.choice(NASTY)
    elif how == 5 and draw.random() < 0.2:
        del data[at:]
    else:
        _other_word(data, draw)


def _other_word(data: bytearray, draw: random.Random) -> None:
    """A cell, number or word of a text, replaced by something nasty."""
    words = list(re.finditer(rb"[A-Za-z0-9_.\-]+", bytes(data[:100_000])))
    if words:
        one = draw.choice(words)
        data[one.start() : one.end()] = draw.choice(NASTY)


def _in_a_member(raw: bytes, draw: random.Random) -> bytes | None:
    """An archive with one member mutated; None where it is no longer one."""
    try:
        with ZipFile(io.BytesIO(raw)) as archive:
            members = {one: archive.read(one) for one in archive.infolist()}
    except (BadZipFile, OSError, ValueError, NotImplementedError):
        return None
    if not members:
        return None
    victim = draw.choice(list(members))
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for one, content in members.items():
            archive.writestr(one, mutated(content, draw) if one is victim else content)
    return buffer.getvalue()
