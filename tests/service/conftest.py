"""A small town on the shelf, and the service upon it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from siting.service.app import Service, make_app
from siting.service.desks import Desks
from siting.service.jobs import Jobs
from siting.service.shelf import Shelf

PORT, TOKEN = 8765, "a-token-of-our-own-0123456789"
SCENARIO = """\
# A town of two streets.
siting: 1
name: Town
crs: EPSG:32650
travel: {mode: euclidean}
demand: {file: people.csv, x: x, y: y, crs: EPSG:32650, groups: {all: people}}
premises: {file: sites.csv, id: id, x: x, y: y, crs: EPSG:32650, area_m2: area}
formats:
  use: [shop, clinic]   # both new
  change:
    shop: {metres: 300, tier: basic, group: all, sizes: [{name: small, area_m2: 50, cost: 100}]}
    clinic: {metres: 500, tier: basic, group: all, sizes: [{name: small, area_m2: 60, cost: 300}]}
budget: 700
"""


def town(folder: Path) -> Path:
    """The scenario's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    people = [f"{500_000 + 150 * k},{4_400_000 + 200 * (k % 3)},{10 + k}" for k in range(20)]
    (folder / "people.csv").write_text("x,y,people\n" + "\n".join(people) + "\n")
    sites = [f"S{k},{500_050 + 400 * k},{4_400_100},{100}" for k in range(7)]
    (folder / "sites.csv").write_text("id,x,y,area\n" + "\n".join(sites) + "\n")
    return folder


@pytest.fixture(scope="session")
def shelf_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the town in it."""
    folder = tmp_path_factory.mktemp("shelf")
    town(folder / "town")
    return folder


@pytest.fixture
def service(shelf_folder: Path, tmp_path: Path) -> Iterator[Service]:
    """The service's parts, its jobs ended afterwards."""
    made = Service(Shelf((shelf_folder,), tmp_path), Desks(), Jobs(tmp_path / "jobs"), "en")
    yield made
    made.jobs.close()


@pytest.fixture
def stranger(service: Service) -> TestClient:
    """Somebody without a token."""
    app = make_app(service, PORT, TOKEN)
    return TestClient(app, base_url=f"http://127.0.0.1:{PORT}", follow_redirects=False)


@pytest.fixture
def client(stranger: TestClient) -> TestClient:
    """A script that has the token."""
    stranger.headers["authorization"] = f"Bearer {TOKEN}"
    return stranger
