"""A walk that was made before: found again by all that it depends on, so that a changed budget or
rule does not send anybody out anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.cache import Cache, digest
from siting.scenario.assemble.reach import Kinds, Walked, walk_layers
from siting.scenario.document.paths import Folder, resolve
from siting.scenario.layers.compounds import CompoundLayers
from siting.scenario.layers.layer import Places
from siting.scenario.schema.settings import Travel

if TYPE_CHECKING:
    from siting.walking.slopes import Gait

LARGEST_PAIRS = 60_000_000
"""A reach of more is larger than anything that is kept, which is known before it is written."""


def walk_or_recall(
    cache: Cache,
    sha256: Mapping[Path, str],
    travel: Travel,
    crs: str | None,
    kinds: Kinds,
    limit_dm: int,
    folder: Folder,
    barriers: Sequence[Places],
    walls: CompoundLayers | None,
    gaits: Mapping[Gait, tuple[str, ...]],
    gait_of: NDArray[np.int64] | None,
    beside: Sequence[Places] = (),
) -> Walked:
    """As :func:`walk_layers`, which is asked where the cache has nothing.

    Args:
        sha256: of the scenario's files, among them those of the streets and of the heights.
    """

    def walk_anew() -> Walked:
        return walk_layers(
            travel,
            crs,
            kinds,
            limit_dm,
            folder,
            barriers,
            walls,
            gaits=gaits,
            gait_of=gait_of,
            beside=beside,
        )

    if cache.folder is None:
        return walk_anew()
    parts: list[str | bytes | memoryview] = [
        travel.model_dump_json(), str(crs), str(limit_dm), repr(list(gaits.items())),
        b"" if gait_of is None else gait_of.tobytes(),
    ]  # fmt: skip
    for name in (*_files(travel),):
        parts += [name, _content(name, folder, sha256)]
    for kind, places in kinds.items():
        parts.append(kind)
        for part in places.layers:
            parts += _of(part)
    for part in (*barriers, *(() if walls is None else _layers(walls)), *beside):
        parts += _of(part)
    parts.append(b"" if walls is None else walls.named.tobytes())
    key = digest(parts)
    walked = cache.recall("walk", key)
    if not isinstance(walked, Walked):
        walked = walk_anew()
        if walked.sites.n_pairs <= LARGEST_PAIRS:
            cache.keep("walk", key, walked)
    return walked


def _files(travel: Travel) -> Iterator[str]:
    source = travel.network
    if source is not None and travel.mode == "network":
        yield from filter(None, (source.file, source.edges, source.nodes, travel.elevation))


def _content(name: str, folder: Folder, sha256: Mapping[Path, str]) -> str | bytes:
    """What a file holds, by its hash; one of several parts by the hashes of all."""
    if name in folder.frames:
        return folder.frames[name]
    path = resolve(name, folder)
    assert isinstance(path, Path)
    beside = [f"{file.name} {sha}" for file, sha in sha256.items() if _belongs(file, path)]
    return "\n".join(sorted(beside))


def _belongs(file: Path, path: Path) -> bool:
    return file == path or path in file.parents or file.with_suffix("") == path.with_suffix("")


def _layers(walls: CompoundLayers) -> Iterator[Places]:
    yield from walls.compounds.layers
    yield from walls.gates.layers


def _of(part: Places) -> Iterator[str | bytes]:
    """All that a walk and what it tells can take from a layer."""
    yield from (part.name, part.where, part.crs, str(part.assumed), part.xy.tobytes())
    yield str(part.by_format)
    yield "\0".join(map(str, part.ids))
    if part.geometry is not None:
        yield b"".join(shapely.to_wkb(part.geometry))
