"""The problem as frozen arrays, with its rules: all that engine, models and judge ever see.

Its parts come when they are asked for: what is checked of a scenario file before any layer is read
(the objective, kinds of actions and rules) needs no arrays, and loads none.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from siting.problem.about import NOTHING, About, Key, RuleKind
    from siting.problem.actions import ACTIONS, Action, Place
    from siting.problem.objective import TIERS, Model, Objective, Order
    from siting.problem.parts import (
        FOREVER,
        MICRO,
        UNLIMITED,
        Labels,
        MinCoverage,
        Options,
        Outlets,
        Rule,
        Spacing,
        Target,
        Wish,
    )
    from siting.problem.problem import Problem

_HOME = {
    "about": ("NOTHING", "About", "Key", "RuleKind"),
    "actions": ("ACTIONS", "Action", "Place"),
    "objective": ("TIERS", "Model", "Objective", "Order"),
    "parts": (
        "FOREVER",
        "MICRO",
        "UNLIMITED",
        "Labels",
        "MinCoverage",
        "Options",
        "Outlets",
        "Rule",
        "Spacing",
        "Target",
        "Wish",
    ),
    "problem": ("Problem",),
}
"""File of this room: the names that the room gives."""

__all__ = [
    "ACTIONS",
    "FOREVER",
    "MICRO",
    "NOTHING",
    "TIERS",
    "UNLIMITED",
    "About",
    "Action",
    "Key",
    "Labels",
    "MinCoverage",
    "Model",
    "Objective",
    "Options",
    "Order",
    "Outlets",
    "Place",
    "Problem",
    "Rule",
    "RuleKind",
    "Spacing",
    "Target",
    "Wish",
]


def __getattr__(name: str) -> Any:
    for file, names in _HOME.items():
        if name in names:
            module = import_module(f"{__name__}.{file}")
            globals().update({own: getattr(module, own) for own in names})
            return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
