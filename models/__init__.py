"""Formulations, one file each; imported as siting.models.

Each has ``build(problem, objective) -> Program`` and ``read(program, x) -> option positions``.
"""

from __future__ import annotations
