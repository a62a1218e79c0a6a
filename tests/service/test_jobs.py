"""Jobs: a solve in a process of its own, its news, its end in every way, and OGC's routes."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import siting
from siting.demo import make_city
from siting.progress import Progress
from siting.service.app import Service
from siting.service.jobs import ENDED, Jobs
from siting.service.tail import Tail
from siting.service.worker import News
from tests.service.conftest import PORT, TOKEN


def until(client: TestClient, id: str, *states: str, seconds: float = 300) -> dict[str, Any]:
    """The job once it is in one of some states."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        job: dict[str, Any] = client.get(f"/api/jobs/{id}").json()
        if job["state"] in states:
            return job
        time.sleep(0.1)
    raise AssertionError(f"still {job['state']}: {client.get(f'/api/jobs/{id}/log').text}")


def _process(client: TestClient, id: str) -> int:
    """Number of a job's process, once it has begun."""
    while not (pid := client.get(f"/api/jobs/{id}").json()["pid"]):
        time.sleep(0.02)
    return int(pid)


def scenario_of(client: TestClient) -> str:
    (scenario,) = client.get("/api/scenarios").json()["scenarios"]
    return str(scenario["id"])


def test_a_job_solves_and_its_result_is_verified(
    client: TestClient, service: Service, tmp_path: Path
) -> None:
    """News are numbered and replayed after the last one seen; the result is what ``verify``
    accepts; its files have fixed names; OGC tells the same job and its plan. (security 4, 6)"""
    body = {"inputs": {"scenario": f"siting:scenarios/{scenario_of(client)}", "time_limit": 30}}
    answer = client.post(
        "/processes/solve/execution", json=body, headers={"prefer": "respond-async"}
    )
    assert answer.status_code == 201
    assert answer.headers["preference-applied"] == "respond-async"
    info = answer.json()
    id = info["jobID"]
    assert answer.headers["location"] == f"/jobs/{id}" and info["id"] == id
    assert info["type"] == "process" and info["processID"] == "solve"
    assert client.get(f"/jobs/{id}/results").status_code == 404  # not ready
    events = client.get(f"/api/jobs/{id}/events").text
    assert "event: state" in events and "event: progress" in events
    job = until(client, id, "successful")
    assert job["outcome"]["status"] == "optimal" and job["progress"] == 100
    numbers = [event["seq"] for event in service.jobs.events(id)]
    assert numbers == list(range(1, len(numbers) + 1))
    later = client.get(f"/api/jobs/{id}/events", headers={"last-event-id": str(numbers[-2])}).text
    assert later.count("event: progress") == 1
    folder = service.jobs.result_folder(id)
    result = siting.Result.load(folder)
    assert siting.verify(service.scenario(scenario_of(client)).problem(), result).ok
    status = client.get(f"/jobs/{id}").json()
    assert status["status"] == "successful"
    assert {link["rel"].rpartition("/")[2] for link in status["links"]} == {"self", "results"}
    found = client.get(f"/jobs/{id}/results").json()
    assert found["result"]["objective"] == result.objective
    assert len(found["plan"]["features"]) == len(result.plan or ())
    assert client.get(f"/api/jobs/{id}/files/result.json").json()["status"] == "optimal"
    for name in ("job.json", "..%2Fjob.json", "task.json"):
        assert client.get(f"/api/jobs/{id}/files/{name}").status_code == 404
    report = client.get(f"/api/results/{id}/report")
    assert "sandbox" in report.headers["content-security-policy"]
    again = client.post("/api/desks", json={"scenario": scenario_of(client), "result": id}).json()
    assert again["objective"] == result.objective and not again["changed"]
    assert client.delete(f"/jobs/{id}").json()["status"] == "dismissed"
    gone = client.get(f"/jobs/{id}")
    assert gone.status_code == 404 and gone.json()["type"].endswith("no-such-job")
    assert not folder.exists()


@pytest.mark.slow
def test_a_frontier_gives_plans_for_the_slider(client: TestClient) -> None:
    """Each computed point can be put on the desk; the desk then tells the point's figures. A budget
    between two of them is computed alone and stands among them."""
    scenario = scenario_of(client)
    desk = client.post("/api/desks", json={"scenario": scenario}).json()["desk"]
    job = client.post(
        "/api/jobs", json={"scenario": scenario, "process": "frontier", "time_limit": 60}
    ).json()
    until(client, job["id"], "successful")
    found = client.get(f"/api/jobs/{job['id']}/frontier").json()
    for at in (0, len(found["points"]) - 1):
        point = found["points"][at]
        answer = client.put(f"/api/desks/{desk}/budget", json={"frontier": job["id"], "point": at})
        long = int.from_bytes(answer.content[:4], "little")
        head = json.loads(answer.content[4 : 4 + long])
        assert head["objective"] == point["objective"] and head["cost"] <= point["limit"]
    wrong = {"frontier": job["id"], "point": 99}
    assert client.put(f"/api/desks/{desk}/budget", json=wrong).status_code == 404
    first, last = found["points"][0]["limit"], found["points"][-1]["limit"]
    between = next(
        n for n in range(first + 1, last) if n not in {p["limit"] for p in found["points"]}
    )
    ask = {"process": "frontier", "limits": [between], "curve": job["id"], "time_limit": 20}
    more = client.post(f"/api/desks/{desk}/solve", json=ask).json()
    until(client, more["id"], "successful")
    joined = client.get(f"/api/jobs/{more['id']}/frontier").json()
    limits = [p["limit"] for p in joined["points"]]
    assert limits == sorted([*(p["limit"] for p in found["points"]), between])
    (new,) = (p for p in joined["points"] if p["limit"] == between)
    assert new["options"] is not None and new["spent"] <= between


