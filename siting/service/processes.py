"""The processes of the service, each a command of ``siting``: what it takes and what it gives.

Inputs have the names of the command's options, and their defaults: a test holds both against the
command line. What :func:`values` lets through is of the type and within the range told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import siting
from siting.notice import Notice
from siting.report.deliverables import FORMATS
from siting.service.jobs import DEFAULT_SECONDS, LONGEST_SECONDS
from siting.service.problems import RequestError

Schema = dict[str, Any]
JSON, GEOJSON = "application/json", "application/geo+json"
MEDIA = {
    "html": "text/html",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "gpkg": "application/geopackage+sqlite3",
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
}
SCENARIOS, RESULTS = "siting:scenarios/", "siting:results/"
"""How inputs name what the shelf or a job has."""
SYNC, ASYNC = ("sync-execute",), ("async-execute", "dismiss")
MOST_PLANS = 4
"""That are compared."""
WRAPPED = {"value", "mediaType", "encoding", "schema"}
"""Keys of a qualified input value."""
OF_THE_SHELF = ("scenario", "result", "results")
"""Inputs that are looked up instead of being checked."""
KINDS: dict[str, Any] = {
    "string": str,
    "object": dict,
    "array": list,
    "integer": int,
    "number": int | float,
    "boolean": bool,
}
LIMITS: tuple[tuple[str, str], ...] = (
    ("minimum", ">="),
    ("exclusiveMinimum", ">"),
    ("maximum", "<="),
    ("minItems", ">="),
    ("maxItems", "<="),
)
"""Ranges of JSON Schema, and their signs."""


@dataclass(frozen=True)
class Process:
    """One process: what it is called, takes and gives."""

    id: str
    title: str
    description: str
    control: tuple[str, ...]
    inputs: dict[str, dict[str, Any]]
    outputs: dict[str, dict[str, Any]]

    @property
    def at_once(self) -> bool:
        """Whether it answers in the request; else it is a job."""
        return self.control == SYNC

    @property
    def modes(self) -> tuple[str, ...]:
        """In which it sends its outputs."""
        return ("value",) if self.at_once else ("value", "reference")

    def summary(self) -> dict[str, Any]:
        """As in the list of processes, without its links."""
        return {
            "id": self.id,
            "version": siting.__version__,
            "title": self.title,
            "description": self.description,
            "jobControlOptions": list(self.control),
            "outputTransmission": list(self.modes),
        }


def _given(title: str, schema: Schema, least: int = 0, most: int = 1) -> dict[str, Any]:
    return {"title": title, "schema": schema, "minOccurs": least, "maxOccurs": most}


def _zip(what: str) -> Schema:
    media = "application/zip"
    return {"type": "string", "contentEncoding": "base64", "contentMediaType": media, "title": what}


def _named(prefix: str) -> Schema:
    return {"type": "string", "pattern": f"^{prefix}[0-9a-f]{{16}}$"}


def _texts(least: int = 0) -> Schema:
    return {"type": "array", "items": {"type": "string"}, "minItems": least}


_ROW: Schema = {
    "type": "object",
    "required": ["site"],
    "properties": {
        name: {"type": "string"} for name in ("site", "format", "size", "phase", "action")
    },
}
PLAN_ROWS: Schema = {"type": "array", "items": _ROW}
"""A plan as ``plan.csv`` has it, an object a row."""
SCENARIO = _given(
    "A scenario of the shelf (siting:scenarios/ID); a zip of scenario.yaml and its files; or the "
    "scenario itself, its layers as feature collections in place of their files' names",
    {
        "oneOf": [
            _named(SCENARIOS),
            _zip("scenario.yaml and its files"),
            {"type": "object", "required": ["siting"]},
        ]
    },
    least=1,
)
RESULT = _given(
    "A result of the shelf or of a job (siting:results/ID), or the zip that siting pack makes",
    {"oneOf": [_named(RESULTS), _zip("a bundle")]},
    least=1,
)
SECONDS = _given(
    "Seconds",
    {
        "type": "number",
        "exclusiveMinimum": 0,
        "maximum": LONGEST_SECONDS,
        "default": DEFAULT_SECONDS,
    },
)
UPON = {
    "scenario": SCENARIO,
    "variant": _given("A variant of the scenario", {"type": "string"}),
    "set": _given("Values laid over the scenario by dotted key", {"type": "object"}),
}
SEARCH = {
    "method": _given(
        "auto, city, greedy, or an outside solver", {"type": "string", "default": "auto"}
    ),
    "time_limit": SECONDS,
    "gap": _given(
        "Proven relative gap at which to end", {"type": "number", "minimum": 0, "default": 0.0}
    ),
    "seed": _given("Same seed, same plan", {"type": "integer", "minimum": 0, "default": 0}),
}
MODEL = _given("Instead of the scenario's model", {"type": "string"})
PLACES = _texts()


def _object(title: str) -> dict[str, Any]:
    return {"title": title, "schema": {"type": "object", "contentMediaType": JSON}}


def _file(title: str, media: str) -> dict[str, Any]:
    schema = {"type": "string", "contentMediaType": media}
    text = media.startswith("text/") or media == MEDIA["svg"]
    return {"title": title, "schema": schema if text else {**schema, "contentEncoding": "base64"}}


PLAN_OUTPUTS = {
    "result": _object("result.json"),
    "plan": {
        "title": "What opens where, in EPSG:4326",
        "schema": {"type": "object", "contentMediaType": GEOJSON},
    },
    "sites": _file("The same as a GeoPackage", MEDIA["gpkg"]),
    "report": _file("The report, one page", MEDIA["html"]),
    "certificate": _file(
        "What the bound is recomputed from (NumPy's npz)", "application/octet-stream"
    ),
}
PROCESSES = {
    each.id: each
    for each in (
        Process(
            "check",
            "Check a scenario",
            "All faults of a scenario and its layers, or all warnings and what they hold.",
            SYNC,
            {**UPON, "method": SEARCH["method"], "model": MODEL},
            {"contents": _object("Warnings and counts")},
        ),
        Process(
            "gaps",
            "Who lacks what where",
            "Per format, group and district: who is not served today, or with a stored plan.",
            SYNC,
            {**UPON, "plan": {**RESULT, "minOccurs": 0}},
            {"gaps": _object("One row a format, group and district")},
        ),
        Process(
            "solve",
            "Choose what to open where",
            "The best plan found within the limits, verified, with a proven bound.",
            ASYNC,
            {
                **UPON,
                "model": MODEL,
                **SEARCH,
                "start": _given(
                    "A plan to begin with: its rows, or a stored result",
                    {"oneOf": [PLAN_ROWS, _named(RESULTS)]},
                ),
            },
            PLAN_OUTPUTS,
        ),
        Process(
            "score",
            "Judge a plan made by hand",
            "Coverage, cost, rules broken; with a result of the same problem, distance to it.",
            SYNC,
            {
                **UPON,
                "plan": _given("Its rows", PLAN_ROWS, least=1),
                "result": {**RESULT, "minOccurs": 0},
            },
            {"score": _object("What the plan is worth")},
        ),
        Process(
            "frontier",
            "Coverage against budget",
            "Plans of several budgets, each with its proven gap.",
            ASYNC,
            {
                **UPON,
                **SEARCH,
                "points": _given(
                    "Budgets", {"type": "integer", "minimum": 2, "maximum": 100, "default": 10}
                ),
            },
            {"points": _object("One a budget")},
        ),
        Process(
            "explain",
            "Why this plan",
            "Why a site or a format was chosen or not; without either: what binds, and what more "
            "money would buy.",
            ASYNC,
            {
                "result": RESULT,
                "site": _given("A candidate site", {"type": "string"}),
                "format": _given("A format, there or anywhere", {"type": "string"}),
                "group": _given(
                    "A group of people: where it is behind, and what mending it costs",
                    {"type": "string"},
                ),
                "time_limit": _given("Seconds", {**SECONDS["schema"], "default": 120.0}),
            },
            {"explanation": _object("What was found")},
        ),
        Process(
            "alternatives",
            "Really different plans",
            "Plans that are nearly as good and differ in sites or districts.",
            ASYNC,
            {
                **UPON,
                **SEARCH,
                "within": _given(
                    "Share of the best that a plan may be worse",
                    {"type": "number", "minimum": 0, "maximum": 1, "default": 0.02},
                ),
                "count": _given(
                    "Plans", {"type": "integer", "minimum": 1, "maximum": 100, "default": 5}
                ),
                "least": _given(
                    "Sites that must differ", {"type": "integer", "minimum": 1, "default": 2}
                ),
                "by": _given(
                    "What must differ",
                    {"type": "string", "enum": ["sites", "districts"], "default": "sites"},
                ),
                "prove": _given("Prove each site's verdict", {"type": "boolean", "default": False}),
            },
            {"alternatives": _object("Plans, and how each site fares")},
        ),
        Process(
            "replan",
            "A new plan near an approved one",
            "The best plan that locks, forbids and changes no more than was asked.",
            ASYNC,
            {
                "result": RESULT,
                "lock": _given("Stays open: SITE or SITE/FORMAT", PLACES),
                "forbid": _given("Must not open: SITE or SITE/FORMAT", PLACES),
                "changes": _given(
                    "At most so many outlets differ", {"type": "integer", "minimum": 0}
                ),
                **SEARCH,
            },
            PLAN_OUTPUTS,
        ),
        Process(
            "compare",
            "Results side by side",
            "Figures, people, and what only one of them opens.",
            ASYNC,
            {"results": _given("Stored results", RESULT["schema"], least=2, most=MOST_PLANS)},
            {"comparison": _object("Tables")},
        ),
        Process(
            "verify",
            "Recompute a stored result",
            "Objective, rules and bound from the inputs, by code that no solver shares.",
            SYNC,
            {
                "result": RESULT,
                "sample": _given(
                    "Sites whose walks are measured again",
                    {"type": "integer", "minimum": 0, "maximum": 1000, "default": 20},
                ),
                "seed": SEARCH["seed"],
            },
            {"audit": _object("What was recomputed, and how each claim stands")},
        ),
        Process(
            "report",
            "Deliverables of a result",
            "Report, tables and map as files, in Chinese or English.",
            ASYNC,
            {
                "result": RESULT,
                "format": _given(
                    "Formats",
                    {
                        "type": "array",
                        "items": {"type": "string", "enum": list(FORMATS)},
                        "minItems": 1,
                        "default": ["html"],
                    },
                ),
                "lang": _given("Language", {"type": "string", "enum": ["zh", "en"]}),
                "unit": _given("Who writes", {"type": "string", "default": ""}),
                "number": _given("Of the document", {"type": "string", "default": ""}),
            },
            {name: _file(f"report.{name}", media) for name, media in MEDIA.items()},
        ),
    )
}


def values(process: Process, body: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs of an execute request, each known, of its type and within its range.

    Raises:
        RequestError: 400.
    """
    if body.get("subscriber") is not None:
        raise RequestError(400, Notice("service.callbacks"))
    given = body.get("inputs")
    if not isinstance(given, dict):
        raise RequestError(400, Notice("service.inputs"))
    wrong = [name for name in given if name not in process.inputs]
    if wrong:
        known = list(process.inputs)
        why = Notice("service.no_input", process=process.id, name=wrong[0], known=known)
        raise RequestError(400, why)
    found = {}
    for name, told in process.inputs.items():
        if name in given:
            found[name] = _value(name, told, given[name])
        elif told["minOccurs"]:
            raise RequestError(400, Notice("service.input_missing", name=name))
    return found


