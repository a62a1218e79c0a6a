"""Walks among walled compounds, against a graph of every way built with shapely and scipy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from siting.problem.reach import Reach
from siting.walking.among_compounds import Among, OnStreets
from siting.walking.compounds import DEPTH_M, Compounds
from siting.walking.doors import Measure
from siting.walking.network import Network
from siting.walking.walls import wall_off
from tests.tools.depth import examples
from tests.walking.test_search import FAR, dense, straight_network

Float = NDArray[np.float64]
GATE_M = 5.0


def compounds_of(shapes: list[shapely.Polygon], gates: list[tuple[float, float]]) -> Compounds:
    """Gates belong to every compound whose wall is within GATE_M."""
    at = [
        [g for g, xy in enumerate(gates) if shape.boundary.distance(shapely.Point(xy)) <= GATE_M]
        for shape in shapes
    ]
    start = np.cumsum([0, *(len(own) for own in at)])
    gate = np.array([g for own in at for g in own], np.int32)
    return Compounds(np.array(shapes, object), np.array(gates, np.float64), start, gate, GATE_M)


def on_foot(
    network: Network,
    compounds: Compounds,
    places: Float,
    points: Float,
    limit_dm: int,
    snap_m: float = 300.0,
) -> Reach:
    """What is tested."""
    among = Among.of(compounds, {"places": places, "points": points})
    streets = OnStreets.of(among, wall_off(network, compounds), snap_m)
    return streets.reach("places", "points", limit_dm)


# -- the same from the sentences of siting/walking/compounds.py, one way at a time -----------------


def dm(metres: float) -> int:
    """Half up to decimetres."""
    return int(np.floor(metres * 10 + 0.500001))


@dataclass(frozen=True)
class Piece:
    """A street between two walls or junctions: nodes of its ends and its parts outside."""

    line: shapely.LineString
    u: object
    v: object
    metres: float
    outside: list[shapely.LineString]


@dataclass(frozen=True)
class Spot:
    """Where a place steps onto a street."""

    piece: int
    access: int
    along: float


class Town:
    """Streets, walls and gates as a graph of named nodes."""

    def __init__(self, network: Network, compounds: Compounds, snap_m: float):
        self.shapes = list(compounds.shape)
        self.gate_xy = compounds.gate_xy
        self.gates_of = [
            compounds.gate[a:b].tolist()
            for a, b in zip(compounds.start[:-1], compounds.start[1:], strict=True)
        ]
        self.cores = [shape.buffer(-DEPTH_M, join_style="mitre") for shape in self.shapes]
        self.snap_m = snap_m
        self.pieces = [p for e in range(network.n_edges) for p in self._pieces(network, e)]
        self.ways: dict[tuple[object, object], float] = {}
        for piece in self.pieces:
            self.join(piece.u, piece.v, dm(piece.metres))
        self.spots: list[tuple[object, Spot, bool]] = []
        for g, xy in enumerate(self.gate_xy):
            spot = self.spot(xy)
            self._step_onto(("out by", g), spot, off=False)
            self._step_onto(("in by", g), spot, off=True)
            self.join(("out by", g), ("in by", g), 0, one_way=True)

    def join(self, a: object, b: object, cost: int, one_way: bool = False) -> None:
        """A way, the shorter of two."""
        for pair in ((a, b),) if one_way else ((a, b), (b, a)):
            self.ways[pair] = min(self.ways.get(pair, FAR), cost)

    def meets(self, line: shapely.LineString) -> Iterator[tuple[shapely.Point, bool]]:
        """Where a line crosses walls, and whether a gate lets it pass there."""
        for c, core in enumerate(self.cores):
            for xy in shapely.get_coordinates(line.intersection(core.boundary)):
                away = [np.hypot(*(self.gate_xy[g] - xy)) for g in self.gates_of[c]]
                yield shapely.Point(xy), min(away) <= GATE_M + DEPTH_M

    def _pieces(self, network: Network, e: int) -> Iterator[Piece]:
        line = shapely.LineString(network.shape_xy[network.shape_start[e] :][:2])
        total, metres = line.length, float(network.edge_m[e])
        crossed = sorted((line.project(at), passes) for at, passes in self.meets(line))
        ends = [0.0, *(at for at, passes in crossed if not passes), total]
        for k, (a, b) in enumerate(pairwise(ends)):
            first, last = k == 0, k == len(ends) - 2
            if not (first or last):
                continue
            marks = [a, *(at for at, passes in crossed if passes and a < at < b), b]
            parts = [
                shapely.LineString([line.interpolate(x), line.interpolate(y)])
                for x, y in pairwise(marks)
            ]
            outside = [
                part
                for part in parts
                if not any(
                    core.covers(part.interpolate(0.5, normalized=True)) for core in self.cores
                )
            ]
            u = int(network.edge_u[e]) if first else ("behind", e, k)
            v = int(network.edge_v[e]) if last else ("before", e, k)
            share = (b - a) / total if total else 1.0
            yield Piece(
                shapely.LineString([line.interpolate(a), line.interpolate(b)]),
                u,
                v,
                metres * share,
                outside,
            )

    def spot(self, xy: Float) -> Spot | None:
        """The nearest place outside in sight; ties: the first piece."""
        found: list[tuple[float, int, float]] = []
        point = shapely.Point(xy)
        for k, piece in enumerate(self.pieces):
            for part in piece.outside:
                at = part.interpolate(part.project(point))
                away = point.distance(at)
                sight = shapely.LineString([point, at])
                if away <= self.snap_m and all(
                    passes or min(wall.distance(point), wall.distance(at)) < 1e-6
                    for wall, passes in self.meets(sight)
                ):
                    share = piece.line.project(at) / piece.line.length
                    found.append((away, k, share * piece.metres))
        if not found:
            return None
        nearest = min(found)[0]
        away, k, along = min((f for f in found if f[0] <= nearest + 1e-7), key=lambda f: f[1:])
        return Spot(k, dm(nearest), along)

    def _step_onto(self, name: object, spot: Spot | None, off: bool) -> None:
        """A walk's first or last spot on the streets; no walk goes through it (``off``: last)."""
        if spot is None:
            return
        piece = self.pieces[spot.piece]
        here = ("on", name)

        def way(a: object, b: object, cost: int) -> None:
            self.join(b if off else a, a if off else b, cost, one_way=True)

        way(name, here, spot.access)
        way(here, piece.u, dm(spot.along))
        way(here, piece.v, dm(piece.metres - spot.along))
        for other, its, its_off in self.spots:
            if its.piece == spot.piece and its_off != off:
                way(here, ("on", other), dm(abs(its.along - spot.along)))
        self.spots.append((name, spot, off))

    def compound(self, xy: Float) -> int | None:
        """The smallest that covers a place."""
        covers = [c for c, s in enumerate(self.shapes) if s.covers(shapely.Point(xy))]
        return min(covers, key=lambda c: self.shapes[c].area, default=None)

    def costs(self, places: Float, points: Float) -> NDArray[np.int64]:
        """Every cost, shape (n_places, n_points)."""
        lives = [self.compound(xy) for xy in points]
        for kind, every in (("from", places), ("to", points)):
            for i, xy in enumerate(every):
                own = self.compound(xy)
                if own is None:
                    self._step_onto((kind, i), self.spot(xy), off=kind == "to")
                    continue
                for g in self.gates_of[own]:
                    straight = dm(float(np.hypot(*(self.gate_xy[g] - xy))))
                    home: object = (kind, i)
                    if kind == "from":
                        self.join(home, ("out by", g), straight, one_way=True)
                    else:
                        self.join(("in by", g), home, straight, one_way=True)
                if kind == "from":
                    for j in [j for j, c in enumerate(lives) if c == own]:
                        straight = dm(float(np.hypot(*(points[j] - xy))))
                        self.join((kind, i), ("to", j), straight, one_way=True)
        names = {name for pair in self.ways for name in pair}
        names |= {("from", i) for i in range(len(places))} | {("to", j) for j in range(len(points))}
        number = {name: k for k, name in enumerate(names)}
        pairs = np.array([[number[a], number[b]] for a, b in self.ways]).reshape(-1, 2)
        weight = np.maximum(np.array(list(self.ways.values()), np.float64), 1e-6)  # 0 is no edge
        graph = csr_array((weight, pairs.T), shape=(len(number), len(number)))
        rows = [number["from", i] for i in range(len(places))]
        found = dijkstra(graph, indices=rows)[:, [number["to", j] for j in range(len(points))]]
        return np.where(np.isfinite(found), np.round(np.minimum(found, FAR)), FAR).astype(np.int64)


