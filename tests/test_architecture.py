"""The rooms of the package and what each may import, read from the source by ``ast``."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.tools.rooms import ROOT, arrows, between, circles, imports, modules, reached, rooms

SOLVER_LIBRARIES = {
    "highs": "highspy",
    "highs_tree": "highspy",
    "scip": "pyscipopt",
    "benders_scip": "pyscipopt",
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
OUTER = {"siting.__main__", "siting.standing", "siting.cli", "siting.commands"}

MAY: dict[str, str] = {
    "siting": "kernel_cache",
    "kernel_cache": "system",
    "kernels": "",
    "cache": "",
    "streams": "notice",
    "errors": "notice printable texts",
    "progress": "",
    "printable": "",
    "as_json": "notice",
    "texts": "printable",
    "notice": "texts printable",
    "system": "",
    "reproducible_files": "",
    "page_policy": "",
    "complete_files": "system notice reproducible_files errors",
    "files": "as_json kernels notice errors",
    "problem": "kernels notice errors progress",
    "walking": "kernels system notice files problem errors",
    "instances": "kernels notice problem walking errors",
    "verification": "kernels notice problem errors",
    "solvers": "notice system complete_files progress errors",
    "models": "kernels notice problem solvers errors",
    "whatif": "kernels models notice problem verification errors",
    "scenario.schema": "models notice problem scenario.document",
    "scenario.document": "notice files errors",
    "scenario.formats": "files notice scenario.schema scenario.document errors",
    "scenario.layers": "notice files scenario.schema scenario.document scenario.formats walking "
    "problem errors",
    "scenario.checks": "scenario.schema scenario.document scenario.formats scenario.layers models "
    "texts notice errors",
    "scenario.assemble": "cache notice scenario.schema scenario.document scenario.formats "
    "scenario.layers scenario.checks walking problem errors",
    "scenario": "cache notice files scenario.schema scenario.document scenario.formats "
    "scenario.checks scenario.assemble problem errors",
    "result": "as_json complete_files system notice texts scenario.schema verification problem "
    "progress errors",
    "engine": "notice errors",
    "engine.shared": "kernels notice engine problem progress",
    "engine.cover": "kernels notice engine engine.shared problem solvers progress",
    "engine.capacity": "kernels notice engine engine.shared problem verification progress",
    "engine.median": "kernels engine engine.shared models problem progress",
    "engine.center": "kernels notice engine.median engine.shared models problem solvers progress",
    "executors": "notice system siting errors",
    "tiles": "kernels notice engine engine.cover engine.shared executors models verification "
    "problem solvers complete_files system progress errors",
    "solving": "kernels tiles notice engine engine.cover engine.capacity engine.median "
    "engine.center models solvers verification result problem complete_files system progress "
    "errors",
    "analysis": "notice solving result verification solvers problem progress errors",
    "analysis.kpis": "analysis notice scenario.assemble scenario.layers scenario.schema result "
    "verification problem",
    "analysis.gaps": "analysis analysis.kpis scenario.assemble scenario.layers walking result "
    "verification problem",
    "analysis.audit": "notice files scenario solving result verification problem errors",
    "analysis.infeasible": "analysis scenario solving texts result verification problem errors",
    "analysis.studies": "notice analysis analysis.infeasible analysis.kpis solving models solvers "
    "texts result reproducible_files verification problem progress errors",
    "report": "reproducible_files page_policy analysis.gaps analysis.kpis execution paper notice "
    "scenario.layers scenario.schema texts result verification problem complete_files siting "
    "errors walking whatif",
    "paper": "notice page_policy errors texts",
    "execution": "analysis.audit analysis.kpis complete_files system errors files notice paper "
    "problem scenario.assemble scenario.layers scenario.schema texts verification",
    "service": "analysis analysis.audit analysis.gaps analysis.studies as_json execution notice "
    "report result whatif texts verification models solving problem complete_files progress "
    "siting errors system walking",
    "qgis": "complete_files notice errors scenario.formats siting",
    "demo": "notice scenario.formats scenario.schema errors",
    "sweep": "executors notice page_policy analysis.studies paper report scenario solving system "
    "texts reproducible_files result problem complete_files progress siting errors",
    "drafting": "complete_files errors files notice scenario scenario.formats scenario.layers "
    "texts",
    "commands": "printable as_json kernels tiles reproducible_files notice analysis analysis.audit "
    "analysis.gaps analysis.infeasible analysis.kpis analysis.studies demo drafting execution "
    "qgis report service sweep scenario scenario.formats solving models texts result "
    "verification problem complete_files progress siting errors",
    "cli": "reproducible_files commands notice printable siting streams system errors",
    "__main__": "cli",
    "standing": "cli system",
}
"""Room: the rooms it may import, also inside a function. What a room may reach through others is
what these lead to, so a room that is not named here is out of reach altogether; the doors of the
public API, ``tests.tools.rooms.DOORS``, are no ways between rooms."""

OUT_OF_PLACE: dict[str, set[str]] = {
    "problem": OUTSIDE_SOLVERS | FILES | CLOCK | CHANCE | GEO | {"logging"},
    "models": OUTSIDE_SOLVERS | (FILES - {"os"}) | CLOCK | CHANCE | GEO | {"logging"},
    "engine": OUTSIDE_SOLVERS | FILES | CHANCE | GEO,
    "verification": OUTSIDE_SOLVERS | FILES | CHANCE | GEO,
    "whatif": OUTSIDE_SOLVERS | FILES | CLOCK | CHANCE | GEO | {"logging"},
    "result": OUTSIDE_SOLVERS | CHANCE | NETWORK | {"logging"},
    "texts": OUTSIDE_SOLVERS | CHANCE | NETWORK | GEO,
    "scenario": OUTSIDE_SOLVERS | NETWORK,
    "walking": OUTSIDE_SOLVERS | NETWORK,
    "report": OUTSIDE_SOLVERS | NETWORK,
    "analysis": OUTSIDE_SOLVERS | NETWORK,
    "cli": OUTSIDE_SOLVERS | NETWORK,
    "commands": OUTSIDE_SOLVERS | NETWORK,
    "sweep": OUTSIDE_SOLVERS | CHANCE | GEO,
}
"""Room: outside modules that no file of it imports, not even inside a function. Of ``os`` models
ask
only how many cores there are."""


def within(module: str, room: str) -> bool:
    """Whether a module is a room or stands in it."""
    return module == room or module.startswith(room + ".")


def test_every_room_is_on_the_list() -> None:
    """A new folder or flat file has its place in the house before it has a use."""
    assert set(arrows()) == set(MAY)


@pytest.mark.parametrize("room", MAY)
def test_a_room_imports_only_what_it_may(room: str) -> None:
    """The table above holds for every import, also one inside a function."""
    files = modules()
    room_of = rooms(files)
    wrong = [
        f"{name} imports {target}"
        for name, targets in between(files).items()
        if room_of[name] == room
        for target in sorted(targets)
        if room_of[target] not in {room, *MAY[room].split()}
    ]
    assert wrong == []


def test_nothing_that_a_room_may_leads_back_to_it() -> None:
    """The list has no circle of rooms, so what one may reach through others is below it."""
    allowed = {room: dict.fromkeys(others.split(), 1) for room, others in MAY.items()}
    assert circles(allowed) == []
    assert not {room for room in allowed if room in reached(allowed, room)}


def test_the_list_allows_no_more_than_is_used() -> None:
    """An arrow that nobody draws any more leaves the list, so that the list is the drawing."""
    drawn = arrows()
    unused = {room: set(MAY[room].split()) - set(drawn[room]) for room in MAY}
    assert {room: sorted(left) for room, left in unused.items() if left} == {}


@pytest.mark.parametrize("room", OUT_OF_PLACE)
def test_a_room_touches_no_library_that_is_out_of_place(room: str) -> None:
    """Neither a clock nor a file where the same arrays must give the same answer."""
    wrong = [
        f"{name} imports {imported}"
        for name, file in modules().items()
        if within(name, f"siting.{room}")
        for imported in sorted(imports(file))
        if any(within(imported, banned) for banned in OUT_OF_PLACE[room])
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


MOST_ATTRIBUTES = 28
"""Of a class of the engine."""
KERNEL_RECORDS = {"CoverState"}
"""Tuples of arrays, one for compiled kernels to take."""


def attributes_of(cls: ast.ClassDef) -> set[str]:
    """Fields that a class declares, and what its methods set on ``self``."""
    declared = {
        node.target.id
        for node in cls.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    stored = {
        node.attr
        for node in ast.walk(cls)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        if isinstance(node.value, ast.Name) and node.value.id == "self"
    }
    return declared | stored


def test_no_class_of_the_engine_knows_everything() -> None:
    """A method's state, steps and evaluation are classes of their own; one with dozens of
    attributes is several in one."""
    counts = {
        cls.name: len(attributes_of(cls))
        for file in (ROOT / "siting" / "engine").rglob("*.py")
        for cls in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(cls, ast.ClassDef)
    }
    large = {name for name, count in counts.items() if count > MOST_ATTRIBUTES}
    assert large == KERNEL_RECORDS
    assert max(count for name, count in counts.items() if name == "PrimalDual") <= 15


def test_types_are_checked_everywhere() -> None:
    """No file of ours is left out, formulations and engine included, and none is checked less:
    only what QGIS loads without us is apart."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    mypy = told["tool"]["mypy"]
    assert mypy["strict"] is True
    assert mypy["exclude"] == ["^siting/qgis/siting_processing/"]
    lax = {"ignore_errors", "check_untyped_defs", "disallow_untyped_defs", "follow_imports"}
    assert not any(lax & one.keys() for one in mypy["overrides"])


