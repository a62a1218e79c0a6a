"""Formulations, one file each; imported as siting.models.

Each has ``TRAITS``, ``build(problem, objective) -> Program``,
``read(program, x) -> option positions``, ``measure`` and ``trim``.
"""

from __future__ import annotations
