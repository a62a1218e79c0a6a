"""What is handed over in memory: frames as the Parquet that a file of them would be, a mapping of
keys as the text that a scenario file would hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from siting.errors import ArgumentError
from siting.notice import Notice


def held(frames: Mapping[str, Any]) -> dict[str, bytes]:
    """Each frame's content by its name; geometries with their system.

    Raises:
        ArgumentError: something else than a DataFrame, or one that Parquet cannot hold.
    """
    if not isinstance(frames, Mapping):
        raise ArgumentError(Notice("fault.frames_by_name", name=type(frames).__name__))
    if not frames:
        return {}
    import pandas as pd

    found = {}
    for name, frame in frames.items():
        if not isinstance(frame, pd.DataFrame):
            raise ArgumentError(Notice("fault.a_frame", name=name, name_2=type(frame).__name__))
        content = BytesIO()
        try:
            _storable(frame).to_parquet(content, index=False)
        # what Arrow raises of odd columns is one of these
        except (ValueError, TypeError, OverflowError, NotImplementedError) as error:
            told = " ".join(str(error).split())[:200]
            raise ArgumentError(Notice("fault.frame_parquet", name=name, fault=told)) from error
        found[str(name)] = content.getvalue()
    return found


def _storable(frame: Any) -> Any:
    """A frame without the kinds of columns that Parquet cannot hold as what they are: sparse ones,
    and periods, of which Arrow keeps the number since 1970."""
    import pandas as pd

    kinds: dict[str, Any] = {}
    for name, kind in frame.dtypes.items():
        if isinstance(kind, pd.SparseDtype):
            kinds[name] = kind.subtype
        elif isinstance(kind, pd.PeriodDtype):
            kinds[name] = str
    return frame.astype(kinds) if kinds else frame


def text_of(keys: Mapping[str, Any]) -> str:
    """The text of a scenario file with these keys; numbers of numpy are numbers.

    Raises:
        ArgumentError: what no file can hold: a mapping within itself, half a character.
    """
    try:
        text = json.dumps(dict(keys), ensure_ascii=False, default=_plain)
        text.encode()
    except (ValueError, TypeError, RecursionError) as error:
        told = " ".join(str(error).split())[:200]
        raise ArgumentError(Notice("fault.keys_of_file", fault=told)) from error
    return text


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else str(value)
