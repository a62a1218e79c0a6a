"""Why there is no plan, in the planner's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.analysis.infeasible.conflict import Diagnosis
from siting.analysis.infeasible.infeasibility import infeasibility
from siting.analysis.infeasible.relaxations import CAPACITY, FLOORS, Item, Relaxation
from siting.analysis.study import Study
from siting.problem import Problem, RuleKind
from siting.result.naming import rule_called
from siting.texts.names import Names
from siting.texts.numbers import amount
from siting.texts.words import Lang, Words

if TYPE_CHECKING:
    from siting.scenario import Scenario


def why_no_plan(
    problem: Problem,
    scenario: Scenario | None = None,
    lang: Lang = "en",
    study: Study | None = None,
    names: Names | None = None,
) -> list[str]:
    """Lines that name the rules in conflict and what frees a plan; empty when there is a plan.

    Args:
        problem: as it was solved.
        scenario: lets standards in minutes be tried too.
        study: settings; default one minute.
        names: of formats; default the scenario's, in ``lang``.
    """
    if names is None:
        names = Names(lang, {} if scenario is None else scenario.standards.names(lang))
    return tell(infeasibility(problem, study, scenario=scenario), names)


def tell(found: Diagnosis, names: Names) -> list[str]:
    """A diagnosis as lines."""
    words = Words.of(names.lang, "no_plan")
    if found.feasible:
        return []
    if found.feasible is None:
        return [words["unknown"]]
    beyond = [
        words.tell(
            "unreachable",
            name=names.rules.get(u.name, u.name),
            district=f"[{u.district}]" if u.district else "",
            share=float(u.share),
            best=float(u.best),
            people=float(u.people),
        )
        for u in found.unreachable
    ]
    if not found.irreducible:
        head = words["conflict_maybe"]
    else:
        head = words["conflict"] if len(found.conflict) > 1 else words["alone"]
    lines = [*beyond, head, *(f"  - {_named(item, words, names)}" for item in found.conflict)]
    ways = found.ways_out or found.together
    if not ways:
        return [*lines, words["none"]]
    lines.append(words["ways"] if found.ways_out else words["together"])
    return lines + [f"  - {_way(way, words, names)}" for way in ways]


def _named(item: Item, words: Words, names: Names) -> str:
    return _name(item, words, names) + (
        words["reason"].format(reason=item.reason) if item.reason else ""
    )


def _name(item: Item, words: Words, names: Names) -> str:
    """As the planner calls it; what is no rule of its own key in words."""
    if item.name in (FLOORS, CAPACITY):
        return words[item.name]
    name = rule_called(item.name, item.about, names)
    return words["supply"].format(name=name) if item.family == RuleKind.CALLS else name


def _way(way: Relaxation, words: Words, names: Names) -> str:
    name = _name(way.item, words, names)
    if way.where:
        places = words.listed(
            words["place"].format(place=place, more=amount(more))
            for place, more in sorted(way.where.items(), key=lambda pair: (-pair[1], pair[0]))
        )
        total = amount(way.amount)
        return words[f"{way.unit}_where"].format(name=name, total=total, places=places)
    if way.unit in ("share", "minutes"):
        return words.tell(way.unit, name=name, limit=way.limit, to=way.to)
    return words[way.unit or "give_up"].format(
        name=name, hub=way.hub, limit=amount(way.limit), to=amount(way.to), more=amount(way.amount)
    )
