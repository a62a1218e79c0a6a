"""Answers in binary: a head of JSON, then arrays, each aligned to four bytes.

Layout: uint32 length of the head · the head in UTF-8, padded with blanks to a multiple of 4 · the
arrays one after the other, little-endian. The header ``X-Layout`` names them, with dtype and shape.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from fastapi import Response
from numpy.typing import NDArray

KIND = "application/octet-stream"


def arrays(
    named: Mapping[str, NDArray[Any]], head: Mapping[str, Any] | None = None, **headers: str
) -> Response:
    """An answer of arrays with their layout.

    Args:
        named: arrays of 4 or 8 bytes an item, or of 1 and 2 (these last, so that the others keep
            their alignment).
        head: what is told beside them.
    """
    told = json.dumps(head or {}, ensure_ascii=False, allow_nan=False).encode()
    told += b" " * (-len(told) % 4)
    parts = [np.uint32(len(told)).tobytes(), told]
    layout = []
    for name, array in named.items():
        flat = np.ascontiguousarray(array)
        flat = flat.astype(flat.dtype.newbyteorder("<"), copy=False)
        raw = flat.tobytes()
        parts += [raw, b"\0" * (-len(raw) % 4)]
        layout.append([name, str(array.dtype), list(array.shape)])
    named_headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(
        b"".join(parts), media_type=KIND, headers={"x-layout": json.dumps(layout), **named_headers}
    )
