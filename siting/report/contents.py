"""What a report says, as plain rows in one language; html, docx and xlsx only lay it out."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.notice import Notice, notices
from siting.paper import Cell, Exact, shown
from siting.problem import Action, Key, RuleKind
from siting.report.facts import Facts
from siting.report.planning import Table, tables
from siting.reproducible_files import timeless
from siting.result.accounting import people_weighed, plan_of
from siting.result.binding import DECIDES, SLACK
from siting.result.headline import (
    LARGEST,
    Headline,
    gap_short,
    gap_told,
    headline,
    open_gaps,
    proves,
    weighs,
)
from siting.result.naming import rules_called, why_called
from siting.result.quantities import InReach, everybody
from siting.scenario.schema.caveats import TRAPS
from siting.scenario.schema.formats import TIMES
from siting.texts.catalogue import (
    Lang,
    currency_words,
    group_words,
    method_words,
    number,
    percent,
    texts,
)
from siting.texts.names import Names
from siting.texts.rule_names import rule_words
from siting.texts.words import Words
from siting.verification.evaluation import evaluate

if TYPE_CHECKING:
    from siting.execution.planned_actions import PlannedAction
    from siting.problem import Problem
    from siting.result import Plan, Result

STRAIGHT_LINES = "straight.lines"
MOST_ROWS = 1000
"""Of a longer plan a page shows only the first rows; files hold all of it."""


@dataclass(frozen=True)
class Figure:
    """One of the large numbers at the top."""

    label: str
    value: str
    note: str = ""
    amount: float | None = None
    """The value as a number; shares 0..1."""
    share: bool = False
    exact: bool = False
    """Whether a share is told to a hundredth of a per cent."""


@dataclass(frozen=True)
class CoverageRow:
    format_id: str
    format: str
    tier: str
    standard: str
    group: str
    people: float
    before: float
    after: float

    @property
    def held(self) -> float:
        """Before and after, as far as numbers tell: a plan may close or move what stands."""
        return min(self.before, self.after)

    @property
    def gained(self) -> float:
        return self.after - self.before

    def share(self, part: float) -> float | None:
        """Of all people of the group; None where there are none."""
        return part / self.people if self.people else None


@dataclass(frozen=True)
class PlanRow:
    no: int
    """Number of the site in this report, from 1; also on the map."""
    site: str
    format_id: str
    format: str
    size: str
    action: str
    phase: str
    district: str
    cost: int
    area_m2: int
    newly_covered: float | None
    """None of a vehicle: its stops cover people."""
    at: int = 0
    """Row of the plan's table."""
    place: int = -1
    """Position of the site."""
    about: PlannedAction | None = None
    """Name, address, owner, unit and public money, where a scenario tells them."""
    why: str = ""
    cost_per_person: float | None = None
    """Currency units a person newly covered; None where nobody is or nothing is paid."""
    dearest: bool = False
    """Among the dearest a person."""


@dataclass(frozen=True)
class RuleRow:
    name: str
    limit: str
    used: str
    state: str
    """In the report's words: used up, decides or slack."""
    binds: bool
    note: str = ""
    limit_value: float | None = None
    """The limit as a number; shares in per cent."""
    used_value: float | None = None
    unit: str = ""
    """``%``, or what is counted."""


@dataclass(frozen=True)
class Contents:
    """Everything a report tells, in the order of the page."""

    lang: Lang
    words: Words
    facts: Facts
    status: str
    sentences: tuple[str, ...]
    figures: tuple[Figure, ...]
    warnings: tuple[str, ...]
    coverage: tuple[CoverageRow, ...]
    plan: tuple[PlanRow, ...]
    """Ordered by site number; sites in descending order of people gained."""
    site_numbers: Mapping[int, int]
    """Position of a chosen site -> its number."""
    opening_costs: int
    rules: tuple[RuleRow, ...]
    tiers: tuple[tuple[str, str, str, str], ...]
    """Name, objective, bound, gap; empty when tiers are not optimised apart."""
    tier_figures: tuple[tuple[Cell, ...], ...]
    """The same with figures as numbers."""
    places: str
    """What the ids of ``plan`` are: premises, or stops and vehicles too."""
    planning: tuple[Table, ...]
    """Phases, circles, commitments: those that the scenario has."""
    run: tuple[tuple[str, Cell], ...]


