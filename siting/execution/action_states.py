"""Planned actions with what the ledger says of them, as they are at the end of a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from siting.execution.columns import Status
from siting.execution.ledger_rows import Entry, Ledger
from siting.execution.planned_actions import PlannedAction

UNKNOWN = Entry(0, {})
"""Of an action that the ledger does not have."""


@dataclass(frozen=True)
class Carried:
    """One planned action at the end of a day."""

    action: PlannedAction
    entry: Entry
    day: date
    """What opened later is still under way."""

    @property
    def status(self) -> Status:
        """On that day."""
        told = self.entry.status
        later = told is Status.OPEN and not self.entry.opened_by(self.day)
        return Status.UNDER_WAY if later else told

    @property
    def due(self) -> date | None:
        """By when it should be open: as the plan says, else as somebody wrote."""
        return self.action.due or self.entry["due"]

    @property
    def late(self) -> bool:
        """Whether it should be open and is not."""
        waiting = self.status in (Status.NOT_STARTED, Status.UNDER_WAY)
        return waiting and self.due is not None and self.due <= self.day

    @property
    def paid(self) -> float:
        """Money paid."""
        return float(self.entry["paid"] or 0)

    @property
    def paid_public(self) -> float:
        """Of it public: as told, else in the proportion that was planned."""
        told = self.entry["paid_public"]
        if told is not None:
            return float(told)
        return self.paid * self.action.public / self.action.cost if self.action.cost else 0.0


@dataclass(frozen=True)
class Counts:
    """How many of some actions are how far, and their money in whole currency units."""

    planned: int
    open: int
    under_way: int
    late: int
    dropped: int
    planned_public: int
    planned_market: int
    paid_public: int
    paid_market: int

    @classmethod
    def of(cls, carried: Sequence[Carried]) -> Counts:
        """Of all these."""
        told = [one.status for one in carried]
        paid = _whole(sum(one.paid for one in carried))
        public = _whole(sum(one.paid_public for one in carried))
        return cls(
            planned=len(carried),
            open=told.count(Status.OPEN),
            under_way=told.count(Status.UNDER_WAY),
            late=sum(one.late for one in carried),
            dropped=told.count(Status.DROPPED),
            planned_public=sum(one.action.public for one in carried),
            planned_market=sum(one.action.market for one in carried),
            paid_public=public,
            paid_market=paid - public,
        )

    @property
    def paid(self) -> int:
        """Public and market together."""
        return self.paid_public + self.paid_market

    @property
    def planned_cost(self) -> int:
        """The same as planned."""
        return self.planned_public + self.planned_market


def _whole(money: float) -> int:
    """Rounded half up."""
    return int(money + 0.5)


def carried_out(actions: Sequence[PlannedAction], ledger: Ledger, day: date) -> list[Carried]:
    """Every planned action with its row, the plan's order kept."""
    rows = {entry.identity: entry for entry in ledger}
    return [Carried(action, rows.get(action.identity, UNKNOWN), day) for action in actions]


def beside(actions: Sequence[PlannedAction], ledger: Ledger, day: date) -> list[Entry]:
    """Rows of no planned action that are open on a day."""
    planned = {action.identity for action in actions}
    return [entry for entry in ledger if entry.identity not in planned and entry.opened_by(day)]
