"""Layers that are handed over in memory: frames as the Parquet that a file of them would be."""

from __future__ import annotations

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
    if not frames:
        return {}
    import pandas as pd

    found = {}
    for name, frame in frames.items():
        if not isinstance(frame, pd.DataFrame):
            raise ArgumentError(Notice("fault.a_frame", name=name, name_2=type(frame).__name__))
        content = BytesIO()
        try:
            frame.to_parquet(content, index=False)
        except (ValueError, TypeError) as error:  # what Arrow raises of odd columns is one of them
            told = " ".join(str(error).split())[:200]
            raise ArgumentError(Notice("fault.frame_parquet", name=name, fault=told)) from error
        found[str(name)] = content.getvalue()
    return found
