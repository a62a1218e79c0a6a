"""No file opens another: whatever a scenario's files say, nothing outside them is read or asked."""

from __future__ import annotations

import json
import os
import re
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import geopandas as gpd
import pytest
import yaml
from shapely import LineString, Point

import siting
from siting.cli import main
from siting.errors import InputError
from siting.scenario.document.document import read_text
from siting.scenario.document.paths import Folder
from siting.scenario.formats.catalogue import load_catalogue
from siting.scenario.layers.layer import LayerAt, read_layer
from siting.scenario.schema.layers import Layer
from siting.scenario.schema.reference import field_docs, models_of
from siting.scenario.schema.settings import Settings
from siting.walking.load import load_network
from tests.tools.town import write_town

SECRET = "a secret of this machine"


class Listener:
    """A server on this machine that counts who asks it."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.asked = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self.socket.accept()
            except OSError:
                return
            self.asked += 1
            caller.close()


@pytest.fixture
def server() -> Iterator[Listener]:
    """Asked by nobody when a test ends."""
    one = Listener()
    yield one
    one.socket.close()
    assert one.asked == 0


def _demand(data: Any, file: str) -> None:
    data["demand"] = {"file": file, "groups": {"all": "people", "elderly": "old"}}


def _network(data: Any, file: str) -> None:
    data["travel"] = {"mode": "network", "network": file}


def _edges(data: Any, file: str) -> None:
    data["travel"] = {"mode": "network", "network": {"edges": file, "nodes": "people.csv"}}


def _nodes(data: Any, file: str) -> None:
    data["travel"] = {"mode": "network", "network": {"edges": "people.csv", "nodes": file}}


def _elevation(data: Any, file: str) -> None:
    pair = {"edges": "people.csv", "nodes": "people.csv"}
    data["travel"] = {"mode": "network", "network": pair, "elevation": file}


def _gates(data: Any, file: str) -> None:
    data["travel"] |= {"compounds": [{"file": file}], "gates": [{"file": file}]}


def _mobile(data: Any, file: str) -> None:
    data["mobile_units"] = [{"name": "van", "formats": ["shop"], "stops": {"file": file}}]


KEYS: dict[str, Callable[[Any, str], None]] = {
    "demand": _demand,
    "outlets": lambda data, file: data.update(outlets=[{"file": file, "format": "kind"}]),
    "premises": lambda data, file: data.update(premises={"file": file}),
    "districts": lambda data, file: data.update(districts={"file": file, "id": "id"}),
    "travel.network": _network,
    "travel.network.edges": _edges,
    "travel.network.nodes": _nodes,
    "travel.elevation": _elevation,
    "travel.barriers": lambda data, file: data["travel"].update(barriers=[{"file": file}]),
    "travel.gates": _gates,
    "mobile_units.stops": _mobile,
    "rules.away.places": lambda data, file: data.update(
        rules={"away": [{"formats": ["shop"], "places": {"file": file}, "metres": 10}]}
    ),
    "neighbours.schools": lambda data, file: data.update(neighbours={"schools": {"file": file}}),
    "neighbours.homes": lambda data, file: data.update(neighbours={"homes": {"file": file}}),
    "water": lambda data, file: data.update(water={"file": file}),
    "outlets.kinds": lambda data, file: data.update(
        outlets=[{"file": "people.csv", "format": "id", "kinds": file}]
    ),
    "demand.join": lambda data, file: data["demand"].update(join={"file": file, "on": "id"}),
    "demand.spread": lambda data, file: data["demand"].update(spread={"over": file}),
    "formats.catalogue": lambda data, file: data["formats"].update(catalogue=file),
}
"""Every key that takes a file, and how a scenario names one there."""


def _virtual(address: str, outside: Path) -> str:
    return (
        "<OGRVRTDataSource>"
        f'<OGRVRTLayer name="a"><SrcDataSource>/vsicurl/http://{address}/a.geojson'
        f'</SrcDataSource></OGRVRTLayer><OGRVRTLayer name="b"><SrcDataSource>{outside}'
        "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    )


def _service(address: str, outside: Path) -> str:
    return f"<OGRWFSDataSource><URL>http://{address}/wfs</URL></OGRWFSDataSource>"


def _pipeline(address: str, outside: Path) -> str:
    return (
        '{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline read '
        f'http://{address}/a.geojson ! write streamed"}}'
    )


def _entity(address: str, outside: Path) -> str:
    return (
        f'<?xml version="1.0"?><!DOCTYPE graphml [<!ENTITY x SYSTEM "http://{address}/x">'
        f'<!ENTITY y SYSTEM "file://{outside}">]>'
        "<graphml><graph><node id='&x;&y;'/></graph></graphml>"
    )


def _reference(address: str, outside: Path) -> str:
    return f'{{"type": "FeatureCollection", "features": {{"$ref": "http://{address}/a"}}}}'


BAITS = (_virtual, _service, _pipeline, _entity, _reference)
ENDINGS = (
    "csv",
    "xlsx",
    "gpkg",
    "geojson",
    "json",
    "parquet",
    "shp",
    "fgb",
    "osm",
    "osm.pbf",
    "osm.gz",
    "graphml",
    "yaml",
)


def town(folder: Path) -> tuple[Path, Any]:
    """A scenario in a folder of its own, with a secret beside that folder."""
    (folder / "outside.csv").write_text(f"id,x,y\n{SECRET},0,0\n", encoding="utf-8")
    (folder / "inside").mkdir()
    file = write_town(folder / "inside")
    return file, yaml.safe_load(file.read_text(encoding="utf-8"))


def refused(file: Path, data: Any, confined: bool = False) -> str:
    """What the scenario is refused with, which tells nothing of the secret."""
    file.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        siting.load(file, confined=confined).problem()
    assert SECRET not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("key", KEYS)
def test_no_key_leads_to_a_server(tmp_path: Path, server: Listener, key: str) -> None:
    """Addresses, in every spelling a library may take for one, are refused where a file is meant;
    so is a way out of the folder."""
    file, data = town(tmp_path)
    for name in (
        f"http://{server.address}/a.csv",
        f"http:/{server.address}/a.osm",
        f"/vsicurl/http://{server.address}/a.gpkg",
        f"WFS:http://{server.address}/a",
        "../outside.csv",
    ):
        KEYS[key](data, name)
        refused(file, data)


def _layer(path: Path) -> None:
    spec, folder = Layer(file=path.name), Folder(path.parent)
    at = LayerAt(spec, read_text("{}", "s"), ("demand", 0), folder, "a", False)
    faults = read_layer(at, {}).columns.faults
    if faults:  # of a csv, any text is one
        raise InputError(faults)


READERS: dict[str, Callable[[Path], object]] = {
    "layer": _layer,
    "network": lambda path: load_network(path, "EPSG:4547"),
    "edges": lambda path: load_network({"edges": path, "nodes": path}, "EPSG:4547"),
    "catalogue": lambda path: load_catalogue(path.name, Folder(path.parent)),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("bait", BAITS)
def test_a_file_that_is_no_such_file_asks_nobody(
    tmp_path: Path, server: Listener, reader: str, bait: Callable[[str, Path], str]
) -> None:
    """What another driver would follow, behind the name of every kind of file, is refused."""
    outside = tmp_path / "outside.csv"
    outside.write_text(f"id,x,y\n{SECRET},0,0\n", encoding="utf-8")
    for ending in ENDINGS:
        path = tmp_path / f"bait.{ending}"
        path.write_text(bait(server.address, outside), encoding="utf-8")
        with pytest.raises(InputError) as caught:
            READERS[reader](path)
        assert SECRET not in str(caught.value)


COMMANDS = {
    "check": "check @",
    "solve": "solve @ --out out",
    "solve --start": "solve TOWN --start @ --out out",
    "new --people": "new --people @ --out out",
    "new --streets": "new --people PEOPLE --streets @ --out out",
    "new --outlets": "new --people PEOPLE --outlets @ --out out",
    "new --premises": "new --people PEOPLE --premises @ --out out",
    "new --boundaries": "new --people PEOPLE --boundaries @ --out out",
    "premises": "premises @ --out out.gpkg",
    "score": "score TOWN @",
    "verify": "verify @",
    "report": "report @ --out out",
    "explain": "explain @",
    "ledger": "ledger @ --out out.csv",
    "progress": "progress @ --ledger @ --quarter 2026Q3 --out out",
    "pack": "pack @ --out out.zip",
    "compare": "compare @ TOWN",
    "sweep": "sweep @ --out out",
}
"""Every argument of a command that names a file to be read, @, beside a town's own."""


