"""A first plan that serves the minimum coverages within capacity; its outlets then stay.

Serving the people of the minima is a search of its own: they count by their rows' weights, and
rows that stay short weigh more from round to round. Then whatever the minima do not need is closed
again. An outlet more never takes a served person away from a minimum, so any plan that keeps these
outlets keeps the minima.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import numpy as np

from siting.engine.capacity.assignment import settle
from siting.engine.capacity.search import Chain, ServedSearch
from siting.engine.capacity.supply import Supply
from siting.engine.params import CapacityParams
from siting.engine.shared.arrays import Ints, Mask
from siting.engine.shared.near_sites import NEAR
from siting.engine.shared.plan_rules import violated
from siting.engine.shared.rows import Rows
from siting.engine.shared.threads import ThreadPool
from siting.progress import Stop


@dataclass(frozen=True)
class ServedRow:
    """One minimum coverage (in one district): so many people of these demands must be served."""

    name: str
    demands: Ints
    need: int
    """1/person_units, without those whom somebody serves without limit today."""


def served_rows(supply: Supply) -> list[ServedRow]:
    """The rows that today's unlimited outlets do not keep by themselves."""
    problem = supply.instance.problem
    district = np.full(supply.demand_of.shape[1], -1, np.int64)
    if problem.point_district is not None:
        inside = supply.place >= 0
        district[supply.place[inside]] = problem.point_district[inside]
    column = {int(t): k for k, t in enumerate(supply.instance.target)}
    free = {t: supply.free[:, t] for t in problem.needed}
    rows = []
    for rule in problem.min_coverage:
        for place in rule.places:
            need = problem.missing(rule, place, free)
            if need <= 0:
                continue
            demands = [np.zeros(0, np.int64)]
            for t in column.keys() & set(rule.targets):
                own = supply.demand_of[column[t]]
                own = own if place is None else own[district == place]
                demands.append(own[own >= 0].astype(np.int64))
            rows.append(ServedRow(rule.name, np.sort(np.concatenate(demands)), need))
    return rows


@dataclass(frozen=True)
class Minima:
    """What is asked of the search for a plan that keeps them."""

    supply: Supply
    rows: Rows
    served: list[ServedRow]
    pool: ThreadPool
    stop: Stop
    seed: int
    params: CapacityParams = field(default_factory=CapacityParams)
    near_sites: int = NEAR

    def unreachable(self) -> tuple[str, ...]:
        """Rows that ask for more people than anybody could reach."""
        persons = self.supply.persons
        return tuple(r.name for r in self.served if int(persons[r.demands].sum()) < r.need)

    def meet(self, start: Ints | None, until: float) -> Ints | None:
        """Options of the instance that serve every row and keep every rule; None if not found.

        Args:
            start: options of the instance to begin with.
            until: seconds of the run's clock at which to give up.
        """
        weight = np.ones(len(self.served), np.int64)
        begin = start
        for attempt in range(self.params.minima.rounds):
            search = self._search(weight, attempt)
            search.begin(begin, "minima")
            search.run(until, partial(self._kept, search), self.params.minima.epochs)
            if search.best is None:
                return None
            begin, short = search.best, self._short(search)
            if not short.any():
                return self._without_needless(search, until)
            if self.stop() or self.stop.seconds > until:
                return None
            weight[short] *= self.params.minima.heavier
        return None

    def _kept(self, search: ServedSearch) -> bool:
        return not self._short(search).any()

    def _search(self, weight: Ints, attempt: int) -> ServedSearch:
        rate = np.zeros(self.supply.n_demands, np.int64)
        for row, worth in zip(self.served, weight.tolist(), strict=True):
            rate[row.demands] += worth
        return ServedSearch(
            self.supply,
            self.rows,
            rate,
            self.pool,
            self.stop,
            self.seed + attempt,
            lambda value, how: None,
            params=self.params,
            near_sites=self.near_sites,
        )

    def _short(self, search: ServedSearch) -> Mask:
        """Rows that the search's best plan leaves short, shape (n_served_rows,)."""
        if search.best is None:
            return np.ones(len(self.served), np.bool_)
        return self._left_short(search, search.chains[0], search.best)

    def _left_short(self, search: ServedSearch, chain: Chain, options: Ints) -> Mask:
        search.put(chain, options)
        settle(chain.assignment, self.params.path_facilities)
        served = self.supply.persons - chain.assignment.left
        return np.array(
            [int(served[row.demands].sum()) < row.need for row in self.served], np.bool_
        )

    def _without_needless(self, search: ServedSearch, until: float) -> Ints:
        """The best plan, on the first chain, without outlets that no row and no rule needs: many
        at a time, those that serve least for what they use first, then fewer."""
        chain, kept = search.chains[0], search.best
        assert kept is not None
        assignment, start = chain.assignment, self.supply.option_start
        serves = np.zeros(len(search.everything))
        for o in kept:
            levels = self.supply.option_level[start[o] : start[o + 1]]
            facilities = self.supply.level_facility[levels]
            serves[o] = (assignment.capacity[levels] - assignment.spare[facilities]).sum()
        order = kept[np.argsort(serves[kept] / search.burden[kept], kind="stable")]
        many = -(-len(order) // 2)
        while many:
            at = 0
            while at < len(order) and not self.stop() and self.stop.seconds < until:
                fewer = np.concatenate([order[:at], order[at + many :]])
                if self._left_short(search, chain, fewer).any() or len(violated(chain.plan)):
                    at += many
                else:
                    order = fewer
            many //= 2
        return np.sort(order)