@st.composite
def towns(draw: st.DrawFn) -> tuple[Network, Compounds]:
    """A few streets and up to three compounds, overlapping or not, with one to three gates.

    Streets are a little off the whole metres that walls keep to: nothing then ends just at a wall.
    """
    n = draw(st.integers(2, 7))
    at = st.tuples(st.integers(0, 16), st.integers(0, 16))
    nodes = [
        (10 * i + 0.517 + 0.0131 * k, 10 * j + 0.931 + 0.0077 * k)
        for k, (i, j) in enumerate(draw(st.lists(at, min_size=n, max_size=n, unique=True)))
    ]
    end = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda e: e[0] != e[1])
    edges = draw(st.lists(st.tuples(end, st.integers(0, 4000)), min_size=1, max_size=9))
    network = straight_network(nodes, [(u, v, metres / 20) for (u, v), metres in edges])
    corner, side = st.tuples(st.integers(0, 12), st.integers(0, 12)), st.integers(2, 8)
    shapes, gates = [], []
    for _ in range(draw(st.integers(1, 3))):
        (x, y), w, h = draw(corner), draw(side), draw(side)
        shapes.append(shapely.box(10 * x, 10 * y, 10 * (x + w), 10 * (y + h)))
        for share in draw(st.lists(st.integers(0, 99), min_size=1, max_size=3)):
            spot = shapes[-1].boundary.interpolate(share / 100 + 0.00173, normalized=True)
            gates.append((spot.x + draw(st.integers(-3, 3)), spot.y))
    return network, compounds_of(shapes, gates)


