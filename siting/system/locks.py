"""Locks on open files that end with the process that took them, however it ends."""

from __future__ import annotations

import errno
from importlib import import_module

_NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)


def lock(handle: int) -> bool:
    """Whether nobody else has the open file locked; systems without locks know nobody else."""
    for take in (_flock, _locking):
        try:
            return take(handle)
        except ImportError:
            continue
    return True


def _flock(handle: int) -> bool:
    """POSIX."""
    fcntl = import_module("fcntl")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    return True


def _locking(handle: int) -> bool:
    """Windows: the first byte, which need not be there."""
    msvcrt = import_module("msvcrt")
    try:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    except OSError:
        return False
    return True
