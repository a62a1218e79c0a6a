"""Does the plan survive? The same question under other walking speeds, people and premises."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.analysis.arguments import problem_of
from siting.analysis.studies.constraints import without_options
from siting.analysis.studies.explain import lost_if_dropped
from siting.analysis.study import Study
from siting.notice import Notice
from siting.problem import Action, Place, Problem, RuleKind
from siting.problem.vehicles import fleet, site_kinds
from siting.result import Plan, Result
from siting.solving.warm_start import from_table
from siting.verification.evaluation import evaluate

if TYPE_CHECKING:
    import pandas as pd

    from siting.scenario import Scenario

SLOWER = (0.9, 0.8)
FASTER = (1.1,)
GROWTH = 1.2
LOST_SHARE = 0.1
LOST_DRAWS = 2
MOST_DISTRICTS = 3
MOST_SITES = 3


@dataclass(frozen=True)
class Case:
    """One changed world."""

    name: str
    """As ``robustness.case`` of the catalogue tells it, with its figure: "slower 0.9", "lost 1"."""
    problem: Problem


@dataclass(frozen=True)
class Outcome:
    """What the plan is worth in a case, and what the best plan of the case is."""

    name: str
    kept: float | None
    """The base plan's objective in this case; of what can still open."""
    broken: tuple[str, ...]
    """Rules that the base plan breaks in this case."""
    best: Result
    kept_tiers: Mapping[str, float] = field(default_factory=dict)
    """The base plan's objective of each tier, where tiers are optimised one after the other."""

    @property
    def compared(self) -> tuple[str | None, float | None, float | None]:
        """(tier, the base plan's figure, the best plan's): in all, or of the first tier that
        differs, where the best plan may have fewer people in all."""
        for tier, kept in self.kept_tiers.items():
            best = self.best.tiers[tier]["objective"]
            if best and abs(kept - best) > 1e-9 * best:
                return tier, kept, best
        return None, self.kept, self.best.objective

    @property
    def regret(self) -> float | None:
        """What is lost by staying with the base plan, a part of the case's best; at least so much
        where that is only the best that was found."""
        _, kept, best = self.compared
        return None if kept is None or not best else 1.0 - kept / best


