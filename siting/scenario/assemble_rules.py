"""The planner's rules as rows over options; ids become positions here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from siting import rules as rows
from siting.problem import MinCoverage, Problem, Rule, Spacing, Target
from siting.scenario.assemble_options import ADD_ON, ways_of
from siting.scenario.assemble_sites import Sites
from siting.scenario.assemble_targets import TargetKey, phase_of
from siting.scenario.catalogue import Format
from siting.scenario.contents import Contents
from siting.scenario.layers import planar_shapes
from siting.scenario.phases import phases_of
from siting.scenario.schema import Settings
from siting.scenario.schema_rules import Apart, MaxOutlets, SiteRule
from siting.scenario.values import exact

Mask = NDArray[np.bool_]


class RuleMaker:
    """Turns settings into rules of a problem that has options, labels and outlets already."""

    def __init__(
        self,
        problem: Problem,
        settings: Settings,
        formats: Mapping[str, Format],
        contents: Contents,
        sites: Sites,
        crs: str,
        outlet_xy: NDArray[np.float64],
    ):
        """``crs`` is the planar system of the sites and of ``outlet_xy``, shape (n_outlets, 2)."""
        self.problem = problem
        self.settings = settings
        self.formats = formats
        self.contents = contents
        self.sites = sites
        self.crs = crs
        self.outlet_xy = outlet_xy
        self.new = problem.options.action == 0
        """Options that open something; the others change what stands."""
        labels = problem.labels
        self.site = {name: s for s, name in enumerate(labels.sites)}
        self.format = {name: f for f, name in enumerate(labels.formats)}
        self.district = {name: d for d, name in enumerate(labels.districts)}
        self.warnings: list[str] = []
        self._names: set[str] = set()

    def name(self, given: str | None, default: str) -> str:
        """The rule's name, made unlike those before it."""
        name = base = given or default
        n = 2
        while name in self._names:
            name, n = f"{base}#{n}", n + 1
        self._names.add(name)
        return name

    def all(self) -> tuple[Rule, ...]:
        """Every rule that is rows over options."""
        return (
            *self._budgets(), *self._counts(), *self._sites(), *self._together(),
            *self._add_ons(), *self._apart_from_existing(), *self._away(), *self._hubs(),
            *self._floor_shares(), *self._catchments(),
        )  # fmt: skip

    # -- masks over options ----------------------------------------------------------------------

    def of_format(self, name: str) -> Mask:
        """Options of a format; of none when it is not in use."""
        return self.problem.options.format == self.format.get(name, -1)

    def of_tier(self, tier: str) -> Mask:
        """Options of the formats of a tier."""
        of_tier = [f for name, f in self.format.items() if self.formats[name].tier == tier]
        return np.isin(self.problem.options.format, of_tier)

    def of_district(self, name: str) -> Mask:
        """Options at the premises of a district."""
        return self._sites_of_district(name)[self.problem.options.site]

    def _sites_of_district(self, name: str) -> Mask:
        district = self.problem.site_district
        assert district is not None
        found: Mask = district == self.district.get(name, -2)
        return found

    # -- families ----------------------------------------------------------------------------------

    def _budgets(self) -> Iterator[Rule]:
        budget = self.settings.budget
        if budget is None:
            return
        problem, reason = self.problem, budget.reason or ""
        if budget.total is not None:
            yield rows.budget(problem, self.name(None, "budget.total"), budget.total, reason=reason)
        for tier, limit in budget.per_tier.items():
            name = self.name(None, f"budget.per_tier.{tier}")
            mask = self.of_tier(tier)
            yield rows.budget(problem, name, limit, mask, openings=False, reason=reason)
        for format_, limit in budget.per_format.items():
            name = self.name(None, f"budget.per_format.{format_}")
            self._tell_unused(f"budget.per_format.{format_}", format_)
            mask = self.of_format(format_)
            yield rows.budget(problem, name, limit, mask, openings=False, reason=reason)
        for district, limit in budget.per_district.items():
            name = self.name(None, f"budget.per_district.{district}")
            openings = np.repeat(self._sites_of_district(district), problem.n_phases)
            mask = self.of_district(district)
            yield rows.budget(problem, name, limit, mask, openings=openings, reason=reason)
        for phase, limit in budget.per_phase.items():
            k = problem.labels.phases.index(phase)
            name = self.name(None, f"budget.per_phase.{phase}")
            openings = np.arange(problem.n_sites * problem.n_phases) % problem.n_phases == k
            mask = problem.options.phase == k
            yield rows.budget(problem, name, limit, mask, openings=openings, reason=reason)
        yield from self._shares_of_cost(budget.public, budget.yearly, reason)

    def _shares_of_cost(
        self, public: int | None, yearly: int | None, reason: str
    ) -> Iterator[Rule]:
        problem, o = self.problem, self.problem.options
        if public is not None:
            shares = [exact(self.formats[f].public_share or 0) for f in problem.labels.formats]
            paid = np.zeros(len(o), np.int64)
            for f, share in enumerate(shares):
                mine = o.format == f
                n, d = share.numerator, share.denominator
                paid[mine] = [(2 * n * int(cost) + d) // (2 * d) for cost in o.cost[mine]]
            yield rows.weighted(problem, self.name(None, "budget.public"), "budget", paid, "<=",
                                public, unit="money", reason=reason)  # fmt: skip
        if yearly is not None:
            support = np.zeros(len(o), np.int64)
            for f, name in enumerate(problem.labels.formats):
                for size in ways_of(self.formats[name]):
                    k = problem.labels.sizes.index(size.name)
                    mine = (o.format == f) & (o.size == k) & self.new
                    rent = self.contents.premises.rent[o.site[mine]] * o.area[mine]
                    support[mine] = np.floor(size.yearly_cost + rent + 0.5).astype(np.int64)
            yield rows.weighted(problem, self.name(None, "budget.yearly"), "budget", support, "<=",
                                yearly, unit="money", reason=reason)  # fmt: skip

    def _counts(self) -> Iterator[Rule]:
        p = self.settings.objective.p
        if p is not None:
            self._names.add("p")
            yield rows.at_most(self.problem, p)
        limits = self.settings.rules.max_outlets
        if limits is not None:
            yield from self._max_outlets(limits)
        most = self.settings.rules.max_formats_per_site
        if most is not None:
            name = self.name(most.name, "max_formats_per_site")
            reason = most.reason or ""
            yield rows.max_formats_per_site(self.problem, most.limit, name=name, reason=reason)

    def _max_outlets(self, limits: MaxOutlets) -> Iterator[Rule]:
        base = limits.name or "max_outlets"
        parts: list[tuple[str, int, Mask | None]] = []
        if limits.total is not None:
            parts.append((limits.name or "max_outlets.total", limits.total, None))
        parts += [(f"{base}.per_tier.{k}", v, self.of_tier(k)) for k, v in limits.per_tier.items()]
        for k, v in limits.per_format.items():
            self._tell_unused(f"{base}.per_format.{k}", k)
            parts.append((f"{base}.per_format.{k}", v, self.of_format(k)))
        parts += [(f"{base}.per_district.{k}", v, self.of_district(k))
                  for k, v in limits.per_district.items()]  # fmt: skip
        for name, limit, mask in parts:
            reason = limits.reason or ""
            opened = self.new if mask is None else mask & self.new
            yield rows.count(self.problem, self.name(None, name), limit, opened, reason=reason)

    def _sites(self) -> Iterator[Rule]:
        for rule in self.settings.rules.require:
            name = self.name(rule.name, f"require.{self._spot(rule)}")
            yield rows.require(self.problem, name, self._at(rule), reason=rule.reason or "")
        for rule in self.settings.rules.forbid:
            name = self.name(rule.name, f"forbid.{self._spot(rule)}")
            if rule.format is not None:
                self._tell_unused(name, rule.format)
            yield rows.forbid(self.problem, name, self._at(rule), reason=rule.reason or "")

    def _spot(self, rule: SiteRule) -> str:
        return rule.site if rule.format is None else f"{rule.site}.{rule.format}"

    def _at(self, rule: SiteRule) -> Mask:
        mask: Mask = self.problem.options.site == self.site[rule.site]
        return mask if rule.format is None else mask & self.of_format(rule.format)

    def _together(self) -> Iterator[Rule]:
        for rule in self.settings.rules.together:
            guest, host = rule.formats
            name = self.name(rule.name, f"together.{guest}+{host}")
            yield rows.together(
                self.problem, name, self.format[guest], self.format[host], reason=rule.reason or ""
            )

    def _add_ons(self) -> Iterator[Rule]:
        """A counter opens only in the shop of a host, new or standing."""
        o, labels = self.problem.options, self.problem.labels
        for f, name in enumerate(labels.formats):
            counter = self.formats[name].add_on
            if counter is None:
                continue
            guests = (o.format == f) & (o.size == labels.sizes.index(ADD_ON)) & self.new
            hosts = [self.format[host] for host in counter.hosts if host in self.format]
            rule = self.name(None, f"add_on.{name}")
            yield rows.companion(self.problem, rule, "add_on", guests, hosts)

    def _hubs(self) -> Iterator[Rule]:
        """rows:  least * x[o] - Σ_{j at s} size[j] x[j] <= 0, an option of the hub's site."""
        o = self.problem.options
        for hub in self.settings.rules.hubs:
            here = o.site == self.site[hub.site]
            least = {"formats": (hub.min_formats, here.astype(np.int64)),
                     "m2": (ceil(exact(hub.min_area_m2)), np.where(here, o.area, 0))}  # fmt: skip
            base = hub.name or f"hub.{hub.site}"
            reason = hub.reason or ""
            for what, (bound, amount) in least.items():
                name = self.name(None, f"{base}.{what}")
                if hub.required:
                    unit = "outlets" if what == "formats" else "m2"
                    yield rows.weighted(self.problem, name, "hub", amount, ">=", bound, unit=unit,
                                        reason=reason)  # fmt: skip
                else:
                    yield rows.all_or_nothing(self.problem, name, "hub", here, amount, bound,
                                              reason=reason)  # fmt: skip

    def _floor_shares(self) -> Iterator[Rule]:
        """Floor that new outlets must add for a new community to keep its share."""
        for rule in self.settings.rules.floor_share:
            lacking = ceil(exact(rule.share) * exact(rule.gross_m2) - exact(rule.commercial_m2))
            reachable = self.of_district(rule.district) & self.new
            base = rule.name or f"floor_share.{rule.district}"
            if rule.new and lacking > 0:
                area = np.where(reachable, self.problem.options.area, 0)
                yield rows.weighted(self.problem, self.name(None, base), "floor_share", area, ">=",
                                    lacking, unit="m2", reason=rule.reason or "")  # fmt: skip
            elif not rule.new and lacking > 0:
                self.warnings.append(
                    f"{base}: an old community short of {lacking:,} m2 of commercial floor "
                    f"({float(rule.share):.0%} of {rule.gross_m2:,.0f} m2); reported, not demanded"
                )

    def _catchments(self) -> Iterator[Rule]:
        """Options with too few people of the format's groups within its standard."""
        problem, o = self.problem, self.problem.options
        for f, name in enumerate(problem.labels.formats):
            least = self.formats[name].min_catchment
            if not least:
                continue
            people = np.zeros(problem.n_sites, np.int64)
            for target in problem.targets:
                if target.format == f and target.phase == 0 and target.weight_micro > 0:
                    people += people_within(problem, target)
            small = people < ceil(exact(least) * problem.person_units)
            mask = (o.format == f) & small[o.site] & self.new
            if mask.any():
                yield rows.forbid(problem, self.name(None, f"min_catchment.{name}"), mask)

    # -- spacing -----------------------------------------------------------------------------------

    def spacings(self) -> tuple[Spacing, ...]:
        """Distances between chosen outlets."""
        made = []
        for rule in self.settings.rules.apart:
            name = self.name(rule.name, f"apart.{'+'.join(rule.formats)}")
            for format_ in rule.formats:
                self._tell_unused(name, format_)
            used = tuple(self.format[f] for f in rule.formats if f in self.format)
            if len(used) >= min(2, len(rule.formats)):
                near = self._near(rule.metres)
                made.append(Spacing(name, used, near, rule.reason or ""))
        return tuple(made)

    def _near(self, metres: float) -> csr_array:
        """Pairs of sites nearer than the distance."""
        xy, n = self.problem.site_xy, self.problem.n_sites
        assert xy is not None
        pairs = cKDTree(xy).query_pairs(metres * (1 + 1e-9), output_type="ndarray")
        gap = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
        # What stands where it stands keeps no distance by being enlarged.
        pairs = pairs[(gap < metres) & (pairs < self.sites.n_premises).all(axis=1)]
        both = np.concatenate([pairs, pairs[:, ::-1]])
        ones = np.ones(len(both), np.bool_)
        return csr_array((ones, (both[:, 0], both[:, 1])), shape=(n, n))

    def _apart_from_existing(self) -> Iterator[Rule]:
        """Options too near to an outlet that stands, or at its site."""
        for rule in self.settings.rules.apart:
            mask = np.zeros(self.problem.n_options, np.bool_)
            for name in rule.formats:
                if name in self.format:
                    mask |= (
                        self.of_format(name) & self._spoilt(name, rule)[self.problem.options.site]
                    )
            mask &= self.new
            if mask.any():
                base = rule.name or f"apart.{'+'.join(rule.formats)}"
                name = self.name(None, f"{base}.existing")
                yield rows.forbid(self.problem, name, mask, reason=rule.reason or "")

    def _spoilt(self, name: str, rule: Apart) -> Mask:
        """Sites where an outlet that stands forbids this format, shape (n_sites,)."""
        others = [name] if len(rule.formats) == 1 else [f for f in rule.formats if f != name]
        positions = [self.format[f] for f in others if f in self.format]
        outlets = self.problem.outlets
        standing = np.flatnonzero(np.isin(outlets.format, positions))
        spoilt = np.zeros(self.problem.n_sites, np.bool_)
        if len(standing) == 0:
            return spoilt
        same = outlets.site[standing]
        spoilt[same[same >= 0]] = True
        assert self.problem.site_xy is not None
        gap, _ = cKDTree(self.outlet_xy[standing]).query(self.problem.site_xy)
        return spoilt | (gap < rule.metres)

    def _away(self) -> Iterator[Rule]:
        """Options too near to a place of the rule's layer."""
        for rule, places in zip(self.settings.rules.away, self.contents.away, strict=True):
            shapes = planar_shapes(places, self.crs)
            near = np.zeros(self.problem.n_sites, np.bool_)
            if len(shapes):
                sites = shapely.points(self.sites.xy)
                found, gap = shapely.STRtree(shapes).query_nearest(
                    sites, return_distance=True, all_matches=False
                )
                near[found[0]] = gap < rule.metres
            mask = np.zeros(self.problem.n_options, np.bool_)
            for name in rule.formats:
                mask |= self.of_format(name)
            mask &= near[self.problem.options.site] & self.new
            base = self.name(rule.name, f"away.{'+'.join(rule.formats)}.{places.name}")
            if mask.any():
                yield rows.forbid(self.problem, base, mask, reason=rule.reason or "")

    # -- coverage ----------------------------------------------------------------------------------

    def min_coverage(self, target: Mapping[TargetKey, int]) -> tuple[MinCoverage, ...]:
        """Least shares.

        Args:
            target: position of each (format, group, phase).
        """
        made = []
        for rule in self.settings.rules.min_coverage:
            groups = (rule.group,) if rule.group else self.formats[rule.format].groups
            for group in groups:
                name = f"min_coverage.{rule.format}.{group}"
                phase = phase_of(rule.phase, phases_of(self.settings))
                if rule.district is not None:
                    name += f".{rule.district}"
                districts: tuple[int, ...] | None = None
                if rule.district == "*":
                    here = self.problem.point_district
                    assert here is not None
                    districts = tuple(int(d) for d in np.unique(here[here >= 0]))
                elif rule.district is not None:
                    districts = (self.district[rule.district],)
                made.append(
                    MinCoverage(
                        self.name(rule.name, name), target[rule.format, group, phase],
                        exact(rule.share), districts, rule.reason or "",
                    )
                )  # fmt: skip
        return tuple(made)

    def _tell_unused(self, rule: str, format_: str) -> None:
        if format_ not in self.format:
            text = f"{rule}: {format_} is not in use; the rule says nothing about it"
            if text not in self.warnings:
                self.warnings.append(text)


def people_within(problem: Problem, target: Target) -> NDArray[np.int64]:
    """Persons of a target within its standard of each site, in 1/person_units, shape (n_sites,)."""
    reach = problem.reach
    total = np.concatenate([[0], np.cumsum(problem.persons[target.group][reach.point])])
    within: NDArray[np.int64] = total[reach.prefix_end(target.limit)] - total[reach.start[:-1]]
    return within
