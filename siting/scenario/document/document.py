"""A scenario file as plain data that remembers where each value stood.

The reader takes YAML 1.2's core values (``no`` is text, ``007`` keeps its text as an id), refuses
anchors, aliases, tags, duplicate keys and files over :data:`MAX_BYTES`, and goes on after a fault
so that all of them can be told at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from siting.errors import Fault
from siting.files.boundary import oddness
from siting.notice import Hint, Notice, quoted

REQUIRED = Notice("fault.required")
MAX_BYTES = 2**20
"""Largest scenario file, 1 MiB: lists of places belong in a layer."""
MAX_DEPTH = 40
"""Deepest nesting of mappings and lists."""

Key = tuple[str | int, ...]

_INT = re.compile(r"[-+]?[0-9][0-9_]*\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_WORDS: dict[str, Any] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
    ".inf": float("inf"), "+.inf": float("inf"), "-.inf": float("-inf"), ".nan": float("nan"),
}  # fmt: skip
_LONGEST_NUMBER = 40
_BRACKET = re.compile(r"""[\[\]{}]|"(?:[^"\\]|\\.)*"|'[^']*'|(?<!\S)\#[^\n]*""", re.DOTALL)


class WrittenInt(int):
    """A whole number that remembers how it was written, so that an id ``007`` stays."""

    raw: str


