"""Key figures against plain loops over points and places."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from siting.analysis.kpis.kpis import Kpi, kpis, table
from siting.problem import Problem
from siting.verification.evaluation import evaluate, reported
from tests.tools.brute import walking
from tests.tools.depth import examples
from tests.tools.plans import some_plan
from tests.tools.problems import problems

RULES = {"existing", "groups", "weights", "tiers", "fractions", "stands_in", "capacity", "circles"}
SMALL = examples(40)


@SMALL
@given(problems(among=RULES, max_options=8))
def test_figures_are_those_of_plain_loops(problem: Problem) -> None:
    """Coverage as verified, completeness and access as defined, point by point."""
    options = some_plan(problem.replace(respect_capacity=False), 3)
    problem = problem.replace(respect_capacity=False)
    found = {(k.number, k.name, k.format, k.group): k for k in kpis(problem, options)}
    names = problem.labels
    coverage = evaluate(problem, options).coverage
    stands, sites = walking(problem, True), walking(problem, False)
    o = problem.options
    longest = max(target.limit for target in problem.targets)
    complete = np.ones(problem.n_points, bool)
    basic = False
    for (format_, group), t in reported(problem).items():
        key = names.formats[format_], names.groups[group]
        told = coverage[key[0]][key[1]]
        kpi = found[1, "coverage", *key]
        if told["people"]:
            assert kpi.before == pytest.approx(told["before"] / told["people"])
            assert kpi.after == pytest.approx(told["after"] / told["people"])
        target = problem.targets[t]
        people = problem.persons[group] / problem.person_units
        places = [
            stands[j]
            for j in range(len(problem.outlets))
            if problem.outlets.format[j] in target.served_by
        ]
        capacity = [
            int(problem.outlets.capacity[j])
            for j in range(len(problem.outlets))
            if problem.outlets.format[j] in target.served_by
        ]
        serving = [k for k in options if problem.serves[problem.kind[k], t]]
        places += [sites[o.site[k]] for k in serving]
        capacity += [int(o.capacity[k]) for k in serving]
        if any(c >= 2**62 for c in capacity):
            capacity = [1] * len(capacity)
        if problem.reach.cost.dtype.kind != "f":  # else no walk was measured
            minutes = np.min([np.full(problem.n_points, np.inf), *places], axis=0) / 600 / 1.2
            check_walks(found, key, minutes, people, longest / 600 / 1.2)
        access = np.zeros(problem.n_points)
        covered = np.zeros(problem.n_points, bool)
        whole = names.groups[group].partition("@")[0]
        for cost, supply in zip(places, capacity, strict=True):
            inside = cost <= target.limit
            covered |= inside
            crowd = 0.0
            for part in problem.targets:  # all that share the outlet, each within its standard
                if (part.format, part.phase) == (target.format, target.phase) and (
                    names.groups[part.group].partition("@")[0] == whole
                ):
                    there = problem.persons[part.group] / problem.person_units
                    crowd += there[cost <= part.limit].sum()
            if crowd:
                access[inside] += 1000 * supply / crowd
        if people.sum():
            mean = (access * people).sum() / people.sum()
            assert found[9, "access_2sfca", *key].after == pytest.approx(mean)
        if target.tier == "basic" and target.weight_micro:
            complete &= covered | problem.elsewhere(t)
            basic = True
    people = problem.persons.max(axis=0) / problem.person_units
    if basic and people.sum():
        share = people[complete].sum() / people.sum()
        assert found[3, "complete_circle", "", ""].after == pytest.approx(share)


def check_walks(
    found: dict[tuple[int, str, str, str], Kpi],
    key: tuple[str, str],
    minutes: np.ndarray,
    people: np.ndarray,
    walked: float,
    *,
    after: bool = True,
) -> None:
    """KPIs 7 and 8, person by person; nothing is told of walks beyond ``walked`` minutes."""

    def told(number: int, name: str) -> float | None:
        kpi = found[number, name, *key]
        return kpi.after if after else kpi.before

    near = sorted((m, p) for m, p in zip(minutes, people, strict=True) if np.isfinite(m) and p)
    reached, total = sum(p for _, p in near), people.sum()
    quantiles: list[float | None] = []
    for part in (0.5, 0.9):
        seen = np.cumsum([p for _, p in near])
        at = [m for (m, _), s in zip(near, seen, strict=True) if s >= part * reached - 1e-9]
        quantiles.append(at[0] if at else None)
    expected = {
        "minutes_mean": sum(m * p for m, p in near) / reached if reached else None,
        "minutes_p50": quantiles[0],
        "minutes_p90": quantiles[1],
    }
    for name, value in expected.items():
        assert told(7, name) == (value if value is None else pytest.approx(value))
    share = 1 - reached / total if total else None
    worth = sum(p * min(1.0, max(0.0, (30 - m) / 25)) for m, p in near)
    endless = walked == np.inf
    beyond = told(7, "unreachable" if endless else "beyond_what_was_walked")
    assert beyond == (share if share is None else pytest.approx(share))
    if not endless:
        assert told(7, "minutes_walked_at_most") == pytest.approx(walked)
    known = total and (walked >= 30 or reached == pytest.approx(total))
    assert told(8, "decay_score") == (pytest.approx(worth / total) if known else None)


def test_the_table_has_a_row_a_figure() -> None:
    """Nothing is lost on the way to the planner."""
    from tests.tools.problems import build

    rng = np.random.default_rng(1)
    problem = build(frozenset({"existing"}), 4, 6, 2, 6, np.uint16, rng)
    found = kpis(problem, some_plan(problem, 1))
    assert len(table(found)) == len(found)
    assert [k.number for k in found] == sorted(k.number for k in found)
