"""What every reader of a layer's file returns, before coordinates and columns are looked at."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siting.errors import Fault, InputError
from siting.notice import Hint, Notice

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

MAX_FILE_BYTES = 4 * 2**30
"""Largest layer file, 4 GiB."""
MAX_TEXT_BYTES = 2**29
"""Largest text layer (csv, geojson), 512 MiB: it is held in memory as a whole."""
MAX_ROWS = 50_000_000
"""Most rows of a layer: a small parquet file may unpack to billions."""


BAND = "band {}"
"""Column of a raster's band."""


class NoValue:
    """A formula whose value is not stored: what it says only a spreadsheet program can work out."""

    def __str__(self) -> str:
        return Notice("fault.formula_without_value")


NO_VALUE = NoValue()


_FOLDERS = re.compile(r"""(?<![:/\\\w])(?:[A-Za-z]:)?[/\\]+(?:[^/\\\s'":]+[/\\]+)+""")
"""The folders of a path in a text; not those of an address."""


_PARSERS = frozenset(
    {"pyarrow", "pyogrio", "shapely", "sqlite3", "xlrd", "zipfile", "zlib", "lzma", "_lzma"}
)
"""Libraries whose own errors speak of the content of what they read."""


@dataclass
class RawLayer:
    """A table with or without geometries, as the file has them."""

    frame: pd.DataFrame
    """Attributes, without the geometry."""
    geometry: NDArray[np.object_] | None = None
    """shapely geometries, shape (n,); None for a table."""
    crs: Any = None
    """What the file says its coordinates are; None when it says nothing."""
    warnings: list[Notice] = field(default_factory=list)
    files: tuple[Path, ...] = ()
    """Further files that were read beside the one named (of a shapefile)."""
    merged: dict[str, dict[int, Any]] = field(default_factory=dict)
    """Column: cells that a spreadsheet merges with one above them, by position of the row, with
    the value shown in all of them; ``frame`` leaves them blank."""
    units: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Column: units that a title above the table's head names."""
    wide: frozenset[int] = frozenset()
    """Positions of rows in which cells side by side are merged."""


def refuse(
    where: str, expected: Notice, found: str = "", hint: Hint = "", key: str = ""
) -> InputError:
    """An error about a whole file."""
    return InputError(Fault(where, expected, found, hint=hint, key=key))


def first_bytes(path: Path, count: int = 100) -> bytes:
    """How a file begins."""
    with path.open("rb") as file:
        return file.read(count)


def short(error: BaseException) -> str:
    """A library's message in one line, without this machine's folders."""
    if error.args and isinstance(error.args[0], Notice):
        return error.args[0]
    lines = str(error).strip().splitlines()
    text = _FOLDERS.sub("", lines[0]) if lines else type(error).__name__
    return text if len(text) <= 160 else text[:157] + "..."


def said(error: BaseException) -> str:
    """What an error tells of a file's content: a parser's own words where it speaks of that, and
    ours where Python or a library speaks of its values ("'str' object has no attribute 'get'").

    RuntimeErrors are osmium's, which has none of its own; OSErrors name what a disk or a packed
    file refuses.
    """
    from xml.etree.ElementTree import ParseError

    if error.args and isinstance(error.args[0], Notice):
        return error.args[0]
    if isinstance(error, json.JSONDecodeError):
        return Notice("fault.broken_json", line=error.lineno, column=error.colno)
    if isinstance(error, ParseError):
        line, column = error.position
        return Notice("fault.broken_xml", line=line, column=column + 1)
    if isinstance(error, UnicodeDecodeError):
        return Notice("fault.no_utf8")
    if isinstance(error, RecursionError):
        return Notice("fault.nested_deep")
    room = type(error).__module__.partition(".")[0]
    if room == "pyproj":
        return Notice("fault.unknown_system")
    if isinstance(error, OSError | EOFError) or type(error) is RuntimeError or room in _PARSERS:
        return short(error)
    return Notice("fault.unlike_format")


def to_frame(table: Any) -> pd.DataFrame:
    """An arrow table; columns of whole numbers stay whole where cells are blank."""
    import pandas as pd
    import pyarrow as pa

    whole = {
        pa.int8(): pd.Int8Dtype(),
        pa.int16(): pd.Int16Dtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.int64(): pd.Int64Dtype(),
        pa.uint8(): pd.UInt8Dtype(),
        pa.uint16(): pd.UInt16Dtype(),
        pa.uint32(): pd.UInt32Dtype(),
        pa.uint64(): pd.UInt64Dtype(),
    }
    for at, (name, kind) in enumerate(zip(table.schema.names, table.schema.types, strict=True)):
        if pa.types.is_dictionary(kind):
            table = table.set_column(at, name, table.column(at).cast(kind.value_type))
    frame = table.to_pandas(ignore_metadata=True, types_mapper=whole.get)
    return pd.DataFrame(frame)
