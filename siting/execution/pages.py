"""The quarterly report as a paper: two pages, and annexes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from siting.analysis.kpis.grades import Graded, grade_name
from siting.execution.action_states import Carried, Counts
from siting.execution.planned_actions import place_of
from siting.execution.progress import Progress, by_circle, by_unit
from siting.execution.quarter import Quarter
from siting.notice import notices
from siting.paper import (
    Block,
    Bullets,
    Cell,
    Chart,
    Column,
    Grid,
    Heading,
    Kind,
    PageBreak,
    Paper,
    Text,
)
from siting.scenario.schema.goals import INDICATORS
from siting.texts.catalogue import (
    currency_words,
    group_words,
    method_words,
    number,
    percent,
    texts,
)
from siting.texts.names import Names
from siting.texts.words import Lang, Words

if TYPE_CHECKING:
    from siting.execution.ledger_rows import Entry

SHOWN = 12
"""Rows of a table on the first two pages; an annex has all."""
MANY, FEW = 8, 5
"""Circles beyond which the two pages have only the few that are furthest behind, and as few late
and coming actions; annexes have all."""


@dataclass(frozen=True)
class Letter:
    """What only the sender knows."""

    to: tuple[str, ...] = ()
    """Addressees; none = the two departments of the notice."""
    unit: str = ""
    """Who reports."""
    number: str = ""
    """Of the document."""


def paper_of(found: Progress, lang: Lang, letter: Letter | None = None) -> Paper:
    """The report in one language."""
    return _Pages(found, lang, letter or Letter()).paper()


class _Pages:
    """Its parts; figures as numbers."""

    def __init__(self, found: Progress, lang: Lang, letter: Letter):
        self.found, self.lang, self.letter = found, lang, letter
        self.words, self.ledger = Words.of(lang, "quarter"), Words.of(lang, "ledger")
        self.formats = {
            id: format.zh if lang == "zh" else format.en
            for id, format in found.opened.scenario.standards.formats.items()
        }

    def paper(self) -> Paper:
        """All of it."""
        w, found = self.words, self.found
        told = self.quarter(found.quarter)
        due = w.tell(
            "due_overdue" if found.overdue_days else "due_in_time",
            due=found.quarter.due.isoformat(),
            days=found.overdue_days,
        )
        about = [
            (w["to"], w.listed(self.letter.to or w.row("addressees"))),
            (w["unit"], self.letter.unit),
            (w["number"], self.letter.number),
            (w["date"], found.today.isoformat()),
            (w["due"], due),
        ]
        return Paper(
            self.lang,
            w.tell("title", name=found.opened.scenario.name, quarter=told),
            tuple((what, value) for what, value in about if value),
            w["running"],
            tuple(self.blocks()),
            w["overview"],
            tuple((light, w[f"light.{light}"]) for light in ("green", "yellow", "red")),
        )

    def quarter(self, quarter: Quarter) -> str:
        """In words."""
        numeral = self.words[f"numeral.{quarter.number}"]
        return self.words.tell("quarter", year=quarter.year, numeral=numeral)

    def blocks(self) -> Iterator[Block]:
        """In their order."""
        w = self.words
        yield Heading(w["at_a_glance"])
        yield Text(self.sentence())
        if self.circles:
            yield Text(self.people_sentence())
        yield Heading(w["coverage"])
        covered = self.coverage()
        yield self.most_to_gain(covered)
        yield Heading(w["commitments"])
        yield self.commitments() if self.found.commitments else Text(w["none_commitments"])
        yield Heading(w["circles"])
        circles = self.by_circle()
        yield self.furthest_behind(circles) if self.many else circles
        others = list(self.units_and_grades())
        yield from () if self.many else others
        yield Heading(w["late"])
        yield from self.listed(self.found.late, "late")
        yield Heading(w["next"])
        yield from self.listed(self.found.next_openings, "next")
        for key in ("practices", "problems"):
            yield Heading(w[key])
            yield Text(w["fill"], "fill")
        yield PageBreak()
        yield self.actions(self.found.carried, w["annex_actions"])
        yield from self.beside()
        yield Heading(w["annex_run"])
        yield Bullets(tuple(self.run()))
        if self.found.doubts:
            yield Heading(w["doubts"], 2)
            yield Bullets(self.doubts())
        whole = [covered] if len(covered.rows) > SHOWN else []
        whole += [circles, *others] if self.many else []
        if whole:
            yield Heading(w["annex_tables"])
            yield from whole

    @property
    def many(self) -> bool:
        """Whether there are more circles than two pages can have."""
        return len(self.circles) > MANY

    def units_and_grades(self) -> Iterator[Grid]:
        """Beside the circles' actions: those of units, and grades."""
        if any(one.action.responsible_unit for one in self.found.carried):
            yield self.by_unit()
        if self.found.grades:
            yield self.grades()

    def most_to_gain(self, covered: Grid) -> Grid:
        """The lines with most people that the plan is still to reach, where there are many."""
        if len(covered.rows) <= SHOWN:
            return covered

        def left(row: tuple[Cell, ...]) -> float:
            *_, now, planned = (float(str(cell)) for cell in row[3:7])
            return planned - now

        return self.cut(covered, sorted(covered.rows, key=left, reverse=True)[:SHOWN], "most")

    def furthest_behind(self, circles: Grid) -> Grid:
        """The circles with the most that is late, then with the least that is open."""

        def behind(row: tuple[Cell, ...]) -> tuple[float, float]:
            planned, opened, _, late = (float(str(cell)) for cell in row[1:5])
            return -late, opened / planned if planned else 1.0

        return self.cut(circles, sorted(circles.rows, key=behind)[:FEW], "behind")

    def cut(self, grid: Grid, kept: Sequence[tuple[Cell, ...]], why: str) -> Grid:
        """Some rows of a table, in their order, and where the others are."""
        rows = tuple(row for row in grid.rows if row in kept)
        told = self.words.tell(f"cut_{why}", shown=len(rows), all=len(grid.rows))
        note = self.words.sentences(filter(None, (grid.note, told)))
        return replace(grid, rows=rows, note=note, chart=None, overview=True)

    @property
    def circles(self) -> list[str]:
        """Districts that are circles; every district where none is named one."""
        settings = self.found.opened.scenario.settings
        told = [circle.district for circle in settings.circles]
        return told or list(self.found.start.present)

    def grades(self) -> Grid:
        """Grade of each circle at three moments, and what it lacks now for the next."""
        w, names = self.words, Names(self.lang, self.formats)

        def called(graded: Graded) -> str:
            return w["no_grade"] if graded.grade is None else grade_name(graded.grade, self.lang)

        rows: list[tuple[Cell, ...]] = []
        for start, now, planned in self.found.grades:
            lacks = notices([one.told for one in now.lacking], self.lang, names.sections)
            rows.append((now.circle, *map(called, (start, now, planned)), w.parts(lacks)))
        columns = self.columns(
            ("graded", "text"),
            ("start", "text"),
            ("now", "text"),
            ("planned", "text"),
            ("lacks", "text"),
        )
        return Grid(w["grades_table"], columns, tuple(rows))

    def doubts(self) -> tuple[str, ...]:
        """What is to be looked at before the report is signed."""
        return notices(self.found.doubts, self.lang, Names(self.lang, self.formats).sections)

    def sentence(self) -> str:
        """Actions and money."""
        counts, found = self.found.counts, self.found
        return self.words.tell(
            "sentence",
            end=found.quarter.end.isoformat(),
            open=counts.open,
            planned=counts.planned,
            share=_part(counts.open, counts.planned),
            under_way=counts.under_way,
            late=counts.late,
            dropped=counts.dropped,
            beside=len(found.beside),
            currency=currency_words(self.lang, found.opened.scenario.settings.currency),
            cost=counts.planned_cost,
            paid=counts.paid,
            paid_share=_part(counts.paid, counts.planned_cost),
            public=counts.paid_public,
            cost_public=counts.planned_public,
            market=counts.paid_market,
            cost_market=counts.planned_market,
        )

    def people_sentence(self) -> str:
        """Complete circles, and what stands in them on average."""
        now, start = self.found.now.present, self.found.start.present
        circles = [name for name in self.circles if name in now]
        n = max(len(circles), 1)
        return self.words.tell(
            "people_sentence",
            complete=sum(now[name] == 1 for name in circles),
            circles=len(circles),
            present=percent(sum(now[name] for name in circles) / n),
            present_start=percent(sum(start[name] for name in circles) / n),
        )

    def columns(self, *told: tuple[str, Kind]) -> tuple[Column, ...]:
        """Columns by key and kind."""
        return tuple(Column(self.words[f"head.{key}"], kind) for key, kind in told)

    def coverage(self) -> Grid:
        """People by format and group at four moments."""
        found, report = self.found, texts(self.lang)
        everybody = found.start.everybody
        now, planned = found.now.coverage, found.planned.coverage
        rows: list[tuple[Cell, ...]] = []
        for format, groups in found.start.coverage.items():
            for group, start in groups.items():
                people = everybody[format][group]
                moments = (
                    start,
                    found.before.get(format, {}).get(group, start),
                    now[format][group],
                    planned[format][group],
                )
                shares = (moments[0], moments[2], moments[3])
                rows.append(
                    (
                        self.formats.get(format, format),
                        group_words(report, group),
                        people,
                        *moments,
                        *(part / people if people else None for part in shares),
                    )
                )
        columns = self.columns(
            ("format", "text"),
            ("group", "text"),
            ("people", "number"),
            ("start", "number"),
            ("before", "number"),
            ("now", "number"),
            ("planned", "number"),
            ("start_share", "share"),
            ("now_share", "share"),
            ("planned_share", "share"),
        )
        w = self.words
        return Grid(
            w["coverage_table"], columns, tuple(rows), w["coverage_note"], chart=Chart(0, (7, 8, 9))
        )

    def commitments(self) -> Grid:
        """Every commitment with its light; shares in per cent."""
        rows: list[tuple[Cell, ...]] = []
        for goal in self.found.commitments:
            share = goal.kpi is not None and INDICATORS[goal.kpi].unit == "share"
            times = 100 if share and goal.unit != "%" else 1
            figures = (goal.target, goal.now, goal.planned, goal.gap)
            told = (None if value is None else times * value for value in figures)
            unit = "%" if share else goal.unit
            rows.append((goal.name, *told, unit, goal.when, goal.responsible_unit, goal.light))
        columns = self.columns(
            ("name", "text"),
            ("target", "decimal"),
            ("value", "decimal"),
            ("plan_reaches", "decimal"),
            ("gap", "decimal"),
            ("unit", "text"),
            ("due", "text"),
            ("responsible_unit", "text"),
            ("light", "light"),
        )
        w = self.words
        return Grid(w["commitments_table"], columns, tuple(rows), w["commitments_note"])

    def by_circle(self) -> Grid:
        """Actions, money and completeness of each circle."""
        found = self.found
        district = {
            circle.name or circle.district: circle.district
            for circle in found.opened.scenario.settings.circles
        }
        present, complete = found.now.present, found.now.complete
        rows = []
        for name, mine in by_circle(found).items():
            at = district.get(name, name)
            people, whole = complete.get(at, (0.0, 0.0))
            rows.append(
                (
                    name or Words.of(self.words.lang, "report")["circle_none"],
                    *_counted(Counts.of(mine)),
                    present.get(at),
                    whole / people if people else None,
                )
            )
        more: tuple[tuple[str, Kind], ...] = (("present", "share"), ("complete", "share"))
        return self._counts("circle", self.words["circles_table"], rows, more)

    def by_unit(self) -> Grid:
        """Actions and money of each responsible unit."""
        rows = [
            (name or self.words["unassigned"], *_counted(Counts.of(mine)))
            for name, mine in by_unit(self.found).items()
        ]
        return self._counts("responsible_unit", self.words["units_table"], rows, ())

    def _counts(
        self,
        first: str,
        title: str,
        rows: Sequence[tuple[Cell, ...]],
        more: tuple[tuple[str, Kind], ...],
    ) -> Grid:
        keys = (
            "count",
            "open",
            "under_way",
            "late",
            "dropped",
            "planned_public",
            "paid_public",
            "planned_market",
            "paid_market",
        )
        counts: list[tuple[str, Kind]] = [(key, "number") for key in keys]
        columns = self.columns((first, "text"), *counts, *more)
        whole = (self.words["total"], *_counted(self.found.counts), *(None for _ in more))
        return Grid(title, columns, tuple(rows), total=whole)

    def listed(self, carried: Sequence[Carried], key: str) -> Iterator[Block]:
        """Late or coming actions, or that there are none."""
        w = self.words
        if not carried:
            yield Text(w[f"none_{key}"])
            return
        following = self.quarter(self.found.quarter.following)
        title = w.tell("next_table", quarter=following) if key == "next" else w["late_table"]
        most = FEW if self.many else SHOWN
        yield self._brief(carried[:most], title, late=key == "late")
        if len(carried) > most:
            yield Text(w.tell("cut", shown=most, all=len(carried)), "note")

    def _brief(self, carried: Sequence[Carried], title: str, late: bool) -> Grid:
        end = self.found.quarter.end
        rows = tuple(
            (
                one.action.site,
                _place(one),
                self.formats.get(one.action.format, one.action.format),
                one.action.circle,
                one.action.responsible_unit,
                one.due,
                *(((end - one.due).days,) if late and one.due is not None else ()),
                self.ledger[f"status.{one.status}"],
                one.entry["note"],
            )
            for one in carried
        )
        days = (("days", "number"),) if late else ()
        columns = self.columns(
            ("site", "text"),
            ("place", "text"),
            ("format", "text"),
            ("circle", "text"),
            ("responsible_unit", "text"),
            ("due", "date"),
            *days,
            ("status", "text"),
            ("note", "text"),
        )
        return Grid(title, columns, rows)

    def actions(self, carried: Sequence[Carried], title: str) -> Grid:
        """Every planned action."""
        report = texts(self.lang)
        rows = tuple(
            (
                one.action.site,
                _place(one),
                self.formats.get(one.action.format, one.action.format),
                report[f"action_{one.action.action}"],
                one.action.circle,
                one.due,
                self.ledger[f"status.{one.status}"],
                one.entry["opened_on"],
                one.action.cost,
                one.paid,
                one.entry["note"],
            )
            for one in carried
        )
        columns = self.columns(
            ("site", "text"),
            ("place", "text"),
            ("format", "text"),
            ("action", "text"),
            ("circle", "text"),
            ("due", "date"),
            ("status", "text"),
            ("opened_on", "date"),
            ("cost", "number"),
            ("paid", "number"),
            ("note", "text"),
        )
        return Grid(title, columns, rows, wide=True)

    def beside(self) -> Iterator[Block]:
        """What opened outside the plan."""
        w = self.words
        if not self.found.beside:
            yield Heading(w["annex_beside"], 2)
            yield Text(w["none_beside"])
            return
        columns = self.columns(
            ("site", "text"),
            ("place", "text"),
            ("format", "text"),
            ("opened_on", "date"),
            ("paid", "number"),
            ("note", "text"),
        )
        rows = tuple(
            (
                entry["site"],
                self.named(entry),
                self.formats.get(str(entry["format"]), str(entry["format"])),
                entry["opened_on"],
                entry["paid"],
                entry["note"],
            )
            for entry in self.found.beside
        )
        yield Grid(w["annex_beside"], columns, rows)

    def named(self, entry: Entry) -> str:
        """Name and address as somebody typed them, else of the premises that the plan knows."""
        known = place_of(self.found.opened.scenario, str(entry["site"]))
        told = (str(entry[key] or known.get(key, "")) for key in ("name", "address"))
        return " ".join(filter(None, told))

    def run(self) -> Iterator[str]:
        """How the figures were made."""
        found, w = self.found, self.words
        result = found.opened.result
        assumed = sum(1 for one in found.carried if one.paid and one.entry["paid_public"] is None)
        before = w["before_stored" if found.before_stored else "before_computed"]
        values = {
            "scenario": found.opened.scenario.name,
            "method": method_words(self.lang, result.method),
            "assumed": assumed,
            "before": before,
        }
        yield from (w.tell(f"run.{k}", **values) for k in range(len(w.row("run"))))
        standards = found.opened.scenario.standards
        unknown = [
            self.formats[id]
            for id in dict.fromkeys(one.action.format for one in found.carried)
            if standards.formats[id].public_share is None
        ]
        if unknown:
            yield w.tell("no_share", formats=unknown)


def _counted(counts: Counts) -> tuple[Cell, ...]:
    return (
        counts.planned,
        counts.open,
        counts.under_way,
        counts.late,
        counts.dropped,
        counts.planned_public,
        counts.paid_public,
        counts.planned_market,
        counts.paid_market,
    )


def _place(one: Carried) -> str:
    """Name and address, as the plan or somebody tells them."""
    name = one.action.name or one.entry["name"] or ""
    address = one.action.address or one.entry["address"] or ""
    return " ".join(filter(None, (name, address)))


def _part(part: float, whole: float) -> str:
    return percent(part / whole) if whole else number(None)
