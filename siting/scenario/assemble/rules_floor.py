"""Floor shares of communities, catchments."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil

import numpy as np
from numpy.typing import NDArray

from siting.notice import Notice
from siting.problem import About, Key, Problem, Rule, RuleKind, Target
from siting.problem import rules as rows
from siting.scenario.assemble.rule_maker import RuleMaker
from siting.scenario.schema.rules import FloorPer
from siting.scenario.schema.values import exact

HOUSEHOLDS = "households"
"""Group of the demand that counts homes."""


def floor_shares(make: RuleMaker) -> Iterator[Rule]:
    """Floor that new outlets must add for a new community to keep its share."""
    for rule in make.settings.rules.floor_share:
        lacking = ceil(exact(rule.share) * exact(rule.gross_m2) - exact(rule.commercial_m2))
        reachable = make.of_district(rule.district) & make.new
        base = rule.name or f"floor_share.{rule.district}"
        if rule.new and lacking > 0:
            area = np.where(reachable, make.problem.options.area, 0)
            about = About(Key.FLOOR_SHARE, rule.name or "", district=rule.district)
            yield rows.weighted(
                make.problem,
                kind=RuleKind.FLOOR_SHARE,
                coefficient=area,
                sense=">=",
                limit=lacking,
                unit="m2",
                **make.named(base, about, rule.reason),
            )
        elif not rule.new and lacking > 0:
            make.warnings.append(
                Notice(
                    "rules.floor_short",
                    rule=base,
                    short=lacking,
                    share=float(rule.share),
                    gross=rule.gross_m2,
                )
            )


def floor_per(make: RuleMaker) -> Iterator[Rule]:
    """Floor that new outlets must add for people or households to have so much."""
    problem = make.problem
    for rule in make.settings.rules.floor_per:
        formats = problem.labels.formats if rule.formats is None else tuple(rule.formats)
        counted = make.new & np.isin(
            problem.options.format, [make.format[f] for f in formats if f in make.format]
        )
        for name in [None] if rule.district is None else _districts(make, rule.district):
            lacking = ceil(_floor_asked(make, rule, name) - exact(rule.standing_m2))
            if lacking <= 0:
                continue
            here = counted if name is None else counted & make.of_district(name)
            about = About(
                Key.FLOOR_PER,
                rule.name or "",
                formats=formats if rule.formats else (),
                district=name or "",
            )
            default = ".".join(filter(None, [about.key, name]))
            base = f"{rule.name}.{name}" if rule.name and name else rule.name or default
            yield rows.weighted(
                problem,
                kind=RuleKind.FLOOR_SHARE,
                coefficient=np.where(here, problem.options.area, 0),
                sense=">=",
                limit=lacking,
                unit="m2",
                **make.named(base, about, rule.reason),
            )


def _districts(make: RuleMaker, asked: str) -> list[str]:
    """One district, or for "*" each that has people."""
    home, names = make.problem.point_district, make.problem.labels.districts
    if asked != "*" or home is None:
        return [asked]
    return [names[d] for d in np.unique(home[home >= 0]).tolist()]


def _floor_asked(make: RuleMaker, rule: FloorPer, district: str | None) -> Fraction:
    """m2 for the people or the households of a district, or of all."""
    problem, groups = make.problem, make.problem.labels.groups
    inside = problem.inside(None if district is None else make.district[district])
    if rule.m2_per_100_households is not None:
        homes = int(problem.persons[groups.index(HOUSEHOLDS)][inside].sum())
        return exact(rule.m2_per_100_households) * homes / (100 * problem.person_units)
    people = int(problem.persons.max(axis=0, initial=0)[inside].sum())
    return exact(rule.m2_per_1000_people or 0) * people / (1000 * problem.person_units)


def catchments(make: RuleMaker) -> Iterator[Rule]:
    """Options with too few people of the format's groups within its standard."""
    problem, o = make.problem, make.problem.options
    for f, name in enumerate(problem.labels.formats):
        least = make.formats[name].min_catchment
        if not least:
            continue
        people = np.zeros(problem.n_sites, np.int64)
        for target in problem.targets:
            if target.format == f and target.phase == 0 and target.weight_micro > 0:
                people += people_within(problem, target)
        small = people < ceil(exact(least) * problem.person_units)
        mask = (o.format == f) & small[o.site] & make.new
        if mask.any():
            about = About(Key.MIN_CATCHMENT, formats=(name,))
            named = make.named(f"{about.key}.{name}", about)
            yield rows.forbid(problem, mask=mask, **named)


def people_within(problem: Problem, target: Target) -> NDArray[np.int64]:
    """Persons of a target within its standard of each site, in 1/person_units, shape (n_sites,)."""
    reach = problem.reach
    total = np.concatenate([[0], np.cumsum(problem.persons[target.group][reach.point])])
    within: NDArray[np.int64] = total[reach.prefix_end(target.limit)] - total[reach.start[:-1]]
    return within
