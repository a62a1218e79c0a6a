"""Docstrings of the public API: arguments, returns and errors are told where they are read."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest

import siting
from siting.errors import SitingError

FUNCTIONS = [name for name in siting.__all__ if inspect.isfunction(getattr(siting, name))]
METHODS = ("from_points", "from_matrix", "from_network")


def section(text: str, title: str) -> str:
    """The lines below ``Title:`` of a docstring; empty without one."""
    found = re.search(rf"^{title}:\n((?:    .*\n?|\n)+)", text, re.MULTILINE)
    return "" if found is None else found[1]


def told(function: Any) -> set[str]:
    """Arguments that a docstring explains, several with commas between them."""
    lines = re.findall(r"^    (\w[\w, ]*):", section(inspect.getdoc(function) or "", "Args"), re.M)
    return {name.strip() for line in lines for name in line.split(",")}


def doors() -> list[Any]:
    """Public functions, and what stands behind the doors of Problem."""
    from siting import instances
    from siting.scenario import frames

    made = [getattr(instances if m != "from_network" else frames, m) for m in METHODS]
    return [*(getattr(siting, name) for name in FUNCTIONS), *made]


@pytest.mark.parametrize("function", doors(), ids=lambda function: function.__name__)
def test_every_argument_is_told(function: Any) -> None:
    """Whoever calls a public function finds each argument explained, and no other."""
    asked = set(inspect.signature(function).parameters) - {"settings"}
    assert asked - told(function) == set()
    assert told(function) - set(inspect.signature(function).parameters) == set()


@pytest.mark.parametrize("name", sorted({*FUNCTIONS, "Study", "WhatIf"} - {"verify"}))
def test_errors_are_told(name: str) -> None:
    """What a public function raises on purpose stands in its docstring, by a name that exists;
    ``verify`` tells wrong results and raises nothing."""
    raised = section(inspect.getdoc(getattr(siting, name)) or "", "Raises")
    names = re.findall(r"^    (\w+):", raised, re.M)
    assert names, name
    assert all(issubclass(getattr(siting, error), SitingError) for error in names)


@pytest.mark.parametrize("name", siting.__all__)
def test_public_attributes_have_docstrings(name: str) -> None:
    """Methods and properties of public classes say what they give."""
    value = getattr(siting, name)
    members = vars(value).items() if inspect.isclass(value) else ()
    silent = [
        key
        for key, member in members
        if not key.startswith("_")
        and (inspect.isfunction(member) or isinstance(member, property))
        and not inspect.getdoc(member)
    ]
    assert silent == []