def contents(result: Result, problem: Problem, facts: Facts, lang: Lang) -> Contents:
    """Gather it all. Nothing is computed here that the result does not hold, but what results of
    before it was told do not."""
    words = texts(lang)
    result = _whole(result, problem)
    numbers = _site_numbers(result)
    return Contents(
        lang=lang,
        words=words,
        facts=facts,
        status=result.status,
        sentences=(*_sentences(result, words), *_traps(facts, words)),
        figures=_figures(result, problem, facts, words),
        warnings=_warnings(result, problem, facts, words),
        coverage=tuple(_coverage(result, facts, words)),
        plan=tuple(_plan(result, problem, facts, words, numbers)),
        site_numbers=numbers,
        opening_costs=0 if result.plan is None else int(result.plan.budget.opening_costs),
        rules=tuple(_rules(result, facts, words)),
        tiers=tuple(
            (str(name), shown(objective, "number"), shown(bound, "number"), shown(gap, "text"))
            for name, objective, bound, gap in _tiers(result, words)
        ),
        tier_figures=tuple(_tiers(result, words)),
        places=words["site_or_stop" if result.plan is not None and result.plan.mobile else "site"],
        planning=tables(result, problem, facts, words),
        run=tuple(_run(result, words)),
    )


def _whole(result: Result, problem: Problem) -> Result:
    """With every figure of its plan."""
    if result.plan is None or result.plan.in_reach is not None:
        return result
    asked = problem.under(result.spec)
    judged = evaluate(asked, result.plan.options, result.spec)
    now = plan_of(asked, judged)
    return replace(
        result,
        plan=replace(result.plan, in_reach=now.in_reach, places=now.places, why=now.why),
    )


def _sentences(result: Result, words: Words) -> tuple[str, ...]:
    """Status and limit in plain words."""
    certified = result.bound_proof == "solver" and result.certified_bound is not None
    if result.status == "feasible":
        known = any(one.gap is not None or one.people is not None for one in open_gaps(result))
        key = "status_feasible" if known else "status_feasible_open"
        first = words.tell(key, told=gap_told(result, words.lang)) if known else words[key]
    elif result.status == "optimal" and certified and result.certified_gap:
        told = gap_told(result, words.lang, certified=True)
        solver = Words.of(words.lang, "solver").get(result.method, result.method)
        first = words.tell("status_optimal_by", solver=solver, told=told)
    else:
        first = words[f"status_{result.status}"]
    more = [words[f"limit_{result.limit}"]] if result.limit else []
    if result.status == "infeasible":
        more.append(words["infeasible_help"])
    return (first, *more)


def _traps(facts: Facts, words: Words) -> list[str]:
    """A word at the head where a warning changes what the figures mean."""
    some = any(isinstance(told, Notice) and told.key in TRAPS for told in facts.warnings)
    return [words["traps"]] if some else []


def _figures(result: Result, problem: Problem, facts: Facts, words: Words) -> tuple[Figure, ...]:
    lives = float(everybody(problem).sum() / problem.person_units)
    people = Figure(
        words["people_in_all"],
        number(lives),
        words["demand_points"].format(n=number(problem.n_points)),
        lives,
    )
    bound = Figure(words["bound"], number(result.bound), "", result.bound)
    if result.plan is None:
        return (people, bound)
    spent, total = result.plan.budget.spent, money_in_all(result, problem)
    of = words["of_budget"].format(total=number(total)) if total is not None else words["no_budget"]
    reach = result.plan.in_reach
    return (
        *(() if reach is None else _in_reach(reach, words)),
        people,
        _objective(result, result.plan, words),
        _gap(result, words),
        _opened(result.plan, words),
        Figure(
            words["money_spent"] + words.aside(currency_words(words.lang, facts.currency)),
            number(spent),
            of,
            spent,
        ),
    )


def _gap(result: Result, words: Words) -> Figure:
    """What is left open in the first tier that is not closed; a share of it, or people."""
    told = headline(result)
    name, gaps = words["gap"], Words.of(words.lang, "gap")
    if told is None or (told.gap is None and told.people is None):
        return Figure(name, "–")
    weighted = weighs(result)
    if told.closed:  # and so is every other tier
        return Figure(
            name, gap_short(told.gap, told.people, words.lang, weighted=weighted), gaps["closed"]
        )
    if told.tier is not None and len(result.tiers) > 1:
        name = words.parts((name, words[f"tier_{told.tier}"]))
    if told.gap is None or told.gap > LARGEST:
        return Figure(name, gap_short(None, told.people, words.lang, weighted=weighted))
    note = f"{words['bound']} {number(result.bound)}"
    if len(result.tiers) > 1:
        note = gap_short(None, told.people, words.lang, weighted=weighted)
    said = gap_short(told.gap, told.people, words.lang, weighted=weighted)
    return Figure(name, said, note, told.gap, share=True, exact=True)


