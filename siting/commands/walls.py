"""What the walls of compounds cost, for ``siting gaps``: who loses, and where a gate would help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from siting.analysis.gaps.walls import ThroughWalls

WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "lost": "People whom the walls of compounds keep out of reach",
        "lost_columns": ("format", "group", "people", "served", "without walls", "lost",
                         "of them in compounds"),
        "gates": "Where one more gate would bring most people within reach (a person counts once "
                 "for each format)",
        "gate_columns": ("compound", "people", "lost", "gained", "by format", "longitude",
                         "latitude"),
        "rest": "and at {more} further compounds; --gates FILE writes all",
        "none": "No single further gate would bring anybody within reach.",
        "written": "{gates} places for gates written to {file}",
    },
    "zh": {
        "lost": "因小区围墙而步行不可达的人",
        "lost_columns": ("业态", "人群", "人数", "已覆盖", "无围墙时", "因围墙失去",
                         "其中住在小区内"),
        "gates": "再开一个门,新增步行可达人数最多的小区(每人按业态分别计算)",
        "gate_columns": ("小区", "居住人数", "因围墙失去", "开门新增", "分业态", "经度", "纬度"),
        "rest": "另有 {more} 个小区;--gates FILE 可全部写出",
        "none": "再开任何一个门都不会使更多人步行可达。",
        "written": "{gates} 处可开门的位置已写入 {file}",
    },
}  # fmt: skip
SHOWN = 10


def lines(found: ThroughWalls, lang: str) -> list[str]:
    """Both tables as text."""
    from siting.texts.numbers import amount, columns

    words = WORDS[lang]
    told = [f"{words['lost']}:", *_lost(found.lost, words, lang)]
    useful = found.gates[found.gates["gained"] > 0]
    if not len(useful):
        return [*told, "", words["none"]]
    rows = [list(words["gate_columns"])]
    for row in useful.head(SHOWN).to_dict("records"):
        rows.append(
            [str(row["compound"]), amount(row["people"]), amount(row["lost"]),
             amount(row["gained"]), _by_format(row), f"{row['lon']:.6f}", f"{row['lat']:.6f}"]
        )  # fmt: skip
    told += ["", f"{words['gates']}:", *columns(rows, (0, 4))]
    more = len(useful) - SHOWN
    return [*told, words["rest"].format(more=more)] if more > 0 else told


def _lost(table: pd.DataFrame, words: dict[str, Any], lang: str) -> list[str]:
    from siting.texts.numbers import amount, columns, group_name, share

    rows = [list(words["lost_columns"])]
    for row in table.to_dict("records"):
        rows.append(
            [row["format"], group_name(row["group"], lang), amount(row["people"]),
             share(row["served"], row["people"]), share(row["served_if_open"], row["people"]),
             amount(row["lost"]), amount(row["lost_in_compounds"])]
        )  # fmt: skip
    return columns(rows, (0, 1))


def _by_format(row: dict[Any, Any]) -> str:
    """Format and people gained, most first; groups of one format together."""
    from siting.texts.numbers import amount

    gained: dict[str, float] = {}
    for key, people in row.items():
        format_, bar, _ = str(key).partition("|")
        if bar:
            gained[format_] = gained.get(format_, 0) + people
    most = sorted(((n, f) for f, n in gained.items() if n > 0), key=lambda pair: -pair[0])
    return ", ".join(f"{format_} {amount(n)}" for n, format_ in most)
