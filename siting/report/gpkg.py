"""report.gpkg: plan, premises, existing outlets, people, who goes where, service areas, compounds
and gates as layers for a GIS, in EPSG:4326, with styles whose names are Chinese and English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.errors import ArgumentError
from siting.notice import Notice
from siting.problem import UNLIMITED, Place
from siting.problem.vehicles import site_kinds
from siting.report.assignment import areas, assigned, pace_m_per_s
from siting.report.contents import contents
from siting.report.facts import Facts, facts_of
from siting.report.mapdata import reached_by
from siting.report.styles import Look, Style, write_styles
from siting.report.walls import walls_of
from siting.scenario.layers.layer import lonlat
from siting.texts.catalogue import Lang, group_words, texts
from siting.texts.words import Words
from siting.verification.evaluation import reported

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.result import Result
    from siting.scenario import Scenario
    from siting.scenario.layers.descriptions import Descriptions

LOOKS = {
    "plan": Look("marker", "format", size_mm=3.6),
    "premises": Look("marker", "chosen", size_mm=1.3, colours=("#1d2733", "#8b98a5")),
    "outlets": Look("marker", "format", size_mm=2.0, mark="square"),
    "people": Look("marker", size_mm=0.9, colours=("#b7bec6",)),
    "assignment": Look("line", "format", size_mm=0.1, opaque=50),
    "service_areas": Look("fill", "format", size_mm=0.2, opaque=14),
    "compounds": Look("fill", size_mm=0.25, opaque=40, colours=("#b6986a",)),
    "gates": Look("marker", size_mm=1.4, colours=("#7a5a28",), mark="diamond"),
}
"""Of each layer."""


def write(
    result: Result,
    problem: Problem,
    scenario: Scenario | None,
    path: str | Path,
    lang: Lang = "zh",
) -> Path:
    """Write the layers ``plan``, ``premises``, ``outlets``, ``people``, and ``compounds`` and
    ``gates`` where there are any; of a scenario also ``assignment`` (a line from each demand point
    to its nearest outlet of each format), ``service_areas``, and styles in both languages. Returns
    the path.

    Column names are ids in every language, so that a GIS project keeps working.

    Raises:
        ArgumentError: the problem knows no longitudes and latitudes.
    """
    names = problem.labels
    if names.site_lonlat is None or names.point_lonlat is None:
        raise ArgumentError(Notice("fault.gpkg_places"))
    path = Path(path)
    path.unlink(missing_ok=True)
    if result.plan is not None:
        told = contents(result, problem, facts_of(scenario, lang, result), lang)
        plan = result.plan.to_geodataframe()
        plan.insert(0, "no", [told.site_numbers[int(s)] for s in result.plan.sites])
        plan.insert(3, "format_name", [told.facts.format(f).name for f in plan["format"]])
        rows = sorted(told.plan, key=lambda row: row.at)
        plan["cost_per_person"] = [row.cost_per_person for row in rows]
        plan["dearest"] = [int(row.dearest) for row in rows]
        plan["why"] = [row.why for row in rows]
        about = [row.about for row in rows]
        for column in ("name", "address", "owner", "contact", "responsible_unit"):
            plan[column] = [getattr(one, column, "") or "" for one in about]
        plan["public"] = [None if one is None else one.public for one in about]
        plan["market"] = [None if one is None else one.market for one in about]
        plan["yearly"] = [None if one is None else one.yearly for one in about]
        plan.to_file(path, layer="plan", driver="GPKG")
    _layer(path, "premises", names.site_lonlat, _premises(problem, result, scenario))
    if names.outlet_lonlat is not None and len(names.outlet_lonlat):
        ids = names.outlets or range(len(problem.outlets))
        formats = [names.formats[f] for f in problem.outlets.format]
        columns: dict[str, Any] = {"id": map(str, ids), "format": formats}
        if scenario is not None:
            columns |= shown_columns(scenario.contents.outlets.told, scenario.assembled.standing)
        _layer(path, "outlets", names.outlet_lonlat, columns)
    _layer(path, "people", names.point_lonlat, _people(problem, result, scenario))
    if scenario is not None:
        options = problem.kept_today if result.options is None else result.options
        _assignment(path, problem, scenario, options)
    walls = walls_of(scenario)
    if walls is not None:
        compounds = {"id": walls.ids, "gates": map(len, walls.gates_of)}
        _shapes(path, "compounds", walls.shape, compounds)
        gates = {"id": walls.gate_ids, "compound": walls.compounds_of_gates()}
        _layer(path, "gates", walls.gate_lonlat, gates)
    if scenario is not None:
        facts: dict[Lang, Facts] = {"zh": facts_of(scenario, "zh"), "en": facts_of(scenario, "en")}
        write_styles(path, list(_styles(path, facts, lang)))
    return path


def _assignment(
    path: Path, problem: Problem, scenario: Scenario, options: NDArray[np.int64]
) -> None:
    """Who goes where, and the areas that outlets serve."""
    import shapely

    names = problem.labels
    assert names.site_lonlat is not None and names.point_lonlat is not None
    rows = list(assigned(problem, options))
    if not rows or (names.outlet_lonlat is None and len(problem.outlets)):
        return
    outlets = names.outlets or [str(k) for k in range(len(problem.outlets))]
    metric = problem.reach.cost.dtype.kind in "iu"
    ends = np.array(
        [
            names.outlet_lonlat[r.outlet]
            if r.outlet >= 0 and names.outlet_lonlat is not None
            else names.site_lonlat[r.site]
            for r in rows
        ]
    )
    begins = names.point_lonlat[[r.point for r in rows]]
    ids = names.points or [str(k) for k in range(1, problem.n_points + 1)]
    persons = problem.persons / problem.person_units
    served_by = [outlets[r.outlet] if r.outlet >= 0 else problem.site_id(r.site) for r in rows]
    columns = {
        "point": [str(ids[r.point]) for r in rows],
        "format": [names.formats[r.format] for r in rows],
        "people_group": [names.groups[r.group] for r in rows],
        "people": [float(persons[r.group, r.point]) for r in rows],
        "served_by": [str(id) for id in served_by],
        "standing": [int(r.outlet >= 0) for r in rows],
        "walk_m": [r.cost / 10 if metric else r.cost for r in rows],
    }
    lines = shapely.linestrings(np.stack([begins, ends], axis=1))
    _shapes(path, "assignment", lines, columns)
    if problem.point_xy is None:
        return
    crs = scenario.assembled.walked.crs
    found = list(areas(problem, rows))
    people: dict[tuple[int, int, int], float] = {}
    for r in rows:
        key = (r.format, r.outlet, r.site)
        people[key] = people.get(key, 0.0) + float(persons[r.group, r.point])
    shapes = shapely.transform(
        np.array([area for _, area in found], object), lambda xy: lonlat(xy, crs)
    )
    served = {
        "format": [names.formats[f] for (f, _, _), _ in found],
        "served_by": [str(outlets[k]) if k >= 0 else problem.site_id(s) for (_, k, s), _ in found],
        "standing": [int(k >= 0) for (_, k, _), _ in found],
        "people": [people[key] for key, _ in found],
    }
    _shapes(path, "service_areas", shapes, served)


def _styles(path: Path, told: Mapping[Lang, Facts], lang: Lang) -> Iterator[Style]:
    """Of every layer of the file in both languages; that of the report's language is taken."""
    import pyogrio

    for layer, kind in pyogrio.list_layers(path):
        look = LOOKS[str(layer)]
        if layer == "compounds" and "Polygon" not in str(kind):
            look = replace(look, shape="line", opaque=255)
        fields = [str(field) for field in pyogrio.read_info(path, layer=layer)["fields"]]
        for language, facts in told.items():
            words = Words.of(language, "layers")
            legend = {id: fact.name for id, fact in facts.formats.items()}
            if look.column == "chosen":
                legend = {"1": words["chosen"], "0": words["not_chosen"]}
            yield Style(
                str(layer),
                language,
                words[f"name.{layer}"],
                look,
                legend if look.column else None,
                {field: _head(field, words, facts) for field in fields},
                language == lang,
            )


