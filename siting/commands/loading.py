"""A scenario for a command: loaded with the command's variant and changes.

Commands load it before they import what only works on it, so that its faults wait for nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from siting.scenario import Scenario


def load(
    path: Path,
    variant: str | None = None,
    changes: list[str] | None = None,
    untrusted: bool = False,
) -> Scenario:
    """The scenario of a file, or of ``scenario.yaml`` in a folder. Raises InputError."""
    from siting.scenario.first_look import refuse_unreadable

    refuse_unreadable(path)
    import siting

    return siting.load(scenario_file(path), variant, tuple(changes or ()), untrusted)


def scenario_file(path: Path) -> Path:
    """A folder stands for the scenario.yaml in it."""
    return path / "scenario.yaml" if path.is_dir() else path


def default_name(path: Path, variant: str | None) -> str:
    """Name of the result folder: the scenario's own name on disk, and the variant's."""
    file = scenario_file(path)
    name = file.resolve().parent.name if file.stem == "scenario" else file.stem
    return name if variant is None else f"{name}-{variant}"
