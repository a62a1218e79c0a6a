"""What every reader of a layer's file returns, before coordinates and columns are looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.errors import Fault, InputError
from siting.notice import Notice

MAX_FILE_BYTES = 4 * 2**30
"""Largest layer file, 4 GiB."""
MAX_TEXT_BYTES = 2**29
"""Largest text layer (csv, geojson), 512 MiB: it is held in memory as a whole."""
MAX_ROWS = 50_000_000
"""Most rows of a layer: a small parquet file may unpack to billions."""


class NoValue:
    """A formula whose value is not stored: what it says only a spreadsheet program can work out."""

    def __str__(self) -> str:
        return "a formula without a value"


NO_VALUE = NoValue()


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


def refuse(where: str, expected: str, found: str = "", hint: str = "", key: str = "") -> InputError:
    """An error about a whole file."""
    return InputError(Fault(where, expected, found, hint=hint, key=key))


def first_bytes(path: Path, count: int = 100) -> bytes:
    """How a file begins."""
    with path.open("rb") as file:
        return file.read(count)


def short(error: BaseException) -> str:
    """A library's message in one line, without this machine's folders."""
    lines = str(error).strip().splitlines()
    text = lines[0] if lines else type(error).__name__
    return text if len(text) <= 160 else text[:157] + "..."
