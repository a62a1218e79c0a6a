"""The application: routes upon shelf, desks and jobs, behind the guard."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Body, FastAPI, File, Query, Request, Response, UploadFile
from fastapi import Path as ApiPath
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import Field, StringConstraints
from starlette.exceptions import HTTPException

import siting
from siting.analysis.gaps.gaps import COLUMNS
from siting.complete_files import guarded
from siting.errors import InputError, SitingError
from siting.notice import Notice, in_language, notices
from siting.result import Result
from siting.result.bundle import scenario_beside
from siting.service import ogc, papers, refusals, variants
from siting.service.answers import BINARY, arrays, of_kind
from siting.service.basemap import Basemap
from siting.service.desks import Desk, Desks
from siting.service.guard import PAGE_POLICY, Guard
from siting.service.jobs import BUNDLE, KINDS, Following, Jobs, in_words
from siting.service.methods import Methods, allowed
from siting.service.pmtiles import KINDS as TILE_KINDS
from siting.service.pmtiles import MOST_LEVELS
from siting.service.problems import (
    Asked,
    RequestError,
    language,
    no_such,
    of_error,
    problem_body,
)
from siting.service.shelf import Shelf, result_line
from siting.service.upload import together
from siting.texts.fonts import FONT_FILE
from siting.texts.words import LANGS, Lang, Words

log = logging.getLogger(__name__)
PAGE = Path(__file__).parent / "page"
PAGE_FILES = {
    "app.js": "text/javascript",
    "api.js": "text/javascript",
    "map.js": "text/javascript",
    "basemap.js": "text/javascript",
    "ground.js": "text/javascript",
    "desk.js": "text/javascript",
    "shelf.js": "text/javascript",
    "jobs.js": "text/javascript",
    "budget.js": "text/javascript",
    "compare.js": "text/javascript",
    "chart.js": "text/javascript",
    "report.js": "text/javascript",
    "why.js": "text/javascript",
    "dom.js": "text/javascript",
    "style.css": "text/css",
}
Work = Literal["solve", "frontier", "explain", "replan"]
"""What a desk's job may be."""
Place = Annotated[str, StringConstraints(min_length=1, max_length=400)]
"""``SITE`` or ``SITE/FORMAT``."""
GAP_COLUMNS = tuple(name for name in COLUMNS if name != "share_served")
"""Columns of the inventory in the order that the texts name them."""
MOST_PLACES = 10_000
"""That are locked or forbidden."""
Limit = Annotated[int, Field(ge=0, le=10**15)]
"""Of money, or of outlets where nothing costs."""
MOST_LIMITS = 50
POLL_SECONDS = 0.2
"""Between two looks for news of a job."""
PROBLEM = "application/problem+json"


@dataclass
class Service:
    """What the routes work on."""

    shelf: Shelf
    desks: Desks
    jobs: Jobs
    lang: Lang = "zh"
    read_only: bool = False
    basemap: Basemap | None = None

    def changing(self) -> None:
        """Raises RequestError 403 where nothing may be changed on disk."""
        if self.read_only:
            raise RequestError(403, Notice("service.read_only"))

    def scenario(
        self, id: str, variant: str | None = None, values: Sequence[str] = ()
    ) -> siting.Scenario:
        """A scenario of the shelf, loaded; one that was uploaded stays in its folder.

        Args:
            values: ``KEY=VALUE``, laid over it.

        Raises:
            InputError: its faults, all of them.
        """
        entry = self.shelf.get(id, "scenario")
        return siting.load(entry.path, variant, values, confined=entry.uploaded)

    def result(self, id: str) -> Result:
        """A result of the shelf, or of a job."""
        return Result.load(self.result_folder(id))

    def result_folder(self, id: str) -> Path:
        if self.jobs.knows(id):
            return self.jobs.result_folder(id)
        return self.shelf.get(id, "result").path

    def origin(self, id: str) -> tuple[str, str | None, tuple[str, ...]]:
        """The scenario of a result as the shelf knows it, the variant, and the values laid over it.

        Raises:
            RequestError: 404, the scenario is not on the shelf; a result may name any file, and
                none is opened that the service was not started with or given.
        """
        folder = self.result_folder(id)
        told = self.result(id).record.get("scenario") or {}
        changed = told.get("set") or {}
        values = tuple(f"{key}={value}" for key, value in changed.items())
        path = scenario_beside(folder) or folder / str(told.get("path"))
        return self.shelf.of_path(path).id, told.get("variant"), values


