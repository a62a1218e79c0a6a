"""A result with all it was computed from, in one file that is verified on any machine."""

from __future__ import annotations

from pathlib import Path

from siting.analysis.audit.reopen import recorded
from siting.errors import InputError
from siting.result import bundle
from siting.result.stored import folder_of
from siting.scenario import load


def pack(result: str | Path, out: Path) -> int:
    """Write a bundle of a result folder with its scenario and all files that it names.

    Returns:
        How many files of the scenario are in it.

    Raises:
        InputError: no result, or inputs that are gone or have changed since.
    """
    stored, scenario = recorded(result)
    paths = set(scenario.inputs)
    for variant in scenario.settings.variants:  # its files must be there for the file to be read
        try:
            paths |= set(load(scenario.path, variant, scenario.overrides).inputs)
        except (InputError, OSError):
            continue
    bundle.pack(folder_of(result), scenario.path, paths, stored.record["inputs"], out)
    return len(paths)
