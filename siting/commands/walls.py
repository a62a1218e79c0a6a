"""What the walls of compounds cost, for ``siting gaps``: who loses, and where a gate would help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from siting.texts.names import Names
from siting.texts.words import Words

if TYPE_CHECKING:
    import pandas as pd

    from siting.analysis.gaps.walls import ThroughWalls

SHOWN = 10


def lines(found: ThroughWalls, names: Names) -> list[str]:
    """Both tables as text."""
    from siting.texts.numbers import columns, whole

    words = Words.of(names.lang, "walls")
    told = [words.titled(words["lost"]), *_lost(found.lost, words, names)]
    useful = found.gates[found.gates["gained"] > 0]
    if not len(useful):
        return [*told, "", words["none"]]
    rows = [list(words.row("gate_columns"))]
    for row in useful.head(SHOWN).to_dict("records"):
        rows.append(
            [
                str(row["compound"]),
                whole(row["people"]),
                whole(row["lost"]),
                whole(row["gained"]),
                _by_format(row, words, names),
                f"{row['lon']:.6f}",
                f"{row['lat']:.6f}",
            ]
        )
    told += ["", words.titled(words["gates"]), *columns(rows, (0, 4))]
    more = len(useful) - SHOWN
    return [*told, words["rest"].format(more=more)] if more > 0 else told


def _lost(table: pd.DataFrame, words: Words, names: Names) -> list[str]:
    from siting.texts.numbers import columns, share, whole

    rows = [list(words.row("lost_columns"))]
    for row in table.to_dict("records"):
        rows.append(
            [
                names.format(row["format"]),
                names.group(row["group"]),
                whole(row["people"]),
                share(row["served"], row["people"]),
                share(row["served_if_open"], row["people"]),
                whole(row["lost"]),
                whole(row["lost_in_compounds"]),
            ]
        )
    return columns(rows, (0, 1))


def _by_format(row: dict[Any, Any], words: Words, names: Names) -> str:
    """Format and people gained, most first; groups of one format together."""
    from siting.texts.numbers import whole

    gained: dict[str, float] = {}
    for key, people in row.items():
        format_, bar, _ = str(key).partition("|")
        if bar:
            gained[format_] = gained.get(format_, 0) + people
    most = sorted(((n, f) for f, n in gained.items() if n > 0), key=lambda pair: -pair[0])
    return words.listed(f"{names.format(format_)} {whole(n)}" for n, format_ in most)
