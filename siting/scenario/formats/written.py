"""Formats as a file writes them: by id, or by their name in Chinese or English.

Names are replaced by ids in the plain data, before anything is checked, so that all that follows
knows ids only; faults still tell the key as it was written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from unicodedata import normalize

from siting.errors import InputError
from siting.scenario.document.document import Document, Key
from siting.scenario.document.paths import Folder
from siting.scenario.formats.catalogue import Format, load_catalogue

KEYED = (
    ("formats", "change"),
    ("circles", "change"),
    ("budget", "per_format"),
    ("rules", "max_outlets", "per_format"),
)
"""Mappings whose keys are formats; positions in lists are left out."""
NAMED = {"format", "formats", "use", "hosts", "stands_in_for", "together"}
"""Keys under which a format stands, or a list of them."""
OF_COLUMNS = {"demand", "outlets", "premises", "districts", "travel"}
"""Sections in which ``format`` and ``formats`` name columns."""
MEANINGS = (("outlets", "osm"), ("outlets", "kinds"))
"""Mappings whose values are formats."""


class Ids(Mapping[str, str]):
    """Name -> id, whatever the case and the width of its signs (（ or (); a name that two formats
    share means none, an id itself."""

    def __init__(self, named: Iterable[tuple[str, str]]):
        """``named``: (id, name), several of one id."""
        pairs = {(_plain(name), id) for id, name in named if name.strip()}
        ids = {_plain(id) for _, id in pairs}
        shared = Counter(name for name, _ in pairs)
        self._ids = {n: id for n, id in pairs if shared[n] == 1 and (n not in ids or n == id)}

    def __getitem__(self, name: str) -> str:
        return self._ids[_plain(name)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def of(self, name: str) -> str:
        """The id that a name means; what is no name stays as it is."""
        return self.get(name, name)


def _plain(name: str) -> str:
    """A name without what people change: case, width, spaces around it."""
    return normalize("NFKC", name).strip().casefold()


def ids_of(formats: Mapping[str, Format]) -> Ids:
    """Ids of formats by their names."""
    return Ids((id, name) for id, f in formats.items() for name in (f.zh, f.en))


def with_ids(document: Document, folder: Folder, default: str) -> Document:
    """A scenario's document with ids wherever it names formats.

    Args:
        folder: of the scenario, for its catalogue.
        default: catalogue of a scenario that names none.
    """
    if not isinstance(document.data, dict):
        return document
    ids = _known(document.data, folder, default)
    moved: dict[Key, Key] = {}
    data = _replaced(document.data, (), (), ids, moved)
    return document.renamed(data, lambda key: _moved(key, moved))


def _known(data: Mapping[str, Any], folder: Folder, default: str) -> Ids:
    """Names of the catalogue's formats and of those that the scenario adds; a catalogue that
    cannot be read is told by whoever checks it."""
    section = data.get("formats")
    section = section if isinstance(section, dict) else {}
    named = section.get("catalogue", default)
    try:
        formats = load_catalogue(named, folder).formats if isinstance(named, str) else {}
    except (InputError, OSError):
        formats = {}
    told = [(id, name) for id, f in formats.items() for name in (f.zh, f.en)]
    changes = section.get("change")
    for id, change in (changes if isinstance(changes, dict) else {}).items():
        if isinstance(change, dict) and id not in formats:
            names = (change.get(lang) for lang in ("zh", "en"))
            told += [(id, name) for name in names if isinstance(name, str)]
    return Ids(told)


def _replaced(node: Any, key: Key, way: tuple[str, ...], ids: Ids, moved: dict[Key, Key]) -> Any:
    """A node with ids for names; ``way`` is its key without positions and without the variant."""
    if isinstance(node, dict):
        inside: dict[str, Any] = {}
        for name, value in node.items():
            id = ids.of(name) if way in KEYED else name
            if id != name and id not in node:
                moved[(*key, name)] = (*key, id)
            else:
                id = name
            below = () if way == () and name == "variants" else (*way, str(id))
            if key == ("variants",):
                below = ()
            inside[id] = _replaced(value, (*key, name), below, ids, moved)
        return inside
    if isinstance(node, list):
        return [_replaced(one, (*key, i), way, ids, moved) for i, one in enumerate(node)]
    return ids.of(node) if type(node) is str and _is_format(way) else node


def _is_format(way: tuple[str, ...]) -> bool:
    if way[:-1] in MEANINGS:
        return True
    return bool(way) and way[-1] in NAMED and way[0] not in OF_COLUMNS


def _moved(key: Key, moved: Mapping[Key, Key]) -> Key:
    """A key whose parts may have been renamed; ``moved`` is told by keys as written."""
    now: Key = ()
    for n in range(1, len(key) + 1):
        renamed = moved.get(key[:n])
        now = (*now, renamed[-1] if renamed is not None else key[n - 1])
    return now
