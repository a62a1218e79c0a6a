"""Our own readers as functions of bytes: what a fuzzer calls, and what may come of it.

Only readers whose parsing is ours stand here; what a library reads is behind the boundary
(``siting/files/boundary.py``), and mutants try it (``tests.fuzz.mutants``).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from siting.errors import SitingError
from siting.execution.sheet import read_sheet
from siting.files.geojson import read_geojson
from siting.files.geotiff import read_raster
from siting.files.tables import read_csv
from siting.files.workbook import read_xlsx
from siting.result import checkpoint, plan_csv
from siting.result.certificate_file import load_arrays
from siting.scenario.document.document import read_text
from siting.walking.load import load_network

LONGEST = 300


def _checkpoint(file: Path) -> Any:
    return checkpoint.read(file.parent)


READERS: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "document": ("scenario.yaml", lambda f: read_text(f.read_text("utf-8", "replace"), f.name)),
    "csv": ("layer.csv", lambda file: read_csv(file, file.name)),
    "xlsx": ("layer.xlsx", lambda file: read_xlsx(file, file.name, None)),
    "geojson": ("layer.geojson", lambda file: read_geojson(file, file.name)),
    "geotiff": ("grid.tif", lambda file: read_raster(file, file.name)),
    "graphml": ("walk.graphml", lambda file: load_network(file, "EPSG:4547")),
    "plan": ("plan.csv", plan_csv.read_csv),
    "ledger": ("ledger.csv", read_sheet),
    "checkpoint": (checkpoint.FILE, _checkpoint),
    "certificate": ("certificate.npz", load_arrays),
}
"""Name: the file's own name, and what reads it."""
MAY_RAISE: dict[str, tuple[type[Exception], ...]] = {
    "certificate": (OSError, KeyError, ValueError),  # who loads a result tells these as one fault
}
"""What else than a fault told on purpose a reader says that it raises."""


def taken(name: str, data: bytes, folder: Path) -> str:
    """How a reader takes some bytes: ``read`` or ``refused``.

    Raises:
        AssertionError: a message that is too long, or with a control character.
        Exception: whatever else the reader let through.
    """
    file_name, read = READERS[name]
    file = folder / file_name
    file.write_bytes(data)
    try:
        read(file)
    except SitingError as error:
        for line in str(error).splitlines():
            plain = line.replace(str(folder), "")
            assert len(plain) <= LONGEST, plain
            assert not any(ord(sign) < 32 and sign != "\t" for sign in plain), repr(plain)
        return "refused"
    except MAY_RAISE.get(name, ()):
        return "refused"
    return "read"


def target(name: str) -> Callable[[bytes], None]:
    """A function of bytes for a fuzzer."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))

    def one(data: bytes) -> None:
        taken(name, data, folder)

    return one
