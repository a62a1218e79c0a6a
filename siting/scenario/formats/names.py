"""Names of formats: in Chinese and English they stand for the id wherever that may stand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from siting.errors import InputError
from siting.scenario.document.document import Document, Key
from siting.scenario.formats.catalogue import Format, load_catalogue
from siting.scenario.schema.formats import Formats

_VALUES = frozenset({"format", "formats", "use", "stands_in_for", "hosts"})
"""Keys whose values are formats, one or a list."""
_MAPPINGS = frozenset({"per_format", "change"})
"""Keys below which formats are keys."""
_SECTIONS = ("formats", "budget", "rules", "circles", "mobile_units", "commitments")
"""Sections that speak of formats by id; in layers ``format`` names a column."""
_LAYERS = frozenset({"places", "stops"})
_ASIDE = re.compile(r"^(.+?)\((.+)\)$")


def plain(text: str) -> str:
    """A name without the differences of width and case."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def format_names(formats: Mapping[str, Format]) -> dict[str, str]:
    """Every name that means one format only: its names in Chinese and English, and what stands
    before and inside their brackets."""
    meant: dict[str, set[str]] = {}
    for format_ in formats.values():
        for name in (plain(format_.zh), plain(format_.en)):
            aside = _ASIDE.match(name)
            for each in (name, *(aside.groups() if aside else ())):
                meant.setdefault(each, set()).add(format_.id)
    return {
        name: next(iter(ids))
        for name, ids in meant.items()
        if len(ids) == 1 and name not in formats
    }


def named_by_id(document: Document, folder: Path) -> Document:
    """A scenario whose formats are named by ids alone; places of keys stay what was written."""
    given = document.data.get("formats")
    name = given.get("catalogue") if isinstance(given, dict) else None
    try:
        catalogue = load_catalogue(str(name or Formats().catalogue), folder)
    except InputError:
        return document  # told when the catalogue is read
    names = format_names(catalogue.formats)
    ids = {*catalogue.formats}
    moved: dict[Key, Key] = {}
    data = {
        key: _turned(value, (key,), names, ids, moved) if key in _SECTIONS else value
        for key, value in document.data.items()
    }
    return document.renamed(data, moved)


def _turned(
    value: Any, key: Key, names: dict[str, str], ids: set[str], moved: dict[Key, Key]
) -> Any:
    """A value with ids for names; ``moved`` gathers keys that are called otherwise."""
    if isinstance(value, list):
        if key[-1] in _VALUES:
            return [_id(one, names, ids) if isinstance(one, str) else one for one in value]
        return [_turned(one, (*key, i), names, ids, moved) for i, one in enumerate(value)]
    if isinstance(value, dict):
        turned: dict[str, Any] = {}
        for part, below in value.items():
            new = _id(part, names, ids) if key[-1] in _MAPPINGS else part
            new = part if new in value or new in turned else new
            if new != part:
                moved[(*key, part)] = (*key, new)
            kept = below if part in _LAYERS else _turned(below, (*key, part), names, ids, moved)
            turned[new] = kept
        return turned
    return _id(value, names, ids) if isinstance(value, str) and key[-1] in _VALUES else value


def _id(name: str, names: dict[str, str], ids: set[str]) -> str:
    return name if name in ids else names.get(plain(name), name)
