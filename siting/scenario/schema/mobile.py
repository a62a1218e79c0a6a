"""What a scenario says about vehicles that serve fixed stops by timetable (流动服务)."""

from __future__ import annotations

from typing import Annotated

from siting.scenario.schema.layers import Layer, Table
from siting.scenario.schema.values import (
    Capacity,
    Cost,
    CostColumn,
    Ident,
    PersonsColumn,
    Positive,
    PositiveColumn,
    Short,
    Text,
)


class Stops(Layer):
    """Places where the vehicles of a mobile unit may stop; they need no floor space."""

    cost: CostColumn = 0.0
    """Of making the stop (a sign, power), currency units, rounded half up: a column or a number."""
    visits: PositiveColumn = 1
    """Calls a week that the stop takes if it is served, of those a vehicle can make: a column or a
    whole number."""
    capacity: PersonsColumn | None = None
    """Persons one stop serves: a column or a number. Default: as ``mobile_units.*.capacity``."""
    district: Text | None = None
    """Column of districts, for budgets by district. Default: ``districts``."""
    available_from: Text | None = None
    """Column of the phase from which it can be used; blank = from the first."""


class MobileUnit(Table):
    """Vehicles that bring a format to fixed stops: a vegetable van, a repair cart, a health bus.

    The plan chooses how many vehicles are bought and which stops they serve. A stop covers people
    as an outlet of the format does, within the format's standard. Its vehicles are alike and bought
    in their order: to forbid the second is to allow one at most."""

    format: Ident
    """Format the vehicles bring; a format of its own may ``stands_in_for`` a fixed one."""
    name: Ident | None = None
    """What it is called; its vehicles are this and a number. Default: the format's id."""
    max_vehicles: Positive
    """At most so many vehicles."""
    cost: Cost
    """Price of a vehicle, currency units; counts in total, by tier, format and phase."""
    yearly_cost: Cost = 0.0
    """Operating support a year of a vehicle, currency units; counts in ``budget.yearly``."""
    stops_a_week: Positive
    """Calls at stops that one vehicle makes a week."""
    capacity: Capacity | None = None
    """Persons one stop serves. Default: not limited."""
    stops: Annotated[Stops, Short("file", (str,))]
    """Where its vehicles may stop. Stops are chosen by the plan like premises; distances to be kept
    (``apart``, ``away``), limits on outlets and catchments do not speak of them."""
    responsible_unit: Text | None = None
    """Who buys and runs its vehicles; also answers for stops in circles that name nobody."""
    reason: Text | None = None
    """Why it is planned, for the reports."""

    @property
    def called(self) -> str:
        """Its name, of its own or its format's."""
        return self.name or self.format