class WrittenFloat(float):
    """A number that remembers how it was written."""

    raw: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value was written."""

    where: str
    line: int | None = None
    written: Key | None = None
    """The key as written, where it is not the key it is found under."""


def dotted(key: Key) -> str:
    """``("demand", 0, "file")`` as ``demand.0.file``."""
    parts = (str(part) for part in key)
    return ".".join(part if part.isprintable() else repr(part) for part in parts)


@dataclass
class Document:
    """Plain data (mappings, lists, scalars) with the place of every key and list element."""

    data: Any
    where: str
    places: dict[Key, Place] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    unsound: set[Key] = field(default_factory=set)
    """Keys, as written, whose value was a fault; what stands there now is a stand-in."""
    explained: set[str] = field(default_factory=set)
    """Keys, as messages show them, that a fault told under another key explains."""
    lost: set[Key] = field(default_factory=set)
    """Mappings and lists, as written, that lost an entry because it was a fault."""

    def place(self, key: Key) -> tuple[Place, Key]:
        """The place of a key and the key as it was written.

        A single layer may be written without its list and ``budget: 5`` without ``total``, so a
        part that is not in the file is passed over.
        """
        written: Key = ()
        for part in key:
            if (*written, part) in self.places:
                written = (*written, part)
            elif part != 0:
                break
        place = self.places.get(written, Place(self.where, 1))
        return place, place.written or written

    def as_written(self, key: Key) -> Key:
        """``key`` without the parts that a shorthand leaves out."""
        written: Key = ()
        for part in key:
            if part != 0 or (*written, part) in self.places:
                written = (*written, part)
        return written

    def renamed(self, data: Any, name: Callable[[Key], Key]) -> Document:
        """The document with other keys, each told by how it was written.

        Args:
            data: with the keys' new names.
            name: of a key, its new one.
        """
        places = {}
        for key, place in self.places.items():
            now = name(key)
            places[now] = place if now == key else replace(place, written=place.written or key)
        lost, unsound = set(map(name, self.lost)), set(map(name, self.unsound))
        return replace(self, data=data, places=places, lost=lost, unsound=unsound)

    def mark(self, key: Key) -> None:
        """Note that the value of a key is a fault, and told."""
        self.unsound.add(self.as_written(key))

    def unsure(self, *keys: Key, below: bool = False) -> bool:
        """Whether the value of one of the keys is not known, for it or what it is in is a fault.

        Args:
            below: also when only a part of the value is.
        """
        for key in map(self.as_written, keys):
            if any(key[:n] in self.unsound for n in range(len(key) + 1)):
                return True
            if below and any(k[: len(key)] == key for k in (*self.unsound, *self.lost)):
                return True
        return False

    def broken(self, key: Key, expected: Notice, found: str = "", hint: Hint = "") -> Fault:
        """A fault of a value that nothing may be concluded from; marks it."""
        self.mark(key)
        return self.fault(key, expected, found, hint)

    def fault(self, key: Key, expected: Notice, found: str = "", hint: Hint = "") -> Fault:
        """A fault at the line of ``key``, or of the nearest thing around it that was written."""
        place, written = self.place(key)
        return Fault(place.where, expected, found, place.line, dotted(written), hint)

    def lacks(self, key: Key, expected: Notice = REQUIRED, hint: Hint = "") -> Fault:
        """A fault about a key that is not there, at the line of what it should stand in."""
        place, written = self.place(key[:-1])
        return Fault(
            place.where,
            expected,
            Notice("fault.nothing"),
            place.line,
            dotted((*written, key[-1])),
            hint,
        )

    def add_place(self, key: Key) -> None:
        """Let a key that is not there be told as if it stood where it should."""
        place, written = self.place(key[:-1])
        here = self.as_written(key)
        self.places[here] = Place(place.where, place.line, (*written, key[-1]))

    def subtree(self, key: Key) -> Document:
        """What stands under a key, as a document of its own that is told by its full keys."""
        data = self.data
        for part in key:
            data = data[part]
        n = len(key)
        places = {
            k[n:]: Place(v.where, v.line, v.written or k)
            for k, v in self.places.items()
            if k[:n] == key and len(k) > n
        }
        return Document(data, self.where, places)


def read_file(path: Path) -> Document:
    """Read a scenario or catalogue file.

    The document's ``data`` is None when nothing could be read; its ``faults`` say why.
    """
    where = str(path)
    try:
        odd = oddness(path, MAX_BYTES)
        if odd is not None:
            return _failed(where, *odd)
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return _failed(where, Notice("fault.readable"), reason)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return _failed(
            where, Notice("fault.utf8"), Notice("fault.the_byte", raw=raw[error.start]), line
        )
    document = read_text(text, where)
    if document.data is None and not document.faults:
        document.faults.append(
            Fault(where, Notice("fault.holds_mapping"), Notice("fault.empty_file"), 1)
        )
    elif not isinstance(document.data, dict) and not document.faults:
        document.faults.append(
            Fault(where, Notice("fault.holds_mapping"), describe(document.data), 1)
        )
    if not isinstance(document.data, dict):
        document.data = None
    return document


def _failed(where: str, expected: Notice, found: str, line: int | None = None) -> Document:
    return Document(None, where, {}, [Fault(where, expected, found, line)])


def read_text(text: str, where: str, *, numbered: bool = True) -> Document:
    """Read YAML text. ``numbered=False`` for a command-line value, which has no lines."""
    document = Document(None, where)
    try:
        _build(yaml.parse(text, Loader=yaml.CSafeLoader), document, numbered)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = min(mark.line, text.count("\n")) + 1 if mark and numbered else None
        read = text if mark is None else "".join(_lines_until(text, mark.line, mark.column))
        if _brackets_open(read) > MAX_DEPTH:
            # The library looks far ahead behind a bracket and may give up, at a depth of its own,
            # before it tells of the brackets that are too deep already.
            document.faults.append(_too_deep(where, line))
        else:
            problem = " ".join(filter(None, (error.context, error.problem)))
            document.faults.append(Fault(where, Notice("fault.yaml"), problem, line))
        document.data = None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1 if numbered else None
        document.faults.append(Fault(where, Notice("fault.yaml"), str(error.reason), line))
        document.data = None
    except _TooDeepError as error:
        document.faults.append(_too_deep(where, error.args[0]))
        document.data = None
    return document


class _TooDeepError(Exception):
    pass


def _too_deep(where: str, line: int | None) -> Fault:
    return Fault(where, Notice("fault.too_deep", max_depth=MAX_DEPTH), line=line)


def _lines_until(text: str, line: int, column: int) -> list[str]:
    """The text before a place; both count from 0."""
    lines = text.splitlines(keepends=True)[: line + 1]
    return [*lines[:line], *(last[:column] for last in lines[line:])]


def _brackets_open(text: str) -> int:
    """Most flow mappings and lists open at once, brackets in quotes and comments left out."""
    depth = deepest = 0
    for match in _BRACKET.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match[0], 0)
        deepest = max(deepest, depth)
    return deepest


@dataclass
class _Open:
    """A mapping or list still being filled."""

    value: Any
    key: Key
    name: str | None = None
    """The mapping's key whose value comes next."""
    skip: bool = False
    """Below a key that is a fault already: read, but thrown away."""


