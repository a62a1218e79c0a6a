"""OGC API - Processes, Part 1, 1.0: the abstract tests of the classes that are declared.

Each docstring begins with the identifiers of the abstract tests that it carries out; the table in
docs/desk-tests.md is made of them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from email import message_from_bytes
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import yaml
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
from starlette.testclient import TestClient

import siting
from siting.report import folder as folders
from siting.service.app import Service, make_app
from siting.service.desks import Desks
from siting.service.jobs import Job, Jobs
from siting.service.ogc import CLASSES, CONF
from siting.service.problems import OGC
from siting.service.processes import PROCESSES
from siting.service.shelf import Shelf
from tests.service.conftest import PORT, TOKEN, town
from tests.service.test_upload import zipped

T0 = "2026-10-01T08:00:00+00:00"
EXECUTION = "/processes/{}/execution"
ASYNC = {"prefer": "respond-async"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The service's data: two jobs of an earlier run, one that solved and one that failed, and the
    town on the shelf."""
    place = tmp_path_factory.mktemp("ogc")
    loaded = siting.load(town(place / "shelf" / "town"))
    problem = loaded.problem()
    stood = replace(Job("0" * 16, "successful", "solve", "Town", T0), started=T0, finished=T0)
    for job in (
        replace(stood, progress=100, outcome={"status": "optimal"}),
        replace(stood, id="f" * 16, state="failed", message="it ran out of luck", outcome={}),
    ):
        folder = place / "jobs" / job.id
        folder.mkdir(parents=True)
        (folder / "job.json").write_text(json.dumps(asdict(job)))
        (folder / "task.json").write_text("{}")
    with folders.claim(place / "jobs" / stood.id / "result") as kept:
        kept.keep(siting.solve(problem, time_limit=20), loaded)
        kept.add(problem, "en")
    return place


@pytest.fixture(scope="module")
def ask(place: Path) -> Iterator[TestClient]:
    """A service upon the data, asked with the token."""
    jobs = Jobs(place / "jobs")
    service = Service(Shelf((place / "shelf",), place), Desks(), jobs, "en")
    client = TestClient(make_app(service, PORT, TOKEN), base_url=f"http://127.0.0.1:{PORT}")
    client.headers["authorization"] = f"Bearer {TOKEN}"
    yield client
    jobs.close()


@pytest.fixture(scope="module")
def scenario(ask: TestClient) -> str:
    """The town, as an input names it."""
    (entry,) = ask.get("/api/scenarios").json()["scenarios"]
    return f"siting:scenarios/{entry['id']}"


@pytest.fixture
def solved() -> str:
    """A job of ``solve`` that has ended."""
    return "0" * 16


def rels(document: dict[str, Any]) -> dict[str, str]:
    """Links by the last part of their relation."""
    return {link["rel"].rpartition("/")[2]: link["href"] for link in document["links"]}


def check(ask: TestClient, inputs: Any, **more: Any) -> Any:
    return ask.post(EXECUTION.format("check"), json={"inputs": inputs, **more})


def refused(answer: Any, status: int, kind: str = "about:blank") -> None:
    """An exception of the standard: RFC 7807 with a type, a title, a status."""
    told = answer.json()
    assert answer.status_code == status == told["status"], told
    assert answer.headers["content-type"] == "application/problem+json"
    assert told["type"] == kind and told["title"] and told["detail"]


# -- core: documents ----------------------------------------------------------------------------


def test_http(ask: TestClient) -> None:
    """/conf/core/http: what is no method of a path is refused by HTTP's own status."""
    assert ask.get("/").status_code == 200
    assert ask.put("/processes", json={}).status_code == 405
    assert ask.get("/none").status_code == 404


@pytest.mark.parametrize("path", ["/processes", "/jobs/none", "/desk", "/conformance"])
def test_every_address_answers_head_and_tells_what_it_allows(ask: TestClient, path: str) -> None:
    """RFC 9110: HEAD is GET without its body, and a 405 has ``Allow`` with every method the address
    has, though each is a route of its own."""
    got, head = ask.get(path), ask.head(path)
    assert head.status_code == got.status_code and not head.content
    same = ("content-type", "content-length")
    assert [head.headers[name] for name in same] == [got.headers[name] for name in same]
    allowed = {"GET", "HEAD", "OPTIONS"} | ({"DELETE"} if path == "/jobs/none" else set())
    for answer, status in ((ask.put(path, json={}), 405), (ask.options(path), 204)):
        assert answer.status_code == status
        assert set(answer.headers["allow"].split(", ")) == allowed
    execution = ask.head("/processes/solve/execution")
    assert execution.status_code == 405 and execution.headers["allow"] == "OPTIONS, POST"
    assert ask.options("/nothing").status_code == 404


