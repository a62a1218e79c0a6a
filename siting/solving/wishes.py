"""Wishes: rules that a plan keeps where that costs nothing, or no more than each may cost.

Wishes come after the objective, as a tier of their own (lexicographic, in the order of the file):
the best plan is found as if there were none; then each wish in turn is made a rule beside those
already kept, the same method solves again, and its plan is taken where that holds of every tier at
least ``1 - give_up`` of what was reached before. Where the method proves its plans and nothing may
be given up, a wish is so kept exactly where some best plan keeps it, and never by outlets that
serve nobody more. What is proven of the objective is proven of all plans, with wishes or without,
and stays.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from siting.models.traits import traits_of
from siting.notice import Notice
from siting.problem import Objective, Problem, Wish
from siting.problem.solution import Solution
from siting.progress import Progress, Stop
from siting.solving.dispatch import Request, run
from siting.verification.evaluation import Evaluation, evaluate

MAIN_SHARE = 0.7
"""Of the time, for the best plan without wishes; what it leaves over they have."""


def before_wishes(problem: Problem, stop: Stop) -> Stop:
    """The limits of the best plan where wishes come after it."""
    if not problem.wishes or stop.time_limit is None:
        return stop
    return replace(stop, time_limit=MAIN_SHARE * stop.time_limit)


def with_wishes(
    method: str, request: Request, stop: Stop, solution: Solution
) -> tuple[Solution, tuple[Notice, ...]]:
    """A solution that keeps what can be kept of ``request.problem.wishes``, and what of each is to
    be told.

    Args:
        method: solves with each wish.
        stop: the limits of the whole run.
        solution: the best plan without wishes.
    """
    asked, spec = request.problem, request.objective
    if not asked.wishes or solution.options is None:
        return solution, ()
    bare = asked.replace(wishes=())
    held, now = bare, evaluate(bare, solution.options, spec)
    told: list[Notice] = []

    def tell(key: str, wish: Wish, after: Evaluation | None = None, **values: object) -> None:
        about = wish.rule.about
        if after is not None:
            values["loss"] = abs(float(now.exact - after.exact))
        told.append(Notice(key, circle=about.district, form=about.part, **values))

    for k, wish in enumerate(asked.wishes):
        wished = held.replace(rules=(*held.rules, wish.rule))
        same = evaluate(wished, now.options, spec)
        if same.feasible:
            held, now = wished, same
            tell("wish.kept", wish)
            continue
        if stop():
            tell("wish.untried", wish)
            continue
        found = run(method, _quiet(request, wished, now, stop, len(asked.wishes) - k))
        if found.options is None:
            tell("wish.impossible" if found.status == "infeasible" else "wish.untried", wish)
            continue
        after = evaluate(wished, found.options, spec)
        # A wish is no rule that could ask for an outlet which serves nobody more.
        if len(evaluate(bare, found.options, spec).useless):
            tell("wish.idle", wish)
        elif after.feasible and _holds(spec, now, after, wish.give_up):
            tell("wish.kept_for" if after.exact != now.exact else "wish.kept", wish, after)
            held, now = wished, after
        else:
            tell("wish.costs", wish, after, proven=found.status == "optimal")
    if now.options.tolist() == solution.options.tolist():
        return solution, tuple(told)
    return replace(solution, options=now.options, objective=now.objective), tuple(told)


def _quiet(request: Request, problem: Problem, now: Evaluation, stop: Stop, rest: int) -> Request:
    """The same with a wish among the rules, within its part of what is left; its news are not
    those of the run, whose plans need not keep the wish."""
    limit = None
    if stop.time_limit is not None:
        limit = stop.seconds + stop.seconds_left / rest
    listener = request.listener
    listener(Progress(stop.seconds, "wish", now.objective))
    return replace(
        request,
        problem=problem,
        stop=replace(stop, time_limit=limit, work=0, reached=None),
        begin=now.options,
        listener=lambda news: None,
        write=(),
        tiling=None,
    )


def _holds(spec: Objective, before: Evaluation, after: Evaluation, give_up: Fraction) -> bool:
    """Whether what was reached is held, tier by tier where tiers come one after the other."""
    if traits_of(spec.model).minimised:
        return after.exact <= before.exact * (1 + give_up)
    kept = 1 - give_up
    if spec.order == "tiers" and before.tiers:
        return all(after.tiers[t] >= kept * reached for t, reached in before.tiers.items())
    return after.exact >= kept * before.exact