def test_importing_siting_leaves_no_top_level_models() -> None:
    """``models/`` is installed as siting.models only; a user's own ``models`` is not shadowed."""
    code = "import sys, siting, siting.models.max_cover; print('models' in sys.modules)"
    assert run_python(code) == "False"


def test_importing_siting_loads_no_heavy_library() -> None:
    """A solver's child process and ``siting --help`` start fast."""
    heavy = sorted({"geopandas", "pandas", "numba", "highspy", "osmium", "matplotlib"})
    code = f"import sys, siting, siting.cli; print([m for m in {heavy} if m in sys.modules])"
    assert run_python(code) == "[]"


def test_a_catalogue_is_told_without_what_reads_layers() -> None:
    """``siting catalogue`` answers at once: no table, geometry or compiler is loaded for it."""
    heavy = sorted({"geopandas", "numba", "numpy", "pandas", "pyogrio", "scipy", "shapely"})
    code = (
        "import sys; from siting.cli import main; sys.argv = ['siting', 'catalogue']; main(); "
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    assert run_python(code).splitlines()[-1] == "[]"


@pytest.mark.parametrize("command", ["check", "solve"])
def test_faults_of_a_file_are_told_at_once(command: str, tmp_path: Path) -> None:
    """Where no layer can be read nothing is loaded that only layers need: a file that is no YAML,
    keys that nobody knows, values of the wrong kind, files that are not there."""
    heavy = sorted(
        {"geopandas", "numba", "numpy", "osmium", "pandas", "pyproj", "scipy", "shapely"}
    )
    faulty = "siting: 1\nnmae: x\nbudget: much\ntravel: {mode: straight}\nobjective: {p: many}\n"
    layers = "demand: {file: none.csv, groups: {all: people}}\npremises: {file: none.csv}\n"
    files = {"no.yaml": "siting: 1\nformats: [\n", "faulty.yaml": faulty + layers}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    given = [[command, str(tmp_path / name)] for name in (*files, "nowhere.yaml")]
    code = (
        f"import sys; from siting.cli import main; codes = [main(g) for g in {given}]; "
        f"print(codes, [m for m in {heavy} if m in sys.modules])"
    )
    assert run_python(code).splitlines()[-1] == "[2, 2, 2] []"


def test_every_package_is_installed() -> None:
    """pyproject.toml lists each package folder by name, so none is forgotten in a wheel."""
    import tomllib

    listed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packages = {name for name, file in modules().items() if file.name == "__init__.py"}
    assert packages == set(listed["tool"]["setuptools"]["packages"])
