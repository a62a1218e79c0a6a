"""One small town in every kind of file that the program reads, each with what may be run on it.

A *sample* is a folder with one scenario, whose layers, network or tables are of one kind, or with
what the program itself stored and reads again (result folder, bundle, checkpoint, ledger, plan).
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import LineString, Point, box

from siting.cli import main as siting
from tests.tools.tiffs import write_tif
from tests.tools.town import SCENARIO, write_town

LAYERS = ("people", "premises", "outlets")
POINTS = {
    "geojson": "GeoJSON",
    "gpkg": "GPKG",
    "shp": "ESRI Shapefile",
    "fgb": "FlatGeobuf",
    "gdb": "OpenFileGDB",
    "gdb.zip": "OpenFileGDB",
    "kml": "",
    "parquet": "",
}
"""Ending of files with geometries: driver, where one is asked for by name."""
STREET = [(500000.0 + 100 * k, 3780000.0 + (k % 2)) for k in range(20)]
"""Corners of the town's one street, metres."""


@dataclass(frozen=True)
class Sample:
    """How a folder is written, which of its files are mutated, and what is run on it."""

    write: Callable[[Path], None]
    victims: str
    """Pattern of the mutated files below the folder."""
    commands: tuple[tuple[str, ...], ...]
    """Command lines; ``@`` begins a path below the folder."""
    codes: tuple[int, ...] = (0, 2)
    """Exit codes that say what happened: a plan, bad input."""


SOLVE = ("solve", "@scenario.yaml", "--threads", "1", "--out", "@out", "--force", "--method")
TEN = ("--time-limit", "10")
"""Of a search that goes on for as long as it may, seconds."""
PLANNED = (0, 2, 3, 4)
"""A mutated scenario may also have no plan (3), or the greedy finds none (4)."""


def _scenario(kind: str, victims: str = "*") -> Sample:
    return Sample(
        lambda folder: _town(folder, kind),
        victims,
        (
            ("check", "@scenario.yaml"),
            (*SOLVE, "greedy"),
            (*SOLVE, "greedy"),
            (*SOLVE, "city", *TEN),
        ),
        PLANNED,
    )


def _town(folder: Path, kind: str) -> None:
    """The town with its layers, its network or a side table of one kind."""
    file = write_town(folder)
    if kind in POINTS:
        text = _points(folder, kind)
    elif kind in TABLES:
        text = TABLES[kind](folder)
    else:
        text = NETWORKS[kind](folder)
    file.write_text(text, encoding="utf-8")


def _points(folder: Path, kind: str) -> str:
    for name in LAYERS:
        table = pd.read_csv(folder / f"{name}.csv", dtype={"id": str})
        places = gpd.GeoDataFrame(
            table, geometry=gpd.points_from_xy(table["x"], table["y"]), crs="EPSG:4547"
        ).drop(columns=["x", "y"])
        path = folder / f"{name}.{kind.removesuffix('.zip')}"
        if kind == "parquet":
            places.to_parquet(path, compression=None)
        elif kind == "kml":
            path.write_text(_marks(places.to_crs("EPSG:4326")), encoding="utf-8")
        else:
            there = places.to_crs("EPSG:4326") if kind == "geojson" else places
            there.to_file(path, driver=POINTS[kind], engine="pyogrio")
        if kind == "gdb.zip":
            shutil.make_archive(str(path), "zip", folder, path.name)
            shutil.rmtree(path)
        (folder / f"{name}.csv").unlink()
    text = re.sub(r"\n  x: x\n  y: y\n  crs: EPSG:4547", "", SCENARIO)
    text = text.replace("x: x, y: y, crs: EPSG:4547, ", "").replace(".csv", f".{kind}")
    return text.replace("id: id", "id: Name") if kind == "kml" else text


def _marks(places: gpd.GeoDataFrame) -> str:
    def mark(row: dict[str, object]) -> str:
        point = row["geometry"]
        assert isinstance(point, Point)
        values = "".join(
            f"<Data name='{key}'><value>{value}</value></Data>"
            for key, value in row.items()
            if key not in ("id", "geometry")
        )
        place = f"<Point><coordinates>{point.x},{point.y}</coordinates></Point>"
        data = f"<ExtendedData>{values}</ExtendedData>"
        return f"<Placemark><name>{row['id']}</name>{data}{place}</Placemark>"

    head = '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">'
    marks = "".join(mark(row) for row in places.to_dict("records"))
    return f"{head}<Document><name>d</name>{marks}</Document></kml>"


def _gb18030(folder: Path) -> str:
    for name in LAYERS:
        file = folder / f"{name}.csv"
        text = file.read_text("utf-8").replace("east", "东区").replace("west", "西区")
        file.write_text(text, encoding="gb18030")
    return SCENARIO.replace("east", "东区").replace("west", "西区")


def _xlsx(folder: Path) -> str:
    for name in LAYERS:
        table = pd.read_csv(folder / f"{name}.csv", dtype={"id": str})
        table.to_excel(folder / f"{name}.xlsx", index=False)
        (folder / f"{name}.csv").unlink()
    return SCENARIO.replace(".csv", ".xlsx")