def overrides(changes: dict[str, Any] | None) -> tuple[str, ...]:
    """``KEY=VALUE`` texts of a mapping; JSON values are YAML values."""
    return tuple(
        f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in (changes or {}).items()
    )


def make_app(service: Service, port: int, token: str) -> Guard:
    """The application with every route, guarded.

    Args:
        port: where it will listen.
        token: what is asked of everybody.
    """
    app = FastAPI(
        title="Siting",
        version=siting.__version__,
        docs_url=None,
        redoc_url=None,
        description="The planning desk's own interface. Binary answers: X-Layout names the arrays; "
        "see siting.service.answers.",
        responses={"default": {"description": "Why not (RFC 7807)", "content": {PROBLEM: {}}}},
    )
    _faults(app)
    _page(app, service)
    _shelf(app, service)
    _desks(app, service)
    _jobs(app, service)
    papers.add_routes(app, service)
    ogc.add_routes(app, service)
    beneath = service.basemap
    policy = PAGE_POLICY if beneath is None else beneath.policy(PAGE_POLICY)
    return Guard(Methods(app), port, token, policy)


def _faults(app: FastAPI) -> None:
    def answer(status: int, body: bytes) -> Response:
        return Response(body, status, media_type=PROBLEM)

    @app.exception_handler(RequestError)
    def refused(request: Request, error: RequestError) -> Response:
        return answer(error.status, error.body(language(request)))

    @app.exception_handler(SitingError)
    def ours(request: Request, error: SitingError) -> Response:
        return answer(400, of_error(error, language(request)))

    @app.exception_handler(HTTPException)
    def known(request: Request, error: HTTPException) -> Response:
        status, path = error.status_code, request.url.path
        told = refusals.of_path(status, request.method, path, str(error.detail))
        answered = answer(status, RequestError(status, told).body(language(request)))
        if status == 405:
            answered.headers["allow"] = allowed(app, request.scope)
        return answered

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        told = refusals.of_values(error.errors())
        return answer(400, RequestError(400, told).body(language(request)))

    @app.middleware("http")
    async def unexpected(
        request: Request, go_on: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        try:
            return await go_on(request)
        except SitingError as error:
            return ours(request, error)
        except Exception:
            log.exception("%s %s", request.method, request.url.path)
            told = in_language(Notice("service.internal"), language(request))
            return answer(500, problem_body(500, told))


def _page(app: FastAPI, service: Service) -> None:
    @app.get("/page/font.ttf", include_in_schema=False)
    def font() -> Response:
        kept = {"cache-control": "private, max-age=31536000, immutable"}
        return FileResponse(FONT_FILE, media_type="font/ttf", headers=kept)

    @app.get("/page/{name}", include_in_schema=False)
    def part(name: str) -> Response:
        if name not in PAGE_FILES:
            raise no_such("file", name)
        return FileResponse(PAGE / name, media_type=PAGE_FILES[name])

    @app.get("/desk", include_in_schema=False)
    def page() -> Response:
        return FileResponse(PAGE / "index.html", media_type="text/html; charset=utf-8")

    @app.get("/api/texts")
    def texts(lang: str | None = None) -> dict[str, Any]:
        """The page's words, and how the service was started."""
        chosen: Lang = lang if lang in LANGS else service.lang
        return {
            "lang": chosen,
            "words": dict(Words.of(chosen, "desk")),
            "kinds": dict(Words.of(chosen, "desk_kind")),
            "read_only": service.read_only,
            "basemap": None if service.basemap is None else service.basemap.told(),
            "version": siting.__version__,
        }

    @app.get("/api/basemap/{z}/{x}/{y}", **of_kind(*TILE_KINDS.values(), empty="No tile there"))
    def tile(
        z: Annotated[int, ApiPath(ge=0, le=MOST_LEVELS)],
        x: Annotated[int, ApiPath(ge=0)],
        y: Annotated[int, ApiPath(ge=0)],
    ) -> Response:
        """A tile of the file that ``--basemap`` names; 204 where it has none."""
        file = None if service.basemap is None else service.basemap.file
        if file is None:
            raise RequestError(404, Notice("service.no_basemap"))
        try:
            found = file.tile(z, x, y)
        except (OSError, ValueError):
            raise RequestError(404, Notice("service.no_basemap")) from None
        if found is None:
            return Response(status_code=204)
        headers = {"cache-control": "private, max-age=86400"}
        if file.packed:
            headers["content-encoding"] = "gzip"
        return Response(found, media_type=file.kind, headers=headers)


def _shelf(app: FastAPI, service: Service) -> None:
    @app.get("/api/scenarios")
    def scenarios() -> dict[str, Any]:
        """Everything that can be opened."""
        entries = service.shelf.entries()
        return {
            "scenarios": [
                {"id": e.id, "path": e.shown, "uploaded": e.uploaded}
                for e in entries
                if e.kind == "scenario"
            ],
            "results": [
                {"id": e.id, "path": e.shown, "uploaded": e.uploaded, **result_line(e.path)}
                for e in entries
                if e.kind == "result"
            ],
        }

    @app.post("/api/scenarios", status_code=201)
    def upload(
        file: Annotated[list[UploadFile], File(min_length=1)],
    ) -> dict[str, Any]:
        """A zip with a scenario and its files; or a folder's files, each with its path as name."""
        service.changing()
        first = "".join(c for c in (file[0].filename or "upload") if c.isprintable())
        if len(file) == 1 and first.lower().endswith(".zip"):
            entries = service.shelf.upload(file[0].file, first[:80])
        else:
            with together((each.filename or "", each.file) for each in file) as made:
                entries = service.shelf.upload(made, first.partition("/")[0][:80])
        return {"entries": [{"id": e.id, "kind": e.kind, "path": e.shown} for e in entries]}

    @app.delete("/api/scenarios/{id}", status_code=204)
    def remove(id: str) -> None:
        """Take an upload away."""
        service.changing()
        service.shelf.remove(id)

    @app.get("/api/scenarios/{id}/check")
    def check(id: str, variant: str | None = None, lang: Lang | None = None) -> dict[str, Any]:
        """All faults, or all warnings and what the layers hold."""
        try:
            scenario = service.scenario(id, variant)
            scenario.check_layers()
            problem = scenario.problem()
            warnings = notices(scenario.warnings, lang or service.lang)
        except InputError as error:
            told = lang or service.lang
            faults = [asdict(fault) | {"text": fault.in_language(told)} for fault in error.faults]
            return {"ok": False, "faults": faults, "warnings": []}
        return {
            "ok": True,
            "faults": [],
            "warnings": [str(warning) for warning in warnings],
            "name": scenario.name,
            "variants": list(scenario.settings.variants),
            "points": problem.n_points,
            "people": float(problem.persons.max(axis=0).sum() / problem.person_units),
            "sites": problem.n_sites,
            "options": problem.n_options,
            "outlets": len(problem.outlets),
            "formats": list(problem.labels.formats),
            "pairs": problem.reach.n_pairs,
        }

    @app.get("/api/compare")
    def compare(
        a: str, b: str, c: str | None = None, d: str | None = None, lang: Lang | None = None
    ) -> dict[str, Any]:
        """Two to four results side by side: figures, people, and what only one of a pair opens; the
        names of columns and formats in a language."""
        told = lang or service.lang
        given = {"A": a, "B": b, "C": c, "D": d}
        results = {name: service.result(id) for name, id in given.items() if id is not None}
        found = siting.compare(results)
        heads = Words.of(told, "compare_page")
        names = {key.removeprefix("column."): heads[key] for key in heads if "column." in key}
        proofs = Words.of(told, "report")
        names |= {proof: proofs[f"proof_{proof}"] for proof in ("certificate", "solver")}
        names |= {**Words.of(told, "model"), **Words.of(told, "method")}
        for result in results.values():
            known = (result.record.get("formats") or {}).items()
            names |= {id: each[told] for id, each in known if told in each}
        return {
            "names": names,
            "figures": _records(found.table),
            "people": _records(found.people),
            "differences": _records(found.differences),
            "warnings": notices(found.warnings, told),
        }


def _desks(app: FastAPI, service: Service) -> None:
    @app.post("/api/desks", status_code=201)
    def open_desk(
        scenario: Annotated[str | None, Body()] = None,
        variant: Annotated[str | None, Body()] = None,
        changes: Annotated[dict[str, Any] | None, Body(alias="set")] = None,
        result: Annotated[str | None, Body()] = None,
        lang: Annotated[Lang | None, Body()] = None,
    ) -> dict[str, Any]:
        """Open a scenario; walks the city. With a result its plan lies on the desk, and scenario,
        variant and set are those it was computed from unless they are given."""
        stored = None if result is None else service.result(result)
        values = overrides(changes)
        if stored is not None and result is not None:
            if scenario is None:
                scenario, variant, values = service.origin(result)
            elif variant is None:
                variant = (stored.record.get("scenario") or {}).get("variant")
        if scenario is None:
            raise RequestError(400, Notice("service.scenario_missing"))
        loaded = service.scenario(scenario, variant, values)
        desk = service.desks.open(loaded, stored, scenario, result)
        return {**desk.contents(lang or service.lang), **desk.head()}

    @app.get("/api/desks/{d}")
    def head(d: str) -> dict[str, Any]:
        """Every live figure of the plan as it is."""
        return service.desks.get(d).head()

    @app.get("/api/desks/{d}/contents")
    def contents(d: str, lang: Lang | None = None) -> dict[str, Any]:
        """What opening it told, for a page that was loaded anew."""
        desk = service.desks.get(d)
        return {**desk.contents(lang or service.lang), **desk.head()}

    @app.get("/api/desks/{d}/points", **BINARY)
    def points(d: str) -> Response:
        """``masks``: formats in reach now; ``before``: today, (n, words) uint32; ``people``
        float32; ``at``: steps right and down, (n, 2) uint16."""
        desk = service.desks.get(d)
        with desk.lock:
            now = desk.masks_at()
            named = {
                "masks": now,
                "before": desk.before,
                "people": desk.persons,
                "at": desk.steps_of(0).clip(0, 2**16 - 1).astype("uint16"),
            }
            return arrays(named, {"revision": desk.revision})

    @app.get("/api/desks/{d}/streets", **BINARY)
    def streets(d: str) -> Response:
        """x1 y1 x2 y2 of every straight piece, in steps."""
        return arrays({"streets": service.desks.get(d).streets})

    @app.get("/api/desks/{d}/ground")
    def ground(d: str) -> dict[str, Any]:
        """Water, rail, borders, names and walled compounds; arrays in base64."""
        return service.desks.get(d).ground

    def changed(desk: Desk, touched: Any) -> Response:
        with desk.lock:
            return arrays({"points": touched, "masks": desk.masks_at(touched)}, desk.head())

    @app.post("/api/desks/{d}/changes", **BINARY)
    def changes(
        d: str, revision: Annotated[int, Body()], do: Annotated[list[dict[str, Any]], Body()]
    ) -> Response:
        """Open, close, move; 409 when the plan has changed since. Binary: the points whose reach
        changed with their masks; the head has every figure."""
        desk = service.desks.get(d)
        with desk.lock:
            return changed(desk, desk.change(revision, do))

    @app.post("/api/desks/{d}/undo", **BINARY)
    def undo(d: str) -> Response:
        """Take the last step back."""
        desk = service.desks.get(d)
        with desk.lock:
            return changed(desk, desk.undo())

    @app.post("/api/desks/{d}/redo", **BINARY)
    def redo(d: str) -> Response:
        """Take back the last undo."""
        desk = service.desks.get(d)
        with desk.lock:
            return changed(desk, desk.redo())

    @app.post("/api/desks/{d}/reset", **BINARY)
    def reset(d: str) -> Response:
        """The stored plan again; nothing is left to undo. Binary: the masks of all points."""
        desk = service.desks.get(d)
        with desk.lock:
            desk.reset()
            return arrays({"masks": desk.masks_at()}, desk.head())

    @app.get("/api/desks/{d}/gains", **BINARY)
    def gains(d: str, format: Annotated[int | None, Query(ge=0)] = None) -> Response:
        """Weighted persons that each option (of one format) would win now."""
        desk = service.desks.get(d)
        options, gain = desk.gains(format)
        return arrays({"options": options, "gains": gain.astype("float32")})

    @app.get("/api/desks/{d}/sites/{site}")
    def site(d: str, site: int) -> dict[str, Any]:
        """What may open at a site, its gain, cost, and what blocks it."""
        return service.desks.get(d).site(site)

    @app.get("/api/desks/{d}/sites/{site}/reach", **BINARY)
    def reach(d: str, site: int, format: Annotated[int | None, Query(ge=0)] = None) -> Response:
        """Points within the standard of what may open there (of one format)."""
        return arrays({"points": service.desks.get(d).reached_from(site, format)})

    @app.get("/api/desks/{d}/blocks")
    def blocks(d: str, site: str, format: str | None = None) -> dict[str, Any]:
        """Why outlets may not open at a site, by its id."""
        desk = service.desks.get(d)
        found = desk.site(desk.what_if.position(site))
        if format is not None:
            kept = [
                row
                for row in found["options"]
                if desk.problem.labels.formats[row["format"]] == format
            ]
            found = {**found, "options": kept}
        return found

    @app.get("/api/desks/{d}/people/{point}")
    def people(d: str, point: int) -> dict[str, Any]:
        """What a place has in reach, and how far the nearest outlet of each format is."""
        return service.desks.get(d).point(point)

    @app.get("/api/desks/{d}/next")
    def purchases(d: str, k: Annotated[int, Query(ge=1, le=200)] = 20) -> list[dict[str, Any]]:
        """The best purchases that break no rule."""
        desk = service.desks.get(d)
        with desk.lock:
            return [asdict(purchase) for purchase in desk.what_if.next(k)]

    @app.get("/api/desks/{d}/beside", **BINARY)
    def beside(d: str, result: str) -> Response:
        """Another stored plan on this desk's problem. Binary: the masks of all points; the head
        has its figures."""
        head, now = service.desks.get(d).beside(service.result(result))
        return arrays({"masks": now}, head)

    @app.get("/api/desks/{d}/gaps")
    def lacking(d: str, lang: Lang | None = None) -> dict[str, Any]:
        """Per format, group and district: who is not served today and with the plan on the desk,
        and what that lacks; the names of the columns in a language."""
        desk = service.desks.get(d)
        with desk.lock:
            options = desk.what_if.options
        words = Words.of(lang or service.lang, "gaps")
        rows = _records(siting.gaps(desk.scenario, options).table)
        told = {**dict(zip(GAP_COLUMNS, words.row("columns"), strict=True)), "*": words["whole"]}
        return {"names": told, "rows": [{k: r[k] for k in GAP_COLUMNS if k in r} for r in rows]}

    @app.get("/api/desks/{d}/check")
    def judged(d: str) -> dict[str, Any]:
        """The independent judge upon the plan as it is."""
        return service.desks.get(d).check()

    @app.get("/api/desks/{d}/plan.csv", **of_kind("text/csv"))
    def plan(d: str) -> Response:
        """As ``siting score`` reads it."""
        text = "\ufeff" + service.desks.get(d).plan().map(guarded).to_csv(index=False)
        headers = {"content-disposition": 'attachment; filename="plan.csv"'}
        return Response(text, media_type="text/csv; charset=utf-8", headers=headers)

    @app.post("/api/desks/{d}/variant", status_code=201)
    def variant(
        d: str, name: Annotated[str, Body()], again: Annotated[bool, Body()] = False
    ) -> dict[str, str]:
        """Write the plan into the scenario as a variant that requires its outlets; 409 where there
        is one of that name, unless it shall be written ``again``."""
        service.changing()
        desk = service.desks.get(d)
        variants.write(desk.scenario, name, variants.required(desk), again)
        return {"variant": name}

    @app.put("/api/desks/{d}/budget", **BINARY)
    def budget(d: str, frontier: Annotated[str, Body()], point: Annotated[int, Body()]) -> Response:
        """Put a computed plan of a frontier's job on the desk."""
        desk = service.desks.get(d)
        found = service.jobs.frontier(frontier)
        if not 0 <= point < len(found["points"]):
            raise RequestError(404, Notice("service.no_point", point=point))
        options = found["points"][point]["options"]
        if options is None or found["n_options"] != desk.problem.n_options:
            raise RequestError(400, Notice("service.no_plan_at_point"))
        with desk.lock:
            desk.put(options)
            return arrays({"masks": desk.masks_at()}, desk.head())

    @app.post("/api/desks/{d}/solve", status_code=201)
    def solve(
        d: str,
        asked: Asked,
        time_limit: Annotated[float, Body()] = 60,
        keep: Annotated[bool, Body()] = False,
        process: Annotated[Work, Body()] = "solve",
        lock: Annotated[list[Place] | None, Body(max_length=MOST_PLACES)] = None,
        forbid: Annotated[list[Place] | None, Body(max_length=MOST_PLACES)] = None,
        most_changes: Annotated[int | None, Body(ge=0, le=10**6, alias="changes")] = None,
        limits: Annotated[list[Limit] | None, Body(min_length=1, max_length=MOST_LIMITS)] = None,
        curve: Annotated[str | None, Body()] = None,
        lang: Annotated[Lang | None, Body()] = None,
    ) -> dict[str, Any]:
        """Let the engine go on from this plan; with ``keep`` what is open on the desk stays. With
        process ``replan``: the best plan near this one, which keeps open what ``lock`` names, opens
        nothing at what ``forbid`` names (``SITE`` or ``SITE/FORMAT``) and differs in at most
        ``changes`` outlets. With ``frontier``: the plans of several budgets, or of ``limits``, set
        among the points of the earlier job that ``curve`` names. With ``explain``: why the stored
        result that lies on the desk is as it is, what binds, and what more money would buy."""
        desk = service.desks.get(d)
        scenario = desk.scenario
        changes = list(scenario.overrides)
        if keep:
            required = json.dumps(variants.required(desk)["rules"]["require"], ensure_ascii=False)
            changes.append(f"rules.require={required}")
        task = {
            "scenario": str(scenario.path.resolve()),
            "confined": scenario.confined,
            "variant": scenario.variant,
            "set": changes,
            "time_limit": time_limit,
            "lang": lang or service.lang,
            "start": desk.what_if.options.tolist(),
        }
        if process == "replan":
            task |= {"lock": lock, "forbid": forbid, "changes": most_changes}
        if process == "frontier":
            known = None if curve is None else service.jobs.frontier(curve)
            if known is not None and known["n_options"] != desk.problem.n_options:
                raise RequestError(400, Notice("service.no_plan_at_point"))
            task |= {"limits": limits, "curve": known}
        if process == "explain":
            if desk.result_id is None:
                raise RequestError(400, Notice("service.explain"))
            service.origin(desk.result_id)  # its scenario is one of the shelf's
            task["in_words"] = True
            task["result"] = str(service.result_folder(desk.result_id).resolve())
        return in_words(asdict(service.jobs.submit(process, scenario.name, task)), asked)


def _jobs(app: FastAPI, service: Service) -> None:
    @app.get("/api/jobs")
    def jobs(asked: Asked) -> list[dict[str, Any]]:
        """Newest first."""
        return [in_words(asdict(job), asked) for job in service.jobs.all()]

    @app.post("/api/jobs", status_code=201)
    def submit(
        asked: Asked,
        scenario: Annotated[str, Body()],
        variant: Annotated[str | None, Body()] = None,
        changes: Annotated[dict[str, Any] | None, Body(alias="set")] = None,
        method: Annotated[str | None, Body()] = None,
        time_limit: Annotated[float, Body()] = 300,
        gap: Annotated[float, Body()] = 0.0,
        seed: Annotated[int, Body()] = 0,
        process: Annotated[Literal["solve", "frontier"], Body()] = "solve",
        lang: Annotated[Lang | None, Body()] = None,
    ) -> dict[str, Any]:
        """Solve a scenario of the shelf, or trace its frontier."""
        entry = service.shelf.get(scenario, "scenario")
        loaded = service.scenario(scenario, variant, overrides(changes))
        task = {
            "scenario": str(entry.path.resolve()),
            "variant": variant,
            "confined": entry.uploaded,
            "set": list(overrides(changes)),
            "method": method,
            "time_limit": time_limit,
            "gap": gap,
            "seed": seed,
            "lang": lang or service.lang,
        }
        return in_words(asdict(service.jobs.submit(process, loaded.name, task)), asked)

    @app.get("/api/jobs/{id}")
    def job(id: str, asked: Asked) -> dict[str, Any]:
        """State, progress and outcome."""
        return in_words(asdict(service.jobs.get(id)), asked)

    @app.delete("/api/jobs/{id}")
    def dismiss(id: str, asked: Asked) -> dict[str, Any]:
        """End a job without its plan, or take one that has ended away."""
        return in_words(asdict(service.jobs.dismiss(id)), asked)

    @app.post("/api/jobs/{id}/stop")
    def stop(id: str, asked: Asked) -> dict[str, Any]:
        """End with the best plan so far."""
        return in_words(asdict(service.jobs.stop(id)), asked)

    @app.post("/api/jobs/{id}/resume")
    def resume(id: str, asked: Asked) -> dict[str, Any]:
        """Queue a job again that has failed; a solve goes on from the plan it had stored."""
        return in_words(asdict(service.jobs.resume(id)), asked)

    @app.get("/api/jobs/{id}/log", **of_kind("text/plain"))
    def log(id: str) -> Response:
        """The end of what the process wrote."""
        return Response(service.jobs.log(id), media_type="text/plain; charset=utf-8")

    @app.get("/api/jobs/{id}/frontier")
    def frontier(id: str) -> dict[str, Any]:
        """Points of a frontier's job."""
        return service.jobs.frontier(id)

    @app.get("/api/jobs/{id}/answer", **of_kind("text/plain"))
    def answer(id: str) -> Response:
        """What a job ``explain`` found, in words."""
        return Response(service.jobs.answer(id), media_type="text/plain; charset=utf-8")

    @app.get("/api/jobs/{id}/bundle.zip", **of_kind("application/zip"))
    def bundle(id: str) -> Response:
        """The result with all it was computed from, as ``siting verify`` reads it anywhere."""
        return papers.sent(service.jobs.bundle(id), "application/zip", BUNDLE)

    @app.get("/api/jobs/{id}/events", **of_kind("text/event-stream"))
    def events(id: str, request: Request, asked: Asked) -> StreamingResponse:
        """Server-sent events; goes on after ``Last-Event-ID``."""
        service.jobs.get(id)
        last = request.headers.get("last-event-id", "0")
        news = _stream(service.jobs, id, int(last) if last.isdigit() else 0, asked)
        return StreamingResponse(news, media_type="text/event-stream")

    @app.get("/api/jobs/{id}/files")
    def files(id: str) -> list[str]:
        """Names of what a job has written."""
        return [file.name for file in service.jobs.files(id)]

    @app.get("/api/jobs/{id}/files/{name}", **of_kind(*KINDS))
    def file(id: str, name: str) -> Response:
        """A file of the result, from a fixed list of names."""
        return papers.sent(*service.jobs.file(id, name))


async def _stream(jobs: Jobs, id: str, after: int, lang: Lang) -> AsyncIterator[str]:
    """Events as text; pings keep proxies and readers awake. No listener holds a thread while there
    is nothing to tell: they are few, and other requests need them."""
    following = Following(jobs, id, after)
    while not following.ended:
        try:
            news = following.news()
        except RequestError:
            return  # dismissed and taken away meanwhile
        for kind, record in news:
            if kind == "ping":
                yield ": ping\n\n"
                continue
            number = f"id: {record['seq']}\n" if kind == "progress" else ""
            told = json.dumps(in_words(record, lang), ensure_ascii=False)
            yield f"{number}event: {kind}\ndata: {told}\n\n"
        if not following.ended:
            await asyncio.sleep(POLL_SECONDS)


def _records(table: Any) -> list[dict[str, Any]]:
    """Rows of a table; what is no number there is null."""
    found: list[dict[str, Any]] = json.loads(table.to_json(orient="records", force_ascii=False))
    return found
