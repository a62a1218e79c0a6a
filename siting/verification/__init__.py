"""The independent judge.

Nothing here uses an engine, a model, a solver, :mod:`siting.problem.rules` or the conveniences
that ``Problem`` derives: everything is recomputed from the raw arrays by code of its own.

The judge comes when it is asked for: who only names what it tells loads none of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from siting.verification.judge import Verification, verify

__all__ = ["Verification", "verify"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value = getattr(import_module(f"{__name__}.judge"), name)
    return value