def _objective(result: Result, plan: Plan, words: Words) -> Figure:
    """What is optimised; where weights or years make more or less of people, these too."""
    name, note = words[f"objective_{result.model}"], words.get(f"note_{result.model}", "")
    told = people_weighed(result)
    values = {"people": number(float(plan.table["newly_covered"].sum()))}
    if told is not None:
        name = words["objective_weighted"]
        note = words["note_weighted_kept" if told.kept else "note_weighted"]
        values = {"people": number(told.people), "kept": number(told.kept)}
    return Figure(name, number(result.objective), note.format(**values), result.objective)


def _in_reach(reach: InReach, words: Words) -> Iterator[Figure]:
    """Who has every basic format in reach, then people x services; before and after."""
    shares = reach.complete
    if shares is not None:
        note = words["complete_note"].format(
            people=number(reach.complete_after),
            of=number(reach.people),
            before=percent(shares[0]),
            people_before=number(reach.complete_before),
        )
        yield Figure(words["complete"], percent(shares[1]), note, shares[1], share=True)
    before, after = reach.per_person
    note = words["services_note"].format(
        before=number(reach.services_before),
        mean=number(after, 2),
        mean_before=number(before, 2),
    )
    yield Figure(words["services"], number(reach.services_after), note, reach.services_after)


def _opened(plan: Plan, words: Words) -> Figure:
    """Outlets at premises; vehicles and their stops in the note."""
    note = words["at_sites"].format(n=number(plan.fixed["site"].nunique()))
    told = {"kept": words["with_kept"], "improved": words["with_improved"]}
    for name, n in plan.standing.items():
        note += told[name].format(n=number(n))
    if plan.mobile:
        told = {name: number(count) for name, count in plan.mobile.items()}
        note += words["with_vehicles"].format(**told)
    return Figure(words["outlets_opened"], number(len(plan.fixed)), note, len(plan.fixed))


def money_in_all(result: Result, problem: Problem) -> int | None:
    """The total budget, or that of all phases together where each has one; None = unlimited."""
    assert result.plan is not None
    budget = result.plan.budget
    if budget.total is not None:
        return int(budget.total)
    phases = {
        rule.about.phase: int(rule.rhs[0])
        for rule in problem.rules
        if rule.about.key is Key.PHASE_BUDGET
    }
    return sum(phases.values()) if phases.keys() == {*problem.labels.phases} else None


def _warnings(result: Result, problem: Problem, facts: Facts, words: Words) -> tuple[str, ...]:
    told = [words["warn_synthetic"]] if facts.synthetic else []
    told += [
        words.tell(
            "behind",
            format=facts.format(one.format).name,
            group=group_words(words, one.group),
            before=percent(one.before),
            after=percent(one.after),
            all_before=percent(one.all_before),
            all_after=percent(one.all_after),
        )
        for one in facts.behind
    ]
    if facts.detour is not None:
        told.append(words["warn_straight"].format(detour=f"{facts.detour:g}"))
    if facts.placeholder_costs:
        told.append(words["warn_costs"])
    if facts.catalogue:
        told.append(words["warn_marks"])
    rest = [
        warning
        for warning in (*facts.warnings, *result.warnings)
        if not (isinstance(warning, Notice) and warning.key == STRAIGHT_LINES)
    ]
    names = Names(words.lang, facts.names)
    names = replace(names, find_rules=lambda: rules_called(problem, names))
    return (*told, *notices(rest, words.lang, names.sections))


def _coverage(result: Result, facts: Facts, words: Words) -> list[CoverageRow]:
    rows = []
    for format, groups in result.coverage.items():
        fact = facts.format(format)
        for group, people in groups.items():
            rows.append(
                CoverageRow(
                    format,
                    fact.name,
                    words.get(f"tier_{fact.tier}", ""),
                    facts.circle_standards.get((format, _district(group)), fact.standard),
                    group_words(words, group),
                    people.people,
                    people.before,
                    people.after,
                )
            )
    return rows


def _district(group: str) -> str:
    """The circle whose part of a group it is; empty for a whole one."""
    return group.partition("@")[2].partition(f" {TIMES}")[0]


def _site_numbers(result: Result) -> dict[int, int]:
    if result.plan is None:
        return {}
    gain = np.zeros(int(result.plan.sites.max(initial=-1)) + 1)
    np.add.at(gain, result.plan.sites, result.plan.table["newly_covered"].to_numpy(float))
    sites = np.unique(result.plan.sites)
    return {int(s): k + 1 for k, s in enumerate(sites[np.argsort(-gain[sites], kind="stable")])}


