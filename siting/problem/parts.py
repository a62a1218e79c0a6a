"""What a problem is made of: targets, options, rules, outlets, labels; frozen arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from siting.problem.about import NOTHING, About, RuleKind
from siting.problem.reach import Reach

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Ints = NDArray[np.int64]

UNLIMITED = 2**62
"""Floor space or capacity that never binds."""
FOREVER = 2**31 - 1
"""``Options.last`` of what stays once it is there."""
MICRO = 10**6
"""Weights are decimals with at most six places, kept as integer millionths."""


@dataclass(frozen=True)
class Target:
    """People of one group who are to be within one format's standard."""

    format: int
    group: int
    limit: float
    """Farthest walking cost that counts, in the unit of ``Reach.cost``, inclusive."""
    weight_micro: int = MICRO
    """Value of one person covered, in millionths; 0 when only a rule needs the target."""
    tier: str = "basic"
    phase: int = 0
    served_by: tuple[int, ...] = ()
    """Formats whose outlets serve the target; its own unless another stands in for it."""
    districts: tuple[int, ...] | None = None
    """Where the standard holds, -1 = in no district; None = everywhere. People of the group live
    nowhere else."""

    def __post_init__(self) -> None:
        if not self.served_by:
            object.__setattr__(self, "served_by", (self.format,))


@dataclass(frozen=True)
class Options:
    """Ways of opening a format at a site, ordered by site, then format.

    Arrays have shape (n_options,).
    """

    site: NDArray[np.int32]
    format: NDArray[np.int32]
    cost: Ints
    """Whole currency units, without the site's opening cost."""
    area: Ints
    """Whole m2 of the site's floor."""
    capacity: Ints
    """Persons (whole) one outlet can serve; UNLIMITED when not limited."""
    size: NDArray[np.int32]
    """Position in ``Labels.sizes``."""
    phase: NDArray[np.int32]
    action: NDArray[np.int32]
    """``Action.code``; 0 = open."""
    last: NDArray[np.int32]
    """Last phase in which it serves: FOREVER, but of what stands today and leaves later."""
    outlet: NDArray[np.int32]
    """Whose outlet it is done to: position in ``Labels.changeable``; -1 for what opens anew, stops
    and vehicles."""

    def __len__(self) -> int:
        return len(self.site)

    def take(self, keep: NDArray[Any]) -> Options:
        """Some options only (mask or ascending positions)."""
        return Options(**{name: getattr(self, name)[keep] for name in self.__dataclass_fields__})

    @classmethod
    def of(cls, site: ArrayLike, format: ArrayLike, cost: ArrayLike, **other: ArrayLike) -> Options:
        """Fill in what is not given: no floor needed, no capacity limit, first size and phase; what
        opens stays."""
        n = len(np.atleast_1d(site))
        default: dict[str, int] = {
            "area": 0,
            "capacity": UNLIMITED,
            "size": 0,
            "phase": 0,
            "action": 0,
            "last": FOREVER,
            "outlet": -1,
        }
        columns: dict[str, ArrayLike] = {"site": site, "format": format, "cost": cost}
        columns |= {name: np.full(n, value) for name, value in default.items()} | other
        wide = ("cost", "area", "capacity")
        arrays = {
            k: np.ascontiguousarray(v, np.int64 if k in wide else np.int32)
            for k, v in columns.items()
        }
        order = np.lexsort((arrays["phase"], arrays["size"], arrays["format"], arrays["site"]))
        return cls(**{name: array[order] for name, array in arrays.items()})  # type: ignore[arg-type]


