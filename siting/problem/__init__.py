"""The problem as frozen arrays, with its rules: all that engine, models and judge ever see."""

from siting.problem.parts import (
    FOREVER,
    MICRO,
    TIERS,
    UNLIMITED,
    Labels,
    MinCoverage,
    Model,
    Objective,
    Options,
    Order,
    Outlets,
    Rule,
    Spacing,
    Target,
)
from siting.problem.problem import Problem

__all__ = [
    "FOREVER",
    "MICRO",
    "TIERS",
    "UNLIMITED",
    "Labels",
    "MinCoverage",
    "Model",
    "Objective",
    "Options",
    "Order",
    "Outlets",
    "Problem",
    "Rule",
    "Spacing",
    "Target",
]
