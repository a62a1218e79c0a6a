"""Siting: chooses which missing outlets to open where, with a proven bound.

The public names are loaded when first used, so that a solver's child process starts fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from siting import kernel_cache

if TYPE_CHECKING:
    from siting.analysis.audit.reopen import reopen
    from siting.analysis.compare import compare
    from siting.analysis.gaps.catchments import neighbours
    from siting.analysis.gaps.inventory import gaps
    from siting.analysis.infeasible.infeasibility import infeasibility
    from siting.analysis.kpis.key_figures import kpis
    from siting.analysis.score import score
    from siting.analysis.studies.alternatives import alternatives
    from siting.analysis.studies.explain import explain_site
    from siting.analysis.studies.explain_group import explain_group
    from siting.analysis.studies.explanation import explain
    from siting.analysis.studies.fair import fair
    from siting.analysis.studies.frontier import frontier
    from siting.analysis.studies.phasing import phases
    from siting.analysis.studies.replan import replan
    from siting.analysis.studies.robustness import robustness
    from siting.analysis.studies.tier_trade import tier_trade
    from siting.analysis.study import Study
    from siting.drafting.draft import new
    from siting.engine.params import EngineParams
    from siting.errors import ArgumentError, InputError, SitingError, SolverError
    from siting.execution.ledger import ledger
    from siting.execution.progress import progress
    from siting.problem import Problem
    from siting.result import Plan, Result
    from siting.scenario import Scenario, load
    from siting.solving.pipeline import solve
    from siting.verification import Verification, verify
    from siting.whatif import WhatIf

__version__ = "0.1.0"

kernel_cache.ensure()

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
    "Study": "siting.analysis.study",
    "Verification": "siting.verification",
    "WhatIf": "siting.whatif",
    "alternatives": "siting.analysis.studies.alternatives",
    "compare": "siting.analysis.compare",
    "explain": "siting.analysis.studies.explanation",
    "explain_group": "siting.analysis.studies.explain_group",
    "explain_site": "siting.analysis.studies.explain",
    "fair": "siting.analysis.studies.fair",
    "frontier": "siting.analysis.studies.frontier",
    "tier_trade": "siting.analysis.studies.tier_trade",
    "gaps": "siting.analysis.gaps.inventory",
    "infeasibility": "siting.analysis.infeasible.infeasibility",
    "kpis": "siting.analysis.kpis.key_figures",
    "ledger": "siting.execution.ledger",
    "load": "siting.scenario",
    "neighbours": "siting.analysis.gaps.catchments",
    "new": "siting.drafting.draft",
    "phases": "siting.analysis.studies.phasing",
    "progress": "siting.execution.progress",
    "reopen": "siting.analysis.audit.reopen",
    "replan": "siting.analysis.studies.replan",
    "robustness": "siting.analysis.studies.robustness",
    "score": "siting.analysis.score",
    "solve": "siting.solving",
    "verify": "siting.verification",
}

__all__ = [
    "ArgumentError",
    "EngineParams",
    "InputError",
    "Plan",
    "Problem",
    "Result",
    "Scenario",
    "SitingError",
    "SolverError",
    "Study",
    "Verification",
    "WhatIf",
    "alternatives",
    "compare",
    "explain",
    "explain_group",
    "explain_site",
    "fair",
    "frontier",
    "gaps",
    "infeasibility",
    "kpis",
    "ledger",
    "load",
    "neighbours",
    "new",
    "phases",
    "progress",
    "reopen",
    "replan",
    "robustness",
    "score",
    "solve",
    "tier_trade",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'siting' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
