"""What people are worth while the bound with capacities is iterated: the counted tier's weights,
and those of the tiers before, which must keep what they reached, at a price."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from siting.engine.capacity.supply import Supply
from siting.engine.shared.arrays import Floats, Floats32


@dataclass
class PeopleWorth:
    """Everybody's worth at the price of the earlier tiers."""

    supply: Supply
    rate: Floats
    """Worth of 1/person_units of a person of each demand of the counted tier, ``problem.unit``;
    shape (n_demands,)."""
    alone: float = 0.0
    """Weighted people of the counted tier whom existing outlets serve alone."""
    held_rate: Floats | None = None
    """The same rates for the tiers before, which must keep what they reached."""
    held: float = 0.0
    """Weighted people of the tiers before whom a plan must serve, those served today included."""
    held_price: float = 0.0
    """Worth of one unit of the earlier tiers; change it by ``hold_at``."""
    crowd: float = field(init=False)
    """Largest demand, 1/person_units: persons below are divided by it."""
    persons: Floats32 = field(init=False)
    """Shape (n_demands,), at most 1."""
    worth: Floats32 = field(init=False)
    """Of a person of each demand, the dearest 1; shape (n_demands,)."""
    scale: float = field(init=False)
    """``problem.unit`` in one unit of persons * worth."""

    def __post_init__(self) -> None:
        self.crowd = float(self.supply.persons.max(initial=1))
        self.persons = (self.supply.persons / self.crowd).astype(np.float32)
        self._set_worth()

    def _set_worth(self) -> None:
        rate = self.rate
        if self.held_rate is not None:
            rate = rate + self.held_price * self.held_rate
        dearest = float(rate.max(initial=0)) or 1.0
        self.scale = self.crowd * dearest
        self.worth = (rate / dearest).astype(np.float32)

    @property
    def constant(self) -> float:
        """Of every value, ``problem.unit``: what is served in any case, and what is owed."""
        return self.alone + self.held_price * self.held

    def hold_at(self, price: float) -> float:
        """Another price of the earlier tiers; the old scale divided by the new one."""
        before = self.scale
        self.held_price = price
        self._set_worth()
        return before / self.scale

    def holds(self, met: Floats32) -> bool:
        """Whether a fractional plan keeps what the earlier tiers reached."""
        if self.held_rate is None:
            return True
        people = self.supply.persons * self.held_rate
        return float((people * met).sum()) >= self.held * (1 - 1e-6)
