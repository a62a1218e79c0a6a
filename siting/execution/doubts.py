"""Doubts: what does not go together in a ledger, a list of what stands today, the plan and the
report before, so that somebody looks at it before the report is signed. The figures stand all the
same; each doubt tells how it was counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.errors import Fault, InputError
from siting.execution.action_states import Carried
from siting.execution.columns import Origin, Status
from siting.execution.coverage_at import place_of_entry
from siting.execution.ledger_rows import Entry, Ledger
from siting.notice import Notice
from siting.problem import Action
from siting.scenario.layers.phases import phases_of
from siting.scenario.schema.days import start_of_phase

if TYPE_CHECKING:
    from siting.analysis.audit.reopen import Reopened
    from siting.execution.coverage_at import Coverage
    from siting.execution.quarter import Quarter
    from siting.scenario.layers.outlets import StandingOutlets

NAMED = 5
"""Sites that a doubt names; of more it gives the number."""
NEAR_M = 50.0
"""Straight metres within which outlets of a format in two lists are taken for the same one."""
METRES_A_DEGREE = 111_195.0


def another_plans(ledger: Ledger, carried: Sequence[Carried], where: str) -> None:
    """Raises InputError where a ledger has rows of some plan and none of this one."""
    planned = {one.action.identity for one in carried}
    of_plans = [entry for entry in ledger if entry["origin"] in (Origin.PLAN, Origin.FORMER)]
    if planned and of_plans and not any(entry.identity in planned for entry in ledger):
        found = Notice("quarterly.rows_of_another", n=len(of_plans))
        hint = Notice("quarterly.renew")
        expected = Notice("quarterly.this_plan", n=len(planned))
        raise InputError(Fault(where, expected, found, hint=hint))


def doubts(
    opened: Reopened,
    ledger: Ledger,
    carried: Sequence[Carried],
    beside: Sequence[Entry],
    quarter: Quarter,
    today: date,
    listed: StandingOutlets | None,
) -> tuple[Notice, ...]:
    """Everything that is to be looked at.

    Args:
        carried: planned actions at the end of the quarter.
        beside: rows of no planned action that are open then.
        listed: what stands today by a list, the first layer; None where none was given.
    """
    told = [*_of_the_plan(opened, carried, quarter), *_of_rows(ledger, carried)]
    told += [*_of_money(carried), *_of_days(ledger, quarter, today)]
    if listed is not None:
        told += _of_the_list(opened, carried, beside, listed)
    return tuple(told)


def other_start(before: Coverage | None, start: Coverage) -> Iterator[Notice]:
    """One where the report before counted from another beginning.

    Args:
        before: persons covered when its plan was made, by its report; None where there is none.
    """
    if before is None:
        return
    lines = [(f, g) for f, groups in start.items() for g in groups]
    other = [(f, g) for f, g in lines if before.get(f, {}).get(g) != start[f][g]]
    if other:
        yield Notice("quarterly.other_start", n=len(other), all=len(lines))


def _of_the_plan(
    opened: Reopened, carried: Sequence[Carried], quarter: Quarter
) -> Iterator[Notice]:
    """Quarters before or after the plan's own time; a plan that was given up."""
    phases = phases_of(opened.scenario.settings)
    begins = start_of_phase(phases[0].name) if phases else None
    if begins is not None and quarter.end < begins:
        yield Notice("quarterly.before_plan", phase=phases[0].name, day=begins.isoformat())
    due = [one.due for one in carried]
    last = max((day for day in due if day is not None), default=None)
    waiting = sum(one.status in (Status.NOT_STARTED, Status.UNDER_WAY) for one in carried)
    if last is not None and None not in due and last < quarter.start and waiting:
        yield Notice("quarterly.after_plan", day=last.isoformat(), n=waiting, all=len(carried))
    if carried and all(one.status is Status.DROPPED for one in carried):
        yield Notice("quarterly.all_dropped", all=len(carried))


def _of_rows(ledger: Ledger, carried: Sequence[Carried]) -> Iterator[Notice]:
    """Actions without a row, and rows of a plan that is no longer this one."""
    absent = [one for one in carried if not one.entry.row]
    if absent and not len(ledger):
        yield Notice("quarterly.empty", all=len(carried))
    elif absent:
        named = _named(one.action.site for one in absent)
        yield Notice("quarterly.no_row", n=len(absent), all=len(carried), **named)
    planned = {one.action.identity for one in carried}
    left = [e for e in ledger if e["origin"] == Origin.PLAN and e.identity not in planned]
    if left:
        yield Notice("quarterly.not_renewed", n=len(left), **_named(str(e["site"]) for e in left))


def _of_money(carried: Sequence[Carried]) -> Iterator[Notice]:
    """More paid than planned, in all and of public money."""
    dear = [one for one in carried if one.paid > one.action.cost]
    if dear:
        yield Notice(
            "quarterly.beyond_plan",
            n=len(dear),
            paid=int(sum(one.paid for one in dear) + 0.5),
            planned=sum(one.action.cost for one in dear),
            **_named(one.action.site for one in dear),
        )
    typed = (one for one in carried if one.entry["paid_public"] is not None)
    public = [one for one in typed if one.paid_public > one.action.public and one not in dear]
    if public:
        yield Notice(
            "quarterly.public_beyond_plan",
            n=len(public),
            paid=int(sum(one.paid_public for one in public) + 0.5),
            planned=sum(one.action.public for one in public),
            **_named(one.action.site for one in public),
        )


