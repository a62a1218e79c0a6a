"""Which rules decide about a plan, and which are used up: tried with everything worth having.

    used up   nothing worth having fits into what is left of a limit, though it keeps the rules that
              are no limits (floors, spacings, hosts, what is forbidden)
    decides   it alone keeps something worth having out, of a format that can be added nowhere else;
              or for its sake something in the plan may not be dropped, whichever way the rule is
              written: too little of what is asked for, a guest left without its host
    slack     neither

Worth having is what would newly reach somebody: of each format, at each site and in each phase its
smallest size, with the vehicles it needs and the opening of its site.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.problem import UNLIMITED, Problem, Rule, RuleKind
from siting.problem.vehicles import missing_vehicles, with_vehicles
from siting.verification.evaluation import Evaluation
from siting.verification.rulebook import RuleUse, first_openings

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

USED_UP, DECIDES, SLACK = "used_up", "decides", "slack"
STATES = (USED_UP, DECIDES, SLACK)
"""In this order: a row that is used up and decides is told as used up."""
LIMITS = (RuleKind.BUDGET, RuleKind.MAX_OUTLETS, RuleKind.MAX_FORMATS_PER_SITE)
"""What can be used up."""


@dataclass(frozen=True)
class Tried:
    """Everything worth having, tried against every rule of a plan."""

    problem: Problem
    judged: Evaluation
    useful: Mask
    """Options that would newly reach somebody, shape (n_options,)."""

    @cached_property
    def option(self) -> Ints:
        """What is tried, shape (n_tried,): of each format, site and phase the smallest size."""
        o = self.problem.options
        lost = [stop for stop, vehicles in self._missing.items() if vehicles is None]
        wanted = np.setdiff1d(np.flatnonzero(self.useful), np.array(lost, np.int64))
        key = (o.site[wanted].astype(np.int64) * self.problem.n_formats + o.format[wanted]) * (
            self.problem.n_phases
        ) + o.phase[wanted]
        order = np.lexsort((o.cost[wanted], o.area[wanted], key))
        first = np.unique(key[order], return_index=True)[1]
        return np.asarray(np.sort(wanted[order[first]]), np.int64)

    @cached_property
    def _missing(self) -> dict[int, Ints | None]:
        return missing_vehicles(self.problem, self.judged.options)

    @cached_property
    def _added(self) -> csr_array:
        """Column j: what the j-th tried option brings along, shape (n_options, n_tried)."""
        return with_vehicles(self.problem, self.option, self._missing)

    @cached_property
    def _opens(self) -> csr_array:
        """Which openings it changes, shape (n_sites * n_phases, n_tried): a site opens with it, or
        earlier than before."""
        problem, o = self.problem, self.problem.options
        n, phases = len(self.option), problem.n_phases
        first: Ints = np.full(problem.n_sites, phases, np.int64)
        opened = first_openings(problem, self.judged.options)
        first[list(opened)] = list(opened.values())
        site, phase = o.site[self.option].astype(np.int64), o.phase[self.option].astype(np.int64)
        before = first[site]
        new = np.flatnonzero(phase < before)
        moved = new[before[new] < phases]
        cell = site * phases
        row = np.concatenate([cell[new] + phase[new], cell[moved] + before[moved]])
        value = np.concatenate([np.ones(len(new), np.int64), -np.ones(len(moved), np.int64)])
        shape = (problem.n_sites * phases, n)
        return csr_array((value, (row, np.concatenate([new, moved]))), shape=shape)

    def asked(self, rule: Rule) -> csr_array:
        """How much of each row the tried options would use, shape (n_rows, n_tried)."""
        asked = csr_array(rule.options @ self._added)
        return asked if rule.openings is None else csr_array(asked + rule.openings @ self._opens)

    def _blocked_at(self, rule: Rule, uses: list[RuleUse]) -> csr_array:
        """1 where a row stands in the way of an option, shape (n_rows, n_tried)."""
        asked = self.asked(rule)
        left = np.array([use.limit - use.used for use in uses], np.int64)
        row = np.repeat(np.arange(rule.n_rows), np.diff(asked.indptr))
        sign = 1 if rule.sense == "<=" else -1
        takes = sign * asked.data
        blocks = (takes > 0) & (takes > sign * left[row])
        entries = (np.ones(int(blocks.sum()), np.int64), (row[blocks], asked.indices[blocks]))
        return csr_array(entries, shape=asked.shape)

    @cached_property
    def _rules(self) -> list[tuple[Rule, list[RuleUse]]]:
        return list(by_rule(self.problem, self.judged))

    @cached_property
    def _blocks(self) -> list[csr_array]:
        return [self._blocked_at(rule, uses) for rule, uses in self._rules]

    @cached_property
    def _close(self) -> NDArray[np.bool_]:
        """What each spacing keeps away from the plan's, shape (n_spacings, n_tried)."""
        return _too_close(self.problem, self.judged.options, self.option)

    @cached_property
    def over_floor(self) -> Mask:
        """What does not fit on the floor that is left at its site, shape (n_tried,)."""
        o, problem = self.problem.options, self.problem
        used = np.zeros(problem.n_sites, np.int64)
        for site, area in self.judged.area.items():
            used[site] = area
        left = np.where(problem.site_area < UNLIMITED, problem.site_area - used, UNLIMITED)
        return np.asarray(o.area[self.option] > left[o.site[self.option]], np.bool_)

    @cached_property
    def _in_the_way(self) -> Ints:
        """How many rules, floor and spacings among them, stand in the way, shape (n_tried,)."""
        ways = self.over_floor.astype(np.int64) + self._close.sum(axis=0, dtype=np.int64)
        for blocks in self._blocks:
            ways += np.bincount(blocks.indices, minlength=len(self.option)) > 0
        return ways

    @cached_property
    def _shut_out(self) -> Mask:
        """Tried options of formats of which nothing can simply be added, shape (n_tried,)."""
        format_ = self.problem.options.format[self.option]
        free = np.unique(format_[self._in_the_way == 0])
        return ~np.isin(format_, free)

    @cached_property
    def _allowed(self) -> Mask:
        """What no rule but limits and the floor keeps out, shape (n_tried,)."""
        able = np.asarray(~self._close.any(axis=0), np.bool_)
        for (rule, _), blocks in zip(self._rules, self._blocks, strict=True):
            if rule.kind not in LIMITS:
                able[blocks.indices] = False
        return np.asarray(able, np.bool_)

    def full_sites(self) -> Ints:
        """Open sites on whose floor nothing more of what is worth having there fits."""
        site = self.problem.options.site[self.option]
        wanted = np.unique(site[self._allowed & self.over_floor])
        fits = np.unique(site[self._allowed & ~self.over_floor])
        opened = np.unique(self.problem.options.site[self.judged.options])
        return np.asarray(np.intersect1d(np.setdiff1d(wanted, fits), opened), np.int64)

    def states(self, number: int) -> list[str]:
        """The state of each row of a rule.

        Args:
            number: of the rule, in the problem's order.
        """
        rule, uses = self._rules[number]
        decides: Mask = np.zeros(rule.n_rows, np.bool_)
        decides[dropping_breaks(rule, uses, self.judged.options)[0]] = True
        if rule.sense == ">=":
            return [DECIDES if kept else SLACK for kept in decides.tolist()]
        blocks = self._blocks[number]
        row = np.repeat(np.arange(rule.n_rows), np.diff(blocks.indptr))
        decides[row[self._alone(blocks.indices.astype(np.int64))]] = True
        used_up = [False] * rule.n_rows
        if rule.kind in LIMITS:
            asked = self.asked(rule)
            at = np.repeat(np.arange(rule.n_rows), np.diff(asked.indptr))
            takes = (asked.data > 0) & (self._allowed & ~self.over_floor)[asked.indices]
            least = np.full(rule.n_rows, UNLIMITED, np.int64)
            np.minimum.at(least, at[takes], asked.data[takes])
            left = np.array([use.limit - use.used for use in uses], np.int64)
            used_up = ((least < UNLIMITED) & (least > left)).tolist()
        return [
            USED_UP if full else DECIDES if alone else SLACK
            for full, alone in zip(used_up, decides.tolist(), strict=True)
        ]

    def _alone(self, tried: Ints) -> Mask:
        """Of tried options that something keeps out, those that nothing else does, of formats that
        can be added nowhere else."""
        return (self._in_the_way[tried] == 1) & self._shut_out[tried]

    def spacing_states(self) -> list[str]:
        """The state of each spacing: whether it alone keeps something out."""
        kept_out = map(np.flatnonzero, self._close)
        return [DECIDES if self._alone(tried).any() else SLACK for tried in kept_out]


