"""Siting: chooses which missing outlets to open where, with a proven bound.

The public names are loaded when first used, so that a solver's child process starts fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from siting.analysis.score import score
    from siting.engine.params import EngineParams
    from siting.errors import ArgumentError, InputError, SitingError, SolverError
    from siting.problem import Problem
    from siting.result import Plan, Result
    from siting.scenario import Scenario, load
    from siting.solving import solve
    from siting.verification import Verification, verify
    from siting.whatif import WhatIf

__version__ = "0.1.0"

_HOME = {
    "ArgumentError": "siting.errors",
    "EngineParams": "siting.engine.params",
    "InputError": "siting.errors",
    "Plan": "siting.result",
    "Problem": "siting.problem",
    "Result": "siting.result",
    "Scenario": "siting.scenario",
    "SitingError": "siting.errors",
    "SolverError": "siting.errors",
    "Verification": "siting.verification",
    "WhatIf": "siting.whatif",
    "load": "siting.scenario",
    "score": "siting.analysis.score",
    "solve": "siting.solving",
    "verify": "siting.verification",
}

__all__ = [
    "ArgumentError", "EngineParams", "InputError", "Plan", "Problem", "Result", "Scenario",
    "SitingError", "SolverError", "Verification", "WhatIf", "load", "score", "solve", "verify",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'siting' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