spots = st.lists(
    st.tuples(st.integers(-20, 180), st.integers(-20, 180)), min_size=1, max_size=8
).map(lambda pairs: np.add(pairs, [0.137, 0.291]))


@given(towns(), spots, spots, st.sampled_from([20.0, 300.0]), st.sampled_from([1500, 70_000]))
@examples(150)
def test_walks_agree_with_a_graph_of_every_way(
    town: tuple[Network, Compounds], places: Float, points: Float, snap_m: float, limit_dm: int
) -> None:
    """Streets cut at walls, gates, straight ways and sight: each cost is the least, to the
    decimetre."""
    network, compounds = town
    expected = Town(network, compounds, snap_m).costs(places, points)
    expected[expected > limit_dm] = FAR
    reach = on_foot(network, compounds, places, points, limit_dm, snap_m)
    assert dense(reach).tolist() == expected.tolist()
    for place in range(reach.n_places):
        rows = list(zip(reach.row_cost(place).tolist(), reach.row(place).tolist(), strict=True))
        assert rows == sorted(rows)


@given(towns(), spots, spots, st.sampled_from([1.0, 1.3]), st.booleans())
@examples(100)
def test_straight_lines_go_by_the_gates(
    town: tuple[Network, Compounds], places: Float, points: Float, detour: float, sphere: bool
) -> None:
    """Every combination of gates by hand, in the plane and on the sphere."""
    _, compounds = town
    measure = Measure(sphere, detour)

    def own(xy: Float) -> Float:
        return xy / 1e5 + [30.0, 100.0] if sphere else xy

    gates = own(compounds.gate_xy)
    xy = {"places": places, "points": points}
    among = Among.of(compounds, xy, measure, {k: own(v) for k, v in xy.items()}, gates)
    reach = among.straight("places", "points", 3000)

    def apart(a: Float, b: Float) -> int:
        return int(measure.decimetres(a[None], b[None])[0])

    home = {k: compounds.of(v) for k, v in xy.items()}

    def ways_out(kind: str, i: int) -> list[tuple[int, Float, int]]:
        here, c = own(xy[kind][i]), home[kind][i]
        if c < 0:
            return [(-1, here, 0)]
        its = compounds.gate[compounds.start[c] : compounds.start[c + 1]]
        return [(int(g), gates[g], apart(here, gates[g])) for g in its]

    for i in range(len(places)):
        for j in range(len(points)):
            ways = [
                out + (0 if g == h >= 0 else apart(a, b)) + back
                for g, a, out in ways_out("places", i)
                for h, b, back in ways_out("points", j)
            ]
            if home["places"][i] == home["points"][j] >= 0:
                ways.append(apart(own(places[i]), own(points[j])))
            expected = min(ways) if min(ways) <= 3000 else FAR
            assert dense(reach)[i, j] == expected


