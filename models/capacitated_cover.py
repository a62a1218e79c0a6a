"""capacitated_cover: serve as many people as possible within every outlet's capacity.

    served[j,o]        people of pattern j served by option o          in 0..min(n[j], q[o])
    served_today[j,e]  people of pattern j served by existing outlet e

    max       Σ w[j] (Σ_o served[j,o] + Σ_e served_today[j,e]) - what existing outlets serve alone
    people    Σ_o served[j,o] + Σ_e served_today[j,e] <= n[j]         a pattern
    capacity  Σ_{j of phase k} served[j,o] <= q[o] open[o]            an option, phase from its own
    within    served[j,o] <= min(n[j], q[o]) open[o]                  a pair
    standing  Σ_{j of phase k} served_today[j,e] <= q[e]              an existing outlet, a phase
    served_share  Σ_j served people >= need[r,d]                      a minimum coverage, a district
    held      Σ_j w[j] served people >= what the earlier tier reached
              everything in siting.models.shared.opening

A pattern j holds the points of one target that the same options and the same existing outlets have
in reach; people are counted in the largest unit that divides all their numbers and capacities, and
may be split among outlets. With the opened outlets fixed the rest is a transport problem, so whole
numbers of units lose nothing. Points in reach of an existing outlet without a limit are served by
it and left out. What existing outlets serve alone is told in the same order (tiers, then weights).

Reference: Current and Storbeck, Capacitated covering models, Environment and Planning B 15 (1988);
Pirkul and Schilling, The maximal covering location problem with capacities on total workload,
Management Science 37 (1991).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from siting.models.shared.covering import divisor
from siting.models.shared.measuring import Ints, without_worthless
from siting.models.shared.opening import Tuples, begin, read_open
from siting.models.shared.serving import Arcs, People, arcs_of, served_alone
from siting.models.traits import Traits
from siting.problem import TIERS, Objective, Problem
from siting.solvers.program import Program
from siting.solvers.relaxation import best_given

TRAITS = Traits(counts="service", tiers=True, certified=True, engine="capacity")
read = read_open
MANY_ARCS = 500_000
"""Pairs times options beyond which superfluous options are not looked for one by one: each asks for
a linear program of 5 microseconds a pair, when the time limit may have passed."""


def build(
    problem: Problem,
    objective: Objective,
    *,
    tier: str | None = None,
    held: Mapping[str, int] | None = None,
) -> Program:
    """The program; ``tier`` and ``held`` as in max_cover."""
    held = held or {}
    people = People.of(problem, None if tier is None else (tier, *held))
    arcs = arcs_of(problem, people)
    frame = begin(problem, "max")
    builder = frame.builder
    n_new, n_old = len(arcs.shop), len(arcs.outlet)
    served = builder.add_columns(
        "served",
        n_new,
        upper=people.count[arcs.pattern],
        implied=True,
        labels=Tuples(arcs.pattern, arcs.shop),
    )
    today = builder.add_columns(
        "served_today",
        n_old,
        upper=people.count[arcs.pattern_today],
        implied=True,
        labels=Tuples(arcs.pattern_today, arcs.outlet),
    )
    new = np.arange(served.begin, served.end)
    old = np.arange(today.begin, today.end)
    builder.add_rows(
        "people",
        len(people.count),
        [(arcs.pattern, new, 1.0), (arcs.pattern_today, old, 1.0)],
        upper=people.count.astype(np.float64),
        labels=Tuples(np.arange(len(people.count)), people.target),
    )
    _capacities(frame.builder.add_rows, people, arcs, new, old, problem)
    row, option = arcs.options_of(arcs.shop)
    most = np.minimum(people.count[arcs.pattern[row]], arcs.capacity[option])
    builder.add_rows(
        "within",
        n_new,
        [(np.arange(n_new), new, 1.0), (row, option, -most)],
        upper=0.0,
        labels=served.labels,
    )
    pattern = np.concatenate([arcs.pattern, arcs.pattern_today])
    column = np.concatenate([new, old])
    _minima(frame.builder.add_rows, people, pattern, column)
    weight = people.weight[pattern]
    alone = served_alone(problem, people, arcs)
    for earlier, value in held.items():
        inside = people.in_tier(problem, earlier)[pattern]
        step = divisor(weight[inside])
        # ``value`` is newly served people in Problem.unit; the row counts everybody served.
        needed = -(-value // people.unit) + alone[earlier]
        builder.add_rows(
            "held",
            1,
            [(np.zeros(inside.sum(), np.int64), column[inside], weight[inside] // step)],
            lower=float(-(-needed // step)),
            labels=[earlier],
        )
    counted = people.in_tier(problem, tier)[pattern] & (weight > 0)
    unit = people.unit * float(problem.unit)
    builder.add_objective(column[counted], weight[counted] * unit)
    builder.constant = -unit * sum(alone.values() if tier is None else [alone.get(tier, 0)])
    return builder.build(integral_objective=divisor(weight[counted]) * unit)


def _capacities(add_rows, people: People, arcs: Arcs, new: Ints, old: Ints, problem: Problem):  # type: ignore[no-untyped-def]
    """Rows ``capacity`` and ``standing``, one a phase in which somebody is served."""
    n = problem.n_phases
    key, row = np.unique(arcs.shop * n + people.phase[arcs.pattern], return_inverse=True)
    shop, phase = np.divmod(key, n)
    everybody = np.bincount(row, people.count[arcs.pattern], minlength=len(key)).astype(np.int64)
    own, option = arcs.options_of(shop)
    add_rows(
        "capacity",
        len(key),
        [(row, new, 1.0), (own, option, -np.minimum(arcs.capacity[option], everybody[own]))],
        upper=0.0,
        labels=Tuples(shop, phase),
    )
    key, row = np.unique(arcs.outlet * n + people.phase[arcs.pattern_today], return_inverse=True)
    outlet, phase = np.divmod(key, n)
    most = np.zeros(len(key), np.int64)
    most[row] = arcs.capacity_today
    add_rows("standing", len(key), [(row, old, 1.0)], upper=most, labels=Tuples(outlet, phase))


def _minima(add_rows, people: People, pattern: Ints, column: Ints) -> None:  # type: ignore[no-untyped-def]
    """Rows ``served_share``."""
    entries: list[tuple[Ints, Ints, float]] = []
    bounds: list[float] = []
    labels: list[str] = []
    for name, members, needed in people.minima:
        inside = np.flatnonzero(members[pattern])
        entries.append((np.full(len(inside), len(bounds)), column[inside], 1.0))
        bounds.append(float(needed))
        labels.append(name)
    if bounds:
        add_rows("served_share", len(bounds), entries, lower=np.array(bounds), labels=labels)


def measure(
    problem: Problem, objective: Objective, options: Ints, tier: str | None = None
) -> float:
    """Weighted people newly served by some options, by the transport problem that remains."""
    if tier is None or objective.order != "tiers":
        return best_given(build(problem, objective, tier=tier), options)
    worth = dict(_worth(problem, objective, options))
    return worth.get(tier, -np.inf)


def _worth(problem: Problem, objective: Objective, options: Ints) -> list[tuple[str, float]]:
    """What some options serve, tier by tier, each within what is left by the earlier ones."""
    held: dict[str, int] = {}
    told = []
    for tier in TIERS:
        value = best_given(build(problem, objective, tier=tier, held=held), options)
        if not np.isfinite(value):
            break
        told.append((tier, value))
        held[tier] = round(value / float(problem.unit))
    return told


def trim(problem: Problem, objective: Objective, options: Ints) -> Ints:
    """Without options whose people others can serve as well and that no rule needs."""
    tiers: tuple[str | None, ...] = TIERS if objective.order == "tiers" else (None,)
    held: dict[str, int] = {}
    programs: list[tuple[Program, float]] = []
    for tier in tiers:
        program = build(problem, objective, tier=tier, held=held)
        value = best_given(program, options)
        programs.append((program, value))
        if tier is not None and np.isfinite(value):
            held[tier] = round(value / float(problem.unit))
    largest = max(program.column_block("served").end for program, _ in programs)
    if largest * len(options) > MANY_ARCS:
        return options

    def loses(more: Ints, fewer: Ints) -> bool:
        return any(best_given(program, fewer) < value for program, value in programs)

    return without_worthless(problem, options, loses)
