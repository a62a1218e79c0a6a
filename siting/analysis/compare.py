"""Results side by side: figures, people by format and group, and where two plans differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.errors import ArgumentError
from siting.notice import Notice
from siting.problem import Action
from siting.result import Plan, Result, counts

if TYPE_CHECKING:
    import pandas as pd

KEY = ["site", "format"]


@dataclass(frozen=True)
class Comparison:
    """Results side by side, by name."""

    results: Mapping[str, Result] = field(repr=False)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a result, see :func:`figures`."""
        return figures(self.results)

    @cached_property
    def people(self) -> pd.DataFrame:
        """One row a (format, group), see :func:`people`."""
        return people(self.results)

    @cached_property
    def in_common(self) -> pd.DataFrame:
        """Sites and stops that two results share, see :func:`in_common`."""
        return in_common(self.results)

    @cached_property
    def differences(self) -> pd.DataFrame:
        """Outlets that only one of two results opens, see :func:`differences`."""
        return differences(self.results)

    @cached_property
    def warnings(self) -> Any:
        """What makes two of them no answers to the same question, see :func:`not_comparable`."""
        return not_comparable(self.results)


def compare(results: Mapping[str, Result]) -> Comparison:
    """Results side by side: figures, people, and where two plans differ.

    Args:
        results: name -> result; of one problem or several.

    Raises:
        ArgumentError: fewer than two results.
    """
    if len(results) < 2:
        raise ArgumentError(Notice("fault.compare_two", n_results=len(results)))
    return Comparison(dict(results))


def figures(results: Mapping[str, Result]) -> pd.DataFrame:
    """One row a result: how it was found, what it is worth, costs, opens and proves; stops and
    vehicles apart where there are any."""
    import pandas as pd

    rows = []
    opened = counts([result.plan for result in results.values()])
    for (name, result), count in zip(results.items(), opened, strict=True):
        plan = result.plan
        rows.append(
            {
                "result": name,
                "model": result.model,
                "method": result.method,
                "status": result.status,
                "limit": result.limit,
                "objective": result.objective,
                "bound": result.bound,
                "gap": result.gap,
                "bound_proof": result.bound_proof,
                "seconds": result.timings.get("total"),
                "cost": None if plan is None else plan.budget["spent"],
                **count,
            }
        )
    return pd.DataFrame(rows)


def people(results: Mapping[str, Result]) -> pd.DataFrame:
    """One row a (format, group): people, covered before, and covered after in each result."""
    import pandas as pd

    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for name, result in results.items():
        for format_, groups in result.coverage.items():
            for group, told in groups.items():
                row = rows.setdefault((format_, group), {"format": format_, "group": group})
                row.setdefault("people", told.people)
                row.setdefault("before", told.before)
                row[name] = told.after
    return pd.DataFrame(list(rows.values()))


def in_common(results: Mapping[str, Result]) -> pd.DataFrame:
    """Sites and stops opened in both of two results (on the diagonal: in one), shape (n, n)."""
    import pandas as pd

    sites = {
        name: set() if result.plan is None else places(result.plan)
        for name, result in results.items()
    }
    return pd.DataFrame(
        [[len(a & b) for b in sites.values()] for a in sites.values()],
        index=list(sites),
        columns=list(sites),
    )


def places(plan: Plan) -> set[str]:
    """Ids of the premises and stops of a plan; a vehicle is no place."""
    return set(plan.table["site"][plan.table["action"] != Action.VEHICLE])


def differences(results: Mapping[str, Result]) -> pd.DataFrame:
    """Outlets in one plan of a pair and not in the other, with the people they newly cover.

    Columns: left, right, in (which of the two holds the outlet), site, format, size, action,
    outlet, until, cost, newly_covered. An outlet in another size counts as different.
    """
    import pandas as pd

    figures = ["size", "action", "outlet", "until", "cost", "newly_covered"]
    columns = ["left", "right", "in", *KEY, *figures]
    rows = []
    for (left, a), (right, b) in combinations(results.items(), 2):
        if a.plan is None or b.plan is None:
            continue
        keys = [
            set(zip(p.table["site"], p.table["format"], p.table["size"], strict=True))
            for p in (a.plan, b.plan)
        ]
        for name, plan, other in ((left, a.plan, keys[1]), (right, b.plan, keys[0])):
            for row in plan.table.to_dict("records"):
                if (row["site"], row["format"], row["size"]) not in other:
                    told = {word: row[word] for word in (*KEY, *figures)}
                    rows.append({"left": left, "right": right, "in": name, **told})
    return pd.DataFrame(rows, columns=columns)


def not_comparable(results: Mapping[str, Result]) -> tuple[Notice, ...]:
    """One for each pair that was not computed from the same inputs, model or order."""
    told = []
    for (left, a), (right, b) in combinations(results.items(), 2):
        if a.spec != b.spec:
            asked = {"left_asked": _asked(a), "right_asked": _asked(b)}
            told.append(Notice("compare.asked", left=left, right=right, **asked))
        one, other = a.record.get("inputs", {}), b.record.get("inputs", {})
        different = sorted(
            {_last(path) for path in {*one, *other} if one.get(path) != other.get(path)}
        )
        if one and other and different:
            told.append(Notice("compare.inputs", left=left, right=right, files=different))
        elif a.coverage and b.coverage and _population(a) != _population(b):
            told.append(Notice("compare.people", left=left, right=right))
    return tuple(told)


def _asked(result: Result) -> str:
    spec = result.spec
    given = {"p": spec.p, "share": spec.share, "times": spec.times}
    return " ".join([spec.model, spec.order, *(f"{k}={v}" for k, v in given.items() if v)])


def _last(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def _population(result: Result) -> dict[tuple[str, str], tuple[float, float]]:
    return {
        (format_, group): (np.round(told.people, 6), np.round(told.before, 6))
        for format_, groups in result.coverage.items()
        for group, told in groups.items()
    }
