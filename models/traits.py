"""What the rest of the engine has to know of a model, declared in the model's own file.

Choice of method, memory, feasibility, arguments, studies, checks of a scenario and the terminal
ask :func:`traits_of` and never a model's name, and which models there are is what files stand in
the folder (``siting.models.MODELS``). So a ninth model touches four files:

1. ``models/NAME.py``: its mathematics, ``TRAITS``, and ``build``, ``read``, ``measure``, ``trim``;
2. ``siting/verification/objectives.py``: what the judge knows of it by itself (``KNOWN``), and how
   it counts where that is new; verification reads nothing of what stands here, a test compares;
3. ``siting/texts/en.json`` and
4. ``siting/texts/zh.json``: what it and its objective are called.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Literal

from siting.models import MODELS

if TYPE_CHECKING:
    from siting.problem import Model, Objective, Problem

Counts = Literal["reach", "backup", "service", "circles", "price", "share", "sum", "longest"]
"""What an objective counts: people newly within the standard of an outlet, of several outlets,
newly served within capacity, whose circle becomes complete; the price of covering everybody or a
share of all; the sum of everybody's walks or the longest of them."""
Engine = Literal["cover", "capacity", "median", "center"]
"""Rooms of siting.engine."""
Needed = Literal["share"]


@dataclass(frozen=True)
class Traits:
    """One model. Parameters are those of :class:`~siting.problem.Objective`."""

    counts: Counts
    tiers: bool = False
    """Whether ``order: tiers`` solves it tier by tier."""
    certified: bool = False
    """Whether multipliers (:class:`~siting.problem.solution.Certificate`) can prove its bound."""
    engine: Engine | None = None
    """Which engine solves it at the size of a city; None = outside solvers only."""
    within_capacity: Model | None = None
    """The model it becomes where the problem respects capacity; None = the same."""
    projectable: bool = False
    """Whether its people stand in rows that Benders' cuts can replace."""
    coefficients: int | None = None
    """A walk (an option, a point in its reach) in a formulation that keeps everybody apart; None
    where people whom the same options reach are merged into one."""
    needs: tuple[Needed, ...] = ()
    """Parameters without which it says nothing."""
    limited: bool = False
    """Whether it needs ``p`` or a budget: without either everything opens."""
    times: int | None = None
    """The default of that parameter; None = the model has none."""

    @property
    def minimised(self) -> bool:
        """Whether the least is best."""
        return self.priced or self.walks

    @property
    def demanding(self) -> bool:
        """Whether it demands by itself that people be covered; the others are content with any
        plan. What is to be least must, or to open nothing would be best."""
        return self.minimised

    @property
    def priced(self) -> bool:
        """Whether the objective is money, or outlets where nothing costs."""
        return self.counts in ("price", "share")

    @property
    def walks(self) -> bool:
        """Whether the objective is made of walks, which need not be whole numbers."""
        return self.counts in ("sum", "longest")

    @property
    def greedy(self) -> bool:
        """Whether one outlet after the other, the best first, makes a plan of it."""
        return self.engine == "cover"


def module_of(model: str) -> ModuleType:
    """The formulation's file."""
    return import_module(f"siting.models.{model}")


def traits_of(model: str) -> Traits:
    """What a model's own file declares.

    A file that nobody has loaded is read, not loaded: a scenario is checked without the arrays that
    only a formulation needs.
    """
    name = f"siting.models.{model}"
    declared = None if name in sys.modules else _declared(name)
    if declared is None:
        loaded: Traits = module_of(model).TRAITS
        return loaded
    return declared


@cache
def _declared(name: str) -> Traits | None:
    """``TRAITS = Traits(...)`` of plain values, as written; None where it is anything else."""
    spec = find_spec(name)
    source = getattr(spec and spec.loader, "get_source", lambda name: None)(name)
    for node in ast.parse(source or "").body:
        match node:
            case ast.Assign(
                targets=[ast.Name("TRAITS")], value=ast.Call(ast.Name("Traits"), [], keywords)
            ):
                try:
                    return Traits(**{str(k.arg): ast.literal_eval(k.value) for k in keywords})
                except ValueError:
                    return None
    return None


def models_that(have: Callable[[Traits], bool]) -> tuple[Model, ...]:
    """Names of the models whose traits fulfil a condition."""
    return tuple(model for model in MODELS if have(traits_of(model)))


def formulated(problem: Problem, objective: Objective) -> Model:
    """The model whose formulation fits: capacity respected makes covered mean served."""
    if problem.respect_capacity:
        return traits_of(objective.model).within_capacity or objective.model
    return objective.model