def _build(events: Iterator[Any], document: Document, numbered: bool) -> None:
    """Fill ``document`` from parse events; a stack, not recursion, so that depth can be capped."""
    stack: list[_Open] = []
    n_documents = 0
    for event in events:
        line = event.start_mark.line + 1 if numbered and event.start_mark else None

        def fault(
            expected: Notice,
            found: str = "",
            key: Key = (),
            hint: Hint = "",
            line: int | None = line,
        ) -> None:
            document.faults.append(Fault(document.where, expected, found, line, dotted(key), hint))

        if isinstance(event, yaml.DocumentStartEvent):
            n_documents += 1
            if n_documents == 2:
                fault(Notice("fault.one_document"), Notice("fault.second_document"))
                return
        elif isinstance(event, yaml.CollectionEndEvent):
            stack.pop()
        elif isinstance(event, yaml.NodeEvent):
            _node(event, document, stack, fault, Place(document.where, line))


def _node(event: Any, document: Document, stack: list[_Open], fault: Any, place: Place) -> None:
    parent = stack[-1] if stack else None
    is_key = parent is not None and isinstance(parent.value, dict) and parent.name is None
    key: Key = ()
    skip = parent.skip if parent else False
    if parent is not None and not is_key:
        part = parent.name if isinstance(parent.value, dict) else len(parent.value)
        key = (*parent.key, part if part is not None else "")
    if event.anchor is not None:
        hint = Notice("fault.quote_it")
        fault(Notice("fault.no_anchors"), f"{event.anchor!r}", key, hint)
    if isinstance(event, yaml.AliasEvent):
        value: Any = None
        skip = True
    elif isinstance(event, yaml.ScalarEvent):
        value = _scalar(event, fault, key)
        skip = skip or _refused_tag(event)
    else:
        value = {} if isinstance(event, yaml.MappingStartEvent) else []
        if event.tag is not None:
            fault(Notice("fault.no_tag"), event.tag, key)
    if is_key:
        assert parent is not None
        _take_key(event, parent, document, fault, place)
        if not isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
            stack.append(_Open(value, parent.key, skip=True))
    else:
        if parent is None:
            document.data = value
        elif isinstance(parent.value, dict):
            if not skip and parent.name != "":
                parent.value[parent.name] = value
            parent.name = None
        elif not skip:
            parent.value.append(value)
            document.places[key] = place
        elif not parent.skip:
            document.lost.add(parent.key)
        if isinstance(event, yaml.CollectionStartEvent):
            below = skip or (parent is not None and key != () and key[-1] == "")
            stack.append(_Open(value, key, skip=below))
    if len(stack) > MAX_DEPTH:
        raise _TooDeepError(place.line)


def _take_key(event: Any, parent: _Open, document: Document, fault: Any, place: Place) -> None:
    """Note the mapping's next key; the empty name marks one whose value is thrown away."""
    if not isinstance(event, yaml.ScalarEvent) or event.value == "":
        fault(Notice("fault.plain_key"), "", parent.key)
        parent.name = ""
        return
    key = (*parent.key, event.value)
    if parent.skip:
        parent.name = ""
    elif event.value in parent.value or key in document.places:
        first = document.places[key].line
        fault(Notice("fault.once"), Notice("fault.duplicate", first=first), key)
        parent.name = ""
    else:
        parent.name = event.value
        document.places[key] = place


def _refused_tag(event: Any) -> bool:
    return event.tag is not None and event.tag not in ("!", "tag:yaml.org,2002:str")


def _scalar(event: Any, fault: Any, key: Key) -> Any:
    text = str(event.value)
    if _refused_tag(event):
        fault(Notice("fault.no_tag"), event.tag, key)
        return None
    if event.tag is not None or not event.implicit[0]:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if len(text) <= _LONGEST_NUMBER and _INT.match(text):
        whole = WrittenInt(text.replace("_", ""))
        whole.raw = text
        return whole
    if len(text) <= _LONGEST_NUMBER and _FLOAT.match(text):
        number = WrittenFloat(text.replace("_", ""))
        number.raw = text
        return number
    return text


def describe(value: Any) -> str:
    """A found value in few words, as a message shows it."""
    if value is None:
        return Notice("fault.nothing")
    if isinstance(value, dict):
        return (
            Notice("fault.mapping_with", value=list(map(str, list(value)[:5]))) if value else "{}"
        )
    if isinstance(value, list):
        return Notice("fault.list_of", n_value=len(value))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and len(repr(str(value))) <= 60:
        return quoted(str(value))
    text = repr(str(value)) if isinstance(value, str) else getattr(value, "raw", str(value))
    return text if len(text) <= 60 else text[:57] + "..."
