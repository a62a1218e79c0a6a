"""OGC API - Processes, Part 1: Core, version 1.0 (18-062r2): landing page, processes, jobs.

Declared are the classes core, ogc-process-description, json, job-list, dismiss and oas30. Callbacks
are not: a server that calls any address it is given is a hole.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import Body, FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

import siting
from siting.errors import InputError
from siting.notice import PLAIN, Notice
from siting.service import outputs
from siting.service.jobs import DEFAULT_SECONDS, ENDED, LONGEST_SECONDS, Job
from siting.service.openapi import document
from siting.service.problems import OGC, Asked, RequestError, language, no_such
from siting.texts.words import Lang

if TYPE_CHECKING:
    from siting.service.app import Service

CLASSES = ("core", "ogc-process-description", "json", "job-list", "dismiss", "oas30")
CONF = "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/"
REL = "http://www.opengis.net/def/rel/ogc/1.0/"
REFERENCE = "siting:scenarios/"
JSON = "application/json"
PAGED = ("limit", "offset")
WRAPPED = {"value", "mediaType", "encoding", "schema"}
"""Keys of a qualified input value."""


@dataclass(frozen=True)
class Process:
    """One process: what it is called, takes and gives."""

    id: str
    title: str
    description: str
    control: tuple[str, ...]
    inputs: dict[str, dict[str, Any]]
    outputs: dict[str, dict[str, Any]]
    modes: tuple[str, ...] = ("value", "reference")
    """In which it sends its outputs."""

    def summary(self) -> dict[str, Any]:
        """As in the list of processes."""
        return {
            "id": self.id,
            "version": siting.__version__,
            "title": self.title,
            "description": self.description,
            "jobControlOptions": list(self.control),
            "outputTransmission": list(self.modes),
            "links": [_link(f"/processes/{self.id}", "self", "the process")],
        }

    def full(self) -> dict[str, Any]:
        """With inputs and outputs."""
        links = [
            _link(f"/processes/{self.id}", "self", "the process"),
            _link(f"/processes/{self.id}/execution", REL + "execute", "execute"),
        ]
        return {**self.summary(), "inputs": self.inputs, "outputs": self.outputs, "links": links}


def _given(title: str, schema: dict[str, Any], *, needed: bool = False) -> dict[str, Any]:
    return {"title": title, "schema": schema, "minOccurs": 1 if needed else 0, "maxOccurs": 1}


SCENARIO = _given(
    "A scenario of the shelf (siting:scenarios/ID), or a zip with scenario.yaml and its files",
    {
        "oneOf": [
            {"type": "string", "pattern": f"^{REFERENCE}[0-9a-f]{{16}}$"},
            {"type": "string", "contentEncoding": "base64", "contentMediaType": "application/zip"},
        ]
    },
    needed=True,
)
VARIANT = _given("A variant of the scenario", {"type": "string"})
SET = _given("Values laid over the scenario by dotted key", {"type": "object"})
SOLVE_INPUTS = {
    "scenario": SCENARIO,
    "variant": VARIANT,
    "set": SET,
    "method": _given("auto, city, greedy, or an outside solver", {"type": "string"}),
    "model": _given("Instead of the scenario's model", {"type": "string"}),
    "time_limit": _given(
        "Seconds",
        {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": LONGEST_SECONDS,
            "default": DEFAULT_SECONDS,
        },
    ),
    "gap": _given("Proven relative gap at which to end", {"type": "number", "minimum": 0}),
    "seed": _given("Same seed, same plan", {"type": "integer", "minimum": 0}),
}
RESULT = {"title": "result.json", "schema": {"type": "object", "contentMediaType": JSON}}
PROCESSES = {
    each.id: each
    for each in (
        Process(
            "check",
            "Check a scenario",
            "All faults of a scenario and its layers, or all warnings and what they hold.",
            ("sync-execute",),
            {"scenario": SCENARIO, "variant": VARIANT},
            {"contents": {"title": "Faults, warnings, counts", "schema": {"type": "object"}}},
            ("value",),
        ),
        Process(
            "solve",
            "Choose what to open where",
            "The best plan found within the limits, verified, with a proven bound.",
            ("async-execute", "dismiss"),
            SOLVE_INPUTS,
            {
                "result": RESULT,
                "plan": {
                    "title": "What opens where, in EPSG:4326",
                    "schema": {"type": "object", "contentMediaType": "application/geo+json"},
                },
            },
        ),
        Process(
            "frontier",
            "Coverage against budget",
            "Plans of ten budgets, each with its proven gap.",
            ("async-execute", "dismiss"),
            {k: SOLVE_INPUTS[k] for k in ("scenario", "variant", "set", "method", "time_limit")},
            {"points": {"title": "One a budget", "schema": {"type": "object"}}},
        ),
    )
}


def add_routes(app: FastAPI, service: Service) -> None:
    """The standard's routes, at the root."""

    @app.get("/")
    def landing(request: Request) -> Response:
        """Landing page; browsers that ask for HTML get the desk."""
        if "text/html" in request.headers.get("accept", ""):
            return RedirectResponse("/desk", 303)
        return JSONResponse(
            {
                "title": "Siting",
                "description": "Chooses which missing outlets to open where, with a proven bound.",
                "links": [
                    _link("/", "self", "this page"),
                    _link(
                        "/ogc-openapi.json",
                        "service-desc",
                        "OpenAPI 3.0",
                        "application/vnd.oai.openapi+json;version=3.0",
                    ),
                    _link("/conformance", REL + "conformance", "conformance classes"),
                    _link("/processes", REL + "processes", "processes"),
                    _link("/jobs", REL + "job-list", "jobs"),
                ],
            }
        )

    @app.get("/ogc-openapi.json")
    def described() -> Response:
        """OpenAPI 3.0.3 of these routes."""
        body = json.dumps(document(PROCESSES.values()), ensure_ascii=False)
        return Response(body, media_type="application/vnd.oai.openapi+json;version=3.0")

    @app.get("/conformance")
    def conformance() -> dict[str, Any]:
        """The classes kept."""
        return {"conformsTo": [CONF + name for name in CLASSES]}

    @app.get("/processes")
    def processes(
        limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> dict[str, Any]:
        """All processes, ``limit`` at a time."""
        page = list(PROCESSES.values())[offset : offset + limit]
        return {
            "processes": [process.summary() for process in page],
            "links": _paging("/processes", limit, offset, len(PROCESSES)),
        }

    @app.get("/processes/{id}")
    def process(id: str) -> dict[str, Any]:
        """One process with inputs and outputs."""
        return _process(id).full()

    @app.post("/processes/{id}/execution")
    def execute(id: str, request: Request, body: Annotated[dict[str, Any], Body()]) -> Response:
        """Run a process: check at once, all others as jobs."""
        process = _process(id)
        given = _inputs(process, body)
        wish = outputs.asked(body, process.outputs, process.modes)
        entry = _scenario(service, given["scenario"])
        if id == "check":
            contents = outputs.Output(_checked(service, entry, given), JSON, "")
            return outputs.answer({"contents": contents}, wish)
        job = _submit(service, process, entry, given, wish)
        headers = {"location": f"/jobs/{job.id}"}
        if "respond-async" in request.headers.get("prefer", ""):
            headers["preference-applied"] = "respond-async"
        return JSONResponse(status_info(job, service), 201, headers)

    @app.get("/jobs")
    def jobs(
        request: Request,
        type: Annotated[list[str] | None, Query()] = None,
        status: Annotated[list[str] | None, Query()] = None,
        processID: Annotated[list[str] | None, Query()] = None,
        datetime: str | None = None,
        minDuration: Annotated[float | None, Query(ge=0)] = None,
        maxDuration: Annotated[float | None, Query(ge=0)] = None,
        limit: Annotated[int, Query(ge=1, le=10_000)] = 10,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> dict[str, Any]:
        """Newest first, ``limit`` at a time."""
        found = [
            job
            for job in service.jobs.all()
            if (type is None or "process" in _split(type))
            and (status is None or job.state in _split(status))
            and (processID is None or job.process in _split(processID))
            and _created_in(job, datetime)
            and _lasted(job, minDuration, maxDuration)
        ]
        asked = [pair for pair in parse_qsl(request.url.query) if pair[0] not in PAGED]
        links = _paging("/jobs", limit, offset, len(found), urlencode(asked))
        page = found[offset : offset + limit]
        return {
            "jobs": [status_info(job, service, language(request)) for job in page],
            "links": links,
        }

    @app.get("/jobs/{id}")
    def job(id: str, asked: Asked) -> dict[str, Any]:
        """State of a job."""
        return status_info(service.jobs.get(id), service, asked)

    @app.delete("/jobs/{id}")
    def dismiss(id: str) -> dict[str, Any]:
        """End a job, its process gone; take one that has ended away."""
        job = service.jobs.dismiss(id)
        return status_info(job, service) | {"status": "dismissed", "message": "dismissed"}

    @app.get("/jobs/{id}/results")
    def results(id: str) -> Response:
        """What a job found, in the form that its request asked for."""
        wish = service.jobs.task(id).get("answer")
        return outputs.answer(found(id), wish or outputs.asked({}, PROCESSES["solve"].outputs, ()))

    @app.get("/jobs/{id}/results/{name}")
    def result(id: str, name: str) -> Response:
        """One output by itself: where references lead."""
        known = found(id)
        if name not in known:
            raise no_such("result", name)
        return outputs.answer(known, {"response": "raw", "outputs": {name: "value"}})

    def found(id: str) -> dict[str, outputs.Output]:
        job = service.jobs.get(id)
        if job.state == "failed":
            message = job.message  # as its process told it, all lines
            failed = Notice("service.job_failed")
            if message:
                failed = Notice.stored(message, PLAIN, {"text": message})
            raise RequestError(500, failed, told=job.told)
        if job.state != "successful":
            told = Notice("service.not_ready", state=job.state)
            raise RequestError(404, told, OGC + "result-not-ready")

        def output(name: str, value: Any, media: str = JSON) -> dict[str, outputs.Output]:
            return {name: outputs.Output(value, media, f"/jobs/{id}/results/{name}")}

        if job.process == "frontier":
            return output("points", service.jobs.frontier(id))
        folder = service.jobs.result_folder(id)
        record = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        plan = _geojson(folder / "sites.gpkg")
        return output("result", record) | output("plan", plan, "application/geo+json")


def status_info(job: Job, service: Service, lang: Lang = "en") -> dict[str, Any]:
    """``statusInfo`` of the standard; ``id`` beside ``jobID``, as its second version asks."""
    told: dict[str, Any] = {
        "jobID": job.id,
        "id": job.id,
        "type": "process",
        "processID": job.process,
        "status": job.state,
        "message": (job.told or {}).get(lang, job.message),
        "created": job.created,
        "progress": job.progress,
        "links": links_of(job),
    }
    times = {"started": job.started, "updated": job.updated, "finished": job.finished}
    told |= {name: time for name, time in times.items() if time is not None}
    news = service.jobs.events(job.id) if job.state in ("running", *ENDED) else []
    if news:
        told["siting"] = {key: news[-1][key] for key in ("stage", "objective", "bound", "gap")}
    return told


def links_of(job: Job) -> list[dict[str, str]]:
    """To the job, and to its results once there are any."""
    links = [_link(f"/jobs/{job.id}", "self", "this job")]
    if job.state == "successful":
        links.append(_link(f"/jobs/{job.id}/results", REL + "results", "results"))
    return links


def _process(id: str) -> Process:
    if id not in PROCESSES:
        raise no_such("process", id)
    return PROCESSES[id]


def _inputs(process: Process, body: dict[str, Any]) -> dict[str, Any]:
    """The inputs, each known. Raises RequestError 400."""
    if body.get("subscriber") is not None:
        raise RequestError(400, Notice("service.callbacks"))
    given = body.get("inputs")
    if not isinstance(given, dict):
        raise RequestError(400, Notice("service.inputs"))
    wrong = [name for name in given if name not in process.inputs]
    if wrong:
        known = list(process.inputs)
        told = Notice("service.no_input", process=process.id, name=wrong[0], known=known)
        raise RequestError(400, told)
    if "scenario" not in given:
        raise RequestError(400, Notice("service.scenario_missing"))
    plain = {}
    for name, value in given.items():
        wrapped = isinstance(value, dict) and value and set(value) <= WRAPPED
        plain[name] = value.get("value") if wrapped else value
    _check_types(process, plain)
    return plain


def _check_types(process: Process, given: dict[str, Any]) -> None:
    kinds: dict[str, Any] = {"string": str, "object": dict, "integer": int, "number": int | float}
    for name, value in given.items():
        kind = process.inputs[name]["schema"].get("type", "string")
        if name == "scenario" or kind not in kinds:
            continue
        if not isinstance(value, kinds[kind]) or isinstance(value, bool):
            raise RequestError(400, Notice("service.input_kind", name=name, kind=kind))


def _scenario(service: Service, given: Any) -> str:
    """Id on the shelf of what was named or sent."""
    if isinstance(given, dict) and set(given) >= {"href"}:
        given = given["href"]
    if not isinstance(given, str):
        raise RequestError(400, Notice("service.scenario_given"))
    if given.startswith(REFERENCE):
        return service.shelf.get(given[len(REFERENCE) :], "scenario").id
    service.changing()
    try:
        archive = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        raise RequestError(400, Notice("service.scenario_given")) from None
    entries = service.shelf.upload(io.BytesIO(archive), "scenario")
    found = [entry for entry in entries if entry.kind == "scenario"]
    if len(found) != 1:
        raise InputError(Notice("service.one_scenario", n=len(found)))
    return found[0].id


def _submit(
    service: Service, process: Process, entry: str, given: dict[str, Any], wish: dict[str, Any]
) -> Job:
    from siting.service.app import overrides

    variant, changes = given.get("variant"), given.get("set")
    loaded = service.scenario(entry, variant, overrides(changes))
    task: dict[str, Any] = {
        "process": process.id,
        "scenario": str(service.shelf.get(entry, "scenario").path.resolve()),
        "confined": loaded.confined,
        "variant": variant,
        "set": list(overrides(changes)),
        "lang": service.lang,
        "answer": wish,
    }
    task |= {k: given[k] for k in ("method", "model", "time_limit", "gap", "seed") if k in given}
    return service.jobs.submit(process.id, loaded.name, task)


def _checked(service: Service, entry: str, given: dict[str, Any]) -> dict[str, Any]:
    scenario = service.scenario(entry, given.get("variant"))
    scenario.check_layers()
    problem = scenario.problem()
    return {
        "warnings": [str(warning) for warning in scenario.warnings],
        "points": problem.n_points,
        "sites": problem.n_sites,
        "options": problem.n_options,
        "formats": list(problem.labels.formats),
    }


def _geojson(file: Path) -> dict[str, Any] | None:
    """The plan as a collection; None without a plan."""
    if not file.is_file():
        return None
    import geopandas as gpd

    made: dict[str, Any] = json.loads(gpd.read_file(file).to_json())
    return made


def _created_in(job: Job, interval: str | None) -> bool:
    """Whether a job was made at a time, or in an interval with ``/`` and ``..`` for open ends."""
    if interval is None:
        return True
    first, slash, last = interval.partition("/")
    made = datetime.fromisoformat(job.created)
    try:
        begin = None if first in ("", "..") else _instant(first)
        end = begin if not slash else None if last in ("", "..") else _instant(last)
    except ValueError:
        raise RequestError(400, Notice("service.datetime")) from None
    return (begin is None or made >= begin) and (end is None or made <= end)


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return found if found.tzinfo is not None else found.astimezone()


def _lasted(job: Job, least: float | None, most: float | None) -> bool:
    if least is None and most is None:
        return True
    if job.started is None:
        return False
    end = job.finished or job.updated or job.started
    seconds = (datetime.fromisoformat(end) - datetime.fromisoformat(job.started)).total_seconds()
    return (least is None or seconds >= least) and (most is None or seconds <= most)


def _split(values: list[str]) -> set[str]:
    return {part for value in values for part in value.split(",")}


def _paging(path: str, limit: int, offset: int, n: int, asked: str = "") -> list[dict[str, str]]:
    """Links to this page, the one before and the one after, each with what was asked for."""

    def to(begin: int) -> str:
        return f"{path}?{asked}{'&' if asked else ''}limit={limit}&offset={begin}"

    links = [_link(to(offset), "self", "this page")]
    if offset + limit < n:
        links.append(_link(to(offset + limit), "next", "older"))
    if offset:
        links.append(_link(to(max(0, offset - limit)), "prev", "newer"))
    return links


def _link(href: str, rel: str, title: str, kind: str = JSON) -> dict[str, str]:
    return {"href": href, "rel": rel, "type": kind, "title": title}
