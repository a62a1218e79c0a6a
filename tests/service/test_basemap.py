"""What lies beneath the map: one host that the planner names, or a file; without it nobody."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import box
from starlette.testclient import TestClient

import siting
from siting.cli import main
from siting.demo import make_city
from siting.errors import InputError
from siting.service.app import Service, make_app
from siting.service.basemap import Basemap
from siting.service.guard import PAGE_POLICY
from siting.service.pmtiles import TileFile
from tests.service.conftest import PORT, TOKEN
from tests.tools.browser import Browser, needs_browser
from tests.tools.desk_story import serving

WMTS = (
    "http://t0.tianditu.gov.cn/vec_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=vec"
    "&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILECOL={TileCol}&TILEROW={TileRow}"
    "&TILEMATRIX={TileMatrix}&tk=KEY"
)


@pytest.mark.parametrize(
    ("address", "what", "host"),
    [
        ("https://tiles.example/{z}/{x}/{y}.png", "img-src", "https://tiles.example"),
        ("HTTP://Tiles.Example:8080/{z}/{x}/{-y}.jpg", "img-src", "http://tiles.example:8080"),
        ("http://[::1]:81/{z}/{y}/{x}", "img-src", "http://[::1]:81"),
        ("https://tiles.example/{z}/{x}/{y}.pbf?key=a", "connect-src", "https://tiles.example"),
        (WMTS, "img-src", "http://t0.tianditu.gov.cn"),
    ],
)
def test_a_host_is_let_in_for_what_it_sends_alone(address: str, what: str, host: str) -> None:
    """The policy gains that one host, in one place: nothing else of it changes. (security 4)"""
    policy = Basemap.of(address).policy(PAGE_POLICY)
    before, after = (
        dict(rule.split(" ", 1) for rule in p.split("; ")) for p in (PAGE_POLICY, policy)
    )
    assert after.pop(what) == f"{before.pop(what)} {host}"
    assert before == after


@pytest.mark.parametrize(
    "address",
    [
        "https://tiles.example/",
        "https://tiles.example/{z}/{x}.png",
        "https://{s}.tiles.example/{z}/{x}/{y}.png",
        "https://user:secret@tiles.example/{z}/{x}/{y}.png",
        "https://tiles.example;script-src/{z}/{x}/{y}.png",
        "https://tiles.example *;/{z}/{x}/{y}.png",
        "https://tiles.example:x/{z}/{x}/{y}.png",
        "https://*/{z}/{x}/{y}.png",
        "file:///etc/{z}/{x}/{y}",
        "javascript://x/{z}{x}{y}",
    ],
)
def test_what_is_no_address_of_tiles_is_refused(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line and before anything listens: nothing slips into the policy by a host's name."""
    assert main(["serve", "--no-open", "--basemap", address, "--lang", "en"]) == 2
    told = capsys.readouterr()
    assert told.err.count("\n") == 1 and "--basemap" in told.err and "{z}" in told.err
    assert not told.out


def test_without_a_basemap_nobody_else_is_asked(client: TestClient, service: Service) -> None:
    """The page may ask its own service alone, and is told of nothing beneath; with one its host
    stands in the policy of every answer. (security 4)"""
    told = client.get("/api/texts")
    assert told.json()["basemap"] is None
    assert told.headers["content-security-policy"] == PAGE_POLICY
    assert "http" not in PAGE_POLICY
    assert client.get("/api/basemap/0/0/0").status_code == 404
    service.basemap = Basemap.of("https://tiles.example/{z}/{x}/{y}.png")
    app = make_app(service, PORT, TOKEN)
    other = TestClient(app, base_url=f"http://127.0.0.1:{PORT}")
    other.headers["authorization"] = f"Bearer {TOKEN}"
    for path in ("/desk", "/api/texts", "/api/none"):
        policy = other.get(path).headers["content-security-policy"]
        assert policy.count("https://tiles.example") == 1
    assert other.get("/api/texts").json()["basemap"]["url"].startswith("https://tiles.example/")
    other.headers["host"] = "tiles.example"
    assert other.get("/desk").status_code == 400


# ---- files of tiles -----------------------------------------------------------------------------


