"""A seeded sample of the reach walked again with other libraries: shapely, scipy, pyproj.

Nothing of ``siting.walking`` that finds the way is used: places are put on the streets by shapely,
ways are found by scipy's Dijkstra, straight lines by numpy or (on the sphere) pyproj.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from siting.analysis.audit.reach_slopes import slopes_again
from siting.analysis.audit.reach_walls import ByGates, WalledStretches
from siting.notice import Notice
from siting.problem import Place, Problem
from siting.problem.vehicles import site_kinds

if TYPE_CHECKING:
    from siting.scenario import Scenario
    from siting.walking.compounds import Compounds
    from siting.walking.network import Network

Float = NDArray[np.float64]
Ints = NDArray[np.int64]
CLOSE_DM = 2
"""Libraries that round a hair apart may differ by one decimetre at each end of a walk."""
TOLD = 5
RADIUS_M = 6_378_137.0


@dataclass(frozen=True)
class Rewalk:
    """What the sample gave."""

    sites: int
    pairs: int
    """Walking costs compared."""
    largest_dm: int
    """Largest difference, decimetres."""
    differences: tuple[str, ...]
    """A sentence for each of the first walks that differ by more than ``CLOSE_DM``."""


def rewalk(scenario: Scenario, problem: Problem, sites: int = 20, seed: int = 0) -> Rewalk:
    """Walk from some candidate sites again and compare with the problem's reach.

    Args:
        sites: how many, drawn without repeats.
        seed: of the draw.
    """
    travel = scenario.settings.travel
    limit = max((target.limit for target in problem.targets), default=0.0)
    if travel is None or problem.site_xy is None or problem.point_xy is None:
        return Rewalk(0, 0, 0, ())
    rng = np.random.default_rng(seed)
    # Vehicles are sites of the problem that nobody walks to.
    places = np.flatnonzero(site_kinds(problem) != Place.VEHICLE)
    drawn = np.sort(places[rng.permutation(len(places))[:sites]])
    compounds = scenario.assembled.walked.compounds
    everybody = np.arange(problem.n_points)
    own = _degrees(scenario.assembled.walked.crs) if travel.mode == "great_circle" else _same
    all_walks: list[tuple[Any, Ints]] = []
    for pace in scenario.assembled.walked.paces:
        streets = _Streets(pace.walled, travel.snap_limit_m, problem, limit, compounds)
        all_walks.append((streets, pace.points))
    if travel.mode != "network":
        all_walks.append((_Straight(travel.mode, travel.detour, problem), everybody))
    if compounds is not None:
        gates = compounds, problem.site_xy, problem.point_xy, own
        all_walks = [(ByGates(walks, *gates), points) for walks, points in all_walks]
    pairs, largest, told = 0, 0, []
    for site in drawn.tolist():
        stored = np.full(problem.n_points, np.inf)
        stored[problem.reach.row(site)] = problem.reach.row_cost(site)
        again = np.full(problem.n_points, np.inf)
        for walks, points in all_walks:
            nearby, mine = walks.walk(site)
            of_them = np.isin(nearby, points)
            again[nearby[of_them]] = mine[of_them]
        again[again > limit + CLOSE_DM] = np.inf
        there = np.flatnonzero(np.isfinite(stored) | (again <= limit - CLOSE_DM))
        apart = np.abs(np.where(stored[there] == again[there], 0.0, stored[there] - again[there]))
        pairs += len(there)
        largest = max(largest, int(apart[np.isfinite(apart)].max(initial=0)))
        told += [
            Notice(
                "verify.walk",
                v0=problem.site_id(site),
                point=point + 1,
                stored=stored[point],
                again=again[point],
            )
            for point in there[apart > CLOSE_DM].tolist()
        ]
    told = [*slopes_again(scenario), *told]
    more = [Notice("verify.more_walks", n_told=len(told) - TOLD)] if len(told) > TOLD else []
    return Rewalk(len(drawn), pairs, largest, (*told[:TOLD], *more))


def rounded(metres: Any) -> Ints:
    """Half up to whole decimetres; a hair below a half counts as the half."""
    return np.floor(np.asarray(metres, np.float64) * 10 + 0.500001).astype(np.int64)


def _same(xy: Float) -> Float:
    return xy


def _degrees(crs: str) -> Callable[[Float], Float]:
    """From planar metres to (lon, lat)."""
    from pyproj import Transformer

    turn = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    return lambda xy: np.column_stack(turn.transform(xy[:, 0], xy[:, 1]))


class _Streets:
    """Walks on a network from one site to every point that may be near."""

    def __init__(
        self,
        network: Network,
        snap_m: float,
        problem: Problem,
        limit_dm: float,
        compounds: Compounds | None,
    ):
        import shapely

        self.network, self.snap_m, self.limit_dm = network, snap_m, limit_dm
        assert problem.site_xy is not None and problem.point_xy is not None
        self.site_xy, self.point_xy = problem.site_xy, problem.point_xy
        vertices = np.diff(network.shape_start)
        self.lines = shapely.linestrings(
            network.shape_xy, indices=np.repeat(np.arange(network.n_edges), vertices)
        )
        self.tree = shapely.STRtree(self.lines)
        self.graph = _graph(network)
        self.outside = None if compounds is None else WalledStretches(network, compounds)
        # Streets may be given shorter than they are drawn; look that much farther.
        drawn = np.maximum(shapely.length(self.lines), 1e-9)
        self.stretch = float(max(1.0, (drawn / np.maximum(network.edge_m, 0.1)).max(initial=1.0)))

    def walk(self, site: int) -> tuple[Ints, Float]:
        """(points, decimetres) of the points within the limit, and perhaps some beyond."""
        nearby = self.near(site)
        return nearby, self.costs(self.site_xy[site : site + 1], self.point_xy[nearby])

    def near(self, site: int) -> Ints:
        """Points that may be within the limit."""
        radius = self.limit_dm / 10 * min(self.stretch, 3.0) + 1.0
        away = self.point_xy - self.site_xy[site]
        return np.flatnonzero(np.hypot(*away.T) <= radius)

    def straight(self, here: Float, to: Float) -> Float:
        """Decimetres of one straight walk."""
        return rounded(np.hypot(*(to - here).T)).astype(np.float64)

    def costs(self, here: Float, to: Float) -> Float:
        """Decimetres from one place to others, inf where unreachable."""
        from scipy.sparse.csgraph import dijkstra

        cost = np.full(len(to), np.inf)
        edge, access, along = self._snap(here)
        if not len(to) or edge[0] < 0:
            return cost
        net = self.network
        u, v, length = net.edge_u, net.edge_v, net.edge_m
        to_u, to_v = rounded(along), rounded(length[edge] - along)
        start = np.array([u[edge[0]], v[edge[0]]])
        ways = dijkstra(self.graph, directed=False, indices=start, limit=self.limit_dm + 1)
        node = np.minimum(ways[0] + to_u[0], ways[1] + to_v[0])
        p_edge, p_access, p_along = self._snap(to)
        on = p_edge >= 0
        p_edge, p_access, p_along = p_edge[on], p_access[on], p_along[on]
        way = np.minimum(
            node[u[p_edge]] + rounded(p_along), node[v[p_edge]] + rounded(length[p_edge] - p_along)
        )
        direct = rounded(np.abs(p_along - along[0])).astype(np.float64)
        way = np.where(p_edge == edge[0], np.minimum(way, direct), way)
        cost[on] = way + access[0] + p_access
        return cost

    def _snap(self, xy: Float) -> tuple[Ints, Ints, Float]:
        """(edge or -1, straight walk in dm, metres along the edge from its first node)."""
        import shapely

        points = shapely.points(xy)
        if self.outside is not None:
            edge, spot = self.outside.nearest(xy, self.snap_m)
            on = edge >= 0
            access, along = np.zeros(len(xy), np.int64), np.zeros(len(xy))
            access[on] = self.straight(spot[on], xy[on])
            at = shapely.points(spot[on])
            part = shapely.line_locate_point(self.lines[edge[on]], at, normalized=True)
            along[on] = part * self.network.edge_m[edge[on]]
            return edge, access, along
        which, edges = self.tree.query_nearest(points, max_distance=self.snap_m)
        edge = np.full(len(xy), np.iinfo(np.int64).max)
        np.minimum.at(edge, which, edges)
        edge[edge == np.iinfo(np.int64).max] = -1
        on = edge >= 0
        access, along = np.zeros(len(xy), np.int64), np.zeros(len(xy))
        line = self.lines[edge[on]]
        access[on] = rounded(shapely.distance(line, points[on]))
        part = shapely.line_locate_point(line, points[on], normalized=True)
        along[on] = part * self.network.edge_m[edge[on]]
        return edge, access, along


def _graph(network: Network) -> csr_array:
    """Decimetres between nodes; of parallel edges the shortest, and a hair for length 0."""
    low = np.minimum(network.edge_u, network.edge_v).astype(np.int64)
    high = np.maximum(network.edge_u, network.edge_v).astype(np.int64)
    order = np.lexsort((network.edge_dm, high, low))
    key = (low * network.n_nodes + high)[order]
    first = order[np.concatenate(([True], np.diff(key) > 0))] if len(order) else order
    # scipy takes an explicit 0 for no edge.
    weight = np.maximum(network.edge_dm[first].astype(np.float64), 1e-6)
    shape = (network.n_nodes, network.n_nodes)
    return csr_array(coo_array((weight, (low[first], high[first])), shape=shape))


class _Straight:
    """Straight lines, in the plane or on the sphere, times the detour."""

    def __init__(self, mode: Literal["euclidean", "great_circle"], detour: float, problem: Problem):
        self.mode, self.detour, self.problem = mode, detour, problem

    def walk(self, site: int) -> tuple[Ints, Float]:
        """(every point, decimetres)."""
        if self.mode == "great_circle":
            here, to = self.problem.labels.site_lonlat, self.problem.labels.point_lonlat
        else:
            here, to = self.problem.site_xy, self.problem.point_xy
        assert here is not None and to is not None
        return self.near(site), self.costs(here[site : site + 1], to)

    def near(self, site: int) -> Ints:
        """Every point."""
        return np.arange(self.problem.n_points)

    def costs(self, here: Float, to: Float) -> Float:
        """Decimetres from one place to others."""
        if self.mode == "great_circle":
            from pyproj import Geod

            n = len(to)
            _, _, metres = Geod(a=RADIUS_M, b=RADIUS_M).inv(
                np.full(n, here[0, 0]), np.full(n, here[0, 1]), to[:, 0], to[:, 1]
            )
        else:
            metres = np.hypot(*(to - here).T)
        return rounded(np.asarray(metres) * self.detour).astype(np.float64)

    straight = costs
