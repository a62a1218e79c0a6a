"""The what-if inside report.html: the page's arrays in one packed text, and where they end."""

from __future__ import annotations

import base64
import json
import shlex
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.report.mapdata import MOST_REJECTED, cells_of, targets_of_formats
from siting.reproducible_files import timeless
from siting.result.naming import rules_called
from siting.whatif.arrays import arrays_of

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.result import Result
    from siting.scenario import Scenario
    from siting.texts.names import Names

MOST_BYTES = 4_000_000
"""Packed; a page of a larger what-if would open slowly. ``siting serve`` has no such limit."""
MOST_NUMBERS = 40_000_000
"""Pairs, and points times targets: what a page counts through when it opens."""
ALIGN = 8
FRONTIER = "frontier.json"
"""Computed plans by budget, as ``siting frontier --out`` writes them."""


def laid_out(arrays: Mapping[str, NDArray[Any]]) -> tuple[list[tuple[str, str, int]], bytes]:
    """Name, dtype and length of each array, and their little-endian bytes one after the other, each
    from a multiple of eight."""
    layout, parts = [], []
    for name, array in arrays.items():
        flat = np.ascontiguousarray(array).ravel()
        raw = flat.astype(flat.dtype.newbyteorder("<"), copy=False).tobytes()
        layout.append((name, str(flat.dtype), len(flat)))
        parts += [raw, b"\0" * (-len(raw) % ALIGN)]
    return layout, b"".join(parts)


def desk_data(problem: Problem, result: Result) -> dict[str, Any] | None:
    """What the page's what-if is made of; None where the page has none: the city is too large, or
    its numbers are.

    Keys: ``head`` (see :class:`siting.whatif.arrays.Arrays`), ``layout``, ``packed`` (zlib, then
    base64).
    """
    seen = problem.reach.n_pairs + problem.n_points * problem.n_targets
    if seen > MOST_NUMBERS or problem.n_sites > MOST_REJECTED:
        return None
    plan = problem.kept_today if result.options is None else result.options
    found = arrays_of(problem.under(result.spec), plan)
    if found is None:
        return None
    cells = cells_of(problem)
    arrays = found.arrays if cells is None else found.arrays | {"cell": cells.astype(np.uint16)}
    layout, raw = laid_out(arrays)
    packed = zlib.compress(raw, 9)
    if len(packed) > MOST_BYTES:
        return None
    return {
        "head": found.head,
        "layout": layout,
        "packed": base64.b64encode(packed).decode("ascii"),
    }


def desk_of(
    problem: Problem,
    result: Result,
    scenario: Scenario | None,
    names: Names,
    frontier: Mapping[str, Any] | None = None,
) -> dict[str, Any] | None:
    """Everything that the desk of a page knows; None where there is none (see :func:`desk_data`).

    Keys beside those: ``told``: {format: targets} that the map counts; ``digest``: of the arrays,
    so that a link with steps is not taken by another problem's page; ``command``: that solves from
    a saved plan; ``bound``; ``rules``: {rule or row: its name}; ``frontier``: computed plans.
    """
    made = desk_data(problem, result)
    if made is None:
        return None
    return {
        **made,
        "told": targets_of_formats(problem),
        "digest": f"{zlib.crc32(made['packed'].encode()):08x}",
        "command": _command(scenario),
        "bound": result.bound,
        "rules": rules_called(problem, names),
        "frontier": None if frontier is None else _computed(frontier),
    }


def _command(scenario: Scenario | None) -> str:
    """Shell words; without a scenario file there is nothing to solve from here."""
    if scenario is None:
        return ""
    words = ["siting", "solve", _way_to(scenario.path)]
    words += [] if scenario.variant is None else ["--variant", scenario.variant]
    words += [word for change in scenario.overrides for word in ("--set", change)]
    words += ["--start", "plan.csv", "--out", "results/from-here"]
    return " ".join(map(shlex.quote, words))


def _way_to(file: Path) -> str:
    """As one types it from where one stands; where pages are to be alike elsewhere, its name."""
    whole, here = file.resolve(), Path.cwd()
    if whole.is_relative_to(here):
        return whole.relative_to(here).as_posix()
    return file.name if timeless() else whole.as_posix()


def _computed(frontier: Mapping[str, Any]) -> dict[str, Any]:
    """Points with a plan, in ascending order of what limits them."""
    points = [
        {key: point[key] for key in ("limit", "objective", "gap", "options")}
        for point in frontier["points"]
        if point["options"] is not None
    ]
    return {"axis": frontier["axis"], "points": sorted(points, key=lambda point: point["limit"])}


def frontier_beside(folder: Path, result: Result, problem: Problem) -> dict[str, Any] | None:
    """The frontier that lies in a result's folder, or in its subfolder ``frontier``; None where
    there is none, or one of other inputs."""
    for file in (folder / FRONTIER, folder / "frontier" / FRONTIER):
        if not file.is_file():
            continue
        try:
            found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            origin = result.record.get("scenario") or {}
            same = (
                found["inputs"] == result.record.get("inputs")
                and found["variant"] == origin.get("variant")
                and found["set"] == origin.get("set")
                and found["n_options"] == problem.n_options
            )
            if same and _computed(found)["points"]:
                return found
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
    return None
