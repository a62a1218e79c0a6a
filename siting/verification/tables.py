"""What a plan's own tables say, against what its options give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np

from siting.notice import Notice
from siting.problem import ACTIONS, FOREVER, Problem
from siting.verification.evaluation import Evaluation
from siting.verification.rulebook import site_name


def told_wrongly(problem: Problem, plan: Any, evaluation: Evaluation) -> Iterator[Notice]:
    """One notice for each table, column or figure of ``plan`` that is not as recomputed.

    Args:
        plan: anything with some of ``sites``, ``table``, ``coverage``, ``budget``, ``rules``.
        evaluation: of the options that the plan names.
    """
    sites = getattr(plan, "sites", None)
    right = problem.options.site[evaluation.options]
    if sites is not None and not np.array_equal(np.asarray(sites), right):
        yield Notice("judged.sites")
    if hasattr(plan, "coverage"):
        yield from _coverage(plan.coverage, evaluation)
    if getattr(plan, "table", None) is not None:
        yield from _table(problem, plan.table, evaluation)
    yield from _budget(getattr(plan, "budget", None) or {}, evaluation)
    yield from _rules(problem, getattr(plan, "rules", None) or (), evaluation)


def _coverage(told: Mapping[str, Any], evaluation: Evaluation) -> Iterator[Notice]:
    mine = {(f, g, n): v for f, g, n, v in _leaves(evaluation.coverage)}
    theirs = {(f, g, n): v for f, g, n, v in _leaves(told)}
    for key in {**mine, **theirs}:
        if not _same(theirs.get(key), mine.get(key)):
            said, right = (
                str(side[key]) if key in side else Notice("fault.nothing")
                for side in (theirs, mine)
            )
            yield Notice("judged.coverage", what=list(key), told=said, right=right)


def _leaves(coverage: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Any]]:
    for format_, groups in coverage.items():
        for group, figures in groups.items():
            for name, value in figures.items():
                yield format_, group, name, value


def _table(problem: Problem, table: Any, evaluation: Evaluation) -> Iterator[Notice]:
    chosen = evaluation.options
    if len(table) != len(chosen):
        yield Notice("judged.rows", told=len(table), right=len(chosen))
        return
    o, names = problem.options, problem.labels
    where = problem.site_district
    districts = [-1] * len(chosen) if where is None else where[o.site[chosen]].tolist()
    ids = [str(u) for u in names.changeable or range(int(o.outlet.max(initial=-1)) + 1)]
    words: dict[str, list[str | None]] = {
        "site": [site_name(problem, s) for s in o.site[chosen].tolist()],
        "format": [names.formats[f] for f in o.format[chosen]],
        "size": [names.sizes[k] for k in o.size[chosen]],
        "action": [str(ACTIONS[a]) for a in o.action[chosen]],
        "phase": [names.phases[k] or None for k in o.phase[chosen]],
        "district": [names.districts[d] if d >= 0 else None for d in districts],
        "outlet": [ids[u] if u >= 0 else None for u in o.outlet[chosen].tolist()],
        "until": [names.phases[k] if k < FOREVER else None for k in o.last[chosen].tolist()],
    }
    figures = {
        "cost": o.cost[chosen].tolist(),
        "area_m2": o.area[chosen].tolist(),
        "newly_covered": (evaluation.newly_covered / problem.person_units).tolist(),
    }
    wrong = [n for n, right in words.items() if n in table and list(table[n]) != right]
    wrong += [n for n, right in figures.items() if n in table and not _all_same(table[n], right)]
    for name in wrong:
        yield Notice("judged.column", name=name)


def _budget(told: Mapping[str, Any], evaluation: Evaluation) -> Iterator[Notice]:
    for name, right in (("spent", evaluation.cost), ("opening_costs", evaluation.opening_costs)):
        if name in told and not _same(told[name], right):
            yield Notice("judged.budget", name=name, told=str(told[name]), right=right)


def _rules(
    problem: Problem, told: Iterable[Mapping[str, Any]], evaluation: Evaluation
) -> Iterator[Notice]:
    """Lines that tell one row; those that tell many rows at once have no figure of their own.

    Rules may share a name: their lines stand in the order of the rules.
    """
    lines: dict[str, list[Mapping[str, Any]]] = {}
    for given in told:
        lines.setdefault(str(given.get("name")), []).append(given)
    uses = iter(evaluation.rules)
    for rule in problem.rules:
        mine = list(islice(uses, rule.n_rows))
        if "rows" in next(iter(lines.get(rule.name, ())), {}):
            lines[rule.name].pop(0)
            continue
        if not rule.labels and len(lines.get(rule.name, ())) < len(mine):
            # Rows without names are told together, by the one that is nearest to its limit.
            mine = [min(mine, key=lambda use: abs(use.limit - use.used))]
        for use in mine:
            ahead = lines.get(f"{use.name}[{use.label}]" if use.label else use.name)
            line = ahead.pop(0) if ahead else None
            for key, right in (("limit", use.limit), ("used", use.used)):
                if line is not None and not _same(line.get(key), right):
                    said = str(line.get(key))
                    yield Notice("judged.rule", rule=use.name, name=key, told=said, right=right)


def _all_same(told: Iterable[Any], right: Iterable[float]) -> bool:
    return all(_same(a, b) for a, b in zip(told, right, strict=True))


def _same(told: Any, exact: float | None) -> bool:
    """A told figure of people, money or floor space against the recomputed one."""
    try:
        return exact is not None and abs(float(told) - exact) <= 1e-6 * max(1.0, abs(exact) * 1e-6)
    except (TypeError, ValueError):
        return False
