"""The gap inventory (缺口清单) as a table of a report."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.analysis.gaps.gaps import NOWHERE, WHOLE, gaps
from siting.paper import Cell, Column, Grid
from siting.texts.catalogue import group_words
from siting.texts.words import Words

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.report.facts import Facts


def gap_table(
    problem: Problem,
    options: NDArray[np.int64] | None,
    facts: Facts,
    words: Words,
    district: str | None = None,
) -> Grid:
    """Who is not served today, and with the plan; by format, group and district.

    Args:
        options: of the plan; None = today alone.
        district: only the people of this one.
    """
    table = gaps(problem, options)
    units = {district: unit for _, district, unit, _ in facts.circles if unit}
    units = units if district is None else {}
    names = {WHOLE: words["whole"], NOWHERE: words["nowhere"]}
    rows: list[tuple[Cell, ...]] = []
    for row in table.to_dict("records"):
        if district is not None and row["district"] != district:
            continue
        after = row.get("not_served_after")
        rows.append(
            (
                facts.format(str(row["format"])).name,
                group_words(words, str(row["group"])),
                names.get(str(row["district"]), str(row["district"])),
                _known(row["standard_m"]),
                row["people"],
                row["not_served"],
                after,
                row["within_reach_of_a_site"],
                _known(row["places_short"]),
                *((units.get(str(row["district"]), ""),) if units else ()),
            )
        )
    columns = (
        Column(words["format"], "text"),
        Column(words["group"], "text"),
        Column(words["district"], "text"),
        Column(words["standard_m"], "number"),
        Column(words["people"], "number"),
        Column(words["not_served"], "number"),
        Column(words["not_served_after"], "number"),
        Column(words["near_premises"], "number"),
        Column(words["places_short"], "number"),
        *((Column(words["responsible_unit"], "text"),) if units else ()),
    )
    return Grid(words["gap_inventory"], columns, tuple(rows), words["gap_note"])


def _known(value: float | None) -> float | None:
    """None for what a table has as NaN."""
    return None if value is None or math.isnan(value) else float(value)
