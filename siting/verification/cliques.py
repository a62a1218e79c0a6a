"""Sets of options of which spacing rules allow one at most, large enough to bound well.

A row over a whole set is much stronger in a linear relaxation than one row a pair: of three
outlets that exclude each other, rows over pairs leave room for one and a half.
"""

from __future__ import annotations

import numpy as np

from siting.problem import Problem, Spacing
from siting.verification.people import Ints

Node = tuple[int, int]
"""A site and a format: options of one node exclude each other anyhow."""


def spacing_cliques(problem: Problem) -> tuple[Ints, Ints]:
    """Row pointers and options of sets that together hold every pair a spacing keeps apart."""
    o = problem.options
    at: dict[Node, list[int]] = {}
    for option, node in enumerate(zip(o.site.tolist(), o.format.tolist(), strict=True)):
        at.setdefault(node, []).append(option)
    members = [
        [option for node in clique for option in at[node]]
        for spacing in problem.spacings
        for clique in _cover(_conflicts(spacing, at))
    ]
    start = np.cumsum([0, *map(len, members)]).astype(np.int64)
    return start, np.array([option for clique in members for option in clique], np.int64)


def _conflicts(spacing: Spacing, at: dict[Node, list[int]]) -> dict[Node, set[Node]]:
    """Each node's conflicts by one spacing."""
    sites: dict[int, list[int]] = {}
    for site, format_ in at:
        if format_ in spacing.formats:
            sites.setdefault(site, []).append(format_)
    found: dict[Node, set[Node]] = {}
    near = spacing.near.tocoo()
    pairs = {
        (a, b)
        for a, b, there in zip(
            near.row.tolist(), near.col.tolist(), near.data.tolist(), strict=True
        )
        if there
    }
    pairs |= {(site, site) for site in sites}
    for a, b in pairs:
        for f in sites.get(a, ()):
            for g in sites.get(b, ()):
                if (a, f) != (b, g) and spacing.conflicts(f, g):
                    found.setdefault((a, f), set()).add((b, g))
                    found.setdefault((b, g), set()).add((a, f))
    return found


def _cover(conflicts: dict[Node, set[Node]]) -> list[list[Node]]:
    """Maximal cliques that together hold every edge: one is grown from each edge not yet held,
    first by nodes whose edges are not held either."""
    open_edges = {node: set(others) for node, others in conflicts.items()}
    cliques = []
    for first in sorted(conflicts):
        while open_edges[first]:
            second = min(open_edges[first])
            clique, fitting = [first, second], conflicts[first] & conflicts[second]
            while fitting:
                following = min(fitting, key=lambda node: (node not in open_edges[first], node))
                clique.append(following)
                fitting &= conflicts[following]
            for node in clique:
                open_edges[node].difference_update(clique)
            cliques.append(clique)
    return cliques
