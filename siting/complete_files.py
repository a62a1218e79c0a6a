"""Files and folders that appear complete or not at all.

What is written goes to a temporary name beside the final one, is flushed to disk, and is moved into
place as the last step; whoever reads meanwhile sees what was there before.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from siting.errors import Fault, InputError

if TYPE_CHECKING:
    import pandas as pd


@contextmanager
def complete_file(path: str | Path) -> Iterator[Path]:
    """A name beside ``path``, with its ending, to write to; replaces ``path`` once all is there.

    Missing folders are made.

    Raises:
        InputError: there can be no file at ``path``.
    """
    path = Path(path)
    refuse_unwritable(path)
    fresh = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield fresh
        _flush(fresh)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


@contextmanager
def complete_folder(path: Path) -> Iterator[Path]:
    """A folder beside ``path`` to write into; takes the place of ``path`` once all is there."""
    parent = path.resolve().parent
    fresh, old = (parent / f".{path.name}.{os.getpid()}.{end}" for end in ("new", "old"))
    fresh.mkdir()
    try:
        yield fresh
        for file in fresh.rglob("*"):
            if file.is_file():
                _flush(file)
        _flush(fresh)
        if path.exists():
            path.rename(old)
        fresh.rename(path)
        _flush(parent)
    finally:
        if old.exists() and not path.exists():
            old.rename(path)
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def write_table(frame: pd.DataFrame, path: str | Path) -> None:
    """A table as csv for people: a byte order mark lets spreadsheets see that it is UTF-8."""
    with complete_file(path) as fresh:
        frame.to_csv(fresh, index=False, encoding="utf-8-sig")


def refuse_unwritable(path: str | Path | None) -> None:
    """Raises InputError unless a file may be written at ``path``; long work asks this first."""
    if path is None:
        return
    path = Path(path)
    if path.is_dir():
        raise InputError(Fault(str(path), "must name a file", "a folder"))
    make_folder(path.resolve().parent)
    if not os.access(path.resolve().parent, os.W_OK):
        raise InputError(Fault(str(path), "must lie in a folder one may write to", "another"))


def make_folder(path: Path) -> None:
    """Make a folder and those above it; raises InputError where that cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        told = error.strerror or str(error)
        raise InputError(Fault(str(path), "must be a folder that can be made", told)) from error


def _flush(path: Path) -> None:
    """Force a file or folder to disk (folders cannot be opened on Windows, and need not be)."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