def _of_days(ledger: Ledger, quarter: Quarter, today: date) -> Iterator[Notice]:
    """Openings that are still to come, that came after the quarter, and without a day."""
    told = [entry for entry in ledger if entry.status is Status.OPEN]
    ahead = [e for e in told if e["opened_on"] is not None and e["opened_on"] > today]
    if ahead:
        named = _named(str(e["site"] or e.row) for e in ahead)
        yield Notice("quarterly.opened_ahead", n=len(ahead), today=today.isoformat(), **named)
    later = [e for e in told if not e.opened_by(quarter.end) and e not in ahead]
    if later:
        named = _named(str(e["site"] or e.row) for e in later)
        end = quarter.end.isoformat()
        yield Notice("quarterly.opened_later", n=len(later), end=end, **named)
    undated = [e for e in told if e["opened_on"] is None]
    if undated:
        named = _named(str(e["site"] or e.row) for e in undated)
        yield Notice("quarterly.no_day", n=len(undated), **named)


def _of_the_list(
    opened: Reopened,
    carried: Sequence[Carried],
    beside: Sequence[Entry],
    listed: StandingOutlets,
) -> Iterator[Notice]:
    """What a list of today has and the ledger has not, and the other way round."""
    scenario = opened.scenario
    used = scenario.standards.use
    fresh = (Action.OPEN, Action.MOVE)
    at_places = [one for one in carried if one.action.action in fresh and one.action.lonlat]
    open_ = [one for one in at_places if one.status is Status.OPEN]
    waiting = [one for one in at_places if one.status is not Status.OPEN]
    rows = [entry for entry in beside if entry["format"] in used]
    extra = _Places.of(
        (str(e["site"] or e.row), str(e["format"]), place_of_entry(opened, e, "")) for e in rows
    )
    done = _Places.of_actions(open_) + extra
    planned, stood = _Places.of_actions(waiting), _Places.standing(scenario.contents.outlets, used)
    now = _Places.standing(listed, used, len(listed.places.layers[0]))
    left = {one.action.outlet for one in open_ if one.action.action is Action.MOVE}

    lacking = done.without(now)
    if lacking:
        yield Notice("quarterly.not_listed", n=len(lacking), **_named(lacking))
    early = (planned - stood - done).within(now)
    if early:
        yield Notice("quarterly.listed_early", n=len(early), **_named(early))
    gone = [id for id in stood.without(now) if id not in left]
    if gone:
        yield Notice("quarterly.gone", n=len(gone), **_named(gone))
    unknown = now.without(stood + done + planned)
    if unknown:
        yield Notice("quarterly.unknown", n=len(unknown), **_named(unknown))


@dataclass(frozen=True)
class _Places:
    """Outlets of a list; arrays of shape (n,)."""

    ids: NDArray[np.object_]
    formats: NDArray[np.object_]
    lonlat: NDArray[np.float64]

    @classmethod
    def of(cls, told: Iterable[tuple[str, str, tuple[float, float]]]) -> _Places:
        """Id, format, longitude and latitude of each."""
        rows = list(told)
        lonlat = np.array([row[2] for row in rows], np.float64).reshape(-1, 2)
        ids, formats = (np.array([row[k] for row in rows], object) for k in (0, 1))
        return cls(ids, formats, lonlat)

    @classmethod
    def of_actions(cls, carried: Sequence[Carried]) -> _Places:
        """Where actions are."""
        return cls.of(
            (one.action.site, one.action.format, one.action.lonlat or (0.0, 0.0)) for one in carried
        )

    @classmethod
    def standing(
        cls, outlets: StandingOutlets, used: Sequence[str], first: int | None = None
    ) -> _Places:
        """Outlets of formats in use that are not closed, of the first so many."""
        kept = np.isin(outlets.format.astype(str), used) & (outlets.status != "closed")
        kept[first:] = kept[first:] & (first is None)
        places = outlets.places
        return cls(places.ids[kept], outlets.format[kept], places.lonlat[kept])

    def __add__(self, other: _Places) -> _Places:
        return _Places(
            np.concatenate([self.ids, other.ids]),
            np.concatenate([self.formats, other.formats]),
            np.concatenate([self.lonlat, other.lonlat]),
        )

    def __sub__(self, other: _Places) -> _Places:
        """Those that are in no other list."""
        kept = ~self._near(other)
        return _Places(self.ids[kept], self.formats[kept], self.lonlat[kept])

    def within(self, other: _Places) -> list[str]:
        """Ids of those that another list has too."""
        return [str(id) for id in self.ids[self._near(other)]]

    def without(self, other: _Places) -> list[str]:
        """Ids of those that it has not."""
        return [str(id) for id in self.ids[~self._near(other)]]

    def _near(self, other: _Places) -> NDArray[np.bool_]:
        from scipy.spatial import KDTree

        near = np.zeros(len(self.ids), np.bool_)
        if not len(near):
            return near
        across = np.cos(np.radians(self.lonlat[:, 1].mean()))
        shrunk = METRES_A_DEGREE * np.array([across, 1.0])
        for name in set(self.formats) & set(other.formats):
            mine = np.flatnonzero(self.formats == name)
            tree = KDTree(other.lonlat[other.formats == name] * shrunk)
            near[mine] = tree.query(self.lonlat[mine] * shrunk)[0] <= NEAR_M
        return near


def _named(sites: Iterable[str]) -> dict[str, Any]:
    """The first of some sites, and whether there are more."""
    every = list(dict.fromkeys(sites))
    return {"sites": every[:NAMED], "more": len(every) > NAMED}
