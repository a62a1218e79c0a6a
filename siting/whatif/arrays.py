"""A problem's what-if as plain arrays, for a page that counts by itself without this program.

The page's own counting is ``siting/report/templates/what_if.js``; it follows :class:`WhatIf` step
by step, and tests hold the two against each other. Numbers in a page are 64-bit floats: whole
numbers are exact below 2^53, and a problem that goes beyond has no arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from siting.models.traits import traits_of
from siting.problem import ACTIONS, UNLIMITED, Problem
from siting.verification.evaluation import reported
from siting.whatif.blocks import coverable
from siting.whatif.coverage import Coverage
from siting.whatif.desk import WhatIf
from siting.whatif.rows import Rows

Ints = NDArray[np.int64]
EXACT = 2**53
DTYPES = (np.uint8, np.uint16, np.int32, np.uint32)


@dataclass(frozen=True)
class Arrays:
    """What :mod:`siting.whatif` counts with."""

    head: dict[str, Any]
    """Names, models, rules: all that is no array; JSON."""
    arrays: dict[str, NDArray[Any]]
    """Of unsigned 1, 2 or 4 bytes, of int32, or of float64 that hold whole numbers."""


def arrays_of(problem: Problem, plan: Any) -> Arrays | None:
    """What a page needs to count by itself.

    Args:
        problem: under the objective that counts.
        plan: option positions, or anything with ``options``.

    Returns:
        None where a sum could leave the whole numbers that a page counts with.
    """
    desk = WhatIf(problem, plan)
    standing, rows = Coverage(desk.problem, desk.spec), Rows(desk.problem)
    found = _whole(desk, standing, rows)
    if found is None:
        return None
    head = _head(desk, standing.enough, rows)
    return Arrays(head, {name: _small(array) for name, array in found.items()})


def _whole(desk: WhatIf, standing: Coverage, rows: Rows) -> dict[str, Ints] | None:
    """Every array as int64, or None where sums are not exact in a page.

    Args:
        standing: what is covered whatever the plan.
    """
    problem, o = desk.problem, desk.problem.options
    chosen = np.zeros(problem.n_options, np.int64)
    chosen[desk.options] = 1
    today = np.zeros(problem.n_options, np.int64)
    today[problem.kept_today] = 1
    kinds, kind = np.unique(problem.kind, return_inverse=True)
    area = np.where(problem.site_area >= UNLIMITED, -1, problem.site_area)
    found = {
        **_reach(problem),
        "persons": problem.persons,
        # As far as their number matters, shape (n_targets, n_points).
        "base": np.minimum(standing.count[:, standing.column_of].T, standing.enough),
        "serves": problem.serves[kinds].astype(np.int64),
        "site": o.site,
        "format": o.format,
        "size": o.size,
        "phase": o.phase,
        "action": o.action,
        "kind": kind,
        "cost": o.cost,
        "area": o.area,
        "chosen": chosen,
        "today": today,
        "site_area": area,
        "opening_cost": problem.opening_cost,
        **_columns("rule", rows.option_columns),
        **_columns("opening", rows.opening_columns),
        "rhs": rows.rhs,
        "at_most": rows.at_most,
        "calls": rows.calls,
        "rule_of": rows.rule_of,
    }
    if problem.told_apart is not None:
        found["district"] = problem.told_apart + 1
    for k, spacing in enumerate(problem.spacings):
        near = spacing.near.copy()
        near.eliminate_zeros()
        found |= {f"near{k}_start": near.indptr, f"near{k}_site": near.indices}
    traits = traits_of(desk.spec.model)
    if traits.demanding and traits.counts != "share":
        able = [
            coverable(problem, t) & (problem.persons[target.group] > 0) & (target.weight_micro > 0)
            for t, target in enumerate(problem.targets)
        ]
        found["able"] = np.array(able, np.int64).reshape(problem.n_targets, problem.n_points)
    whole = {name: np.asarray(array).astype(np.int64) for name, array in found.items()}
    summed = ("persons", "cost", "opening_cost", "rule_value", "opening_value", "area", "rhs")
    exact = all(float(np.abs(whole[name].astype(float)).sum()) < EXACT for name in summed)
    return whole if exact else None


def _reach(problem: Problem) -> dict[str, Ints]:
    """``pairs``: how many points of each site lie within each standard and beyond the one before,
    shape (n_sites, n_standards); ``points``: those points, ascending in each of these parts: the
    first as it is, then the differences."""
    reach = problem.reach
    standards = _standards(problem)
    ends = np.array([reach.prefix_end(limit) for limit in standards.tolist()], np.int64)
    ends = ends.reshape(len(standards), problem.n_sites)
    pairs = np.diff(np.vstack([reach.start[:-1], ends]), axis=0).T
    part = np.arange(pairs.size).reshape(pairs.shape)
    total = int(pairs.sum())
    of_part = np.repeat(part.ravel(), pairs.ravel())
    first = np.cumsum(pairs.ravel()) - pairs.ravel()
    begin = np.vstack([reach.start[:-1], ends])[:-1].T.ravel()
    take = np.repeat(begin - first, pairs.ravel()) + np.arange(total)
    point = reach.point[take].astype(np.int64)
    order = np.lexsort((point, of_part))
    point = point[order]
    steps = np.diff(point, prepend=0)
    begins = first[pairs.ravel() > 0]
    steps[begins] = point[begins]
    return {"pairs": pairs, "points": steps}


def _standards(problem: Problem) -> NDArray[np.float64]:
    return np.unique(np.array([target.limit for target in problem.targets], float))


def _columns(name: str, matrix: csc_array) -> dict[str, Any]:
    return {
        f"{name}_start": matrix.indptr,
        f"{name}_row": matrix.indices,
        f"{name}_value": matrix.data,
    }


def _small(array: Ints) -> NDArray[Any]:
    """The same numbers in as few bytes as they need."""
    least, most = int(array.min(initial=0)), int(array.max(initial=0))
    for dtype in DTYPES:
        info = np.iinfo(dtype)
        if info.min <= least and most <= info.max:
            return array.astype(dtype)
    return array.astype(np.float64)


def _head(desk: WhatIf, enough: int, rows: Rows) -> dict[str, Any]:
    problem, spec, labels = desk.problem, desk.spec, desk.problem.labels
    traits = traits_of(spec.model)
    standard = np.searchsorted(_standards(problem), [target.limit for target in problem.targets])
    share = spec.share if spec.share is not None else 1
    return {
        "points": problem.n_points,
        "sites": problem.n_sites,
        "phases": problem.n_phases,
        "standards": len(_standards(problem)),
        "person_units": problem.person_units,
        "unit": [str(problem.unit.numerator), str(problem.unit.denominator)],
        "enough": enough,
        "live": sorted(desk.live),
        "model": spec.model,
        "p": spec.p,
        "counts": traits.counts,
        "priced": problem.priced if traits.priced else None,
        "share": [str(share.numerator), str(share.denominator)],
        "targets": [
            {
                "format": target.format,
                "group": target.group,
                "standard": int(standard[t]),
                "weight": str(target.weight_micro // problem.weight_gcd),
                "tier": target.tier,
            }
            for t, target in enumerate(problem.targets)
        ],
        "reported": [[f, g, t] for (f, g), t in sorted(reported(problem).items())],
        "names": {
            "format": list(labels.formats),
            "group": list(labels.groups),
            "size": list(labels.sizes),
            "phase": list(labels.phases),
            "action": [str(action) for action in ACTIONS],
        },
        "rules": [
            {
                "name": rule.name,
                "unit": rule.unit,
                "kind": str(rule.kind),
                "labels": list(rule.labels) if len(rule.labels) == rule.n_rows > 1 else [],
                "first": int(rows.first[r]),
            }
            for r, rule in enumerate(problem.rules)
        ],
        "spacings": [
            {"name": spacing.name, "formats": list(spacing.formats)} for spacing in problem.spacings
        ],
        "minima": _minima(problem),
    }


def _minima(problem: Problem) -> list[dict[str, Any]]:
    """A row a minimum coverage and place: whose people, where, and how many are needed."""
    found = []
    for demand in problem.min_coverage:
        for district in demand.places:
            here = problem.inside(district)
            everybody = sum(
                int(problem.persons[problem.targets[t].group][here].sum()) for t in demand.targets
            )
            found.append(
                {
                    "name": demand.name,
                    "label": "" if district is None else problem.labels.districts[district],
                    "targets": list(demand.targets),
                    "district": None if district is None else int(district) + 1,
                    "need": demand.need(everybody),
                }
            )
    return found
