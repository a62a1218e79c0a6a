"""A ledger brought up to today's plan: nothing that was typed is lost, no row is moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from siting.execution.columns import BY_ID, COLUMNS, Origin, Wording, column_of
from siting.execution.ledger_rows import Entry, Ledger
from siting.execution.planned_actions import PlannedAction


@dataclass(frozen=True)
class Renewal:
    """A ledger, and what has changed in it."""

    ledger: Ledger
    added: int
    """Rows of actions that were in no row."""
    former: int
    """Rows whose action the plan no longer asks for."""
    outside: int
    """Rows that were added by hand."""


def renewed(kept: Ledger | None, actions: Sequence[PlannedAction], wording: Wording) -> Renewal:
    """A row for every planned action, in place where there was one, else at the end.

    What is typed stays as it is, also in rows that the plan no longer asks for; what the plan does
    not tell (the name of premises, a due date) stays as somebody wrote it.

    Args:
        kept: the ledger as it lies there; None for a new one.
    """
    ledger = kept or Ledger(wording, (), ())
    open_rows = {entry.identity: entry for entry in ledger}
    planned = {action.identity: action for action in actions}
    entries = [_entry(entry, planned.get(entry.identity)) for entry in ledger]
    new = [_entry(Entry(0, {}), action) for action in actions if action.identity not in open_rows]
    heads = list(ledger.heads)
    present = {column.id for head in heads if (column := column_of(head)) is not None}
    heads += [ledger.wording.head(c.id) for c in COLUMNS if c.id not in present]
    told = [entry["origin"] for entry in entries]
    return Renewal(
        replace(ledger, entries=(*entries, *new), heads=tuple(heads)),
        added=len(new),
        former=told.count(Origin.FORMER),
        outside=told.count(Origin.OUTSIDE),
    )


def _entry(entry: Entry, action: PlannedAction | None) -> Entry:
    if action is None:
        was = entry["origin"]
        origin = Origin.OUTSIDE if was in (None, Origin.OUTSIDE) else Origin.FORMER
        return replace(entry, values={**entry.values, "origin": origin})
    typed = {id: value for id, value in entry.values.items() if BY_ID[id].typed}
    told = {id: value for id, value in _values(action).items() if value not in (None, "")}
    return replace(entry, values={**entry.values, **told, **typed})


def _values(action: PlannedAction) -> Mapping[str, Any]:
    """The plan's columns of an action."""
    lon, lat = action.lonlat or (None, None)
    return {
        "site": action.site,
        "name": action.name,
        "address": action.address,
        "owner": action.owner,
        "contact": action.contact,
        "format": action.format,
        "size": action.size,
        "action": str(action.action),
        "outlet": action.outlet,
        "circle": action.circle,
        "responsible_unit": action.responsible_unit,
        "phase": action.phase,
        "public": action.public,
        "market": action.market,
        "due": action.due,
        "origin": str(Origin.PLAN),
        "lon": None if lon is None else round(lon, 7),
        "lat": None if lat is None else round(lat, 7),
    }
