"""Folders for what is needed for a while, which nothing outlives.

Each has a lock that ends with its process, however that ends; what a killed process left is removed
by whoever makes the next one.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from siting.system.locks import lock

PREFIX = "siting-run-"
_LOCK, _FILES = "lock", "files"
_PLAIN = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""Neither a link nor a pipe that somebody else has put there is opened."""


class NoScratchError(OSError):
    """Temporary files can be written nowhere, or no more of them."""


@contextmanager
def scratch() -> Iterator[Path]:
    """A new folder, empty, this user's alone, there as long as the context is.

    Raises:
        NoScratchError: there can be none.
    """
    home, handle = _made()
    try:
        yield home / _FILES
    finally:
        _remove(home, handle)


def scratch_of_process() -> Path:
    """The same, there as long as this process is."""
    home, handle = _made()
    atexit.register(_remove, home, handle)
    return home / _FILES


def _made() -> tuple[Path, int]:
    """A new folder with its lock, and none left that nobody holds."""
    home, handle = _fresh()
    if _tells(home):
        with suppress(OSError):
            for other in home.parent.glob(f"{PREFIX}*"):
                if not other.is_symlink() and _ours(other):
                    _sweep(other)
    return home, handle


def _fresh() -> tuple[Path, int]:
    """Another one where a sweep took it before it was locked."""
    while True:
        try:
            home = Path(tempfile.mkdtemp(prefix=PREFIX))
        except OSError as error:
            raise NoScratchError(error.errno, error.strerror or str(error)) from error
        handle = None
        try:
            handle = os.open(home / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
            if lock(handle):
                (home / _FILES).mkdir()
                return home, handle
        except FileNotFoundError:
            pass
        if handle is not None:
            os.close(handle)


def _tells(home: Path) -> bool:
    """Whether a lock keeps a second one away here; some file systems have none, and there nobody
    knows what is still in use."""
    second = os.open(home / _LOCK, os.O_RDWR)
    try:
        return not lock(second)
    finally:
        os.close(second)


def _sweep(home: Path) -> None:
    try:
        handle = os.open(home / _LOCK, os.O_RDWR | _PLAIN)
    except FileNotFoundError:  # killed before it was locked, or about to be
        with suppress(OSError):
            home.rmdir()
        return
    except OSError:
        return
    if lock(handle):
        _remove(home, handle)
    else:
        os.close(handle)


def _remove(home: Path, handle: int) -> None:
    """Its files while it is locked; then the lock, which Windows removes only when it is closed."""
    shutil.rmtree(home / _FILES, ignore_errors=True)
    if os.name != "nt":
        shutil.rmtree(home, ignore_errors=True)
    os.close(handle)
    shutil.rmtree(home, ignore_errors=True)


def _ours(home: Path) -> bool:
    """Whether this user has made it."""
    mine = getattr(os, "getuid", None)
    try:
        return mine is None or home.stat().st_uid == mine()
    except OSError:
        return False
