"""Problem: everything a model, the engine or verify needs, as frozen arrays of positions.

Symbols, used in every docstring of the project (see models/README.md):

    i  demand point            w[i,t]  people of target t at point i that nobody covers yet,
    s  candidate site                  times the target's weight
    f  format                  c, a, q cost, floor area, capacity of an option
    o  option = one way of opening one format at one site (a size, an action, a phase)
    t  target = (format, group, standard, phase) whose people are counted

An option covers the points of a target when it serves the target and its site is within the
target's standard. At most one option of a format is taken at a site.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from dataclasses import replace as _replace
from fractions import Fraction
from functools import cached_property
from math import gcd
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from siting.errors import ArgumentError
from siting.reach import Reach

if TYPE_CHECKING:
    import pandas as pd
    from geopandas import GeoDataFrame

Ints = NDArray[np.int64]

UNLIMITED = 2**62
"""Floor space or capacity that never binds."""
MICRO = 10**6
"""Weights are decimals with at most six places, kept as integer millionths."""

Model = Literal[
    "max_cover", "set_cover", "partial_cover", "p_median", "p_center",
    "backup_cover", "capacitated_cover", "complete_circle",
]  # fmt: skip
Order = Literal["tiers", "weighted"]
TIERS = ("basic", "quality")


@dataclass(frozen=True)
class Objective:
    """What is optimised; the fields beyond ``model`` are the models' own parameters."""

    model: Model = "max_cover"
    order: Order = "tiers"
    p: int | None = None
    """At most so many outlets are opened."""
    share: Fraction | None = None
    """partial_cover: share of all people to be covered, in 0..1."""
    times: int | None = None
    """backup_cover: how many outlets a person must have in reach."""


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
    """Position in ``Labels.actions``; 0 = open."""

    def __len__(self) -> int:
        return len(self.site)

    def take(self, keep: NDArray[Any]) -> Options:
        """Some options only (mask or ascending positions)."""
        return Options(**{name: getattr(self, name)[keep] for name in self.__dataclass_fields__})

    @classmethod
    def of(cls, site: ArrayLike, format: ArrayLike, cost: ArrayLike, **other: ArrayLike) -> Options:
        """Fill in what is not given: no floor needed, no capacity limit, first size and phase."""
        n = len(np.atleast_1d(site))
        default: dict[str, int] = {
            "area": 0,
            "capacity": UNLIMITED,
            "size": 0,
            "phase": 0,
            "action": 0,
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
    kind: str
    """Family: budget, max_outlets, max_formats_per_site, require, forbid, together, ..."""
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

    @property
    def n_rows(self) -> int:
        return len(self.rhs)


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

    def conflicts(self, format_a: int, format_b: int) -> bool:
        """Whether two outlets of these formats must keep the distance."""
        if format_a not in self.formats or format_b not in self.formats:
            return False
        return len(self.formats) == 1 or format_a != format_b


@dataclass(frozen=True)
class MinCoverage:
    """At least a share of a group within the format's standard, in some districts or everywhere."""

    name: str
    target: int
    """Position of the target that counts these people (its weight may be 0)."""
    share: Fraction
    districts: tuple[int, ...] | None = None
    """Each by itself; None = the whole area as one."""
    reason: str = ""


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
    formats: tuple[str, ...] = ("outlet",)
    groups: tuple[str, ...] = ("all",)
    districts: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ("standard",)
    phases: tuple[str, ...] = ("",)
    actions: tuple[str, ...] = ("open",)
    site_lonlat: NDArray[np.float64] | None = None
    point_lonlat: NDArray[np.float64] | None = None
    outlet_lonlat: NDArray[np.float64] | None = None
    currency: str = ""


@dataclass(frozen=True)
class Problem:
    """A siting problem in positions; frozen. Derive variants with ``problem.replace(...)``."""

    persons: Ints
    """Shape (n_groups, n_points), in 1/person_units of a person. Groups may overlap."""
    reach: Reach
    """Rows are candidate sites."""
    options: Options
    targets: tuple[Target, ...]
    site_area: Ints
    """Floor space to share, whole m2, shape (n_sites,); UNLIMITED where it never binds."""
    opening_cost: Ints
    """Paid once if anything opens at a site, shape (n_sites,)."""
    outlets: Outlets
    rules: tuple[Rule, ...] = ()
    spacings: tuple[Spacing, ...] = ()
    min_coverage: tuple[MinCoverage, ...] = ()
    objective: Objective = Objective()
    respect_capacity: bool = False
    point_district: NDArray[np.int32] | None = None
    """Position in ``labels.districts`` or -1, shape (n_points,)."""
    site_district: NDArray[np.int32] | None = None
    site_xy: NDArray[np.float64] | None = None
    """Planar metres, shape (n_sites, 2); also used to keep neighbours together in memory."""
    point_xy: NDArray[np.float64] | None = None
    person_units: int = 1000
    """Integer units of ``persons`` in one person: thousandths, finer only for odd instances."""
    labels: Labels = field(default_factory=Labels, repr=False)

    def __post_init__(self) -> None:
        n_sites, n_points = self.reach.n_places, self.reach.n_points
        expected = {
            "persons": (self.persons.shape, (len(self.persons), n_points)),
            "site_area": (self.site_area.shape, (n_sites,)),
            "opening_cost": (self.opening_cost.shape, (n_sites,)),
            "outlets.reach": (self.outlets.reach.n_points, n_points),
        }
        for name, (given, wanted) in expected.items():
            if given != wanted:
                raise ArgumentError(f"{name} must have shape {wanted}; got {given}")
        if (self.persons < 0).any():
            raise ArgumentError("persons must be >= 0")
        if len(self.options) and (np.diff(self.options.site) < 0).any():
            raise ArgumentError("options must be ordered by site")
        for rule in self.rules:
            if rule.options.shape != (rule.n_rows, len(self.options)):
                raise ArgumentError(
                    f"rule {rule.name}: options must have shape "
                    f"{(rule.n_rows, len(self.options))}; got {rule.options.shape}"
                )

    # -- sizes ---------------------------------------------------------------------------------

    @property
    def n_points(self) -> int:
        return self.reach.n_points

    @property
    def n_sites(self) -> int:
        return self.reach.n_places

    @property
    def n_options(self) -> int:
        return len(self.options)

    @property
    def n_targets(self) -> int:
        return len(self.targets)

    @property
    def n_formats(self) -> int:
        return len(self.labels.formats)

    @property
    def n_phases(self) -> int:
        return len(self.labels.phases)

    @property
    def priced(self) -> bool:
        """Whether anything costs money; where nothing does, "cheapest" means "fewest outlets"."""
        return bool(self.options.cost.any() or self.opening_cost.any())

    # -- derived arrays ------------------------------------------------------------------------

    @cached_property
    def site_options(self) -> Ints:
        """Pointers: options of site s are ``site_options[s]:site_options[s + 1]``."""
        return np.searchsorted(self.options.site, np.arange(self.n_sites + 1)).astype(np.int64)

    @cached_property
    def serves(self) -> NDArray[np.bool_]:
        """Whether an option of (format, phase) serves a target.

        Shape (n_formats, n_phases, n_targets).
        """
        table = np.zeros((self.n_formats, self.n_phases, self.n_targets), np.bool_)
        for t, target in enumerate(self.targets):
            for f in target.served_by:
                table[f, : target.phase + 1, t] = True
        return table

    @cached_property
    def covered_before(self) -> NDArray[np.bool_]:
        """Who is covered by what stands today, shape (n_points, n_targets)."""
        covered = np.zeros((self.n_points, self.n_targets), np.bool_)
        for t, target in enumerate(self.targets):
            serving = np.flatnonzero(np.isin(self.outlets.format, target.served_by))
            reach = self.outlets.reach.rows(serving)
            covered[reach.point[reach.cost <= target.limit], t] = True
        return covered

    @cached_property
    def weight_gcd(self) -> int:
        """Greatest common divisor of the targets' weights in millionths."""
        return gcd(*(t.weight_micro for t in self.targets)) or MICRO

    @cached_property
    def unit(self) -> Fraction:
        """Weighted persons in one integer unit of ``value`` and of every integer objective."""
        return Fraction(self.weight_gcd, MICRO * self.person_units)

    @cached_property
    def value(self) -> Ints:
        """w[i,t], integer in ``unit``; 0 where an existing outlet covers.

        Shape (n_points, n_targets).
        """
        value = np.empty((self.n_points, self.n_targets), np.int64)
        for t, target in enumerate(self.targets):
            value[:, t] = self.persons[target.group] * (target.weight_micro // self.weight_gcd)
        value[self.covered_before] = 0
        return value

    def replace(self, **changes: Any) -> Problem:
        """A copy with some fields changed.

        ``budget=20_000_000`` and ``p=40`` are accepted beside the field names: they replace the
        rules ``budget.total`` and ``p``.
        """
        from siting import rules

        if "budget" in changes:
            rule = rules.total_budget(self, changes.pop("budget"))
            kept = changes.get("rules", self.rules)
            changes["rules"] = (*(r for r in kept if r.name != rule.name), rule)
        if "p" in changes:
            p = changes.pop("p")
            kept = tuple(r for r in changes.get("rules", self.rules) if r.name != "p")
            changes["rules"] = kept if p is None else (*kept, rules.at_most(self, p))
            changes["objective"] = _replace(changes.get("objective", self.objective), p=p)
        return _replace(self, **changes)

    def under(self, objective: Objective) -> Problem:
        """This problem with another objective; its ``p`` stands among the rules, once.

        ``solve`` and ``verify`` both derive the problem so, which keeps the order of the rules
        (and with it a certificate's prices) the same.
        """
        problem = self if objective == self.objective else _replace(self, objective=objective)
        stated = [int(rule.rhs[0]) for rule in self.rules if rule.name == "p"]
        if stated == ([] if objective.p is None else [objective.p]):
            return problem
        return problem.replace(p=objective.p)

    # -- ways in without a scenario file -------------------------------------------------------

    @classmethod
    def from_points(
        cls,
        demand_xy: ArrayLike,
        site_xy: ArrayLike,
        weights: ArrayLike | None = None,
        radius: float | None = None,
        metric: Literal["euclidean", "great_circle"] = "euclidean",
        *,
        strict: bool = False,
        costs: ArrayLike | None = None,
        existing: ArrayLike | None = None,
        distances: bool | None = None,
    ) -> Problem:
        """One format on points; see :func:`siting.instances.from_points`."""
        from siting.instances import from_points

        return from_points(
            demand_xy, site_xy, weights, radius, metric,
            strict=strict, costs=costs, existing=existing, distances=distances,
        )  # fmt: skip

    @classmethod
    def from_matrix(
        cls,
        costs: Any,
        weights: ArrayLike | None = None,
        radius: float | None = None,
        *,
        strict: bool = False,
        site_costs: ArrayLike | None = None,
        existing: ArrayLike | None = None,
    ) -> Problem:
        """One format on a cost matrix; see :func:`siting.instances.from_matrix`."""
        from siting.instances import from_matrix

        return from_matrix(
            costs, weights, radius, strict=strict, site_costs=site_costs, existing=existing
        )

    @classmethod
    def from_network(
        cls,
        edges: GeoDataFrame | pd.DataFrame,
        demand: GeoDataFrame | pd.DataFrame,
        sites: GeoDataFrame | pd.DataFrame,
        formats: Any = None,
        **settings: Any,
    ) -> Problem:
        """Several formats on a street network; see :func:`siting.frames.from_network`."""
        from siting.frames import from_network

        return from_network(edges, demand, sites, formats, **settings)
