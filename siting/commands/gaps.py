"""``siting gaps``: the gap inventory of a scenario, today and with a plan."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from siting.commands.arguments import (
    AsJson,
    Changes,
    Lang,
    Language,
    Reproducible,
    ScenarioPath,
    Untrusted,
    Variant,
)
from siting.commands.named import names_of
from siting.commands.terminal import print_json, text_beside
from siting.complete_files import complete_file, refuse_unwritable, write_table
from siting.errors import ArgumentError
from siting.notice import Notice
from siting.texts.names import Names
from siting.texts.words import Words

if TYPE_CHECKING:
    import pandas as pd

    from siting.analysis.gaps.distances import ByDistance
    from siting.analysis.kpis.grades import Graded

DRIVERS = {".gpkg": "GPKG", ".geojson": "GeoJSON"}


def gaps(
    scenario: ScenarioPath,
    variant: Variant = None,
    change: Changes = None,
    untrusted: Untrusted = False,
    plan: Annotated[
        Path | None,
        typer.Option(metavar="RESULT"),
    ] = None,
    kpis: Annotated[bool, typer.Option("--kpis")] = False,
    out: Annotated[Path | None, typer.Option(metavar="FILE")] = None,
    blind: Annotated[
        Path | None,
        typer.Option("--map", metavar="FILE"),
    ] = None,
    gates: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
        ),
    ] = None,
    reproducible: Reproducible = False,
    lang: Language = Lang.en,
    as_json: AsJson = False,
) -> int:
    """Per format, group and district: who is not served today, floor space and places short."""
    tell = text_beside(as_json)
    for option, file in (("--map", blind), ("--gates", gates)):
        if file is not None and file.suffix.lower() not in DRIVERS:
            raise ArgumentError(Notice("fault.map_ending", option=option, name=file.name))
    for file in (out, blind, gates):
        refuse_unwritable(file)
    from siting.commands.loading import load

    loaded = load(scenario, variant, change, untrusted)
    from siting.analysis.audit.reopen import current
    from siting.analysis.gaps.inventory import gaps as inventory
    from siting.analysis.kpis.key_figures import kpis as key_figures
    from siting.commands import walls
    from siting.commands.kpis import lines as figures
    from siting.result import Result
    from siting.texts.numbers import whole

    problem = loaded.problem()
    options = None if plan is None else current(problem, Result.load(plan), []).options
    found = inventory(loaded, options)
    words, names = Words.of(lang.value, "gaps"), names_of(loaded, lang.value)
    tell(
        words["title"].format(name=loaded.name),
        "",
        *_table(found.table, words, names),
        sep="\n",
    )
    points, people = found.without_access
    if points:
        tell("", words["lost"].format(people=whole(people), points=whole(points)), sep="\n")
    for community in found.communities:
        tell(
            "",
            words["floor"].format(
                name=community.name,
                gross=whole(community.gross_m2),
                floor=whole(community.before_m2 + community.added_m2),
                share=f"{community.share:.0%}",
                short=whole(community.short_m2),
                kind=words["new" if community.new else "old"],
            ),
            sep="\n",
        )
    told = [*_distances(found.distances, words, names), *_grades(found.grades, words, names)]
    if told:
        tell("", *told, sep="\n")
    through = found.walls
    if through is not None:
        tell("", *walls.lines(through, names), sep="\n")
    elif gates is not None:
        raise ArgumentError(Notice("fault.gates_compounds"))
    if kpis:
        lines = figures(key_figures(loaded, options).figures, names, after=options is not None)
        tell("", words.titled(words["kpis"]), *lines, sep="\n")
    if out is not None:
        write_table(found.table, out)
    if blind is not None:
        spots = found.blind_spots
        _write_map(spots, blind, "blind_spots")
        tell("", words["blind"].format(points=whole(len(spots)), file=blind), sep="\n")
    if gates is not None and through is not None:
        useful = through.gates[through.gates["gained"] > 0]
        _write_map(useful, gates, "gates")
        written = Words.of(lang.value, "walls")["written"]
        tell("", written.format(gates=whole(len(useful)), file=gates), sep="\n")
    if as_json:
        shown = found.table.astype(object).where(found.table.notna(), None).to_dict("records")
        grades = [_as_record(one) for one in found.grades]
        print_json({"table": shown, "distances": found.distances, "grades": grades})
    return 0


def _as_record(graded: Graded) -> dict[str, Any]:
    """A circle's grade for JSON."""
    return {
        "circle": graded.circle,
        "district": graded.district,
        "responsible_unit": graded.responsible_unit,
        "grade": None if graded.grade is None else graded.grade.id,
        "next": None if graded.following is None else graded.following.id,
        "lacking": [
            {
                "what": one.asked.what,
                "at_least": one.asked.at_least,
                "value": one.value,
                "formats": list(one.lacking),
            }
            for one in graded.lacking
        ],
    }


