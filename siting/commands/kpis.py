"""``siting kpis``: the key figures of a result, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.commands.arguments import Lang, Language, ResultPath
from siting.complete_files import write_table
from siting.texts.words import Words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from siting.analysis.kpis.kpis import Kpi
    from siting.problem import Problem
    from siting.scenario import Scenario


def kpis(
    result: ResultPath,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the table as csv (with BOM).")
    ] = None,
    lang: Language = Lang.en,
) -> int:
    """Key figures before and after: coverage, completeness, walking, access, equity."""
    from siting.analysis.kpis.kpis import table
    from siting.commands.loading import recorded_plan

    stored, scenario, problem = recorded_plan(result)
    assert stored.options is not None
    found = figures(scenario, problem.under(stored.spec), stored.options)
    words = Words.of(lang.value, "kpis")
    print(words["title"].format(name=scenario.name), "", *lines(found, lang.value), sep="\n")
    if out is not None:
        write_table(table(found), out)
        print(words["written"].format(file=out))
    return 0


def figures(scenario: Scenario, problem: Problem, options: NDArray[np.int64]) -> list[Kpi]:
    """All figures that a scenario can tell, before and with these options."""
    from siting.analysis.kpis.kpis import kpis
    from siting.analysis.kpis.site_districts import told_by_scenario
    from siting.result.communities import chain_rate, communities
    from siting.scenario.assemble.limits import Limits
    from siting.scenario.assemble.nearest import NearestPlaces

    travel = scenario.settings.travel
    speeds = {} if travel is None else {k: float(v) for k, v in travel.speed_m_per_s.items()}
    floor = communities(problem, options, scenario.settings.rules.floor_share)
    nearest = NearestPlaces(scenario.assembled)
    chains, homes = chain_rate(scenario), told_by_scenario(scenario)
    limits = Limits(scenario.settings, scenario.standards, scenario.contents.demand)
    return kpis(problem, options, speeds, floor, chains, nearest, homes, limits)


def lines(found: Sequence[Kpi], lang: str, *, after: bool = True) -> list[str]:
    """The figures as an aligned table; ``after``: with the column of the plan."""
    from siting.texts.numbers import columns, group_name

    words = Words.of(lang, "kpis")
    width = 6 if after else 5
    rows = [list(words.row("columns")[:width])]
    for kpi in found:
        rows.append(
            [str(kpi.number), words[f"name.{kpi.name}"], kpi.format, group_name(kpi.group, lang),
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
