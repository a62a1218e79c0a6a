"""Phases: the joint plan beside the greedy ordering, which buys what is best phase by phase.

Greedy: phase after phase, what opened before is kept, nothing of later phases is thought of, and
people of later phases do not count. What a plan owes in the end (required sites, least floor) is
asked of it in the last phase only; minimum coverages in their own. What stands today stays, moves
or closes phase by phase: that it has stayed so far binds nobody later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.analysis.arguments import problem_of
from siting.analysis.studies.constraints import keep, with_rule, without_options
from siting.analysis.study import Study
from siting.errors import ArgumentError
from siting.models.traits import traits_of
from siting.notice import Notice
from siting.problem import FOREVER, Action, Problem, RuleKind
from siting.problem.vehicles import opened
from siting.result import Result
from siting.verification.evaluation import Evaluation, evaluate

if TYPE_CHECKING:
    import pandas as pd

    from siting.scenario import Scenario

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Ordering:
    """What the greedy ordering comes to."""

    joint: Evaluation
    greedy: Evaluation | None
    """None where it could not be told to the end."""
    stuck_in: str | None = None
    """The phase in which no plan keeps the rules after the earlier purchases."""
    cut_in: str | None = None
    """The phase in which the time, or somebody, ended the search for a plan."""
    proven: bool = False
    """Whether each purchase was proven best of its phase; else it is the best that was found."""
    problem: Problem = field(kw_only=True, repr=False)

    @property
    def lost(self) -> float | None:
        """Objective that the greedy ordering has less than the joint plan."""
        return None if self.greedy is None else self.joint.objective - self.greedy.objective

    @property
    def by_tier(self) -> dict[str, float]:
        """The same tier by tier, where tiers are served one after the other; else empty."""
        if self.greedy is None or self.joint.spec.order != "tiers" or len(self.joint.tiers) < 2:
            return {}
        return {t: float(own - self.greedy.tiers[t]) for t, own in self.joint.tiers.items()}

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a phase and ordering: ``phase``, ``ordering`` (joint or greedy), what opens, the
        money spent (currency units) and the weighted people gained."""
        import pandas as pd

        names = self.problem.labels.phases
        return pd.DataFrame(
            {"phase": name, "ordering": ordering, **told}
            for ordering, judged in (("joint", self.joint), ("greedy", self.greedy))
            if judged is not None
            for name, told in zip(names, by_phase(self.problem, judged), strict=True)
        )


def phases(asked: Problem | Scenario, result: Result, study: Study | None = None) -> Ordering:
    """The greedy ordering of a problem with phases, judged beside a plan for all of them.

    Args:
        asked: a problem with two phases at least, or the scenario of one.
        result: the joint plan, of this problem; model max_cover.
        study: settings; its time is for all phases together.

    Raises:
        ArgumentError: one phase only, another model, or a result without a plan.
    """
    problem = problem_of(asked)
    if problem.n_phases < 2 or traits_of(result.model).counts != "reach" or result.options is None:
        raise ArgumentError(Notice("fault.ordering_needs"))
    study = study or Study()
    problem = problem.under(result.spec)
    joint = evaluate(problem, result.options)
    bought, proven = np.zeros(0, np.int64), True
    for k, phase in enumerate(problem.labels.phases):
        found = study.solve(of_phase(problem, k, bought), rest=problem.n_phases - k, note=phase)
        if found.status == "infeasible":
            return Ordering(joint, None, stuck_in=phase, problem=problem)
        if found.options is None or study.interrupted:
            return Ordering(joint, None, cut_in=phase, problem=problem)
        bought, proven = found.options, proven and found.status == "optimal"
    return Ordering(joint, evaluate(problem, bought), proven=proven, problem=problem)


def of_phase(problem: Problem, k: int, bought: Ints) -> Problem:
    """What a planner sees who thinks of phase ``k`` only and has bought options before."""
    o, last = problem.options, k == problem.n_phases - 1
    stays = problem.acting(Action.KEEP) & (o.last == FOREVER)
    leaves = o.last < problem.n_phases - 1
    closed = (o.phase > k) | (leaves & (o.last != k - 1))
    earlier = (o.phase < k) & ~stays & ~leaves
    bought = bought[~stays[bought]]
    closed[bought] = earlier[bought] = False
    targets = tuple(t if t.phase <= k else replace(t, weight_micro=0) for t in problem.targets)
    seen = problem.replace(
        targets=targets,
        rules=tuple(
            r for r in problem.rules if last or r.sense == "<=" or r.kind is RuleKind.STAYS
        ),
        min_coverage=tuple(m for m in problem.min_coverage if targets[m.targets[0]].phase <= k),
    )
    seen = without_options(seen, f"not in {problem.labels.phases[k]}", closed | earlier)
    return with_rule(seen, keep(seen, "bought before", bought)) if len(bought) else seen


def by_phase(problem: Problem, judged: Evaluation) -> list[Mapping[str, float]]:
    """What opens (outlets; stops and vehicles apart), the money spent and the weighted people
    reached (existing outlets' too), phase by phase."""
    o = problem.options
    told: list[Mapping[str, float]] = []
    earlier = 0
    for k in range(problem.n_phases):
        spent = evaluate(problem, judged.options[o.phase[judged.options] <= k]).cost
        reached = sum(
            (line.after - line.before) * problem.targets[line.target].weight_micro
            for line in judged.targets
            if problem.targets[line.target].phase == k
        )
        told.append(
            {
                **opened(problem, judged.options[o.phase[judged.options] == k]),
                "spent": spent - earlier,
                "gained": reached / problem.person_units / 10**6,
            }
        )
        earlier = spent
    return told