def _tif(folder: Path) -> str:
    """People as the cells of a raster."""
    cells = np.stack([100.0 + 10 * np.arange(10), 20.0 + np.arange(10)])[:, None, :]
    write_tif(folder / "people.tif", cells, 499900, 3780100, 200, 4547)
    (folder / "people.csv").unlink()
    demand = "demand: {file: people.tif, bands: {all: 1, elderly: 2}}\n"
    return re.sub(r"demand:\n.*?(?=outlets:)", demand, SCENARIO, flags=re.S)


def _side(folder: Path) -> str:
    """Tables beside the layers: a join, a list of kinds, a catalogue, places to spread over."""
    (folder / "more.csv").write_text("id,rooms\n" + "".join(f"p{i},{i}\n" for i in range(10)))
    (folder / "kinds.csv").write_text("value,format\nshop,shop\nkiosk*,shop\n")
    houses = [box(500190 + 200 * i, 3779990, 500200 + 200 * i, 3780000) for i in range(10)]
    gpd.GeoDataFrame({"beds": range(10)}, geometry=houses, crs="EPSG:4547").to_file(
        folder / "houses.geojson"
    )
    people = pd.read_csv(folder / "people.csv")
    squares = [box(x - 90, y - 90, x + 90, y + 90) for x, y in zip(people.x, people.y, strict=True)]
    gpd.GeoDataFrame(people.drop(columns=["x", "y"]), geometry=squares, crs="EPSG:4547").to_file(
        folder / "people.gpkg"
    )
    (folder / "people.csv").unlink()
    return (
        SCENARIO.replace("  x: x\n  y: y\n  crs: EPSG:4547\n  groups", "  groups", 1)
        .replace("people.csv", "people.gpkg")
        .replace("  district: district\noutlets", _SPREAD + "outlets", 1)
        .replace("format: kind", "format: kind, kinds: kinds.csv")
    )


_SPREAD = """\
  district: district
  join: {file: more.csv, on: id}
  spread: {over: houses.geojson}
"""


def _edges(folder: Path, ending: str) -> str:
    nodes = pd.DataFrame(
        {"node": range(20), "x": [x for x, _ in STREET], "y": [y for _, y in STREET]}
    )
    edges = pd.DataFrame({"u": range(19), "v": range(1, 20), "length_m": [100.1] * 19})
    for name, table in (("nodes", nodes), ("edges", edges)):
        if ending == "csv":
            table.to_csv(folder / f"{name}.csv", index=False)
        else:
            table.to_parquet(folder / f"{name}.parquet", compression=None)
    return _walked(f"{{edges: edges.{ending}, nodes: nodes.{ending}}}")


def _walked(network: str) -> str:
    travel = f"travel: {{mode: network, network: {network}, speed_m_per_s: 1.2}}"
    return SCENARIO.replace("travel: {mode: euclidean, detour: 1.0}", travel)


def _degrees() -> list[tuple[float, float]]:
    spots = gpd.GeoSeries([Point(xy) for xy in STREET], crs="EPSG:4547").to_crs("EPSG:4326")
    return [(round(p.x, 7), round(p.y, 7)) for p in spots]


def _osm(folder: Path, name: str = "walk.osm") -> str:
    nodes = "".join(
        f'<node id="{k + 1}" lat="{y}" lon="{x}" version="1"/>'
        for k, (x, y) in enumerate(_degrees())
    )
    refs = "".join(f'<nd ref="{k + 1}"/>' for k in range(len(STREET)))
    tag = '<tag k="highway" v="footway"/>'
    text = f'<osm version="0.6">{nodes}<way id="1" version="1">{refs}{tag}</way></osm>'
    (folder / name).write_text(text, encoding="utf-8")
    return _walked(name)


def _pbf(folder: Path) -> str:
    import osmium

    _osm(folder, "plain.osm")
    with osmium.SimpleWriter(osmium.io.File(str(folder / "walk.osm.pbf"), "pbf")) as to:
        for thing in osmium.FileProcessor(str(folder / "plain.osm")):
            to.add(thing)
    (folder / "plain.osm").unlink()
    return _walked("walk.osm.pbf")


def _graphml(folder: Path) -> str:
    keys = "".join(
        f'<key id="{k}" for="{f}" attr.name="{k}" attr.type="string"/>'
        for k, f in (("x", "node"), ("y", "node"), ("length", "edge"), ("crs", "graph"))
    )
    nodes = "".join(
        f'<node id="{k}"><data key="x">{x}</data><data key="y">{y}</data></node>'
        for k, (x, y) in enumerate(_degrees())
    )
    edges = "".join(
        f'<edge source="{k}" target="{k + 1}"><data key="length">100.1</data></edge>'
        for k in range(len(STREET) - 1)
    )
    head = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    crs = '<data key="crs">EPSG:4326</data>'
    text = f'{head}{keys}<graph edgedefault="directed">{crs}{nodes}{edges}</graph></graphml>'
    (folder / "walk.graphml").write_text(text, encoding="utf-8")
    return _walked("walk.graphml")


