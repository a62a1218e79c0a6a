"""``siting kpis``: the key figures of a result, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from siting.commands.arguments import Lang, Language, ResultPath
from siting.complete_files import write_table

if TYPE_CHECKING:
    from siting.analysis.kpis.kpi import Kpi

WORDS = {
    "en": {
        "title": "{name}: key figures before and after",
        "columns": ("KPI", "", "format", "group or place", "before", "after"),
        "name": {
            "coverage": "people covered", "coverage_points": "points covered",
            "served": "people served within capacity",
            "completeness": "basic formats in reach, mean of people",
            "complete_circle": "people whose circle is complete",
            "formats_present": "basic formats that stand in a district, of those in use",
            "districts_complete": "districts with 80 % of basic formats in reach on average",
            "group_coverage": "people of the group covered, at its walking speed",
            "distance_to_all": "distance to that of all",
            "minutes_mean": "minutes to the nearest outlet, mean",
            "minutes_p50": "minutes to the nearest outlet, half of people within",
            "minutes_p90": "minutes to the nearest outlet, 90 % of people within",
            "unreachable": "people whom no way leads to an outlet",
            "beyond_what_was_walked": "people beyond every outlet that was walked to",
            "minutes_walked_at_most": "minutes walked at most; farther was not looked",
            "decay_score": "decay score (1 within 5 minutes, 0 from 30)",
            "access_2sfca": "access (2SFCA), places (or outlets) per 1,000 people",
            "gini": "Gini of access", "palma": "Palma ratio of access",
            "worst_tenth": "access of the worst-off tenth",
            "m2_added_per_1000": "m2 of new outlets per 1,000 people",
            "m2_added_per_100_households": "m2 of new outlets per 100 households",
            "commercial_floor": "commercial floor of the community",
            "chain_rate": "outlets of a chain",
            "several_functions": "sites of the plan with several functions",
        },
        "written": "Written to {file}",
    },
    "zh": {
        "title": "{name}:规划前后的主要指标",
        "columns": ("指标", "", "业态", "人群或片区", "规划前", "规划后"),
        "name": {
            "coverage": "覆盖人口", "coverage_points": "覆盖人口点",
            "served": "容量内服务人口", "completeness": "可及的基本保障类业态,人均",
            "complete_circle": "生活圈配齐的人口",
            "formats_present": "业态配齐率(片区内有网点的基本保障类业态)",
            "districts_complete": "达标片区(基本保障类业态平均可及率达 80%)",
            "group_coverage": "该人群覆盖率(按其步行速度)",
            "distance_to_all": "与全体的差距",
            "minutes_mean": "至最近网点步行分钟,平均",
            "minutes_p50": "至最近网点步行分钟,半数人口以内",
            "minutes_p90": "至最近网点步行分钟,九成人口以内",
            "unreachable": "步行无路可达任何网点的人口",
            "beyond_what_was_walked": "计算范围内无网点可达的人口",
            "minutes_walked_at_most": "步行计算上限(分钟),更远未计算",
            "decay_score": "衰减得分(5 分钟内为 1,30 分钟起为 0)",
            "access_2sfca": "可达性(两步移动搜索),每千人名额(或网点)",
            "gini": "可达性基尼系数", "palma": "可达性帕尔马比",
            "worst_tenth": "最弱一成人口的可达性",
            "m2_added_per_1000": "每千人新增面积(平方米)",
            "m2_added_per_100_households": "每百户新增面积(平方米)",
            "commercial_floor": "社区商业面积占比",
            "chain_rate": "连锁化率",
            "several_functions": "方案中一处多业态的用房",
        },
        "written": "已写入 {file}",
    },
}  # fmt: skip


def kpis(
    result: ResultPath,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the table as csv (with BOM).")
    ] = None,
    lang: Language = Lang.en,
) -> int:
    """Key figures before and after: coverage, completeness, walking, access, equity."""
    from siting.analysis.audit.reopen import reopen
    from siting.analysis.kpis.key_figures import kpis as key_figures

    stored, scenario, _ = reopen(result)
    found = key_figures(scenario, stored)
    words: dict[str, Any] = WORDS[lang.value]
    print(
        words["title"].format(name=scenario.name), "", *lines(found.figures, lang.value), sep="\n"
    )
    if out is not None:
        write_table(found.table, out)
        print(words["written"].format(file=out))
    return 0


def lines(found: Sequence[Kpi], lang: str, *, after: bool = True) -> list[str]:
    """The figures as an aligned table; ``after``: with the column of the plan."""
    from siting.texts.numbers import columns, group_name

    words: dict[str, Any] = WORDS[lang]
    width = 6 if after else 5
    rows = [list(words["columns"][:width])]
    for kpi in found:
        rows.append(
            [str(kpi.number), words["name"][kpi.name], kpi.format, group_name(kpi.group, lang),
             _told(kpi.before, kpi.unit), _told(kpi.after, kpi.unit)][:width]
        )  # fmt: skip
    return columns(rows, (1, 2, 3))


def _told(value: float | None, unit: str) -> str:
    from siting.texts.numbers import figure, share

    if value is None:
        return "-"
    if unit == "share":
        return share(value, 1)
    return f"{value:,.3g}" if value < 10 else figure(value, 1)
