"""Floors, counts, money, spacing and the planner's rows under a plan, in exact integers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.notice import Notice
from siting.problem import UNLIMITED, Action, Objective, Problem, Rule, RuleKind

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RuleUse:
    """One row of one rule under the plan."""

    name: str
    kind: str
    label: str
    """Which row: a district, a site; empty when the rule has one row."""
    sense: str
    limit: int
    """Of calls of vehicles: those that the plan's vehicles make."""
    used: int
    unit: str
    binds: bool
    """<=: no further option of the row fits into what is left. >=: nothing may be taken away."""

    @property
    def kept(self) -> bool:
        """Whether the plan obeys the row."""
        return self.used <= self.limit if self.sense == "<=" else self.used >= self.limit

    @property
    def called(self) -> str:
        """The rule's name, with its row in brackets where it has several."""
        return f"{self.name} [{self.label}]" if self.label else self.name

    @property
    def notice(self) -> Notice:
        """What is asked and what is used, for a row that is not kept."""
        key = "broken.at_most" if self.sense == "<=" else "broken.at_least"
        return Notice(key, rule=self.called, limit=self.limit, unit=self.unit, used=self.used)


def site_name(problem: Problem, site: int) -> str:
    """The planner's id of a site, or its position."""
    return str(problem.labels.sites[site]) if len(problem.labels.sites) else str(site)


def option_values(problem: Problem, option: int) -> dict[str, str]:
    """Format and site of an option, as a notice tells them."""
    o, labels = problem.options, problem.labels
    return {
        "format": labels.formats[o.format[option]],
        "site": site_name(problem, int(o.site[option])),
    }


def first_openings(problem: Problem, options: Ints) -> dict[int, int]:
    """Site -> phase in which it first opens."""
    first: dict[int, int] = {}
    for site, phase in zip(
        problem.options.site[options].tolist(), problem.options.phase[options].tolist(), strict=True
    ):
        first[site] = min(phase, first.get(site, phase))
    return first


def rule_use(problem: Problem, rule: Rule, options: Ints) -> list[RuleUse]:
    """Every row of a rule under the plan."""
    chosen = np.zeros(problem.n_options, bool)
    chosen[options] = True
    used, smallest = _left_side(rule, chosen)
    if rule.openings is not None:
        opened = np.zeros(problem.n_sites * problem.n_phases, bool)
        for site, phase in first_openings(problem, options).items():
            opened[site * problem.n_phases + phase] = True
        for row, amount in enumerate(_left_side_of(rule.openings, opened)):
            used[row] += amount
    made = [0] * rule.n_rows if rule.kind is not RuleKind.CALLS else _calls_made(rule, chosen)
    uses = []
    for row in range(rule.n_rows):
        limit = int(rule.rhs[row]) + made[row]
        used[row] += made[row]
        slack = limit - used[row]
        binds = slack == 0 or (rule.sense == "<=" and slack < smallest[row] < UNLIMITED)
        label = rule.labels[row] if len(rule.labels) == rule.n_rows and rule.n_rows > 1 else ""
        uses.append(
            RuleUse(rule.name, rule.kind, label, rule.sense, limit, used[row], rule.unit, binds)
        )
    return uses


def _left_side(rule: Rule, chosen: NDArray[np.bool_]) -> tuple[list[int], list[int]]:
    """Σ a x of each row, and the least positive coefficient of an option not chosen."""
    matrix = rule.options
    row_of = np.repeat(np.arange(rule.n_rows), np.diff(matrix.indptr))
    free = ~chosen[matrix.indices] & (matrix.data > 0)
    smallest = np.full(rule.n_rows, UNLIMITED, np.int64)
    np.minimum.at(smallest, row_of[free], matrix.data[free])
    return _left_side_of(matrix, chosen), [int(v) for v in smallest]


def _calls_made(rule: Rule, chosen: NDArray[np.bool_]) -> list[int]:
    """Calls of the vehicles bought, by row; what else uses a row are its stops."""
    supply = rule.options.copy()
    supply.data = np.maximum(-supply.data, 0)
    return _left_side_of(supply, chosen)


