"""Files and folders that appear complete or not at all.

What is written goes to a temporary name beside the final one, is flushed to disk, and is moved into
place as the last step; whoever reads meanwhile sees what was there before. Who works for long
claims the place first (:func:`claimed`), so that no other run takes it and a place that cannot be
written is told before the work, not after.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siting.errors import Fault, InputError
from siting.notice import Notice
from siting.reproducible_files import DURATION, settle, timeless
from siting.system.locks import lock

if TYPE_CHECKING:
    import pandas as pd


@contextmanager
def complete_file(path: str | Path) -> Iterator[Path]:
    """A name beside ``path``, with its ending, to write to; replaces ``path`` once all is there.

    Missing folders are made; a link stays one, and what it names is replaced.

    Raises:
        InputError: there can be no file at ``path``.
        OSError: with the name of ``path``, where the disk fails meanwhile.
    """
    path = Path(path)
    path = path.resolve() if path.is_symlink() else path
    refuse_unwritable(path)
    fresh = _beside(path)
    try:
        yield fresh
        settle(fresh)
        _flush(fresh)
        fresh.replace(path)
    except OSError as error:
        _named(error, path, fresh)
        raise
    finally:
        with suppress(OSError):  # a disk that fails to write may fail to remove
            fresh.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    """The temporary name of a file that is being written."""
    return path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")


@contextmanager
def claimed(path: Path) -> Iterator[None]:
    """A folder's place, this process's alone while the block runs; what a killed run left there is
    settled first.

    Raises:
        InputError: another run has it, or nothing can be written there (no room, no permission, a
            name too long).
    """
    parent = path.resolve().parent
    make_folder(parent)
    file = parent / f".{path.name}.lock"
    try:
        handle = _locked(file)
        if handle is None:
            hint = Notice("fault.wait_for_it")
            raise InputError(
                Fault(str(path), Notice("fault.not_used"), Notice("fault.other_run"), hint=hint)
            )
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        _settle(path)
        _try_writing(path)
        yield
    finally:
        with suppress(OSError):  # Windows removes no file that is open
            file.unlink(missing_ok=True)
        os.close(handle)


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
                settle(file)
                _flush(file)
        _flush(fresh)
        if not (path.exists() and _exchanged(fresh, path)):
            if path.exists():
                path.rename(old)
            fresh.rename(path)
        with suppress(OSError):  # it is there; only whether a power cut would find it is not known
            _flush(parent)
    except OSError as error:
        _named(error, path)
        raise
    finally:
        if old.exists() and not path.exists():
            old.rename(path)
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def restore(path: Path) -> None:
    """Put right what a run that was killed between two moves left: the folder comes back."""
    if path.exists() or not _left(path):
        return
    with suppress(InputError), claimed(path):
        pass


def _left(path: Path) -> dict[str, list[Path]]:
    """What runs that were killed left beside ``path``, by its ending ``new`` or ``old``."""
    parent, shape = path.resolve().parent, re.compile(re.escape(f".{path.name}.") + r"\d+\.(\w+)")
    found: dict[str, list[Path]] = {}
    if parent.is_dir():
        for one in sorted(parent.iterdir()):
            named = shape.fullmatch(one.name)
            if named is not None and named[1] in ("new", "old") and one.is_dir():
                found.setdefault(named[1], []).append(one)
    return found


def _settle(path: Path) -> None:
    """An earlier folder is moved away only once the new one is complete: where there is none, the
    new one takes the place, or the earlier comes back. The rest is litter."""
    left = _left(path)
    if not path.exists() and "old" in left:
        (*left.get("new", ()), *left["old"])[0].rename(path)
    for one in (one for kind in left.values() for one in kind):
        shutil.rmtree(one, ignore_errors=True)


PROBE_BYTES = 1 << 20
"""Room that a result is sure to need."""


def _try_writing(path: Path) -> None:
    """Write and remove a little, so that an impossible place is told before the work."""
    fresh = path.resolve().parent / f".{path.name}.{os.getpid()}.new"
    try:
        fresh.mkdir()
        try:
            (fresh / "probe").write_bytes(bytes(PROBE_BYTES))
            _flush(fresh / "probe")
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def _named(error: OSError, path: Path, fresh: Path | None = None) -> None:
    """A write that fails does not say where (a full disk), or by a temporary name; whoever tells
    it should."""
    if error.filename is None or error.filename == str(fresh):
        error.filename = str(path)


def _unwritable(path: Path, error: OSError) -> InputError:
    told = error.strerror or str(error)
    return InputError(Fault(str(path), Notice("fault.writable_folder"), told))


def _locked(file: Path) -> int | None:
    """An open file that no other process has locked; None where one has. It is free again when
    this process ends, however it ends."""
    while True:
        handle = os.open(file, os.O_CREAT | os.O_RDWR, 0o644)
        try:
            if not lock(handle):
                os.close(handle)
                return None
            if file.stat().st_ino == os.fstat(handle).st_ino:
                return handle
        except FileNotFoundError:  # whoever had it has just removed it
            pass
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _exchanged(one: Path, other: Path) -> bool:
    """Swap two folders in one step (Linux); False where that cannot be."""
    if sys.platform != "linux":
        return False
    import ctypes

    swap = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    return (
        swap is not None
        and swap(here, os.fsencode(one), here, os.fsencode(other.resolve()), exchange) == 0
    )


def write_table(frame: pd.DataFrame, path: str | Path) -> None:
    """A table as csv for people: a byte order mark lets spreadsheets see that it is UTF-8, and no
    text of a cell is taken for a formula (:func:`guarded`); durations stay empty where times are
    left out."""
    if timeless() and DURATION in frame:
        frame = frame.assign(**{DURATION: None})
    with complete_file(path) as fresh:
        frame.map(guarded).rename(columns=guarded).to_csv(fresh, index=False, encoding="utf-8-sig")


FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV Injection)."""


def guarded(cell: Any) -> Any:
    """A text that would be taken for a formula, behind an apostrophe as spreadsheets mark text;
    anything else as it is."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def unguarded(cell: str) -> str:
    """The text that was guarded."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def refuse_unwritable(path: str | Path | None) -> None:
    """Raises InputError unless a file may be written at ``path``; long work asks this first."""
    if path is None:
        return
    path = Path(path)
    if path.is_dir():
        raise InputError(Fault(str(path), Notice("fault.names_file"), Notice("fault.kind_folder")))
    if path.exists() and not path.is_file():  # replaced, a device would be one no longer
        kind = Notice("fault.pipe") if path.is_fifo() else Notice("fault.kind_device")
        raise InputError(Fault(str(path), Notice("fault.names_file"), kind))
    make_folder(path.resolve().parent)
    try:
        _beside(path.resolve()).touch()
    except OSError as error:
        raise _no_file(path, error) from error
    finally:
        with suppress(OSError):
            _beside(path.resolve()).unlink(missing_ok=True)


def _no_file(path: Path, error: OSError) -> InputError:
    return InputError(Fault(str(path), Notice("fault.in_writable"), error.strerror or str(error)))


def make_folder(path: Path) -> None:
    """Make a folder and those above it; raises InputError where that cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        told = error.strerror or str(error)
        raise InputError(Fault(str(path), Notice("fault.can_be_made"), told)) from error


def _flush(path: Path) -> None:
    """Force a file or folder to disk. Windows opens no folder, and flushes no file that is open to
    be read only."""
    windows, folder = os.name == "nt", path.is_dir()
    if windows and folder:
        return
    handle = os.open(path, os.O_RDWR if windows else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
