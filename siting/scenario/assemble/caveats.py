"""What is no fault and yet makes figures mean something else than a planner reads in them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from siting.notice import Notice
from siting.problem import Problem
from siting.scenario.assemble.contents import Contents
from siting.scenario.formats.standards import Standards
from siting.scenario.schema.settings import Settings


def traps(
    settings: Settings,
    standards: Standards,
    contents: Contents,
    problem: Problem,
    catalogue_currency: str,
) -> Iterator[Notice]:
    """One notice for each trap."""
    if settings.formats.delivered:
        yield Notice("delivery.apart")
    elif settings.delivery is not None:
        yield Notice("delivery.beside")
    if not settings.outlets:
        yield Notice("outlets.no_layer")
    else:
        standing = set(contents.outlets.format.tolist())
        # Of formats whose people another's outlets serve too the share before is no 0.
        today = problem.covered_before.any(axis=0)
        names = problem.labels.formats
        served = {names[problem.targets[t].format] for t in np.flatnonzero(today)}
        none = [id for id in standards.use if id not in standing | served]
        if none:
            yield Notice("outlets.none_of", formats=none)
    o = problem.options
    able = np.unique(o.format[o.area <= problem.site_area[o.site]])
    nowhere = [id for f, id in enumerate(problem.labels.formats) if f not in able]
    if nowhere:
        yield Notice("premises.nowhere", formats=nowhere)
    given = {id for id, change in settings.formats.change.items() if change.sizes}
    priced = [id for id in standards.use if id not in given]
    currency = settings.currency
    if priced and currency and catalogue_currency and currency != catalogue_currency:
        yield Notice("formats.currency", currency=currency, of=catalogue_currency, formats=priced)