# -- by hand ---------------------------------------------------------------------------------------

BLOCK = shapely.box(100, 10, 300, 110)
"""A compound north of Main Street, which runs along y = 0; Back Street runs along y = 120."""
NODES = [(0.0, 0.0), (400.0, 0.0), (0.0, 120.0), (400.0, 120.0)]
STREETS = [(0, 1, 400.0), (2, 3, 400.0), (0, 2, 120.0), (1, 3, 120.0)]


def walks(
    gates: list[tuple[float, float]],
    places: list[tuple[float, float]],
    points: list[tuple[float, float]],
    streets: Network | None = None,
) -> list[list[int]]:
    """Costs in the town with the block."""
    network = straight_network(NODES, STREETS) if streets is None else streets
    compounds = compounds_of([BLOCK], gates)
    return dense(on_foot(network, compounds, np.array(places), np.array(points), 30_000)).tolist()


def test_a_wall_makes_the_way_longer() -> None:
    """A home 10 m from Back Street whose only gate is on Main Street walks all the way round."""
    home, shop = (200.0, 110.0), (200.0, 130.0)
    # 100 m to the gate, 10 m to the street, 200 + 120 + 200 m round, 10 m to the shop
    assert walks([(200.0, 10.0)], [shop], [home]) == [[1000 + 100 + 2000 + 1200 + 2000 + 100]]


def test_the_better_of_two_gates() -> None:
    """With a second gate in the north wall the shop is 30 m away; either end may be the home."""
    home, shop, south = (200.0, 100.0), (200.0, 130.0), (200.0, -10.0)
    gates = [(200.0, 10.0), (200.0, 110.0)]
    assert walks(gates, [shop, south], [home]) == [[100 + 100 + 100], [100 + 100 + 900]]
    assert walks(gates, [home], [shop, south]) == [[300, 1100]]


def test_within_a_compound_one_walks_straight() -> None:
    """Premises inside serve homes inside at the straight line, those outside by the gate."""
    shop, home, outside = (200.0, 50.0), (230.0, 90.0), (150.0, 0.0)
    gate = (200.0, 10.0)
    assert walks([gate], [shop], [home, outside]) == [[500, 400 + 100 + 500]]


def test_a_gate_near_no_street_leads_nowhere() -> None:
    """Beyond the snap limit of 300 m: nobody outside is reached, neighbours still are."""
    far = straight_network([(0.0, -400.0), (400.0, -400.0)], [(0, 1, 400.0)])
    found = walks([(200.0, 10.0)], [(200.0, 50.0)], [(230.0, 90.0), (150.0, -400.0)], far)
    assert found == [[500, FAR]]


def test_nobody_snaps_through_a_wall() -> None:
    """A place outside takes the nearest street that it sees, or none; never one inside."""
    lane = [(200.0, 20.0), (200.0, 100.0)]
    network = straight_network([*NODES, *lane], [*STREETS, (4, 5, 80.0), (4, 0, 300.0)])
    # 1 m north of the north wall, were there no Back Street: Main Street is hidden by the block.
    no_back = straight_network([*NODES, *lane], [(0, 1, 400.0), (4, 5, 80.0)])
    above = (200.0, 111.0)
    compounds = compounds_of([BLOCK], [(200.0, 10.0)])
    for streets, spot in ((network, (200.0, 120.0)), (no_back, None)):
        among = Among.of(compounds, {"places": np.array([above])})
        put = OnStreets.of(among, wall_off(streets, compounds), 300.0).places["places"]
        assert put.reachable.tolist() == [spot is not None]
        if spot is not None:
            assert put.xy[0].tolist() == list(spot)


