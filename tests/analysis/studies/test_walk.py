"""Every study of the command line is a call of Python with a typed result and a table."""

from __future__ import annotations

import importlib
import inspect
import typing

import pandas as pd
import pytest
from typer.main import get_group

import siting
from siting.cli import app

NO_STUDIES = {
    "catalogue": "the formats, which a scenario holds",
    "check": "siting.load and Scenario.check_layers tell its faults",
    "demo": "makes a city",
    "new": "draws up a scenario, and answers with the draft",
    "pack": "a file's form",
    "premises": "makes a layer",
    "qgis": "installs a plugin",
    "report": "writes documents",
    "serve": "a service",
    "solve": "its answer is the Result, whose plan is the table",
    "sweep": "many solves, in files",
    "verify": "its answer is a Verification",
}
"""Commands that ask nothing of a plan, and why."""
STUDIES = sorted(set(get_group(app).commands) - set(NO_STUDIES))


def answer_of(name: str) -> type:
    """The type that a study's call is annotated to return."""
    home = importlib.import_module(siting._HOME[name])
    told = inspect.signature(getattr(home, name)).return_annotation
    module = importlib.import_module(getattr(home, name).__module__)
    found = getattr(module, str(told))
    assert isinstance(found, type)
    return found


def test_the_list_is_of_commands() -> None:
    """A command that is new is a study until somebody says why it is none."""
    assert set(NO_STUDIES) < set(get_group(app).commands) and len(STUDIES) > 10


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_is_a_call_with_a_typed_answer_and_a_table(name: str) -> None:
    """``siting.NAME(...)`` answers with a type of ours whose ``table`` is pandas'."""
    assert name in siting.__all__
    answer = answer_of(name)
    assert answer.__module__.startswith("siting.")
    table = inspect.getattr_static(answer, "table")
    getter = getattr(table, "func", None) or getattr(table, "fget", None)
    if getter is None:  # a field
        assert typing.get_type_hints(answer, {"pd": pd}, {})["table"] is pd.DataFrame
    else:
        assert typing.get_type_hints(getter, {"pd": pd}, {})["return"] is pd.DataFrame