def by_rule(problem: Problem, judged: Evaluation) -> Iterator[tuple[Rule, list[RuleUse]]]:
    """Each rule of a problem with the use of its rows."""
    uses = iter(judged.rules)
    for rule in problem.rules:
        yield rule, [next(uses) for _ in range(rule.n_rows)]


def dropping_breaks(rule: Rule, uses: list[RuleUse], chosen: Ints) -> tuple[Ints, Ints]:
    """(row, position in the plan) wherever a row breaks when that option is dropped and nothing
    else changes; openings apart."""
    given = csr_array(rule.options[:, chosen]).tocoo()
    used = np.array([use.used for use in uses], np.int64)[given.row] - given.data
    limit = np.array([use.limit for use in uses], np.int64)[given.row]
    broken = (given.data != 0) & ((used > limit) if rule.sense == "<=" else (used < limit))
    return given.row[broken].astype(np.int64), given.col[broken].astype(np.int64)


def _too_close(problem: Problem, chosen: Ints, tried: Ints) -> NDArray[np.bool_]:
    """Tried options that each spacing keeps away from the plan's, shape (n_spacings, n_tried)."""
    o = problem.options
    close = np.zeros((len(problem.spacings), len(tried)), np.bool_)
    for k, spacing in enumerate(problem.spacings):
        single = len(spacing.formats) == 1
        for format_ in spacing.formats:
            others = spacing.formats if single else [f for f in spacing.formats if f != format_]
            there = np.zeros(problem.n_sites, np.int64)
            there[o.site[chosen[np.isin(o.format[chosen], np.array(others, np.int64))]]] = 1
            near = (spacing.near.astype(np.int64) @ there > 0) | (there > 0)
            close[k] |= (o.format[tried] == format_) & near[o.site[tried]]
    return close
