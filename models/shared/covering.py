"""Who is covered: the columns and rows of the formulations that count people.

    covered[j]    share of pattern j that is covered                          in [0,1]

    link          covered[j] <= Σ_{o in N(j)} open[o]                         a pattern
    min_coverage  Σ_j persons[j] covered[j] >= need[r,d]                     a minimum, a district
    held          Σ_j w[j] covered[j] >= what the earlier tier reached        a tier

A pattern j stands for all points of one target that the same options N(j) cover
(:mod:`siting.models.shared.patterns`). Where N(j) lies within one format at one site, at most one
of its options can be open, so covered[j] is Σ_{o in N(j)} open[o] itself and needs no column and no
row.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from siting.models.shared.opening import Frame, Tuples, site_format
from siting.models.shared.patterns import Patterns, People, merge
from siting.problem import MinCoverage, Problem
from siting.solvers.program import Block

Ints = NDArray[np.int64]
Entries = tuple[Ints, Ints, Ints]


@dataclass(frozen=True)
class Covered:
    """Patterns and the columns that tell how far each is covered."""

    patterns: Patterns
    column: Ints
    """Column of each pattern; -1 where the pattern is the sum of its options."""

    def entries(self, row: Ints, pattern: Ints, weight: Ints) -> Entries:
        """(row, column, coefficient) of  Σ weight covered[pattern]  in each row."""
        own = self.column[pattern] >= 0
        start = self.patterns.start[pattern[~own]]
        width = self.patterns.start[pattern[~own] + 1] - start
        take = spread(start, width)
        return (
            np.concatenate([row[own], np.repeat(row[~own], width)]),
            np.concatenate([self.column[pattern[own]], self.patterns.option[take]]),
            np.concatenate([weight[own], np.repeat(weight[~own], width)]),
        )

    @cached_property
    def step(self) -> int:
        """Every sum of values is a multiple of this many ``Problem.unit``."""
        return divisor(self.patterns.value)


def spread(start: Ints, width: Ints) -> Ints:
    """start[0], start[0] + 1, … (width[0] of them), then start[1], …"""
    return np.repeat(start - np.cumsum(width) + width, width) + np.arange(width.sum())


def divisor(values: Ints) -> int:
    """Greatest common divisor, 1 when there is nothing to divide."""
    return int(np.gcd.reduce(values[values != 0])) if values.any() else 1


def people_to_cover(problem: Problem, tiers: Iterable[str] | None = None) -> list[People]:
    """Points not covered before, of every target that is counted or that a minimum needs.

    Args:
        tiers: count the people of these tiers only; None = of all.
    """
    layers = []
    counted = None if tiers is None else set(tiers)
    for t, target in enumerate(problem.targets):
        counts = target.weight_micro > 0 and (counted is None or target.tier in counted)
        if not counts and t not in problem.needed:
            continue
        wanted = (problem.persons[target.group] > 0) & ~problem.covered_before[:, t]
        layers.append(People(t, wanted, district_key(problem, t)))
    return layers


def people_of_minima(problem: Problem) -> list[People]:
    """Points not covered before of the targets that a minimum coverage needs."""
    return people_to_cover(problem, ())


def district_key(problem: Problem, t: int) -> NDArray[np.int32] | None:
    """Points' districts where a minimum coverage tells them apart."""
    asked = any(t in r.targets and r.districts is not None for r in problem.min_coverage)
    return problem.point_district if asked else None


def add_covered(frame: Frame, layers: Iterable[People]) -> Covered:
    """Columns ``covered``, rows ``link`` and the minimum coverages."""
    return add_covered_patterns(frame, merge(frame.problem, layers))


def add_covered_patterns(frame: Frame, patterns: Patterns) -> Covered:
    """The same for people merged already; every pattern must have options."""
    problem = frame.problem
    group = site_format(problem)[patterns.option]
    single = np.ones(len(patterns), np.bool_)
    if len(patterns):
        first = patterns.start[:-1]
        single = np.maximum.reduceat(group, first) == np.minimum.reduceat(group, first)
    number = np.cumsum(~single) - 1
    columns = _link(frame, patterns, ~single)
    covered = Covered(patterns, np.where(single, -1, columns.begin + number))
    for rule in problem.min_coverage:
        _min_coverage(frame, covered, rule)
    return covered


def _link(frame: Frame, patterns: Patterns, several: NDArray[np.bool_]) -> Block:
    number = np.cumsum(several) - 1
    count = int(several.sum())
    labels = Tuples(np.flatnonzero(several), patterns.target[several])
    columns = frame.builder.add_columns("covered", count, implied=True, labels=labels)
    entry = several[patterns.row]
    frame.builder.add_rows(
        "link",
        count,
        [
            (np.arange(count), columns.begin + np.arange(count), 1.0),
            (number[patterns.row[entry]], patterns.option[entry], -1.0),
        ],
        upper=0.0,
        labels=labels,
    )
    return columns


def _min_coverage(frame: Frame, covered: Covered, rule: MinCoverage) -> None:
    problem, patterns = frame.problem, covered.patterns
    rows, labels, bounds, entries = 0, [], [], []
    for district in rule.places:
        missing = problem.missing(rule, district)
        if missing <= 0:
            continue
        inside = np.isin(patterns.target, rule.targets)
        if district is not None:
            inside &= patterns.key == district
        pattern = np.flatnonzero(inside)
        step = divisor(patterns.persons[pattern])
        row, column, persons = covered.entries(
            np.full(len(pattern), rows), pattern, patterns.persons[pattern]
        )
        entries.append((row, column, persons // step))
        bounds.append(-(-missing // step))
        labels.append(rule.name if district is None else f"{rule.name},{district}")
        rows += 1
    if rows:
        frame.builder.add_rows(
            "min_coverage", rows, entries, lower=np.array(bounds, np.float64), labels=labels
        )


def add_held(frame: Frame, covered: Covered, tier: str, value: int) -> None:
    """Keep what an earlier tier reached; ``value`` in ``Problem.unit``."""
    pattern = tier_patterns(frame.problem, covered.patterns, (tier,))
    weight = covered.patterns.value[pattern]
    step = divisor(weight)
    row, column, weight = covered.entries(np.zeros(len(pattern), np.int64), pattern, weight)
    frame.builder.add_rows(
        "held", 1, [(row, column, weight // step)], lower=float(-(-value // step)), labels=[tier]
    )


def tier_patterns(problem: Problem, patterns: Patterns, tiers: Iterable[str] | None) -> Ints:
    """Patterns whose people are counted, of some tiers or of all."""
    counted = None if tiers is None else set(tiers)
    counts = np.array(
        [t.weight_micro > 0 and (counted is None or t.tier in counted) for t in problem.targets]
    )
    return np.flatnonzero(counts[patterns.target]) if len(patterns) else np.zeros(0, np.int64)
