"""What every family of rules needs: names, masks over options, positions of ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from siting.notice import Notice
from siting.problem import FOREVER, About, Action, Problem
from siting.scenario.assemble.contents import Contents
from siting.scenario.assemble.sites import Sites
from siting.scenario.formats.catalogue import Format, Nuisance
from siting.scenario.schema.rules import Apart
from siting.scenario.schema.settings import Settings

Mask = NDArray[np.bool_]


class Named(TypedDict):
    """What every rule is told by."""

    name: str
    about: About
    reason: str


class RuleMaker:
    """The ground rules are made on: a problem that has options, labels and outlets already."""

    def __init__(
        self,
        problem: Problem,
        settings: Settings,
        formats: Mapping[str, Format],
        contents: Contents,
        sites: Sites,
        crs: str,
        outlet_xy: NDArray[np.float64],
        nuisances: Mapping[str, Nuisance] | None = None,
    ):
        """``crs`` is the planar system of the sites and of ``outlet_xy``, shape (n_outlets, 2)."""
        self.problem = problem
        self.settings = settings
        self.formats = formats
        self.contents = contents
        self.sites = sites
        self.crs = crs
        self.outlet_xy = outlet_xy
        asked = settings.rules.nuisance
        self.nuisances = {
            name: nuisance
            for name, nuisance in (nuisances or {}).items()
            if name in asked or "all" in asked
        }
        """Classes whose distances must be kept."""
        self.apart = (*settings.rules.apart, *self._from_care())
        """Distances between outlets, those that keep nuisances from care among them."""
        self.new = problem.acting(Action.OPEN)
        """Options that open something; the others change what stands."""
        self.kept = problem.acting(Action.KEEP)
        """Options that leave what stands as it is, for a time or for good."""
        self.stays = self.kept & (problem.options.last == FOREVER)
        """Options that leave it so for good."""
        self.upgraded = problem.acting(Action.UPGRADE)
        """Options that make a substandard outlet count."""
        self.opens = problem.acting(Action.OPEN, Action.MOVE)
        """Options that put an outlet where none stands: new ones and moves."""
        self.premises = sites.home[problem.options.site]
        """Premises an option is at: where it opens, or where the outlet stands that it is done to;
        -1 for none."""
        labels = problem.labels
        self.site = {name: s for s, name in enumerate(labels.sites)}
        self.format = {name: f for f, name in enumerate(labels.formats)}
        self.district = {name: d for d, name in enumerate(labels.districts)}
        self.warnings: list[Notice] = []
        self.names: set[str] = set()

    def disturbing(self, nuisance: str) -> list[str]:
        """Formats in use of a class of nuisance."""
        use = self.problem.labels.formats
        return [name for name in use if nuisance in self.formats[name].nuisance]

    def _from_care(self) -> Iterator[Apart]:
        """A pair of formats for each that disturbs and each that cares, the longest distance."""
        metres: dict[tuple[str, str], float] = {}
        cares = [name for name in self.problem.labels.formats if self.formats[name].care]
        for name, nuisance in self.nuisances.items():
            for keep in nuisance.keep:
                for pair in product(self.disturbing(name), cares if keep.from_ == "care" else ()):
                    metres[pair] = max(keep.metres, metres.get(pair, 0.0))
        for pair, least in metres.items():
            yield Apart(formats=list(pair), metres=least)

    def named(self, name: str, about: About, reason: str | None = None) -> Named:
        """A rule's name, made unlike those before it, what it is about and why, as keywords."""
        name = base = str(name)
        n = 1
        while name in self.names:
            n += 1
            name = f"{base}#{n}"
        self.names.add(name)
        return {"name": name, "about": replace(about, number=n), "reason": reason or ""}

    def of_format(self, name: str) -> Mask:
        """Options of a format; of none when it is not in use."""
        return self.problem.options.format == self.format.get(name, -1)

    def options_at(self, site: int) -> NDArray[np.int64]:
        """Positions of the options of a site."""
        first, end = self.problem.site_options[site : site + 2]
        return np.arange(first, end)

    def vehicles_of(self, unit: int) -> Mask:
        """Options that are a vehicle of a mobile unit."""
        return vehicles_of(self.problem, self.sites, unit)

    def of_tier(self, tier: str) -> Mask:
        """Options of the formats of a tier."""
        of_tier = [f for name, f in self.format.items() if self.formats[name].tier == tier]
        return np.isin(self.problem.options.format, of_tier)

    def of_district(self, name: str) -> Mask:
        """Options at the premises of a district."""
        return self.sites_of_district(name)[self.problem.options.site]

    def sites_of_district(self, name: str) -> Mask:
        """Sites of a district."""
        district = self.problem.site_district
        assert district is not None
        found: Mask = district == self.district.get(name, -2)
        return found

    def tell_unused(self, rule: str, format_: str) -> None:
        """Warn once that a rule names a format that is not planned."""
        if format_ not in self.format:
            unused = Notice("rules.not_in_use", rule=rule, format=format_)
            if unused not in self.warnings:
                self.warnings.append(unused)


def vehicles_of(problem: Problem, sites: Sites, unit: int) -> Mask:
    """Options that are a vehicle of a mobile unit, shape (n_options,)."""
    mobile, at = sites.mobile, problem.options.site - sites.first_stop
    mine: Mask = np.append((mobile.unit == unit) & (mobile.number > 0), False)
    return mine[np.where(at < 0, len(mobile.unit), at)]
