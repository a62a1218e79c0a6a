"""Scenario files: schema, loading with line numbers, layers and datums, format catalogues.

``Scenario``, ``load`` and ``language_in`` come when they are asked for: catalogues of formats and
the schema, which need no layers, then load no library that reads any.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from siting.scenario.first_look import language_in
    from siting.scenario.scenario import Scenario, load

__all__ = ["Scenario", "language_in", "load"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = "first_look" if name == "language_in" else "scenario"
    value = getattr(import_module(f"siting.scenario.{module}"), name)
    globals()[name] = value
    return value
