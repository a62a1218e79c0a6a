"""Paths a scenario may name: plain files, relative to it, never a way out or a virtual file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from siting.notice import Notice

_LONGEST = 1000
"""Characters of a path."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Where a scenario's paths begin."""

    path: Path
    confined: bool = False
    """Whether every file must lie below it, links followed: nobody vouches for the scenario."""
    frames: Mapping[str, bytes] = field(default_factory=dict, compare=False, repr=False)
    """Layers that were handed over in memory, as Parquet, by the name that the scenario has where
    a file's would be."""


def resolve(name: str, folder: Folder) -> Path | Notice:
    """The file a scenario means, or a text that says what the name must be.

    GDAL takes ``/vsicurl/…``, ``http://…`` and the like for files; a scenario from elsewhere could
    read what it should not (ARCHITECTURE.md). Such names and ``..`` out of the scenario's folder
    are refused; an absolute path is the planner's own word and taken, where it is trusted.
    """
    lower = name.strip().lower().replace("\\", "/")
    if "\0" in name or any(ord(letter) < 32 for letter in name):
        return Notice("fault.no_control")
    if f"/{lower.lstrip('/')}".startswith("/vsi") or "://" in lower:
        return Notice("fault.local_file")
    path = Path(name)
    if len(name) > _LONGEST or any(len(part.encode()) > 255 for part in path.parts):
        return Notice("fault.a_path")
    if not path.is_absolute():
        depth = 0
        for part in path.parts:
            depth += -1 if part == ".." else 1
            if depth < 0:
                return Notice("fault.inside_folder")
    path = folder.path / path
    if folder.confined and not _below(path, folder.path):
        return Notice("fault.confined")
    return path


def _below(path: Path, folder: Path) -> bool:
    """Whether a path is below a folder once every link is followed."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # a circle of links
        return False


def shown(path: Path, folder: Folder) -> str:
    """A path as messages and results name it: relative to the scenario where it lies below it."""
    try:
        return path.relative_to(folder.path).as_posix()
    except ValueError:
        return str(path)
