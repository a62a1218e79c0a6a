"""The planner's rules as rows over options, family by family."""

from __future__ import annotations

import numpy as np

from siting.problem import About, Key, MinCoverage, Rule
from siting.scenario.assemble.rule_maker import RuleMaker
from siting.scenario.assemble.rules_counts import add_ons, counts, left_out, sites, together
from siting.scenario.assemble.rules_floor import catchments, floor_per, floor_shares
from siting.scenario.assemble.rules_form import forms
from siting.scenario.assemble.rules_hubs import hubs
from siting.scenario.assemble.rules_mobile import vehicles
from siting.scenario.assemble.rules_money import budgets
from siting.scenario.assemble.rules_spacing import (
    apart_from_changeable,
    apart_from_existing,
    away,
    nuisances,
)
from siting.scenario.assemble.rules_standing import standing_floor, unsettled
from siting.scenario.assemble.targets import Targets, phase_of
from siting.scenario.layers.phases import phases_of
from siting.scenario.schema.values import exact

FAMILIES = (
    budgets,
    counts,
    sites,
    left_out,
    together,
    add_ons,
    apart_from_existing,
    apart_from_changeable,
    away,
    nuisances,
    forms,
    hubs,
    floor_shares,
    floor_per,
    catchments,
    unsettled,
    standing_floor,
    vehicles,
)
"""In the order of the reports."""


def make_rules(make: RuleMaker) -> tuple[Rule, ...]:
    """Every rule that is rows over options."""
    return tuple(rule for family in FAMILIES for rule in family(make))


def make_min_coverage(make: RuleMaker, counted: Targets) -> tuple[MinCoverage, ...]:
    """Least shares; "*" is every district with the standard that holds in it."""
    made = []
    here = make.problem.point_district
    assert here is not None
    populated = {int(d) for d in np.unique(here[here >= 0])}
    for rule in make.settings.rules.min_coverage:
        phase = phase_of(rule.phase, phases_of(make.settings))
        groups = (rule.group,) if rule.group else make.formats[rule.format].groups
        for group in groups:
            name = f"{Key.MIN_COVERAGE}.{rule.format}.{group}"
            if rule.district is not None:
                name += f".{rule.district}"
            districts: tuple[int, ...] | None = None
            if rule.district is not None:
                named = populated if rule.district == "*" else {make.district[rule.district]}
                districts = tuple(sorted(named))
            targets = counted.at[rule.format, group, phase]
            about = About(
                Key.MIN_COVERAGE,
                rule.name or "",
                formats=(rule.format,),
                group=group,
                district=rule.district or "",
            )
            telling = make.named(rule.name or name, about, rule.reason)
            share = exact(rule.share)
            made.append(MinCoverage(targets=targets, share=share, districts=districts, **telling))
    return tuple(made)