@dataclass(frozen=True)
class Robustness:
    """All cases, and how often each site of the base plan is chosen over base and cases."""

    base: Result
    outcomes: tuple[Outcome, ...]
    chosen: Mapping[str, int]
    """Site -> number of best plans (base included) that open it; stops and vehicles too."""
    possible: Mapping[str, int]
    """Site -> number of best plans (base included) of the cases in which it can be had."""
    kinds: Mapping[str, str]
    """Site -> one of ``vehicles.KINDS``."""
    left_out: tuple[str, ...] = ()
    """Cases that were interrupted: the little that was searched of them would favour the base
    plan, from which each search starts."""

    @property
    def proven(self) -> bool:
        """Whether each case's plan is proven best; else they are the best that were found."""
        return all(outcome.best.status == "optimal" for outcome in self.outcomes)

    @property
    def survivors(self) -> tuple[str, ...]:
        """Sites of the base plan that the best plan opens in every case in which they can be had.

        A case that a site is lost in says nothing of it, nor does one in which no plan was found;
        a site must have been put to at least one case.
        """
        return tuple(
            site for site, times in self.chosen.items() if times == self.possible[site] > 1
        )

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a case: the base plan's objective in it, that of its best plan and its bound,
        the share lost by staying with the base plan, and the rules that this breaks."""
        import pandas as pd

        rows = [
            (o.name, o.kept, o.best.objective, o.best.bound, o.regret, "; ".join(o.broken))
            for o in self.outcomes
        ]
        names = ("case", "kept_plan", "best_plan", "bound", "regret", "broken")
        return pd.DataFrame(rows, columns=names)


def grown(problem: Problem, factor: float, district: int | None = None) -> Problem:
    """``factor`` times the people (of one district), rounded to whole units of ``persons``."""
    inside = np.ones(problem.n_points, np.bool_)
    if district is not None and problem.point_district is not None:
        inside = problem.point_district == district
    more = np.floor(problem.persons * factor + 0.5).astype(np.int64)
    return problem.replace(persons=np.where(inside, more, problem.persons))


def lost(problem: Problem, sites: Sequence[int]) -> Problem:
    """Nothing may open at these sites."""
    mask = np.isin(problem.options.site, np.asarray(sites, np.int64))
    return without_options(problem, "lost premises", mask)


def usual_cases(problem: Problem, base: Result, seed: int = 0) -> list[Case]:
    """Growing districts, the most important sites lost, a tenth of all lost."""
    problem = problem.under(base.spec)
    kinds = site_kinds(problem)
    cases: list[Case] = []
    if problem.point_district is not None:
        inside = [
            int(problem.persons[:, problem.point_district == d].sum())
            for d in range(len(problem.labels.districts))
        ]
        for d in sorted(range(len(inside)), key=lambda d: (-inside[d], d))[:MOST_DISTRICTS]:
            name = f"growth {problem.labels.districts[d]} {GROWTH:g}"
            cases.append(Case(name, grown(problem, GROWTH, d)))
    if base.options is not None and len(base.options):
        by_site: dict[int, float] = {}
        for option, people in zip(
            base.options.tolist(), lost_if_dropped(problem, base.options), strict=True
        ):
            site = int(problem.options.site[option])
            by_site[site] = by_site.get(site, 0.0) + float(people)
        places = [s for s in by_site if kinds[s] in (Place.PREMISES, Place.STOP)]
        for site in sorted(places, key=lambda s: (-by_site[s], s))[:MOST_SITES]:
            name = f"{'lost_stop' if kinds[site] == Place.STOP else 'lost'} {problem.site_id(site)}"
            cases.append(Case(name, lost(problem, [site])))
        cases += _a_vehicle_less(problem, base.options)
    rng = np.random.default_rng(seed)
    every = np.unique(problem.options.site)
    every = every[np.isin(kinds[every], (Place.PREMISES, Place.STOP))]
    for draw in range(LOST_DRAWS if len(every) >= 10 else 0):
        gone = rng.choice(every, max(1, int(LOST_SHARE * len(every))), replace=False)
        cases.append(Case(f"lost {LOST_SHARE:.0%} #{draw + 1}", lost(problem, gone.tolist())))
    return cases


def _a_vehicle_less(problem: Problem, options: NDArray[np.int64]) -> list[Case]:
    """Of each mobile unit in the plan: its last vehicle cannot be had."""
    cases = []
    for rule in problem.rules:
        if rule.kind is RuleKind.CALLS:
            mine = np.intersect1d(fleet(problem, rule), problem.options.site[options])
            if len(mine):
                site = int(mine[-1])
                name = f"lost_vehicle {problem.site_id(site)}"
                cases.append(Case(name, lost(problem, [site])))
    return cases


def speed_cases(scenario: Scenario) -> list[Case]:
    """Everybody walks slower or faster: only standards in minutes change with it."""
    return [
        Case(f"{name} {factor:g}", scenario.at_speed(factor))
        for name, factors in (("slower", SLOWER), ("faster", FASTER))
        for factor in factors
    ]


def own_cases(scenario: Scenario, changes: Mapping[str, str]) -> list[Case]:
    """The planner's own changes.

    Args:
        changes: name of a case -> ``KEY=VALUE`` laid over the scenario, for instance a network
            with a crossing closed, or a variant of the travel speeds.
    """
    return [Case(name, scenario.changed((text,)).problem()) for name, text in changes.items()]


def scenario_cases(
    scenario: Scenario, own: Mapping[str, str] | None = None, seed: int = 0
) -> Callable[[Result], list[Case]]:
    """What makes the cases of a scenario once the base plan is known: other walking speeds, the
    usual ones and the planner's own.

    Args:
        own: name of a case -> ``KEY=VALUE``, as of :func:`own_cases`.
        seed: of the premises that are drawn to be lost.

    Raises:
        InputError: a change that the scenario cannot take.
    """
    walked, asked = speed_cases(scenario), own_cases(scenario, own or {})
    problem = scenario.problem()
    return lambda base: [*walked, *usual_cases(problem, base, seed), *asked]


def robustness(
    asked: Problem | Scenario,
    cases: Sequence[Case] | Callable[[Result], Sequence[Case]] | None = None,
    plan: Plan | None = None,
    study: Study | None = None,
) -> Robustness:
    """Solve every case anew and judge the base plan in each, until interrupted.

    Args:
        asked: a problem, or a scenario, whose walking speeds can be changed too.
        cases: the changed worlds, or what makes them once the base plan is known; None = growing
            districts and lost premises, of a scenario also other walking speeds.
        plan: the base plan; default: the best plan of the problem.
        study: settings; its time is for all cases together.

    Returns:
        Each case with the base plan's worth in it and its best plan, and which sites of the base
        plan survive.

    Raises:
        InputError: faults of the scenario.
    """
    study = study or Study()
    problem = problem_of(asked)
    if cases is None:
        if isinstance(asked, Problem):
            seed = study.seed
            cases = lambda base: usual_cases(problem, base, seed)  # noqa: E731
        else:
            cases = scenario_cases(asked, seed=study.seed)
    base = study.solve(problem, plan, rest=8)
    if plan is not None:
        base = replace(base, plan=plan)
    worlds = list(cases(base) if callable(cases) else cases)
    outcomes: list[Outcome] = []
    possible: dict[str, int] = {}
    times: dict[str, int] = {}
    kinds: dict[str, str] = {}
    if base.plan is not None:
        table = base.plan.table
        times = dict.fromkeys(sorted(set(table["site"])), 1)
        possible = dict(times)
        of_plan = zip(table["site"], table["action"], strict=True)
        kinds = {site: Action(action).place for site, action in of_plan}
    for at, case in enumerate(worlds):
        if study.interrupted:
            break
        kept, broken, start = None, tuple[str, ...](), None
        tiers: dict[str, float] = {}
        changed = case.problem.under(base.spec)
        if base.plan is not None:
            options, gone = from_table(changed, base.plan.table)
            options = still_served(changed, _still_open(changed, options))
            judged = evaluate(changed, options, base.spec)
            kept, broken, start = judged.objective, (*gone, *judged.violations), options
            tiers = {tier: float(value) for tier, value in judged.tiers.items()}
        best = study.solve(
            changed,
            start,
            rest=len(worlds) - at,
            note=Notice("progress.case", k=at + 1, n=len(worlds)),
        )
        if best.limit == "interrupt":
            break
        in_order = tiers if len(best.tiers) > 1 else {}
        outcomes.append(Outcome(case.name, kept, broken, best, in_order))
        if best.plan is not None:
            for site in to_be_had(changed) & set(times):
                possible[site] += 1
            for site in set(best.plan.table["site"]) & set(times):
                times[site] += 1
    left_out = tuple(case.name for case in worlds[len(outcomes) :])
    return Robustness(base, tuple(outcomes), times, possible, kinds, left_out)


def still_served(problem: Problem, options: NDArray[np.int64]) -> NDArray[np.int64]:
    """A plan without the stops that its vehicles have no call left for: those go first who are
    missed least for the calls they take."""
    for rule in problem.rules:
        if rule.kind is not RuleKind.CALLS:
            continue
        while ((over := rule.options[:, options].sum(axis=1) - rule.rhs) > 0).any():
            row = int(np.argmax(over > 0))
            calls = rule.options[[row], :][:, options].toarray()[0]
            missed = lost_if_dropped(problem, options) / np.maximum(calls, 1)
            options = np.delete(options, np.argmin(np.where(calls > 0, missed, np.inf)))
    return options


def to_be_had(problem: Problem) -> set[str]:
    """Sites at which something may open: those with an option that no ``forbid`` rule closes."""
    options = _still_open(problem, np.arange(problem.n_options))
    return {problem.site_id(int(site)) for site in np.unique(problem.options.site[options])}


def _still_open(problem: Problem, options: NDArray[np.int64]) -> NDArray[np.int64]:
    """Options that no ``forbid`` rule closes."""
    closed = np.zeros(problem.n_options, np.bool_)
    for rule in problem.rules:
        if rule.kind is RuleKind.FORBID:
            closed[rule.options.indices] = True
    return options[~closed[options]]
