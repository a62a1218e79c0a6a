"""What a model's JSON Schema says of one key: what may stand there, what may stand in for it."""

from __future__ import annotations

from functools import cache
from typing import Any

from siting.scenario.document.described import Described
from siting.scenario.document.document import Key, dotted

NOTHING = object()
"""No value can be made up."""


def known_keys(model: type[Described], key: Key = ()) -> frozenset[str]:
    """The keys that may stand under ``key``."""
    return frozenset(name for node in _nodes(model, key) for name in node.get("properties", {}))


def may_be_number(model: type[Described], key: Key) -> bool:
    """Whether a mapping may be written as one number: ``budget: 5``."""
    return any(node.get("type") == "number" for node in _nodes(model, key))


def stand_in(model: type[Described], key: Key) -> Any:
    """A value that ``key`` can take, for one that is a fault: what is around it can be read then.

    A text names its own key, so that no two are alike; a number is 1, which every range holds.
    """
    made = [_made(node, key) for node in _nodes(model, key)]
    return min(made, default=(9, NOTHING), key=lambda ranked: ranked[0])[1]


def _made(node: dict[str, Any], key: Key) -> tuple[int, Any]:
    """A value for one branch and its rank: the more a branch tells, the better."""
    kinds = node.get("type", ())
    kinds = (kinds,) if isinstance(kinds, str) else kinds
    if "properties" in node or "object" in kinds:
        return 0, {}
    if "const" in node or "enum" in node:
        return 1, node.get("const", node.get("enum", [None])[0])
    if "string" in kinds:
        return 4, f"?{dotted(key)}"
    if "number" in kinds or "integer" in kinds:
        return 2, 1
    if "boolean" in kinds:
        return 3, False
    return (5, []) if "array" in kinds else (9, NOTHING)


def _nodes(model: type[Described], key: Key) -> tuple[dict[str, Any], ...]:
    return _found(model, tuple("*" if isinstance(part, int) else part for part in key))


@cache
def _schema(model: type[Described]) -> dict[str, Any]:
    return model.schema_of_keys()


@cache
def _found(model: type[Described], key: tuple[str, ...]) -> tuple[dict[str, Any], ...]:
    """The alternatives for a key, through lists, shorthands and mappings by id."""
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
    return tuple(nodes)


def _branches(node: dict[str, Any], root: dict[str, Any]) -> list[dict[str, Any]]:
    """A schema's alternatives with references resolved."""
    if "$ref" in node:
        return _branches(root["$defs"][node["$ref"].rsplit("/", 1)[1]], root)
    if "anyOf" in node:
        return [branch for part in node["anyOf"] for branch in _branches(part, root)]
    return [node]
