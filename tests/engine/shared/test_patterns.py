"""Patterns: points are one exactly when every site sees them alike."""

from __future__ import annotations

import numpy as np

from siting.engine.shared.patterns import group, merge_pairs, signatures
from tests.tools.depth import seeds

N_SITES, N_CLASSES, N_POINTS = 5, 3, 40


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[dict[int, int]]]:
    """Rings of each site, their levels and points; and what each point sees: {site: level}."""
    rng = np.random.default_rng(seed)
    level = np.sort(rng.integers(0, 3, (N_SITES, N_CLASSES)).astype(np.int32), axis=1)[:, ::-1]
    level = np.ascontiguousarray(level)
    ends = np.zeros((N_SITES, N_CLASSES + 1), np.int64)
    point: list[int] = []
    sees: list[dict[int, int]] = [{} for _ in range(N_POINTS)]
    for s in range(N_SITES):
        # Few rings of whole blocks of points, so that many points see the same.
        ring = np.repeat(rng.integers(0, N_CLASSES + 1, N_POINTS // 4), 4)
        ends[s, 0] = len(point)
        for k in range(N_CLASSES):
            here = np.flatnonzero(ring == k)
            point += here.tolist()
            ends[s, k + 1] = len(point)
            for i in here:
                if level[s, k]:
                    sees[i][s] = int(level[s, k])
    return ends, level, np.array(point, np.int32), sees


def test_equal_signatures_are_equal_sights() -> None:
    """A point's signature is that of another exactly when each site counts as many targets there;
    0 is that of a point that nobody sees."""
    for seed in seeds(10):
        ends, level, point, sees = drawn(seed)
        first, second = signatures(ends, level, point, np.ones(N_POINTS, np.bool_))
        told = list(zip(first.tolist(), second.tolist(), strict=True))
        for i in range(N_POINTS):
            assert (told[i] == (0, 0)) == (not sees[i])
            for j in range(i):
                assert (told[i] == told[j]) == (sees[i] == sees[j])


def test_groups_are_numbered_as_they_are_met() -> None:
    """Alike and of one label: one group; -1 for whom nobody sees, -2 for nobody worth anything."""
    for seed in seeds(10):
        ends, level, point, sees = drawn(seed)
        rng = np.random.default_rng(seed)
        worth = rng.random(N_POINTS) < 0.8
        label = rng.integers(0, 2, N_POINTS).astype(np.int32)
        visit = rng.permutation(N_POINTS).astype(np.int64)
        pattern, count = group(visit, *signatures(ends, level, point, worth), label, worth)
        keys: dict[object, int] = {}
        for i in visit.tolist():
            key = (tuple(sorted(sees[i].items())), int(label[i]))
            if not worth[i]:
                assert pattern[i] == -2
            elif not sees[i]:
                assert pattern[i] == -1
            else:
                assert pattern[i] == keys.setdefault(key, len(keys))
        assert count == len(keys)


def test_pairs_are_merged_once_a_pattern() -> None:
    """A site has each pattern that it sees once, in the ring at whose level it sees it."""
    for seed in seeds(10):
        ends, level, point, sees = drawn(seed)
        every = np.ones(N_POINTS, np.bool_)
        visit, label = np.arange(N_POINTS), np.zeros(N_POINTS, np.int32)
        pattern, count = group(visit, *signatures(ends, level, point, every), label, every)
        width = np.array([3, 2, 1], np.int32)
        pairs = merge_pairs(ends, level, point, pattern, count, width)
        for s in range(N_SITES):
            seen = {int(pattern[i]): sees[i][s] for i in range(N_POINTS) if s in sees[i]}
            told: dict[int, int] = {}
            for k in range(N_CLASSES):
                for g in pairs.index[pairs.segment[s, k] : pairs.segment[s, k + 1]].tolist():
                    assert g not in told
                    told[g] = int(level[s, k])
            assert told == seen
