"""Vehicles of mobile units and their stops: what is which, and what a further stop asks for.

A stop is served by calls that vehicles make (``rules.supplied``). So a stop that is cheap by itself
may need another vehicle, and where none is left to be bought no money opens it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.problem.about import RuleKind
from siting.problem.actions import ACTIONS, Action, Place
from siting.problem.problem import FOREVER, UNLIMITED, Problem, Rule

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Ints = NDArray[np.int64]


def option_kinds(problem: Problem) -> NDArray[np.object_]:
    """The :class:`Place` of each option, shape (n_options,)."""
    places = np.array([action.place for action in ACTIONS], object)
    found: NDArray[np.object_] = places[problem.options.action]
    return found


def at_places(problem: Problem, options: Ints) -> Ints:
    """Those of some options that serve from a place: vehicles serve through their stops."""
    return options[option_kinds(problem)[options] != Place.VEHICLE]


def site_kinds(problem: Problem) -> NDArray[np.object_]:
    """As :func:`option_kinds`, of each site; shape (n_sites,)."""
    kind = np.full(problem.n_sites, Place.PREMISES, object)
    of_option = option_kinds(problem)
    other = of_option != Place.PREMISES
    kind[problem.options.site[other]] = of_option[other]
    return kind


def opened(problem: Problem, options: Ints) -> dict[str, int]:
    """How many ``outlets`` open at premises; ``stops`` and ``vehicles`` if the problem has any."""
    count = made_of(problem, options)
    mobile = bool(problem.acting(Action.STOP, Action.VEHICLE).any())
    names = ("outlets", *("stops", "vehicles") * mobile)
    return {name: count.get(name, 0) for name in names}


def made_of(problem: Problem, options: Ints) -> dict[str, int]:
    """As :func:`siting.result.result.opened`: ``kept`` and ``improved`` outlets as well."""
    stays = options[problem.options.last[options] == FOREVER]
    return count_actions(ACTIONS[a] for a in problem.options.action[stays])


def fleet(problem: Problem, rule: Rule) -> Ints:
    """The vehicles whose calls a rule counts: sites, by their numbers."""
    makes = np.unique(rule.options.indices[rule.options.data < 0])
    return np.unique(problem.options.site[makes]).astype(np.int64)


def number_before(problem: Problem, site: int) -> int:
    """How many vehicles of its unit come before a vehicle."""
    fleets = (fleet(problem, rule) for rule in problem.rules if rule.kind is RuleKind.CALLS)
    return next(int((mine < site).sum()) for mine in fleets if site in mine)


def missing_vehicles(problem: Problem, chosen: Ints) -> dict[int, Ints | None]:
    """Stop (an option not in the plan) -> vehicles to be bought with it; None = none is left.

    Stops for which the vehicles of the plan still have time are not told.
    """
    found: dict[int, Ints | None] = {}
    o = problem.options
    bought = np.zeros(problem.n_sites, np.bool_)
    bought[o.site[chosen]] = True
    for rule in problem.rules:
        if rule.kind is not RuleKind.CALLS:
            continue
        mine = np.unique(rule.options.indices).astype(np.int64)  # the unit's stops and vehicles
        need = rule.options[:, mine].toarray()
        taken = np.isin(mine, chosen)
        left = rule.rhs - need @ taken
        free = (need < 0).any(axis=0) & ~bought[o.site[mine]]
        for at in np.flatnonzero((need > 0).any(axis=0) & ~taken).tolist():
            rows = need[:, at] > 0
            short = int((need[rows, at] - left[rows]).max())
            if short <= 0:
                continue
            # A vehicle that is there by the stop's phase is there in all later ones.
            here = np.flatnonzero(free & (o.phase[mine] <= o.phase[mine[at]]))
            here = here[np.unique(o.site[mine[here]], return_index=True)[1]]
            calls = np.cumsum(-need[:, here].min(axis=0, initial=0))
            enough = int(np.searchsorted(calls, short)) + 1
            found[int(mine[at])] = None if enough > len(here) else mine[here[:enough]]
    return found


def without_idle(problem: Problem, options: Ints) -> Ints:
    """A plan without the last vehicles of each unit that its stops do not need."""
    for rule in problem.rules:
        if rule.kind is not RuleKind.CALLS:
            continue
        mine = options[np.isin(problem.options.site[options], fleet(problem, rule))]
        for vehicle in mine[::-1].tolist():
            rest = options[options != vehicle]
            if (rule.options[:, rest].sum(axis=1) > rule.rhs).any():
                break
            options = rest
    return options


def shares_of_vehicles(problem: Problem, options: Ints) -> NDArray[np.float64]:
    """Money for a plan's vehicles, shared among its stops by their calls; shape (n_opened,)."""
    money = np.zeros(len(options))
    for rule in problem.rules:
        if rule.kind is not RuleKind.CALLS:
            continue
        last = rule.options[[rule.n_rows - 1], :][:, options].toarray()[0]
        stops = np.maximum(last, 0)
        if stops.any():
            spent = float(problem.options.cost[options][last < 0].sum())
            money += spent * stops / stops.sum()
    return money


def price_of_opening(problem: Problem, chosen: Ints) -> Ints:
    """What each option would cost on top of a plan, shape (n_options,): its own cost, its site's
    opening where that is closed, the vehicles it needs; ``UNLIMITED`` where none is left."""
    o = problem.options
    closed = ~np.isin(o.site, o.site[chosen])
    price: Ints = o.cost + np.where(closed, problem.opening_cost[o.site], 0)
    for stop, vehicles in missing_vehicles(problem, chosen).items():
        price[stop] = UNLIMITED if vehicles is None else price[stop] + o.cost[vehicles].sum()
    return price


def with_vehicles(problem: Problem, wanted: Ints, missing: dict[int, Ints | None]) -> csr_array:
    """Column j: the j-th wanted option with the vehicles it needs, shape (n_options, n_wanted)."""
    from scipy.sparse import csr_array

    rows, columns = [wanted], [np.arange(len(wanted))]
    place = {option: j for j, option in enumerate(wanted.tolist())} if missing else {}
    for stop, vehicles in missing.items():
        if vehicles is not None and stop in place:
            rows.append(vehicles)
            columns.append(np.full(len(vehicles), place[stop]))
    row, column = np.concatenate(rows), np.concatenate(columns)
    entries = (np.ones(len(row), np.int64), (row, column))
    return csr_array(entries, shape=(problem.n_options, len(wanted)))


def count_actions(actions: Iterable[Action]) -> dict[str, int]:
    """As :func:`opened`, of the actions of a plan's rows without what leaves later."""
    times = Counter(actions)
    kept = times[Action.KEEP]
    mobile = {"stops": times[Action.STOP], "vehicles": times[Action.VEHICLE]}
    improved = times[Action.ENLARGE] + times[Action.UPGRADE]
    count = {"outlets": times.total() - kept - improved - sum(mobile.values())}
    count |= {name: n for name, n in (("kept", kept), ("improved", improved)) if n}
    return count | mobile if any(mobile.values()) else count
