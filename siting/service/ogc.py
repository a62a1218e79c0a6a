"""OGC API - Processes, Part 1: Core, version 1.0 (18-062r2): landing page, processes, jobs.

Declared are the classes core, ogc-process-description, json, job-list, dismiss and oas30. Callbacks
are not: a server that calls any address it is given is a hole.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import Body, FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from siting.notice import PLAIN, Notice
from siting.service import outputs
from siting.service.answers import of_kind
from siting.service.at_once import AT_ONCE
from siting.service.jobs import ENDED, Job
from siting.service.openapi import document
from siting.service.problems import OGC, Asked, RequestError, language, no_such
from siting.service.processes import GEOJSON, JSON, MEDIA, PROCESSES, RESULTS, Process, values
from siting.service.subject import Subject
from siting.texts.words import Lang

if TYPE_CHECKING:
    from siting.service.app import Service

CLASSES = ("core", "ogc-process-description", "json", "job-list", "dismiss", "oas30")
CONF = "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/"
REL = "http://www.opengis.net/def/rel/ogc/1.0/"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
PAGED = ("limit", "offset")
FILES = {
    "sites": ("sites.gpkg", MEDIA["gpkg"]),
    "report": ("report.html", MEDIA["html"]),
    "certificate": ("certificate.npz", "application/octet-stream"),
}
"""Outputs of a plan that are files of its folder."""
FOUND = of_kind(*outputs.KINDS, empty=outputs.NONE_SENT)
EXECUTED = of_kind(*outputs.KINDS, empty=outputs.NONE_SENT)
EXECUTED["responses"] |= of_kind(JSON, told="The job", status=201)["responses"]
"""What a process found at once, or its job."""
STUDIED = {
    "explain": "explanation",
    "alternatives": "alternatives",
    "compare": "comparison",
}
"""The one output of a study, by process."""


def add_routes(app: FastAPI, service: Service) -> None:
    """The standard's routes, at the root."""

    @app.get("/")
    def landing(request: Request) -> Response:
        """Landing page; browsers that ask for HTML, and ``?f=html``, get the desk."""
        if _wants_page(request):
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
                        OPENAPI,
                    ),
                    _link("/conformance", REL + "conformance", "conformance classes"),
                    _link("/processes", REL + "processes", "processes"),
                    _link("/jobs", REL + "job-list", "jobs"),
                ],
            }
        )

    @app.get("/ogc-openapi.json", **of_kind(OPENAPI))
    def described() -> Response:
        """OpenAPI 3.0.3 of these routes."""
        body = json.dumps(document(PROCESSES.values()), ensure_ascii=False)
        return Response(body, media_type=OPENAPI)

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
            "processes": [summary(process) for process in page],
            "links": _paging("/processes", limit, offset, len(PROCESSES)),
        }

    @app.get("/processes/{id}")
    def process(id: str) -> dict[str, Any]:
        """One process with inputs and outputs."""
        return full(_process(id))

    @app.post("/processes/{id}/execution", **EXECUTED)
    def execute(id: str, request: Request, body: Annotated[dict[str, Any], Body()]) -> Response:
        """Run a process: check at once, all others as jobs."""
        process = _process(id)
        given = values(process, body)
        wish = outputs.asked(body, process.outputs, process.modes)
        subject = Subject.of(service, process, given)
        if process.at_once:
            (name,) = process.outputs
            told = outputs.Output(AT_ONCE[id](service, subject, given), JSON, "")
            return outputs.answer({name: told}, wish)
        job = _submit(service, process, subject, given, wish)
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
        interval = _interval(datetime)
        found = [
            job
            for job in service.jobs.all()
            if (type is None or "process" in _split(type))
            and (status is None or job.state in _split(status))
            and (processID is None or job.process in _split(processID))
            and _created_in(job, interval)
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

    @app.get("/jobs/{id}/results", **FOUND)
    def results(id: str) -> Response:
        """What a job found, in the form that its request asked for."""
        wish = service.jobs.task(id).get("answer")
        return outputs.answer(found(id), wish or outputs.asked({}, PROCESSES["solve"].outputs, ()))

    @app.get("/jobs/{id}/results/{name}", **FOUND)
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
        if job.process in STUDIED:
            return output(STUDIED[job.process], service.jobs.found(id))
        if job.process == "report":
            made = {file.name: file for file in service.jobs.files(id)}
            written = {name: made.get(f"report.{name}") for name in MEDIA}
            each = (output(name, file, MEDIA[name]) for name, file in written.items() if file)
            return {name: out for one in each for name, out in one.items()}
        folder = service.jobs.result_folder(id)
        record = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        known = output("result", record)
        known |= output("plan", _geojson(folder / "sites.gpkg"), GEOJSON)
        for name, (file_name, media) in FILES.items():
            if (folder / file_name).is_file():
                known |= output(name, folder / file_name, media)
        return known


def summary(process: Process) -> dict[str, Any]:
    """A process as in the list of all."""
    return {
        **process.summary(),
        "links": [_link(f"/processes/{process.id}", "self", "the process")],
    }


def full(process: Process) -> dict[str, Any]:
    """A process with inputs and outputs."""
    links = [
        _link(f"/processes/{process.id}", "self", "the process"),
        _link(f"/processes/{process.id}/execution", REL + "execute", "execute"),
    ]
    told = {"inputs": process.inputs, "outputs": process.outputs, "links": links}
    return process.summary() | told


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


def _submit(
    service: Service,
    process: Process,
    subject: Subject,
    given: dict[str, Any],
    wish: dict[str, Any],
) -> Job:
    """Queue a process: what was asked, and where what it works upon lies."""
    plain = {k: v for k, v in given.items() if k not in ("scenario", "result", "results", "set")}
    folders = [str(service.result_folder(each).resolve()) for each in subject.results]
    task: dict[str, Any] = {"lang": service.lang, **plain, "answer": wish}
    name = process.title
    if folders:
        task["results"] = folders
    else:
        loaded = subject.load(service)
        name = loaded.name
        entry = service.shelf.get(subject.scenario, "scenario")
        task |= {
            "scenario": str(entry.path.resolve()),
            "confined": loaded.confined,
            "variant": subject.variant,
            "set": list(subject.values),
        }
    if subject.result is not None:
        task["result"] = str(service.result_folder(subject.result).resolve())
    if isinstance(task.get("start"), str):
        start = service.result_folder(task["start"].removeprefix(RESULTS))
        task["start"] = str(start.resolve())
    return service.jobs.submit(process.id, name, task)


def _geojson(file: Path) -> dict[str, Any] | None:
    """The plan as a collection; None without a plan."""
    if not file.is_file():
        return None
    import geopandas as gpd

    made: dict[str, Any] = json.loads(gpd.read_file(file).to_json())
    return made


def _wants_page(request: Request) -> bool:
    """Whether HTML is asked for: by ``f``, else where ``Accept`` weighs it above JSON."""
    form = request.query_params.get("f")
    if form is not None:
        return form == "html"
    accept = request.headers.get("accept", "")
    return _weight(accept, "text/html") > _weight(accept, JSON)


def _weight(accept: str, kind: str) -> float:
    """Of a media type in ``Accept`` (RFC 9110, 12.5.1): the most exact range counts."""
    ranges = ("*/*", kind.partition("/")[0] + "/*", kind)
    best, weight = -1, 0.0
    for part in accept.lower().split(","):
        name, *parameters = (word.strip() for word in part.split(";"))
        if name in ranges and ranges.index(name) > best:
            told = next((word[2:] for word in parameters if word.startswith("q=")), "1")
            best = ranges.index(name)
            weight = float(told) if told.replace(".", "", 1).isdecimal() else 0.0
    return weight


def _interval(text: str | None) -> tuple[datetime | None, datetime | None]:
    """A time, or an interval with ``/`` and ``..`` for open ends; None = open.

    Raises:
        RequestError: no time of RFC 3339.
    """
    if text is None:
        return None, None
    first, slash, last = text.partition("/")
    try:
        begin = None if first in ("", "..") else _instant(first)
        return begin, begin if not slash else None if last in ("", "..") else _instant(last)
    except ValueError:
        raise RequestError(400, Notice("service.datetime")) from None


def _created_in(job: Job, interval: tuple[datetime | None, datetime | None]) -> bool:
    """Whether a job was made within."""
    begin, end = interval
    made = datetime.fromisoformat(job.created)
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
