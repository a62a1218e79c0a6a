"""Which method leads on a problem: HiGHS where it should prove, the city engine otherwise.

Where the clock ends a run of ``auto`` and both can solve the problem, the other one runs beside the
leading one (:mod:`siting.solving.race`, within capacity :mod:`siting.solving.beside`): what is said
here is where to begin, not what comes out. Without a clock the leading one runs alone, and the same
seed gives the same plan."""

from __future__ import annotations

import numpy as np

from siting.errors import ArgumentError, nearest
from siting.models.shared.covering import people_to_cover
from siting.models.shared.patterns import merged_entries
from siting.models.traits import Engine, formulated, models_that, traits_of
from siting.notice import Notice
from siting.problem import Objective, Problem
from siting.problem.prefixes import count_in_prefix
from siting.solvers import SOLVERS

METHODS = ("auto", "city", "greedy", *SOLVERS)

FEW_OPTIONS = 200
"""With so few options many people share one pattern, and the reduced model stays small."""
MANY_PEOPLE = 100_000
"""With few options and so many people to win, nearly every set of sites is a pattern: 2,700 of 100
sites. Cuts that tell what options are worth then do with 100 columns, in a quarter of HiGHS' time
(one million customers, p = 10: 6.5 s and 27 s)."""
FEW_PEOPLE = 1_500
"""So many (point, target) pairs with people to win make few enough rows."""
LINKS_THAT_CLOSE = 250_000
"""Pairs (option, people it would newly cover), people whom the same options cover as one, up to
which HiGHS proves more than the engine does. Gaps of HiGHS and of the engine in %, after a
minute on one thread of a busy machine:

    Helsinki                            33,318    0 and 1.0
    Porto Alegre                        60,523    0.29 and 1.07
    a city of 5,000 x 500 x 4           65,197    0 and 0, in half of the time
    Manhattan at 400 m, p = 50          80,405    0 and 0.06
    chang-an                           150,119    0.013 and 0.50
    a city of 12,000 x 1,200 x 6       230,757    0.010 and 0.11
    San Francisco at 600 m, p = 60     317,052    23 and 1.0
    chang-an-plan, its basic tier      465,642    39 and 7.8: no linear program was solved in time
    a city of 20,000 x 2,000 x 8       730,337    no plan and 0.5
"""
LINKS_OF_A_TREE = 1_000_000
"""The same, up to which HiGHS runs beside the engine: chang-an-plan's basic tier after a minute of
either, 0.97 % by HiGHS and 6.7 % by the engine. Beyond, its root is not solved in minutes."""
MOST_MERGED = 2
"""Merging left more than one pair in so many on all of these; beyond, it is not tried."""


def check_method(method: str) -> None:
    """Raises ArgumentError for a method that nobody knows; needs no problem, so it can be first."""
    if method not in METHODS:
        hint = nearest(str(method), METHODS)
        raise ArgumentError(
            Notice("fault.unknown", what="method", known=METHODS, word=method, hint=hint)
        )


def check_pair(method: str, model: str) -> None:
    """Raises ArgumentError where a method never solves a model, whatever the problem."""
    traits = traits_of(model)
    lacking = (method == "city" and not traits.engine) or (method == "greedy" and not traits.greedy)
    if lacking:
        known = models_that(lambda each: bool(each.engine if method == "city" else each.greedy))
        raise ArgumentError(Notice("fault.method_solves", method=method, known=known, model=model))


def check_outside(method: str, **given: object) -> None:
    """Raises ArgumentError where a method that has no outside solver is given what only one takes,
    by the name of the argument."""
    for name, value in given.items():
        if value and method in ("city", "greedy"):
            raise ArgumentError(Notice("fault.needs_outside", name=name, method=method))


def choose(problem: Problem, objective: Objective, method: str) -> str:
    """The method that will run.

    Raises:
        ArgumentError: an unknown method, or one that does not know the model.
    """
    check_method(method)
    traits, engine = traits_of(objective.model), engine_of(problem, objective)
    if (method == "city" and engine is None) or (method == "greedy" and not traits.greedy):
        known = models_that(lambda each: bool(each.engine if method == "city" else each.greedy))
        raise ArgumentError(
            Notice("fault.method_solves", method=method, known=known, model=objective.model)
        )
    if method == "greedy" and engine == "capacity":
        raise ArgumentError(Notice("fault.greedy_capacity"))
    if engine in ("median", "center") and method in ("auto", "city"):
        return _walking_method(problem, engine, method)
    if method != "auto":
        return method
    people = int(np.count_nonzero(problem.value))
    few = problem.n_options <= FEW_OPTIONS
    # A share to be reached is a row, not the objective: HiGHS is as good there.
    if few and people >= MANY_PEOPLE and engine is not None:
        return "benders"
    small = few or people <= FEW_PEOPLE or engine is None or _closes(problem, objective)
    return "highs" if small else "city"


def _closes(problem: Problem, objective: Objective) -> bool:
    """Whether the formulation's program is small enough to be closed, or nearly."""
    if with_capacity(problem, objective):
        return links(problem) <= LINKS_THAT_CLOSE
    return _merged_within(problem, LINKS_THAT_CLOSE)


def may_run_beside(problem: Problem, objective: Objective) -> bool:
    """Whether HiGHS' tree may be of use beside the engine."""
    return engine_of(problem, objective) == "cover" and _merged_within(problem, LINKS_OF_A_TREE)


def _merged_within(problem: Problem, most: int) -> bool:
    """Whether so many links at most are left when people with the same options are merged."""
    found = links(problem)
    if found <= most or found > MOST_MERGED * most:
        return found <= most
    return merged_entries(problem, people_to_cover(problem)) <= most


def with_capacity(problem: Problem, objective: Objective) -> bool:
    """Whether covered means served within capacity."""
    return traits_of(formulated(problem, objective)).counts == "service"


def engine_of(problem: Problem, objective: Objective) -> Engine | None:
    """The engine that solves the model at the size of a city; None = none does."""
    return traits_of(formulated(problem, objective)).engine


def _walking_method(problem: Problem, engine: Engine, method: str) -> str:
    """``city`` where its engine knows all rules of a p-median or p-center."""
    from siting.engine.median.method import fits

    if engine == "center" or fits(problem):
        return "city"
    if method == "city":
        raise ArgumentError(Notice("fault.city_p_median"))
    return "highs"


def links(problem: Problem) -> int:
    """Pairs (option, point) over all targets, counting only people whom nobody covers yet."""
    o, total = problem.options, 0
    for t, target in enumerate(problem.targets):
        reach, uncovered = problem.reach, problem.value[:, t] > 0
        end = reach.prefix_end(target.limit)
        gains = count_in_prefix(reach.start, end, reach.point, uncovered)
        serving = problem.serves[problem.kind, t]
        total += int(gains[o.site[serving]].sum())
    return total
