"""The planner's rules as rows over options; ids become positions here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from siting import rules as rows
from siting.problem import MinCoverage, Problem, Rule, Spacing
from siting.scenario.catalogue import Format
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
        outlet_xy: NDArray[np.float64],
    ):
        self.problem = problem
        self.settings = settings
        self.formats = formats
        self.outlet_xy = outlet_xy
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
            *self._apart_from_existing(),
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
            yield rows.count(self.problem, self.name(None, name), limit, mask, reason=reason)

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
        pairs = pairs[gap < metres]
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

    # -- coverage ----------------------------------------------------------------------------------

    def min_coverage(self, target: Mapping[tuple[str, str], int]) -> tuple[MinCoverage, ...]:
        """Least shares.

        Args:
            target: position of each (format, group).
        """
        made = []
        for rule in self.settings.rules.min_coverage:
            groups = (rule.group,) if rule.group else self.formats[rule.format].groups
            for group in groups:
                name = f"min_coverage.{rule.format}.{group}"
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
                        self.name(rule.name, name), target[rule.format, group],
                        exact(rule.share), districts, rule.reason or "",
                    )
                )  # fmt: skip
        return tuple(made)

    def _tell_unused(self, rule: str, format_: str) -> None:
        if format_ not in self.format:
            text = f"{rule}: {format_} is not in use; the rule says nothing about it"
            if text not in self.warnings:
                self.warnings.append(text)
