"""Who may ask the service, and what its answers allow a browser."""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from siting.errors import ArgumentError
from siting.service import app, serving
from siting.service.app import Service
from siting.service.desks import MOST_OPEN
from siting.service.jobs import MOST_QUEUED
from tests.service.conftest import PORT, TOKEN, town
from tests.tools.desk_story import serving as serving_at

OURS = f"http://127.0.0.1:{PORT}"
COOKIE = {"cookie": f"siting-{PORT}={TOKEN}"}


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1", "[::1]:1"])
def test_only_our_own_name_and_port_are_answered(client: TestClient, host: str) -> None:
    """A name that resolves to this computer (DNS rebinding) is refused before anything else.
    (security 1, 10)"""
    asked = host if ":" in host or host == "127.0.0.1" else f"{host}:{PORT}"
    assert client.get("/api/scenarios", headers={"host": asked}).status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_each_loopback_name_is_ours(client: TestClient, host: str) -> None:
    """All names of the loopback address are answered at our port. (security 1)"""
    answer = client.get("/api/scenarios", headers={"host": f"{host}:{PORT}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/desk", "/page/app.js", "/api/scenarios", "/jobs", "/openapi.json", "/processes"]
)
def test_nothing_is_told_without_the_token(stranger: TestClient, path: str) -> None:
    """Pages and documents too; a wrong token is none. (security 2, 9)"""
    assert stranger.get(path).status_code == 401
    wrong = {"authorization": "Bearer " + TOKEN[:-1] + "x"}
    assert stranger.get(path, headers=wrong).status_code == 401
    assert stranger.get(path, headers={"cookie": f"siting-{PORT}=no"}).status_code == 401


def test_the_first_visit_sets_a_cookie_and_cleans_the_address(stranger: TestClient) -> None:
    """The token does not stay in the address, where it could be copied or logged. (security 2)"""
    answer = stranger.get(f"/?token={TOKEN}&lang=en")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?lang=en")
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    stranger.cookies.clear()
    assert stranger.get("/?token=wrong-wrong-wrong").status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "told"),
    [
        ("GET", "/jobs/none", "没有任务“none”"),
        ("GET", "/processes/none", "没有处理“none”"),
        ("GET", "/page/none.js", "没有文件“none.js”"),
        ("POST", "/api/jobs", "内容类型须为以下之一："),
    ],
)
def test_a_refusal_is_told_in_the_language_that_is_asked_for(
    client: TestClient, method: str, path: str, told: str
) -> None:
    """By the routes and by the guard before them; what programs read is the same in each."""
    in_chinese, in_english = (
        client.request(
            method, path, headers={"accept-language": lang, "content-type": "text/plain"}
        ).json()
        for lang in ("zh-CN,en;q=0.5", "en")
    )
    assert in_chinese.pop("detail").startswith(told)
    assert in_english.pop("detail").isascii()
    assert in_chinese == in_english


def test_a_stranger_is_refused_in_their_language(stranger: TestClient) -> None:
    """Whoever shows no token is told so before any route is asked."""
    answer = stranger.get("/jobs", headers={"accept-language": "zh"})
    assert (answer.status_code, answer.json()["detail"]) == (401, "令牌缺失或有误")
    assert stranger.get("/jobs").json()["detail"] == "the token is missing or wrong"


def test_a_cookie_changes_nothing_without_our_origin_and_header(stranger: TestClient) -> None:
    """Another page's form or script is refused; ours is answered. (security 3, 10)"""
    path, ours = "/api/jobs/0000000000000000/stop", {"origin": OURS, "x-siting": "1"}
    assert stranger.post(path, headers=COOKIE).status_code == 403
    assert stranger.post(path, headers=COOKIE | {"x-siting": "1"}).status_code == 403
    assert stranger.post(path, headers=COOKIE | {"origin": OURS}).status_code == 403
    other = {"origin": "http://127.0.0.1:9999", "x-siting": "1"}
    assert stranger.post(path, headers=COOKIE | other).status_code == 403
    assert (
        stranger.get("/jobs", headers=COOKIE | {"origin": "http://evil.example"}).status_code == 403
    )
    assert stranger.post(path, headers=COOKIE | ours).status_code == 404  # admitted: no such job


def test_bodies_are_of_known_kinds_and_sizes(client: TestClient) -> None:
    """A form that any page can send is refused, so is more than a megabyte of JSON.
    (security 3, 7)"""
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/api/jobs", content=b"a=1", headers=form).status_code == 415
    assert client.post("/api/jobs", content=b"a=1", headers={"content-type": ""}).status_code == 415
    large = b'{"scenario": "' + b"a" * (1 << 20) + b'"}'
    asked = {"content-type": "application/json"}
    assert client.post("/api/jobs", content=large, headers=asked).status_code == 413

    def chunks() -> Iterator[bytes]:
        yield from (large[at : at + 5000] for at in range(0, len(large), 5000))

    assert client.post("/api/jobs", content=chunks(), headers=asked).status_code == 413


