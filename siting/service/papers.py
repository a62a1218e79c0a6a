"""Documents of a stored result over HTTP: its files, its bundle, papers, ledger and quarter."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Body, FastAPI, File, Form, Response, UploadFile
from fastapi.responses import FileResponse

import siting
from siting.analysis.audit.packing import pack
from siting.analysis.audit.reopen import Reopened, current
from siting.errors import InputError
from siting.notice import Notice
from siting.report.deliverables import FORMATS
from siting.service.answers import of_kind
from siting.service.guard import REPORT_POLICY
from siting.service.jobs import BUNDLE, FILES, KINDS, in_words
from siting.service.problems import Asked, RequestError, no_such, on_disk
from siting.system.scratch import scratch
from siting.texts.words import Lang

if TYPE_CHECKING:
    from siting.service.app import Service

LEDGER = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv; charset=utf-8",
}
LEDGER_KINDS = tuple(kind.partition(";")[0] for kind in LEDGER.values())
LEDGER_BYTES = 20 << 20
SECONDS = 600.0
"""Within which documents must be written."""
Papers = Annotated[list[Literal["docx", "xlsx", "html", "pdf"]], Form(min_length=1)]


def add_routes(app: FastAPI, service: Service) -> None:
    """Everything below ``/api/results/{id}``."""

    @app.get("/api/results/{id}/report", include_in_schema=False)
    def report(id: str) -> Response:
        file = service.result_folder(id) / "report.html"
        if not file.is_file():
            raise RequestError(404, Notice("service.no_report"))
        return sent(file, FILES[file.name])

    @app.get("/api/results/{id}/files")
    def files(id: str) -> list[str]:
        """Names of the result's files."""
        folder = service.result_folder(id)
        return [name for name in FILES if (folder / name).is_file()]

    @app.get("/api/results/{id}/files/{name}", **of_kind(*KINDS))
    def file(id: str, name: str) -> Response:
        """One of them, from a fixed list of names."""
        path = service.result_folder(id) / name
        if name not in FILES or not path.is_file():
            raise no_such("file", name)
        return sent(path, FILES[name])

    @app.get("/api/results/{id}/bundle.zip", **of_kind("application/zip"))
    def bundle(id: str) -> Response:
        """The result with all it was computed from, as ``siting verify`` reads it anywhere."""
        if service.jobs.knows(id):
            made = service.jobs.bundle(id)
        else:
            service.origin(id)  # only of scenarios on the shelf
            made = service.shelf.data / "bundles" / f"{id}.zip"
            pack(service.result_folder(id), made)
        return sent(made, "application/zip", BUNDLE)

    @app.post("/api/results/{id}/documents", status_code=201)
    def documents(
        id: str,
        asked: Asked,
        format: Annotated[list[Literal[FORMATS]], Body(min_length=1)],  # type: ignore[valid-type]
        lang: Annotated[Lang | None, Body()] = None,
        unit: Annotated[str, Body(max_length=200)] = "",
        number: Annotated[str, Body(max_length=200)] = "",
    ) -> dict[str, Any]:
        """Report, tables and map as files, written by a job."""
        told = {"format": format, "unit": unit, "number": number, "lang": lang}
        job = service.jobs.submit("report", *_task(service, id, told))
        return in_words(asdict(job), asked)

    @app.get("/api/results/{id}/ledger{ending}", **of_kind(*LEDGER_KINDS))
    def ledger(id: str, ending: Literal[".xlsx", ".csv"], lang: Lang | None = None) -> Response:
        """The project ledger to be filled in."""
        with scratch() as place:
            made = place / f"ledger{ending}"
            siting.ledger(_reopened(service, id), made, lang or service.lang)
            raw = made.read_bytes()
        headers = {"content-disposition": f'attachment; filename="ledger{ending}"'}
        return Response(raw, media_type=LEDGER[ending], headers=headers)

    @app.post("/api/results/{id}/progress", status_code=201)
    def progress(
        id: str,
        asked: Asked,
        ledger: Annotated[UploadFile, File()],
        quarter: Annotated[str, Form(max_length=20)],
        format: Papers,
        lang: Annotated[Lang | None, Form()] = None,
        unit: Annotated[str, Form(max_length=200)] = "",
        number: Annotated[str, Form(max_length=200)] = "",
    ) -> dict[str, Any]:
        """The quarterly report of the plan and a filled-in ledger, written by a job."""
        service.changing()
        ending = Path(ledger.filename or "").suffix.lower()
        if ending not in LEDGER:
            raise RequestError(400, Notice("service.ledger", endings=list(LEDGER)))
        raw = ledger.file.read(LEDGER_BYTES + 1)
        if len(raw) > LEDGER_BYTES:
            raise RequestError(413, Notice("service.ledger_size", most=LEDGER_BYTES >> 20))
        service.result_folder(id)
        place = service.shelf.data / "ledgers" / f"{secrets.token_hex(8)}{ending}"
        with on_disk():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(raw)
        told = {
            "format": list(format),
            "quarter": quarter,
            "unit": unit,
            "number": number,
            "ledger": str(place.resolve()),
            "lang": lang,
        }
        job = service.jobs.submit("progress", *_task(service, id, told))
        return in_words(asdict(job), asked)


def sent(file: Path, kind: str, name: str | None = None) -> Response:
    """A file to be kept; a page is shown in a frame that is nobody's origin."""
    if file.suffix in (".html", ".svg"):
        return FileResponse(
            file, media_type=kind, headers={"content-security-policy": REPORT_POLICY}
        )
    headers = {"content-disposition": f'attachment; filename="{name or file.name}"'}
    return FileResponse(file, media_type=kind, headers=headers)


def _task(service: Service, id: str, told: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Name and task of a job upon a stored result, its scenario one of the shelf's."""
    scenario, variant, values = service.origin(id)
    entry = service.shelf.get(scenario, "scenario")
    loaded = service.scenario(scenario, variant, values)
    task = {
        "scenario": str(entry.path.resolve()),
        "confined": entry.uploaded,
        "variant": variant,
        "set": list(values),
        "result": str(service.result_folder(id).resolve()),
        "time_limit": SECONDS,
        **told,
        "lang": told.get("lang") or service.lang,
    }
    return loaded.name, task


def _reopened(service: Service, id: str) -> Reopened:
    scenario = service.scenario(*service.origin(id))
    stored = service.result(id)
    if stored.plan is None:
        raise InputError(Notice("fault.result_without_plan", status=stored.status))
    problem = scenario.problem()
    return Reopened(current(problem, stored, []), scenario, problem)
