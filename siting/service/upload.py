"""A zip that a planner sends, unpacked into a fresh folder: counted, measured, nothing outside it.

Sizes are counted while they are read, as what an archive says of itself need not be true.
"""

from __future__ import annotations

import shutil
import stat
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from siting.errors import Fault, InputError
from siting.notice import Notice
from siting.result.bundle import BROKEN

MOST_ENTRIES = 500
MOST_BYTES = 2 << 30
MOST_RATIO = 200
"""Unpacked bytes to packed ones, of the archive as a whole and of each file over 1 MB."""
SMALL = 1 << 20
BLOCK = 1 << 16
_TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".parquet")
_LAYERS = (".gpkg", ".geojson", ".json", ".fgb", ".kml", ".gml", ".tif", ".tiff")
_STREETS = (".graphml", ".osm", ".pbf")
_SHAPEFILE = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".qix", ".sbn", ".sbx")
_GEODATABASE = (".gdbtable", ".gdbtablx", ".gdbindexes", ".atx", ".spx", ".freelist")
_OURS = (".yaml", ".yml", ".npz", ".html", ".docx", ".md")
ENDINGS = frozenset(_TABLES + _LAYERS + _STREETS + _SHAPEFILE + _GEODATABASE + _OURS)
RESERVED = frozenset(
    ["con", "prn", "aux", "nul", "clock$", *(f"{d}{n}" for d in ("com", "lpt") for n in range(10))]
)
"""Names that are devices on Windows, with any ending."""


@contextmanager
def together(files: Iterable[tuple[str, IO[bytes]]]) -> Iterator[IO[bytes]]:
    """A folder's files as the zip that a planner might have sent, so that the same rules hold.

    Args:
        files: each one's path below the folder's parent, and its bytes.

    Raises:
        InputError: there are too many.
    """
    with tempfile.TemporaryFile() as made:
        with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as zipped:
            for count, (name, source) in enumerate(files, 1):
                if count > MOST_ENTRIES:
                    most = Notice("service.most_files", most=MOST_ENTRIES)
                    raise InputError(Fault("upload", most, f"> {MOST_ENTRIES}"))
                if PurePosixPath(name).suffix.lower() in ENDINGS:
                    with zipped.open(zipfile.ZipInfo(name), "w", force_zip64=True) as target:
                        shutil.copyfileobj(source, target, BLOCK)
        made.seek(0)
        yield made


def unpack(archive: IO[bytes], name: str, folder: Path) -> list[Path]:
    """Unpack into an empty folder; nothing stays there when something is wrong.

    Args:
        archive: the zip's bytes, seekable.
        name: what faults call it.
        folder: fresh and empty.

    Returns:
        The files, relative to the folder.

    Raises:
        InputError: it is no zip, or it holds what it must not.
    """
    try:
        with zipfile.ZipFile(archive) as zipped:
            entries = [entry for entry in zipped.infolist() if not entry.is_dir()]
            faults = _faults(entries, name)
            if faults:
                raise InputError(faults)
            return _write(zipped, entries, name, folder)
    except BROKEN as error:
        raise InputError(
            Fault(name, Notice("service.a_zip"), " ".join(str(error).split()))
        ) from error
    except zipfile.LargeZipFile as error:
        raise InputError(Fault(name, Notice("service.smaller"), Notice("service.zip64"))) from error


def _faults(entries: list[zipfile.ZipInfo], name: str) -> list[Fault]:
    if len(entries) > MOST_ENTRIES:
        return [Fault(name, Notice("service.most_files", most=MOST_ENTRIES), str(len(entries)))]
    faults, seen = [], set()
    for entry in entries:
        why = _wrong(entry)
        folded = unicodedata.normalize("NFC", entry.filename).casefold()
        if why is None and folded in seen:
            why = Notice("service.same_name")
        seen.add(folded)
        if why is not None:
            shown = "".join(c if c.isprintable() else "?" for c in entry.filename)[:80]
            found = Notice("service.entry", name=shown, why=why)
            faults.append(Fault(name, Notice("service.ordinary_below"), found))
    return faults


def _wrong(entry: zipfile.ZipInfo) -> Notice | None:
    """Why an entry may not be unpacked; None when it may."""
    name = entry.filename
    parts = PurePosixPath(name).parts
    if "\\" in name or ":" in name or name.startswith("/"):
        return Notice("service.absolute")
    if not parts or any(part in ("..", ".") for part in name.split("/")):
        return Notice("service.way_out")
    if any(not c.isprintable() for c in name):
        return Notice("service.control_sign")
    if any(len(part.encode()) > 200 for part in parts) or len(parts) > 8:
        return Notice("service.long_name")
    if any(part.split(".")[0].rstrip().lower() in RESERVED for part in parts):
        return Notice("service.device_name")
    if any(part != part.strip() or part.endswith(".") for part in parts):
        return Notice("service.blank_ends")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return Notice("service.link")
    if entry.flag_bits & 1:
        return Notice("service.encrypted")
    if PurePosixPath(name).suffix.lower() not in ENDINGS:
        return Notice("service.ending")
    return None


def _write(
    zipped: zipfile.ZipFile, entries: list[zipfile.ZipInfo], name: str, folder: Path
) -> list[Path]:
    total, written = 0, []
    packed = sum(entry.compress_size for entry in entries) or 1
    for entry in entries:
        path = folder.joinpath(*PurePosixPath(entry.filename).parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        own = 0
        with zipped.open(entry) as source, path.open("xb") as target:
            while block := source.read(BLOCK):
                own += len(block)
                total += len(block)
                if total > MOST_BYTES:
                    raise InputError(
                        Fault(name, Notice("service.unpacks_to"), Notice("service.more"))
                    )
                if own > SMALL and (
                    own > MOST_RATIO * max(entry.compress_size, 1) or total > MOST_RATIO * packed
                ):
                    most = MOST_RATIO
                    found = Notice("service.grows", name=entry.filename[:80], most=most)
                    raise InputError(Fault(name, Notice("service.ordinary"), found))
                target.write(block)
        written.append(path.relative_to(folder))
    return written
