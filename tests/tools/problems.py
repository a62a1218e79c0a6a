"""Hypothesis strategies of small random problems, each family of rules switchable.

    @given(problems())                              any families
    @given(problems({"budget", "floor"}))           exactly these families
    @given(problems(among={"budget", "tiers"}))     some of these families

A problem has at most ``max_options`` options, so that ``tests.tools.brute`` can try every plan.
"""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from typing import Any

import hypothesis.strategies as st
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.problem import (
    FOREVER,
    MICRO,
    UNLIMITED,
    Labels,
    MinCoverage,
    Objective,
    Options,
    Outlets,
    Problem,
    Rule,
    RuleKind,
    Spacing,
    Target,
)
from siting.problem import rules as rows
from siting.problem.reach import Reach
from tests.tools import problem_rules as more

FAMILIES = more.FAMILIES | frozenset(
    {
        "budget",  # total, per tier, format, district (and phase)
        "floor",  # shared floor space binds
        "sizes",  # two sizes of a format
        "opening",  # a price paid once a site
        "counts",  # max_outlets, in all and per format
        "max_formats",  # formats per site
        "require",
        "forbid",
        "together",
        "apart",
        "min_coverage",
        "existing",  # outlets that stand today
        "groups",  # a second, overlapping group
        "weights",  # a person's value differs by format
        "fractions",  # thousandths of persons
        "tiers",  # quality formats beside basic ones
        "stands_in",  # one format also serves another's people
        "phases",  # two years
        "capacity",  # covered = served
        "hub",  # much at a site or nothing, now and then required
        "floor_share",  # a least floor space to be opened in a district
        "add_on",  # a small size only beside another format
        "mobile",  # options that need another, which wins nobody: stops and vehicles
        "move",  # of several options exactly one is taken: kept here or moved there
        "leaves",  # two years, and options that serve in the first only: what stands until it moves
    }
)
"""Everything that ``problems`` can switch on."""


OF_PARTS = frozenset(
    {
        "budget",
        "floor",
        "sizes",
        "opening",
        "counts",
        "max_formats",
        "require",
        "together",
        "apart",
        "existing",
        "weights",
        "hub",
        "move",
    }
)
"""Rules that every part of a plan decided anew has to keep: neighbourhoods, sub-programs, the
finish."""


