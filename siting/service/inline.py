"""A scenario sent as one JSON object, its layers as feature collections where a file is named."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from siting.notice import Notice
from siting.service.problems import RequestError

COLLECTION = "FeatureCollection"
MOST_DEEP = 40
"""Objects and lists within each other, geometries not counted."""


def archive(scenario: Mapping[str, Any]) -> io.BytesIO:
    """The zip that a planner would have sent: scenario.yaml and a file for each layer.

    Raises:
        RequestError: 400, nested deeper than any scenario.
    """
    layers: list[Mapping[str, Any]] = []
    lines = [
        f"{_key(key)}: {json.dumps(_with_names(value, layers, 0), ensure_ascii=False)}\n"
        for key, value in scenario.items()
    ]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("scenario.yaml", "".join(lines))
        for number, layer in enumerate(layers, 1):
            zipped.writestr(_name(number), json.dumps(layer, ensure_ascii=False))
    made.seek(0)
    return made


def _with_names(value: Any, layers: list[Mapping[str, Any]], depth: int) -> Any:
    """A value in which each collection has become a file's name."""
    if depth > MOST_DEEP:
        raise RequestError(400, Notice("service.deep", most=MOST_DEEP))
    if isinstance(value, Mapping):
        if value.get("type") == COLLECTION and "features" in value:
            layers.append(value)
            return _name(len(layers))
        return {key: _with_names(held, layers, depth + 1) for key, held in value.items()}
    if isinstance(value, list):
        return [_with_names(held, layers, depth + 1) for held in value]
    return value


def _name(number: int) -> str:
    return f"layer-{number}.geojson"


def _key(text: str) -> str:
    """A key of YAML: a plain word as it is, anything else as a JSON string, which YAML has too."""
    return text if text.isidentifier() and text.isascii() else json.dumps(text, ensure_ascii=False)
