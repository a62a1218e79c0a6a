"""Messages between a solver's child process and its parent: a length, then a pickle.

Only this package's own parent and child speak it, over pipes that nobody else holds.
"""

from __future__ import annotations

import pickle
import struct
from typing import Any, BinaryIO

_LENGTH = struct.Struct("<Q")


def write(pipe: BinaryIO, message: tuple[Any, ...]) -> None:
    """Send one message; raises BrokenPipeError when nobody listens any more."""
    payload = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(_LENGTH.pack(len(payload)))
    pipe.write(payload)
    pipe.flush()


def read(pipe: BinaryIO) -> tuple[Any, ...] | None:
    """The next message, or None at the end of the pipe (also when it ends within a message)."""
    head = _exactly(pipe, _LENGTH.size)
    if head is None:
        return None
    payload = _exactly(pipe, _LENGTH.unpack(head)[0])
    return None if payload is None else pickle.loads(payload)


def _exactly(pipe: BinaryIO, size: int) -> bytes | None:
    parts = []
    while size:
        part = pipe.read(min(size, 1 << 26))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
