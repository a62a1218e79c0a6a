"""``siting.progress``: how far a plan has been carried out at the end of a quarter."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siting.analysis.audit.reopen import Reopened, reopen
from siting.analysis.kpis.goals import Goal, goals
from siting.analysis.kpis.grades import Graded, grades
from siting.errors import Fault, InputError
from siting.execution.action_states import Carried, Counts, beside, carried_out
from siting.execution.coverage_at import Coverage, Moment, another, as_it_is, as_planned, at_start
from siting.execution.doubts import another_plans, doubts, other_start
from siting.execution.ledger import actions_of, wording_of
from siting.execution.ledger_rows import Entry, Ledger
from siting.execution.quarter import Quarter
from siting.execution.reading import read_ledger
from siting.notice import Notice

if TYPE_CHECKING:
    import pandas as pd

PROGRESS = "progress.json"


@dataclass(frozen=True)
class Progress:
    """What a quarterly report tells."""

    quarter: Quarter
    today: date
    """Of the report: by it the report itself may be overdue."""
    opened: Reopened
    """The plan, with its scenario and problem."""
    ledger: Ledger
    carried: tuple[Carried, ...]
    """Every planned action at the end of the quarter."""
    beside: tuple[Entry, ...]
    """What opened by then that no plan asked for."""
    start: Moment
    """When the plan was made."""
    before: Coverage
    """Persons covered at the end of the quarter before."""
    before_stored: bool
    """Whether that is what its report told."""
    now: Moment
    """At the end of the quarter."""
    planned: Moment
    commitments: tuple[Goal, ...]
    grades: tuple[tuple[Graded, Graded, Graded], ...] = ()
    """Of each circle when the plan was made, now, and as planned."""
    doubts: tuple[Notice, ...] = ()
    """What does not go together, and how it was counted."""

    @property
    def overdue_days(self) -> int:
        """Days that the report is late."""
        return self.quarter.overdue_days(self.today)

    @property
    def counts(self) -> Counts:
        """Of the whole plan."""
        return Counts.of(self.carried)

    @property
    def late(self) -> tuple[Carried, ...]:
        """What should be open and is not, the longest late first."""
        late = (one for one in self.carried if one.late)
        return tuple(sorted(late, key=lambda one: one.due or date.max))

    @property
    def next_openings(self) -> tuple[Carried, ...]:
        """What is due by the end of the next quarter and not late yet, or under way."""
        end = self.quarter.following.end
        waiting = (
            one
            for one in self.carried
            if one.status in ("not_started", "under_way")
            and not one.late
            and ((one.due is not None and one.due <= end) or one.status == "under_way")
        )
        return tuple(sorted(waiting, key=lambda one: one.due or date.max))

    @property
    def table(self) -> pd.DataFrame:
        """One row a planned action: site, format, circle, responsible unit, phase, due, status,
        late, opened_on, paid, paid_public, planned_public, planned_market."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "site": one.action.site,
                    "format": one.action.format,
                    "action": str(one.action.action),
                    "circle": one.action.circle,
                    "responsible_unit": one.action.responsible_unit,
                    "phase": one.action.phase,
                    "due": one.due,
                    "status": str(one.status),
                    "late": one.late,
                    "opened_on": one.entry["opened_on"],
                    "paid": one.paid,
                    "paid_public": one.paid_public,
                    "planned_public": one.action.public,
                    "planned_market": one.action.market,
                }
                for one in self.carried
            ]
        )

    def to_dict(self) -> dict[str, Any]:
        """progress.json: keys as docs/contract.md, section 3, has them; people in persons."""
        counts, now, planned = self.counts, self.now.coverage, self.planned.coverage
        return {
            "quarter": str(self.quarter),
            "due": self.quarter.due.isoformat(),
            "overdue_days": self.overdue_days,
            "actions": {
                "planned": counts.planned,
                "open": counts.open,
                "under_way": counts.under_way,
                "late": counts.late,
                "dropped": counts.dropped,
            },
            "paid": counts.paid,
            "planned_cost": counts.planned_cost,
            "coverage": {
                format: {
                    group: {
                        "start": people,
                        "now": now[format][group],
                        "planned": planned[format][group],
                    }
                    for group, people in groups.items()
                }
                for format, groups in self.start.coverage.items()
            },
            "commitments": [
                {
                    "name": goal.name,
                    "target": goal.target,
                    "now": goal.now,
                    "planned": goal.planned,
                    "gap": goal.gap,
                    "light": goal.light,
                }
                for goal in self.commitments
            ],
        }


