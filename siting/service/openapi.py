"""OpenAPI 3.0.3 of the standard's routes, as its class ``oas30`` asks; the rest of the service is
described by ``/openapi.json``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from siting.service.processes import Process


def document(processes: Iterable[Process]) -> dict[str, Any]:
    """The document."""
    import siting

    ids = [process.id for process in processes]
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Siting: OGC API - Processes",
            "version": siting.__version__,
            "description": "Chooses which missing outlets to open where, with a proven bound.",
            "license": {"name": "MIT"},
        },
        "security": [{"token": []}],
        "paths": {
            "/": _get("landing", "Landing page", "object"),
            "/conformance": _get("conformance", "Classes that are kept", "object"),
            "/processes": _get(
                "processes",
                "All processes",
                "object",
                [_limit(100), _query("offset", {"type": "integer", "minimum": 0})],
            ),
            "/processes/{processID}": _get("process", "One process", "object", [_process(ids)]),
            "/processes/{processID}/execution": {
                "post": {
                    "operationId": "execute",
                    "summary": "Run a process",
                    "parameters": [_process(ids)],
                    "requestBody": {
                        "required": True,
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "required": ["inputs"],
                                    "properties": {
                                        "inputs": {"type": "object"},
                                        "outputs": {"type": "object"},
                                        "response": {"type": "string", "enum": ["raw", "document"]},
                                    },
                                }
                            }
                        },
                    },
                    "responses": {
                        "200": _answer("What a process found at once", "object"),
                        "201": _answer("The job", "object"),
                        **_refusals("400", "404"),
                    },
                }
            },
            "/jobs": _get(
                "jobs",
                "Jobs, newest first",
                "object",
                [
                    _limit(10),
                    _query("type", {"type": "array", "items": {"type": "string"}}),
                    _query("status", {"type": "array", "items": {"type": "string"}}),
                    _query("processID", {"type": "array", "items": {"type": "string"}}),
                    _query("datetime", {"type": "string"}),
                    _query("minDuration", {"type": "number", "minimum": 0}),
                    _query("maxDuration", {"type": "number", "minimum": 0}),
                    _query("offset", {"type": "integer", "minimum": 0}),
                ],
            ),
            "/jobs/{jobID}": {
                **_get("job", "State of a job", "object", [_job()]),
                "delete": {
                    "operationId": "dismiss",
                    "summary": "End a job, or take one that has ended away",
                    "parameters": [_job()],
                    "responses": {"200": _answer("The job", "object"), **_refusals("404")},
                },
            },
            "/jobs/{jobID}/results": _get("results", "What a job found", "object", [_job()]),
            "/jobs/{jobID}/results/{name}": _get(
                "result", "One output by itself", "object", [_job(), _output()]
            ),
        },
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def _get(
    id: str, summary: str, kind: str, parameters: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": id,
        "summary": summary,
        "responses": {"200": _answer(summary, kind), **_refusals("400", "401", "404")},
    }
    if parameters:
        operation["parameters"] = parameters
    return {"get": operation}


def _answer(summary: str, kind: str) -> dict[str, Any]:
    return {"description": summary, "content": {"application/json": {"schema": {"type": kind}}}}


def _refusals(*codes: str) -> dict[str, Any]:
    body = {"application/problem+json": {"schema": {"type": "object"}}}
    return {code: {"description": "Why not (RFC 7807)", "content": body} for code in codes}


def _query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema}


def _limit(default: int) -> dict[str, Any]:
    return _query("limit", {"type": "integer", "minimum": 1, "maximum": 10_000, "default": default})


def _process(ids: list[str]) -> dict[str, Any]:
    schema = {"type": "string", "enum": ids}
    return {"name": "processID", "in": "path", "required": True, "schema": schema}


def _output() -> dict[str, Any]:
    return {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}


def _job() -> dict[str, Any]:
    schema = {"type": "string", "pattern": "^[0-9a-f]{16}$"}
    return {"name": "jobID", "in": "path", "required": True, "schema": schema}
