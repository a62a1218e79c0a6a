"""From a Problem to a verified Result: which method, its run, and what may be said of it.

``solve`` comes when it is asked for: who only asks which method would run loads no judge.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from siting.solving.pipeline import solve

__all__ = ["solve"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value = getattr(import_module(f"{__name__}.pipeline"), name)
    return value
