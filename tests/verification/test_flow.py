"""Maximum flow."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import maximum_flow

from siting.verification.flow import Network


@pytest.mark.parametrize("seed", range(60))
def test_flow_is_maximal(seed: int) -> None:
    """As much is sent as another library sends, and what enters a node leaves it."""
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(2, 12)), int(rng.integers(1, 50))
    tail, head = rng.integers(0, n, (2, m))
    tail, head = tail[tail != head], head[tail != head]
    capacity = rng.integers(0, 20, len(tail))
    dense = coo_array((capacity.astype(np.int32), (tail, head)), shape=(n, n)).tocsr()
    network = Network.of(n, tail, head, capacity)
    assert network.send(0, n - 1) == maximum_flow(dense, 0, n - 1).flow_value
    balance = np.bincount(tail, network.back, n) - np.bincount(head, network.back, n)
    assert not balance[1:-1].any()
    assert (network.left + network.back == capacity).all()


def test_flow_beyond_32_bits() -> None:
    """Capacities of city size do not wrap around."""
    network = Network.of(3, np.array([0, 1]), np.array([1, 2]), np.array([2**50, 2**45]))
    assert network.send(0, 2) == 2**45
