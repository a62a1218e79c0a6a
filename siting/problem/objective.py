"""What is optimised; a scenario file is checked against it, so it needs no arrays."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Model = str
"""A model's name, one of ``siting.models.MODELS``: a file of its own there makes a model."""
Order = Literal["tiers", "weighted"]
TIERS = ("basic", "quality")


@dataclass(frozen=True)
class Objective:
    """What is optimised; the fields beyond ``model`` are the models' own parameters."""

    model: Model = "max_cover"
    order: Order = "tiers"
    p: int | None = None
    """At most so many outlets are opened."""
    share: Fraction | None = None
    """partial_cover: share of all people to be covered, in 0..1."""
    times: int | None = None
    """backup_cover: how many outlets a person must have in reach."""
    tolerance: Fraction = Fraction(0)
    """order: tiers: what a later tier keeps of the earlier ones is less than what they reached by
    at most this share, in 0..1."""
