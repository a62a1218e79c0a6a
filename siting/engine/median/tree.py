"""Branch and bound over sites with the Lagrangian bound at every node.

Best bound first. A node inherits its parent's prices, takes a few subgradient steps, decides the
sites that no better plan has otherwise, and branches on the site that the bound opens in about half
of its steps (Beasley, EJOR 21 (1985), branches likewise).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from siting.engine.median.interchange import Costs
from siting.engine.median.lagrange import Fixed, Proof, Relaxation
from siting.engine.shared.arrays import Floats, Ints, Mask
from siting.progress import Stop


@dataclass
class Tree:
    """One search; ``propose`` and ``too_dear`` speak for the best plan known outside."""

    costs: Costs
    p: int
    whole: bool
    propose: Callable[[Ints], bool]
    too_dear: Callable[[], float]
    best: Callable[[], float]
    news: Callable[[float], None]
    """Told the bound now and then."""
    steps: int = 60
    """Of the subgradient at a node."""
    nodes: int = 0

    def search(self, root: Proof, stop: Stop) -> float:
        """A valid bound on all plans: the best plan's own cost when the search was completed."""
        heap = [(root.bound, 0, root.fixed, root.price)]
        while heap:
            bound, _, fixed, price = heap[0]
            if bound >= self.too_dear():
                break
            if stop(self.steps) or self.best() - bound <= stop.gap * self.best():
                return bound
            heapq.heappop(heap)
            if self.nodes % 20 == 0:
                self.news(bound)
            for child in self._children(bound, fixed, price):
                self.nodes += 1
                heapq.heappush(heap, (child[0], self.nodes, child[1], child[2]))
        return self.best()

    def _children(
        self, bound: float, fixed: Fixed, price: Floats
    ) -> list[tuple[float, Fixed, Floats]]:
        relaxation = Relaxation(self.costs, self.p, fixed, price, price, step=0.8, patience=8)
        often = np.zeros(self.costs.n_sites)
        for step in range(self.steps):
            sites = relaxation.iterate(self.best())
            often[sites] += 1.0
            if step == self.steps - 1:
                self.propose(sites)
            if relaxation.bound >= self.too_dear() + 1.0:
                break
        proof = Proof.of(relaxation, whole=self.whole)
        too_dear = self.too_dear()
        if proof.bound >= too_dear:
            return []
        decided = proof.decided(too_dear)
        open_ = np.flatnonzero(decided.opened)
        free = np.flatnonzero(~decided.closed & ~decided.opened)
        if len(open_) >= self.p or not len(free):
            # Nothing is left to choose: the plan itself is its own bound.
            self.propose(open_[: self.p])
            return []
        site = free[np.argmin(np.abs(often[free] / max(1.0, often.max()) - 0.5))]
        bound = max(bound, proof.bound)
        children = []
        for mask in ("opened", "closed"):
            changed = getattr(decided, mask).copy()
            changed[site] = True
            pair = {"opened": decided.opened, "closed": decided.closed, mask: changed}
            children.append((bound, Fixed(pair["closed"], pair["opened"]), proof.price))
        return children


def without(costs: Costs, keep: Mask) -> Costs:
    """Only some of the pairs."""
    person = np.repeat(np.arange(len(costs.cap)), np.diff(costs.start))[keep]
    return Costs(
        np.searchsorted(person, np.arange(len(costs.cap) + 1)),
        costs.site[keep],
        costs.cost[keep],
        costs.cap,
        costs.n_sites,
    )
