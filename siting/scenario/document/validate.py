"""From plain data to a checked model: every fault at once, with file, line, key, nearest known key.

What is wrong is replaced by a stand-in, its key is marked, and the rest is validated again. So the
checks across keys (:mod:`siting.scenario.checks.settings`) and those of the layers see everything
that can be understood; what they would say of a marked key is left out (:func:`unexplained`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from siting.errors import Fault, nearest
from siting.notice import Hint, Notice, plain
from siting.scenario.document.described import Described
from siting.scenario.document.document import Document, Key, describe, dotted
from siting.scenario.document.schema_walk import NOTHING, known_keys, may_be_number, stand_in

_MAX_ROUNDS = 100
Model = TypeVar("Model", bound=Described)


def validate(
    document: Document,
    model: type[Model],
    required: Collection[str] = (),
    may_be_blank: Collection[Key] = (),
) -> tuple[Model, Document, list[Fault]]:
    """A document as ``model``, with stand-ins for what is wrong in it.

    Args:
        model: must accept an empty mapping.
        required: top-level keys that must stand, though the model can do without.
        may_be_blank: keys whose value may be left out; elsewhere nothing is a fault.

    Returns:
        The model, a document of what it was made of (which knows the keys that stand-ins are
        under), and the faults.
    """
    rest = Document(
        _copy(document.data), document.where, dict(document.places), lost=set(document.lost)
    )
    _mark_thrown_away(rest)
    blank = dict(_replace_blanks(rest.data, (), rest, model, may_be_blank))
    faults: list[Fault] = []
    tries: Counter[Key] = Counter()
    for _ in range(_MAX_ROUNDS):
        try:
            made = model.model_validate(rest.data)
        except ValidationError as error:
            _replace_wrong(error, rest, model, tries, faults)
            continue
        lacking = [k for k in required if k not in rest.data and not rest.unsure((k,))]
        faults += [rest.lacks((key,)) for key in lacking]
        faults += [fault for key, fault in blank.items() if not rest.unsure(key[:-1])]
        return made, rest, faults
    raise AssertionError("data that stays invalid whatever stands in for it")


def unexplained(
    document: Document, earlier: Sequence[Fault], faults: Iterable[Fault]
) -> list[Fault]:
    """The faults that say more than the earlier ones: none under a key that was told already."""
    files = {document.where, *(place.where for place in document.places.values())}
    told = {fault.key for fault in earlier if fault.key and fault.where in files}
    told |= document.explained
    new = []
    for fault in dict.fromkeys(faults):
        parts = fault.key.split(".")
        around = {".".join(parts[: n + 1]) for n in range(len(parts))}
        if fault.where not in files or not around & told:
            new.append(fault)
    return new


def _mark_explained(document: Document, key: Key) -> None:
    """Mark a key whose fault is told in other words."""
    document.mark(key)
    there = document.as_written(key) in document.places
    document.explained.add(dotted(document.place(key)[1]) if there else document.lacks(key).key)


def _copy(node: Any) -> Any:
    """Mappings and lists anew; scalars stay what they are."""
    if isinstance(node, dict):
        return {k: _copy(v) for k, v in node.items()}
    return [_copy(v) for v in node] if isinstance(node, list) else node


def _mark_thrown_away(document: Document) -> None:
    """Keys whose value the reader refused: they stand, but nothing is known of them."""
    for key in document.places:
        node = document.data
        for part in key[:-1]:
            node = node[part] if _holds(node, part) else None
        if isinstance(node, dict | list) and not _holds(node, key[-1]):
            _mark_explained(document, key)


def _holds(node: Any, part: str | int) -> bool:
    if isinstance(node, dict):
        return part in node
    return isinstance(node, list) and isinstance(part, int) and part < len(node)


def _replace_blanks(
    node: Any,
    key: Key,
    document: Document,
    model: type[Described],
    may_be_blank: Collection[Key],
) -> Iterator[tuple[Key, Fault]]:
    """Put stand-ins where a value is missing; each such key with its fault."""
    for name, value in list(node.items() if isinstance(node, dict) else enumerate(node)):
        here = (*key, name)
        if value is None and here not in may_be_blank:
            known = not isinstance(node, dict) or name in known_keys(model, key)
            if known or not known_keys(model, key):
                yield here, document.broken(here, Notice("fault.a_value"), Notice("fault.nothing"))
                _put(document.data, here, stand_in(model, here))
        elif isinstance(value, dict | list) and key[:1] != ("variants",):
            yield from _replace_blanks(value, here, document, model, may_be_blank)


def _replace_wrong(
    error: ValidationError,
    document: Document,
    model: type[Described],
    tries: Counter[Key],
    faults: list[Fault],
) -> None:
    """Tell what is wrong, mark it and put stand-ins there; unknown keys go."""
    details = error.errors(include_url=False)
    details.sort(key=lambda detail: detail["type"] == "missing")  # a misspelt key explains it
    for detail in details:
        extra = detail["type"] == "extra_forbidden"
        of_key = detail["loc"][-1:] == ("[key]",) and not extra
        key = detail["loc"][:-1] if of_key else detail["loc"]
        if not document.unsure(key):
            faults.append(_fault(detail, key, document, model))
        if extra:
            _mark_meant(key, document, model)
            _put(document.data, key, NOTHING)
        elif of_key:
            document.lost.add(document.as_written(key[:-1]))
            _put(document.data, key, NOTHING)
        else:
            document.mark(key)
            if detail["type"] == "missing":
                document.add_place(key)
            above = key[: len(key) - tries[key]]  # what nothing can stand in for goes as a whole
            tries[key] += 1
            _put(document.data, above, stand_in(model, above))


def _mark_meant(key: Key, document: Document, model: type[Described]) -> None:
    """The known key that an unknown one is a slip of: what it should say is not known."""
    around = document.as_written(key[:-1])
    free = [k for k in known_keys(model, key[:-1]) if (*around, k) not in document.places]
    for near in get_close_matches(str(key[-1]), sorted(free), n=1, cutoff=0.5):
        _mark_explained(document, (*key[:-1], near))


def _put(data: Any, key: Key, value: Any) -> None:
    """Put a value at a key, or at the shorthand that stands for it; NOTHING takes it away."""
    parent: Any = None
    last: Any = None
    node = data
    for i, part in enumerate(key):
        if _holds(node, part) or (isinstance(node, dict) and i == len(key) - 1):
            parent, last = node, part
            node = node.get(part) if isinstance(node, dict) else node[part]
        elif part != 0:
            break
    if parent is None:
        return
    if value is not NOTHING:
        parent[last] = value
    elif isinstance(parent, dict):
        parent.pop(last, None)


def _fault(detail: ErrorDetails, key: Key, document: Document, model: type[Described]) -> Fault:
    kind = detail["type"]
    context = detail.get("ctx", {})
    found = describe(detail["input"])
    hint: Hint = ""
    expected: Notice
    if kind == "missing":
        return document.lacks(key)
    if kind == "extra_forbidden":
        known = known_keys(model, key[:-1])
        hint = nearest(str(key[-1]), known) or Notice("fault.known_here", known=sorted(known))
        return document.fault(key, Notice("fault.unknown_key"), hint=hint)
    if kind == "literal_error":
        choices = str(context["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
        expected = Notice("fault.one_of_words", choices=" | ".join(choices))
        if isinstance(detail["input"], str):
            hint = nearest(detail["input"], choices)
    elif kind in ("model_type", "dict_type") and may_be_number(model, key):
        expected = Notice("fault.number_or_mapping")
    else:
        expected = _EXPECTED.get(kind) or context.get("expected") or plain(detail["msg"])
    return document.fault(key, expected, found, hint)


_EXPECTED = {
    "model_type": Notice("fault.a_mapping"),
    "dict_type": Notice("fault.a_mapping"),
    "list_type": Notice("fault.a_list"),
}
