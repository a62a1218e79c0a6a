"""The independent judge.

Nothing here uses an engine, a model, a solver, :mod:`siting.problem.rules` or the conveniences
that ``Problem`` derives: everything is recomputed from the raw arrays by code of its own.
"""

from siting.verification.judge import Verification, verify

__all__ = ["Verification", "verify"]
