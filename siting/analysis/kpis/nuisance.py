"""What a plan opens nearer to care, schools and homes than its nuisance should be (商居和谐), and
premises where the law on fumes cannot be checked, for nobody tells use or flue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.notice import Notice
from siting.problem import Action
from siting.scenario.layers.layer import planar_shapes

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.scenario import Scenario
Ints = NDArray[np.int64]
CARE = "care"


@dataclass(frozen=True)
class TooNear:
    """An outlet that disturbs and a place that it should keep away from."""

    nuisance: str
    format: str
    place: str
    """Id of the site or standing outlet that disturbs."""
    kind: str
    """care, schools or homes."""
    other: str
    """Id of the place that is disturbed."""
    other_format: str
    """Of an outlet of care; empty for others."""
    metres: float
    """The straight line between them."""
    asked: float


@dataclass(frozen=True)
class _Outlet:
    """One that is there once the plan is carried out."""

    id: str
    format: str
    xy: NDArray[np.float64]
    planned: bool


def too_near(scenario: Scenario, options: Ints) -> tuple[TooNear, ...]:
    """Pairs of which the plan opens at least one, by class, then distance; what stands near what
    stands is no matter of the plan.

    Args:
        options: of the plan.
    """
    found: list[TooNear] = []
    outlets = list(_outlets(scenario, scenario.problem(), options))
    formats = scenario.standards.formats
    places = dict(_places(scenario))
    for name, nuisance in scenario.standards.nuisances.items():
        disturbing = [one for one in outlets if name in formats[one.format].nuisance]
        for keep in nuisance.keep:
            for one in disturbing:
                if keep.from_ == CARE:
                    near = _care(one, outlets, scenario, keep.metres)
                else:
                    near = _layer(one, *places[keep.from_], keep.metres)
                for other, other_format, metres in near:
                    found.append(
                        TooNear(
                            name,
                            one.format,
                            one.id,
                            keep.from_,
                            other,
                            other_format,
                            metres,
                            keep.metres,
                        )
                    )
    return tuple(found)


def _outlets(scenario: Scenario, problem: Problem, options: Ints) -> Iterator[_Outlet]:
    assembled, names = scenario.assembled, problem.labels
    for k, xy in enumerate(assembled.standing_xy):
        id = str(names.outlets[k]) if len(names.outlets) else str(k)
        yield _Outlet(id, names.formats[problem.outlets.format[k]], xy, False)
    assert problem.site_xy is not None
    opens = problem.acting(Action.OPEN, Action.MOVE)
    for option in options.tolist():
        site = int(problem.options.site[option])
        format_ = names.formats[problem.options.format[option]]
        yield _Outlet(problem.site_id(site), format_, problem.site_xy[site], bool(opens[option]))


def _care(
    one: _Outlet, outlets: list[_Outlet], scenario: Scenario, metres: float
) -> Iterator[tuple[str, str, float]]:
    """Outlets of care nearer than that, of which or of whom one is planned."""
    formats = scenario.standards.formats
    for other in outlets:
        if formats[other.format].care and (one.planned or other.planned):
            gap = float(np.hypot(*(one.xy - other.xy)))
            if gap < metres:
                yield other.id, other.format, gap


def _places(
    scenario: Scenario,
) -> Iterator[tuple[str, tuple[NDArray[np.object_], list[str]]]]:
    """Kind: planar shapes and ids of the places of its layers."""
    crs = scenario.assembled.walked.crs
    for kind, layers in scenario.contents.neighbours.items():
        shapes = [shape for part in layers for shape in planar_shapes(part, crs)]
        ids = [str(id) for part in layers for id in part.ids]
        yield kind, (np.array(shapes, object), ids)


def _layer(
    one: _Outlet, shapes: NDArray[np.object_], ids: list[str], metres: float
) -> Iterator[tuple[str, str, float]]:
    """The nearest place of a layer, where it is nearer than that."""
    if not one.planned or not len(shapes):
        return
    gaps = shapely.distance(shapely.points(one.xy), shapes)
    at = int(gaps.argmin())
    if gaps[at] < metres:
        yield ids[at], "", float(gaps[at])


@dataclass(frozen=True)
class Untold:
    """An outlet with fumes at premises whose use or flue nobody tells."""

    option: int
    site: str
    format: str


def fumes_untold(scenario: Scenario, options: Ints) -> tuple[Untold, ...]:
    """One for each that a plan opens."""
    problem, formats = scenario.problem(), scenario.standards.formats
    untold = scenario.contents.premises.unmet.fumes_untold
    opens = problem.acting(Action.OPEN, Action.MOVE)
    found = []
    for option in options[opens[options]].tolist():
        site = int(problem.options.site[option])
        name = problem.labels.formats[problem.options.format[option]]
        if formats[name].fumes and site < len(untold) and untold[site]:
            found.append(Untold(option, problem.site_id(site), name))
    return tuple(found)


def told(scenario: Scenario, options: Ints) -> tuple[Notice, ...]:
    """What a planner must look at before anything opens."""
    near = too_near(scenario, options)
    untold = dict.fromkeys(one.site for one in fumes_untold(scenario, options))
    found = []
    if near:
        found.append(Notice("plan.too_near", n=len({(one.place, one.format) for one in near})))
    if untold:
        found.append(Notice("plan.fumes_untold", places=list(untold)))
    return tuple(found)