def test_a_dismissed_job_leaves_no_process(client: TestClient, service: Service) -> None:
    """Its process is gone when the answer comes."""
    job = client.post("/api/jobs", json={"scenario": scenario_of(client)}).json()
    pid = _process(client, job["id"])
    client.delete(f"/api/jobs/{job['id']}")
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_killed_worker_is_told(client: TestClient) -> None:
    """A job whose process dies has failed and says by what."""
    job = client.post("/api/jobs", json={"scenario": scenario_of(client)}).json()
    os.kill(_process(client, job["id"]), signal.SIGKILL)
    failed = until(client, job["id"], "failed", "successful")
    assert failed["state"] == "failed" and "signal 9" in failed["message"]
    chinese = {"Accept-Language": "zh"}
    for path in (f"/api/jobs/{job['id']}", f"/jobs/{job['id']}"):
        assert "被信号 9 终止" in client.get(path, headers=chinese).json()["message"]
    refused = client.get(f"/jobs/{job['id']}/results", headers=chinese)
    assert refused.status_code == 500 and "被信号 9 终止" in refused.json()["detail"]


def test_jobs_outlive_the_service(tmp_path: Path) -> None:
    """A new service knows the old one's jobs; one that ran when it died has failed and says so."""
    first = Jobs(tmp_path)
    first.close()
    job = first.submit("solve", "Town", {"scenario": "nowhere", "time_limit": 5})
    again = Jobs(tmp_path)
    (found,) = again.all()
    assert (found.id, found.state) == (job.id, "failed") and "service" in found.message
    assert found.told is not None and "随服务一并结束" in found.told["zh"]
    again.close()


def test_news_are_read_once_and_whole(tmp_path: Path) -> None:
    """What an unended line holds waits for its end; a line that a kill cut in two is left out, and
    the next process goes on with numbers and time."""
    file = tmp_path / "events.jsonl"
    tail = Tail(file)
    assert tail.after(0) == []
    first = News(file)
    first(Progress(0.0, "search", objective=10.0, bound=20.0, gap=1.0))
    first(Progress(0.0, "search", objective=15.0, bound=20.0, gap=0.25))
    assert [event["seq"] for event in tail.after(0)] == [1, 2]
    assert [event["seq"] for event in tail.after(1)] == [2] and tail.closed() == 0.75
    with file.open("a") as cut:
        cut.write('{"seq": 3, "t": 9')
    assert tail.after(2) == []
    News(file)(Progress(0.0, "verify"))
    (event,) = tail.after(2)
    assert (event["seq"], event["stage"]) == (3, "verify") and event["t"] >= tail.after(1)[0]["t"]


def test_only_what_has_failed_is_resumed(client: TestClient, service: Service) -> None:
    """One that waits goes on waiting; one that failed waits again, its old outcome forgotten."""
    service.jobs.close()
    job = service.jobs.submit("solve", "Town", {"scenario": "x", "time_limit": 5})
    refused = client.post(f"/api/jobs/{job.id}/resume")
    assert refused.status_code == 409 and "accepted" in refused.json()["detail"]
    again = Jobs(service.jobs.folder)
    again.close()
    assert again.get(job.id).state == "failed"
    (service.jobs.folder / job.id / "outcome.json").write_text('{"status": "optimal", "code": 0}')
    assert again.get(job.id).state == "successful"  # its process had ended well after all
    service.jobs.stop(job.id)
    assert client.get(f"/api/jobs/{job.id}").json()["state"] == "dismissed"


@pytest.mark.slow
def test_a_killed_solve_goes_on_from_its_plan(tmp_path: Path) -> None:
    """SIGKILL of the process after a plan was told, a new service, resume: it ends no worse than
    the last objective told, in the same folder, and its news go on."""
    city = make_city(1_500, 150, 3, out=tmp_path / "city", seed=2)
    queue = Jobs(tmp_path / "jobs")
    task = {"scenario": str(city.resolve()), "time_limit": 240.0, "gap": 0.1}
    id = queue.submit("solve", "City", task).id
    ends = time.monotonic() + 300
    while not any(e["objective"] for e in queue.events(id)) and time.monotonic() < ends:
        time.sleep(0.02)
    pid = queue.get(id).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while queue.get(id).state == "running":
        time.sleep(0.05)
    queue.close()
    told = [event["objective"] for event in queue.events(id) if event["objective"]]
    again = Jobs(tmp_path / "jobs")
    assert again.get(id).state == "failed"
    again.resume(id)
    while (last := again.get(id)).state not in ENDED:
        time.sleep(0.1)
    assert last.state == "successful" and last.outcome is not None, again.log(id)
    assert last.outcome["objective"] >= told[-1]
    news = again.events(id)
    assert [event["seq"] for event in news] == list(range(1, len(news) + 1))
    assert any("going on from a plan" in (event["note"] or "") for event in news)
    problem = siting.load(city).problem()
    assert siting.verify(problem, siting.Result.load(again.result_folder(id))).ok
    assert not (tmp_path / "jobs" / id / "result.partial").exists()
    again.close()


