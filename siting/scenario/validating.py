"""From plain data to a checked model: every fault at once, with file, line, key, nearest known key.

What is wrong is cut out and the rest is validated again, so that the checks across keys
(:mod:`siting.scenario.checking`) still see everything that can be understood.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from siting.errors import Fault, nearest
from siting.scenario.reading import Document, Key, Place, describe

_MAX_ROUNDS = 100
_CUT = object()
Model = TypeVar("Model", bound=BaseModel)


def validate(
    document: Document,
    model: type[Model],
    required: Collection[str] = (),
    may_be_blank: Collection[Key] = (),
) -> tuple[Model, Document, list[Fault]]:
    """The part of a document that can be understood as ``model``, and what is wrong with the rest.

    Args:
        model: must accept an empty mapping.
        required: top-level keys that must stand, though the model can do without.
        may_be_blank: keys whose value may be left out; elsewhere nothing is a fault.

    Returns:
        The model, a document of what was understood (its places are those of the original), and
        the faults.
    """
    faults = [document.lacks((key,)) for key in required if key not in document.data]
    rest = Document(_copy(document.data), document.where, dict(document.places))
    _cut_blanks(rest.data, (), document, model, may_be_blank, faults)
    for turn in range(_MAX_ROUNDS):
        _drop_cut(rest, rest.data, ())
        try:
            return model.model_validate(rest.data), rest, faults
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                key = tuple(part for part in detail["loc"] if part != "[key]")
                missing = detail["type"] == "missing"
                if turn == 0 or not missing:
                    faults.append(_fault(detail, key, rest, model))
                _cut(rest.data, key[:-1] if missing else key)
    raise AssertionError("data that stays invalid however much is cut out")


def _copy(node: Any) -> Any:
    """Mappings and lists anew; scalars stay what they are."""
    if isinstance(node, dict):
        return {k: _copy(v) for k, v in node.items()}
    return [_copy(v) for v in node] if isinstance(node, list) else node


def _cut_blanks(
    node: Any,
    key: Key,
    document: Document,
    model: type[BaseModel],
    may_be_blank: Collection[Key],
    faults: list[Fault],
) -> None:
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for name, value in items:
        here = (*key, name)
        if value is None and here not in may_be_blank:
            known = not isinstance(node, dict) or name in known_keys(model, key)
            if known or not known_keys(model, key):
                faults.append(document.fault(here, "must have a value", "nothing"))
                node[name] = _CUT
        elif isinstance(value, dict | list) and key[:1] != ("variants",):
            _cut_blanks(value, here, document, model, may_be_blank, faults)


def _cut(data: Any, key: Key) -> None:
    """Mark one value; what is shorthand for a mapping or a list goes as a whole."""
    parent: Any = None
    last: Any = None
    node = data
    for part in key:
        inside = isinstance(node, dict) and part in node
        if inside or (isinstance(node, list) and isinstance(part, int) and part < len(node)):
            parent, last, node = node, part, node[part]
        elif part != 0:
            break
    if parent is not None:
        parent[last] = _CUT


def _drop_cut(document: Document, node: Any, key: Key) -> None:
    """Remove what is marked; later elements of a list move up and keep the place they had."""
    if isinstance(node, dict):
        for name in [k for k, v in node.items() if v is _CUT]:
            del node[name]
        for name, value in node.items():
            _drop_cut(document, value, (*key, name))
    elif isinstance(node, list):
        if any(value is _CUT for value in node):
            _move_places(document, key, [i for i, v in enumerate(node) if v is not _CUT])
            node[:] = [value for value in node if value is not _CUT]
            document.shortened.add(key)
        for i, value in enumerate(node):
            _drop_cut(document, value, (*key, i))


def _move_places(document: Document, key: Key, kept: list[int]) -> None:
    n = len(key)
    new = {old: i for i, old in enumerate(kept)}
    places: dict[Key, Place] = {}
    for at, place in document.places.items():
        if len(at) <= n or at[:n] != key:
            places[at] = place
        elif at[n] in new:
            moved = Place(place.where, place.line, place.written or at)
            places[(*key, new[at[n]], *at[n + 1 :])] = moved  # type: ignore[index]
    document.places = places


def _fault(detail: ErrorDetails, key: Key, document: Document, model: type[BaseModel]) -> Fault:
    kind = detail["type"]
    context = detail.get("ctx", {})
    found = describe(detail["input"])
    hint = ""
    if kind == "missing":
        return document.lacks(key)
    if kind == "extra_forbidden":
        known = known_keys(model, key[:-1])
        hint = nearest(str(key[-1]), known) or f"known here: {', '.join(sorted(known))}"
        return document.fault(key, "is not a known key", hint=hint)
    if kind == "literal_error":
        choices = str(context["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
        expected = f"must be {' | '.join(choices)}"
        if isinstance(detail["input"], str):
            hint = nearest(detail["input"], choices)
    elif kind in ("model_type", "dict_type") and _may_be_short(model, key):
        expected = "must be a number or a mapping of keys"
    else:
        expected = _EXPECTED.get(kind) or str(context.get("expected", detail["msg"]))
    return document.fault(key, expected, found, hint)


_EXPECTED = {
    "model_type": "must be a mapping of keys",
    "dict_type": "must be a mapping of keys",
    "list_type": "must be a list",
}


def known_keys(model: type[BaseModel], key: Key = ()) -> frozenset[str]:
    """The keys that may stand under ``key``, read from the model's JSON Schema."""
    return _known(model, tuple("*" if isinstance(part, int) else part for part in key))


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


@cache
def _known(model: type[BaseModel], key: tuple[str, ...]) -> frozenset[str]:
    root = _schema(model)
    nodes = _branches(root, root)
    for part in key:
        below = []
        for node in nodes:
            if part == "*":
                below += [node["items"]] if "items" in node else [node]
            elif part in node.get("properties", {}):
                below.append(node["properties"][part])
            elif isinstance(node.get("additionalProperties"), dict):
                below.append(node["additionalProperties"])
        nodes = [branch for node in below for branch in _branches(node, root)]
    return frozenset(name for node in nodes for name in node.get("properties", {}))


def _may_be_short(model: type[BaseModel], key: Key) -> bool:
    """Whether a mapping may be written as one number: ``budget: 5``."""
    parent: list[dict[str, Any]] = _branches(_schema(model), _schema(model))
    found: list[dict[str, Any]] = []
    for part in key:
        name = "items" if isinstance(part, int) else str(part)
        found = [
            node["items"] if name == "items" else node["properties"][name]
            for node in parent
            if (name == "items" and "items" in node) or name in node.get("properties", {})
        ]
        parent = [branch for node in found for branch in _branches(node, _schema(model))]
    return any(node.get("type") == "number" for node in parent)


def _branches(node: dict[str, Any], root: dict[str, Any]) -> list[dict[str, Any]]:
    """A schema's alternatives with references resolved."""
    if "$ref" in node:
        return _branches(root["$defs"][node["$ref"].rsplit("/", 1)[1]], root)
    if "anyOf" in node:
        return [branch for part in node["anyOf"] for branch in _branches(part, root)]
    return [node]
