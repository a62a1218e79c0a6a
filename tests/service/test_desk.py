"""The desk over HTTP tells what the judge tells, whatever is done in whatever order."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

import httpx2 as httpx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

import siting
from siting.service.app import Service
from siting.service.desks import Desk, masks
from siting.service.studies import replanned
from siting.service.worker import News
from tests.service.conftest import town
from tests.tools.walled_town import Town


def read(answer: httpx.Response) -> tuple[dict[str, Any], dict[str, Any]]:
    """Head and arrays of a binary answer, as the page reads them."""
    raw = answer.content
    long = int(np.frombuffer(raw[:4], "<u4")[0])
    head, at, found = json.loads(raw[4 : 4 + long]), 4 + long, {}
    for name, dtype, shape in json.loads(answer.headers["x-layout"]):
        count = int(np.prod(shape))
        found[name] = np.frombuffer(raw, np.dtype(dtype).newbyteorder("<"), count, at).reshape(
            shape
        )
        at += -(-count * np.dtype(dtype).itemsize // 4) * 4
    return head, found


@pytest.fixture
def desk(client: TestClient) -> dict[str, Any]:
    """The town, opened."""
    (scenario,) = client.get("/api/scenarios").json()["scenarios"]
    answer = client.post("/api/desks", json={"scenario": scenario["id"]})
    assert answer.status_code == 201
    opened: dict[str, Any] = answer.json()
    return opened


def test_a_change_tells_what_evaluate_tells(
    client: TestClient, service: Service, desk: dict[str, Any]
) -> None:
    """Objective, money and reach after a change, and undo brings everything back."""
    base = f"/api/desks/{desk['desk']}"
    _, before = read(client.get(f"{base}/points"))
    step = {"revision": 0, "do": [{"add": {"site": "S2", "format": "shop"}}]}
    head, found = read(client.post(f"{base}/changes", json=step))
    assert (head["revision"], head["cost"], head["changed"]) == (1, 100, True)
    judged = client.get(f"{base}/check").json()
    assert judged["objective"] == head["objective"] > 0
    _, after = read(client.get(f"{base}/points"))
    differ = np.flatnonzero((after["masks"] != before["masks"]).any(axis=1))
    assert np.isin(differ, found["points"]).all()
    assert (after["masks"][found["points"]] == found["masks"]).all()
    people = service.desks.get(desk["desk"]).persons
    assert head["objective"] == people[(after["masks"][:, 0] & 1) > 0].sum()
    head, _ = read(client.post(f"{base}/undo"))
    _, again = read(client.get(f"{base}/points"))
    assert head["objective"] == 0 and (again["masks"] == before["masks"]).all()
    head, _ = read(client.post(f"{base}/redo"))
    assert head["cost"] == 100


def test_an_old_revision_is_refused_and_a_wrong_step_undone(
    client: TestClient, desk: dict[str, Any]
) -> None:
    """409 for who has not seen the last change; of several steps all are made or none.
    (security 7)"""
    path = f"/api/desks/{desk['desk']}/changes"
    first = {"add": {"site": "S1", "format": "shop"}}
    assert client.post(path, json={"revision": 0, "do": [first]}).status_code == 200
    assert client.post(path, json={"revision": 0, "do": [first]}).status_code == 409
    steps = [{"add": {"site": "S2", "format": "shop"}}, {"add": {"site": "none", "format": "shop"}}]
    answer = client.post(path, json={"revision": 1, "do": steps})
    assert answer.status_code == 400 and "none" in answer.json()["detail"]
    asked = {"Accept-Language": "zh-CN,en;q=0.5"}
    answer = client.post(path, json={"revision": 1, "do": steps}, headers=asked)
    assert answer.json()["detail"] == "site 须为问题中已有的；现为“none”"
    assert client.get(f"/api/desks/{desk['desk']}").json()["cost"] == 100
    wrong: dict[str, Any]
    for wrong in ({"open": {}}, {"add": {"nothing": 1}}, {"toggle": "x"}, {"toggle": -1}, {}):
        assert client.post(path, json={"revision": 1, "do": [wrong]}).status_code == 400
    assert client.post(path, json={"revision": 1, "do": []}).status_code == 400
    late = client.post(path, json={"revision": 0, "do": [first]}, headers=asked)
    assert late.json()["detail"] == "方案现为第 1 版；请求针对第 0 版"
    for wrong, told in (
        ({}, "更改须为 add、close、move、toggle 之一"),
        ({"open": {}}, "更改须为 add、close、move、toggle 之一；现为“open”"),
        ({"move": {"site": "S1"}}, "move 的参数为 site、to、format、size；现为 site"),
        ({"close": {}}, "close 的参数为 site、format、size、phase、action；现为空"),
    ):
        answer = client.post(path, json={"revision": 1, "do": [wrong]}, headers=asked)
        assert answer.json()["detail"] == told


def test_what_blocks_is_told_with_its_figures(client: TestClient, desk: dict[str, Any]) -> None:
    """Money and floor: limit, used, asked and what is short; illegal steps are drawn and told."""
    base = f"/api/desks/{desk['desk']}"
    steps = [{"add": {"site": f"S{k}", "format": "clinic"}} for k in (1, 4)]
    read(client.post(f"{base}/changes", json={"revision": 0, "do": steps}))
    row, *_ = client.get(f"{base}/blocks", params={"site": "S1", "format": "shop"}).json()[
        "options"
    ]
    (floor,) = [block for block in row["blocks"] if block["kind"] == "floor"]
    assert (floor["used"], floor["asked"], floor["limit"], floor["short"]) == (60, 50, 100, 10)
    row, *_ = client.get(f"{base}/blocks", params={"site": "S6", "format": "clinic"}).json()[
        "options"
    ]
    (money,) = [block for block in row["blocks"] if block["unit"] == "money"]
    assert (money["used"], money["asked"], money["limit"], money["short"]) == (600, 300, 700, 200)
    more = {"revision": 1, "do": [{"add": {"site": "S6", "format": "clinic"}}]}
    head, _ = read(client.post(f"{base}/changes", json=more))
    assert [v["short"] for v in head["violations"]] == [200]
    assert head["distance"] is None


def test_a_place_tells_its_nearest_outlets(client: TestClient, desk: dict[str, Any]) -> None:
    """Metres and the outlet, within reach or not."""
    base = f"/api/desks/{desk['desk']}"
    step = {"revision": 0, "do": [{"add": {"site": "S0", "format": "shop"}}]}
    client.post(f"{base}/changes", json=step)
    shop, clinic = client.get(f"{base}/people/0").json()["nearest"]
    assert (shop["outlet"], shop["in_reach"], shop["metres"]) == ("S0", True, 111.8)
    nothing = {"in_reach": False, "outlet": None, "metres": None, "minutes": None}
    assert clinic == {"format": 1, **nothing}
    assert shop["minutes"] is None  # asked for in metres
    assert client.get(f"{base}/people/0").json()["street_m"] is None  # nobody walks on streets
    assert client.get(f"{base}/people/999").status_code == 404


def test_the_plan_is_read_by_score(
    client: TestClient, desk: dict[str, Any], tmp_path: Path
) -> None:
    """plan.csv of the desk is judged alike by ``siting.score``."""
    base = f"/api/desks/{desk['desk']}"
    step = {"revision": 0, "do": [{"add": {"site": "S3", "format": "shop"}}]}
    head, _ = read(client.post(f"{base}/changes", json=step))
    text = client.get(f"{base}/plan.csv").text
    assert next(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))["site"] == "S3"
    (tmp_path / "plan.csv").write_text(text, encoding="utf-8")
    problem = siting.load(town(tmp_path / "town")).problem()
    scored = siting.score(problem, tmp_path / "plan.csv")
    assert scored.objective == head["objective"]
    told = scored.table.set_index(["format", "group"])["after"]
    assert told["shop", "all"] == head["coverage"]["shop"]["all"]


def test_a_variant_keeps_the_comments(client: TestClient, service: Service, tmp_path: Path) -> None:
    """The file gets the plan as a variant that requires its outlets, and loses no comment."""
    folder = town(tmp_path / "own")
    desk = service.desks.open(siting.load(folder), None)
    desk.change(0, [{"add": {"site": "S3", "format": "shop"}}])
    answer = client.post(f"/api/desks/{desk.id}/variant", json={"name": "by hand"})
    assert answer.status_code == 201
    text = (folder / "scenario.yaml").read_text(encoding="utf-8")
    assert "# A town of two streets." in text and "# both new" in text
    result = siting.solve(siting.load(folder, "by hand").problem(), time_limit=20)
    assert result.plan is not None
    assert ("S3", "shop") in set(
        zip(result.plan.table["site"], result.plan.table["format"], strict=True)
    )
    path, wish = f"/api/desks/{desk.id}/variant", {"name": "by hand"}
    assert client.post(path, json=wish).status_code == 409  # somebody may have written that by hand
    assert (folder / "scenario.yaml").read_text(encoding="utf-8") == text
    assert client.post(path, json={**wish, "again": True}).status_code == 201
    service.read_only = True
    assert client.post(f"/api/desks/{desk.id}/variant", json={"name": "b"}).status_code == 403


def test_the_engine_goes_on_with_what_is_locked_and_forbidden(
    client: TestClient, service: Service, desk: dict[str, Any], tmp_path: Path
) -> None:
    """From the plan on the desk: what is locked stays, what is forbidden stays closed, and no more
    outlets differ than were asked for. (In this process; jobs are tested by themselves.)"""
    base = f"/api/desks/{desk['desk']}"
    steps = [{"add": {"site": f"S{k}", "format": "shop"}} for k in (0, 6)]
    client.post(f"{base}/changes", json={"revision": 0, "do": steps})
    service.jobs.close()
    wish = {"process": "replan", "lock": ["S0/shop"], "forbid": ["S3"], "changes": 2}
    job = client.post(f"{base}/solve", json={**wish, "time_limit": 20})
    assert job.status_code == 201, job.text
    task = service.jobs.task(job.json()["id"])
    news = News(tmp_path / "events.jsonl")
    problem = service.desks.get(desk["desk"]).problem
    scenario = service.desks.get(desk["desk"]).scenario
    result = replanned(task, problem, scenario, news, Event())
    assert result.plan is not None
    opened = set(zip(result.plan.table["site"], result.plan.table["format"], strict=True))
    assert ("S0", "shop") in opened and "S3" not in {site for site, _ in opened}
    assert len(opened ^ {("S0", "shop"), ("S6", "shop")}) <= 2
    for wrong in ({"changes": -1}, {"lock": [""]}, {"lock": "S0"}, {"forbid": [7]}):
        assert client.post(f"{base}/solve", json={**wish, **wrong}).status_code == 400


@given(
    st.lists(
        st.tuples(st.sampled_from(["toggle", "undo", "redo"]), st.integers(0, 13)), max_size=12
    )
)
def test_masks_follow_any_steps(steps: list[tuple[str, int]]) -> None:
    """After any steps the masks of touched points, put over the old, are those of the plan."""
    with TemporaryDirectory() as folder:
        scenario = siting.load(town(Path(folder)))
        desk = Desk(scenario, scenario.problem())
    now = desk.masks_at()
    for name, option in steps:
        revision = desk.revision
        touched = (
            desk.change(revision, [{"toggle": option}])
            if name == "toggle"
            else desk.undo()
            if name == "undo"
            else desk.redo()
        )
        now[touched] = desk.masks_at(touched)
    assert (now == desk.masks_at()).all()
    fresh = siting.WhatIf(desk.problem, desk.what_if.options)
    assert (now == masks(fresh.formats_at())).all()
    desk.check()


def test_whom_a_site_would_serve_is_whom_it_serves(
    client: TestClient, desk: dict[str, Any]
) -> None:
    """The halo of a premises is everybody within the standard of what may open there: of one
    format, those whose reach changes when it opens; of all, all of these. Once the plan was left,
    the stored one lies there again."""
    base = f"/api/desks/{desk['desk']}"
    masks = read(client.get(f"{base}/points"))[1]["masks"][:, 0]
    assert not masks.any()
    for site in range(7):
        together: set[int] = set()
        for f, format_ in enumerate(("shop", "clinic")):
            step = {"add": {"site": f"S{site}", "format": format_}}
            at = client.get(base).json()["revision"]
            client.post(f"{base}/changes", json={"revision": at, "do": [step]})
            now = read(client.get(f"{base}/points"))[1]["masks"][:, 0]
            _, halo = read(client.get(f"{base}/sites/{site}/reach", params={"format": f}))
            assert np.flatnonzero(now & (1 << f)).tolist() == halo["points"].tolist()
            together |= set(halo["points"].tolist())
            head, again = read(client.post(f"{base}/reset"))
            assert not again["masks"].any() and (head["cost"], head["changed"]) == (0, False)
        _, halo = read(client.get(f"{base}/sites/{site}/reach"))
        assert set(halo["points"].tolist()) == together
    assert client.get(f"{base}/sites/7/reach").status_code == 404


def test_a_place_tells_its_street_and_its_minutes(service: Service, tmp_path: Path) -> None:
    """Metres to the nearest street are those that every walk begins with, and none within a wall,
    whose people leave by a gate; minutes are metres at the pace of whom the format is for. Around
    the streets lie the compounds and their gates."""
    homes = [(30, 30, 50), (260, 40, 70), (0, 390, 5)]
    world = Town([(20, 20, 160, 160)], [(0, 0.1)], homes, [], "network").write(tmp_path)
    world.scenario["formats"]["change"]["wet_market"] = {"minutes": 7}
    scenario = world.load()
    desk = service.desks.open(scenario, None)
    assert desk.point(0)["street_m"] is None and desk.point(1)["street_m"] == 40.0
    assert len(desk.ground["walls"]["id"]) == 1
    problem, travel = desk.problem, scenario.settings.travel
    assert travel is not None
    pace = travel.speed_m_per_s["default"]
    told_in_minutes = 0
    for option in range(problem.n_options):
        desk.what_if.toggle(option)
        told = desk.point(1)["nearest"]
        desk.what_if.undo()
        for row in told:
            entry = scenario.standards.formats[problem.labels.formats[row["format"]]]
            if row["metres"] is not None and entry.minutes is not None:
                assert row["minutes"] == pytest.approx(row["metres"] / 60 / pace, abs=0.06)
                told_in_minutes += 1
    assert told_in_minutes
