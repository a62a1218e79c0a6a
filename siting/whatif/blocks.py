"""What a plan breaks, and what stands in the way of one outlet more: rules with their figures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from siting.models.traits import traits_of
from siting.problem import Objective, Problem, RuleKind
from siting.whatif.coverage import Coverage
from siting.whatif.rows import Rows
from siting.whatif.spacing import Spacings

Ints = NDArray[np.int64]
Kind = Literal["rule", "floor", "one_size", "p", "apart", "min_coverage", "everybody", "share"]
"""A planner's linear rule · floor space of a site · one outlet of a format a site · at most p
outlets · spacing · minimum coverage · whoever can be covered must be · share of all people."""


@dataclass(frozen=True, slots=True)
class Block:
    """Why an outlet may not open as well."""

    kind: Kind
    rule: str
    """The rule's name; the site's id for floor, the format's for one_size."""
    label: str
    """Which row of the rule: a district, a site; of apart the other outlet's site."""
    limit: int
    used: int
    asked: int
    """What the outlet would use as well."""
    short: int
    """What is missing: used + asked beyond the limit."""
    unit: str
    """``money``, ``outlets``, ``m2``, ``calls``; empty for logic."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that the plan breaks."""

    kind: Kind
    rule: str
    label: str
    limit: Fraction
    """Of min_coverage persons, of share a share, else whole numbers."""
    used: Fraction
    unit: str

    @property
    def short(self) -> Fraction:
        """By how much it is broken."""
        return abs(self.used - self.limit)


def blocks_of(
    problem: Problem,
    option: int,
    chosen: NDArray[np.bool_],
    rows: Rows,
    area: Ints,
    times: Counter[tuple[int, int]],
    spacings: Spacings,
) -> list[Block]:
    """Everything that one more option would break, or break further."""
    o = problem.options
    site, format_ = int(o.site[option]), int(o.format[option])
    found = [
        Block(
            "rule",
            row.name,
            row.label,
            row.limit,
            row.used,
            asked,
            abs(row.used + asked - row.limit),
            row.rule.unit,
        )
        for row, asked in rows.would_break(option)
    ]
    used, asked, room = int(area[site]), int(o.area[option]), int(problem.site_area[site])
    if asked and used + asked > room:
        short = used + asked - room
        found.append(Block("floor", problem.site_id(site), "", room, used, asked, short, "m2"))
    if times[site, format_]:
        name = problem.labels.formats[format_]
        n = times[site, format_]
        found.append(Block("one_size", name, problem.site_id(site), 1, n, 1, n, "outlets"))
    found += [
        Block("apart", spacing.name, problem.site_id(int(o.site[other])), 0, 0, 1, 1, "")
        for spacing, other in spacings.conflicts(option, chosen)
    ]
    return found


def violations_of(
    problem: Problem,
    spec: Objective,
    chosen: NDArray[np.bool_],
    rows: Rows,
    area: Ints,
    times: Counter[tuple[int, int]],
    spacings: Spacings,
    coverage: Coverage | None,
) -> list[Violation]:
    """Everything that a plan breaks.

    Args:
        coverage: None where being in reach is not being served, so that minimum coverages are
            not told.
    """
    o = problem.options
    found = [
        Violation("rule", r.name, r.label, Fraction(r.limit), Fraction(r.used), r.rule.unit)
        for r in rows.broken()
    ]
    found += [
        _whole("floor", problem.site_id(s), "", int(problem.site_area[s]), int(area[s]), "m2")
        for s in np.flatnonzero(area > problem.site_area).tolist()
    ]
    found += [
        _whole("one_size", problem.labels.formats[f], problem.site_id(s), 1, n, "outlets")
        for (s, f), n in sorted(times.items())
        if n > 1
    ]
    opened = int((chosen & (o.action == 0)).sum())
    if spec.p is not None and opened > spec.p:
        found.append(_whole("p", "p", "", spec.p, opened, "outlets"))
    found += [
        _whole("apart", spacing.name, problem.site_id(int(o.site[a])), 0, 1, "")
        for spacing, a, _ in spacings.broken(chosen)
    ]
    if coverage is not None:
        found += _minima(problem, coverage) + _model(problem, spec, coverage)
    return found


def _whole(kind: Kind, rule: str, label: str, limit: int, used: int, unit: str) -> Violation:
    return Violation(kind, rule, label, Fraction(limit), Fraction(used), unit)


def _minima(problem: Problem, coverage: Coverage) -> list[Violation]:
    """Minimum coverages that are missed."""
    found = []
    units = problem.person_units
    for demand in problem.min_coverage:
        for district in demand.places:
            here = problem.inside(district)
            everybody = sum(
                int(problem.persons[problem.targets[t].group][here].sum()) for t in demand.targets
            )
            needed = demand.need(everybody)
            covered = coverage.people_in(demand.targets, district)
            if covered < needed:
                label = "" if district is None else problem.labels.districts[district]
                found.append(
                    Violation(
                        "min_coverage",
                        demand.name,
                        label,
                        Fraction(needed, units),
                        Fraction(covered, units),
                        "persons",
                    )
                )
    return found


def _model(problem: Problem, spec: Objective, coverage: Coverage) -> list[Violation]:
    """What the model itself asks: everybody who can be covered, or a share of all."""
    traits = traits_of(spec.model)
    if traits.counts == "share":
        share = Fraction(1) if spec.share is None else Fraction(spec.share)
        everybody = covered = 0
        people = coverage.people()
        for t, target in enumerate(problem.targets):
            weight = target.weight_micro // problem.weight_gcd
            everybody += weight * int(problem.persons[target.group].sum())
            covered += weight * int(people[t])
        if covered < share * everybody:
            reached = Fraction(covered, everybody)
            return [Violation("share", spec.model, "", share, reached, "")]
        return []
    if not traits.demanding:
        return []
    found = []
    for t, target in enumerate(problem.targets):
        if target.weight_micro == 0:
            continue
        persons = problem.persons[target.group]
        left_out = coverable(problem, t) & coverage.uncovered(t) & (persons > 0)
        if left_out.any():
            name = problem.labels.formats[target.format]
            left = Fraction(int(left_out.sum()))
            found.append(Violation("everybody", spec.model, name, Fraction(0), left, "points"))
    return found


def coverable(problem: Problem, t: int) -> NDArray[np.bool_]:
    """Who can be covered at all: by what stands, or by an option that is not forbidden and fits
    into its site by itself. Shape (n_points,)."""
    o, target = problem.options, problem.targets[t]
    able = o.area <= problem.site_area[o.site]
    for rule in problem.rules:
        if rule.kind is RuleKind.FORBID:
            able[rule.options.indices[rule.options.data != 0]] = False
    able &= problem.serves[problem.kind, t]
    reach = problem.reach.rows(np.unique(o.site[able]))
    can = problem.covered_before[:, t].copy()
    can[reach.point[reach.cost <= target.limit]] = True
    return can
