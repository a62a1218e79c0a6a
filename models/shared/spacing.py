"""Rows that keep outlets apart (rule ``apart``).

    spacing      Σ_{(s,f) in C} Σ_{o of f at s} open[o] <= 1                  a clique C

C runs over cliques of the conflict graph that together hold every conflict: an edge between two
(site, format) whose outlets must not both open. A clique's row is stronger than its pairs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.problem import Problem, Spacing
from siting.solvers.program import Block, ProgramBuilder

Ints = NDArray[np.int64]


def add_spacing(problem: Problem, builder: ProgramBuilder, open_: Block) -> None:
    """Rows for every spacing of the problem."""
    for spacing in problem.spacings:
        nodes, neighbours = _conflict_graph(problem, spacing)
        cliques = edge_cliques(neighbours)
        if not cliques:
            continue
        o = problem.options
        key = o.site.astype(np.int64) * problem.n_formats + o.format
        start = np.searchsorted(key, nodes)
        end = np.searchsorted(key, nodes, side="right")
        row: list[int] = []
        column: list[int] = []
        for number, clique in enumerate(cliques):
            for node in clique:
                options = range(open_.begin + start[node], open_.begin + end[node])
                column.extend(options)
                row.extend([number] * len(options))
        builder.add_rows(
            "spacing",
            len(cliques),
            [(np.array(row), np.array(column), 1.0)],
            upper=1.0,
            labels=[f"{spacing.name},{number}" for number in range(len(cliques))],
        )


def _conflict_graph(problem: Problem, spacing: Spacing) -> tuple[Ints, list[set[int]]]:
    """Nodes = numbers of (site, format) with options, ascending; and each node's neighbours."""
    o = problem.options
    listed = np.isin(o.format, spacing.formats)
    nodes = np.unique(o.site[listed].astype(np.int64) * problem.n_formats + o.format[listed])
    position = {int(node): at for at, node in enumerate(nodes)}
    neighbours: list[set[int]] = [set() for _ in nodes]
    near = spacing.near.tocsr()
    for at, node in enumerate(nodes):
        site, format_ = divmod(int(node), problem.n_formats)
        places = near.indices[near.indptr[site] : near.indptr[site + 1]]
        for other in spacing.formats:
            if not spacing.conflicts(format_, other):
                continue
            # Outlets of different listed formats do not share a site either.
            for place in (*places, site) if other != format_ else places:
                there = position.get(int(place) * problem.n_formats + other)
                if there is not None and there != at:
                    neighbours[at].add(there)
                    neighbours[there].add(at)
    return nodes, neighbours


def edge_cliques(neighbours: list[set[int]]) -> list[list[int]]:
    """Cliques that together hold every edge, grown greedily from the edges not yet held."""
    left = [set(around) for around in neighbours]
    cliques = []
    for node in range(len(neighbours)):
        while left[node]:
            clique = [node]
            common = set(neighbours[node])
            for candidate in sorted(left[node]) + sorted(neighbours[node] - left[node]):
                if candidate in common:
                    clique.append(candidate)
                    common &= neighbours[candidate]
                    if not common:
                        break
            for member in clique:
                left[member].difference_update(clique)
            cliques.append(sorted(clique))
    return cliques
