"""``siting kpis``: the key figures of a result, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.commands.arguments import AsJson, Lang, Language, ResultPath, Untrusted
from siting.commands.named import names_of
from siting.commands.terminal import tables_as_json, text_beside
from siting.complete_files import write_table
from siting.texts.names import Names
from siting.texts.words import Words

if TYPE_CHECKING:
    from siting.analysis.kpis.kpi import Kpi


def kpis(
    result: ResultPath,
    out: Annotated[Path | None, typer.Option(metavar="FILE")] = None,
    untrusted: Untrusted = False,
    lang: Language = Lang.en,
    as_json: AsJson = False,
) -> int:
    """Key figures before and after: coverage, completeness, walking, access, equity."""
    tell = text_beside(as_json)
    from siting.analysis.audit.reopen import reopen
    from siting.analysis.kpis.key_figures import kpis as key_figures

    stored, scenario, _ = reopen(result, untrusted)
    found = key_figures(scenario, stored)
    words = Words.of(lang.value, "kpis")
    tell(
        words["title"].format(name=scenario.name),
        "",
        *lines(found.figures, names_of(scenario, lang.value)),
        sep="\n",
    )
    if out is not None:
        write_table(found.table, out)
        tell(words["written"].format(file=out))
    tables_as_json(as_json, figures=found.table)
    return 0


def lines(found: Sequence[Kpi], names: Names, *, after: bool = True) -> list[str]:
    """The figures as an aligned table; ``after``: with the column of the plan."""
    from siting.texts.numbers import columns

    words = Words.of(names.lang, "kpis")
    width = 6 if after else 5
    rows = [list(words.row("columns")[:width])]
    for kpi in found:
        rows.append(
            [
                str(kpi.number),
                words[f"name.{kpi.name}"],
                names.format(kpi.format),
                names.group(kpi.group),
                _told(kpi.before, kpi.unit),
                _told(kpi.after, kpi.unit),
            ][:width]
        )
    return columns(rows, (1, 2, 3))


def _told(value: float | None, unit: str) -> str:
    from siting.texts.numbers import figure, share

    if value is None:
        return "-"
    if unit == "share":
        return share(value, 1)
    return f"{value:,.3g}" if value < 10 else figure(value, 1)
