"""Ways of opening: every permitted format at every premises in every size, priced and measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil

import numpy as np
from numpy.typing import NDArray

from siting.errors import Fault, InputError
from siting.problem import UNLIMITED, Options
from siting.scenario.catalogue import Format
from siting.scenario.premises import Premises
from siting.scenario.values import exact

_MICRO = 10**6


def make_options(
    premises: Premises, formats: Mapping[str, Format], use: Sequence[str]
) -> tuple[Options, tuple[str, ...]]:
    """Options of every site, and the names of sizes that ``Options.size`` points into."""
    names = tuple(dict.fromkeys(size.name for f in use for size in formats[f].sizes)) or ("",)
    position = {name: k for k, name in enumerate(names)}
    columns: dict[str, list[NDArray[np.int64]]] = {
        key: [] for key in ("site", "format", "cost", "area", "capacity", "size")
    }
    for f, name in enumerate(use):
        sites = np.flatnonzero(premises.permitted[:, f]).astype(np.int64)
        for size in formats[name].sizes:
            capacity = UNLIMITED if size.capacity is None else size.capacity
            columns["site"].append(sites)
            columns["format"].append(np.full(len(sites), f, np.int64))
            columns["cost"].append(priced(size.cost, premises.cost_factor[sites]))
            columns["area"].append(np.full(len(sites), ceil(exact(size.area_m2)), np.int64))
            columns["capacity"].append(np.full(len(sites), capacity, np.int64))
            columns["size"].append(np.full(len(sites), position[size.name], np.int64))
    none = np.zeros(0, np.int64)
    joined = {key: np.concatenate([none, *parts]) for key, parts in columns.items()}
    if joined["cost"].astype(np.float64).sum() > 2**61:
        raise InputError(Fault("formats", "must have costs whose sum stays below 10^18", "more"))
    return Options.of(**joined), names


def priced(cost: float, factor: NDArray[np.float64]) -> NDArray[np.int64]:
    """cost × factor of each site, rounded half up to whole units, on the decimals as written."""
    price = exact(cost)
    micro = np.rint(factor * _MICRO)
    decimal = micro / _MICRO == factor  # at most six places: whole numbers are exact and fast
    top = 2 * price.numerator * (float(micro.max(initial=0)) + 1) + price.denominator * _MICRO
    if decimal.all() and top < 2**62:
        n, d = price.numerator, price.denominator * _MICRO
        return (2 * n * micro.astype(np.int64) + d) // (2 * d)
    return np.array([_half_up(price * exact(float(f))) for f in factor], np.int64)


def _half_up(value: Fraction) -> int:
    return int((2 * value + 1) // 2)
