"""Variants and overrides: changes laid over a document, places and all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from siting.errors import Fault
from siting.notice import Notice
from siting.scenario.document.document import Document, Key, Place, dotted, read_text


def merged(document: Document, change: Document) -> Document:
    """A copy with ``change`` laid over it: mappings merge, null removes, all else replaces."""
    places = dict(document.places)
    data = _merge(document.data, change.data, (), places, change.places)
    return Document(data, document.where, places, lost=document.lost)


def _merge(
    old: Any, new: Any, at: Key, places: dict[Key, Place], new_places: dict[Key, Place]
) -> Any:
    if not (isinstance(old, dict) and isinstance(new, dict)):
        for key in [k for k in places if k[: len(at)] == at and len(k) > len(at)]:
            del places[key]
        for key, place in new_places.items():
            if key[: len(at)] == at and len(key) > len(at):
                places[key] = place
        return new
    result = dict(old)
    for name, value in new.items():
        here = (*at, name)
        places[here] = new_places.get(here, Place("input"))
        if value is None:
            result.pop(name, None)
            for key in [k for k in places if k[: len(here)] == here]:
                del places[key]
        else:
            result[name] = _merge(result.get(name), value, here, places, new_places)
    return result


def read_overrides(overrides: Sequence[str], document: Document) -> Document:
    """Lay ``a.b.c=VALUE`` texts over a document, one after another; faults are kept in the result.

    A part that is a number picks an element of a list: ``demand.0.file=other.csv``.
    """
    for text in overrides:
        where = f"--set {text}"
        path, equals, raw = text.partition("=")
        parts = [part.strip() for part in path.split(".")]
        faults = document.faults
        if not equals or not all(parts):
            hint = Notice("fault.for_instance_set")
            faults.append(Fault(where, Notice("fault.key_is_value"), hint=hint))
            continue
        value = read_text(raw, where, numbered=False)
        if value.faults:
            faults.extend(value.faults)
            continue
        document = _overridden(document, parts, value, where)
    return document


def _overridden(document: Document, parts: list[str], value: Document, where: str) -> Document:
    """``document`` with one value replaced; lists on the way are copied."""
    key: Key = ()
    node = document.data
    for part in parts:
        if isinstance(node, list):
            if not part.isdigit() or int(part) >= len(node):
                fault = Fault(
                    where,
                    Notice("fault.an_element", n_node=len(node) - 1, of_key=dotted(key)),
                    part,
                )
                document.faults.append(fault)
                return document
            key = (*key, int(part))
            node = node[int(part)]
        else:
            key = (*key, part)
            node = node.get(part) if isinstance(node, dict) else None
    places = {key[: i + 1]: Place(where) for i in range(len(key))}
    places |= {(*key, *below): place for below, place in value.places.items()}
    change: Any = value.data
    for i in range(len(key) - 1, -1, -1):
        change = {key[i]: change}
    merged = dict(document.places)
    data = _merge_into(document.data, change, (), merged, places)
    return Document(data, document.where, merged, document.faults, lost=document.lost)


def _merge_into(
    old: Any, new: Any, at: Key, places: dict[Key, Place], new_places: dict[Key, Place]
) -> Any:
    """Like :func:`_merge`, and through list elements named by their number."""
    if isinstance(old, list) and isinstance(new, dict) and all(isinstance(k, int) for k in new):
        result = list(old)
        for index, value in new.items():
            here = (*at, index)
            result[index] = _merge_into(old[index], value, here, places, new_places)
        return result
    if isinstance(old, dict) and isinstance(new, dict) and len(new) == 1:
        ((name, value),) = new.items()
        if isinstance(old.get(name), list) and isinstance(value, dict):
            here = (*at, name)
            return old | {name: _merge_into(old[name], value, here, places, new_places)}
        if isinstance(old.get(name), dict) and isinstance(value, dict):
            here = (*at, name)
            return old | {name: _merge_into(old[name], value, here, places, new_places)}
    return _merge(old, new, at, places, new_places)