def _left_side_of(matrix: csr_array, chosen: NDArray[np.bool_]) -> list[int]:
    indptr, indices, data = matrix.indptr, matrix.indices, matrix.data
    used = [0] * (len(indptr) - 1)
    row_of = np.repeat(np.arange(len(used)), np.diff(indptr))
    for entry in np.flatnonzero(chosen[indices]).tolist():
        used[row_of[entry]] += int(data[entry])
    return used


def removal(problem: Problem, rule: Rule, options: Ints, option: int) -> dict[int, int]:
    """Row -> change of what the plan uses of it when one chosen option is dropped."""
    change: Counter[int] = Counter()
    _add_column(rule.options, option, -1, change)
    if rule.openings is not None:
        site = int(problem.options.site[option])
        here = options[problem.options.site[options] == site]
        for now, sign in ((here, -1), (here[here != option], 1)):
            for phase in first_openings(problem, now).values():
                _add_column(rule.openings, site * problem.n_phases + phase, sign, change)
    return dict(change)


def _add_column(matrix: csr_array, column: int, sign: int, change: Counter[int]) -> None:
    entries = np.flatnonzero(matrix.indices == column)
    rows = np.searchsorted(matrix.indptr, entries, side="right") - 1
    for row, value in zip(rows.tolist(), matrix.data[entries].tolist(), strict=True):
        change[row] += sign * value


def cost(problem: Problem, options: Ints) -> tuple[int, int]:
    """What the plan costs, opening costs included; and the opening costs alone."""
    openings = sum(int(problem.opening_cost[s]) for s in first_openings(problem, options))
    return sum(problem.options.cost[options].tolist()) + openings, openings


def floor_use(problem: Problem, options: Ints) -> dict[int, int]:
    """Site -> m2 used."""
    used: Counter[int] = Counter()
    for site, area in zip(
        problem.options.site[options].tolist(), problem.options.area[options].tolist(), strict=True
    ):
        used[site] += area
    return dict(used)


def broken(problem: Problem, spec: Objective, options: Ints, uses: list[RuleUse]) -> list[Notice]:
    """One for each thing the plan breaks (minimum coverage and models apart)."""
    told = [use.notice for use in uses if not use.kept]
    o = problem.options
    for site, used in sorted(floor_use(problem, options).items()):
        if used > problem.site_area[site]:
            told.append(
                Notice(
                    "broken.floor",
                    site=site_name(problem, site),
                    limit=problem.site_area[site],
                    used=used,
                )
            )
    pairs = Counter(zip(o.site[options].tolist(), o.format[options].tolist(), strict=True))
    for (site, format_), times in sorted(pairs.items()):
        if times > 1:
            told.append(
                Notice(
                    "broken.twice",
                    format=problem.labels.formats[format_],
                    site=site_name(problem, site),
                    times=times,
                )
            )
    opened = int((o.action[options] == Action.OPEN.code).sum())
    if spec.p is not None and opened > spec.p:
        told.append(Notice("broken.outlets", limit=spec.p, used=opened))
    return told + _too_close(problem, options)


def _too_close(problem: Problem, options: Ints) -> list[Notice]:
    """Pairs of chosen outlets that a spacing keeps apart."""
    o = problem.options
    told = []
    for spacing in problem.spacings:
        listed = options[np.isin(o.format[options], np.array(spacing.formats, np.int64))]
        at_site: dict[int, list[int]] = {}
        for option in listed.tolist():
            at_site.setdefault(int(o.site[option]), []).append(option)
        indptr, indices, near = spacing.near.indptr, spacing.near.indices, spacing.near.data
        for site, here in at_site.items():
            row = slice(int(indptr[site]), int(indptr[site + 1]))
            neighbours = [site, *indices[row][near[row].astype(bool)].tolist()]
            for other in set(neighbours):
                for a in here:
                    for b in at_site.get(other, ()):
                        same_format = o.format[a] == o.format[b]
                        if a < b and same_format == (len(spacing.formats) == 1):
                            told.append(_pair(problem, spacing.name, a, b, other == site))
    return sorted(told)


def _pair(problem: Problem, rule: str, a: int, b: int, same_site: bool) -> Notice:
    """Two outlets that a rule keeps apart."""
    one, other = option_values(problem, a), option_values(problem, b)
    key = "broken.shares_site" if same_site else "broken.too_close"
    return Notice(key, rule=rule, **one, other_format=other["format"], other_site=other["site"])
