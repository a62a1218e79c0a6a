"""What is raised reaches people in their language: walked over the source, not over examples."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_type_hints

import pytest

import siting
from siting.errors import ArgumentError, Fault, InputError, SitingError
from siting.notice import Hint, Notice, in_language, plain
from siting.service.problems import RequestError
from siting.verification.judge import Evaluation, Verification

ROOTS = (Path(siting.__file__).parent, Path(siting.__file__).parent.parent / "models")

PROGRAMMERS = {
    "siting/notice.py": "AttributeError of whoever sets a field of a frozen notice",
    "siting/kernels.py": "TypeError of whoever writes a kernel that cannot be kept",
    "siting/cache.py": "UnpicklingError caught where a cache is read: a damaged one is made anew",
    "siting/engine/cover/sub_program.py": "AssertionError: one chance in 2**128",
    "siting/engine/shared/point_runs.py": "AssertionError: one chance in 2**128",
    "siting/scenario/document/validate.py": "AssertionError of a schema that nothing can satisfy",
    "siting/sweep/sharing.py": "ValueError of a caller that asks beyond what is proven",
    "siting/walking/pbf.py": "ValueError caught where it is raised",
    "siting/result/stored.py": "ValueError told as the key and value that are none of ours",
    "siting/result/certificate_file.py": "ValueError told as the file's name and its fault",
    "siting/scenario/schema/values.py": "pydantic's template; the text is a notice in it",
    "siting/qgis/siting_processing/run.py": "runs inside QGIS, without our catalogue",
}
"""Files that raise a sentence of their own, with the reason why no planner reads it."""


def raising(tree: ast.Module) -> Iterator[ast.Raise]:
    """What a file raises, but for a module's ``__getattr__``: a name it lacks is told as Python
    tells it, to whoever writes code against it."""
    own = [n for n in tree.body if not (isinstance(n, ast.FunctionDef) and n.name == "__getattr__")]
    for node in (inner for statement in own for inner in ast.walk(statement)):
        if isinstance(node, ast.Raise):
            yield node


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Each file of the program, by its path in the repository."""
    for root in ROOTS:
        for file in sorted(root.rglob("*.py")):
            name = file.relative_to(root.parent).as_posix()
            if not name.startswith("siting/models/"):
                yield name, ast.parse(file.read_text(encoding="utf-8"))


def is_sentence(node: ast.expr) -> bool:
    """A literal text, plain or put together."""
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def called(node: ast.Call) -> str:
    """The last part of what is called."""
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def test_whatever_is_raised_is_a_notice() -> None:
    """An error's message has a key: only the listed files raise a sentence, each for a reason."""
    raised = {
        name
        for name, tree in sources()
        for node in raising(tree)
        if isinstance(node.exc, ast.Call)
        if any(is_sentence(one) for one in node.exc.args)
        if called(node.exc).endswith(("Error", "Exception"))
    }
    assert raised - PROGRAMMERS.keys() == set()
    assert PROGRAMMERS.keys() - raised == set(), "the list tells files that raise none"


def test_no_part_of_a_fault_is_an_english_sentence() -> None:
    """What was found is data or a notice; words of ours stand in the catalogue."""
    wrong = [
        f"{name}:{node.lineno}"
        for name, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        if called(node) in ("Fault", "Wrong", "broken", "refuse", "fault")
        for part in node.args[1:3]
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and " " in part.value
    ]
    assert wrong == []


def test_the_types_ask_for_notices() -> None:
    """mypy then finds every sentence that is put where a notice belongs."""
    assert get_type_hints(Fault)["expected"] is Notice
    assert get_type_hints(Fault)["hint"] == Hint
    assert get_type_hints(SitingError.__init__)["message"] is Notice
    assert get_type_hints(RequestError.__init__)["detail"] is Notice
    assert get_type_hints(Verification)["violations"] == tuple[Notice, ...]
    assert get_type_hints(Evaluation)["violations"] == tuple[Notice, ...]


def test_an_error_is_a_notice_that_may_stand_within_another() -> None:
    """A solver's refusal in a warning of the result is told in the warning's language."""
    error = ArgumentError(Notice("whatif.per", per="day"))
    told = Notice("run.failed", fault=error.notice)
    assert str(told).startswith(str(error))
    assert in_language(told, "zh").startswith(error.in_language("zh"))
    assert error.in_language("zh") != str(error)


@pytest.mark.parametrize("message", [plain("of a library"), "of a caller's own subclass"])
def test_a_foreign_sentence_is_told_as_it_is(message: str) -> None:
    """Whoever raises our errors with a plain text is heard too, in both languages."""
    for error in (SitingError(message), InputError(message)):  # type: ignore[arg-type]
        assert error.in_language("zh").endswith(message)
        assert str(error).endswith(message)
        assert error.notice == str(error)
