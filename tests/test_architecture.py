"""The rooms of the package and what each may import, read from the source by ``ast``."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOLVER_LIBRARIES = {
    "highs": "highspy",
    "scip": "pyscipopt",
    "benders": "pyscipopt",
    "cpsat": "ortools",
    "pulp": "pulp",
    "scipy": "scipy",
}
OUTSIDE_SOLVERS = {"highspy", "pyscipopt", "ortools", "pulp"}
FILES = {"os", "io", "pathlib", "shutil", "tempfile", "sqlite3"}
CLOCK = {"time", "datetime"}
CHANCE = {"random", "secrets", "uuid"}
NETWORK = {"socket", "urllib", "http", "requests", "ssl", "ftplib"}
GEO = {"geopandas", "pyogrio", "shapely", "osmium", "pyproj"}
OUTER = {
    "siting.__main__", "siting.cli", "siting.commands", "siting.commands.terminal",
    "siting.service", "siting.sweep",
}  # fmt: skip
METHODS = {
    "siting.engine",
    "siting.models",
    "siting.solvers",
    "siting.solving.exact",
    "siting.models.patterns",
}

MAY_NOT: dict[str, set[str]] = {
    "siting.problem": OUTSIDE_SOLVERS | FILES | CLOCK | CHANCE | GEO | METHODS | {"logging"},
    "siting.problem.parts": OUTSIDE_SOLVERS | FILES | CLOCK | CHANCE | GEO | METHODS | {"logging"},
    "siting.problem.rules": OUTSIDE_SOLVERS | FILES | CLOCK | CHANCE | GEO | METHODS | {"logging"},
    "siting.result.accounting": OUTSIDE_SOLVERS | FILES | CLOCK | CHANCE | GEO | METHODS |
    {"logging"}, "siting.models": OUTSIDE_SOLVERS | FILES | CLOCK | CHANCE | GEO | {"logging",
    "siting.solvers", "siting.engine", "siting.solving.exact", "siting.scenario"}, "siting.result":
    OUTSIDE_SOLVERS | CLOCK | CHANCE | METHODS | {"logging"}, "siting.scenario": OUTSIDE_SOLVERS |
    METHODS | NETWORK | {"siting.solving"}, "siting.walking": OUTSIDE_SOLVERS | METHODS | NETWORK |
    {"siting.scenario", "siting.solving"}, "siting.solvers": {"siting.problem", "siting.result",
    "siting.models", "siting.engine"}, "siting.engine": FILES | CHANCE | GEO | {"siting.scenario",
    "siting.walking", "siting.report", "siting.analysis", "siting.report.folder"},
    "siting.verification.judge": OUTSIDE_SOLVERS | METHODS | {"siting.solving",
    "siting.result.accounting"}, "siting.report": OUTSIDE_SOLVERS | METHODS | NETWORK,
    "siting.analysis": OUTSIDE_SOLVERS | NETWORK | {"siting.solvers", "siting.engine"},
    "siting.cli": OUTSIDE_SOLVERS | METHODS | NETWORK, "siting.commands": OUTSIDE_SOLVERS | METHODS
    | NETWORK,
}  # fmt: skip
"""Room: what no file of it may import, not even inside a function (architecture.md)."""


def modules() -> dict[str, Path]:
    """Dotted name of every file of the package; models under the name they are imported by."""
    found: dict[str, Path] = {}
    for base, prefix in ((ROOT / "siting", "siting"), (ROOT / "models", "siting.models")):
        for file in sorted(base.rglob("*.py")):
            parts = file.relative_to(base).with_suffix("").parts
            if base.name == "siting" and parts[0] == "models":
                continue
            parts = parts[:-1] if parts[-1] == "__init__" else parts
            found[".".join((prefix, *parts))] = file
    return found


def imports(file: Path) -> set[str]:
    """Every module a file imports, those for type checkers only left out."""
    return set(_imports(ast.parse(file.read_text(encoding="utf-8")).body))


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


def within(module: str, room: str) -> bool:
    """Whether a module is a room or stands in it."""
    return module == room or module.startswith(room + ".")


@pytest.mark.parametrize("room", MAY_NOT)
def test_a_room_touches_only_what_it_may(room: str) -> None:
    """Nothing flows back up: the table of rooms in architecture.md holds for every import."""
    files = {name: file for name, file in modules().items() if within(name, room)}
    assert files, f"{room} has no file"
    wrong = [
        f"{name} imports {imported}"
        for name, file in files.items()
        for imported in sorted(imports(file))
        if any(within(imported, banned) for banned in MAY_NOT[room])
    ]
    assert wrong == []


def test_each_outside_solver_has_one_file() -> None:
    """A solver's library is imported by its own files in solvers/ and by nothing else."""
    wrong = [
        f"{name} imports {imported}"
        for name, file in modules().items()
        for imported in imports(file)
        for library in OUTSIDE_SOLVERS
        if within(imported, library)
        and SOLVER_LIBRARIES.get(name.removeprefix("siting.solvers.")) != library
    ]
    assert wrong == []


def test_the_library_knows_nothing_of_the_command_line() -> None:
    """Whatever a command does, the Python API can do without it."""
    wrong = [
        f"{name} imports {imported}"
        for name, file in modules().items()
        if not any(within(name, room) for room in OUTER)
        for imported in imports(file)
        if any(within(imported, room) for room in OUTER)
    ]
    assert wrong == []


def test_logging_handlers_stand_in_the_command_line_only() -> None:
    """Importing the library changes no global logging."""
    wrong = [
        name
        for name, file in modules().items()
        if name != "siting.cli"
        and any(word in file.read_text("utf-8") for word in ("basicConfig", "addHandler"))
    ]
    assert wrong == []


def run_python(code: str) -> str:
    """Standard output of a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.strip()


def test_importing_siting_leaves_no_top_level_models() -> None:
    """``models/`` is installed as siting.models only; a user's own ``models`` is not shadowed."""
    code = "import sys, siting, siting.models.max_cover; print('models' in sys.modules)"
    assert run_python(code) == "False"


def test_importing_siting_loads_no_heavy_library() -> None:
    """A solver's child process and ``siting --help`` start fast."""
    heavy = sorted({"geopandas", "pandas", "numba", "highspy", "osmium", "matplotlib"})
    code = f"import sys, siting, siting.cli; print([m for m in {heavy} if m in sys.modules])"
    assert run_python(code) == "[]"


def test_every_package_is_installed() -> None:
    """pyproject.toml lists each package folder by name, so none is forgotten in a wheel."""
    import tomllib

    listed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packages = {name for name, file in modules().items() if file.name == "__init__.py"}
    assert packages == set(listed["tool"]["setuptools"]["packages"])
