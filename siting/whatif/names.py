"""Names: which option a planner means by ids of site, format, size, phase and action."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from siting.errors import ArgumentError, nearest
from siting.notice import Notice
from siting.problem import ACTIONS, Problem

Ints = NDArray[np.int64]


class Meant(NamedTuple):
    """Ids as they were given; None where nothing was."""

    site: str | int
    """Id, or position where the problem has no ids."""
    format: str | None = None
    size: str | None = None
    phase: str | None = None
    action: str | None = None

    def __str__(self) -> str:
        return " ".join(part for part in self[1:] if part)


class Names:
    """Positions by ids."""

    def __init__(self, problem: Problem):
        self.problem = problem

    @cached_property
    def _at(self) -> dict[str, int]:
        """Sites by their ids; empty where the problem has none."""
        return {str(name): at for at, name in enumerate(self.problem.labels.sites)}

    def site(self, site: str | int) -> int:
        """Position of a site. Raises ArgumentError for one that is not known."""
        if self._at:
            if str(site) in self._at:
                return self._at[str(site)]
            raise ArgumentError(_unknown("site", str(site), self._at))
        last = self.problem.n_sites - 1
        if not isinstance(site, int | np.integer) or not 0 <= site <= last:
            raise ArgumentError(Notice("whatif.site_range", last=last, site=site))
        return int(site)

    def offers(self, meant: Meant, among: NDArray[np.bool_]) -> Ints:
        """Options of a site that ids leave, of those in ``among``, shape (n_options,).

        Raises:
            ArgumentError: an id that is not the problem's.
        """
        at = self.site(meant.site)
        here = np.arange(self.problem.site_options[at], self.problem.site_options[at + 1])
        o, labels = self.problem.options, self.problem.labels
        found = here[among[here]]
        for name, value, known, column in (
            ("format", meant.format, labels.formats, o.format),
            ("size", meant.size, labels.sizes, o.size),
            ("phase", meant.phase, labels.phases, o.phase),
            ("action", meant.action, ACTIONS, o.action),
        ):
            if value is not None:
                found = found[column[found] == _known(name, value, known)]
        return found

    def one(self, meant: Meant, chosen: NDArray[np.bool_], *, open_now: bool) -> int:
        """The one option that ids name, of those that are open or of those that are not.

        Raises:
            ArgumentError: an id that is not the problem's, no such option, or several.
        """
        o, names = self.problem.options, self.problem.labels
        found = self.offers(meant, chosen == open_now)
        if not len(found):
            key = "whatif.none_open" if open_now else "whatif.none_to_open"
            raise ArgumentError(Notice(key, site=str(meant.site), what=str(meant)))
        if meant.phase is None:
            found = found[o.phase[found] == o.phase[found].min()]
        if meant.action is None and (o.action[found] == 0).any():
            found = found[o.action[found] == 0]
        if len(found) > 1:
            several = [
                f"{names.formats[o.format[x]]} {names.sizes[o.size[x]]}" for x in found.tolist()
            ]
            raise ArgumentError(Notice("whatif.several", site=str(meant.site), told=several))
        return int(found[0])


def positions(problem: Problem, plan: Any) -> Ints:
    """Option positions of a plan: None = what stands today stays as it is."""
    if plan is None:
        return problem.kept_today
    given = getattr(plan, "options", plan)
    chosen = np.unique(np.asarray([] if given is None else given, np.int64).ravel())
    if len(chosen) and not 0 <= chosen[0] <= chosen[-1] < problem.n_options:
        first, final = chosen[[0, -1]].tolist()
        last = problem.n_options - 1
        raise ArgumentError(Notice("whatif.plan_range", last=last, first=first, final=final))
    return chosen


def _known(name: str, value: str, known: Sequence[str]) -> int:
    """Position of an id among those known."""
    if value in known:
        return list(known).index(value)
    raise ArgumentError(_unknown(name, value, known))


def _unknown(name: str, value: str, known: Iterable[str]) -> Notice:
    return Notice("whatif.unknown", name=name, value=value, hint=nearest(value, known))
