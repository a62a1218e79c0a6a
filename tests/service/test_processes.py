"""Each process of the API does what its command does, and takes what it takes."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.main import get_group

import siting
from siting.cli import app, main
from siting.report import folder as folders
from siting.service import studies
from siting.service.app import Service
from siting.service.at_once import AT_ONCE
from siting.service.processes import PROCESSES, SYNC
from siting.service.worker import News
from tests.service.conftest import town
from tests.service.test_jobs import until

ALL = ["check", "gaps", "solve", "score", "frontier", "explain", "alternatives", "replan"]
ALL += ["compare", "verify", "report"]
SPELT = {"results": "what", "set": "change"}
"""Inputs whose parameter of the command has another name."""
KINDS = {"integer": int, "boolean": bool}


def test_the_eleven_processes_stand() -> None:
    """Those of the specification; each runs in one way, and what runs at once is implemented."""
    assert list(PROCESSES) == ALL
    assert [id for id, one in PROCESSES.items() if one.control == SYNC] == list(AT_ONCE)


@pytest.mark.parametrize("id", PROCESSES)
def test_inputs_are_those_of_the_command(id: str) -> None:
    """Every input is an argument or option of ``siting ID``; whole numbers and flags alike, and
    every default that is told is the command's."""
    (command,) = (each for name, each in get_group(app).commands.items() if name == id)
    options: dict[str, Any] = {}
    for each in command.params:
        options |= dict.fromkeys(
            [each.name, *(o.lstrip("-").replace("-", "_") for o in each.opts)], each
        )
    for name, told in PROCESSES[id].inputs.items():
        option = options[SPELT.get(name, name)]
        schema = told["schema"]
        if schema.get("type") in ("integer", "boolean"):
            kind = KINDS[schema["type"]]
            assert option.type_descriptor.annotation in (kind, kind | None), name
        if schema.get("type") == "array" and name != "plan":
            assert option.multiple or option.nargs != 1 or name == "format", name
        if "default" not in schema:
            continue
        default, theirs = schema["default"], option.default
        if schema["type"] == "number":  # "300" seconds, "2%"
            share = 100 if str(theirs).endswith("%") else 1
            assert default == float(str(theirs).rstrip("%")) / share, name
        elif schema["type"] == "array":
            assert ",".join(default) == theirs, name
        else:
            assert default == theirs, name


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shelf's folder: the town, and its result."""
    place = tmp_path_factory.mktemp("solved")
    loaded = siting.load(town(place / "town"))
    with folders.claim(place / "out") as kept:
        kept.keep(siting.solve(loaded.problem(), time_limit=20), loaded)
        kept.add(loaded.problem(), "en")
    return place


@pytest.fixture
def shelf_folder(solved: Path) -> Path:
    """What the service is started upon."""
    return solved


@pytest.fixture
def result(client: TestClient) -> str:
    """The result, as an input names it."""
    (entry,) = client.get("/api/scenarios").json()["results"]
    return f"siting:results/{entry['id']}"


@pytest.fixture
def scenario(client: TestClient) -> str:
    (entry,) = client.get("/api/scenarios").json()["scenarios"]
    return f"siting:scenarios/{entry['id']}"


def run(client: TestClient, id: str, **inputs: Any) -> Any:
    return client.post(f"/processes/{id}/execution", json={"inputs": inputs})


def test_what_is_answered_at_once_is_what_the_command_tells(
    client: TestClient, scenario: str, result: str, solved: Path, capsys: Any, tmp_path: Path
) -> None:
    """gaps, with a plan or without, score and verify: the figures of ``--json``."""

    def told(*arguments: object) -> Any:
        assert main([str(each) for each in (*arguments, "--json")]) == 0
        return json.loads(capsys.readouterr().out)

    place, out = solved / "town", solved / "out"
    assert (
        run(client, "gaps", scenario=scenario).json()["gaps"]["table"]
        == told("gaps", place)["table"]
    )
    planned = run(client, "gaps", scenario=scenario, plan=result).json()["gaps"]["table"]
    assert (
        planned == told("gaps", place, "--plan", out)["table"] and "not_served_after" in planned[0]
    )
    rows = [{"site": "S2", "format": "shop", "size": "small"}]
    (tmp_path / "plan.csv").write_text("site,format,size\nS2,shop,small\n")
    judged = run(client, "score", scenario=scenario, plan=rows, result=result).json()["score"]
    theirs = told("score", place, tmp_path / "plan.csv", "--result", out)
    assert judged == theirs and judged["feasible"] and judged["cost"] == 100
    assert run(client, "score", scenario=scenario, plan=[]).json()["score"]["cost"] == 0
    audit = run(client, "verify", result=result, sample=2).json()["audit"]
    assert audit == told("verify", out, "--sample", 2) and audit["ok"]


