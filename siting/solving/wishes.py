"""Wishes: rules that a plan keeps where that costs nothing, or no more than each may cost.

Wishes come after the objective, as a tier of their own (lexicographic, in the order of the file):
the best plan is found as if there were none; then each wish in turn is made a rule, the same method
solves again, and its plan is taken where that holds of every tier at least ``1 - give_up`` of what
was reached before.

A wish is never worth an outlet that serves nobody more. Those of a plan with the wish are taken out
of it; where what is left has lost the form, the plan is sought once more without them. A form of
street blocks is made where at least half of what opens lies in blocks, as the form of a circle is
measured (``siting/analysis/kpis/form.py``), though the rule asks it of everything: so a few outlets
that serve people elsewhere do not spoil it. What was made of a wish stays in the plans of the
wishes after it. What is proven of the objective is proven of all plans, with wishes or without, and
stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.models.traits import traits_of
from siting.notice import Notice
from siting.problem import TIERS, Objective, Problem, Rule, Wish
from siting.problem.solution import Certificate, Solution
from siting.progress import Progress, Stop
from siting.solving.dispatch import Request, run
from siting.verification.evaluation import Evaluation, evaluate

Ints = NDArray[np.int64]
MAIN_SHARE = 0.7
"""Of the time, for the best plan without wishes; what it leaves over they have."""
ATTEMPTS = 3
"""Plans that are sought for a wish, each without the idle outlets of those before."""


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
    asked = request.problem
    if not asked.wishes or solution.options is None:
        return solution, ()
    bare = asked.replace(wishes=())
    now = evaluate(bare, solution.options, request.objective)
    told, kept = [], list[Rule]()
    for k, wish in enumerate(asked.wishes):
        held = bare.replace(rules=(*bare.rules, *kept))
        seeking = _Seeking(method, request, stop, bare, held, now)
        found = seeking.of(wish, len(asked.wishes) - k)
        told.append(found.notice)
        if found.plan is not None:
            now = found.plan
            kept.append(stays(wish, now.options))
    if now.options.tolist() == solution.options.tolist():
        return solution, tuple(told)
    taken = replace(solution, options=now.options, objective=now.objective)
    return _still_proven(taken, now), tuple(told)


def _still_proven(solution: Solution, now: Evaluation) -> Solution:
    """Without what was proven of a later tier alone for plans that reach more of the earlier ones
    than this one does: nobody could check it by this plan."""

    def stands(certificate: Certificate) -> bool:
        if certificate.held is None or certificate.tier not in TIERS:
            return True
        earlier = TIERS[: TIERS.index(certificate.tier)]
        reached = sum((now.tiers.get(tier, Fraction(0)) for tier in earlier), Fraction(0))
        return certificate.held * now.unit <= reached

    kept = tuple(one for one in solution.certificates if stands(one))
    if len(kept) == len(solution.certificates):
        return solution
    lost = {one.tier for one in solution.certificates} - {one.tier for one in kept}
    bounds = {tier: b for tier, b in solution.tier_bounds.items() if tier not in lost}
    return replace(solution, certificates=kept, tier_bounds=bounds, held=None)


@dataclass(frozen=True)
class Made:
    """How much of what a wish is of has the form wished for."""

    having: Ints
    """Options of the plan that have it."""
    by: Ints
    """Options of the plan by which they have it."""
    others: Ints
    """Options of the plan that the wish is of too, and that have it not."""

    @property
    def kept(self) -> bool:
        """Whether at least half has it."""
        return len(self.having) >= len(self.others)


PARTLY = {"wish.kept": "wish.kept_partly", "wish.kept_for": "wish.kept_for_partly"}
"""Notice of a wish that is made: of one that a part of what opens makes."""
NOTHING_OF_IT = np.zeros(0, np.int64)


def made(wish: Wish, options: Ints) -> Made:
    """What a plan makes of a wish: of one that is of single outlets those whose row is kept, and
    their neighbours; any other is made as a whole or not at all.

    Args:
        options: of the plan.
    """
    matrix, rhs = wish.rule.options, wish.rule.rhs
    x = np.zeros(matrix.shape[1], np.int64)
    x[options] = 1
    good = matrix @ x <= rhs if wish.rule.sense == "<=" else matrix @ x >= rhs
    if not len(wish.of):
        every = np.asarray(options, np.int64)
        whole, none = (every, NOTHING_OF_IT) if good.all() else (NOTHING_OF_IT, every)
        return Made(whole, whole, none)
    mine = np.flatnonzero(x[wish.of])
    kept = matrix[mine[good[mine]]].tocoo()
    near = kept.col[(kept.data < 0) & (x[kept.col] > 0)]
    by = np.union1d(wish.of[mine[good[mine]]], near).astype(np.int64)
    having = np.intersect1d(by, wish.of)
    return Made(having, by, np.setdiff1d(wish.of[mine], having))


def stays(wish: Wish, options: Ints) -> Rule:
    """What was made of a wish, as a rule of the plans that come after.

    Of one that is of single outlets: x[o] >= 1 of all by which it is made, and of the rest no more
    than have it, -Σ x >= -n.
    """
    if not len(wish.of):
        return wish.rule
    form = made(wish, options)
    rest = np.setdiff1d(wish.of, form.having)
    n, size = len(form.by), wish.rule.options.shape[1]
    rows = np.concatenate([np.arange(n), np.full(len(rest), n)])
    columns, value = np.concatenate([form.by, rest]), np.repeat([1, -1], [n, len(rest)])
    matrix = csr_array((value.astype(np.int64), (rows, columns)), shape=(n + 1, size))
    rhs = np.append(np.ones(n, np.int64), -len(form.having))
    return replace(wish.rule, sense=">=", options=matrix, rhs=rhs)


def shut(wish: Wish, closed: Ints) -> Rule:
    """Options that stay closed: Σ x <= 0."""
    n, size = len(closed), wish.rule.options.shape[1]
    matrix = csr_array((np.ones(n, np.int64), (np.zeros(n, np.int64), closed)), shape=(1, size))
    return replace(wish.rule, sense="<=", options=matrix, rhs=np.zeros(1, np.int64))


@dataclass(frozen=True)
class _Found:
    """What became of a wish; the plan that it made, None = the plan stays as it was."""

    notice: Notice
    plan: Evaluation | None = None


@dataclass(frozen=True)
class _Seeking:
    """Seeks a plan for one wish."""

    method: str
    request: Request
    stop: Stop
    bare: Problem
    """Without any wish."""
    held: Problem
    """With what was made of the wishes before."""
    now: Evaluation
    """The best plan so far."""

    def of(self, wish: Wish, rest: int) -> _Found:
        """The plan, and what is told.

        Args:
            rest: wishes that are still to be looked at, this one among them.
        """
        if made(wish, self.now.options).kept:
            return _Found(self.told("wish.kept", wish, self.now), self.now)
        fate, last = "wish.untried", None
        for after, proven in self.plans(wish, rest):
            if after is None:
                none = "wish.impossible_for_all" if len(wish.of) else "wish.impossible"
                return _Found(self.told(none if proven else "wish.untried", wish))
            if not self.holds(after, wish.give_up):
                if last is not None:
                    break  # what idle outlets make costs less, what is made without them too much
                # Of street blocks the rule asks more than the wish: a plan may cost less.
                sure = proven and not len(wish.of)
                return _Found(self.told("wish.costs", wish, after, proven=sure))
            if made(wish, after.options).kept and not self.idle(after):
                free = after.exact == self.now.exact
                key = "wish.kept" if free else "wish.kept_for"
                return _Found(self.told(key, wish, after), after)
            fate, last = "wish.idle", after
        return _Found(self.told(fate, wish, last))

    def plans(self, wish: Wish, rest: int) -> Iterator[tuple[Evaluation | None, bool]]:
        """The best plan with the wish as a rule and then without what was idle, again without the
        idle outlets of those before; whether each is proven best. None: there is no such plan, or,
        where that is not proven, none was found."""
        rules, closed = (*self.held.rules, wish.rule), NOTHING_OF_IT
        for attempt in range(ATTEMPTS):
            if self.stop():
                return
            asked = rules if attempt == 0 else (*rules, shut(wish, closed))
            found = run(self.method, self.quiet(self.held.replace(rules=asked), rest))
            if found.options is None:
                # Without the idle outlets there is no plan: the wish was not to be had otherwise.
                if attempt == 0:
                    yield None, found.status == "infeasible"
                return
            after, idle = self.pruned(np.asarray(found.options, np.int64))
            yield after, found.status == "optimal" and attempt == 0
            closed = np.union1d(closed, idle)

    def pruned(self, options: Ints) -> tuple[Evaluation, Ints]:
        """A plan without the outlets that serve nobody more, and those."""
        idle = NOTHING_OF_IT
        after = evaluate(self.held, options, self.request.objective)
        while len(after.useless):
            idle = np.union1d(idle, after.useless)
            left = np.setdiff1d(after.options, after.useless)
            after = evaluate(self.held, left, self.request.objective)
        return after, idle

    def idle(self, after: Evaluation) -> bool:
        """Whether anything opens for the sake of an earlier wish alone."""
        return len(evaluate(self.bare, after.options, self.request.objective).useless) > 0

    def quiet(self, problem: Problem, rest: int) -> Request:
        """The same with a wish among the rules, within its part of what is left; its news are not
        those of the run, whose plans need not keep the wish."""
        stop, limit = self.stop, None
        if stop.time_limit is not None:
            limit = stop.seconds + stop.seconds_left / rest
        self.request.listener(Progress(stop.seconds, "wish", self.now.objective))
        return replace(
            self.request,
            problem=problem,
            stop=replace(stop, time_limit=limit, work=0, reached=None),
            begin=self.now.options,
            listener=lambda news: None,
            write=(),
            tiling=None,
        )

    def holds(self, after: Evaluation, give_up: Fraction) -> bool:
        """Whether the rules are kept and what was reached is held, tier by tier where tiers come
        one after the other."""
        spec, before = self.request.objective, self.now
        return after.feasible and _reaches(spec, before, after, give_up)

    def told(
        self, key: str, wish: Wish, after: Evaluation | None = None, **values: object
    ) -> Notice:
        """What became of a wish; of a plan that makes a part of it alone, how much."""
        about = wish.rule.about
        if after is not None:
            values["loss"] = abs(float(self.now.exact - after.exact))
            form = made(wish, after.options)
            if key in PARTLY and len(form.having) and len(form.others):
                n = len(form.having)
                key, values["n"], values["all"] = PARTLY[key], n, n + len(form.others)
        return Notice(key, circle=about.district, form=about.part, **values)


def _reaches(spec: Objective, before: Evaluation, after: Evaluation, give_up: Fraction) -> bool:
    if traits_of(spec.model).minimised:
        return after.exact <= before.exact * (1 + give_up)
    kept = 1 - give_up
    if spec.order == "tiers" and before.tiers:
        return all(after.tiers[t] >= kept * reached for t, reached in before.tiers.items())
    return after.exact >= kept * before.exact
