"""How far each rule is used, and the money, as a result tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from siting.problem import NOTHING, About, RuleKind
from siting.problem.record import Record

CONDITIONS = frozenset(
    {RuleKind.FORBID, RuleKind.TOGETHER, RuleKind.ADD_ON, RuleKind.APART, RuleKind.FORM}
)
"""Rules that hold or do not: their rows count what nobody asks for."""


@dataclass(frozen=True, eq=False)
class RuleLine(Record):
    """One rule, one of its rows, or all its rows at once, under a plan."""

    rule: str
    """The rule's own name."""
    kind: RuleKind
    limit: float
    used: float
    binds: bool
    """Used up, or decides."""
    state: str = ""
    """``used_up``, ``decides`` or ``slack`` (:mod:`siting.result.binding`); empty in results of
    before there were three."""
    sense: str = "<="
    unit: str = ""
    reason: str = ""
    about: About = NOTHING
    row: str = ""
    """Which of the rule's rows: a district, a phase, a site; empty for one that has one."""
    rows: int | None = None
    """How many rows are told at once, by the one nearest to its limit; None for one row."""
    binding_rows: int | None = None
    """How many of those bind, where that is told."""

    @property
    def name(self) -> str:
        """The rule's name with its row."""
        return f"{self.rule}[{self.row}]" if self.row else self.rule

    @property
    def counts(self) -> bool:
        """Whether limit and used are amounts; a hub that may be left out asks "if", as others."""
        either = self.kind is RuleKind.HUB and self.sense == "<="
        return self.kind not in CONDITIONS and not either

    def to_dict(self) -> dict[str, Any]:
        """``row`` and ``about`` where there is any, ``rows`` where several are told at once."""
        told: dict[str, Any] = {
            "name": self.name,
            "limit": self.limit,
            "used": self.used,
            "binds": self.binds,
            "state": self.state,
        }
        told |= {} if self.rows is None else {"rows": self.rows}
        told |= {} if self.binding_rows is None else {"binding_rows": self.binding_rows}
        told |= {
            "kind": str(self.kind),
            "sense": self.sense,
            "unit": self.unit,
            "reason": self.reason,
        }
        told |= {"row": self.row} if self.row else {}
        about = self.about.to_dict()
        return told | ({"about": about} if about else {})

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> RuleLine:
        """A stored line; older ones tell neither row nor what they are about.

        Raises:
            KeyError, TypeError, ValueError: no line.
        """
        name, row = str(told["name"]), str(told.get("row", ""))
        return cls(
            name.removesuffix(f"[{row}]") if row else name,
            RuleKind(told["kind"]),
            told["limit"],
            told["used"],
            told["binds"],
            told.get("state", ""),
            told["sense"],
            told["unit"],
            told["reason"],
            About.from_dict(told.get("about", {})),
            row,
            told.get("rows"),
            told.get("binding_rows"),
        )


@dataclass(frozen=True, eq=False)
class Spending(Record):
    """What is spent of one budget; whole currency units."""

    total: int
    spent: int

    def to_dict(self) -> dict[str, Any]:
        """``total`` and ``spent``."""
        return {"total": self.total, "spent": self.spent}


@dataclass(frozen=True, eq=False)
class Money(Record):
    """The money of a plan; whole currency units."""

    total: int | None
    """The whole budget; None = unlimited."""
    spent: int
    """Opening costs included."""
    opening_costs: int
    parts: Mapping[str, Spending] = field(default_factory=dict)
    """Further budgets, by name."""

    def to_dict(self) -> dict[str, Any]:
        """The parts stand beside the whole."""
        parts = {name: part.to_dict() for name, part in self.parts.items()}
        whole = {"total": self.total, "spent": self.spent, "opening_costs": self.opening_costs}
        return {**whole, **parts, **whole}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Money:
        """Stored money. Raises KeyError or TypeError on anything else."""
        own = ("total", "spent", "opening_costs")
        parts = {k: Spending(v["total"], v["spent"]) for k, v in told.items() if k not in own}
        return cls(told["total"], told["spent"], told["opening_costs"], parts)
