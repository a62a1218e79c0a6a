"""Every plan of a made-up town, tried one after the other."""

from __future__ import annotations

from fractions import Fraction
from functools import cache, reduce
from math import prod
from operator import or_

from tests.tools.standing_plans import Judge, TownPlan
from tests.tools.standing_town import Town

Way = tuple[str, object, object]
"""Kind, what it is done to, how: an entry of ``TownPlan``."""
NOTHING: Way = ("", None, None)


def choices(town: Town) -> list[list[Way]]:
    """What may be done to each outlet, and at each premises in each format: one of a list."""
    phases, found = range(town.n_phases), []
    for u in town.outlets:
        ways: list[Way] = [NOTHING]
        if u.unsettled and u.closes:
            ways += [("leaves", u.id, (k, None)) for k in phases]
        if u.unsettled and u.move is not None:
            ways += [
                ("leaves", u.id, (k, s.id))
                for s in town.premises
                for k in phases
                if u.format in s.permitted and s.id != u.home and k >= s.first
            ]
        if u.status == "substandard" and u.upgrade is not None:
            ways += [("upgrades", u.id, k) for k in phases]
        found.append(ways)
    for s in town.premises:
        for f in town.formats:
            ways = [NOTHING]
            if f.id in s.permitted:
                counters = (False, True) if f.hosts else (False,)
                ways += [
                    ("opens", (s.id, f.id), (k, counter))
                    for k in phases
                    if k >= s.first
                    for counter in counters
                ]
            found.append(ways)
    return found


def n_plans(town: Town) -> int:
    """How many there are to try."""
    return prod(len(ways) for ways in choices(town))


def plan_of(ways: list[Way]) -> TownPlan:
    """The plan in which all this is done."""
    plan = TownPlan()
    for kind, what, how in ways:
        if kind:
            getattr(plan, kind)[what] = how
    return plan


def best(judge: Judge) -> tuple[tuple[Fraction, ...], TownPlan] | None:
    """The most a plan is worth that breaks no rule, and one that is; None: every plan breaks one.

    The search leaves out only plans that are worth no more, if everything still to be chosen were
    done in all ways at once.
    """
    lists = choices(judge.town)
    outlets = judge.town.outlets
    covers: list[list[int]] = []
    for level, ways in enumerate(lists):
        plans = [plan_of([way]) for way in ways]
        here = (
            [judge.of_outlet(outlets[level], plan) for plan in plans]
            if level < len(outlets)
            else [judge.opened(plan) for plan in plans]
        )
        covers.append([judge.covered(there) for there in here])
    left = [0]
    for these in reversed(covers):
        left.append(reduce(or_, these, left[-1]))
    left.reverse()
    found: tuple[tuple[Fraction, ...], TownPlan] | None = None
    worth_of = cache(judge.worth_of)
    chosen: list[Way] = []

    def descend(level: int, covered: int) -> None:
        nonlocal found
        if found is not None and worth_of(covered | left[level]) <= found[0]:
            return
        if level < len(lists):
            for way, more in zip(lists[level], covers[level], strict=True):
                chosen.append(way)
                descend(level + 1, covered | more)
                chosen.pop()
            return
        plan = plan_of(chosen)
        there = judge.there(plan)
        if next(judge.broken(plan, there), None) is None:
            found = judge.worth(there), plan

    descend(0, 0)
    return found