def curve(level: int) -> list[tuple[int, int]]:
    """Column and row of each tile of a level along its Hilbert curve, drawn by its four quarters:
    the first and last turned about a diagonal, the other two as they are."""
    if level == 0:
        return [(0, 0)]
    part, half = curve(level - 1), 1 << (level - 1)
    return (
        [(y, x) for x, y in part]
        + [(x, y + half) for x, y in part]
        + [(x + half, y + half) for x, y in part]
        + [(2 * half - 1 - y, half - 1 - x) for x, y in part]
    )


def written(path: Path, levels: int, leaf: int = 50, kind: int = 2) -> Path:
    """A file with all tiles of some levels, each holding its own name, in directories below the
    root of ``leaf`` entries each."""

    def numbers(values: list[int]) -> bytes:
        made = bytearray()
        for value in values:
            left = value
            while left > 127:
                made.append(left & 127 | 128)
                left >>= 7
            made.append(left)
        return bytes(made)

    def directory(entries: list[tuple[int, int, int, int]]) -> bytes:
        ids = [entry[0] for entry in entries]
        steps = [ids[0], *np.diff(ids).tolist()]
        _, offsets, lengths, runs = zip(*entries, strict=True)
        places = [offset + 1 for offset in offsets]
        return gzip.compress(numbers([len(entries), *steps, *runs, *lengths, *places]))

    names = [f"{z}/{x}/{y}".encode() for z in range(levels) for x, y in curve(z)]
    tiles = b"".join(names)
    entries: list[tuple[int, int, int, int]] = []
    for id, name in enumerate(names):
        at = entries[-1][1] + entries[-1][2] if entries else 0
        entries.append((id, at, len(name), 1))
    leaves, roots = b"", []
    for begin in range(0, len(entries), leaf):
        made = directory(entries[begin : begin + leaf])
        roots.append((begin, len(leaves), len(made), 0))
        leaves += made
    root, meta = directory(roots), gzip.compress(b'{"attribution": "<b>ours</b> &amp;"}')
    parts, at = [root, meta, leaves, tiles], 127
    head = bytearray(b"PMTiles\x03")
    for part in parts:
        head += at.to_bytes(8, "little") + len(part).to_bytes(8, "little")
        at += len(part)
    head += bytes(24) + bytes([1, 2, 1, kind, 0, levels - 1])
    path.write_bytes(bytes(head).ljust(127, b"\0") + b"".join(parts))
    return path


def test_every_tile_of_a_file_is_found(tmp_path: Path) -> None:
    """By level, column and row, through directories; none beside them. The file's curve is drawn
    here by its quarters, not by bits."""
    file = TileFile.open(written(tmp_path / "a.pmtiles", 6))
    for z in range(6):
        for x in range(1 << z):
            for y in range(1 << z):
                assert file.tile(z, x, y) == f"{z}/{x}/{y}".encode()
    for beside in ((0, 1, 0), (3, 8, 0), (6, 0, 0), (2, -1, 0)):
        assert file.tile(*beside) is None
    assert (file.kind, file.least, file.most, file.credit) == ("image/png", 0, 5, "ours &amp;")


