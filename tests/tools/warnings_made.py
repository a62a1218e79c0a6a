"""Every warning that the package can make, read from the source: its template with samples."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2] / "siting"
LISTS = ("warnings",)
"""Names that hold warnings: what is added to one of them, or given under this keyword, is one."""
TELLERS = {
    "accounting.py": ("basic_gap_left", "closures"),
    "analysis/compare.py": ("not_comparable",),
    "starting.py": ("start_options", "from_table"),
    "verification/evaluation.py": ("useless_notes",),
}
"""Functions whose own texts become warnings in the hands of callers further away; those that are
called where a warning is given are found."""
SAMPLE = "7"


def made() -> Iterator[tuple[str, str]]:
    """(file and line, text) of each warning, every figure and name in it a sample."""
    for file in sorted(ROOT.rglob("*.py")):
        name = file.relative_to(ROOT).as_posix()
        tree = ast.parse(file.read_text(encoding="utf-8"))
        here = {f.name: f for f in ast.walk(tree) if isinstance(f, ast.FunctionDef)}
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                named = {
                    target.id: node.value
                    for node in ast.walk(function) if isinstance(node, ast.Assign)
                    for target in node.targets if isinstance(target, ast.Name)
                }  # fmt: skip
                found = list(_added(function))
                if function.name in TELLERS.get(name, ()):
                    found += _sentences(function)
                for node in found:
                    for text in _texts(node, named, here):
                        yield f"{name}:{node.lineno}", text


def _is_list(node: ast.expr) -> bool:
    last = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return last in LISTS


def _added(function: ast.FunctionDef) -> Iterator[ast.expr]:
    """What is appended to a list of warnings, added to one, or given as one."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            to = node.func
            if isinstance(to, ast.Attribute) and to.attr == "append" and _is_list(to.value):
                yield node.args[0]
            yield from (word.value for word in node.keywords if word.arg in LISTS)
        elif isinstance(node, ast.AugAssign | ast.Assign):
            to_all = [node.target] if isinstance(node, ast.AugAssign) else node.targets
            if any(_is_list(target) for target in to_all):
                yield node.value


def _sentences(function: ast.FunctionDef) -> list[ast.expr]:
    """Texts of a function that have words in them; its docstring is none."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    found = (node for part in body for node in ast.walk(part))
    return [node for node in found if isinstance(node, ast.JoinedStr) and " " in _filled(node)]


def _texts(
    node: ast.expr, named: dict[str, ast.expr], here: dict[str, ast.FunctionDef]
) -> Iterator[str]:
    """Every text an expression can give; names are those assigned in its function, functions those
    of its file."""
    if isinstance(node, ast.Name):
        if node.id in named:
            others = {k: v for k, v in named.items() if k != node.id}
            yield from _texts(named[node.id], others, here)
    elif isinstance(node, ast.Call):
        called = here.get(getattr(node.func, "id", ""))
        for sentence in _sentences(called) if called else ():
            yield from _texts(sentence, named, here)
    elif isinstance(node, ast.JoinedStr):
        yield _filled(node)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str) and " " in node.value:
            yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body, named, here)
        yield from _texts(node.orelse, named, here)
    elif isinstance(node, ast.BinOp):
        left, right = (list(_texts(side, named, here)) or [""] for side in (node.left, node.right))
        yield from (text for a in left for b in right if (text := a + b))
    elif isinstance(node, ast.Tuple | ast.List):
        for part in node.elts:
            yield from _texts(part, named, here)
    elif isinstance(node, ast.Starred):
        yield from _texts(node.value, named, here)


def _filled(node: ast.JoinedStr) -> str:
    parts = (part.value if isinstance(part, ast.Constant) else SAMPLE for part in node.values)
    return "".join(str(part) for part in parts)
