"""The reach benchmark compares like with like."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.reach import ByScipy, BySiting, checksum, every_vertex, measure
from siting.walking.load import load_network

EXTRACT = (
    Path(__file__).parents[2]
    / "scenarios"
    / "helsinki"
    / "data"
    / "helsinki_kantakaupunki_2020-04.osm.pbf"
)


@pytest.mark.skipif(not EXTRACT.exists(), reason="the Helsinki scenario's data are not here")
def test_siting_and_scipy_find_the_same_pairs() -> None:
    """On junctions and on every node of Helsinki, pairs, sums and hashes agree."""
    network = load_network(EXTRACT, "EPSG:32635")
    rows = measure(30, ["siting", "scipy"], network)
    assert [r.graph for r in rows] == ["every node"] * 2 + ["junctions only"] * 2
    assert rows[0].checksum == rows[1].checksum != rows[2].checksum == rows[3].checksum
    assert rows[0].pairs_per_source > rows[2].pairs_per_source > 100


@pytest.mark.skipif(not EXTRACT.exists(), reason="the Helsinki scenario's data are not here")
def test_a_wrong_length_is_noticed() -> None:
    """One decimetre on one edge changes the checksum, so equal checksums mean something."""
    network = every_vertex(load_network(EXTRACT, "EPSG:32635"))
    longer = network.edge_dm.copy()
    source = np.array([network.edge_u[0]], np.int64)
    longer[network.edge_u == source[0]] += 1
    longer[network.edge_v == source[0]] += 1
    exact, wrong = BySiting(network), ByScipy(replace(network, edge_dm=longer))
    assert checksum(exact.pairs(exact.search(source))) != checksum(
        wrong.pairs(wrong.search(source))
    )