def test_a_bundle_is_verified_in_its_own_folder(
    client: TestClient, solved: Path, tmp_path: Path
) -> None:
    """A zip of ``siting pack`` is a result by itself; one whose scenario names a file outside is
    refused, whatever its record says."""
    bundle = tmp_path / "x.zip"
    assert main(["pack", str(solved / "out"), "--out", str(bundle)]) == 0
    sent = base64.b64encode(bundle.read_bytes()).decode()
    answer = run(client, "verify", result={"value": sent, "encoding": "base64"}, sample=0)
    assert answer.json()["audit"]["ok"], answer.text
    evil = io.BytesIO()
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(evil, "w") as new:
        for entry in old.infolist():
            raw = old.read(entry)
            if entry.filename.endswith("scenario.yaml"):
                raw = raw.replace(b"people.csv", str(solved / "town" / "people.csv").encode())
            new.writestr(entry, raw)
    sent = base64.b64encode(evil.getvalue()).decode()
    answer = run(client, "verify", result=sent, sample=0)
    assert answer.status_code == 400 and "not trusted" in answer.text
    beside = io.BytesIO()  # a result without its scenario names what the shelf does not have
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(beside, "w") as new:
        for entry in old.infolist():
            if entry.filename.startswith("result/"):
                new.writestr(entry, old.read(entry))
    answer = run(client, "verify", result=base64.b64encode(beside.getvalue()).decode())
    assert answer.status_code == 404
    for entry in client.get("/api/scenarios").json()["results"]:
        if entry["uploaded"]:
            client.delete(f"/api/scenarios/{entry['id']}")


def task_of(service: Service, client: TestClient, id: str, **inputs: Any) -> dict[str, Any]:
    """The task that a request makes, its job taken away before it runs."""
    service.jobs.close()
    answer = run(client, id, **inputs)
    assert answer.status_code == 201, answer.text
    job = answer.json()["jobID"]
    task = service.jobs.task(job)
    client.delete(f"/jobs/{job}")
    return task


@pytest.mark.parametrize(
    ("id", "inputs", "named"),
    [
        ("explain", {}, "binding"),
        ("explain", {"site": "S1"}, "other"),
        ("alternatives", {"count": 2, "within": 0.5}, "table"),
        ("compare", {}, "figures"),
    ],
)
def test_a_study_finds_what_its_command_tells(
    service: Service,
    client: TestClient,
    scenario: str,
    result: str,
    tmp_path: Path,
    solved: Path,
    capsys: Any,
    id: str,
    inputs: dict[str, Any],
    named: str,
) -> None:
    """The same object as ``--json``, kept for the page and the API."""
    given: dict[str, dict[str, Any]] = {"compare": {"results": [result, result]}}
    given["explain"] = {"result": result}
    task = task_of(service, client, id, **given.get(id, {"scenario": scenario}), **inputs)
    folder = tmp_path / "job"
    folder.mkdir()
    told, code = studies.STUDIES[id](task, folder, News(folder / "events.jsonl"), Event())
    assert code == 0 and told["status"]
    found = studies.kept(folder)
    upon = {"compare": [solved / "out"] * 2, "explain": [solved / "out"]}.get(id, [solved / "town"])
    more = [part for name, value in inputs.items() for part in (f"--{name}", str(value))]
    assert main([id, *map(str, upon), *more, "--json"]) == 0
    theirs = json.loads(capsys.readouterr().out)[named]
    plain = re.compile(r"[\d.]+ s|\"seconds\": [\d.]+|\"result\": \"[^\"]*\"")
    assert plain.sub("", json.dumps(found[named])) == plain.sub("", json.dumps(theirs))