def progress(
    result: str | Path | Reopened,
    ledger: str | Path,
    quarter: str | Quarter,
    *,
    outlets: str | Path | None = None,
    previous: str | Path | None = None,
    today: date | None = None,
) -> Progress:
    """How far a plan is at the end of a quarter.

    Args:
        result: a result folder, its ``result.json``, or what :func:`siting.reopen` gave.
        ledger: the project ledger, .csv or .xlsx (:func:`siting.ledger`).
        quarter: ``2026Q3``.
        outlets: what stands today, a file like the scenario's first layer of outlets; None = what
            stood when the plan was made, and what the ledger says has opened.
        previous: the folder of the report before, whose people covered are then those at the end
            of its quarter; None = recomputed from the days on which outlets opened.
        today: of the report; None = this day.

    Raises:
        InputError: the result cannot be opened; every fault of the ledger, or it is another plan's;
            ``outlets`` is no such layer; ``previous`` is none, or of another quarter or scenario.
        ArgumentError: no such quarter.
    """
    asked = quarter if isinstance(quarter, Quarter) else Quarter.of(quarter)
    opened = result if isinstance(result, Reopened) else reopen(result)
    book = read_ledger(ledger, wording_of(opened, "en"))
    actions = actions_of(opened)
    carried = carried_out(actions, book, asked.end)
    another_plans(book, carried, str(ledger))
    day = today or date.today()
    extra = beside(actions, book, asked.end)
    today_file = None if outlets is None else Path(outlets)
    now = as_it_is(opened, carried, extra, today_file, str(ledger))
    start, told_start = at_start(opened), None
    if previous is not None:
        before, told_start = _stored(Path(previous), asked.previous, start.coverage)
    else:
        last = asked.previous.end
        then, by_then = carried_out(actions, book, last), beside(actions, book, last)
        same = outlets is None and by_then == extra
        moment = (
            another(opened, now, then)
            if same
            else as_it_is(opened, then, by_then, None, str(ledger))
        )
        before = moment.coverage
    found = doubts(opened, book, carried, extra, asked, day, now.listed)
    assert opened.result.options is not None
    return Progress(
        asked,
        day,
        opened,
        book,
        tuple(carried),
        tuple(extra),
        start,
        before,
        previous is not None,
        now,
        as_planned(opened),
        goals(opened.scenario, opened.result.options, now.standing, asked.end),
        tuple(
            zip(
                *(
                    grades(opened.scenario, moment.standing)
                    for moment in (start, now, as_planned(opened))
                ),
                strict=True,
            )
        ),
        (*found, *other_start(told_start, start.coverage)),
    )


def _stored(folder: Path, quarter: Quarter, lines: Coverage) -> tuple[Coverage, Coverage]:
    """People covered by the report of the quarter before, then and when its plan was made.

    Args:
        lines: whose formats and groups it must have.
    """
    file = folder if folder.suffix == ".json" else folder / PROGRESS
    where = str(file)
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        told = str(record["quarter"])
        people, start = (
            {
                format: {group: float(line[moment]) for group, line in groups.items()}
                for format, groups in record["coverage"].items()
            }
            for moment in ("now", "start")
        )
    except FileNotFoundError:
        raise InputError(
            Fault(where, Notice("quarterly.earlier"), Notice("ledger.nothing_there"))
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        told = f"{type(error).__name__}: {error}"
        raise InputError(Fault(where, Notice("quarterly.no_json"), told)) from None
    if told != str(quarter):
        raise InputError(
            Fault(where, Notice("quarterly.other_quarter", quarter=str(quarter)), told)
        )
    lacking = [f for f, groups in lines.items() if not groups.keys() <= people.get(f, {}).keys()]
    if lacking and len(lacking) == len(lines):
        expected = Notice("quarterly.same_scenario", formats=lacking)
        raise InputError(
            Fault(where, expected, Notice("quarterly.formats_of", formats=list(people)))
        )
    return people, start


def record_of(found: Progress) -> str:
    """progress.json as text."""
    return json.dumps(found.to_dict(), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def by_circle(found: Progress) -> dict[str, list[Carried]]:
    """Planned actions by circle, circles without any included, in the scenario's order."""
    settings = found.opened.scenario.settings
    named = [circle.name or circle.district for circle in settings.circles]
    return _grouped(found.carried, named, lambda one: one.action.circle)


def by_unit(found: Progress) -> dict[str, list[Carried]]:
    """The same by responsible unit."""
    settings = found.opened.scenario.settings
    named = [circle.responsible_unit for circle in settings.circles if circle.responsible_unit]
    return _grouped(found.carried, named, lambda one: one.action.responsible_unit)


def _grouped(carried: Sequence[Carried], named: Sequence[str], of: Any) -> dict[str, list[Carried]]:
    told: dict[str, list[Carried]] = {name: [] for name in named}
    for one in carried:
        told.setdefault(of(one), []).append(one)
    return told
