"""Lines to edges: cut polylines where they meet, keep the vertices in between as shape.

Works on vertex numbers, so OpenStreetMap ways (equal node ids meet) and LineString layers
(equal coordinates meet) take the same road.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.walking.network import EdgeTraits, Network
from siting.walking.rounding import decimetres


@dataclass(frozen=True)
class Lines:
    """Polylines over numbered vertices."""

    start: NDArray[np.int64]
    """Vertices of line k are ``vertex[start[k]:start[k + 1]]``, shape (n_lines + 1,)."""
    vertex: NDArray[np.int64]
    """Numbers 0 .. n_vertices - 1."""
    xy: NDArray[np.float64]
    """Metres of each number, shape (n_vertices, 2)."""
    way: NDArray[np.int64]
    """What each line is a part of, shape (n_lines,)."""


def tidy(lines: Lines) -> Lines:
    """Drop vertices that repeat their predecessor, and lines of fewer than two vertices."""
    line = np.repeat(np.arange(len(lines.start) - 1), np.diff(lines.start))
    keep = np.ones(len(lines.vertex), np.bool_)
    keep[1:] = (lines.vertex[1:] != lines.vertex[:-1]) | (line[1:] != line[:-1])
    count = np.bincount(line[keep], minlength=len(lines.start) - 1)
    long = count >= 2
    keep &= long[line]
    start = np.concatenate([[0], np.cumsum(count[long])])
    return Lines(start, lines.vertex[keep], lines.xy, lines.way[long])


def cut(lines: Lines) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pieces between meeting places.

    Returns:
        pointers (n_edges + 1,) into the second array, positions in ``lines.vertex`` of each
        piece's vertices, its two ends included.
    """
    uses = np.bincount(lines.vertex, minlength=len(lines.xy))
    is_cut = uses[lines.vertex] > 1
    first, last = lines.start[:-1], lines.start[1:] - 1
    is_cut[first] = is_cut[last] = True
    at = np.flatnonzero(is_cut)
    begin, end = at[:-1], at[1:]
    same_line = ~np.isin(begin, last)
    begin, end = begin[same_line], end[same_line]
    length = end - begin + 1
    start = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
    position = np.repeat(begin - start[:-1], length) + np.arange(start[-1])
    return start, position


def lengths(start: NDArray[np.int64], xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Planar length of each polyline, metres; start as in ``Network.shape_start``."""
    if len(start) == 1:
        return np.zeros(0)
    step = np.zeros(len(xy))
    step[1:] = np.hypot(*(xy[1:] - xy[:-1]).T)
    step[start[:-1]] = 0.0
    return np.add.reduceat(step, start[:-1])


def network_of(
    lines: Lines, crs: str, traits: EdgeTraits | None = None, **report: float
) -> Network:
    """Cut lines into a network whose nodes are the meeting places and the ends.

    Args:
        traits: by what the lines are parts of, the numbers in ``lines.way``.
    """
    lines = tidy(lines)
    start, position = cut(lines)
    line = np.searchsorted(lines.start, position[start[:-1]], "right") - 1
    vertex = lines.vertex[position]
    shape = lines.xy[vertex]
    ends = np.column_stack([vertex[start[:-1]], vertex[start[1:] - 1]])
    nodes, edge = np.unique(ends, return_inverse=True)
    edge = edge.reshape(-1, 2)
    metres = lengths(start, shape)
    return Network(
        lines.xy[nodes],
        edge[:, 0].astype(np.int32),
        edge[:, 1].astype(np.int32),
        metres,
        decimetres(metres),
        start,
        shape,
        crs,
        dict(report),
        traits=None if traits is None else traits.rows(lines.way[line]),
    )
