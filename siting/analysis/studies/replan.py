"""A new plan with few changes: what was approved is kept where it can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from siting.analysis.studies.constraints import (
    changes_at_most,
    same_place,
    with_one_of,
    without_options,
)
from siting.analysis.studies.explain import at_place
from siting.analysis.study import Study, told_of
from siting.errors import ArgumentError
from siting.notice import Notice, notices
from siting.problem import Problem
from siting.problem.vehicles import made_of
from siting.result import Plan, Result
from siting.result.naming import option_called
from siting.solving.warm_start import from_table

Ints = NDArray[np.int64]
Place = tuple[str, str | None]
"""A site's id, and a format or None for anything there."""


@dataclass(frozen=True)
class Replanned:
    """The new plan beside the approved one."""

    result: Result
    """Of the problem with the planner's locks; no certificate and no line tells of these, as they
    are not in the scenario (a warning does)."""
    kept: tuple[str, ...]
    dropped: tuple[str, ...]
    added: tuple[str, ...]
    """"format at site (size)", in the language asked for; an outlet in another size is dropped and
    added. So are stops and vehicles told."""
    lost: tuple[str, ...]
    """Outlets of the approved plan that can no longer be opened; they count as no change."""
    kept_count: dict[str, int]
    dropped_count: dict[str, int]
    added_count: dict[str, int]
    """``outlets``, and ``stops`` and ``vehicles`` where the problem has any."""
    changes: int
    """An outlet, stop or vehicle dropped, added or in another size counts once."""
    asked: Problem
    """Today's, with the locks, what is forbidden and the most changes among its rules."""


def replan(
    problem: Problem,
    approved: Plan,
    *,
    lock: Sequence[Place] = (),
    forbid: Sequence[Place] = (),
    most_changes: int | None = None,
    study: Study | None = None,
    lang: str = "en",
) -> Replanned:
    """The best plan near an approved one.

    Args:
        problem: as it is today; it need not be the one that was approved.
        lock: places that stay open (in any size).
        forbid: places that must not open.
        most_changes: at most so many outlets differ; None = as many as it takes. Outlets that
            today's problem no longer offers are lost without counting. A stop and a vehicle are
            a change each.
        lang: of the outlets' names in the answer.

    Raises:
        ArgumentError: an unknown site or format, a place both locked and forbidden, or < 0 changes.
    """
    if most_changes is not None and most_changes < 0:
        raise ArgumentError(f"most_changes must be >= 0; got {most_changes}")
    if both := sorted({str(p) for p in lock} & {str(p) for p in forbid}):
        raise ArgumentError(f"a place must not be both locked and forbidden; got {both[0]}")
    study = study or Study()
    problem = problem.under(problem.objective)
    before, lost = from_table(problem, approved.table)
    asked = problem
    for site, format_ in lock:
        asked = with_one_of(asked, _name("lock", site, format_), at_place(problem, site, format_))
    for site, format_ in forbid:
        asked = without_options(
            asked, _name("forbid", site, format_), at_place(problem, site, format_)
        )
    if most_changes is not None:
        rule = changes_at_most(problem, f"at most {most_changes} changes", before, most_changes)
        asked = asked.replace(rules=(*asked.rules, rule))
    result = study.solve(asked, before)
    after = np.zeros(0, np.int64) if result.options is None else result.options
    places = same_place(problem, before)
    same, new = np.intersect1d(before, after), np.setdiff1d(after, before)
    missing = np.setdiff1d(before, after)
    elsewhere = after[~places[after]]
    asked_for = {"locked": len(lock), "forbidden": len(forbid)}
    told = (
        Notice("plan.replanned", **asked_for)
        if most_changes is None
        else Notice("plan.replanned_at_most", changes=most_changes, **asked_for)
    )
    # Certificates speak of the added rules, which nobody who reads the scenario knows.
    bare = replace(
        told_of(problem, result), certificates=(),
        bound_proof=None if result.bound is None else "solver",
        warnings=(*result.warnings, told),
    )  # fmt: skip
    kept, dropped, added = (_outlets(problem, each, lang) for each in (same, missing, new))
    return Replanned(
        bare, kept, dropped, added, notices(lost, lang),
        made_of(problem, same), made_of(problem, missing), made_of(problem, new),
        len(missing) + len(elsewhere), asked,
    )  # fmt: skip


def _name(what: str, site: str, format_: str | None) -> str:
    return f"{what}.{site}" if format_ is None else f"{what}.{site}.{format_}"


def _outlets(problem: Problem, options: Ints, lang: str) -> tuple[str, ...]:
    return tuple(option_called(problem, k, lang) for k in options.tolist())


def place_of(text: str) -> Place:
    """``SITE`` or ``SITE/FORMAT`` as a place."""
    site, slash, format_ = text.partition("/")
    if not site or (slash and not format_):
        raise ArgumentError(f"a place must be SITE or SITE/FORMAT; got {text!r}")
    return site, format_ or None
