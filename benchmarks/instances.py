"""The literature's instances that ship with the project: where from, how large, what is known.

from benchmarks.instances import REGISTRY
problem = REGISTRY["newyork-400-p50"].problem()
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from siting.problem import Model, Objective, Problem

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Instance:
    """One instance of one model."""

    name: str
    model: Model
    file: Path
    sha256: str
    source: str
    licence: str
    points: int
    sites: int
    p: int
    best: float | None
    """Best known objective, in the model's unit; None when nothing was published."""
    proven: bool
    """Whether ``best`` is proven optimal in the source."""
    read: Callable[[Path], Problem]

    def problem(self) -> Problem:
        """The instance as a Problem.

        Raises:
            ValueError: the file is not the registered one.
        """
        found = hashlib.sha256(self.file.read_bytes()).hexdigest()
        if found != self.sha256:
            raise ValueError(f"{self.file.name} must have sha256 {self.sha256}; got {found}")
        return self.read(self.file).under(Objective(self.model, p=self.p))


def read_pmed(path: Path) -> Problem:
    """An OR-Library p-median graph with all shortest paths as costs, no radius."""
    return Problem.from_matrix(graph_distances(path))


def graph_distances(path: Path) -> NDArray[np.float64]:
    """Shortest paths between all nodes, shape (n, n)."""
    numbers = np.array(path.read_text(encoding="ascii").split(), np.int64)
    nodes, edges = int(numbers[0]), int(numbers[1])
    u, v, length = numbers[3 : 3 + 3 * edges].reshape(-1, 3).T
    last = {(min(a, b), max(a, b)): k for k, (a, b) in enumerate(zip(u, v, strict=True))}
    keep = np.array(list(last.values()))
    graph = csr_array(
        (length[keep].astype(np.float64), (u[keep] - 1, v[keep] - 1)), shape=(nodes, nodes)
    )
    return np.asarray(dijkstra(graph, directed=False))


def mclp_reader(radius_m: float) -> Callable[[Path], Problem]:
    """Reader of a maximal covering instance at one radius."""

    def read(path: Path) -> Problem:
        lines = path.read_text(encoding="ascii").splitlines()
        sections = {line.strip(): at for at, line in enumerate(lines) if "SECTION" in line}
        nodes, demand = sections["NODE_COORD_SECTION"], sections["DEMAND_SECTION"]
        lat_lon = np.array([line.split() for line in lines[nodes + 1 : demand]], np.float64)
        people = np.array(
            [line.split()[0] for line in lines[demand + 1 : demand + 1 + len(lat_lon)]], np.float64
        )
        return Problem.from_points(
            lat_lon, lat_lon, weights=people, radius=radius_m, metric="great_circle"
        )

    return read


_PMED_SHA = {
    1: "31d18cd12703580dad2429ab91ba640f6197e3af0fac366240884e76b33edf3a",
    2: "cf3327037f8f60d2207275a20c094d3ccd0d0bda92b918494e205f3857e55c26",
    3: "e2aaee0b5a9814baeee2946d4e52ca49f285fad1535e5b9b5b7f48876a5f2930",
    4: "1fc970b17b52c5abd6d7f393ed7e7fa8d5f5f01dd49d3cb1770ee21e41821e18",
    5: "e97fb7dca5f9cff2662746f7931f99a1ae1dc59b74d622019eaef61ff644fc2d",
    6: "f0a2e1b40b21f43bf34eaf7b400c6d6f89be50214d9c51d30720e92fc14ea308",
    11: "3e6b3a68bab766f2905594141aad1aaf6e677098a7883f45724e2ace27ca09f3",
    16: "02b00e39f042dd282f5ff290e09b612811d536e5dacaa131d17284126a3e85c4",
}
_PMED = {
    1: (100, 5, 5819),
    2: (100, 10, 4093),
    3: (100, 10, 4250),
    4: (100, 20, 3034),
    5: (100, 33, 1355),
    6: (200, 5, 7824),
    11: (300, 5, 7696),
    16: (400, 5, 8162),
}
"""Nodes, p and published optimum (OR-Library, pmedopt)."""
_PCENTER = {1: 127, 2: 98, 3: 93, 4: 74, 5: 48, 6: 84, 11: 59, 16: 47}
"""Published optima of the same graphs as p-center (Elloumi, Labbe and Pochet 2004)."""
_MCLP_SHA = {
    "NewYork": "15ede751df77ed801eaff4161d58594a0c6eb7aeebaddfbbdcfc9c25301b6f09",
    "SanFrancisco": "50c232ff7ca55480b734ae0d7402634a540d3de7a89656d411cdc68dd181dc33",
}
_MCLP = {
    ("NewYork", 400, 2713): {
        50: (1153640, True),
        60: (1288174, True),
        70: (1396333, True),
        80: (1481434, True),
        90: (1539992, True),
        100: (1574256, False),
    },
    ("SanFrancisco", 600, 5137): {
        50: (617592, True),
        60: (683139, False),
        70: (733772, False),
        80: (769781, False),
        90: (791562, False),
        100: (802307, False),
    },
}
"""(file, radius in metres, points): p -> (best known people covered, whether proven)."""


def _registry() -> dict[str, Instance]:
    found: list[Instance] = []
    for number, (nodes, p, best) in _PMED.items():
        for model, known in (("p_median", best), ("p_center", _PCENTER[number])):
            found.append(
                Instance(
                    f"pmed{number}" if model == "p_median" else f"pmed{number}-center",
                    model,
                    DATA / "pmed" / f"pmed{number}.txt",
                    _PMED_SHA[number],
                    "OR-Library (Beasley 1990)",
                    "free to use with acknowledgement",
                    nodes,
                    nodes,
                    p,
                    known,
                    True,
                    read_pmed,
                )
            )
    for (city, radius, points), known_of in _MCLP.items():
        for p, (best, proven) in known_of.items():
            found.append(
                Instance(
                    f"{city.lower()}-{radius}-p{p}",
                    "max_cover",
                    DATA / "mclp" / f"{city}.txt",
                    _MCLP_SHA[city],
                    "Maximo, Cordeau and Nascimento (ITOR 2023)",
                    "MIT",
                    points,
                    points,
                    p,
                    best,
                    proven,
                    mclp_reader(radius),
                )
            )
    return {instance.name: instance for instance in found}


REGISTRY = _registry()
"""Instances by name."""