def test_a_disk_that_takes_nothing_is_told(
    client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """507 with the system's words, for a job as for an upload; no half of either stays."""
    full = OSError(errno.ENOSPC, "No space left on device")
    id = scenario_of(client)

    def refuse(*_: Any, **__: Any) -> None:
        raise full

    monkeypatch.setattr(Path, "mkdir", refuse)
    answers = [
        client.post("/api/jobs", json={"scenario": id}),
        client.post("/api/scenarios", files={"file": ("z.zip", b"x")}),
    ]
    monkeypatch.undo()
    for answer in answers:
        assert answer.status_code == 507 and "No space left" in answer.json()["detail"]
    assert client.get("/api/jobs").json() == []


def test_limits_and_unknown_inputs_are_refused(client: TestClient) -> None:
    """Time, processes, inputs, references: 400 or 404 with what is known, never a job.
    (security 7)"""
    id = scenario_of(client)
    given = f"siting:scenarios/{id}"
    execute = "/processes/solve/execution"
    assert client.post("/api/jobs", json={"scenario": id, "time_limit": 4000}).status_code == 400
    assert client.post("/api/jobs", json={"scenario": "0" * 16}).status_code == 404
    for inputs in (
        {},
        {"scenario": given, "colour": "red"},
        {"scenario": "http://127.0.0.1:1/x.zip"},
        {"scenario": {"href": "http://127.0.0.1:1/x.zip"}},
        {"scenario": given, "time_limit": "soon"},
        {"scenario": given, "set": ["budget"]},
    ):
        assert client.post(execute, json={"inputs": inputs}).status_code == 400, inputs
    body = {"inputs": {"scenario": given}, "subscriber": {"successUri": "http://127.0.0.1:1"}}
    assert client.post(execute, json=body).status_code == 400
    unknown = client.post("/processes/none/execution", json={"inputs": {}})
    assert unknown.status_code == 404 and unknown.json()["type"].endswith("no-such-process")
    assert client.get("/jobs").json()["jobs"] == []
    bad = client.post(execute, json={"inputs": {"scenario": given, "set": {"budgets": 3}}})
    assert bad.status_code == 400 and bad.json()["faults"][0]["key"] == "budgets"


@pytest.mark.slow
def test_ten_thousand_readers_come_and_go(service: Service, stranger: TestClient) -> None:
    """A page that loses its connection again and again is answered from where it left off, each
    time as fast as the first time, and nothing is left behind: no thread, no reader.
    (security 10)"""
    service.jobs.close()
    job = service.jobs.submit("solve", "Town", {"scenario": "x", "time_limit": 5})
    events = service.jobs.folder / job.id / "events.jsonl"
    line = {"stage": "search", "objective": 1, "bound": 2, "gap": 1, "note": "", "told": None}
    events.write_text("".join(json.dumps({"seq": k, "t": k, **line}) + "\n" for k in range(1, 201)))
    asked = {
        "type": "http",
        "method": "GET",
        "path": f"/api/jobs/{job.id}/events",
        "raw_path": f"/api/jobs/{job.id}/events".encode(),
        "query_string": b"",
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", PORT),
        "headers": [
            (b"host", f"127.0.0.1:{PORT}".encode()),
            (b"authorization", f"Bearer {TOKEN}".encode()),
            (b"last-event-id", b"199"),
        ],
    }

    async def once() -> bytes:
        """One reader, who leaves at the first words."""
        heard, told = bytearray(), asyncio.Event()

        async def receive() -> dict[str, Any]:
            await told.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            heard.extend(message.get("body", b""))
            if heard:
                told.set()

        await stranger.app(dict(asked), receive, send)
        return bytes(heard)

    async def many() -> list[float]:
        took = []
        for _ in range(100):
            begun = time.perf_counter()
            answers = await asyncio.gather(*(once() for _ in range(100)))
            took.append(time.perf_counter() - begun)
            assert all(each.count(b"event: progress") == 1 for each in answers)
            assert all(b"id: 200\n" in each for each in answers)
        assert len(asyncio.all_tasks()) == 1
        return took

    threads = threading.active_count()
    took = asyncio.run(many())
    assert min(took[-20:]) < 3 * sorted(took[:20])[10]
    assert threading.active_count() <= threads + 45  # at most the server's pool, for any number
