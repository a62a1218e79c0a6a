"""What the web framework refuses by itself, told by keys of the texts as our own refusals are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from siting.notice import Notice, plain

WANTED = {
    "missing": Notice("fault.required"),
    "int_type": Notice("service.a_whole"),
    "int_parsing": Notice("service.a_whole"),
    "int_from_float": Notice("service.a_whole"),
    "float_type": Notice("service.a_number"),
    "float_parsing": Notice("service.a_number"),
    "finite_number": Notice("service.a_number"),
    "bool_type": Notice("service.a_flag"),
    "bool_parsing": Notice("service.a_flag"),
    "string_type": Notice("service.a_text"),
    "dict_type": Notice("fault.a_mapping"),
    "model_attributes_type": Notice("fault.a_mapping"),
    "list_type": Notice("fault.a_list"),
    "json_invalid": Notice("service.a_json"),
}
"""Kind of fault as pydantic names it: what should stand there."""
LIMITS = {
    "greater_than_equal": ("ge", ">="),
    "greater_than": ("gt", ">"),
    "less_than_equal": ("le", "<="),
    "less_than": ("lt", "<"),
}
"""The same of a number out of its range: the limit's name and sign."""
MOST_FAULTS = 20


def of_path(status: int, method: str, path: str, told: str) -> Notice:
    """A request that leads nowhere, or whose body cannot be read.

    Args:
        status: of HTTP.
        told: the framework's own words, for what has none of ours.
    """
    if status == 404:
        return Notice("service.no_path", path=path)
    if status == 405:
        return Notice("service.no_method", method=method, path=path)
    return Notice("service.unreadable", why=told)


def of_values(faults: Sequence[Mapping[str, Any]]) -> Notice:
    """Values of a request that are not of the kind that is asked for.

    Args:
        faults: as pydantic tells them: ``loc``, ``type``, ``msg``, ``ctx``.
    """
    told = [
        Notice("service.entry", name=".".join(map(str, one["loc"])), why=_wanted(one))
        for one in faults[:MOST_FAULTS]
    ]
    return Notice("service.invalid", faults=told)


def _wanted(fault: Mapping[str, Any]) -> Notice:
    kind, context = fault["type"], fault.get("ctx") or {}
    if kind in LIMITS:
        name, sign = LIMITS[kind]
        return Notice("service.in_range", sign=sign, limit=context[name])
    if kind == "literal_error":
        choices = str(context["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
        return Notice("fault.one_of_words", choices=" | ".join(choices))
    return WANTED.get(kind) or plain(str(fault["msg"]))