@pytest.mark.parametrize(
    ("query", "accept", "page"),
    [
        ("", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("", "application/json, text/html;q=0.5", False),
        ("", "*/*", False),
        ("?f=json", "text/html", False),
        ("?f=html", "*/*", True),
    ],
)
def test_landing_page_by_what_is_asked(
    ask: TestClient, query: str, accept: str, page: bool
) -> None:
    """A browser gets the desk, a client JSON: by weight, and ``f`` before ``Accept``."""
    answer = ask.get(f"/{query}", headers={"accept": accept}, follow_redirects=False)
    assert answer.status_code == (303 if page else 200)


def test_a_wrong_time_is_refused_where_no_job_is(waiting: TestClient) -> None:
    """Arguments are checked whether or not anything is there to be compared with."""
    for job in waiting.get("/jobs").json()["jobs"]:
        waiting.delete(f"/jobs/{job['jobID']}")
    refused(waiting.get("/jobs?datetime=yesterday"), 400)


def test_landing_page(ask: TestClient) -> None:
    """/conf/core/landingpage-op, /conf/core/landingpage-success: title, and links to all else."""
    answer = ask.get("/")
    assert answer.status_code == 200
    links = rels(answer.json())
    assert {"self", "service-desc", "conformance", "processes", "job-list"} <= set(links)
    assert all(ask.get(href).status_code == 200 for href in links.values())


def test_api_definition(ask: TestClient) -> None:
    """/conf/core/api-definition-op, /conf/core/api-definition-success: OpenAPI, by its type."""
    answer = ask.get(rels(ask.get("/").json())["service-desc"])
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/vnd.oai.openapi+json;version=3.0")


def test_conformance(ask: TestClient) -> None:
    """/conf/core/conformance-op, /conf/core/conformance-success: the classes that are kept."""
    answer = ask.get("/conformance")
    assert answer.status_code == 200
    assert answer.json() == {"conformsTo": [CONF + name for name in CLASSES]}


def test_process_list(ask: TestClient) -> None:
    """/conf/core/process-list, /conf/core/process-list-op, /conf/core/process-list-success: each
    process in short, with its id, version and ways to run."""
    answer = ask.get("/processes")
    assert answer.status_code == 200
    listed = answer.json()["processes"]
    assert [process["id"] for process in listed] == list(PROCESSES)
    for process in listed:
        assert process["version"] and process["jobControlOptions"] and process["outputTransmission"]


def test_the_list_is_paged(ask: TestClient) -> None:
    """/conf/core/pl-limit-definition, /conf/core/pl-limit-response, /conf/core/pl-links: no more
    than the limit, with links that lead through the list there and back."""
    seen, href = [], "/processes?limit=1"
    while href:
        page = ask.get(href).json()
        assert len(page["processes"]) == 1
        seen += [process["id"] for process in page["processes"]]
        links = rels(page)
        assert ask.get(links["self"]).json() == page
        href = links.get("next", "")
    assert seen == list(PROCESSES) and "prev" in links
    for wrong in ("0", "10001", "x"):
        refused(ask.get("/processes", params={"limit": wrong}), 400)


def test_process_description(ask: TestClient) -> None:
    """/conf/core/process-description, /conf/core/process-description-success: what the list says,
    and inputs and outputs."""
    for listed in ask.get("/processes").json()["processes"]:
        answer = ask.get(rels(listed)["self"])
        assert answer.status_code == 200
        full = answer.json()
        assert {**full, "links": 0} == {
            **listed,
            "inputs": full["inputs"],
            "outputs": full["outputs"],
            "links": 0,
        }
        assert full["inputs"] and full["outputs"] and "execute" in rels(full)


def test_no_such_process(ask: TestClient) -> None:
    """/conf/core/process-exception-no-such-process: 404 with the standard's type."""
    refused(ask.get("/processes/none"), 404, OGC + "no-such-process")
    refused(ask.post(EXECUTION.format("none"), json={"inputs": {}}), 404, OGC + "no-such-process")


# -- core: execution ----------------------------------------------------------------------------


def test_execute(ask: TestClient, scenario: str) -> None:
    """/conf/core/process-execute-op, /conf/core/process-execute-request: a POST of JSON."""
    assert check(ask, {"scenario": scenario}).status_code == 200
    path, asked = EXECUTION.format("check"), {"content-type": "application/json"}
    refused(ask.post(path, content=b"no json", headers=asked), 400)
    refused(ask.post(path, json={"inputs": [scenario]}), 400)


def test_inputs(ask: TestClient, scenario: str) -> None:
    """/conf/core/process-execute-inputs, /conf/core/process-execute-input-inline: values by name;
    what is no input is refused."""
    assert check(ask, {"scenario": scenario, "variant": None}).status_code == 400
    refused(check(ask, {"scenario": scenario, "colour": "red"}), 400)
    refused(check(ask, {}), 400)


def test_input_of_many_values(ask: TestClient, scenario: str, solved: str) -> None:
    """/conf/core/process-execute-input-array: several values of one input are a list, no fewer and
    no more than it takes; of an input that takes one they are refused."""
    mine = f"siting:results/{solved}"
    path = EXECUTION.format("compare")
    answer = ask.post(path, json={"inputs": {"results": [mine, {"href": mine}]}})
    assert answer.status_code == 201
    ask.delete(f"/jobs/{answer.json()['jobID']}")
    for wrong in ([mine], [mine] * 5, mine, []):
        refused(ask.post(path, json={"inputs": {"results": wrong}}), 400)
    refused(check(ask, {"scenario": [scenario, scenario]}), 400)


def test_input_object(ask: TestClient, scenario: str) -> None:
    """/conf/core/process-execute-input-inline-object: an object is a qualified value."""
    body = {"inputs": {"scenario": scenario, "set": {"value": {"budgets": 3}}}}
    answer = ask.post(EXECUTION.format("solve"), json=body)
    refused(answer, 400)
    assert answer.json()["faults"][0]["key"] == "budgets"  # it was read as an object


def inline(folder: Path) -> dict[str, Any]:
    """The town as one JSON object."""
    told: dict[str, Any] = yaml.safe_load((folder / "scenario.yaml").read_text("utf-8"))
    for name, columns in (("demand", ["people"]), ("premises", ["id", "area"])):
        table = pd.read_csv(folder / told[name]["file"], dtype={"id": str})
        places = gpd.points_from_xy(table.pop("x"), table.pop("y"), crs=told[name].pop("crs"))
        layer = gpd.GeoDataFrame(table[columns], geometry=places).to_crs("EPSG:4326")
        told[name] = {**told[name], "file": json.loads(layer.to_json())}
        del told[name]["x"], told[name]["y"]
    return told


def test_input_of_two_types(ask: TestClient, scenario: str, tmp_path: Path) -> None:
    """/conf/core/process-execute-input-inline-mixed,
    /conf/core/process-execute-input-inline-binary: a name of the shelf, a zip in base64, or the
    scenario itself with its layers as feature collections."""
    folder = town(tmp_path / "mine")
    data = zipped({f"town/{p.name}": p.read_bytes() for p in folder.iterdir()}).getvalue()
    sent = {"value": base64.b64encode(data).decode(), "encoding": "base64"}
    for given in (scenario, {"value": scenario}, sent, sent["value"], inline(folder)):
        answer = check(ask, {"scenario": given})
        assert answer.status_code == 200 and answer.json()["contents"]["points"] == 20
    deep: Any = {"siting": 1}
    for _ in range(60):
        deep = {"siting": deep}
    for wrong in (deep, {"name": "no scenario"}, {"siting": 1, "demand": {"file": "/etc/hosts"}}):
        refused(check(ask, {"scenario": wrong}), 400)
    for entry in ask.get("/api/scenarios").json()["scenarios"]:
        if entry["uploaded"]:
            ask.delete(f"/api/scenarios/{entry['id']}")


def test_input_bbox(ask: TestClient) -> None:
    """/conf/core/process-execute-input-inline-bbox: no input is a bounding box."""
    for id in PROCESSES:
        assert "bbox" not in json.dumps(ask.get(f"/processes/{id}").json()["inputs"])


def test_input_by_reference(ask: TestClient, scenario: str) -> None:
    """/conf/core/process-execute-input-ref: what the shelf has may be named by ``href``; no other
    address is ever asked."""
    assert check(ask, {"scenario": {"href": scenario}}).status_code == 200
    for href in ("http://127.0.0.1:1/x.zip", "file:///etc/hostname", "siting:scenarios/../x"):
        answer = check(ask, {"scenario": {"href": href}})
        assert answer.status_code in (400, 404)


def test_input_is_validated(ask: TestClient, scenario: str) -> None:
    """/conf/core/process-execute-input-validation: types and ranges of the description."""
    for id, wrong in (
        ("solve", {"time_limit": "soon"}),
        ("solve", {"time_limit": 4000}),
        ("solve", {"time_limit": 0}),
        ("solve", {"set": ["x"]}),
        ("solve", {"seed": 1.5}),
        ("solve", {"seed": True}),
        ("solve", {"start": [{"format": "shop"}]}),
        ("solve", {"start": 3}),
        ("alternatives", {"by": "colour"}),
        ("alternatives", {"within": 2}),
        ("score", {"plan": [{"site": 7}]}),
        ("frontier", {"points": 1000}),
    ):
        body = {"inputs": {"scenario": scenario, **wrong}}
        answer = ask.post(EXECUTION.format(id), json=body)
        refused(answer, 400)
        assert next(iter(wrong)) in answer.json()["detail"]


def test_execution_mode(ask: TestClient, scenario: str, solved: str) -> None:
    """/conf/core/process-execute-default-execution-mode,
    /conf/core/process-execute-auto-execution-mode: each process can run in one way only, and does
    so whatever is preferred."""
    for headers in ({}, ASYNC):
        answer = ask.post(
            EXECUTION.format("check"), json={"inputs": {"scenario": scenario}}, headers=headers
        )
        assert answer.status_code == 200
    body = {"inputs": {"scenario": scenario, "time_limit": 5}}
    answer = ask.post(EXECUTION.format("solve"), json=body)
    assert answer.status_code == 201
    ask.delete(f"/jobs/{answer.json()['jobID']}")
    for process in PROCESSES.values():
        assert ("sync-execute" in process.control) != ("async-execute" in process.control)


def test_default_outputs(ask: TestClient, scenario: str, solved: str) -> None:
    """/conf/core/process-execute-default-outputs: all of them where none are named."""
    assert list(check(ask, {"scenario": scenario}).json()) == ["contents"]
    assert list(ask.get(f"/jobs/{solved}/results").json()) == list(PROCESSES["solve"].outputs)


def test_sync_answers(ask: TestClient, scenario: str) -> None:
    """/conf/core/process-execute-sync-raw-value-one, /conf/core/process-execute-sync-document,
    /conf/core/job-results-sync: the value itself, or a document by output."""
    given = {"scenario": scenario}
    raw = check(ask, given, response="raw", outputs={"contents": {}}).json()
    document = check(ask, given, response="document").json()
    assert document == {"contents": raw} and raw["points"] == 20
    refused(check(ask, given, response="other"), 400)
    refused(check(ask, given, outputs={"other": {}}), 400)


def test_sync_of_many_and_by_reference(ask: TestClient, scenario: str) -> None:
    """/conf/core/process-execute-sync-raw-value-multi, /conf/core/process-execute-sync-raw-ref,
    /conf/core/process-execute-sync-raw-mixed-multi: what runs at once has one output and sends it
    by value, and says so."""
    for id, process in PROCESSES.items():
        if "sync-execute" in process.control:
            told = ask.get(f"/processes/{id}").json()
            assert len(told["outputs"]) == 1 and told["outputTransmission"] == ["value"]
    wish = {"contents": {"transmissionMode": "reference"}}
    refused(check(ask, {"scenario": scenario}, outputs=wish), 400)


def test_async_answer(ask: TestClient, scenario: str) -> None:
    """/conf/core/process-execute-success-async, /conf/core/process-execute-success-header-async:
    201 with the job's address, its state, and what was preferred."""
    body = {"inputs": {"scenario": scenario, "time_limit": 5}}
    answer = ask.post(EXECUTION.format("solve"), json=body, headers=ASYNC)
    info = answer.json()
    assert answer.status_code == 201 and answer.headers["location"] == f"/jobs/{info['jobID']}"
    assert answer.headers["preference-applied"] == "respond-async"
    assert info["status"] in ("accepted", "running") and info["type"] == "process"
    ask.delete(f"/jobs/{info['jobID']}")


# -- core: jobs ---------------------------------------------------------------------------------


def test_job(ask: TestClient, solved: str) -> None:
    """/conf/core/job-op, /conf/core/job-success: state, times, progress, links."""
    answer = ask.get(f"/jobs/{solved}")
    info = answer.json()
    assert answer.status_code == 200
    assert (info["jobID"], info["processID"], info["status"]) == (solved, "solve", "successful")
    assert info["progress"] == 100 and info["created"] <= info["started"] <= info["finished"]
    assert {"self", "results"} <= set(rels(info))


def test_no_such_job(ask: TestClient) -> None:
    """/conf/core/job-exception-no-such-job: 404 with the standard's type."""
    for path in ("/jobs/none", "/jobs/none/results"):
        refused(ask.get(path), 404, OGC + "no-such-job")


def with_answer(ask: TestClient, scenario: str, **wish: Any) -> str:
    """A job of ``solve`` asked for with a wish for its answer, without being run: what is wished is
    kept with the task, and results are those of the one that was solved."""
    body = {"inputs": {"scenario": scenario, "time_limit": 5}, **wish}
    return str(ask.post(EXECUTION.format("solve"), json=body).json()["jobID"])


@pytest.fixture
def results(ask: TestClient, scenario: str, solved: str) -> Any:
    """Results of the solved job as if it had been asked for with a wish."""
    from siting.service import outputs

    process = PROCESSES["solve"]
    told = ask.get(f"/jobs/{solved}/results").json()
    media = {"result": "application/json", "plan": "application/geo+json"}
    found = {
        name: outputs.Output(told[name], kind, f"/jobs/{solved}/results/{name}")
        for name, kind in media.items()
    }

    def answered(**wish: Any) -> Any:
        return outputs.answer(found, outputs.asked(wish, process.outputs, process.modes))

    return answered


def test_results_document(ask: TestClient, solved: str, results: Any) -> None:
    """/conf/core/job-results, /conf/core/job-results-success,
    /conf/core/job-results-async-document: by output, each by value or by reference."""
    answer = ask.get(f"/jobs/{solved}/results")
    assert answer.status_code == 200 and answer.json()["result"]["status"] == "optimal"
    told = json.loads(results(outputs={"plan": {"transmissionMode": "reference"}}).body)
    assert told == {
        "plan": {"href": f"/jobs/{solved}/results/plan", "type": "application/geo+json"}
    }
    there = ask.get(told["plan"]["href"])
    assert there.headers["content-type"] == "application/geo+json"
    assert there.json() == answer.json()["plan"]


def test_results_raw(ask: TestClient, solved: str, results: Any) -> None:
    """/conf/core/job-results-async-raw-value-one, /conf/core/job-results-async-raw-ref: one output
    itself, or a link to it and no content."""
    one = results(response="raw", outputs={"plan": {}})
    assert one.media_type == "application/geo+json"
    assert json.loads(one.body)["type"] == "FeatureCollection"
    link = results(response="raw", outputs={"plan": {"transmissionMode": "reference"}})
    assert link.status_code == 204 and f"</jobs/{solved}/results/plan>" in link.headers["link"]


def test_results_raw_of_many(ask: TestClient, solved: str, results: Any) -> None:
    """/conf/core/job-results-async-raw-value-multi,
    /conf/core/job-results-async-raw-mixed-multi: parts of one message, a reference as where it
    lies."""
    for mode in ("value", "reference"):
        answer = results(response="raw", outputs={"result": {}, "plan": {"transmissionMode": mode}})
        head = b"Content-Type: " + answer.media_type.encode() + b"\r\n\r\n"
        first, second = list(message_from_bytes(head + answer.body).walk())[1:]
        assert (first["Content-ID"], second["Content-ID"]) == ("<result>", "<plan>")
        assert json.loads(str(first.get_payload()))["status"] == "optimal"
        if mode == "value":
            assert json.loads(str(second.get_payload()))["type"] == "FeatureCollection"
        else:
            assert second["Content-Location"] == f"/jobs/{solved}/results/plan"


def test_results_are_not_ready(ask: TestClient, scenario: str) -> None:
    """/conf/core/job-results-exception-results-not-ready: 404 with the standard's type."""
    id = with_answer(ask, scenario, response="raw", outputs={"plan": {}})
    refused(ask.get(f"/jobs/{id}/results"), 404, OGC + "result-not-ready")
    ask.delete(f"/jobs/{id}")


def test_results_of_what_failed(ask: TestClient) -> None:
    """/conf/core/job-results-failed: the exception, as far as it is known."""
    answer = ask.get(f"/jobs/{'f' * 16}/results")
    refused(answer, 500)
    assert answer.json()["detail"] == "it ran out of luck"


# -- ogc-process-description --------------------------------------------------------------------


def test_descriptions_of_processes(ask: TestClient) -> None:
    """/conf/ogc-process-description/json-encoding, /conf/ogc-process-description/inputs-def,
    /conf/ogc-process-description/input-def, /conf/ogc-process-description/outputs-def,
    /conf/ogc-process-description/output-def: names, titles and schemas of JSON."""
    schemas: dict[str, Any] = {}
    for id in PROCESSES:
        told = ask.get(f"/processes/{id}").json()
        for each in told["inputs"].values():
            assert each["title"] and 0 <= each["minOccurs"] <= each["maxOccurs"]
            schemas[f"s{len(schemas)}"] = each["schema"]
        for each in told["outputs"].values():
            assert each["title"] and each["schema"]["contentMediaType"]
            schemas[f"s{len(schemas)}"] = each["schema"]
    whole = {"openapi": "3.1.0", "info": {"title": "x", "version": "1"}}
    whole |= {"components": {"schemas": schemas}}
    assert list(OpenAPIV31SpecValidator(whole).iter_errors()) == []


def test_descriptions_of_several_types(ask: TestClient) -> None:
    """/conf/ogc-process-description/input-mixed-type,
    /conf/ogc-process-description/output-mixed-type: alternatives stand under ``oneOf``."""
    for id in PROCESSES:
        told = ask.get(f"/processes/{id}").json()
        for name in {"scenario", "result"} & set(told["inputs"]):
            one, other, *_ = told["inputs"][name]["schema"]["oneOf"]
            assert one["pattern"] and other["contentMediaType"] == "application/zip"
        assert not any("oneOf" in each["schema"] for each in told["outputs"].values())


# -- json, oas30 --------------------------------------------------------------------------------


def test_everything_is_json(ask: TestClient, solved: str) -> None:
    """/conf/json/definition, /conf/json/content: every document of the standard."""
    paths = ["/", "/conformance", "/processes", "/processes/solve", "/jobs", f"/jobs/{solved}"]
    for path in [*paths, f"/jobs/{solved}/results"]:
        answer = ask.get(path)
        assert answer.headers["content-type"] == "application/json" and answer.json()


def test_the_definition_is_openapi(ask: TestClient) -> None:
    """/conf/oas30/oas-definition-1, /conf/oas30/oas-definition-2: valid by the 3.0 schema."""
    document = ask.get("/ogc-openapi.json").json()
    assert document["openapi"] == "3.0.3"
    assert list(OpenAPIV30SpecValidator(document).iter_errors()) == []


def test_the_definition_is_what_is_served(ask: TestClient) -> None:
    """/conf/oas30/oas-impl, /conf/oas30/completeness: each path and method of the definition is
    answered, and each of the standard's paths is in it with its parameters."""
    paths = ask.get("/ogc-openapi.json").json()["paths"]
    served = ask.get("/openapi.json").json()["paths"]
    rename = {"{processID}": "{id}", "{jobID}": "{id}"}
    for path, operations in paths.items():
        plain = path
        for name, ours in rename.items():
            plain = plain.replace(name, ours)
        assert set(operations) <= set(served[plain]), path
        for method, operation in operations.items():
            query = {p["name"] for p in operation.get("parameters", []) if p["in"] == "query"}
            known = served[plain][method].get("parameters", [])
            assert query == {p["name"] for p in known if p["in"] == "query"}, path
    standard = {path for path in served if path.split("/")[1] in ("", "processes", "jobs")}
    assert len(standard | {"/conformance"}) == len(paths)


def test_the_definition_tells_refusals_and_the_token(ask: TestClient) -> None:
    """/conf/oas30/exceptions-codes, /conf/oas30/security: statuses that are not success, and how to
    show the token."""
    document = ask.get("/ogc-openapi.json").json()
    for operations in document["paths"].values():
        for operation in operations.values():
            assert any(code.startswith("4") for code in operation["responses"])
    scheme = document["components"]["securitySchemes"]["token"]
    assert scheme == {"type": "http", "scheme": "bearer"} and document["security"] == [
        {"token": []}
    ]
    assert ask.get("/jobs", headers={"authorization": "none"}).status_code == 401


# -- job-list, dismiss --------------------------------------------------------------------------


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[TestClient]:
    """A service whose three jobs wait for ever."""
    jobs = Jobs(tmp_path / "jobs")
    jobs.close()
    for _ in range(3):
        jobs.submit("solve", "Town", {"scenario": "x", "time_limit": 5})
    app = make_app(Service(Shelf((), tmp_path), Desks(), jobs, "en"), PORT, TOKEN)
    client = TestClient(app, base_url=f"http://127.0.0.1:{PORT}")
    client.headers["authorization"] = f"Bearer {TOKEN}"
    yield client


def test_job_list(waiting: TestClient) -> None:
    """/conf/job-list/job-list-op, /conf/job-list/job-list-success, /conf/job-list/links,
    /conf/job-list/limit-definition, /conf/job-list/limit-response,
    /conf/job-list/processID-mandatory: newest first, a page at a time, each with its process."""
    first = waiting.get("/jobs", params={"limit": 2, "status": "accepted"}).json()
    assert len(first["jobs"]) == 2
    assert all(job["processID"] == "solve" for job in first["jobs"])
    last = waiting.get(rels(first)["next"]).json()
    assert len(last["jobs"]) == 1 and "status=accepted" in rels(last)["self"]
    assert waiting.get(rels(last)["prev"]).json()["jobs"] == first["jobs"]
    assert len(waiting.get("/jobs").json()["jobs"]) == 3
    refused(waiting.get("/jobs", params={"limit": 0}), 400)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"type": "process"}, 3),
        ({"type": "other"}, 0),
        ({"processID": "solve"}, 3),
        ({"processID": "check"}, 0),
        ({"status": "accepted"}, 3),
        ({"status": "failed,successful"}, 0),
        ({"datetime": "2020-01-01T00:00:00Z/.."}, 3),
        ({"datetime": "../2020-01-01T00:00:00Z"}, 0),
        ({"minDuration": 1}, 0),
        ({"maxDuration": 1}, 0),
    ],
)
def test_job_list_is_filtered(waiting: TestClient, query: dict[str, Any], count: int) -> None:
    """/conf/job-list/type-definition, /conf/job-list/type-response,
    /conf/job-list/processID-definition, /conf/job-list/processID-response,
    /conf/job-list/status-definition, /conf/job-list/status-response,
    /conf/job-list/datetime-definition, /conf/job-list/datetime-response,
    /conf/job-list/duration-definition, /conf/job-list/duration-response: by each parameter."""
    assert len(waiting.get("/jobs", params=query).json()["jobs"]) == count


def test_dismiss(waiting: TestClient) -> None:
    """/conf/dismiss/job-dismiss-op, /conf/dismiss/job-dismiss-success: the job is told as
    dismissed; one that has ended is gone. (That its process is gone with it:
    tests/service/test_jobs.py.)"""
    id = waiting.get("/jobs").json()["jobs"][0]["jobID"]
    answer = waiting.delete(f"/jobs/{id}")
    assert (answer.status_code, answer.json()["status"]) == (200, "dismissed")
    assert waiting.get(f"/jobs/{id}").json()["status"] == "dismissed"
    assert waiting.delete(f"/jobs/{id}").status_code == 200
    refused(waiting.get(f"/jobs/{id}"), 404, OGC + "no-such-job")
    refused(waiting.delete(f"/jobs/{id}"), 404, OGC + "no-such-job")
