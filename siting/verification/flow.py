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

    The only mutable thing of the judge: ``left`` and ``back`` change as flow is sent.
    """

    n_nodes: int
    tail: Ints
    head: Ints
    left: Ints
    """What may still be sent along each arc, shape (n_arcs,)."""
    back: Ints
    """What may be sent back = the flow, unless it was frozen."""
    start: Ints
    """Arcs touching a node: ``touch[start[v]:start[v + 1]]``."""
    touch: Ints
    """2 * arc for its tail, 2 * arc + 1 for its head."""

    @classmethod
    def of(cls, n_nodes: int, tail: Ints, head: Ints, capacity: Ints) -> Network:
        """Empty flow over the arcs given."""
        ends = np.empty(2 * len(tail), np.int64)
        ends[0::2], ends[1::2] = tail, head
        touch = np.argsort(ends, kind="stable")
        start = np.zeros(n_nodes + 1, np.int64)
        np.cumsum(np.bincount(ends, minlength=n_nodes), out=start[1:])
        return cls(
            n_nodes,
            tail,
            head,
            capacity.astype(np.int64),
            np.zeros(len(tail), np.int64),
            start,
            touch,
        )

    def send(self, source: int, sink: int) -> int:
        """Send as much more as possible; returns how much."""
        return int(
            _dinic(
                self.n_nodes,
                self.tail,
                self.head,
                self.left,
                self.back,
                self.start,
                self.touch,
                source,
                sink,
            )
        )


@njit(cache=True)
def _dinic(n, tail, head, left, back, start, touch, source, sink):  # type: ignore[no-untyped-def]
    level = np.empty(n, np.int64)
    queue = np.empty(n, np.int64)
    pointer = np.empty(n, np.int64)
    path = np.empty(n, np.int64)
    total = np.int64(0)
    while True:
        level[:] = -1
        level[source] = 0
        queue[0] = source
        first, last = 0, 1
        while first < last and level[sink] < 0:
            v = queue[first]
            first += 1
            for k in range(start[v], start[v + 1]):
                arc = touch[k] >> 1
                forward = touch[k] & 1 == 0
                to = head[arc] if forward else tail[arc]
                if level[to] < 0 and (left[arc] if forward else back[arc]) > 0:
                    level[to] = level[v] + 1
                    queue[last] = to
                    last += 1
        if level[sink] < 0:
            return total
        for w in range(n):  # numba compiles all of its texts for a slice's message
            pointer[w] = start[w]
        depth = 0
        v = source
        while True:
            if v == sink:
                amount = np.int64(2**62)
                for d in range(depth):
                    arc = path[d] >> 1
                    amount = min(amount, left[arc] if path[d] & 1 == 0 else back[arc])
                again = depth
                for d in range(depth - 1, -1, -1):
                    arc = path[d] >> 1
                    if path[d] & 1 == 0:
                        left[arc] -= amount
                        back[arc] += amount
                        if left[arc] == 0:
                            again = d
                    else:
                        back[arc] -= amount
                        left[arc] += amount
                        if back[arc] == 0:
                            again = d
                total += amount
                depth = again
                arc = path[depth] >> 1
                v = tail[arc] if path[depth] & 1 == 0 else head[arc]
                continue
            moved = False
            while pointer[v] < start[v + 1]:
                code = touch[pointer[v]]
                arc = code >> 1
                forward = code & 1 == 0
                to = head[arc] if forward else tail[arc]
                if level[to] == level[v] + 1 and (left[arc] if forward else back[arc]) > 0:
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
            code = path[depth]
            v = tail[code >> 1] if code & 1 == 0 else head[code >> 1]
            pointer[v] += 1
