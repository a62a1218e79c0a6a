"""``siting gaps``: the gap inventory of a scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from siting.commands.arguments import Changes, Lang, Language, ScenarioPath, Variant

WORDS = {
    "en": {
        "title": "{name}: who is not served today",
        "columns": ("format", "group", "district", "people", "served", "not served",
                    "could be served", "out of reach"),
        "whole": "whole area",
        "lost": "{people} people at {points} points cannot walk to any outlet or candidate site.",
    },
    "zh": {
        "title": "{name}:现状缺口清单",
        "columns": ("业态", "人群", "片区", "人数", "已覆盖", "未覆盖", "候选用房可及", "无法可及"),
        "whole": "全域",
        "lost": "{points} 个人口点的 {people} 人步行到不了任何网点或候选用房。",
    },
}  # fmt: skip


def gaps(
    scenario: ScenarioPath,
    variant: Variant = None,
    change: Changes = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the whole table as csv (with BOM).")
    ] = None,
    lang: Language = Lang.en,
) -> int:
    """Per format, group and district: who is not served today."""
    from siting.analysis.gaps import WHOLE, without_access
    from siting.analysis.gaps import gaps as inventory
    from siting.commands.loading import load
    from siting.text import amount, columns, share

    loaded = load(scenario, variant, change)
    problem = loaded.problem()
    table = inventory(problem)
    words: dict[str, Any] = WORDS[lang.value]
    rows = [list(words["columns"])]
    for row in table.to_dict("records"):
        rows.append(
            [
                row["format"],
                row["group"],
                words["whole"] if row["district"] == WHOLE else row["district"],
                amount(row["people"]),
                share(row["served"], row["people"]),
                amount(row["not_served"]),
                amount(row["within_reach_of_a_site"]),
                amount(row["out_of_reach"]),
            ]
        )
    print(words["title"].format(name=loaded.name), "", *columns(rows, (0, 1, 2)), sep="\n")
    points, people = without_access(problem)
    if points:
        print("", words["lost"].format(people=amount(people), points=amount(points)), sep="\n")
    if out is not None:
        table.to_csv(out, index=False, encoding="utf-8-sig")
    return 0
