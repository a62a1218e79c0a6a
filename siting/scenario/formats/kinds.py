"""Lists that say which format a value of another register means: type codes of map services."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from siting.errors import Fault, InputError
from siting.files.boundary import oddness
from siting.notice import Notice
from siting.scenario.document.paths import Folder, resolve, shown

BUILT_IN = ("amap",)
"""Lists that come with the package; each names its source."""
_MOST_BYTES = 2**22


@dataclass(frozen=True)
class Kinds:
    """Values and the formats they mean."""

    where: str
    """The list, as messages name it."""
    exact: Mapping[str, str]
    begins: Mapping[str, str]
    """How values begin, and the format; the longest that fits counts."""

    @classmethod
    def made(cls, where: str, given: Mapping[str, str]) -> Kinds:
        """From values, of which those that end in ``*`` are beginnings."""
        begins = {text[:-1].strip(): name for text, name in given.items() if text.endswith("*")}
        exact = {text: name for text, name in given.items() if not text.endswith("*")}
        longest = dict(sorted(begins.items(), key=lambda entry: -len(entry[0])))
        return cls(where, exact, longest)

    def of(self, value: str) -> str | None:
        """The format that a value means; of several separated by "|" the first that has one."""
        for text in dict.fromkeys((value, *(part.strip() for part in value.split("|")))):
            if text in self.exact:
                return self.exact[text]
            for begin, name in self.begins.items():
                if text.startswith(begin):
                    return name
        return None


def kinds_file(given: str, folder: Folder) -> Path | None:
    """The planner's own file; None for a built-in list.

    Raises:
        InputError: not a path that may be read.
    """
    if given in BUILT_IN:
        return None
    path = resolve(given, folder)
    if isinstance(path, str):
        raise InputError(Fault(given, path))
    return path


def read_kinds(given: str | Mapping[str, str], folder: Folder) -> Kinds:
    """A mapping of the scenario, a built-in list, or a csv of the columns value and format.

    Raises:
        InputError: the file cannot be read, or is no such list.
    """
    if not isinstance(given, str):
        return Kinds.made("kinds", given)
    path = kinds_file(given, folder)
    if path is None:
        source = files("siting.scenario.formats") / "lists" / f"{given}.csv"
        return _parsed(source.read_text(encoding="utf-8"), given)
    where = shown(path, folder)
    odd = oddness(path, _MOST_BYTES)
    if odd is not None:
        raise InputError(Fault(where, *odd))
    try:
        return _parsed(path.read_bytes().decode("utf-8-sig"), where)
    except OSError as error:
        found = error.strerror or ""
        raise InputError(Fault(where, Notice("fault.readable"), found)) from None
    except UnicodeDecodeError:
        raise InputError(Fault(where, Notice("fault.utf8"), Notice("fault.other_bytes"))) from None


def _parsed(text: str, where: str) -> Kinds:
    """Lines of value and format; what begins with # says where the list comes from."""
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(lines)) if any(row)]
    head = [name.lower() for name in rows[0]] if rows else []
    expected = Notice("fault.csv_of_kinds")
    if "value" not in head or "format" not in head:
        raise InputError(Fault(where, expected, ", ".join(head) or Notice("fault.empty_file")))
    value, meant = head.index("value"), head.index("format")
    found: dict[str, str] = {}
    for row in rows[1:]:
        if len(row) <= max(value, meant) or not row[value] or not row[meant]:
            raise InputError(Fault(where, expected, ",".join(row)))
        if found.setdefault(row[value], row[meant]) != row[meant]:
            raise InputError(Fault(where, Notice("fault.value_once"), repr(row[value])))
    return Kinds.made(where, found)
