"""The problem as frozen arrays, with its rules: all that engine, models and judge ever see."""

from siting.problem.about import NOTHING, About, Key, RuleKind
from siting.problem.actions import ACTIONS, Action, Place
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
    Wish,
)
from siting.problem.problem import Problem

__all__ = [
    "ACTIONS",
    "FOREVER",
    "MICRO",
    "NOTHING",
    "TIERS",
    "UNLIMITED",
    "About",
    "Action",
    "Key",
    "Labels",
    "MinCoverage",
    "Model",
    "Objective",
    "Options",
    "Order",
    "Outlets",
    "Place",
    "Problem",
    "Rule",
    "RuleKind",
    "Spacing",
    "Target",
    "Wish",
]
