"""The tables of a report as headed rows, for files that are not web pages (xlsx, docx)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from siting.report.contents import Contents

Cell = str | int | float | None


@dataclass(frozen=True)
class Section:
    """One table with its title and a sentence on how to read it."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    shares: tuple[int, ...] = ()
    """Columns that hold shares 0..1."""


def sections(told: Contents) -> Iterator[Section]:
    """In the order of the page; empty tables are left out."""
    made = (
        _plan(told),
        _coverage(told),
        _rules(told),
        _tiers(told),
        _deviations(told),
        *(Section(t.title, t.head, t.rows, t.note) for t in told.planning),
        _sources(told),
        _run(told),
    )
    return (section for section in made if section.rows)


def _plan(told: Contents) -> Section:
    w = told.words
    head = ("site_no", "site", "format", "size", "action", "phase", "district", "area_m2", "cost",
            "newly_covered", "cost_per_person", "why")  # fmt: skip
    rows = tuple(
        (
            r.no,
            r.site,
            r.format,
            r.size,
            r.action,
            r.phase,
            r.district,
            r.area_m2,
            r.cost,
            None if r.newly_covered is None else round(r.newly_covered, 3),
            None if r.cost_per_person is None else round(r.cost_per_person),
            r.why,
        )
        for r in told.plan
    )
    titles = tuple(told.places if key == "site" else w[key] for key in head)
    return Section(w["plan"], titles, rows, w["plan_note"])


def _coverage(told: Contents) -> Section:
    w = told.words
    head = tuple(
        w[key]
        for key in ("format", "tier", "standard", "group", "people", "before", "after", "gained")
    )
    rows = tuple(
        (
            r.format,
            r.tier,
            r.standard,
            r.group,
            round(r.people, 3),
            round(r.before, 3),
            round(r.after, 3),
            round(r.gained, 3),
            r.share(r.before),
            r.share(r.after),
        )
        for r in told.coverage
    )
    shares = (f"{w['coverage']} · {w['before']}", f"{w['coverage']} · {w['after']}")
    return Section(w["coverage"], (*head, *shares), rows, w["coverage_note"], shares=(8, 9))


def _rules(told: Contents) -> Section:
    w = told.words
    rows = tuple((r.name, r.limit, r.used, r.state, r.note) for r in told.rules)
    head = (w["rule"], w["limit"], w["used"], w["state"], w["reason"])
    return Section(w["binds"], head, rows, w["binds_note"])


def _tiers(told: Contents) -> Section:
    w = told.words
    return Section(w["by_tier"], (w["tier"], w["objective"], w["bound"], w["gap"]), told.tiers)


def _deviations(told: Contents) -> Section:
    w = told.words
    head = (w["format"], w["key"], w["catalogue_value"], w["scenario_value"], w["reason"])
    note = w["deviations_note"].format(catalogue=told.facts.catalogue)
    return Section(w["deviations"], head, told.facts.deviations, note)


def _sources(told: Contents) -> Section:
    w = told.words
    return Section(w["sources"], (w["source"], w["licence"], w["address"]), told.facts.sources)


def _run(told: Contents) -> Section:
    w = told.words
    inputs = tuple((f"{w['run_inputs']} {file}", sha) for file, sha in told.facts.inputs.items())
    return Section(w["run"], (w["key"], w["value"]), (*told.run, *inputs))