@pytest.mark.parametrize("path", ["/desk", "/api/scenarios", "/api/none", "/jobs/none"])
def test_every_answer_has_the_headers(client: TestClient, path: str) -> None:
    """Also those that refuse: no inline script, no frame of others, no sniffing, no cache.
    (security 3, 4)"""
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert not any(name.startswith("access-control") for name in headers)


def test_refusals_tell_no_path_of_the_machine(client: TestClient, tmp_path: object) -> None:
    """Names of files that are none are told as asked, never with where they would lie.
    (security 9)"""
    answer = client.get("/page/..%2Fapp.py")
    assert answer.status_code == 404
    assert str(tmp_path) not in answer.text


def test_the_port_is_of_the_loopback_address() -> None:
    """Nobody on the network finds a port to ask (security 1)"""
    listening = serving._listen(0)
    assert listening.getsockname()[0] == "127.0.0.1"
    listening.close()
    with pytest.raises(ArgumentError):
        serving._listen(70_000)


def test_a_page_writes_texts_alone() -> None:
    """No file of the page makes markup or code of a text (security 8)"""
    made = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
    )
    files = [file for file in app.PAGE.iterdir() if file.suffix in (".js", ".html")]
    assert len(files) > 5
    assert [file.name for file in files if made.search(file.read_text(encoding="utf-8"))] == []


def test_logs_tell_no_token(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither of a visit nor of a fault of ours, which tells only what was asked (security 9)"""

    def broken(_: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(app.Service, "changing", broken)
    with caplog.at_level(logging.DEBUG):
        client.get(f"/?token={TOKEN}", headers={"authorization": ""})
        answer = client.post("/api/scenarios", files={"file": ("z.zip", b"x")})
    assert answer.status_code == 500 and "a fault of ours" not in answer.text
    ours = [record for record in caplog.records if record.name.startswith(("siting", "uvicorn"))]
    assert any("/api/scenarios" in record.getMessage() for record in ours)
    assert not any(TOKEN in record.getMessage() for record in ours)


def test_what_is_kept_open_is_bounded(client: TestClient, service: Service) -> None:
    """The desk that was used longest ago gives way; a job too many is refused (security 7)"""
    (entry,) = client.get("/api/scenarios").json()["scenarios"]
    loaded = service.scenario(entry["id"])
    first, *_, last = [service.desks.open(loaded, None) for _ in range(MOST_OPEN + 1)]
    assert client.get(f"/api/desks/{first.id}").status_code == 404
    assert client.get(f"/api/desks/{last.id}").status_code == 200
    service.jobs.close()
    for _ in range(MOST_QUEUED):
        service.jobs.submit("solve", "Town", {"scenario": "x", "time_limit": 5})
    refused = client.post("/api/jobs", json={"scenario": entry["id"]})
    assert refused.status_code == 429


@pytest.mark.slow
def test_listeners_and_slow_senders_keep_nobody_waiting(tmp_path: Path) -> None:
    """A hundred who listen to a job that says nothing and a hundred whose uploads never end: others
    are answered at once (security 10)"""
    town(tmp_path / "shelf" / "town")
    with serving_at(tmp_path) as address:
        port = int(address.split(":")[2].split("/")[0])
        shown = f"Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {TOKEN}\r\n"

        def send(text: str) -> socket.socket:
            opened = socket.create_connection(("127.0.0.1", port), timeout=300)
            opened.sendall(text.encode())
            return opened

        def ask(method: str, path: str, body: str = "") -> bytes:
            head = f"{method} {path} HTTP/1.0\r\n{shown}Content-Type: application/json\r\n"
            with send(f"{head}Content-Length: {len(body)}\r\n\r\n{body}") as opened:
                return b"".join(iter(lambda: opened.recv(1 << 16), b""))

        scenario = re.findall(rb'"id":"([0-9a-f]{16})"', ask("GET", "/api/scenarios"))[0].decode()
        wish = f'{{"scenario":"{scenario}","time_limit":3600,"method":"none"}}'
        job = re.findall(rb'"id":"([0-9a-f]{16})"', ask("POST", "/api/jobs", wish))[0].decode()
        events = f"GET /api/jobs/{job}/events HTTP/1.1\r\n{shown}\r\n"
        upload = (
            f"POST /api/scenarios HTTP/1.1\r\n{shown}Content-Type: multipart/form-data; "
            "boundary=x\r\nContent-Length: 100000000\r\n\r\n--x\r\n"
        )
        crowd = [send(text) for _ in range(100) for text in (events, upload)]
        for _ in range(10):
            assert b"200 OK" in ask("GET", "/api/texts")
        for each in crowd:
            each.close()
        assert b"200 OK" in ask("GET", "/api/texts")