def _distances(found: Sequence[ByDistance], words: Words, names: Names) -> list[str]:
    """People within planning distances beside those within the walks that count."""
    from siting.texts.numbers import amount, columns

    def told(share: float | None) -> str:
        return "-" if share is None else f"{100 * share:.1f}%"

    if not found:
        return []
    rows = [list(words.row("distance_columns"))]
    rows += [
        [
            names.format(one.format),
            names.group(one.group),
            amount(one.standard_m),
            told(one.after),
            amount(one.planning_m),
            told(one.planning_after),
        ]
        for one in found
    ]
    return [words.titled(words["distances"]), *columns(rows, (0, 1)), ""]


def _grades(found: Sequence[Graded], words: Words, names: Names) -> list[str]:
    """Grade of each circle and what the next one lacks."""
    from siting.analysis.kpis.grades import grade_name
    from siting.notice import notices

    if not found:
        return []
    lines = [words.titled(words["grades"])]
    for one in found:
        grade = words["no_grade"] if one.grade is None else grade_name(one.grade, words.lang)
        if one.following is None:
            lines.append(words.tell("grade_last", circle=one.circle, grade=grade))
            continue
        lacks = notices([c.told for c in one.lacking], words.lang, names.sections)
        lines.append(
            words.tell(
                "grade_line",
                circle=one.circle,
                grade=grade,
                next=grade_name(one.following, words.lang),
                lacks=words.parts(lacks),
            )
        )
    return lines


def _table(table: pd.DataFrame, words: Words, names: Names) -> list[str]:
    from siting.analysis.gaps.gaps import AFTER, NOWHERE, WHOLE
    from siting.texts.numbers import amount, columns, share, whole

    planned = "not_served_after" in table
    after = ("not_served_after", "places_short_after") if planned else ()
    heads = words.row("columns")
    areas = {WHOLE: words["whole"], NOWHERE: words["nowhere"]}
    rows = [list(heads if planned else heads[:-AFTER])]
    for row in table.astype(object).where(table.notna(), None).to_dict("records"):
        counts = (
            "not_served",
            "within_reach_of_a_site",
            "out_of_reach",
            "no_place",
            "places_short",
            "floor_short_m2",
            *after,
        )
        rows.append(
            [
                names.format(row["format"]),
                names.group(row["group"]),
                areas.get(row["district"], row["district"]),
                amount(row["standard_m"]),
                whole(row["people"]),
                share(row["served"], row["people"]),
                *(whole(row[name]) for name in counts),
            ]
        )
    return [*columns(rows, (0, 1, 2)), "", *words.row("notes")]


def _write_map(spots: pd.DataFrame, file: Path, layer: str) -> None:
    import geopandas as gpd

    if "lon" not in spots:
        raise ArgumentError(Notice("fault.map_places"))
    places = gpd.points_from_xy(spots["lon"], spots["lat"], crs="EPSG:4326")
    frame = gpd.GeoDataFrame(spots.drop(columns=["lon", "lat"]), geometry=places)
    with complete_file(file) as fresh:
        frame.to_file(fresh, layer=layer, driver=DRIVERS[file.suffix.lower()], engine="pyogrio")