def test_documents_of_a_result(
    service: Service, client: TestClient, result: str, tmp_path: Path
) -> None:
    """``report`` writes what was asked for, in its language; a format that is none is refused."""
    task = task_of(service, client, "report", result=result, format=["xlsx", "html"], lang="zh")
    folder = tmp_path / "job"
    folder.mkdir()
    told, _ = studies.report(task, folder, News(folder / "events.jsonl"), Event())
    assert told["files"] == ["report.xlsx", "report.html"]
    assert zipfile.is_zipfile(folder / "result" / "report.xlsx")
    assert 'lang="zh' in (folder / "result" / "report.html").read_text("utf-8")
    assert run(client, "report", result=result, format=["doc"]).status_code == 400


def test_a_quarter_is_reported_from_the_ledger(
    service: Service, client: TestClient, result: str, tmp_path: Path
) -> None:
    """The ledger that the service gives, sent back, is what the quarterly report is made of; a file
    that is no ledger is refused."""
    id = result.rpartition("/")[2]
    ledger = client.get(f"/api/results/{id}/ledger.csv", params={"lang": "zh"})
    assert ledger.status_code == 200
    sent = {"quarter": "2026Q3", "format": ["xlsx", "docx"], "lang": "zh"}
    path = f"/api/results/{id}/progress"
    assert client.post(path, data=sent, files={"ledger": ("l.exe", b"x")}).status_code == 400
    service.jobs.close()
    answer = client.post(path, data=sent, files={"ledger": ("ledger.csv", ledger.content)})
    assert answer.status_code == 201, answer.text
    task = service.jobs.task(answer.json()["id"])
    folder = tmp_path / "job"
    folder.mkdir()
    assert task["process"] == "progress"
    told, _ = studies.progress(task, folder, News(folder / "events.jsonl"), Event())
    assert told["files"] == ["progress.json", "progress.xlsx", "progress.docx"]
    assert (
        json.loads((folder / "result" / "progress.json").read_text("utf-8"))["quarter"] == "2026Q3"
    )


def test_files_and_bundle_of_a_stored_result(
    service: Service, client: TestClient, result: str, tmp_path: Path
) -> None:
    """The result's own files by their names and no others, and all of it in a zip that verifies."""
    base = f"/api/results/{result.rpartition('/')[2]}"
    names = client.get(f"{base}/files").json()
    assert names == ["result.json", "certificate.npz", "sites.gpkg", "report.html"]
    assert client.get(f"{base}/files/result.json").json()["status"] == "optimal"
    for name in ("scenario.yaml", "..%2Ftown%2Fscenario.yaml"):
        assert client.get(f"{base}/files/{name}").status_code == 404
    (tmp_path / "b.zip").write_bytes(client.get(f"{base}/bundle.zip").content)
    assert main(["verify", str(tmp_path / "b.zip"), "--sample", "0"]) == 0


@pytest.mark.slow
def test_jobs_of_every_kind_end_with_their_outputs(
    client: TestClient, scenario: str, result: str
) -> None:
    """In processes of their own, asked over HTTP: outputs as they are described, files as they are
    by themselves, and a plan made anew that keeps what was asked."""
    asked: dict[str, dict[str, Any]] = {
        "solve": {"scenario": scenario, "start": [{"site": "S2", "format": "shop"}]},
        "frontier": {"scenario": scenario, "points": 2},
        "explain": {"result": result},
        "alternatives": {"scenario": scenario, "count": 2},
        "replan": {"result": result, "forbid": ["S1"], "lock": ["S3"], "changes": 6},
        "compare": {"results": [result, result]},
        "report": {"result": result, "format": ["gpkg", "svg"]},
    }
    for id, inputs in asked.items():
        answer = run(client, id, **inputs)
        assert answer.status_code == 201, answer.text
        job = answer.json()["jobID"]
        until(client, job, "successful")
        outputs = client.get(f"/jobs/{job}/results").json()
        known = PROCESSES[id].outputs
        assert set(outputs) == (set(known) if id != "report" else {"gpkg", "svg"})
        for name, value in outputs.items():
            there = client.get(f"/jobs/{job}/results/{name}")
            media = known[name]["schema"]["contentMediaType"]
            assert there.headers["content-type"].partition(";")[0] == media
            if isinstance(value, dict) and value.get("encoding") == "base64":
                assert base64.b64decode(value["value"]) == there.content
            if media in ("text/html", "image/svg+xml"):
                assert "sandbox" in there.headers["content-security-policy"]
        if id == "replan":
            places = {each["properties"]["site"] for each in outputs["plan"]["features"]}
            assert "S1" not in places and "S3" in places
    base = f"/api/results/{result.rpartition('/')[2]}"
    ledger = client.get(f"{base}/ledger.csv").content
    wish = {"quarter": "2026Q3", "format": ["docx"]}
    papers = {
        "report": client.post(f"{base}/documents", json={"format": ["docx", "xlsx"]}),
        "progress": client.post(f"{base}/progress", data=wish, files={"ledger": ("l.csv", ledger)}),
    }
    for name, answer in papers.items():
        job = answer.json()["id"]
        until(client, job, "successful")
        files = client.get(f"/api/jobs/{job}/files").json()
        assert f"{name}.docx" in files and "certificate.npz" not in files
        assert all(client.get(f"/api/jobs/{job}/files/{each}").content for each in files)


