"""Faults as values: told by key, located once, silent where they follow from another fault."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from siting.errors import Fault
from siting.notice import plain
from siting.scenario.document.document import Document, Key, read_text
from siting.scenario.document.wrong import Wrong, broken, lacks, located
from tests.tools.rooms import ROOT

TEXT = """
budget: 5
demand:
  - file: people.csv
    x: lat
rules:
  apart:
    - metres: 3
"""
X: Key = ("demand", 0, "x")


def document() -> Document:
    """A file of seven lines with a shorthand."""
    return read_text(TEXT, "town.yaml")


def test_a_fault_stands_at_the_line_of_its_key_as_it_was_written() -> None:
    """What was written short is told short; what is not there at the line of what holds it."""
    told = [
        Wrong(("budget", "total"), plain("must be more"), "5", plain("say 6")),
        Wrong(X, plain("must name longitudes"), "'lat'"),
        lacks(("demand", 0, "y"), hint=plain("y: lon")),
    ]
    assert located(document(), told) == [
        Fault("town.yaml", plain("must be more"), "5", 2, "budget", plain("say 6")),
        Fault("town.yaml", plain("must name longitudes"), "'lat'", 5, "demand.0.x"),
        Fault("town.yaml", plain("is required"), "nothing", 4, "demand.0.y", plain("y: lon")),
    ]


@pytest.mark.parametrize("open_", [("demand",), ("demand", 0), X])
def test_nothing_is_told_that_rests_on_an_open_value(open_: Key) -> None:
    """Open is a key with all that it is in; a key beside it is not."""
    doc = document()
    doc.mark(open_)
    rests = (
        Wrong(("budget",), plain("must fit"), given=(X,)),
        Wrong(("budget",), plain("must fit"), whole=(X,)),
        lacks(X),
    )
    assert located(doc, rests) == []
    assert len(located(doc, [Wrong(("budget",), plain("must fit"), given=(("rules",),))])) == 1


def test_a_part_that_is_open_matters_only_where_the_whole_must_be_known() -> None:
    """A list with one bad element is known for a fault about itself, not for one about all."""
    doc = document()
    doc.mark(X)
    some, all_ = (
        Wrong(("budget",), plain("must fit"), **{kind: (("demand",),)})  # type: ignore[arg-type]
        for kind in ("given", "whole")
    )
    assert len(located(doc, [some])) == 1
    assert located(doc, [all_]) == []
    doc.lost.add(("rules", "apart"))
    assert located(doc, [Wrong(X, plain("must fit"), entries=(("rules", "apart"),))]) == []


def test_what_one_fault_spoils_is_open_for_the_next() -> None:
    """In the order of the checks, also where these are made one after the other."""
    doc = document()

    def checks() -> Iterator[Wrong]:
        yield Wrong(("budget",), plain("must fit"), given=(X,))
        yield broken(X, plain("must name longitudes"))
        assert doc.unsure(X)
        yield Wrong(("budget",), plain("must fit again"), given=(X,))

    assert [fault.expected for fault in located(doc, checks())] == [
        "must fit",
        "must name longitudes",
    ]


def test_a_fault_of_a_layers_row_keeps_its_place() -> None:
    """It was located where it was found."""
    fault = Fault("people.csv", plain("must be a number"), "'x'", 3, "x")
    assert located(document(), [fault]) == [fault]


@pytest.mark.parametrize("room", ["checks", "formats"])
def test_no_check_asks_where_a_key_stands(room: str) -> None:
    """Lines and files are the door's business: a check yields what is wrong and no more."""
    asked = [
        f"{file.name}:{node.lineno}"
        for file in sorted((ROOT / "siting" / "scenario" / room).glob("*.py"))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in ("fault", "lacks", "broken", "mark", "place", "places")
        and isinstance(node.value, ast.Name)
        and node.value.id == "document"
    ]
    assert asked == []
