"""certificate.npz: the plan in positions and the multipliers behind the bound, as arrays."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.problem.solution import Certificate, Cliques, Split, Tiles, Tree

if TYPE_CHECKING:
    from siting.result.result import Result

Arrays = dict[str, NDArray[Any]]


def save_arrays(path: Path, result: Result) -> None:
    """Compressed, without pickles."""
    arrays: Arrays = {"certificates": np.array(len(result.certificates))}
    if result.plan is not None:
        arrays |= {"options": result.plan.options, "sites": result.plan.sites}
        if result.plan.lonlat is not None:
            arrays["lonlat"] = result.plan.lonlat
    for k, certificate in enumerate(result.certificates):
        arrays |= {f"{k}.{name}": array for name, array in _to_arrays(certificate).items()}
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def load_arrays(
    path: Path,
) -> tuple[
    NDArray[np.int64] | None,
    NDArray[np.int64] | None,
    NDArray[np.float64] | None,
    tuple[Certificate, ...],
]:
    """(options, sites, lonlat, certificates).

    Raises:
        OSError, KeyError, ValueError: the file is missing or damaged.
    """
    try:
        with warnings.catch_warnings(), path.open("rb") as file:
            warnings.simplefilter("error")  # NumPy warns of heads that it never wrote itself
            with np.load(file, allow_pickle=False) as stored:
                arrays: Arrays = {name: stored[name] for name in stored.files}
    except OSError:
        raise
    except Exception as error:  # of zip, zlib, tokenize, a length beyond memory: a damaged file
        raise ValueError(f"{path.name}: {type(error).__name__}: {error}") from error
    certificates = tuple(
        _from_arrays(_part(arrays, f"{k}.")) for k in range(int(arrays["certificates"]))
    )
    return arrays.get("options"), arrays.get("sites"), arrays.get("lonlat"), certificates


def _to_arrays(c: Certificate) -> Arrays:
    arrays: Arrays = {
        "u": c.u,
        "theta": _joined(c.theta),
        "theta_lengths": np.array([len(part) for part in c.theta], np.int64),
        "theta_scale": np.array(c.theta_scale),
        "phi": _joined(c.phi),
        "phi_lengths": np.array([len(part) for part in c.phi], np.int64),
        "held_price": np.array(c.held_price),
        "tier": np.array("" if c.tier is None else c.tier),
    }
    if c.held is not None:
        arrays["held"] = np.array(c.held)
    if c.cliques is not None:
        arrays |= {
            "clique_start": c.cliques.start,
            "clique_option": c.cliques.option,
            "clique_theta": c.cliques.theta,
        }
    if c.tiles is not None:
        arrays |= {
            "tile_site": c.tiles.site,
            "tile_point": c.tiles.point,
            "tile_shares": np.array([str(share) for share in c.tiles.shares], np.str_),
        }
    return arrays if c.tree is None else arrays | _tree_to_arrays(c.tree)


def _tree_to_arrays(tree: Tree) -> Arrays:
    """Splits as one table, leaves each under a name of its own."""
    sides = [(split.at_most, split.below, split.above) for split in tree.splits]
    arrays: Arrays = {
        "tree.splits": np.array(sides, np.int64).reshape(-1, 3),
        "tree.options": _joined(tuple(split.options for split in tree.splits)),
        "tree.lengths": np.array([len(split.options) for split in tree.splits], np.int64),
        "tree.leaves": np.array(len(tree.leaves)),
    }
    for k, leaf in enumerate(tree.leaves):
        arrays |= {f"tree.{k}.{name}": array for name, array in _to_arrays(leaf).items()}
    return arrays


def _tree_from_arrays(a: Arrays) -> Tree:
    options = _parted(a["tree.options"], a["tree.lengths"])
    sides = a["tree.splits"].tolist()
    leaves = [_part(a, f"tree.{k}.") for k in range(int(a["tree.leaves"]))]
    return Tree(
        tuple(Split(o, *side) for o, side in zip(options, sides, strict=True)),
        tuple(_from_arrays(leaf) for leaf in leaves),
    )


def _part(arrays: Arrays, prefix: str) -> Arrays:
    """Those whose names begin so, without the beginning."""
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }


def _from_arrays(a: Arrays) -> Certificate:
    cliques = None
    if "clique_start" in a:
        cliques = Cliques(a["clique_start"], a["clique_option"], a["clique_theta"])
    tiles = None
    if "tile_site" in a:
        shares = tuple(int(share) for share in a["tile_shares"].tolist())
        tiles = Tiles(a["tile_site"], a["tile_point"], shares)
    return Certificate(
        a["u"],
        _parted(a["theta"], a["theta_lengths"]),
        int(a["theta_scale"]),
        _parted(a["phi"], a["phi_lengths"]),
        cliques,
        str(a["tier"]) or None,
        int(a["held"]) if "held" in a else None,
        int(a["held_price"]),
        _tree_from_arrays(a) if "tree.leaves" in a else None,
        tiles,
    )


def _joined(parts: tuple[NDArray[np.int64], ...]) -> NDArray[np.int64]:
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _parted(values: NDArray[np.int64], lengths: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...]:
    return tuple(np.split(values, np.cumsum(lengths)[:-1])) if len(lengths) else ()
