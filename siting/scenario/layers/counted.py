"""Whom a demand layer counts, and in which of its columns or bands."""

from __future__ import annotations

from pathlib import Path

from siting.files.raw import BAND
from siting.scenario.layers.file_kinds import suffix_of
from siting.scenario.schema.layers import DemandLayer


def counted(spec: DemandLayer) -> dict[str, tuple[str, ...]]:
    """Group of people: the columns that are summed, as the scenario names them."""
    if suffix_of(Path(spec.file or "")) != "tif":
        return spec.groups
    return {group: (BAND.format(band),) for group, band in (spec.bands or {"all": 1}).items()}
