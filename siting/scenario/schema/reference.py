"""Docstrings of schema fields, read from the source when somebody asks for them.

Pydantic can keep them too (``use_attribute_docstrings``), but reads every class's source on import,
which would double the start of each command.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Collection
from functools import cache
from types import ModuleType
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo


@cache
def field_docs(model: type[BaseModel]) -> dict[str, str]:
    """The text under each field of a model, its parents' included."""
    docs: dict[str, str] = {}
    for kind in reversed(model.__mro__):
        if issubclass(kind, BaseModel) and kind is not BaseModel:
            name = kind.__name__.partition("[")[0]
            docs |= _module_docs(sys.modules[kind.__module__]).get(name, {})
    return docs


@cache
def _module_docs(module: ModuleType) -> dict[str, dict[str, str]]:
    """Class: field: text, of one module."""
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if not isinstance(node, ast.ClassDef):
            continue
        fields: dict[str, str] = {}
        for above, below in zip(node.body, node.body[1:], strict=False):
            is_field = isinstance(above, ast.AnnAssign) and isinstance(above.target, ast.Name)
            is_text = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
            if is_field and is_text and isinstance(below.value.value, str):  # type: ignore[attr-defined]
                fields[above.target.id] = inspect.cleandoc(below.value.value)  # type: ignore[attr-defined]
        found[node.name] = fields
    return found


def models_of(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """A model and every model in its fields, by name."""
    found: dict[str, type[BaseModel]] = {}
    waiting = [model]
    while waiting:
        kind = waiting.pop(0)
        if kind.__name__ not in found:
            found[kind.__name__] = kind
            for field in kind.model_fields.values():
                waiting += _named_in(field.annotation)
    return found


def _named_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _named_in(part)]


def describe_fields(schema: Any, models: dict[str, type[BaseModel]]) -> None:
    """Put the docstrings into a JSON Schema, in place; a part is known by its title."""
    if isinstance(schema, list):
        for item in schema:
            describe_fields(item, models)
    elif isinstance(schema, dict):
        model = models.get(str(schema.get("title")))
        if model is not None and "properties" in schema:
            for name, text in field_docs(model).items():
                schema["properties"][name]["description"] = text
        for item in schema.values():
            describe_fields(item, models)


def reference(root: type[BaseModel], title: str, required: Collection[str] = ()) -> str:
    """Every key of a file as Markdown, part by part, in the order they are met.

    Args:
        required: keys of the root that must stand, whatever the model says.
    """
    lines = [
        f"# {title}",
        "",
        "Made from the schema (`siting/scenario/schema/`); do not edit.",
        "",
    ]
    for name, model in models_of(root).items():
        about = inspect.cleandoc(model.__doc__ or "").replace("\n", " ")
        lines += [f"## {name}", "", about, "", "| key | default | meaning |", "|---|---|---|"]
        for key, field in model.model_fields.items():
            text = " ".join(field_docs(model)[key].split()).replace("|", "\\|")
            link = "".join(
                f" → [{m.__name__}](#{m.__name__.lower()})" for m in _named_in(field.annotation)
            )
            must = model is root and key in required
            default = "required" if must else _default(field)
            lines.append(f"| `{key}` | {default} | {text}{link} |")
        lines.append("")
    return "\n".join(lines)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    blank = value is None or value in ("", [], {}) or isinstance(value, BaseModel)
    return "" if blank else f"`{value}`"
