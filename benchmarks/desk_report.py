"""The what-if inside report.html, for ``python -m benchmarks desk``.

The page of a greedy plan of each shipped scenario: what the file weighs, what its what-if takes of
it, and how long a headless Chromium counts, once to open and then for every outlet of the plan
closed and opened again. Needs the extra ``dev``, chromium and its driver.
"""

from __future__ import annotations

import base64
import gzip
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import siting
from benchmarks.desk_page import chromium
from siting.report import html
from siting.report.desk import desk_data, laid_out
from siting.whatif.arrays import arrays_of

SCENARIOS = ("helsinki", "chang-an-plan")
ROOT = Path(__file__).parents[1] / "scenarios"
REACH = ("pairs", "points")
"""The arrays that say who is within reach of which premises."""
COUNT = """
const done = arguments[0], data = JSON.parse(document.getElementById("data").textContent).desk;
const stream = new Blob([bytes(data.packed)]).stream()
  .pipeThrough(new DecompressionStream("deflate"));
new Response(stream).arrayBuffer().then((raw) => {
  const arrays = arraysOf(data.layout, raw);
  let begun = performance.now();
  const plan = new WhatIf(data.head, arrays), opened = performance.now() - begun, times = [];
  const before = plan.stored.slice();
  for (let k = 0; k < 100; k++) {
    begun = performance.now();
    plan.put([], before);
    plan.put(before, []);
    times.push(performance.now() - begun);
  }
  done([before.length, opened, times]);
});
"""
"""A browser tells times in steps of 0.1 ms, so a hundred of them are looked at."""


def measure(scenario: str) -> dict[str, float]:
    """Figures of one scenario's page by name."""
    read = siting.load(ROOT / scenario)
    problem = read.problem()
    result = siting.solve(problem, method="greedy", time_limit=None)
    arrays, packed = (
        arrays_of(problem.under(result.spec), result.options),
        desk_data(problem, result),
    )
    assert arrays is not None and packed is not None
    reach = laid_out({name: arrays.arrays[name] for name in REACH})[1]
    with TemporaryDirectory() as folder:
        page = html.write(result, problem, read, Path(folder) / "report.html", "en")
        outlets, opened, times = counted(page)
        kb, packed_kb = page.stat().st_size / 1000, len(gzip.compress(page.read_bytes())) / 1000
    return {
        "outlets": float(outlets),
        "report kB": kb,
        "report kB gzip": packed_kb,
        "what-if kB packed": len(base64.b64decode(packed["packed"])) / 1000,
        "who reaches whom kB packed": len(gzip.compress(reach)) / 1000,
        "opening ms": opened,
        "recount of all outlets ms": float(np.mean(times)) / 2.0,
    }


def counted(page: Path) -> tuple[int, float, list[float]]:
    """Outlets of the plan, ms to open the what-if, and ms to close and open all outlets."""
    driver = chromium()
    try:
        driver.get(page.as_uri())
        # The page keeps its names to itself: the same files once more.
        files = (html.TEMPLATES / name for name in ("map.js", "what_if.js"))
        script = "\n".join(file.read_text(encoding="utf-8") for file in files) + COUNT
        found: list[Any] = driver.execute_async_script(script)
    finally:
        driver.quit()
    return int(found[0]), float(found[1]), [float(time) for time in found[2]]


def section(found: dict[str, dict[str, float]]) -> list[str]:
    """Lines of desk.md."""
    names = list(next(iter(found.values())))
    rows = [
        f"| {scenario} | " + " | ".join(f"{row[name]:,.4g}" for name in names) + " |"
        for scenario, row in found.items()
    ]
    return [
        "## In the report",
        "",
        "The what-if inside report.html, a greedy plan of each scenario: weights of the file and "
        "of what it counts with, and in the same Chromium the time to open the what-if and to "
        "count all outlets of the plan anew.",
        "",
        "| scenario | " + " | ".join(names) + " |",
        "|---|" + "---:|" * len(names),
        *rows,
    ]
