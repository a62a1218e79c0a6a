"""What an option does, and what kind of place it does it at."""

from __future__ import annotations

from enum import StrEnum


class Place(StrEnum):
    """What a site or an option is to a reader of the plan."""

    PREMISES = ""
    """Premises at which outlets open, or to which they move."""
    STANDING = "standing"
    """An outlet that stands, kept or improved where it stands."""
    STOP = "stop"
    """Where a vehicle of a mobile unit may stop."""
    VEHICLE = "vehicle"
    """A vehicle; it serves nobody by itself."""


class Action(StrEnum):
    """What becomes true when an option is taken; results tell it by its value."""

    OPEN = "open"
    """A new outlet at premises; nothing else is counted by ``p`` and ``max_outlets``."""
    ENLARGE = "enlarge"
    """An outlet that stands serves more people."""
    UPGRADE = "upgrade"
    """A substandard outlet counts from then on."""
    KEEP = "keep"
    """An outlet that may move or close stays, for good or through ``Options.last``."""
    MOVE = "move"
    """An outlet that stands goes to other premises."""
    STOP = "stop"
    """A vehicle of a mobile unit stops there."""
    VEHICLE = "vehicle"
    """A vehicle of a mobile unit is bought."""

    @property
    def code(self) -> int:
        """Its number in ``Options.action``; 0 = open."""
        return ACTIONS.index(self)

    @property
    def place(self) -> Place:
        """What it is done at."""
        return _PLACE.get(self, Place.PREMISES)

    @property
    def stands(self) -> bool:
        """Whether it is done to an outlet where it stands, so that it opens nothing."""
        return self.place is Place.STANDING

    @property
    def mobile(self) -> bool:
        """Whether it is a mobile unit's: no outlet at premises."""
        return self.place in (Place.STOP, Place.VEHICLE)


_PLACE = {
    Action.ENLARGE: Place.STANDING,
    Action.UPGRADE: Place.STANDING,
    Action.KEEP: Place.STANDING,
    Action.STOP: Place.STOP,
    Action.VEHICLE: Place.VEHICLE,
}
ACTIONS = tuple(Action)
"""By code."""