def _head(field: str, words: Words, facts: Facts) -> str:
    """A column in words: what it holds, or of which format and group of people."""
    if f"head.{field}" in words:
        return words[f"head.{field}"]
    report = texts(words.lang)
    if field.startswith("people_"):
        return words.tell("people_of", group=group_words(report, field.removeprefix("people_")))
    for id, fact in facts.formats.items():
        walk = field.removeprefix(f"{id}_")
        if field != walk and f"walk.{walk}" in words:
            return words.tell(f"walk.{walk}", format=fact.name)
        if field.startswith(f"{id}_"):
            group = group_words(report, field.removeprefix(f"{id}_"))
            return words.tell("reached", format=fact.name, group=group)
    return field


def shown_columns(told: Descriptions, rows: NDArray[np.int64]) -> dict[str, Any]:
    """Name, address, owner, contact and the planner's own columns of some places of a layer."""
    own = {key: getattr(told, key) for key in ("name", "address", "owner", "contact")}
    used = {key: column for key, column in own.items() if (column != "").any()}
    return {key: column[rows] for key, column in {**used, **told.shown}.items()}


def _premises(problem: Problem, result: Result, scenario: Scenario | None) -> dict[str, Any]:
    chosen = np.zeros(problem.n_sites, np.int64)
    if result.chosen is not None:
        chosen[result.chosen] = 1
    area = [None if a >= UNLIMITED else int(a) for a in problem.site_area]
    ids = problem.labels.sites or range(problem.n_sites)
    kind = site_kinds(problem)
    kind[kind == Place.PREMISES] = "premises"
    columns: dict[str, Any] = {"id": map(str, ids), "kind": kind, "area_m2": area, "chosen": chosen}
    if scenario is not None:
        n = scenario.assembled.sites.n_premises
        told = shown_columns(scenario.contents.premises.told, np.arange(n))
        rest = [""] * (problem.n_sites - n)
        columns |= {key: [*column, *rest] for key, column in told.items() if key not in columns}
    return columns


