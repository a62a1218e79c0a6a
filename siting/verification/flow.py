"""Maximum flow in integers (Dinic 1970), with stages that raise capacities in between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.kernels import njit

Ints = NDArray[np.int64]


@dataclass
class Network:
    """A residual network: arc k runs tail -> head, its reverse is stored beside it.

    The only mutable thing of the judge: ``room`` changes as flow is sent.
    """

    n_nodes: int
    end: Ints
    """Node at each end of an arc: 2 * arc its tail, 2 * arc + 1 its head."""
    room: Ints
    """What may be sent away from each end."""
    start: Ints
    """Ends at a node: ``touch[start[v]:start[v + 1]]``."""
    touch: Ints

    @property
    def left(self) -> Ints:
        """What may still be sent along each arc, shape (n_arcs,); a view."""
        return self.room[0::2]

    @property
    def back(self) -> Ints:
        """What may be sent back = the flow, unless it was frozen; a view."""
        return self.room[1::2]

    @classmethod
    def of(cls, n_nodes: int, tail: Ints, head: Ints, capacity: Ints) -> Network:
        """Empty flow over the arcs given."""
        end = np.empty(2 * len(tail), np.int64)
        end[0::2], end[1::2] = tail, head
        room = np.zeros(2 * len(tail), np.int64)
        room[0::2] = capacity
        start = np.zeros(n_nodes + 1, np.int64)
        np.cumsum(np.bincount(end, minlength=n_nodes), out=start[1:])
        return cls(n_nodes, end, room, start, np.argsort(end, kind="stable"))

    def send(self, source: int, sink: int) -> int:
        """Send as much more as possible; returns how much."""
        return int(_dinic(self.n_nodes, self.end, self.room, self.start, self.touch, source, sink))


@njit(cache=True)
def _dinic(n, end, room, start, touch, source, sink):  # type: ignore[no-untyped-def]
    """``code ^ 1`` is the other end of the arc that an end is of."""
    level = np.empty(n, np.int64)
    queue = np.empty(n, np.int64)
    pointer = np.empty(n, np.int64)
    path = np.empty(n, np.int64)
    total = np.int64(0)
    while True:
        for w in range(n):  # numba compiles all of its texts for a slice's message
            level[w], pointer[w] = -1, start[w]
        level[source] = 0
        queue[0] = source
        first, last = 0, 1
        while first < last and level[sink] < 0:
            v = queue[first]
            first += 1
            for k in range(start[v], start[v + 1]):
                to = end[touch[k] ^ 1]
                if level[to] < 0 and room[touch[k]] > 0:
                    level[to] = level[v] + 1
                    queue[last] = to
                    last += 1
        if level[sink] < 0:
            return total
        depth = 0
        v = source
        while True:
            if v == sink:
                amount = np.int64(2**62)
                for d in range(depth):
                    amount = min(amount, room[path[d]])
                again = depth
                for d in range(depth - 1, -1, -1):
                    room[path[d]] -= amount
                    room[path[d] ^ 1] += amount
                    if room[path[d]] == 0:
                        again = d
                total += amount
                depth = again
                v = end[path[depth]]
                continue
            moved = False
            while pointer[v] < start[v + 1]:
                code = touch[pointer[v]]
                to = end[code ^ 1]
                if level[to] == level[v] + 1 and room[code] > 0:
                    path[depth] = code
                    depth += 1
                    v = to
                    moved = True
                    break
                pointer[v] += 1
            if moved:
                continue
            if v == source:
                break
            depth -= 1
            v = end[path[depth]]
            pointer[v] += 1