def test_a_street_passes_at_a_gate_and_ends_at_a_wall() -> None:
    """A lane through both walls at x = 200: with two gates a way through, with one none."""
    lane = straight_network(
        [*NODES, (200.0, 0.0), (200.0, 120.0)],
        [
            (0, 4, 200.0),
            (4, 1, 200.0),
            (2, 5, 200.0),
            (5, 3, 200.0),
            (0, 2, 120.0),
            (1, 3, 120.0),
            (4, 5, 120.0),
        ],
    )
    below, above = (200.0, -10.0), (200.0, 130.0)
    through = [(200.0, 10.0), (203.0, 110.0)]
    assert walks(through, [below], [above], lane) == [[100 + 1200 + 100]]
    assert walks(through[:1], [below], [above], lane) == [[100 + 2000 + 1200 + 2000 + 100]]
    walled = wall_off(lane, compounds_of([BLOCK], through[:1]))
    assert walled.n_ended == 1
    # The lane still leads from Main Street by the gate to the north wall, which is 2 m thick.
    assert sorted(walled.network.edge_m.tolist()) == [12.0, 108.0, 120.0, 120.0, *[200.0] * 4]


def test_a_common_gate_joins_two_compounds() -> None:
    """From one compound into the next without touching a street."""
    shapes = [shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)]
    compounds = compounds_of(shapes, [(100.0, 50.0)])
    network = straight_network([(0.0, -20.0), (200.0, -20.0)], [(0, 1, 200.0)])
    reach = on_foot(network, compounds, np.array([[60.0, 50.0]]), np.array([[170.0, 50.0]]), 9999)
    assert dense(reach).tolist() == [[400 + 700]]


def test_the_smallest_compound_counts() -> None:
    """A place in two compounds belongs to the smaller; on the wall it is inside."""
    compounds = compounds_of([BLOCK, shapely.box(150, 20, 250, 60)], [(200.0, 10.0), (200.0, 20.0)])
    at = np.array([[200.0, 30.0], [120.0, 30.0], [100.0, 50.0], [99.9, 50.0]])
    assert compounds.of(at).tolist() == [1, 0, 0, -1]


def test_streets_elsewhere_keep_every_length_and_their_order() -> None:
    """Only streets that meet a wall change; bytes do not depend on threads."""
    rng = np.random.default_rng(7)
    nodes = [(float(x), float(y)) for x, y in rng.uniform(0, 1000, (60, 2))]
    ends, metres = rng.integers(0, 60, (120, 2)), rng.uniform(50, 900, 120)
    edges = [(int(u), int(v), float(m)) for (u, v), m in zip(ends, metres, strict=True) if u != v]
    network = straight_network(nodes, edges)
    compounds = compounds_of([shapely.box(400, 400, 600, 500)], [(400.0, 450.0)])
    walled = wall_off(network, compounds)
    lines = shapely.linestrings(network.shape_xy.reshape(-1, 2, 2))
    untouched = ~shapely.intersects(lines, compounds.core[0].boundary)
    kept = [tuple(m) for m in zip(walled.network.edge_dm, walled.network.edge_m, strict=True)]
    mine = [
        tuple(m) for m in zip(network.edge_dm[untouched], network.edge_m[untouched], strict=True)
    ]
    rest = iter(kept)
    assert all(edge in rest for edge in mine)
    xy = rng.uniform(0, 1000, (500, 2))
    among = Among.of(compounds, {"places": xy, "points": xy})
    found = [
        OnStreets.of(among, walled, 300.0, threads).reach("places", "points", 5000, threads)
        for threads in (1, 3)
    ]
    for name in ("start", "point", "cost"):
        assert getattr(found[0], name).tobytes() == getattr(found[1], name).tobytes()


def test_a_kiosk_hides_nothing() -> None:
    """Walls are 2 m thick: a compound of 3 m is all wall, and streets run along it."""
    network = straight_network(NODES, STREETS)
    kiosk = compounds_of([shapely.box(199, -1, 202, 2)], [(199.0, 0.0)])
    reach = on_foot(network, kiosk, np.array([[200.0, 10.0]]), np.array([[200.0, -10.0]]), 9999)
    assert wall_off(network, kiosk).n_ended == 0
    assert dense(reach).tolist() == [[200]]