def _value(name: str, told: Mapping[str, Any], given: Any) -> Any:
    """One input's value, or its values where it may have several."""
    least, most = told["minOccurs"], told["maxOccurs"]
    several = given if most > 1 and isinstance(given, list) else [given]
    if not least <= len(several) <= most:
        raise RequestError(400, Notice("service.input_count", name=name, least=least, most=most))
    plain = [_unwrapped(value) for value in several]
    for value in plain:
        why = None if name in OF_THE_SHELF else _misfit(told["schema"], value)
        if why is not None:
            raise RequestError(400, Notice("service.entry", name=name, why=why))
    return plain if most > 1 else plain[0]


def _unwrapped(value: Any) -> Any:
    """A qualified value's own."""
    return value.get("value") if isinstance(value, dict) and value.keys() <= WRAPPED else value


def _misfit(schema: Schema, value: Any) -> Notice | None:
    """What a value should be; None where it is that."""
    if "oneOf" in schema:
        wrong = [_misfit(each, value) for each in schema["oneOf"]]
        of_kind = (one for one in schema["oneOf"] if isinstance(value, KINDS[one["type"]]))
        return None if None in wrong else _misfit(next(of_kind, schema["oneOf"][0]), value)
    kind = schema["type"]
    if not isinstance(value, KINDS[kind]) or (isinstance(value, bool) and kind != "boolean"):
        return Notice("service.of_kind", kind=kind)
    if isinstance(value, float) and not isfinite(value):
        return Notice("service.a_number")
    if value not in schema.get("enum", [value]):
        return Notice("fault.one_of_words", choices=" | ".join(schema["enum"]))
    for name, sign in LIMITS:
        size = len(value) if name.endswith("Items") and isinstance(value, list) else value
        if name in schema and not _keeps(size, sign, schema[name]):
            return Notice("service.in_range", sign=sign, limit=schema[name])
    if kind == "array":
        return next(filter(None, (_misfit(schema["items"], each) for each in value)), None)
    if kind == "object":
        named = schema.get("properties", {})
        if any(name not in value for name in schema.get("required", ())):
            return Notice("service.needs", names=schema["required"])
        told = (_misfit(named[name], held) for name, held in value.items() if name in named)
        return next(filter(None, told), None)
    return None


def _keeps(value: float, sign: str, limit: float) -> bool:
    return {">=": value >= limit, ">": value > limit, "<=": value <= limit}[sign]
