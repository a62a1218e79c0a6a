"""Layers of Esri's file geodatabases, folders or zipped, and of FlatGeobuf files."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from siting.files.boundary import oddness, reading
from siting.files.gpkg import pick
from siting.files.ogr import list_layers, read_ogr
from siting.files.raw import MAX_FILE_BYTES, RawLayer, first_bytes, refuse
from siting.notice import Notice

_MAGIC = b"fgb\x03fgb"


def read_gdb(path: Path, where: str, layer: str | None) -> RawLayer:
    """A layer of a file geodatabase.

    Raises:
        InputError: no geodatabase, several layers and none named, or no such layer.
    """
    names = [name for name, _ in layers_of(path, where)]
    raw = read_ogr(_inside(path), where, pick(names, layer, where), "OpenFileGDB")
    raw.files = files_of(path) if path.is_dir() else ()
    return raw


def layers_of(path: Path, where: str) -> list[tuple[str, str]]:
    """Name and kind of geometry of every layer of a geodatabase.

    Raises:
        InputError: no geodatabase.
    """
    if path.is_dir():
        files = files_of(path)
        odd = next(filter(None, map(oddness, files)), None)
        if odd is not None:
            raise refuse(where, odd[0], odd[1])
        if not any(file.suffix == ".gdbtable" for file in files):
            raise refuse(where, Notice("fault.geodatabase"), Notice("fault.other_folder"))
    else:
        with reading(where, Notice("fault.zipped_gdb")), zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
        held = _folders(part.filename for part in parts)
        if not held:
            raise refuse(where, Notice("fault.zipped_gdb"), Notice("fault.no_gdb_inside"))
        if len(held) > 1:
            listed = ", ".join(map(str, held))
            raise refuse(where, Notice("fault.one_zipped_gdb"), listed, Notice("fault.unpack_gdb"))
        if sum(part.file_size for part in parts) > MAX_FILE_BYTES:
            raise refuse(where, Notice("fault.unpacked_bytes", max_unpacked_bytes=MAX_FILE_BYTES))
    return list_layers(_inside(path), where)


def _folders(names: Iterable[str]) -> list[PurePosixPath]:
    """The folders of an archive that hold geodatabases."""
    tables = (PurePosixPath(name) for name in names if name.endswith(".gdbtable"))
    return sorted({table.parent for table in tables if ".." not in table.parts})


def _inside(path: Path) -> Path:
    """What GDAL opens: a folder, a zip, or a geodatabase in a further folder of a zip, where GDAL
    does not look for it."""
    if path.is_dir():
        return path
    with zipfile.ZipFile(path) as archive:
        (folder,) = _folders(archive.namelist())
    deep = len(folder.parts) > 1 and folder.suffix == ".gdb"
    return Path(f"/vsizip/{{{path.absolute()}}}", folder) if deep else path


def files_of(folder: Path) -> tuple[Path, ...]:
    """The files that make up a geodatabase, in order of their names; locks do not belong to it."""
    inside = (file for file in folder.iterdir() if file.suffix != ".lock")
    return tuple(sorted(inside, key=lambda file: file.name))


def read_fgb(path: Path, where: str) -> RawLayer:
    """A FlatGeobuf file.

    Raises:
        InputError: another kind of file.
    """
    if not first_bytes(path, 8).startswith(_MAGIC):
        raise refuse(where, Notice("fault.flatgeobuf"), Notice("fault.other_kind"))
    names = [name for name, _ in list_layers(path, where)]
    return read_ogr(path, where, pick(names, None, where), "FlatGeobuf")
