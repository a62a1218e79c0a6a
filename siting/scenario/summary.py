"""What a scenario's layers hold, as ``siting check`` tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.problem import Place
from siting.problem.vehicles import option_kinds, site_kinds
from siting.scenario.formats.standards import Deviation, Standards
from siting.scenario.schema.settings import Settings

if TYPE_CHECKING:
    from siting.scenario.assemble.contents import Contents
    from siting.scenario.assemble.problem import Assembled


@dataclass(frozen=True)
class Summary:
    """Counts and lists; persons as numbers, ids as text."""

    layers: tuple[Mapping[str, Any], ...]
    """kind, file, layer, crs (its code, or its name without one), places of each layer."""
    people: Mapping[str, float]
    """Persons by group."""
    unreachable_people: Mapping[str, float]
    """Persons by group who cannot reach the network."""
    unreachable: Mapping[str, tuple[str, ...]]
    """Ids by kind of layer that cannot reach the network."""
    near_edge_people: Mapping[str, float]
    """Persons by group so near the network's edge that outlets beyond it may matter."""
    outlets: Mapping[str, int]
    """Outlets that stand, by format in use."""
    ignored_outlets: Mapping[str, int]
    """Outlets by format not in use."""
    sites: int
    """Premises, and outlets in none that may change."""
    options: int
    """Ways of opening a format at a site."""
    fitting_options: int
    """Of those, how many fit the site's floor by themselves."""
    stops: int
    """Places where vehicles may stop."""
    vehicles: int
    """Vehicles that could have something to do."""
    standards: tuple[Mapping[str, Any], ...]
    """format, tier, group, minutes or metres, limit_m, of each format and group counted."""
    deviations: tuple[Deviation, ...]
    network: Mapping[str, Any]
    """Counts of the walking network; empty for straight lines."""
    ways: Mapping[str, int]
    """OpenStreetMap ways by the rule that decided whether one walks there; empty for others."""
    straight_line: bool
    crs: str
    """Planar system in use."""
    warnings: tuple[str, ...]


def summarise(
    settings: Settings, standards: Standards, contents: Contents, assembled: Assembled
) -> Summary:
    """Count."""
    problem, walked, demand = assembled.problem, assembled.walked, contents.demand
    kinds = {
        "demand": demand.places,
        "outlets": contents.outlets.places,
        "premises": contents.premises.places,
        "stops": contents.stops.places,
    }
    layers = tuple(
        {
            "kind": kind,
            "file": part.where,
            "layer": part.name,
            "crs": part.system,
            "places": len(part),
        }
        for kind, places in kinds.items()
        for part in places.layers
    )
    ids: dict[str, Any] = {
        "demand": demand.places.ids,
        "premises": contents.premises.places.ids,
        "outlets": contents.outlets.places.ids[assembled.placed],
        "stops": contents.stops.places.ids,
    }

    def persons(mask: Any) -> dict[str, float]:
        return {
            group: float(demand.persons[g, mask].sum()) / 1000
            for g, group in enumerate(demand.groups)
        }

    near = walked.near_edge
    everyone = np.ones(problem.n_points, np.bool_)
    of_all = Counter(str(kind) for kind in contents.outlets.format)
    of_standing = Counter(str(kind) for kind in contents.outlets.format[assembled.standing])
    of_site, fixed = site_kinds(problem), option_kinds(problem) == Place.PREMISES
    fits = fixed & (problem.options.area <= problem.site_area[problem.options.site])
    nearby = persons(~everyone if near is None else near)
    return Summary(
        layers=layers,
        people=persons(everyone),
        unreachable_people=persons(walked.unreachable["demand"]),
        unreachable={kind: tuple(ids[kind][lost]) for kind, lost in walked.unreachable.items()},
        near_edge_people=nearby,
        outlets={name: of_standing.get(name, 0) for name in standards.use},
        ignored_outlets={k: n for k, n in of_all.items() if k not in standards.use},
        sites=int((of_site == "").sum()),
        options=int(fixed.sum()),
        fitting_options=int(fits.sum()),
        stops=int((of_site == Place.STOP).sum()),
        vehicles=int((of_site == Place.VEHICLE).sum()),
        standards=tuple(
            {
                "format": problem.labels.formats[target.format],
                "tier": target.tier,
                "group": problem.labels.groups[target.group],
                "minutes": standards.formats[problem.labels.formats[target.format]].minutes,
                "limit_m": target.limit / 10,
            }
            for target in problem.targets
            if target.phase == 0  # the standards of the first phase are those of all
        ),
        deviations=standards.deviations,
        network=walked.report,
        ways={} if walked.network is None else walked.network.decided,
        straight_line=settings.travel is not None and settings.travel.mode != "network",
        crs=walked.system,
        warnings=(*contents.warnings, *assembled.warnings),
    )
