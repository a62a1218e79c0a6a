"""A first look at a scenario file: whether it is YAML at all, and the language it asks for.

Loads nothing that only a scenario's layers need.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, cast

from pydantic import TypeAdapter, ValidationError

from siting.errors import InputError
from siting.scenario.document.document import read_file
from siting.scenario.schema.languages import LANGUAGES
from siting.scenario.schema.values import one_of


def language_in(path: str | Path) -> Literal["zh", "en"] | None:
    """The ``lang`` of a scenario file, however faulty it is else; None where none is named."""
    path = Path(path)
    told = (read_file(path / "scenario.yaml" if path.is_dir() else path).data or {}).get("lang")
    if told is None:
        return None
    kind: TypeAdapter[str] = TypeAdapter(Annotated[str, one_of(LANGUAGES)])
    try:
        return cast(Literal["zh", "en"], kind.validate_python(told))
    except ValidationError:
        return None


def refuse_unreadable(path: str | Path) -> None:
    """A file that is no YAML, or none at all. Raises InputError."""
    path = Path(path)
    read = read_file(path / "scenario.yaml" if path.is_dir() else path)
    if read.data is None:
        raise InputError(read.faults)