@pytest.mark.slow
def test_a_job_of_the_desk_is_explained_packed_and_described(
    service: Service, client: TestClient, scenario: str, tmp_path: Path
) -> None:
    """A plan solved by a job goes on the desk; why it is so is told in words, in the language asked
    for; all of it in one zip verifies elsewhere; and each answer is of a kind that the description
    of the interface names, also those that are no JSON."""
    id = scenario.rpartition("/")[2]
    job = client.post("/api/jobs", json={"scenario": id, "time_limit": 30}).json()["id"]
    until(client, job, "successful")
    packed = client.get(f"/api/jobs/{job}/bundle.zip")
    (tmp_path / "b.zip").write_bytes(packed.content)
    assert main(["verify", str(tmp_path / "b.zip"), "--sample", "0"]) == 0

    desk = client.post("/api/desks", json={"result": job}).json()["desk"]
    wish = {"process": "explain", "time_limit": 30, "lang": "zh"}
    why = client.post(f"/api/desks/{desk}/solve", json=wish).json()["id"]
    assert client.get(f"/api/jobs/{why}/answer").status_code in (200, 404)  # may not have begun
    until(client, why, "successful")
    told = client.get(f"/api/jobs/{why}/answer").text
    plan = siting.Result.load(service.jobs.result_folder(job)).plan
    assert plan is not None and all(site in told for site in plan.table["site"])
    assert "起约束" in told and "Traceback" not in told

    frontier = client.post("/api/jobs", json={"scenario": id, "process": "frontier"}).json()["id"]
    until(client, frontier, "successful")
    names = {"d": desk, "id": job, "site": 0, "point": 0, "name": "sites.gpkg", "ending": ".csv"}
    asked = {"site": "S1", "result": job, "a": job, "b": job}
    bodies = {
        "/api/desks/{d}/changes": {"revision": 0, "do": [{"toggle": 0}]},
        "/api/desks/{d}/undo": {},
        "/api/desks/{d}/redo": {},
        "/api/desks/{d}/budget": {"frontier": frontier, "point": 0},
    }
    others = {"/api/jobs/{id}/frontier": frontier, "/api/jobs/{id}/answer": why}
    elsewhere = {"/processes/{id}": "solve", "/api/scenarios/{id}/check": id}
    tried = set()
    for path, operations in client.get("/openapi.json").json()["paths"].items():
        for method, described in operations.items():
            if (method != "get" and path not in bodies) or "basemap" in path:
                continue
            ids = {"id": (others | elsewhere).get(path, job)}
            ids |= {"name": "sites"} if path.startswith("/jobs") else {}
            address, params = path.format(**(names | ids)), asked if method == "get" else None
            answer = client.request(method, address, params=params, json=bodies.get(path))
            assert answer.status_code == 200, f"{method} {address}: {answer.text[:200]}"
            kind = answer.headers["content-type"].partition(";")[0]
            kinds = {each.partition(";")[0] for each in described["responses"]["200"]["content"]}
            assert kind in kinds, f"{method} {path}: {kind}"
            tried.add(kind)
    assert {"text/csv", "application/zip", "text/event-stream", "text/plain"} <= tried


def test_two_to_four_results_stand_side_by_side(client: TestClient, result: str) -> None:
    """Each under its letter, in the order of the letters, whichever of them are named."""
    id = result.rsplit("/", 1)[-1]
    for letters in ("ab", "abc", "abd", "abcd"):
        found = client.get("/api/compare", params=dict.fromkeys(letters, id)).json()
        told = json.dumps(found["figures"])
        assert [name for name in "ABCD" if f'"{name}"' in told] == list(letters.upper())
    unknown = client.get("/api/compare", params={"a": id, "b": id, "c": "nobody"})
    assert unknown.status_code == 404