def test_tiles_of_gdal_lie_where_their_places_are(tmp_path: Path) -> None:
    """A file that another library wrote: at each level there is a tile where the square lies and
    none a quarter of the earth away."""
    square = gpd.GeoDataFrame(
        {"name": ["x"]}, geometry=[box(115.4, 38.9, 117.4, 40.9)], crs="EPSG:4326"
    )
    path = tmp_path / "square.pmtiles"
    square.to_file(path, driver="PMTiles", layer="water", MINZOOM=0, MAXZOOM=9)
    file = TileFile.open(path)
    assert (file.kind, file.packed) == ("application/vnd.mapbox-vector-tile", True)
    for z in range(10):
        n = 1 << z
        column = int((116.4 + 180) / 360 * n)
        row = int((1 - np.arcsinh(np.tan(np.radians(39.91))) / np.pi) / 2 * n)
        found = file.tile(z, column, row)
        assert found is not None and b"water" in gzip.decompress(found)
        if z > 1:
            assert file.tile(z, (column + n // 4) % n, row) is None


def test_damaged_files_are_told_and_grow_no_further(tmp_path: Path) -> None:
    """A file cut anywhere, or with any of its head's bytes turned, is refused or has its tiles; it
    never ends in an error of another kind."""
    whole = written(tmp_path / "a.pmtiles", 3, leaf=5).read_bytes()
    broken = tmp_path / "b.pmtiles"
    turned = [whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :] for at in range(127 + 60)]
    for raw in [whole[:at] for at in range(0, len(whole), 7)] + turned:
        broken.write_bytes(raw)
        try:
            file = TileFile.open(broken)
        except InputError as error:
            assert "PMTiles" in str(error)
            continue
        for x in range(4):
            try:
                file.tile(2, x, 1)
            except ValueError:
                continue
    with pytest.raises(InputError):
        Basemap.of(str(tmp_path / "none.pmtiles"))


def test_a_file_is_served_by_ourselves(
    client: TestClient, service: Service, tmp_path: Path
) -> None:
    """Tiles come from the service, its policy as without; where the file has none, nothing does."""
    service.basemap = Basemap.of(str(written(tmp_path / "a.pmtiles", 4)))
    assert service.basemap.policy(PAGE_POLICY) == PAGE_POLICY
    answer = client.get("/api/basemap/3/5/2")
    assert (answer.content, answer.headers["content-type"]) == (b"3/5/2", "image/png")
    assert client.get("/api/basemap/9/5/2").status_code == 204
    assert client.get("/api/basemap/99/5/2").status_code == 400
    (tmp_path / "a.pmtiles").unlink()
    assert client.get("/api/basemap/3/5/2").status_code == 404


# ---- in a browser -------------------------------------------------------------------------------


@contextmanager
def tile_server() -> Iterator[tuple[str, list[Any]]]:
    """A host of red tiles on this computer, and the headers it was asked with."""
    from io import BytesIO

    from matplotlib import image

    red, raw = np.zeros((8, 8, 3), np.uint8), BytesIO()
    red[..., 0] = 255
    image.imsave(raw, red, format="png")
    asked: list[Any] = []

    class Tiles(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, dict(self.headers)))
            self.send_response(200)
            self.send_header("content-type", "image/png")
            self.send_header("access-control-allow-origin", "*")
            self.end_headers()
            self.wfile.write(raw.getvalue())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Tiles)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


RED = """
const canvas = document.getElementById("map"), pen = canvas.getContext("2d");
return [...pen.getImageData(canvas.width >> 1, 6, 1, 1).data];
"""
"""A pixel of the map, at its upper edge."""


@pytest.mark.slow
@needs_browser[1]
def test_the_page_asks_the_named_host_for_tiles_and_tells_it_nothing(tmp_path: Path) -> None:
    """Two hosts are asked, ours and the one named, the other for tiles alone, without cookie or
    referrer, also where it is another port of this computer; the map is drawn upon them and tells
    whose they are. The same city above a file of vector shapes asks nobody but us, and shows its
    water."""
    city = make_city(300, 30, 2, out=tmp_path / "shelf" / "city", seed=4)
    sites = siting.load(city).problem().labels.site_lonlat
    assert sites is not None
    lake = tmp_path / "lake.pmtiles"
    around = box(*(sites.min(axis=0) - 0.1), *(sites.max(axis=0) + 0.1))
    gpd.GeoDataFrame({"a": [1]}, geometry=[around], crs="EPSG:4326").to_file(
        lake, driver="PMTiles", layer="water", MINZOOM=8, MAXZOOM=12
    )
    with tile_server() as (host, asked):
        for beneath in (f"http://{host}/{{z}}/{{x}}/{{y}}.png", str(lake)):
            browser = Browser(1280)
            try:
                with serving(tmp_path, "--basemap", beneath) as address:
                    ours = address.split("/")[2]
                    browser.driver.get(address)
                    browser.screen("shelf")
                    ids = (
                        "return fetch('/api/scenarios').then(a => a.json()).then(a => a.scenarios)"
                    )
                    (scenario,) = browser.driver.execute_script(ids)
                    browser.driver.execute_script(f"location.hash = '#/desk/open/{scenario['id']}'")
                    browser.until("Number(document.getElementById('map')?.dataset.tiles) > 0")
                    pixel = browser.driver.execute_script(RED)
                    assert browser.faults() == []
                    named = beneath.startswith("http")
                    assert browser.asked() == ({ours, host} if named else {ours})
                    assert pixel[0] > pixel[2] if named else pixel[2] > pixel[0]
            finally:
                browser.driver.quit()
    assert asked and all(path.endswith(".png") for path, _ in asked)
    heads = [{name.lower() for name in headers} for _, headers in asked]
    assert not any({"cookie", "referer", "authorization"} & head for head in heads)
    assert TOKEN not in json.dumps(asked)
