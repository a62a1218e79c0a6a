"""The planner's rules as rows over options, family by family."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from siting.problem import MinCoverage, Rule
from siting.scenario.assemble_targets import TargetKey, phase_of
from siting.scenario.phases import phases_of
from siting.scenario.rule_maker import RuleMaker
from siting.scenario.rules_counts import add_ons, counts, sites, together, unsettled
from siting.scenario.rules_floor import catchments, floor_shares, hubs
from siting.scenario.rules_money import budgets
from siting.scenario.rules_spacing import apart_from_existing, away
from siting.scenario.values import exact

FAMILIES = (
    budgets, counts, sites, together, add_ons, apart_from_existing, away, hubs, floor_shares,
    catchments, unsettled,
)  # fmt: skip
"""In the order of the reports."""


def make_rules(make: RuleMaker) -> tuple[Rule, ...]:
    """Every rule that is rows over options."""
    return tuple(rule for family in FAMILIES for rule in family(make))


def make_min_coverage(make: RuleMaker, target: Mapping[TargetKey, int]) -> tuple[MinCoverage, ...]:
    """Least shares.

    Args:
        target: position of each (format, group, phase).
    """
    made = []
    for rule in make.settings.rules.min_coverage:
        groups = (rule.group,) if rule.group else make.formats[rule.format].groups
        for group in groups:
            name = f"min_coverage.{rule.format}.{group}"
            phase = phase_of(rule.phase, phases_of(make.settings))
            if rule.district is not None:
                name += f".{rule.district}"
            districts: tuple[int, ...] | None = None
            if rule.district == "*":
                here = make.problem.point_district
                assert here is not None
                districts = tuple(int(d) for d in np.unique(here[here >= 0]))
            elif rule.district is not None:
                districts = (make.district[rule.district],)
            made.append(
                MinCoverage(
                    make.name(rule.name, name), target[rule.format, group, phase],
                    exact(rule.share), districts, rule.reason or "",
                )
            )  # fmt: skip
    return tuple(made)
