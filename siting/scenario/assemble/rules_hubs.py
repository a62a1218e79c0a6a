"""Community hubs: premises with so many functions and so much floor, or none."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.problem import About, Key, Problem, Rule, RuleKind
from siting.problem import rules as rows
from siting.scenario.assemble.rule_maker import RuleMaker
from siting.scenario.schema.values import exact


def hubs(make: RuleMaker) -> Iterator[Rule]:
    """Functions are formats, each counted once; what stands at the premises and stays counts, but
    asks for nothing by itself."""
    o = make.problem.options
    for entry, hub in enumerate(make.settings.rules.hubs):
        here = make.premises == make.site[hub.site]
        opens, counts = here & make.opens, here & (make.opens | make.stays | make.upgraded)
        area = csr_array(np.where(counts, o.area, 0).astype(np.int64)[np.newaxis, :])
        least = {
            "formats": _functions(make.problem, make.site[hub.site], counts, hub.min_formats),
            "m2": (area, np.array([ceil(exact(hub.min_area_m2))], np.int64)),
        }
        base = hub.name or f"{Key.HUB}.{hub.site}"
        for what, (amount, rhs) in least.items():
            about = About(Key.HUB, hub.name or "", site=hub.site, part=what, entry=entry)
            asked = Rule(
                kind=RuleKind.HUB,
                sense=">=",
                options=amount,
                rhs=rhs,
                unit=what,
                **make.named(f"{base}.{what}", about, hub.reason),
            )
            yield asked if hub.required else rows.if_opened(make.problem, asked, opens)


def _functions(
    problem: Problem, site: int, counts: NDArray[np.bool_], least: int
) -> tuple[csr_array, NDArray[np.int64]]:
    """Rows that ask for so many different formats among the options that count.

    Of n[f] outlets of a format at most one counts, and Σ_f min(1, n[f]) >= least says the same as a
    row for each set S of formats:  Σ_{f not in S} n[f] >= least - |S|. Only sets of formats that
    there can be twice, once standing and once opened, say anything.
    """
    o = problem.options
    standing = np.unique(problem.outlets.format[problem.outlets.site == site])
    counts = counts & ~np.isin(o.format, standing)
    places = np.unique(np.stack([o.format[counts], o.site[counts]]), axis=1)[0]
    twice = np.flatnonzero(np.bincount(places, minlength=problem.n_formats) > 1)
    least = max(0, least - len(standing))
    sets = chain.from_iterable(combinations(twice, n) for n in range(max(1, least)))
    left_out = [list(each) for each in sets]
    amount = np.array([counts & ~np.isin(o.format, each) for each in left_out], np.int64)
    return csr_array(amount), np.array([least - len(each) for each in left_out], np.int64)
