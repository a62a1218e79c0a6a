"""score: a plan made by hand, judged by the same rules as one that was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.errors import Fault, InputError, nearest
from siting.notice import Notice
from siting.problem import ACTIONS, Action, Problem
from siting.result import Coverage, Plan, Result, relative_gap
from siting.result.accounting import closed, plan_of
from siting.result.plan_csv import read_csv, some
from siting.solving.warm_start import option_index, pick, positions
from siting.verification.evaluation import evaluate, useless_notes

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("site", "format", "size")
OPTIONAL = ("phase", "action")
_NO_NAMES: Mapping[str, str] = {}
MAY_BE_EMPTY = ("size", *OPTIONAL)


@dataclass(frozen=True)
class Score:
    """What a plan is worth under the problem's own objective and rules."""

    objective: float
    """In the model's unit (weighted persons newly covered for ``max_cover``)."""
    feasible: bool
    violations: tuple[str, ...]
    """One sentence for each rule broken."""
    cost: int
    """Whole currency units, opening costs included."""
    coverage: Coverage = field(repr=False)
    plan: Plan = field(repr=False)
    notes: tuple[str, ...] = ()
    """Outlets that gain nothing and that no rule needs."""
    best: float | None = None
    """Objective of the best plan known, when a result is given."""
    bound: float | None = None
    """No plan can be better than this, when a result is given."""

    @property
    def distance(self) -> float | None:
        """``|best - objective| / |best|``; None without a result that has a plan."""
        return relative_gap(self.best, self.objective)

    @property
    def gap(self) -> float | None:
        """``|bound - objective| / |objective|``: how far from the best it can be at most."""
        return relative_gap(self.objective, self.bound)

    @property
    def table(self) -> pd.DataFrame:
        """One row a (format, group): people, covered before and with the plan."""
        import pandas as pd

        rows = [
            {
                "format": format_,
                "group": group,
                "people": told.people,
                "before": told.before,
                "after": told.after,
            }
            for format_, groups in self.coverage.items()
            for group, told in groups.items()
        ]
        return pd.DataFrame(rows, columns=["format", "group", "people", "before", "after"])


def score(
    problem: Problem, plan: Any, result: Result | None = None, *, ids: Mapping[str, str] = _NO_NAMES
) -> Score:
    """Judge a plan made by hand.

    Args:
        problem: whose rules judge it.
        plan: a table or csv file with the columns ``site``, ``format``, ``size`` (``format`` may
            be left out where there is one, ``size`` where a site offers one); a Plan; option
            positions; for problems with one option a site, positions of sites. A table without
            the column ``action`` tells what opens: what stands and may move or close is kept.
        result: of the same problem, to tell the distance to the best.
        ids: formats by the names that a table may call them by.

    Raises:
        InputError: rows that name an unknown site, format or size, all at once.
        ArgumentError: positions outside the problem.
    """
    options, impossible = options_of(problem, plan, ids)
    judged = evaluate(problem, options)
    violations = (*impossible, *judged.violations)
    return Score(
        judged.objective,
        not violations,
        violations,
        judged.cost,
        judged.coverage,
        plan_of(problem, judged),
        useless_notes(problem, judged),
        None if result is None else result.objective,
        None if result is None else result.bound,
    )


