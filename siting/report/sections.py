"""The tables of a report for files that are not web pages, figures as numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from siting.paper import Cell, Chart, Column, Grid, Kind
from siting.report.contents import Contents, PlanRow


def sections(told: Contents, narrow: bool = False) -> Iterator[Grid]:
    """In the order of the page; empty tables are left out.

    Args:
        narrow: for a page rather than a sheet: fewer columns.
    """
    made = (
        _for_a_page(told) if narrow else _plan(told),
        _coverage(told),
        _rules(told),
        _tiers(told),
        deviations_table(told, told.facts.deviations),
        *(table.grid for table in told.planning),
        _sources(told),
        _run(told),
    )
    return (_used(grid) if narrow else grid for grid in made if grid.rows)


def _used(grid: Grid) -> Grid:
    """Columns that are empty in every row only take room from the others."""
    used = [
        k for k in range(len(grid.columns)) if any(row[k] not in ("", None) for row in grid.rows)
    ]
    if grid.chart is not None or len(used) == len(grid.columns):
        return grid
    rows = tuple(tuple(row[k] for k in used) for row in grid.rows)
    return replace(grid, columns=tuple(grid.columns[k] for k in used), rows=rows)


def _columns(heads: dict[str, Kind]) -> tuple[Column, ...]:
    return tuple(Column(head, kind) for head, kind in heads.items())


def _plan(told: Contents) -> Grid:
    """One row an outlet: what a sheet has room for. Empty columns stay: sheets are read by
    programs too."""
    w = told.words
    keys: dict[str, Kind] = {
        "site_no": "number",
        "site": "text",
        "format": "text",
        "size": "text",
        "action": "text",
        "phase": "text",
        "district": "text",
        "area_m2": "number",
        "cost": "number",
        "newly_covered": "decimal",
        "cost_per_person": "number",
        "why": "text",
        "name": "text",
        "place": "text",
        "owner": "text",
        "contact": "text",
        "responsible_unit": "text",
        "public": "number",
        "market": "number",
        "yearly": "number",
    }
    columns = tuple(
        Column(told.places if key == "site" else w[key], kind) for key, kind in keys.items()
    )
    rows: list[tuple[Cell, ...]] = []
    for r in told.plan:
        gained = None if r.newly_covered is None else round(r.newly_covered, 3)
        first: tuple[Cell, ...] = (
            r.no,
            r.site,
            r.format,
            r.size,
            r.action,
            r.phase,
            r.district,
            r.area_m2,
            r.cost,
            gained,
            None if r.cost_per_person is None else round(r.cost_per_person),
            r.why,
        )
        a = r.about
        more: tuple[Cell, ...] = (None,) * 8
        if a is not None:
            about = (a.name, a.address, a.owner, a.contact, a.responsible_unit)
            more = (*about, a.public, a.market, a.yearly)
        rows.append((*first, *more))
    return Grid(w["plan"], columns, tuple(rows), w["plan_note"])


def _for_a_page(told: Contents) -> Grid:
    """The same with what is needed to act: where, whose, by whom, when, for how much."""
    w = told.words
    heads: dict[str, Kind] = {
        w["site_no"]: "number",
        told.places: "text",
        w["place"]: "text",
        w["owner"]: "text",
        w["format"]: "text",
        w["size"]: "text",
        w["action"]: "text",
        w["phase"]: "text",
        w["responsible_unit"]: "text",
        w["area_m2"]: "number",
        w["cost"]: "number",
        w["newly_covered"]: "number",
        w["cost_per_person"]: "number",
        w["why"]: "text",
    }
    rows: list[tuple[Cell, ...]] = [
        (
            r.no,
            r.site,
            place(r),
            "" if r.about is None else r.about.owner,
            r.format,
            r.size,
            r.action,
            r.phase,
            "" if r.about is None else r.about.responsible_unit or r.district,
            r.area_m2,
            r.cost,
            r.newly_covered,
            r.cost_per_person,
            r.why,
        )
        for r in told.plan
    ]
    return Grid(w["plan"], _columns(heads), tuple(rows), w["plan_note"], wide=True)


def place(row: PlanRow) -> str:
    """Name and address."""
    if row.about is None:
        return ""
    return " ".join(filter(None, (row.about.name, row.about.address)))


def _coverage(told: Contents) -> Grid:
    w = told.words
    heads: dict[str, Kind] = {
        "format": "text",
        "tier": "text",
        "standard": "text",
        "group": "text",
        "people": "number",
        "before": "number",
        "after": "number",
        "gained": "number",
    }
    shares = (f"{w['coverage']} · {w['before']}", f"{w['coverage']} · {w['after']}")
    columns = (
        *_columns({w[key]: kind for key, kind in heads.items()}),
        *_columns(dict.fromkeys(shares, "share")),
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
    chart = Chart(0, (8, 9))
    return Grid(w["coverage"], columns, rows, w[told.facts.coverage_note], chart=chart)


def _rules(told: Contents) -> Grid:
    w = told.words
    rows = tuple((r.name, r.limit_value, r.used_value, r.unit, r.state, r.note) for r in told.rules)
    columns = (
        Column(w["rule"], "text"),
        Column(w["limit"], "decimal"),
        Column(w["used"], "decimal"),
        Column(w["unit"], "text"),
        Column(w["state"], "text"),
        Column(w["reason"], "text"),
    )
    return Grid(w["binds"], columns, rows, w["binds_note"])


def _tiers(told: Contents) -> Grid:
    w = told.words
    heads: dict[str, Kind] = {
        w["tier"]: "text",
        w["objective"]: "number",
        w["bound"]: "number",
        w["gap"]: "text",
    }
    return Grid(w["by_tier"], _columns(heads), told.tier_figures)


def deviations_table(told: Contents, rows: Sequence[tuple[str, ...]]) -> Grid:
    """Where standards differ from the catalogue, and why."""
    w = told.words
    keys = ("format", "key", "catalogue_value", "scenario_value", "reason")
    note = w["deviations_note"].format(catalogue=told.facts.catalogue)
    columns = _columns({w[key]: "text" for key in keys})
    return Grid(w["deviations"], columns, tuple(rows), note)


def _sources(told: Contents) -> Grid:
    w = told.words
    columns = _columns({w["source"]: "text", w["licence"]: "text", w["address"]: "text"})
    return Grid(w["sources"], columns, told.facts.sources)


def _run(told: Contents) -> Grid:
    w = told.words
    inputs = tuple((f"{w['run_inputs']} {file}", sha) for file, sha in told.facts.inputs.items())
    return Grid(w["run"], _columns({w["key"]: "text", w["value"]: "text"}), (*told.run, *inputs))
