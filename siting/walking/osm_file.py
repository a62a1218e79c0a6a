"""OpenStreetMap files in the order and state that reading in one pass needs.

Readers take ways with the places of nodes that came before them. A query page may send ways first
or tagged nodes first; an editor's file has objects of its own (negative ids) and objects marked as
deleted that are still written out. Such a file is first copied in order, without what is deleted.
"""

from __future__ import annotations

import bz2
import gzip
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import osmium

from siting.notice import Notice
from siting.system.scratch import scratch
from siting.walking.pbf import nodes_first, pack_anew, to_be_packed

NEW_ID = 10**15
"""An editor's id -n stands as this plus n; OpenStreetMap's own ids are far below."""
MOST_UNPACKED, LEAST_ROOM = 100, 2**28
"""How many times as large as it is a packed file may be unpacked (XML takes a tenth to a twentieth
when packed), and bytes that any may."""
_OBJECT = re.compile(rb"<(node|way|relation)\b")
_EDITED = re.compile(
    rb"""\baction\s*=\s*["']delete|\bvisible\s*=\s*["']false|\b(?:id|ref)\s*=\s*["']-"""
)
_KINDS = ("node", "way", "relation")
_OVERLAP = 64
"""Bytes of a block that are looked at again with the next one."""


@contextmanager
def in_order(path: Path) -> Iterator[Path]:
    """The file itself, or a copy of it in order, there as long as the context is.

    Its path begins at the root: osmium hands what begins with ``http:`` to another program.

    Raises:
        RuntimeError: the file cannot be read as OpenStreetMap data; XML that is none raises others.
    """
    path = path.absolute()
    is_pbf = path.name.lower().endswith(".pbf")
    edited, ordered = (False, nodes_first(path)) if is_pbf else _look_through(path)
    odd = is_pbf and to_be_packed(path)
    if ordered and not edited and not odd:
        yield path
        return
    with scratch() as folder:
        source = path
        if edited:
            source = folder / "edited.osm"
            _write_without_deleted(path, source)
        if odd:
            source = folder / "packed.osm.pbf"
            pack_anew(path, source)
            if ordered:
                yield source
                return
        copy = folder / "sorted.osm.pbf"
        merge, writer = osmium.MergeInputReader(), osmium.SimpleWriter(str(copy))
        merge.add_file(str(source))
        try:
            merge.apply(writer)
        finally:
            writer.close()
        yield copy


def own_id(number: int) -> int:
    """An object's id as its file has it."""
    return NEW_ID - number if number > NEW_ID else number


def _open(path: Path) -> BinaryIO:
    name = path.name.lower()
    if name.endswith(".gz"):
        return cast(BinaryIO, gzip.GzipFile(path))
    if name.endswith(".bz2"):
        return cast(BinaryIO, bz2.BZ2File(path))
    return path.open("rb")


def _look_through(path: Path) -> tuple[bool, bool]:
    """Whether an XML file has marks of an editor, and whether all nodes come before the rest."""
    edited, beyond_nodes, ordered = False, False, True
    rest, room = b"", max(LEAST_ROOM, MOST_UNPACKED * path.stat().st_size)
    with _open(path) as file:
        while block := file.read(2**20):
            room -= len(block)
            if room < 0:
                raise RuntimeError(Notice("fault.unpacks", times=MOST_UNPACKED))
            text = rest + block
            edited = edited or _EDITED.search(text) is not None
            for match in _OBJECT.finditer(text):
                is_node = match[1] == b"node"
                ordered = ordered and not (is_node and beyond_nodes)
                beyond_nodes = beyond_nodes or not is_node
            rest = text[-_OVERLAP:] if not beyond_nodes else _tail(text)
    return edited, ordered


def _tail(text: bytes) -> bytes:
    """The end of a block from its last tag on, so that no object is seen twice."""
    at = text.rfind(b"<", len(text) - _OVERLAP)
    return b"" if at < 0 else text[at:]


def _write_without_deleted(path: Path, copy: Path) -> None:
    """Objects that are not deleted, each once, with ids that are positive."""
    kept: dict[str, dict[int, bytes]] = {kind: {} for kind in _KINDS}
    with _open(path) as file:
        head = file.read(2**16)
        if b"<!DOCTYPE" in head.upper():
            raise RuntimeError(Notice("fault.doctype"))
    with _open(path) as file:
        for _, element in ET.iterparse(file):
            if element.tag not in kept:
                continue
            deleted = element.get("action") == "delete" or element.get("visible") == "false"
            number = _number(element.get("id"))
            if deleted:
                kept[element.tag].pop(number, None)
            else:
                kept[element.tag][number] = _written(element, number)
            element.clear()
    with copy.open("wb") as out:
        out.write(b'<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6">\n')
        for kind in _KINDS:
            for number in sorted(kept[kind]):
                out.write(kept[kind][number])
        out.write(b"</osm>\n")


def _number(text: str | None) -> int:
    number = int(text or "")
    return NEW_ID - number if number < 0 else number


def _written(element: ET.Element, number: int) -> bytes:
    """An object with what reading needs."""
    plain = ET.Element(element.tag, {"id": str(number), "version": "1"})
    for name in ("lat", "lon"):
        if (value := element.get(name)) is not None:
            plain.set(name, value)
    for child in element:
        if child.tag in ("nd", "member"):
            held = dict(child.attrib) | {"ref": str(_number(child.get("ref")))}
            ET.SubElement(plain, child.tag, held)
        elif child.tag == "tag":
            ET.SubElement(plain, "tag", dict(child.attrib))
    return ET.tostring(plain, encoding="utf-8") + b"\n"