def options_of(
    problem: Problem, plan: Any, ids: Mapping[str, str] = _NO_NAMES
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Option positions of a plan made by hand, and a sentence for each row nothing can be of."""
    if isinstance(plan, Plan):
        return table_options(problem, plan.table, "plan")
    if isinstance(plan, str | Path):
        table = read_csv(Path(plan))
        return table_options(problem, table, str(plan), table.index.to_list(), ids)
    if hasattr(plan, "columns"):
        return table_options(problem, plan, "plan", (), ids)
    o = problem.options
    one_each = problem.n_formats == 1 and len(np.unique(o.site)) == problem.n_options
    if not one_each:
        return positions(plan, problem.n_options, "plan", "options"), ()
    sites = positions(plan, problem.n_sites, "plan", Notice("fault.candidate_sites"))
    offers = np.isin(sites, o.site)
    refused = tuple(Notice("broken.nothing_there", site=problem.site_id(s)) for s in sites[~offers])
    return np.searchsorted(o.site, sites[offers]).astype(np.int64), refused


def table_options(
    problem: Problem,
    table: pd.DataFrame,
    where: str,
    lines: Sequence[int] = (),
    ids: Mapping[str, str] = _NO_NAMES,
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Option positions of the rows (site, format, size; phase and action where told).

    Args:
        lines: of the file, one a row; default: line 1 is the header.
    """
    columns = _columns(problem, table, where)
    at = COLUMNS.index("format")
    columns[at] = [ids.get(name, name) for name in columns[at]]
    index = option_index(problem)
    known: tuple[set[str], ...] = (
        {problem.site_id(s) for s in range(problem.n_sites)},
        set(problem.labels.formats),
        set(problem.labels.sizes),
        set(problem.labels.phases),
        set(ACTIONS if (problem.options.action > 0).any() else [Action.OPEN]),
    )
    offered: dict[tuple[str, str], list[str]] = {}
    for site, kind, size in index:
        offered.setdefault((site, kind), []).append(size)
    faults: list[Fault] = []
    refused: list[Notice] = []
    found: dict[int, int] = {}
    for line, row in zip(
        lines or range(2, len(table) + 2), zip(*columns, strict=True), strict=True
    ):
        wrong = [
            Fault(
                where,
                Notice("fault.known_word", word=word),
                repr(value),
                line,
                word,
                nearest(value, ids),
            )
            for word, value, ids in zip((*COLUMNS, *OPTIONAL), row, known, strict=True)
            if value not in ids and not (value == "" and word in MAY_BE_EMPTY)
        ]
        faults += wrong
        if wrong:
            continue
        site, kind, size, phase, action = row
        sizes = offered.get((site, kind), [])
        if size == "" and len(sizes) > 1:
            faults.append(
                Fault(
                    where,
                    Notice("fault.one_of_sizes", sizes=sizes),
                    Notice("fault.nothing"),
                    line,
                    "size",
                )
            )
        elif size not in sizes and (size != "" or not sizes):
            what = f"{kind} ({size})" if size and sizes else kind
            refused.append(Notice("broken.not_there", site=site, what=what))
        else:
            option = pick(problem, index[site, kind, size or sizes[0]], phase, action)
            other = _other_than_asked(problem, option, site, kind, phase, action)
            if other is not None:
                refused.append(other)
                continue
            if option in found:
                first = found[option]
                faults.append(
                    Fault(where, Notice("fault.no_repeat", first=first), f"{site}/{kind}", line)
                )
            found.setdefault(option, line)
    if faults:
        raise InputError(some(faults, where))
    chosen = np.array(sorted(found), np.int64)
    if "action" not in map(str, table.columns):
        chosen = np.union1d(chosen, closed(problem, chosen))  # keeping is free
    return chosen, tuple(refused)


def _other_than_asked(
    problem: Problem, option: int, site: str, kind: str, phase: str, action: str
) -> Notice | None:
    """What a row asks for that no option of the outlet is; None when one is."""
    o, names = problem.options, problem.labels
    if phase and names.phases[o.phase[option]] != phase:
        return Notice("broken.not_in_phase", site=site, what=kind, phase=phase)
    if action and ACTIONS[o.action[option]] != action:
        return Notice("broken.not_by_action", site=site, what=kind, action=action)
    return None


def _columns(problem: Problem, table: pd.DataFrame, where: str) -> list[list[str]]:
    """site, format, size, phase, action as text; columns that say nothing new may be left out."""
    default = {"format": problem.labels.formats[0] if problem.n_formats == 1 else None}
    default |= dict.fromkeys(("size", *OPTIONAL), "")
    names = {str(name).strip(): name for name in table.columns}
    faults = [
        Fault(
            where,
            Notice("fault.has_column", word=word),
            ", ".join(names),
            1,
            hint=nearest(word, names),
        )
        for word in COLUMNS
        if word not in names and default.get(word) is None
    ]
    if faults:
        raise InputError(faults)
    return [
        [_text(value) for value in table[names[word]]]
        if word in names
        else [str(default[word])] * len(table)
        for word in (*COLUMNS, *OPTIONAL)
    ]


def _text(value: object) -> str:
    """An id as text; a missing value is empty, a whole float (pandas' way with gaps) an integer."""
    if value is None:
        return ""
    if isinstance(value, float):
        return "" if isnan(value) else str(int(value)) if value.is_integer() else str(value)
    return str(value).strip()