def _people(problem: Problem, result: Result, scenario: Scenario | None) -> dict[str, Any]:
    """Persons by group, and for each format and group whether it is in reach: 0, 1 = as before,
    2 = newly, -1 = no more; of a scenario also how many formats are, the nearest outlet of each and
    the minutes on foot to it, today and once the plan is carried out."""
    names = problem.labels
    options = problem.kept_today if result.options is None else result.options
    ids = names.points or range(1, problem.n_points + 1)
    columns: dict[str, Any] = {"id": map(str, ids)}
    for group, persons in zip(names.groups, problem.persons, strict=True):
        columns[f"people_{group}"] = persons / problem.person_units
    for (f, g), t in reported(problem).items():
        before, after = reached_by(problem, options, t)
        columns[f"{names.formats[f]}_{names.groups[g]}"] = np.where(
            before, np.where(after, 1, -1), 2 * after
        )
    return columns if scenario is None else columns | _walks(problem, options, scenario)


def _walks(problem: Problem, options: NDArray[np.int64], scenario: Scenario) -> dict[str, Any]:
    """Of each point: the nearest outlet of each format within its standard, and minutes to it."""
    names, shape = problem.labels, (problem.n_formats, problem.n_points)
    outlets = names.outlets or [str(k) for k in range(len(problem.outlets))]
    unit_m = 0.1 if problem.reach.cost.dtype.kind in "iu" else 1.0
    nearest = np.full(shape, None, object)
    metres = {}
    for when, chosen in (("before", problem.kept_today), ("after", options)):
        walk = metres[when] = np.full(shape, np.inf)
        for row in assigned(problem, chosen):
            place = row.format, row.point
            if row.cost * unit_m < walk[place]:
                walk[place] = row.cost * unit_m
                if when == "after":
                    own = problem.site_id(row.site) if row.outlet < 0 else outlets[row.outlet]
                    nearest[place] = str(own)
    columns: dict[str, Any] = {"formats_in_reach": np.isfinite(metres["after"]).sum(axis=0)}
    for f, format_ in enumerate(names.formats):
        columns[f"{format_}_nearest"] = nearest[f]
        pace = pace_m_per_s(problem, scenario, f)
        if pace is None:
            continue
        for column, when in (("minutes", "after"), ("minutes_before", "before")):
            minutes = np.round(metres[when][f] / (60 * pace), 1)
            columns[f"{format_}_{column}"] = np.where(np.isfinite(minutes), minutes, np.nan)
    return columns


def _layer(path: Path, layer: str, places: NDArray[np.float64], columns: dict[str, Any]) -> None:
    import geopandas as gpd

    _shapes(path, layer, gpd.points_from_xy(places[:, 0], places[:, 1]), columns)


def _shapes(path: Path, layer: str, shapes: Any, columns: dict[str, Any]) -> None:
    import geopandas as gpd
    import pandas as pd

    frame = pd.DataFrame({name: list(values) for name, values in columns.items()})
    gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4326").to_file(
        path, layer=layer, driver="GPKG"
    )
