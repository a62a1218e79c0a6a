"""Answers that are no JSON: what a route's description says of them, and arrays in binary.

An answer in binary is a head of JSON, then arrays, each aligned to four bytes. Layout: uint32
length of the head · the head in UTF-8, padded with blanks to a multiple of 4 · the arrays one
after the other, little-endian. The header ``X-Layout`` names them, with dtype and shape.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from fastapi import Response
from numpy.typing import NDArray

KIND = "application/octet-stream"


def of_kind(
    *kinds: str, told: str = "Successful Response", status: int = 200, empty: str = ""
) -> dict[str, Any]:
    """Arguments of a route whose answers are of these kinds: the description tells them, instead
    of JSON.

    Args:
        told: what the answer is.
        status: of the answer.
        empty: what it means that there is none (204); "" where there always is one.
    """
    answer = {"description": told, "content": {kind: {} for kind in kinds}}
    responses: dict[int | str, dict[str, Any]] = {status: answer}
    if empty:
        responses[204] = {"description": empty}
    return {"response_class": Response, "responses": responses}


BINARY = of_kind(KIND, told="Arrays, as X-Layout names them")
"""Of routes that answer by :func:`arrays`."""


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
