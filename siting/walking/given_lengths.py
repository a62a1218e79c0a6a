"""Lengths that a file gives, held against the straight lines between the places they join.

No street is shorter than the straight line between its ends. Where most are, or most are many
times as long, the numbers are in another unit.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from siting.errors import Fault, InputError
from siting.notice import Notice
from siting.walking.network import Network

UNITS = {
    "kilometres": 1e-3,
    "miles": 1 / 1609.344,
    "degrees": 1 / 111_320,
    "feet": 1 / 0.3048,
    "centimetres": 100.0,
    "millimetres": 1000.0,
    "decimetres": 10.0,
}
"""How many of each make a metre."""
LEAST_M = 5.0
"""Straight lines shorter than this say nothing: nodes are drawn no more exactly."""
SHORTER = 0.97
"""Length over straight line below which a street is too short: systems stretch by 1 % at most."""
MOST_SHORT = 0.8
"""Share of streets that are too short from which the numbers are no metres; fewer are slips."""
FEW = 8
"""Fewer streets may well be long ways round."""
LONGER = 2.5
"""The same of all streets together above which the lengths are no metres."""
STRAIGHTEST, STRETCHED = 0.1, 1.05
"""Of every ten streets one is straight: when even that is longer than its straight line by so
much, the lengths were measured in a system that stretches, or are in yards."""


def check_lengths(network: Network, name: str) -> Network:
    """The network, with a warning where single lengths cannot be.

    Args:
        name: of the file, for messages.

    Raises:
        InputError: the lengths are no metres.
    """
    straight = np.hypot(*(network.node_xy[network.edge_v] - network.node_xy[network.edge_u]).T)
    tells = np.flatnonzero(straight >= LEAST_M)
    if not len(tells):
        return network
    ratio = network.edge_m[tells] / straight[tells]
    middle = float(np.median(ratio))
    short = tells[(ratio < SHORTER) & (straight[tells] - network.edge_m[tells] > 1)]
    too_short = float((ratio < SHORTER).mean()) >= MOST_SHORT
    if too_short or (middle > LONGER and len(tells) >= FEW):
        wrong = short if too_short else tells
        count = Notice("fault.edges_not", n_wrong=len(wrong), n_tells=len(tells))
        raise InputError(
            Fault(
                name,
                Notice("fault.metres_at_least"),
                Notice("fault.listed", names=[count, _shown(network, int(wrong[0]), straight)]),
                key="length_m",
                hint=_unit(middle),
            )
        )
    straightest = float(np.quantile(ratio, STRAIGHTEST))
    if len(tells) >= FEW and straightest > STRETCHED:
        longer = Notice("network.long_edges", file=Path(name).name, n=len(tells), times=straightest)
        network = replace(network, warnings=(*network.warnings, longer))
    if not len(short):
        return network
    told = Notice(
        "network.short_edges",
        file=Path(name).name,
        n=len(short),
        of=network.n_edges,
        row=int(short[0]) + 1,
        metres=float(network.edge_m[short[0]]),
        straight=float(straight[short[0]]),
    )
    return replace(network, warnings=(*network.warnings, told))


def _shown(network: Network, edge: int, straight: NDArray[np.float64]) -> str:
    return Notice(
        "fault.edge_for", edge_m=network.edge_m[edge], straight=straight[edge], edge=edge + 1
    )


def _unit(middle: float) -> Notice:
    """The unit whose numbers are about so many times the straight metres."""
    near = {u: abs(np.log(middle / n / 1.15)) for u, n in UNITS.items()} if middle > 0 else {}
    unit = min(near, key=lambda u: near[u], default="")
    return (
        Notice("fault.look_like", unit=unit)
        if unit and near[unit] < 0.35
        else Notice("fault.look_at_unit")
    )