@st.composite
def problems(
    draw: st.DrawFn,
    families: Collection[str] | None = None,
    *,
    among: Collection[str] = FAMILIES,
    without: Collection[str] = (),
    max_sites: int = 5,
    max_points: int = 9,
    max_formats: int = 3,
    max_options: int = 10,
) -> Problem:
    """A small problem with the given families of rules, or with some of ``among``."""
    if families is None:
        on = frozenset(
            draw(st.sets(st.sampled_from(sorted(set(among) - set(without))), max_size=6))
        )
    else:
        on = frozenset(families)
    if unknown := on - FAMILIES:
        raise ValueError(f"unknown families {sorted(unknown)}")
    n_sites = draw(st.integers(1, max_sites))
    n_points = draw(st.integers(1, max_points))
    wants_two = {"tiers", "stands_in", "together", "max_formats"} & on
    n_formats = draw(st.integers(2 if wants_two else 1, max(2, max_formats)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dtype = draw(st.sampled_from([np.uint16, np.int32, np.float64]))
    return build(on, n_sites, n_points, n_formats, max_options, dtype, rng)


def build(
    on: frozenset[str],
    n_sites: int,
    n_points: int,
    n_formats: int,
    max_options: int,
    dtype: type,
    rng: np.random.Generator,
) -> Problem:
    """The problem of given sizes with its numbers drawn from ``rng``."""
    n_groups = 2 if "groups" in on else 1
    n_phases = 2 if {"phases", "leaves"} & on else 1
    n_districts = 2
    persons = rng.integers(0, 40, (n_groups, n_points)) * 1000
    if "fractions" in on:
        persons = persons + rng.integers(0, 1000, persons.shape) * (persons > 0)
    if n_groups == 2:
        persons[1] = np.minimum(persons[0], persons[1])
    labels = Labels(
        sites=[f"S{s}" for s in range(n_sites)],
        points=[str(i + 1) for i in range(n_points)],
        formats=tuple(f"format{f}" for f in range(n_formats)),
        groups=("all", "elderly")[:n_groups],
        districts=tuple(f"D{d}" for d in range(n_districts)),
        sizes=("standard", "small"),
        phases=("2026", "2027") if n_phases == 2 else ("",),
    )
    options = _options(on, n_sites, n_formats, n_phases, max_options, rng)
    reach = _reach(n_sites, n_points, dtype, rng)
    problem = Problem(
        persons=persons.astype(np.int64),
        reach=_without_depots(reach) if "mobile" in on else reach,
        options=options,
        targets=_targets(on, n_formats, n_groups, n_phases, rng),
        site_area=(
            rng.integers(2, 16, n_sites) if "floor" in on else np.full(n_sites, UNLIMITED)
        ).astype(np.int64),
        opening_cost=(rng.integers(0, 5, n_sites) * ("opening" in on)).astype(np.int64),
        outlets=_outlets(on, n_sites, n_points, n_formats, dtype, rng),
        respect_capacity="capacity" in on,
        point_district=rng.integers(-1, n_districts, n_points).astype(np.int32),
        site_district=rng.integers(0, n_districts, n_sites).astype(np.int32),
        labels=labels,
        objective=Objective(order="tiers" if rng.random() < 0.8 else "weighted"),
    )
    if "circles" in on:
        problem = more.with_circle(problem, rng)
    problem = more.with_actions(problem.replace(rules=_rules(on, problem, rng)))
    return problem.replace(
        spacings=_spacings(problem, rng) if "apart" in on else (),
        min_coverage=_min_coverage(problem, rng) if "min_coverage" in on else (),
    )


def _reach(n_places: int, n_points: int, dtype: type, rng: np.random.Generator) -> Reach:
    """Each place reaches about half of the points at 0..12, with ties and zeros."""
    cost = rng.integers(0, 13, (n_places, n_points))
    place, point = np.nonzero(rng.random((n_places, n_points)) < rng.uniform(0.2, 0.9))
    values: NDArray = cost[place, point].astype(dtype)
    if dtype is np.float64:
        values = values + rng.integers(0, 4, len(values)) / 8
    return Reach.from_pairs(place, point, values, n_places, n_points)


def _options(
    on: frozenset[str],
    n_sites: int,
    n_formats: int,
    n_phases: int,
    max_options: int,
    rng: np.random.Generator,
) -> Options:
    """A random part of all (site, format, size, phase), at least one."""
    n_sizes = 2 if "sizes" in on else 1
    every = np.array(
        [
            (s, f, k, h)
            for s in range(n_sites)
            for f in range(n_formats)
            for k in range(n_sizes)
            for h in range(n_phases)
        ]
    )
    count = int(rng.integers(1, min(len(every), max_options) + 1))
    if rng.random() < 0.7:
        count = min(len(every), max_options)
    site, format_, size, phase = every[np.sort(rng.permutation(len(every))[:count])].T
    big = size == 0
    return Options.of(
        site,
        format_,
        rng.integers(0, 6, count) + 3 * big,
        size=size,
        phase=phase,
        last=(
            np.where((phase == 0) & (rng.random(count) < 0.4), 0, FOREVER)
            if "leaves" in on
            else np.full(count, FOREVER)
        ),
        area=(rng.integers(0, 5, count) + 3 * big) if "floor" in on else np.zeros(count, int),
        capacity=(
            rng.integers(0, 50, count) + 20 * big if "capacity" in on else np.full(count, UNLIMITED)
        ),
    )


def _targets(
    on: frozenset[str], n_formats: int, n_groups: int, n_phases: int, rng: np.random.Generator
) -> tuple[Target, ...]:
    """One target a format and phase, now and then a second group's, which only rules count."""
    targets: list[Target] = []
    for f in range(n_formats):
        weight = int(rng.choice([MICRO, 2 * MICRO, 500_000])) if "weights" in on else MICRO
        tier = "quality" if "tiers" in on and f % 2 else "basic"
        group = int(rng.integers(n_groups))
        served_by = (f, (f + 1) % n_formats) if "stands_in" in on and f == 0 else (f,)
        limits = rng.integers(2, 12, n_groups)
        for g in range(n_groups):
            if g != group and rng.random() < 0.5:
                continue
            targets.extend(
                Target(f, g, float(limits[g]), weight if g == group else 0, tier, h, served_by)
                for h in range(n_phases)
            )
    return tuple(targets)


def _outlets(
    on: frozenset[str],
    n_sites: int,
    n_points: int,
    n_formats: int,
    dtype: type,
    rng: np.random.Generator,
) -> Outlets:
    if "existing" not in on:
        return Outlets.none(n_points, dtype)
    n = int(rng.integers(1, 4))
    capacity = rng.integers(0, 40, n) if "capacity" in on else np.full(n, UNLIMITED)
    if "capacity" in on and rng.random() < 0.5:
        capacity[0] = UNLIMITED
    return Outlets(
        rng.integers(0, n_formats, n).astype(np.int32),
        _reach(n, n_points, dtype, rng),
        capacity.astype(np.int64),
        rng.integers(-1, n_sites, n).astype(np.int32),
    )


def _rules(on: frozenset[str], problem: Problem, rng: np.random.Generator) -> tuple[Rule, ...]:
    o, n = problem.options, problem.n_options
    rules: list[Rule] = []
    total = int(o.cost.sum() + problem.opening_cost.sum())
    tier_of = {t.format: t.tier for t in problem.targets}

    def some(upper: int) -> int:
        return int(rng.integers(0, max(1, upper) + 1))

    if "budget" in on:
        rules.append(rows.total_budget(problem, some(total)))
        kind = int(rng.integers(4))
        if kind == 1:
            basic = np.array([tier_of[f] == "basic" for f in o.format])
            rules.append(
                rows.budget(problem, "budget.tier.basic", some(total), basic, openings=False)
            )
        elif kind == 2:
            mask = o.format == 0
            rules.append(
                rows.budget(problem, "budget.format.format0", some(total), mask, openings=False)
            )
        elif kind == 3 and problem.site_district is not None:
            inside = problem.site_district == 0
            rules.append(
                rows.budget(
                    problem,
                    "budget.district.D0",
                    some(total),
                    inside[o.site],
                    openings=np.repeat(inside, problem.n_phases),
                )
            )
    if "budget" in on and "phases" in on:
        first = np.tile(np.arange(problem.n_phases) == 0, problem.n_sites)
        rules.append(
            rows.budget(problem, "budget.phase.2026", some(total), o.phase == 0, openings=first)
        )
    if "counts" in on:
        rules.append(rows.count(problem, "max_outlets.total", some(n)))
        if rng.random() < 0.5:
            rules.append(rows.count(problem, "max_outlets.format0", some(n), o.format == 0))
    if "max_formats" in on:
        rules.append(rows.max_formats_per_site(problem, some(2)))
    if "require" in on:
        k = int(rng.integers(n))
        mask = o.site == o.site[k]
        if rng.random() < 0.5:
            mask &= o.format == o.format[k]
        rules.append(rows.require(problem, "require", mask))
    if "forbid" in on:
        rules.append(rows.forbid(problem, "forbid", o.site == o.site[int(rng.integers(n))]))
    if "together" in on:
        rules.append(rows.together(problem, "together", 0, 1))
    if "hub" in on:
        here, least = o.site == o.site[int(rng.integers(n))], int(rng.integers(1, 4))
        what = "formats" if rng.random() < 0.5 else "m2"
        amount = here.astype(np.int64) if what == "formats" else np.where(here, o.area, 0)
        if rng.random() < 0.3:
            rules.append(
                rows.weighted(problem, "hub", RuleKind.HUB, amount, ">=", least, unit=what)
            )
        else:
            asked = rows.weighted(problem, "hub", RuleKind.HUB, amount, ">=", least)
            rules.append(rows.if_opened(problem, asked, here))
    if "floor_share" in on and problem.site_district is not None:
        area = np.where(problem.site_district[o.site] == 0, np.maximum(o.area, 1), 0)
        least = some(int(area.sum()) // 2)
        rules.append(
            rows.weighted(
                problem, "floor_share", RuleKind.FLOOR_SHARE, area, ">=", least, unit="m2"
            )
        )
    if "add_on" in on:
        guests = (o.format == 0) & (o.size == o.size.max())
        hosts = tuple(range(1, problem.n_formats))
        rules.append(rows.companion(problem, "add_on", RuleKind.ADD_ON, guests, hosts))
    if "mobile" in on:
        rules += _mobile(problem, rng)
    if "move" in on:
        one = np.zeros(n, np.int64)
        one[rng.permutation(n)[: int(rng.integers(1, 4))]] = 1
        rules.append(rows.weighted(problem, "once", RuleKind.ONCE, one, "<=", 1))
        rules.append(rows.weighted(problem, "stays", RuleKind.STAYS, one, ">=", 1))
    if "leaves" in on and (o.last == 0).any():
        stands = (o.last == 0) & (rng.random(n) < 0.7)
        moves = (o.phase == 1) & (rng.random(n) < 0.5)
        one = moves.astype(np.int64) - stands
        rules.append(rows.weighted(problem, "once", RuleKind.ONCE, one, "<=", 0))
        if rng.random() < 0.5:
            rules.append(rows.weighted(problem, "stays", RuleKind.STAYS, one, ">=", 0))
    return (*rules, *more.further_rules(on, problem, rng))


def _without_depots(reach: Reach) -> Reach:
    """The last two of three or more sites, or the last of two, reach nobody: vehicles' depots."""
    places = np.repeat(np.arange(reach.n_places), np.diff(reach.start))
    kept = places < max(1, reach.n_places - 2)
    return Reach.from_pairs(
        places[kept], reach.point[kept], reach.cost[kept], reach.n_places, reach.n_points
    )


def _mobile(problem: Problem, rng: np.random.Generator) -> list[Rule]:
    """Options of format 0 are vehicles where nobody is in reach, and some of the others stops."""
    o = problem.options
    depot = (np.diff(problem.reach.start) == 0)[o.site] & (o.format == 0) & (o.size == 0)
    stop = ~depot & (o.format == 0) & (rng.random(len(o)) < 0.8)
    calls = int(rng.integers(1, 4))
    need = np.where(depot, -calls, np.where(stop, rng.integers(1, 3, len(o)), 0))
    number = np.where(depot, o.site - (o.site[depot].min() if depot.any() else 0) + 1, 0)
    return [
        rows.supplied(problem, "mobile", need.astype(np.int64)),
        rows.numbered(problem, "fleet", number.astype(np.int64)),
    ]


def _spacings(problem: Problem, rng: np.random.Generator) -> tuple[Spacing, ...]:
    spacings = []
    for k in range(int(rng.integers(1, 3))):
        near = np.triu(rng.random((problem.n_sites, problem.n_sites)) < 0.4, 1)
        several = problem.n_formats > 1 and rng.random() < 0.6
        formats = tuple(range(problem.n_formats)) if several else (0,)
        spacings.append(Spacing(f"apart{k}", formats, csr_array(near | near.T)))
    return tuple(spacings)


def _min_coverage(problem: Problem, rng: np.random.Generator) -> tuple[MinCoverage, ...]:
    """One demand, now and then a second of another group, phase or district."""
    demands = []
    counted = _counted_together(problem, rng)
    for k in range(2 if rng.random() < 0.3 else 1):
        share = Fraction(int(rng.integers(0, 6)), 10)
        districts = (None, (0, 1), (1,))[int(rng.integers(3))]
        targets = counted[int(rng.integers(len(counted)))]
        demands.append(MinCoverage(f"min_coverage{k or ''}", targets, share, districts))
    return tuple(demands)


def _counted_together(problem: Problem, rng: np.random.Generator) -> list[tuple[int, ...]]:
    """Every target by itself, or those that differ by a circle's standard and people only."""
    if rng.random() < 0.3:
        return [(t,) for t in range(problem.n_targets)]
    parts: dict[tuple[Any, ...], list[int]] = {}
    for t, x in enumerate(problem.targets):
        group = problem.labels.groups[x.group].partition("@")[0]
        alike = x.format, x.phase, x.weight_micro, group
        parts.setdefault(alike, []).append(t)
    return [tuple(targets) for targets in parts.values()]
