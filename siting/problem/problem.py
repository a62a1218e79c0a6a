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

from collections.abc import Mapping
from dataclasses import dataclass, field
from dataclasses import replace as _replace
from fractions import Fraction
from functools import cached_property
from math import gcd
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from siting.errors import ArgumentError
from siting.notice import Notice
from siting.problem import rules as rows
from siting.problem.about import Key
from siting.problem.actions import Action
from siting.problem.objective import TIERS, Model, Objective, Order
from siting.problem.parts import (
    FOREVER,
    MICRO,
    UNLIMITED,
    Labels,
    MinCoverage,
    Options,
    Outlets,
    Rule,
    Spacing,
    Target,
    Wish,
)
from siting.problem.reach import Reach

if TYPE_CHECKING:
    import pandas as pd
    from geopandas import GeoDataFrame

Ints = NDArray[np.int64]

__all__ = [
    "FOREVER",
    "MICRO",
    "TIERS",
    "UNLIMITED",
    "Labels",
    "MinCoverage",
    "Model",
    "Objective",
    "Options",
    "Order",
    "Outlets",
    "Problem",
    "Rule",
    "Spacing",
    "Target",
    "Wish",
]


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
    objective: Objective = field(default_factory=Objective)
    respect_capacity: bool = False
    point_district: NDArray[np.int32] | None = None
    """Position in ``labels.districts`` or -1, shape (n_points,)."""
    site_district: NDArray[np.int32] | None = None
    site_xy: NDArray[np.float64] | None = None
    """Planar metres, shape (n_sites, 2); also used to keep neighbours together in memory."""
    point_xy: NDArray[np.float64] | None = None
    person_units: int = 1000
    """Integer units of ``persons`` in one person: thousandths, finer only for odd instances."""
    wishes: tuple[Wish, ...] = ()
    """Kept in this order where that costs little enough; no rule, and no method sees them."""
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
                shapes = {"wanted": str(wanted), "given": str(given)}
                raise ArgumentError(Notice("data.shape", name=name, **shapes))
        if (self.persons < 0).any():
            worst = self.persons.min()
            raise ArgumentError(Notice("data.not_negative", name="persons", given=worst))
        back = np.flatnonzero(np.diff(self.options.site) < 0)
        if len(back):
            after, before = self.options.site[back[0] : back[0] + 2]
            raise ArgumentError(Notice("data.by_site", after=after, before=before))
        for rule in (*self.rules, *(wish.rule for wish in self.wishes)):
            if rule.options.shape != (rule.n_rows, len(self.options)):
                wanted = str((rule.n_rows, len(self.options)))
                given = str(rule.options.shape)
                raise ArgumentError(
                    Notice("data.rule_shape", rule=rule.name, wanted=wanted, given=given)
                )
        self._check_minima()

    def _check_minima(self) -> None:
        """Targets of a minimum coverage are parts of one and no other's."""
        whose: dict[int, tuple[int, ...]] = {}
        for demand in self.min_coverage:
            parts = [self.targets[t] for t in demand.targets]
            if len({(t.format, t.phase, t.tier, t.weight_micro) for t in parts}) != 1:
                raise ArgumentError(
                    Notice("data.minimum_alike", name=demand.name, given=str(demand.targets))
                )
            for t in demand.targets:
                if set(whose.setdefault(t, demand.targets)) != set(demand.targets):
                    given, other = str(demand.targets), str(whose[t])
                    raise ArgumentError(
                        Notice("data.minimum_apart", name=demand.name, given=given, other=other)
                    )

    # -- sizes ---------------------------------------------------------------------------------

    @property
    def n_points(self) -> int:
        """Demand points."""
        return self.reach.n_points

    @property
    def n_sites(self) -> int:
        """Candidate sites: premises, stops, vehicles and what may change."""
        return self.reach.n_places

    @property
    def n_options(self) -> int:
        """Ways of opening, keeping or changing something."""
        return len(self.options)

    @property
    def n_targets(self) -> int:
        """(Format, group) pairs, in each phase, whose people count."""
        return len(self.targets)

    @property
    def n_formats(self) -> int:
        """Formats in use."""
        return len(self.labels.formats)

    @property
    def n_phases(self) -> int:
        """Phases; 1 where nobody names any."""
        return len(self.labels.phases)

    @property
    def priced(self) -> bool:
        """Whether anything costs money; where nothing does, "cheapest" means "fewest outlets"."""
        return bool(self.options.cost.any() or self.opening_cost.any())

    def _repr_html_(self) -> str:
        """Its sizes, for notebooks, by the names they have in Python."""
        names = ("n_points", "n_sites", "n_options", "n_targets", "n_formats", "n_phases")
        counts = {name: getattr(self, name) for name in names} | {"pairs": self.reach.n_pairs}
        head = "".join(f"<th>{name}</th>" for name in counts)
        return (
            f"<table><thead><tr>{head}</tr></thead><tbody><tr>"
            + "".join(f"<td>{count:,}</td>" for count in counts.values())
            + "</tr></tbody></table>"
        )

    # -- derived arrays ------------------------------------------------------------------------

    def acting(self, *actions: Action) -> NDArray[np.bool_]:
        """Options of some actions, shape (n_options,)."""
        return np.isin(self.options.action, [action.code for action in actions])

    def site_id(self, site: int) -> str:
        """The planner's id of a candidate site; its position as text where there is none."""
        return str(self.labels.sites[site]) if len(self.labels.sites) else str(site)

    def whose(self, option: int) -> str | None:
        """Id of the outlet that an option is done to; None where it is done to none."""
        at = int(self.options.outlet[option])
        if at < 0:
            return None
        return str(self.labels.changeable[at]) if len(self.labels.changeable) else str(at)

    def until(self, option: int) -> str | None:
        """The phase after which an option's outlet no longer stands; None for what stays."""
        last = int(self.options.last[option])
        return None if last == FOREVER else self.labels.phases[last]

    @cached_property
    def site_options(self) -> Ints:
        """Pointers: options of site s are ``site_options[s]:site_options[s + 1]``."""
        return np.searchsorted(self.options.site, np.arange(self.n_sites + 1)).astype(np.int64)

    @cached_property
    def kind(self) -> NDArray[np.int32]:
        """Options of one kind serve the same targets: format, first and last phase as one number.

        Shape (n_options,); in 0..n_kinds-1.
        """
        o, n = self.options, self.n_phases
        kind: NDArray[np.int32] = (o.format * n + o.phase) * n + np.minimum(o.last, n - 1)
        return kind.astype(np.int32)

    @property
    def n_kinds(self) -> int:
        """Kinds that there could be."""
        return self.n_formats * self.n_phases**2

    @cached_property
    def serves(self) -> NDArray[np.bool_]:
        """Whether options of a kind serve a target, shape (n_kinds, n_targets)."""
        n = self.n_phases
        table = np.zeros((self.n_formats, n, n, self.n_targets), np.bool_)
        for t, target in enumerate(self.targets):
            for f in target.served_by:
                table[f, : target.phase + 1, target.phase :, t] = True
        return table.reshape(self.n_kinds, self.n_targets)

    @cached_property
    def needed(self) -> frozenset[int]:
        """Targets that a minimum coverage counts."""
        return frozenset(t for demand in self.min_coverage for t in demand.targets)

    @property
    def told_apart(self) -> NDArray[np.int32] | None:
        """Districts of the points where a minimum coverage tells districts apart; else None."""
        by_district = any(demand.districts is not None for demand in self.min_coverage)
        return self.point_district if by_district else None

    def missing(
        self,
        demand: MinCoverage,
        district: int | None,
        settled: Mapping[int, NDArray] | None = None,
    ) -> int:
        """People still to be covered for one row of a minimum coverage, in 1/person_units; not
        above 0 where enough are.

        Args:
            settled: points where a target's people are covered whatever opens, each of shape
                (n_points,); default by what stands today.
        """
        inside = self.inside(district)
        everybody = already = 0
        for t in demand.targets:
            persons = self.persons[self.targets[t].group]
            covered = self.covered_before[:, t] if settled is None else settled[t]
            everybody += int(persons[inside].sum())
            already += int(persons[inside & covered].sum())
        return demand.need(everybody) - already

    def inside(self, district: int | None) -> NDArray[np.bool_]:
        """Points of a district; all for None. Shape (n_points,)."""
        if district is None:
            return np.ones(self.n_points, np.bool_)
        if self.point_district is None:
            return np.zeros(self.n_points, np.bool_)
        return self.point_district == district

    def elsewhere(self, t: int) -> NDArray[np.bool_]:
        """Points where a target's standard does not hold, but another of its format's may."""
        districts = self.targets[t].districts
        if districts is None or self.point_district is None:
            return np.zeros(self.n_points, np.bool_)
        return ~np.isin(self.point_district, districts)

    @cached_property
    def covered_before(self) -> NDArray[np.bool_]:
        """Who is covered by what stands and stays, shape (n_points, n_targets)."""
        covered = np.zeros((self.n_points, self.n_targets), np.bool_)
        for t, target in enumerate(self.targets):
            serving = np.flatnonzero(np.isin(self.outlets.format, target.served_by))
            reach = self.outlets.reach.rows(serving)
            covered[reach.point[reach.cost <= target.limit], t] = True
        return covered

    @cached_property
    def kept_today(self) -> Ints:
        """Options that leave as it is what stands and may move or close. With ``outlets`` they are
        what stands today; ``covered_before`` counts only what stands whatever the plan."""
        return np.flatnonzero(self.acting(Action.KEEP) & (self.options.last == FOREVER))

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
        if len(self.outlets):
            value[self.covered_before] = 0
        return value

    def replace(self, **changes: Any) -> Problem:
        """A copy with some fields changed.

        ``budget=20_000_000`` and ``p=40`` are accepted beside the field names: they replace the
        rules of these keys.
        """
        if "budget" in changes:
            rule = rows.total_budget(self, changes.pop("budget"))
            kept = changes.get("rules", self.rules)
            changes["rules"] = (*(r for r in kept if r.about.key is not Key.TOTAL_BUDGET), rule)
        if "p" in changes:
            p = changes.pop("p")
            kept = tuple(r for r in changes.get("rules", self.rules) if r.about.key is not Key.P)
            changes["rules"] = kept if p is None else (*kept, rows.at_most(self, p))
            changes["objective"] = _replace(changes.get("objective", self.objective), p=p)
        return _replace(self, **changes)

    def under(self, objective: Objective) -> Problem:
        """This problem with another objective; its ``p`` stands among the rules, once.

        ``solve`` and ``verify`` both derive the problem so, which keeps the order of the rules
        (and with it a certificate's prices) the same.
        """
        problem = self if objective == self.objective else _replace(self, objective=objective)
        stated = [int(rule.rhs[0]) for rule in self.rules if rule.about.key is Key.P]
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
            demand_xy,
            site_xy,
            weights,
            radius,
            metric,
            strict=strict,
            costs=costs,
            existing=existing,
            distances=distances,
        )

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
        """Several formats on a street network; see :func:`siting.scenario.frames.from_network`."""
        from siting.scenario.frames import from_network

        return from_network(edges, demand, sites, formats, **settings)
