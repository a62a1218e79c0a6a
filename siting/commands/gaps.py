"""``siting gaps``: the gap inventory of a scenario, today and with a plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from siting.commands.arguments import Changes, Lang, Language, ScenarioPath, Variant
from siting.errors import ArgumentError

if TYPE_CHECKING:
    import pandas as pd

WORDS = {
    "en": {
        "title": "{name}: who is not served today",
        "columns": ("format", "group", "district", "people", "served", "not served",
                    "could be served", "out of reach", "places short", "m2 short",
                    "not served after"),
        "whole": "whole area",
        "lost": "{people} people at {points} points walk to no outlet or candidate site within the "
                "longest standard.",
        "floor": "{name}: {floor} m2 of {gross} m2 is commercial floor, {share} are asked for; "
                 "short of {short} m2{kind}",
        "new": " (a new community: demanded)", "old": " (an old one: reported)",
        "kpis": "Key figures",
        "blind": "{points} points with a blind spot written to {file}",
    },
    "zh": {
        "title": "{name}:现状缺口清单",
        "columns": ("业态", "人群", "片区", "人数", "已覆盖", "未覆盖", "可以覆盖", "无法可及",
                    "能力缺口", "面积缺口", "规划后未覆盖"),
        "whole": "全域",
        "lost": "{points} 个人口点的 {people} 人在最长的步行标准内到不了任何网点或候选用房。",
        "floor": "{name}:商业面积 {floor} / 总建筑面积 {gross} 平方米,要求 {share};"
                 "尚差 {short} 平方米{kind}",
        "new": "(新建社区,必须达到)", "old": "(既有社区,仅报告)",
        "kpis": "主要指标",
        "blind": "{points} 个有服务盲区的人口点已写入 {file}",
    },
}  # fmt: skip
DRIVERS = {".gpkg": "GPKG", ".geojson": "GeoJSON"}


def gaps(
    scenario: ScenarioPath,
    variant: Variant = None,
    change: Changes = None,
    plan: Annotated[
        Path | None,
        typer.Option(metavar="RESULT", help="Also with this result's plan: before and after."),
    ] = None,
    kpis: Annotated[bool, typer.Option("--kpis", help="Also the key figures 1-12.")] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the whole table as csv (with BOM).")
    ] = None,
    blind: Annotated[
        Path | None,
        typer.Option("--map", metavar="FILE", help="Write the blind spots as .gpkg or .geojson."),
    ] = None,
    gates: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write where a further gate of a compound would help, as .gpkg or .geojson.",
        ),
    ] = None,
    lang: Language = Lang.en,
) -> int:
    """Per format, group and district: who is not served today, floor space and places short."""
    for option, file in (("--map", blind), ("--gates", gates)):
        if file is not None and file.suffix.lower() not in DRIVERS:
            raise ArgumentError(f"{option} must end with .gpkg or .geojson; got {file.name!r}")
    import numpy as np

    from siting.analysis.communities import communities
    from siting.analysis.gaps import blind_spots, without_access
    from siting.analysis.gaps import gaps as inventory
    from siting.analysis.walls import through_walls
    from siting.commands import kpis as figures
    from siting.commands import walls
    from siting.commands.loading import current, load
    from siting.result import Result
    from siting.text import amount

    loaded = load(scenario, variant, change)
    problem = loaded.problem()
    options = None if plan is None else current(problem, Result.load(plan), []).options
    table = inventory(problem, options)
    words: dict[str, Any] = WORDS[lang.value]
    print(words["title"].format(name=loaded.name), "", *_table(table, words, lang.value), sep="\n")
    points, people = without_access(problem)
    if points:
        print("", words["lost"].format(people=amount(people), points=amount(points)), sep="\n")
    opened = np.zeros(0, np.int64) if options is None else options
    floors = communities(problem, opened, loaded.settings.rules.floor_share)
    for community in floors:
        print(
            "",
            words["floor"].format(
                name=community.name, gross=amount(community.gross_m2),
                floor=amount(community.before_m2 + community.added_m2),
                share=f"{community.share:.0%}", short=amount(community.short_m2),
                kind=words["new" if community.new else "old"],
            ),
            sep="\n",
        )  # fmt: skip
    through = through_walls(loaded, options)
    if through is not None:
        print("", *walls.lines(through, lang.value), sep="\n")
    elif gates is not None:
        raise ArgumentError("--gates needs travel.compounds; this scenario has none")
    if kpis:
        found = figures.figures(loaded, problem, opened)
        told = figures.lines(found, lang.value, after=options is not None)
        print("", f"{words['kpis']}:", *told, sep="\n")
    if out is not None:
        table.to_csv(out, index=False, encoding="utf-8-sig")
    if blind is not None:
        spots = blind_spots(problem, options)
        _write_map(spots, blind)
        print("", words["blind"].format(points=amount(len(spots)), file=blind), sep="\n")
    if gates is not None and through is not None:
        useful = through.gates[through.gates["gained"] > 0]
        _write_map(useful, gates)
        told = walls.WORDS[lang.value]["written"]
        print("", told.format(gates=amount(len(useful)), file=gates), sep="\n")
    return 0


def _table(table: pd.DataFrame, words: dict[str, Any], lang: str) -> list[str]:
    from siting.analysis.gaps import WHOLE
    from siting.text import amount, columns, group_name, share

    planned = "not_served_after" in table
    rows = [list(words["columns"] if planned else words["columns"][:-1])]
    for row in table.astype(object).where(table.notna(), None).to_dict("records"):
        rows.append(
            [
                row["format"],
                group_name(row["group"], lang),
                words["whole"] if row["district"] == WHOLE else row["district"],
                amount(row["people"]),
                share(row["served"], row["people"]),
                amount(row["not_served"]),
                amount(row["within_reach_of_a_site"]),
                amount(row["out_of_reach"]),
                amount(row["places_short"]),
                amount(row["floor_short_m2"]),
                *([amount(row["not_served_after"])] if planned else []),
            ]
        )
    return columns(rows, (0, 1, 2))


def _write_map(spots: pd.DataFrame, file: Path) -> None:
    import geopandas as gpd

    if "lon" not in spots:
        raise ArgumentError("--map needs places; this scenario has no coordinates")
    places = gpd.points_from_xy(spots["lon"], spots["lat"], crs="EPSG:4326")
    frame = gpd.GeoDataFrame(spots.drop(columns=["lon", "lat"]), geometry=places)
    file.unlink(missing_ok=True)
    frame.to_file(file, driver=DRIVERS[file.suffix.lower()], engine="pyogrio")