def _plan(
    result: Result, problem: Problem, facts: Facts, words: Words, numbers: Mapping[int, int]
) -> list[PlanRow]:
    if result.plan is None:
        return []
    table, names = result.plan.table.to_dict("records"), Names(words.lang, facts.names)
    rows = [
        PlanRow(
            numbers[int(site)],
            str(row["site"]),
            str(row["format"]),
            facts.format(str(row["format"])).name,
            _size(row, words),
            _action(row, words),
            _text(row["phase"]),
            _text(row["district"]),
            int(row["cost"]),
            int(row["area_m2"]),
            None if row["action"] == Action.VEHICLE else float(row["newly_covered"]),
            at,
            int(site),
            facts.actions.get(int(option)),
            why_called(why, float(row["newly_covered"]), names),
            why.cost_per_person,
            why.dearest,
        )
        for at, (site, option, row, why) in enumerate(
            zip(result.plan.sites, result.plan.options, table, result.plan.why, strict=True)
        )
    ]
    return sorted(rows, key=lambda row: (row.no, -(row.newly_covered or 0.0)))


def _size(row: Mapping[Hashable, Any], words: Words) -> str:
    """What opens has a size; what stands is told by its action."""
    action = Action(row["action"])
    if action.stands or action is Action.MOVE:
        return ""
    return words.get(f"size_{row['size']}", str(row["size"]))


def _action(row: Mapping[Hashable, Any], words: Words) -> str:
    action = Action(row["action"])
    if action is Action.KEEP and isinstance(row["until"], str):
        return words["action_keep_through"].format(phase=row["until"])
    if action is Action.MOVE:
        return words["action_move_from"].format(outlet=row["outlet"])
    return words[f"action_{action}"]


def _text(value: Any) -> str:
    """Empty for what is missing (None, or NaN after a table was read back)."""
    missing = value is None or (isinstance(value, float) and np.isnan(value))
    return "" if missing else str(value)


def _rules(result: Result, facts: Facts, words: Words) -> list[RuleRow]:
    names = {id: format.name for id, format in facts.formats.items()}
    rows = []
    for rule in () if result.plan is None else result.plan.rules:
        if rule.kind is RuleKind.CALLS and not rule.limit:
            continue  # no vehicle is bought: the line of the fleet tells it
        share, binding_rows = rule.unit == "share", rule.binding_rows
        amount, times = percent if share else number, 100 if share else 1
        counts = rule.counts and not binding_rows  # sums over places that share nothing say nothing
        rows.append(
            RuleRow(
                rule_words(words, rule.rule, rule.about, names, rule.row),
                ("≥ " * (rule.sense == ">=") + amount(rule.limit)) if counts else "",
                amount(rule.used) if counts else "",
                words[f"state_{rule.state or (DECIDES if rule.binds else SLACK)}"],
                rule.binds,
                words.parts(
                    text
                    for text in (
                        words["binding_rows"].format(n=binding_rows) if binding_rows else "",
                        rule.reason,
                    )
                    if text
                ),
                times * rule.limit if counts else None,
                times * rule.used if counts else None,
                "%" if share else Words.of(words.lang, "unit").get(rule.unit, ""),
            )
        )
    return sorted(rows, key=lambda row: not row.binds)


def _tiers(result: Result, words: Words) -> list[tuple[Cell, ...]]:
    return [
        (
            words[f"tier_{tier}"],
            (objective := result.tiers[tier]["objective"]),
            bound if proves(objective, bound := result.tiers[tier]["bound"]) else None,
            _open(one, weighs(result), words),
        )
        for one in open_gaps(result)
        if (tier := one.tier) is not None
    ]


def _open(one: Headline, weighted: bool, words: Words) -> Cell:
    """A gap as a figure where it is a share that is told as one, else in words."""
    if one.gap is not None and one.gap <= LARGEST:
        return Exact(one.gap)
    return gap_short(one.gap, one.people, words.lang, weighted=weighted)


def _run(result: Result, words: Words) -> list[tuple[str, Cell]]:
    rows: list[tuple[str, Cell]] = [
        (words["run_model"], Words.of(words.lang, "model")[result.model]),
        (words["run_method"], method_words(words.lang, result.method)),
        (words["run_order"], words[f"order_{result.order}"]),
        (words["run_seed"], result.seed),
        (words["run_threads"], result.threads),
    ]
    if result.bound_proof:
        rows.append((words["run_proof"], words[f"proof_{result.bound_proof}"]))
    if result.certified_bound is not None and result.objective is not None:
        rows.append((words["certified_alone"], gap_told(result, words.lang, certified=True)))
    if result.timings and not timeless():
        stages = Words.of(words.lang, "progress")
        told = words.listed(
            f"{stages.get(f'stage.{stage}', stage)} {seconds:.1f}"
            for stage, seconds in result.timings.items()
        )
        rows.append((words["run_seconds"], told))
    return rows
