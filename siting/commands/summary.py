"""What a planner reads on the terminal after a solve: who gains, what it costs, what binds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siting.commands.named import names_in, names_of
from siting.models.traits import traits_of
from siting.notice import notices
from siting.problem import RuleKind
from siting.result import opened
from siting.result.accounting import people_weighed
from siting.result.binding import DECIDES, USED_UP
from siting.result.headline import gap_told, open_gaps, proves, said_of
from siting.result.naming import called, kept_called, rule_called, vehicles_bind
from siting.result.quantities import Places, gained
from siting.texts.names import Names
from siting.texts.numbers import amount, columns, figure, percent, share, whole
from siting.texts.words import Lang, Words

if TYPE_CHECKING:
    from siting.result import Plan, Result, RuleLine
    from siting.scenario import Scenario


def summary(
    result: Result, scenario: Scenario | None = None, folder: Path | None = None, lang: Lang = "en"
) -> str:
    """Plain text, aligned for a terminal 100 columns wide."""
    names = names_in(lang, result) if scenario is None else names_of(scenario, lang)
    words = Words.of(lang, "solve")
    status = words[result.status]
    if scenario is not None:
        status = words.titled(scenario.name, status)
    blocks = [[status, *_objective(result, words, lang)]]
    if result.limit is not None:
        blocks[0].append(words["limit"].format(limit=words[f"limits.{result.limit}"]))
    if result.status == "no_solution":
        blocks[0] += notices(result.notes, lang, names.sections)
    if result.plan is not None:
        empty = "nothing" if result.status == "optimal" else "none_found"
        behind = [] if scenario is None else _behind(result, scenario, names)
        blocks += plan_blocks(result.plan, names, empty, behind)
    told = (*(scenario.warnings if scenario is not None else ()), *result.warnings)
    warnings = notices(told, lang, names.sections)
    if warnings:
        blocks.append([words.titled(words["warnings"]), *(f"  - {text}" for text in warnings)])
    if folder is not None:
        blocks.append(
            [words.titled(words["folder"], str(folder)), f"  {words['open']}"][
                : 2 if (folder / "report.html").exists() else 1
            ]
        )
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _behind(result: Result, scenario: Scenario, names: Names) -> list[str]:
    """Groups that the plan leaves behind, and how to ask what mending it costs."""
    from siting.analysis.kpis.left_behind import fallen_behind

    words = Words.of(names.lang, "solve")
    problem = scenario.problem().under(result.spec)
    behind = fallen_behind(scenario, problem, result.options)
    if not behind:
        return []
    lines = [words.titled(words["behind"])]
    lines += [
        "  - "
        + words.tell(
            "behind_line",
            format=names.format(one.format),
            group=names.group(one.group),
            before=share(one.before, 1),
            after=share(one.after, 1),
            all_before=share(one.all_before, 1),
            all_after=share(one.all_after, 1),
        )
        for one in behind
    ]
    return [*lines, f"  {words.tell('behind_help', group=behind[0].group)}"]


def headline(result: Result, folder: Path) -> dict[str, Any]:
    """The figures of a result that a program asks for first; all are in its ``result.json``."""
    plan = result.plan
    return {
        "status": result.status,
        "limit": result.limit,
        "objective": result.objective,
        "bound": result.bound,
        "gap": result.gap,
        "certified_gap": result.certified_gap,
        "outlets": None if plan is None else len(plan),
        "spent": None if plan is None else plan.budget["spent"],
        "result": str(folder),
    }


def plan_blocks(
    plan: Plan, names: Names, empty: str = "none_opens", behind: Sequence[str] = ()
) -> list[list[str]]:
    """Who has what in reach, money, coverage, binding rules and the dearest outlets of a plan, each
    a block of lines.

    Args:
        empty: the words for a plan that opens nothing.
        behind: lines on who falls behind.
    """
    words = Words.of(names.lang, "solve")
    return [
        _in_reach(plan, words),
        list(behind),
        _money(plan, words, empty),
        _coverage(plan, words, names),
        _binding(plan, words, names),
        _dearest(plan, words, names),
    ]


def _objective(result: Result, words: Words, lang: Lang) -> list[str]:
    unit = words[f"unit.{result.model}"]
    traits = traits_of(result.model)
    if result.objective is None:
        return (
            [words["bound_only"].format(bound=_counted(result.bound, result))]
            if result.bound
            else []
        )
    told = people_weighed(result)
    if told is not None:
        key = "weighted_kept" if told.kept else "weighted"
        unit = words[key].format(people=figure(told.people), kept=figure(told.kept))
    if traits.priced and result.plan is not None:
        unit = unit if result.objective == len(result.plan) else words["money"]
    lines, gaps = [f"{_counted(result.objective, result)} {unit}"], open_gaps(result)
    weighted = told is not None
    if len(gaps) > 1:  # the sum of tiers that cannot be had together says nothing
        tiers = Words.of(lang, "tier")
        for number, one in enumerate(gaps):
            tier = one.tier or ""
            reached = _counted(result.tiers[tier]["objective"], result)
            line = words.titled("  " + tiers.get(tier, tier), reached)
            if not one.closed:
                line += words["and"] + said_of(one, number, weighted, lang)
            lines.append(line)
    elif result.status != "optimal" and proves(
        result.objective, result.bound, not traits.minimised
    ):
        key = "bound_min" if traits.minimised else "bound_max"
        key = key if gaps[0].gap is not None else "bound_plain"
        bound = _counted(result.bound, result)
        lines[0] += words["and"] + words[key].format(bound=bound, gap=percent(gaps[0].gap))
    if result.bound_proof == "solver" and result.certified_bound is not None:
        lines.append("  " + words.tell("certified", told=gap_told(result, lang, certified=True)))
    return lines


def _in_reach(plan: Plan, words: Words) -> list[str]:
    """Everybody with all basic formats in reach, then people x services; before and after."""
    told = plan.in_reach
    if told is None:
        return []
    lines, shares = [], told.complete
    if shares is not None:
        lines.append(
            words.tell(
                "complete",
                before=share(shares[0], 1),
                after=share(shares[1], 1),
                people_before=figure(told.complete_before or 0.0),
                people=figure(told.complete_after or 0.0),
                of=figure(told.people),
            )
        )
    means = [figure(mean, 2) for mean in told.per_person]
    lines.append(
        words.tell(
            "services",
            before=figure(told.services_before),
            after=figure(told.services_after),
            mean_before=means[0],
            mean=means[1],
        )
    )
    return lines


def _dearest(plan: Plan, words: Words, names: Names) -> list[str]:
    """Outlets with the highest cost a person newly covered, the dearest first."""
    rows = plan.table.to_dict("records")
    marked = [(row, why) for row, why in zip(rows, plan.why, strict=False) if why.dearest]
    marked.sort(key=lambda one: -(one[1].cost_per_person or float("inf")))
    lines = [
        "  - "
        + words.tell(
            "dearest_line",
            outlet=called(row, names),
            cost=whole(row["cost"]),
            people=figure(row["newly_covered"]),
            each="" if why.cost_per_person is None else figure(why.cost_per_person),
            why=words.parts(kept_called(why, names)),
        )
        for row, why in marked
    ]
    return [words.titled(words["dearest"]), *lines] if lines else []


def _counted(value: float | None, result: Result) -> str:
    """A figure of the objective: whole where it counts people, outlets or money."""
    return amount(value) if traits_of(result.model).walks else whole(value)


def _money(plan: Plan, words: Words, empty: str) -> list[str]:
    if not len(plan):
        return [words[empty]]
    total, openings = plan.budget["total"], plan.budget["opening_costs"]
    outlets, sites = len(plan.fixed), plan.fixed["site"].nunique()
    line = words["opens"].format(
        outlets=words.tell("outlets", n=outlets),
        sites=words.tell("sites", n=sites),
        spent=whole(plan.budget["spent"]),
        of="" if total is None else words["of"].format(total=whole(total)),
    )
    for name, n in plan.standing.items():
        line += words[name].format(n=whole(n))
    if plan.mobile:
        line += words["mobile"].format(**plan.mobile)
    return [line + (words["openings"].format(openings=whole(openings)) if openings else "")]


def _coverage(plan: Plan, words: Words, names: Names) -> list[str]:
    """One row a format and group; what opens is told once a format. Further columns where there
    are stops, and where capacities are known."""
    first, last = words.row("columns")[:2], words.row("columns")[2:]
    stops, places = (words["stops"],) * bool(plan.mobile), (words["places"],) * bool(plan.places)
    rows = [[*first, *stops, *last[:2], *places, *last[2:]]]
    for name, groups in plan.coverage.items():
        mine = plan.table[plan.table["format"] == name]
        room = plan.places.get(name)
        head = [
            names.format(name),
            whole(opened(mine)["outlets"]),
            *([str(int((mine["action"] == "stop").sum()))] if stops else []),
            figure(gained(groups)),
            whole(mine["cost"].sum()),
            *(["-" if room is None else _places(room, words)] if places else []),
        ]
        for group, people in groups.items():
            rows.append(
                [
                    *head,
                    names.group(group),
                    figure(people.people),
                    share(people.before, people.people),
                    share(people.after, people.people),
                ]
            )
            head = [""] * len(head)
    lines = columns(rows, left=(0, len(head)))
    if plan.places:
        told = words.listed(
            f"{names.format(name)} {'' if room.in_all is not None else '≥ '}"
            f"{figure(room.per_1000, 1)}"
            for name, room in plan.places.items()
        )
        lines.append(words.tell("per_1000", told=told))
    return lines


def _places(room: Places, words: Words) -> str:
    part = words.aside(share(room.people, room.places))
    return f"{figure(room.people)}/{whole(room.places)}{part}"


def _binding(plan: Plan, words: Words, names: Names) -> list[str]:
    """Rules that are used up, then those that decide."""
    lines = []
    for state in (USED_UP, DECIDES):
        mine = [
            rule
            for rule in plan.rules
            # Results of before there were three states tell only that a rule binds.
            if rule.binds and (rule.state or DECIDES) == state
        ]
        lines += [words.titled(words[f"state.{state}"])] if mine else []
        lines += [f"  - {_bound(rule, words, names)}" for rule in mine]
    return lines or [words["free"]]


def _bound(rule: RuleLine, words: Words, names: Names) -> str:
    of_vehicles = vehicles_bind(rule, names.lang)
    if of_vehicles is not None:
        return of_vehicles
    if rule.kind is RuleKind.FLOOR_SPACE:
        return words.tell("floor", count=rule.binding_rows)
    called = rule_called(rule.rule, rule.about, names, rule.row)
    if rule.rows is not None:
        return words.tell("rows", name=called, count=rule.binding_rows)
    if not rule.unit or not rule.counts:
        return called
    told = words["least" if rule.sense == ">=" else "used"].format(
        used=_limit(rule.used, rule), limit=_limit(rule.limit, rule)
    )
    return words.titled(called, told)


def _limit(value: float, rule: RuleLine) -> str:
    return share(value, 1) if rule.unit == "share" else amount(value)
