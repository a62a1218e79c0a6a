"""The delivery layer (配送) of a scenario as one of its own: the same people, premises and streets,
formats that are delivered, their money, and nothing of the rules for what people walk to."""

from __future__ import annotations

from siting.scenario.schema.rules import Objective, Rules
from siting.scenario.schema.settings import Settings

DELIVERY = "delivery"
"""Name of the variant, where a scenario has the section and no variant of that name."""


def delivered(settings: Settings) -> Settings:
    """The settings of the delivery layer; the scenario must have one."""
    layer = settings.delivery
    assert layer is not None
    formats = {"use": layer.use, "delivered": True, "distances": "minutes"}
    return settings.model_copy(
        update={
            "formats": settings.formats.model_copy(update=formats),
            "budget": layer.budget,
            "rules": Rules(max_outlets=layer.max_outlets),
            "objective": Objective(),
            "mobile_units": [],
            "commitments": [],
            "circles": [c.model_copy(update={"change": {}}) for c in settings.circles],
        }
    )
