"""Vehicles and their stops."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from siting.problem import About, Key, Rule
from siting.problem import rules as rows
from siting.scenario.assemble.rule_maker import RuleMaker


def vehicles(make: RuleMaker) -> Iterator[Rule]:
    """One rule for the calls of each mobile unit, and one that numbers its vehicles."""
    mobile, o = make.sites.mobile, make.problem.options
    at = o.site - make.sites.first_stop
    for u, unit in enumerate(make.contents.stops.units):
        calls, number = np.zeros(len(o), np.int64), np.zeros(len(o), np.int64)
        mine = np.flatnonzero(at >= 0)
        mine = mine[mobile.unit[at[mine]] == u]
        calls[mine], number[mine] = mobile.visits[at[mine]], mobile.number[at[mine]]
        for key, made, each in (
            (Key.CALLS, rows.supplied, calls),
            (Key.FLEET, rows.numbered, number),
        ):
            if each.any():
                about = About(key, unit=unit.called)
                named = make.named(f"{key}.{unit.called}", about, unit.reason)
                yield made(make.problem, named["name"], each, about=about, reason=named["reason"])
