"""Layers of Esri's file geodatabases, folders or zipped, and of FlatGeobuf files."""

from __future__ import annotations

import zipfile
from pathlib import Path

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
    raw = read_ogr(path, where, pick(names, layer, where), "OpenFileGDB")
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
        if not any(part.filename.endswith(".gdbtable") for part in parts):
            raise refuse(where, Notice("fault.zipped_gdb"), Notice("fault.no_gdb_inside"))
        if sum(part.file_size for part in parts) > MAX_FILE_BYTES:
            raise refuse(where, Notice("fault.unpacked_bytes", max_unpacked_bytes=MAX_FILE_BYTES))
    return list_layers(path, where)


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