@pytest.mark.slow
def test_no_argument_of_a_command_leads_to_a_server(
    tmp_path: Path, server: Listener, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """An address where a file is meant is a file that is not there."""
    file, _ = town(tmp_path)
    monkeypatch.chdir(tmp_path)
    named = {"TOWN": str(file), "PEOPLE": str(file.parent / "people.csv")}
    for line in COMMANDS.values():
        for name in (f"http://{server.address}/a.zip", f"/vsicurl/http://{server.address}/a.gpkg"):
            words = [name if word == "@" else named.get(word, word) for word in line.split()]
            assert main(words) == 2, words
            said = capsys.readouterr().err
            assert "internal error" not in said and "Traceback" not in said


@pytest.mark.slow
def test_a_bundle_of_anybody_stays_in_itself(tmp_path: Path, capsys: Any) -> None:
    """Its scenario may name what is in it, and nothing else: neither by its own words nor by the
    changes that its result tells of."""
    file, _ = town(tmp_path)
    out, packed = tmp_path / "out", tmp_path / "packed.zip"
    asked = ["solve", str(file), "--method", "greedy", "--threads", "1", "--out", str(out)]
    assert main(asked) == 0 and main(["pack", str(out), "--out", str(packed)]) == 0
    outside = str(tmp_path / "outside.csv")
    for member, before, after in (
        ("scenario/scenario.yaml", "people.csv", outside),
        ("result/result.json", '"set": {}', '"set": ' + json.dumps({"demand.file": outside})),
    ):
        other = tmp_path / f"{Path(member).stem}.zip"
        with ZipFile(packed) as old, ZipFile(other, "w") as new:
            for name in old.namelist():
                content = old.read(name)
                if name == member:
                    assert before.encode() in content
                    content = content.replace(before.encode(), after.encode())
                new.writestr(name, content)
        capsys.readouterr()
        assert main(["verify", str(other)]) == 2
        told = capsys.readouterr()
        assert "must lie in the scenario's folder" in told.err
        assert SECRET not in told.err + told.out


NAMED = re.compile(r"\b(?:files?|csv|gpkg|geojson|parquet|tif)\b")
NO_FILES = {"name", "layer", "crs", "bands", "weight", "slope"}
"""Keys whose meaning speaks of files, and which name none."""


def test_every_key_that_takes_a_file_is_tried() -> None:
    """A key that names a file, new in the schema, belongs into KEYS."""
    takes: dict[str, set[str]] = {}
    fields = {name: model.model_fields for name, model in models_of(Settings).items()}
    for name, model in models_of(Settings).items():
        docs = field_docs(model)
        takes[name] = {
            key
            for key, field in model.model_fields.items()
            if NAMED.search(docs.get(key, "")) and "str" in str(field.annotation)
        } - NO_FILES
    files = {f"{name}.{key}" for name, keys in takes.items() for key in keys}
    layers = {name for name in takes if "file" in takes[name]}
    used = {
        f"{name}.{key}"
        for name, model in models_of(Settings).items()
        for key, field in model.model_fields.items()
        if any(re.search(rf"\b{layer}\b", str(field.annotation)) for layer in layers)
    }
    assert files == {f"{layer}.file" for layer in layers} | {
        "Formats.catalogue",
        "NetworkSource.edges",
        "NetworkSource.nodes",
        "OutletLayer.kinds",
        "Spread.over",
    }
    assert used == {
        "Settings.demand",
        "Settings.outlets",
        "Settings.premises",
        "Settings.districts",
        "Travel.network",
        "Travel.barriers",
        "Travel.compounds",
        "Travel.gates",
        "MobileUnit.stops",
        "Away.places",
        "Neighbours.schools",
        "Neighbours.homes",
        "Settings.water",
        *(
            f"{layer}.join"
            for layer in layers - {"Join", "NetworkSource"}
            if "join" in fields[layer]
        ),
    }


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("how", ["link", "absolute", "folder"])
def test_a_confined_scenario_stays_in_its_folder(tmp_path: Path, key: str, how: str) -> None:
    """Neither a link nor an absolute path leads a scenario out that nobody vouches for; the same
    names are the planner's own word where somebody does."""
    file, data = town(tmp_path)
    outside = tmp_path / "outside.csv"
    name = {"link": "link.csv", "absolute": str(outside), "folder": "deep/outside.csv"}[how]
    (file.parent / "link.csv").symlink_to(outside)
    (file.parent / "deep").symlink_to(tmp_path)
    KEYS[key](data, name)
    assert "must lie in the scenario's folder" in refused(file, data, confined=True)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
@pytest.mark.parametrize("key", KEYS)
def test_only_regular_files_are_opened(tmp_path: Path, key: str) -> None:
    """A pipe would block for ever and a device may have no end: neither is opened."""
    file, data = town(tmp_path)
    for ending in ("csv", "gpkg", "osm", "yaml"):
        os.mkfifo(file.parent / f"pipe.{ending}")
        KEYS[key](data, f"pipe.{ending}")
        refused(file, data)
    (file.parent / "endless.csv").symlink_to("/dev/zero")
    KEYS[key](data, "endless.csv")
    refused(file, data)


def points(path: Path) -> None:
    """A GeoPackage with one layer of people."""
    frame = gpd.GeoDataFrame(
        {"id": ["a"], "people": [5], "old": [1]}, geometry=[Point(500000, 3780000)], crs="EPSG:4547"
    )
    frame.to_file(path, layer="people")


ENDLESS = (
    "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n where i < 0"
)
MADE_UP = {
    "virtual table": "create virtual table t using fts5(a)",
    "computed column": "create table t (a, b as (zeroblob(1000000000)))",
    "view": f"create view endless as {ENDLESS}",
}


@pytest.mark.parametrize("kind", MADE_UP)
def test_tables_that_are_computed_are_refused(tmp_path: Path, kind: str) -> None:
    """What is computed when it is read may open files, ask servers, or never end."""
    path = tmp_path / "people.gpkg"
    points(path)
    with closing(sqlite3.connect(path)) as link:
        link.execute(MADE_UP[kind])
        link.commit()
    file, data = town(tmp_path)
    path.rename(file.parent / "made-up.gpkg")
    _demand(data, "made-up.gpkg")
    assert "must" in refused(file, data)


def test_streets_behind_another_name_are_refused(tmp_path: Path) -> None:
    """A network is read by the driver of its name alone, as layers are."""
    lines = gpd.GeoDataFrame(geometry=[LineString([(0, 0), (9, 0)])], crs="EPSG:4547")
    lines.to_file(tmp_path / "streets.gpkg")
    for ending in ("geojson", "shp", "fgb", "parquet", "osm", "graphml"):
        path = tmp_path / f"streets.{ending}"
        path.write_bytes((tmp_path / "streets.gpkg").read_bytes())
        with pytest.raises(InputError, match="must"):
            load_network(path, "EPSG:4547")
