"""The rooms of the package as the imports draw them: ``python -m tests.tools.rooms [FOLDER]``.

``python -m tests.tools.rooms --write`` renews the drawing in ARCHITECTURE.md.

A *room* is a folder of ``siting/`` or a file that lies flat in it; scenario, engine and analysis
have rooms of their own inside. An arrow leads from a room to one it imports, also inside a
function; imports for type checkers only are left out. FOLDER is another checkout to draw.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "ARCHITECTURE.md"
BLOCK = re.compile(
    r"(<!-- rooms: python -m tests.tools.rooms --write -->\n)(.*?)(<!-- /rooms -->)", re.DOTALL
)
NESTED = ("scenario", "engine", "analysis")
"""Rooms with rooms inside; an arrow to or from them names the inner one."""
PLUGIN = ("qgis", "siting_processing")
"""Files that QGIS loads into a Python of its own; nothing here imports them."""
DOORS = {
    ("siting.problem.problem", "siting.instances"): "Problem.from_points, Problem.from_matrix",
    ("siting.problem.problem", "siting.scenario.frames"): "Problem.from_network",
    ("siting.progress", "siting.execution.progress"): "siting.progress, the function",
    ("siting.result.result", "siting.report.notebook_page"): "Result.map, Plan.explore",
}
"""The ways that lead up on purpose: conveniences of the public API, imported when called."""

Arrows = dict[str, Counter[str]]
"""Room: rooms it imports, with how many imports do so."""


def modules(root: Path = ROOT) -> dict[str, Path]:
    """Dotted name of every file of the package; models under the name they are imported by."""
    found: dict[str, Path] = {}
    for base, prefix in ((root / "siting", "siting"), (root / "models", "siting.models")):
        for file in sorted(base.rglob("*.py")):
            parts = file.relative_to(base).with_suffix("").parts
            if base.name == "siting" and (parts[0] == "models" or parts[:2] == PLUGIN):
                continue
            parts = parts[:-1] if parts[-1] == "__init__" else parts
            found[".".join((prefix, *parts))] = file
    return found


@cache
def imports(file: Path) -> frozenset[str]:
    """Every module a file imports, those for type checkers only left out."""
    return frozenset(_imports(ast.parse(file.read_text(encoding="utf-8")).body))


def _imports(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        for field in ("body", "orelse", "finalbody", "handlers"):
            yield from _imports(getattr(node, field, []))


def between(files: Mapping[str, Path]) -> dict[str, set[str]]:
    """Module: modules of the package it imports, itself and the doors left out.

    Of ``from siting.problem import Problem`` the package is what is imported, and a package hands
    on what its own imports lead to.
    """
    return {
        name: {
            target
            for target in imports(file) & files.keys() - {name}
            if (name, target) not in DOORS
        }
        for name, file in files.items()
    }


def rooms(files: Mapping[str, Path], nested: bool = True) -> dict[str, str]:
    """Module: the room it stands in, without the leading ``siting.``."""
    packages = {name for name, file in files.items() if file.name == "__init__.py"}

    def room(module: str) -> str:
        parts = module.split(".")
        inner = ".".join(parts[:3])
        deep = nested and parts[1:] and parts[1] in NESTED and inner in packages
        return ".".join(parts[1 : 3 if deep else 2]) or "siting"

    return {name: room(name) for name in files}


def arrows(root: Path = ROOT, nested: bool = True) -> Arrows:
    """Which room imports which, doors left out."""
    files = modules(root)
    room = rooms(files, nested)
    drawn: Arrows = {name: Counter() for name in room.values()}
    for name, targets in between(files).items():
        here = room[name]
        drawn[here].update(room[there] for there in targets if room[there] != here)
    return drawn


def floors(drawn: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Floor of each room: one above the highest it stands on; rooms of a circle share one."""
    circle_of = {room: circle for circle in circles(drawn, alone=True) for room in circle}
    height: dict[frozenset[str], int] = {}

    def rise(circle: frozenset[str]) -> int:
        if circle not in height:
            below = {circle_of[there] for room in circle for there in drawn[room]} - {circle}
            height[circle] = 1 + max((rise(other) for other in below), default=-1)
        return height[circle]

    return {room: rise(circle_of[room]) for room in drawn}


