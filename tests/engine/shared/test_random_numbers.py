"""Random numbers of kernels: the published generator, the same on every machine."""

from __future__ import annotations

import numpy as np
import pytest

from siting.engine.shared.random_numbers import below, random64, uniform

WORD = 2**64


def splitmix64(seed: int) -> tuple[int, int]:
    """The next state and number, in Python's own integers: Steele, Lea and Flood (2014)."""
    seed = (seed + 0x9E3779B97F4A7C15) % WORD
    z = (seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9 % WORD
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % WORD
    return seed, z ^ (z >> 31)


@pytest.mark.parametrize("seed", [0, 1, 1234567, WORD - 1])
def test_the_numbers_are_splitmix64(seed: int) -> None:
    """Wrapping additions and multiplications as in the paper, whatever the seed."""
    state, own = np.array([seed], np.uint64), seed
    for _ in range(50):
        own, number = splitmix64(own)
        assert int(random64(state)) == number
        assert int(state[0]) == own


def test_shares_and_positions_come_from_the_same_numbers() -> None:
    """53 bits make a share in [0, 1); so many positions are each met, and no other."""
    state, own = np.array([7], np.uint64), 7
    met = set()
    for _ in range(200):
        own, number = splitmix64(own)
        share = uniform(state)
        assert share == (number >> 11) / 2**53
        assert 0 <= share < 1
        own, number = splitmix64(own)
        position = int(below(state, 5))
        assert position == int((number >> 11) / 2**53 * 5)
        met.add(position)
    assert met == set(range(5))
