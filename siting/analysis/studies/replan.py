"""A new plan with few changes: what was approved is kept where it can be."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.analysis.arguments import problem_of
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
from siting.problem.about import About, Key
from siting.problem.vehicles import made_of
from siting.result import Plan, Result
from siting.result.naming import option_called
from siting.solving.warm_start import from_table
from siting.texts.names import Names
from siting.texts.words import Lang

if TYPE_CHECKING:
    import pandas as pd

    from siting.scenario import Scenario

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

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row an outlet, stop or vehicle: ``change`` (kept, dropped, added or lost) and
        ``outlet``, as told."""
        import pandas as pd

        told = ("kept", "dropped", "added", "lost")
        rows = [(change, outlet) for change in told for outlet in getattr(self, change)]
        return pd.DataFrame(rows, columns=["change", "outlet"])


def replan(
    asked: Problem | Scenario,
    approved: Result | Plan,
    *,
    lock: Sequence[str | Place] = (),
    forbid: Sequence[str | Place] = (),
    most_changes: int | None = None,
    study: Study | None = None,
    lang: Lang = "en",
    names: Names | None = None,
) -> Replanned:
    """The best plan near an approved one.

    Args:
        asked: the problem as it is today, or the scenario of one; it need not be the one that was
            approved.
        approved: the plan, or a result that has one.
        lock: places that stay open (in any size): (site, format), (site, None) for whatever is
            there, or the texts ``SITE/FORMAT`` and ``SITE``.
        forbid: places that must not open.
        most_changes: at most so many outlets differ; None = as many as it takes. Outlets that
            today's problem no longer offers are lost without counting. A stop and a vehicle are
            a change each.
        study: settings of the search.
        lang: of the outlets' names in the answer.
        names: of formats, in their language instead; default a scenario's own.

    Returns:
        The new plan and what it keeps, drops and adds.

    Raises:
        ArgumentError: an unknown site or format, a place both locked and forbidden, < 0 changes,
            or a result without a plan.
    """
    plan = approved.plan if isinstance(approved, Result) else approved
    if plan is None:
        raise ArgumentError(Notice("fault.approved_plan"))
    problem = problem_of(asked)
    ids = {problem.site_id(s) for s in range(problem.n_sites)}
    lock, forbid = (
        [place_of(p, ids) if isinstance(p, str) else p for p in ps] for ps in (lock, forbid)
    )
    if most_changes is not None and most_changes < 0:
        raise ArgumentError(Notice("fault.most_changes", most_changes=most_changes))
    if both := sorted({str(p) for p in lock} & {str(p) for p in forbid}):
        raise ArgumentError(Notice("fault.both_locked", both=both[0]))
    study = study or Study()
    if names is None:
        own = {} if isinstance(asked, Problem) else asked.standards.names(lang)
        names = Names(lang, own)
    problem = problem.under(problem.objective)
    before, lost = from_table(problem, plan.table)
    bounded = problem
    for site, format_ in lock:
        mask = at_place(problem, site, format_)
        about = _about(Key.REQUIRE, site, format_)
        bounded = with_one_of(bounded, _name("lock", site, format_), mask, about)
    for site, format_ in forbid:
        mask = at_place(problem, site, format_)
        about = _about(Key.FORBID, site, format_)
        bounded = without_options(bounded, _name("forbid", site, format_), mask, about)
    if most_changes is not None:
        rule = changes_at_most(problem, f"at most {most_changes} changes", before, most_changes)
        bounded = bounded.replace(rules=(*bounded.rules, rule))
    result = study.solve(bounded, before)
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
        told_of(problem, result),
        certificates=(),
        bound_proof=None if result.bound is None else "solver",
        warnings=(*result.warnings, told),
    )
    kept, dropped, added = (_outlets(problem, each, names) for each in (same, missing, new))
    return Replanned(
        bare,
        kept,
        dropped,
        added,
        notices(lost, names.lang, names.sections),
        made_of(problem, same),
        made_of(problem, missing),
        made_of(problem, new),
        len(missing) + len(elsewhere),
        bounded,
    )


def _name(what: str, site: str, format_: str | None) -> str:
    return f"{what}.{site}" if format_ is None else f"{what}.{site}.{format_}"


def _about(key: Key, site: str, format_: str | None) -> About:
    return About(key, site=site, formats=() if format_ is None else (format_,))


def _outlets(problem: Problem, options: Ints, names: Names) -> tuple[str, ...]:
    return tuple(option_called(problem, k, names) for k in options.tolist())


def place_of(text: str, sites: Collection[str] = ()) -> Place:
    """``SITE`` or ``SITE/FORMAT`` as a place.

    Args:
        sites: ids, which may hold a slash themselves (``way/123`` of OpenStreetMap).

    Raises:
        ArgumentError: neither.
    """
    if text in sites:
        return text, None
    head, _, tail = text.rpartition("/")
    if head in sites and tail:
        return head, tail
    site, slash, format_ = text.partition("/")
    if not site or (slash and not format_):
        raise ArgumentError(Notice("fault.a_place", text=text))
    return site, format_ or None
