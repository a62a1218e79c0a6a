"""The files a scenario was read from, as they were when they were read."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Inputs:
    """Hashes taken before the first layer is read, and what shows later that a file changed."""

    sha256: dict[Path, str]
    stamps: dict[Path, tuple[int, int, int]]
    """Size, time of the last change in nanoseconds, and number on the disk."""

    @classmethod
    def of(cls, files: Iterable[Path]) -> Inputs:
        """The files as they are now; one that is not there is left out, its reader tells it."""
        hashes, stamps = {}, {}
        for file in files:
            if not file.is_file():
                continue
            with file.open("rb") as opened:
                stamps[file] = _stamp(os.fstat(opened.fileno()))
                hashes[file] = hashlib.file_digest(opened, "sha256").hexdigest()
        return cls(hashes, stamps)

    def changed(self) -> list[Path]:
        """Files that are not what they were when they were hashed, or are gone."""
        return [file for file, stamp in self.stamps.items() if _now(file) != stamp]


def _now(file: Path) -> tuple[int, int, int] | None:
    try:
        return _stamp(file.stat())
    except OSError:
        return None


def _stamp(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_size, found.st_mtime_ns, found.st_ino
