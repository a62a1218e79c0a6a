"""Layers of a GeoPackage: its ordinary tables only."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from siting.errors import nearest
from siting.files.boundary import reading
from siting.files.ogr import list_layers, read_ogr
from siting.files.raw import RawLayer, first_bytes, refuse
from siting.notice import Notice, quoted

QGIS_OWN = frozenset({"layer_styles", "qgis_projects", "qgis_layer_metadata", "qgis_settings"})
"""Tables that QGIS puts beside the layers (styles, projects, metadata)."""
PLAIN = Notice("fault.save_layers")
_NUMBER = re.compile("(BOOLEAN|(TINY|SMALL|MEDIUM|BIG)?INT|FLOAT|DOUBLE|REAL|NUMERIC)", re.I)
"""How the types of columns begin that GDAL reads as numbers (OGC 12-128r18, table 1)."""
MAX_TEXTS = 100_000
"""Most rows whose texts in columns of numbers are looked at; the first is a fault already."""
_STEPS = 10_000
MAX_STEPS = 50_000_000
"""Instructions of SQLite's machine that looking through a file's tables may take, some seconds."""


def read_gpkg(path: Path, where: str, layer: str | None) -> RawLayer:
    """A layer of a GeoPackage.

    Raises:
        InputError: not a GeoPackage, several layers and none named, or no such layer.
    """
    names = [name for name, _ in layers_of(path, where)]
    if layer is None and len(names) > 1:
        names = [name for name in names if name.lower() not in QGIS_OWN] or names
    picked = pick(names, layer, where)
    raw = read_ogr(path, where, picked, "GPKG")
    _restore_texts(raw, path, where, picked)
    return raw


def _restore_texts(raw: RawLayer, path: Path, where: str, layer: str) -> None:
    """Put back, in place, the texts that stand in columns of numbers: SQLite keeps in any column
    what it is given, and GDAL (3.12) hands over 0 for a text, a blank one too."""
    import pandas as pd

    with reading(where, Notice("fault.readable_geopackage")), _opened(path, limited=False) as link:
        told = link.execute("select name, type, pk from pragma_table_info(?)", (layer,)).fetchall()
        key = next((_text(name) for name, _, pk in told if pk), "fid")
        numbers = [_text(name) for name, kind, pk in told if not pk and _NUMBER.match(_text(kind))]
        numbers = [name for name in numbers if name in raw.frame]
        if not numbers or key not in raw.frame:
            return
        kept = {name: f"typeof({_named(name)}) in ('text', 'blob')" for name in numbers}
        rows = link.execute(
            f"select rowid, {', '.join(map(_named, numbers))} from {_named(layer)}"
            f" where {' or '.join(kept.values())} limit {MAX_TEXTS}"
        ).fetchall()
    at = pd.Index(raw.frame[key]).get_indexer(pd.Index([row for row, *_ in rows]))
    for i, name in enumerate(numbers, 1):
        texts = {p: row[i] for p, row in zip(at, rows, strict=True) if isinstance(row[i], bytes)}
        if texts:
            cells = raw.frame[name].astype(object).to_numpy(copy=True)
            for position, text in texts.items():
                cells[position] = _text(text)
            raw.frame[name] = pd.Series(cells, raw.frame.index, object)


def _named(name: str) -> str:
    """A name of a table or column within a query."""
    return '"' + name.replace('"', '""') + '"'


def layers_of(path: Path, where: str) -> list[tuple[str, str]]:
    """Name and kind of geometry of every layer that is a plain table.

    Raises:
        InputError: not a GeoPackage, or one whose tables are computed.
    """
    if not first_bytes(path, 16).startswith(b"SQLite format 3\0"):
        raise refuse(where, Notice("fault.geopackage"), Notice("fault.other_kind"))
    beside = path.with_name(path.name + "-wal")
    if beside.is_file() and beside.stat().st_size:
        found, hint = Notice("fault.changes_in", file=beside.name), Notice("fault.close_in_qgis")
        raise refuse(where, Notice("fault.must_be_closed"), found, hint)
    refuse_computed(path, where)
    return list_layers(path, where)


def pick(layers: list[str], layer: str | None, where: str) -> str:
    """The layer that is named, or the only one.

    Raises:
        InputError: none of that name, or several and none named.
    """
    if layer is not None and layer not in layers:
        hint = nearest(layer, layers)
        raise refuse(
            where, Notice("fault.one_of_layers", layers=layers), quoted(layer), hint, "layer"
        )
    if layer is None and len(layers) > 1:
        raise refuse(where, Notice("fault.name_layer"), ", ".join(layers), key="layer")
    if not layers:
        raise refuse(where, Notice("fault.holds_layer"), Notice("fault.none"))
    return layer or layers[0]


def refuse_computed(path: Path, where: str) -> None:
    """Raises InputError where the file holds other tables than plain ones.

    What a view, a computed column or a virtual table holds is computed when it is read: it may
    call functions of GDAL that open files and ask servers, or never end; GDAL 3.12 runs views as
    soon as it lists the layers. The spatial index's own kind of virtual table is let through.
    """
    with reading(where, Notice("fault.readable_geopackage")), _opened(path) as link:
        for kind, raw, sql in link.execute("select type, name, sql from sqlite_master").fetchall():
            name, words = _text(raw), " ".join(_text(sql).lower().split())
            if words.startswith("create virtual table"):
                if " using rtree" not in words:
                    raise refuse(where, Notice("fault.no_virtual"), words[:60])
            elif kind == b"view":
                told = Notice("fault.the_view", name=name)
                raise refuse(where, Notice("fault.plain_tables"), told, PLAIN)
            elif kind == b"table":
                columns = link.execute("select hidden from pragma_table_xinfo(?)", (name,))
                if any(hidden > 1 for (hidden,) in columns):
                    raise refuse(
                        where,
                        Notice("fault.plain_columns"),
                        Notice("fault.computed_in", name=name),
                        PLAIN,
                    )


@contextmanager
def _opened(path: Path, limited: bool = True) -> Iterator[sqlite3.Connection]:
    """The database, read only, with a limit on the work that a query may make unless it only goes
    once through a plain table."""
    link = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    link.text_factory = bytes
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += _STEPS
        return int(steps > MAX_STEPS)

    if limited:
        link.set_progress_handler(count, _STEPS)
    try:
        yield link
    finally:
        link.close()


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode("utf-8", "replace")
