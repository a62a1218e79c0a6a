"""A small synthetic city as Problem and Result, without files and without a solver."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer
from scipy.spatial import KDTree

from siting.demo.city import draw_city
from siting.demo.data import City
from siting.demo.layout import CRS
from siting.problem import UNLIMITED, Labels, Objective, Options, Outlets, Problem, Target, rules
from siting.problem.reach import Reach
from siting.result import Result
from siting.result.accounting import plan_of
from siting.verification.evaluation import evaluate

GROUPS = {"all": "people", "elderly": "people_60", "toddlers": "people_0_3"}
GROUP_OF = {"elderly_daycare": 1, "childcare": 2}
DETOUR = 1.3


def small_city(people: int = 400, sites: int = 60, formats: int = 4, seed: int = 1) -> Problem:
    """Straight-line walks over a drawn city."""
    return problem_of(draw_city(people, sites, formats, seed=seed, residents=people * 40))


def problem_of(city: City) -> Problem:
    points, premises, standing = (
        frame[["x", "y"]].to_numpy() for frame in (city.people, city.premises, city.outlets)
    )
    longest = max(s.metres for s in city.used)
    area = city.premises["area"].to_numpy()
    permitted = city.premises["permitted"].astype(str).str.split("|")
    rows = [
        (s, f)
        for s in range(len(premises))
        for f, standard in enumerate(city.used)
        if standard.id in permitted[s] and area[s] >= standard.area_m2
    ]
    site, format = np.array(rows).T
    factor = city.premises["factor"].to_numpy()[site]
    known = [s.id for s in city.used]
    to_degrees = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    districts = sorted(set(city.people["district"]))
    problem = Problem(
        persons=np.array([city.people[c] * 1000 for c in GROUPS.values()], np.int64),
        reach=walks(premises, points, longest),
        options=Options.of(
            site,
            format,
            np.round(np.array([city.used[f].cost for f in format]) * factor),
            area=[city.used[f].area_m2 for f in format],
        ),
        targets=tuple(
            Target(
                f,
                GROUP_OF.get(s.id, 0),
                s.metres * 10,
                tier="quality" if s.id in GROUP_OF else "basic",
            )
            for f, s in enumerate(city.used)
        ),
        site_area=area.astype(np.int64),
        opening_cost=city.premises["opening"].to_numpy(np.int64),
        outlets=Outlets(
            np.array([known.index(k) for k in city.outlets["kind"]], np.int32),
            walks(standing, points, longest),
            np.full(len(standing), UNLIMITED),
            np.full(len(standing), -1, np.int32),
        ),
        site_district=np.array([districts.index(d) for d in city.premises["district"]], np.int32),
        labels=Labels(
            sites=tuple(city.premises["id"]),
            outlets=tuple(city.outlets["id"]),
            formats=tuple(known),
            groups=tuple(GROUPS),
            districts=tuple(districts),
            site_lonlat=np.column_stack(to_degrees.transform(*premises.T)),
            point_lonlat=np.column_stack(to_degrees.transform(*points.T)),
            outlet_lonlat=np.column_stack(to_degrees.transform(*standing.T)),
            currency="CNY",
        ),
    )
    return problem.replace(rules=(rules.total_budget(problem, city.budget),))


def walks(places: NDArray[np.float64], points: NDArray[np.float64], longest: float) -> Reach:
    """Who is within the longest standard of each place, straight line times the detour."""
    tree = KDTree(points)
    near = [np.array(tree.query_ball_point(at, longest / DETOUR), np.int64) for at in places]
    place = np.repeat(np.arange(len(places)), [len(p) for p in near])
    point = np.concatenate(near)
    dm = np.floor(np.hypot(*(places[place] - points[point]).T) * DETOUR * 10 + 0.5)
    return Reach.from_pairs(place, point, dm.astype(np.uint16), len(places), len(points))


def some_plan(problem: Problem, outlets: int = 12) -> Result:
    """The options of most people, one a site and format, as if a solver had chosen them."""
    reach, o = problem.reach, problem.options
    crowd = np.diff(reach.start)[o.site] + o.format  # formats break ties
    chosen = np.sort(
        np.argsort(-crowd, kind="stable")[:: max(1, problem.n_options // outlets)][:outlets]
    )
    plan = plan_of(problem, evaluate(problem, chosen))
    gained = float(plan.table["newly_covered"].sum())
    return Result(
        "feasible",
        "time",
        gained,
        gained * 1.01,
        plan,
        Objective(),
        "city",
        bound_proof="certificate",
        timings={"reach": 0.4, "search": 3.1},
    )
