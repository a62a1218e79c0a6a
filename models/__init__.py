"""Formulations, one file each; imported as siting.models.

Each has ``TRAITS``, ``build(problem, objective) -> Program``,
``read(program, x) -> option positions``, ``measure`` and ``trim``. What several of them need stands
in ``shared/``, so every other file here but ``traits.py`` is a model, and a new file is a new one.
"""

from __future__ import annotations

from pkgutil import iter_modules

MODELS: tuple[str, ...] = tuple(
    sorted(file.name for file in iter_modules(__path__) if not file.ispkg and file.name != "traits")
)
"""The models there are, in the order of the alphabet: their names in a scenario's file, in
result.json and on the command line."""