@dataclass(frozen=True)
class Rule:
    """One named rule of the planner as one or more linear rows with integer coefficients.

    rows:  options @ x + openings @ v  (<= or >=)  rhs,   x binary per option,
    v[s,k] binary: the site s first opens in phase k (column s * n_phases + k).
    """

    name: str
    """As the reports call it, for instance ``budget.total`` or the planner's own name."""
    kind: RuleKind
    sense: Literal["<=", ">="]
    options: csr_array
    """int64, shape (n_rows, n_options)."""
    rhs: Ints
    """Shape (n_rows,)."""
    openings: csr_array | None = None
    """int64, shape (n_rows, n_sites * n_phases); only where opening costs count."""
    labels: tuple[str, ...] = ()
    """One per row when a rule has rows that a reader tells apart (districts, sites)."""
    reason: str = ""
    unit: str = ""
    """Of rhs: ``money``, ``outlets``, ``m2``; empty for logic."""
    about: About = NOTHING

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", RuleKind(self.kind))

    @property
    def n_rows(self) -> int:
        return len(self.rhs)


@dataclass(frozen=True)
class Wish:
    """A rule that a plan keeps only where that costs little enough."""

    rule: Rule
    give_up: Fraction = Fraction(0)
    """Share of what is reached, of each tier, that the plan may fall by for it, in 0..1."""
    of: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    """Options that the rule has a row for each, in its order, where at least half of those that
    open must keep theirs or be neighbours of such (coefficient < 0); empty = every row is kept."""


@dataclass(frozen=True)
class Spacing:
    """Outlets that must not stand close together (rule ``apart``).

    With several formats: outlets of *different* listed formats keep the distance and share no
    site. With one format: its own outlets keep the distance from each other.
    Distances to existing outlets are not here: options they rule out carry a ``forbid`` rule.
    """

    name: str
    formats: tuple[int, ...]
    near: csr_array
    """bool, shape (n_sites, n_sites), symmetric, empty diagonal: sites nearer than the distance."""
    reason: str = ""
    about: About = NOTHING

    def conflicts(self, format_a: int, format_b: int) -> bool:
        """Whether two outlets of these formats must keep the distance."""
        if format_a not in self.formats or format_b not in self.formats:
            return False
        return len(self.formats) == 1 or format_a != format_b


@dataclass(frozen=True)
class MinCoverage:
    """At least a share of a group within the format's standard, in some districts or everywhere."""

    name: str
    targets: tuple[int, ...]
    """Positions of the targets that count these people: one, or several where circles change the
    standard. They differ in standard and people only (their weight may be 0), and are all those
    or none of those of any other minimum coverage."""
    share: Fraction
    districts: tuple[int, ...] | None = None
    """Each by itself; None = the whole area as one."""
    reason: str = ""
    about: About = NOTHING

    @property
    def places(self) -> tuple[int | None, ...]:
        """One a row: the districts, or None for the whole area."""
        return (None,) if self.districts is None else self.districts

    def need(self, everybody: int) -> int:
        """How many of so many people the share asks for, rounded up."""
        return -(-everybody * self.share.numerator // self.share.denominator)


@dataclass(frozen=True)
class Outlets:
    """What stands today. Arrays of shape (n_outlets,)."""

    format: NDArray[np.int32]
    reach: Reach
    """Rows are outlets."""
    capacity: Ints
    """Persons (whole); UNLIMITED when not known."""
    site: NDArray[np.int32]
    """Candidate site it stands at, -1 when at none."""

    def __len__(self) -> int:
        return len(self.format)

    @classmethod
    def none(cls, n_points: int, dtype: np.dtype | type = np.uint16) -> Outlets:
        no32, no64 = np.zeros(0, np.int32), np.zeros(0, np.int64)
        return cls(no32, Reach.empty(0, n_points, dtype), no64, no32)


@dataclass(frozen=True)
class Labels:
    """Ids and places of positions, for results and reports only; no method decides by them."""

    sites: Sequence[str] = ()
    points: Sequence[str] = ()
    outlets: Sequence[str] = ()
    changeable: Sequence[str] = ()
    """Outlets that something may be done to."""
    formats: tuple[str, ...] = ("outlet",)
    groups: tuple[str, ...] = ("all",)
    districts: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ("standard",)
    phases: tuple[str, ...] = ("",)
    site_lonlat: NDArray[np.float64] | None = None
    point_lonlat: NDArray[np.float64] | None = None
    outlet_lonlat: NDArray[np.float64] | None = None
    currency: str = ""