def circles(drawn: Mapping[str, Mapping[str, int]], *, alone: bool = False) -> list[frozenset[str]]:
    """Rooms that reach one another; with ``alone`` also those that reach nobody who returns."""
    reach = {room: reached(drawn, room) for room in drawn}
    found = {
        frozenset({room} | {there for there in reach[room] if room in reach[there]})
        for room in drawn
    }
    return sorted((c for c in found if alone or len(c) > 1), key=sorted)


def reached(drawn: Mapping[str, Mapping[str, int]], room: str) -> set[str]:
    """Every room that one's arrows lead to, directly or through others."""
    seen: set[str] = set()
    front = [room]
    while front:
        new = set(drawn[front.pop()]) - seen
        seen |= new
        front += new
    return seen


def upward(drawn: Mapping[str, Mapping[str, int]]) -> list[tuple[str, str]]:
    """The lighter arrow of any two rooms that import each other."""
    return sorted(
        (here, there)
        for here, targets in drawn.items()
        for there, times in targets.items()
        if here in drawn[there] and (times, here) < (drawn[there][here], there)
    )


def drawing(root: Path, nested: bool) -> str:
    """The picture in words: a line of totals, then the floors from the top down."""
    drawn = arrows(root, nested)
    level = floors(drawn)
    count = sum(len(targets) for targets in drawn.values())
    lines = [
        f"{len(drawn)} rooms on {max(level.values()) + 1} floors, {count} arrows, "
        f"{len(upward(drawn))} upward, {len(circles(drawn))} circles"
    ]
    for floor in sorted(set(level.values()), reverse=True):
        for room in sorted(room for room in drawn if level[room] == floor):
            targets = ", ".join(sorted(drawn[room])) or "nothing of the package"
            lines.append(f"{floor:3}  {room} -> {targets}")
    lines += [f"circle: {', '.join(sorted(circle))}" for circle in circles(drawn)]
    lines += [f"upward: {here} -> {there}" for here, there in upward(drawn)]
    return "\n".join(lines)


def reduced(drawn: Mapping[str, Mapping[str, int]]) -> dict[str, list[str]]:
    """The arrows that no other way leads round: the same floors with fewer lines."""
    return {
        room: sorted(
            there
            for there in targets
            if not any(there in reached(drawn, other) for other in targets if other != there)
        )
        for room, targets in drawn.items()
    }


def held(root: Path = ROOT) -> dict[str, str]:
    """What each room holds: the first line of its own docstring."""
    files = modules(root)
    told = {}
    for room in set(rooms(files).values()):
        name = room if room == "siting" else f"siting.{room}"
        text = ast.get_docstring(ast.parse(files[name].read_text(encoding="utf-8")))
        told[room] = (text or "").partition("\n")[0]
    return told


def flowchart(drawn: Arrows) -> list[str]:
    """The reduced arrows in Mermaid's words, inner rooms inside their own."""

    def node(room: str) -> str:
        return room.replace(".", "_")

    lines = ["flowchart TD"]
    for outer in NESTED:
        inner = sorted(room for room in drawn if room.startswith(f"{outer}."))
        inner += [outer] * bool(drawn[outer])
        lines.append(f"  subgraph in_{outer} [{outer}/]")
        lines += [f"    {node(room)}[{room.rpartition('.')[2]}]" for room in inner]
        lines.append("  end")
    for here, targets in reduced(drawn).items():
        if targets:
            lines.append(f"  {node(here)} --> {' & '.join(map(node, targets))}")
    return lines


def page(root: Path = ROOT) -> str:
    """The drawing as Markdown: the picture, then every room from the top floor down."""
    drawn = arrows(root)
    level, told = floors(drawn), held(root)
    lines = ["```mermaid", *flowchart(drawn), "```", "", "| Floor | Room | Holds | Imports |"]
    lines.append("|---:|---|---|---|")
    for room in sorted(drawn, key=lambda room: (-level[room], room)):
        targets = ", ".join(f"`{there}`" for there in sorted(drawn[room])) or "nothing of ours"
        lines.append(f"| {level[room]} | `{room}` | {told[room]} | {targets} |")
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> None:
    """Print the drawing of this checkout, or of the one that is named; or write it."""
    if arguments == ["--write"]:
        text = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(BLOCK.sub(lambda m: m[1] + page() + m[3], text), encoding="utf-8")
        return
    root = Path(arguments[0]) if arguments else ROOT
    for nested, title in ((False, "The house"), (True, "With the inner rooms")):
        print(f"{title}: {drawing(root, nested)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