def _lines(folder: Path) -> str:
    """Streets as a layer of lines, walls with gates around a compound, and a barrier."""
    lines = [LineString(STREET[k : k + 2]) for k in range(len(STREET) - 1)]
    layers = {
        "walk": gpd.GeoDataFrame(geometry=lines, crs="EPSG:4547"),
        "walls": gpd.GeoDataFrame(
            {"id": ["c1"]}, geometry=[box(500150, 3779950, 500450, 3780050)], crs="EPSG:4547"
        ),
        "gates": gpd.GeoDataFrame(
            {"compound": ["c1"]}, geometry=[Point(500150, 3780000)], crs="EPSG:4547"
        ),
        "rails": gpd.GeoDataFrame(
            geometry=[LineString([(501650, 3779900), (501650, 3780100)])], crs="EPSG:4547"
        ),
    }
    for name, layer in layers.items():
        layer.to_file(folder / f"{name}.gpkg")
    walls = "compounds: {file: walls.gpkg, id: id}, gates: {file: gates.gpkg, compound: compound}"
    return _walked(f"walk.gpkg, {walls}, barriers: {{file: rails.gpkg}}")


TABLES: dict[str, Callable[[Path], str]] = {
    "csv": lambda folder: SCENARIO,
    "gb18030": _gb18030,
    "xlsx": _xlsx,
    "tif": _tif,
    "side": _side,
}
NETWORKS: dict[str, Callable[[Path], str]] = {
    "graphml": _graphml,
    "osm": _osm,
    "pbf": _pbf,
    "lines": _lines,
    "edges": lambda folder: _edges(folder, "csv"),
    "edges.parquet": lambda folder: _edges(folder, "parquet"),
}


def run(folder: Path, command: tuple[str, ...]) -> tuple[int, str, str]:
    """Run a command line in this process; exit code, output, errors."""
    given = [str(folder / word[1:]) if word.startswith("@") else word for word in command]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = siting(given)
    return code, out.getvalue(), err.getvalue()


def _stored(folder: Path) -> None:
    """A result beside its scenario, and all that is made of one and read again."""
    write_town(folder)
    for command in (
        ("solve", "@scenario.yaml", "--method", "highs", "--out", "@r"),
        ("pack", "@r", "--out", "@r.zip"),
        ("ledger", "@r", "--out", "@ledger.csv"),
        ("ledger", "@r", "--out", "@ledger.xlsx"),
    ):
        code, _, err = run(folder, command)
        assert code == 0, err
    record = json.loads((folder / "r" / "result.json").read_text("utf-8"))
    plan = "".join(f"{row['site']},{row['format']},{row['size']}\n" for row in record["plan"])
    (folder / "plan.csv").write_text("site,format,size\n" + plan, encoding="utf-8")
    (folder / "out.partial").mkdir()
    rows = [{**row, "phase": row["phase"] or ""} for row in record["plan"]]
    told = {"inputs": record["inputs"], "plan": rows, "tier": None, "seconds": 1.0, "bound": None}
    (folder / "out.partial" / "incumbent.json").write_text(
        json.dumps({**told, "objective": record["objective"]}), encoding="utf-8"
    )


def _of_result(victims: str, *commands: tuple[str, ...]) -> Sample:
    return Sample(_stored, victims, commands, (0, 1, 2))


SAMPLES: dict[str, Sample] = {
    **{kind: _scenario(kind) for kind in (*POINTS, *TABLES, *NETWORKS)},
    "scenario": _scenario("csv", "scenario.yaml"),
    "result": _of_result(
        "r/*",
        ("verify", "@r", "--sample", "2"),
        ("report", "@r", "--format", "html"),
        ("explain", "@r"),
        ("kpis", "@r"),
        (*SOLVE, "greedy", "--start", "@r"),
    ),
    "bundle": _of_result("r.zip", ("verify", "@r.zip", "--sample", "0")),
    "checkpoint": _of_result("out.partial/*", (*SOLVE, "greedy", "--resume")),
    "plan": _of_result("plan.csv", ("score", "@scenario.yaml", "@plan.csv")),
    "ledger": _of_result(
        "ledger.*",
        ("ledger", "@r", "--out", "@ledger.csv"),
        ("ledger", "@r", "--out", "@ledger.xlsx"),
        (
            "progress",
            "@r",
            "--ledger",
            "@ledger.csv",
            "--quarter",
            "2026Q3",
            "--format",
            "html",
            "--out",
            "@q",
            "--today",
            "2026-10-05",
        ),
        (
            "progress",
            "@r",
            "--ledger",
            "@ledger.xlsx",
            "--quarter",
            "2026Q3",
            "--format",
            "html",
            "--out",
            "@q",
            "--today",
            "2026-10-05",
        ),
    ),
}
