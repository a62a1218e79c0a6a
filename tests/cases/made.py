"""Further cases of the same kinds, in other layers and formats; made where they are run.

All are the street of four homes and three premises that the shipped inputs show: A 10 people at
0 m, B 20 at 300, C 40 at 900, D 5 at 1400; P1 at 100 m, P2 at 800, P3 at 1300. Within 500 m P2
covers 60.
"""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import osmium
import pandas as pd
import shapely
import yaml

from siting.scenario.layers.datums import wgs84_to_bd09, wgs84_to_gcj02
from tests.tools.tiffs import write_tif

CRS, E0, N0 = "EPSG:4547", 500_000.0, 3_800_000.0
HOMES = {"A": (0, 10), "B": (300, 20), "C": (900, 40), "D": (1400, 5)}
SITES = {"P1": 100, "P2": 800, "P3": 1300}
CODE, OTHER = 610113001002003017, 610113001002003029
"""Two codes of one place, which floating point takes for a third."""


def people() -> pd.DataFrame:
    """The homes as a table."""
    rows = [(name, E0 + x, N0, n) for name, (x, n) in HOMES.items()]
    return pd.DataFrame(rows, columns=["id", "x", "y", "people"])


def premises() -> pd.DataFrame:
    """The candidates as a table."""
    rows = [(name, E0 + x, N0, 800) for name, x in SITES.items()]
    return pd.DataFrame(rows, columns=["id", "x", "y", "area"])


def points(table: pd.DataFrame, crs: str = CRS) -> gpd.GeoDataFrame:
    """A table with its places as geometry."""
    rest = table.drop(columns=["x", "y"])
    geometry = gpd.points_from_xy(table["x"], table["y"])
    return gpd.GeoDataFrame(rest, geometry=geometry, crs=CRS).to_crs(crs)


def document(**changes: Any) -> dict[str, Any]:
    """The scenario with straight lines; None takes a key away."""
    layer = {"id": "id", "x": "x", "y": "y", "crs": CRS}
    size = {"name": "s", "area_m2": 500, "cost": 100}
    whole: dict[str, Any] = {
        "siting": 1,
        "name": "t",
        "crs": CRS,
        "travel": {"mode": "euclidean"},
        "demand": {"file": "people.csv", **layer, "groups": {"all": "people"}},
        "premises": {"file": "premises.csv", **layer, "area_m2": "area"},
        "formats": {
            "use": ["wet_market"],
            "change": {"wet_market": {"metres": 500, "group": "all", "sizes": [size]}},
        },
        "budget": 100,
        "objective": {"order": "weighted"},
    }
    whole |= changes
    return {key: value for key, value in whole.items() if value is not None}


def write(folder: Path, **changes: Any) -> None:
    """The scenario, and the tables that nobody wrote otherwise."""
    for name, table in (("people.csv", people()), ("premises.csv", premises())):
        if not (folder / name).exists():
            table.to_csv(folder / name, index=False)
    text = yaml.safe_dump(document(**changes), allow_unicode=True, sort_keys=False)
    (folder / "scenario.yaml").write_text(text, encoding="utf-8")


def placed(file: str, **keys: Any) -> dict[str, Any]:
    """A layer with geometry of its own."""
    return {"file": file, "id": "id", **keys}


def sheet(path: Path, table: pd.DataFrame) -> None:
    """A workbook with one sheet, cells as they are."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(list(table.columns))
    for row in table.itertuples(index=False):
        page.append([cell.item() if isinstance(cell, np.generic) else cell for cell in row])
    book.save(path)


DEMAND = {"groups": {"all": "people"}}
FORBID = {"max_outlets": {"per_district": {"2": 0}}}


def codes_in_parquet(folder: Path) -> None:
    """Codes of 18 digits with a blank, in parquet: the rule asks for one of them."""
    table = points(people())
    table["d"] = pd.array([OTHER, CODE, CODE, None], dtype="Int64")
    table.to_parquet(folder / "people.parquet")
    _code_rule(folder, "people.parquet")


def codes_in_a_shapefile(folder: Path) -> None:
    """The same in a shapefile's numbers."""
    table = points(people())
    table["d"] = pd.array([OTHER, CODE, CODE, None], dtype="Int64")
    table.to_file(folder / "people.shp", engine="pyogrio")
    _code_rule(folder, "people.shp")


def _code_rule(folder: Path, file: str) -> None:
    rule = {"format": "wet_market", "district": str(OTHER), "share": 1}
    demand = placed(file, **DEMAND, district="d")
    write(folder, demand=demand, rules={"min_coverage": [rule], "max_outlets": {"total": 1}})


def gbk_premises(folder: Path) -> None:
    """Premises in a GBK shapefile whose .cpg says 936: no outlet in 未央区."""
    table = points(premises())
    table["d"] = ["碑林区", "未央区", "未央区"]
    table.to_file(folder / "premises.shp", engine="pyogrio", encoding="GBK")
    (folder / "premises.cpg").write_text("936")
    rows = people().assign(d=["碑林区", "碑林区", "未央区", "未央区"])
    rows.to_csv(folder / "people.csv", index=False)
    demand = {**document()["demand"], "district": "d"}
    rules = {"max_outlets": {"per_district": {"未央区": 0}}}
    layer = placed("premises.shp", area_m2="area", district="d")
    write(folder, demand=demand, premises=layer, rules=rules)


def swapped_in_a_workbook(folder: Path) -> None:
    """Premises in a workbook with x = north, as surveys write."""
    table = premises().rename(columns={"x": "y", "y": "x"})
    sheet(folder / "premises.xlsx", table)
    write(folder, premises={**document()["premises"], "file": "premises.xlsx"})


def zone_number_in_a_layer(folder: Path) -> None:
    """People in a GeoPackage that says the system with zone numbers; the numbers have none."""
    table = points(people()).set_crs("EPSG:4526", allow_override=True)
    table.to_file(folder / "people.gpkg", engine="pyogrio")
    write(folder, demand=placed("people.gpkg", **DEMAND))


def degrees_as_metres(folder: Path) -> None:
    """Outlets in degrees under a planar system."""
    there = points(people()).to_crs("EPSG:4326")
    table = pd.DataFrame(
        {
            "id": ["E"],
            "x": [there.geometry.x[0]],
            "y": [there.geometry.y[0]],
            "kind": ["wet_market"],
        }
    )
    table.to_csv(folder / "outlets.csv", index=False)
    layer = {"file": "outlets.csv", "id": "id", "x": "x", "y": "y", "crs": CRS, "format": "kind"}
    write(folder, outlets=[layer])


def line_of_nodes() -> pd.DataFrame:
    """A node every hundred metres."""
    return pd.DataFrame({"node": range(15), "x": E0 + 100.0 * np.arange(15), "y": N0})


def line_of_edges(length: float = 100.0) -> pd.DataFrame:
    """The stretches between them."""
    return pd.DataFrame({"u": range(14), "v": range(1, 15), "length_m": length})


def on_tables(folder: Path, edges: pd.DataFrame, nodes: pd.DataFrame, **changes: Any) -> None:
    """A scenario on tables of edges and nodes."""
    edges.to_csv(folder / "edges.csv", index=False)
    nodes.to_csv(folder / "nodes.csv", index=False)
    pair = {"edges": "edges.csv", "nodes": "nodes.csv"}
    write(folder, travel={"network": pair}, **changes)


def graphml_in_kilometres(folder: Path) -> None:
    """OSMnx GraphML whose lengths are kilometres."""
    keys = (("d0", "node", "x"), ("d1", "node", "y"), ("d2", "edge", "length"))
    head = "".join(f'<key id="{k}" for="{of}" attr.name="{n}"/>' for k, of, n in keys)
    head += '<key id="d3" for="graph" attr.name="crs"/>'
    nodes = "".join(
        f'<node id="{k}"><data key="d0">{E0 + 100 * k}</data><data key="d1">{N0}</data></node>'
        for k in range(15)
    )
    edges = "".join(
        f'<edge source="{k}" target="{k + 1}"><data key="d2">0.1</data></edge>' for k in range(14)
    )
    space = 'xmlns="http://graphml.graphdrawing.org/xmlns"'
    text = f'<graphml {space}>{head}<graph edgedefault="directed"><data key="d3">{CRS}</data>'
    (folder / "net.graphml").write_text(f"{text}{nodes}{edges}</graph></graphml>")
    write(folder, travel={"network": "net.graphml"})


def edges_in_feet(folder: Path) -> None:
    """Edges in feet, in parquet."""
    line_of_edges(100 / 0.3048).to_parquet(folder / "edges.parquet")
    line_of_nodes().to_parquet(folder / "nodes.parquet")
    write(folder, travel={"network": {"edges": "edges.parquet", "nodes": "nodes.parquet"}})


def two_villages(folder: Path) -> None:
    """Two parts that no edge joins, as tables; most people live in the smaller one."""
    edges, nodes = line_of_edges(), line_of_nodes()
    on_tables(folder, edges[edges["u"] != 6], nodes)


def comma_rows_in_tables(folder: Path) -> None:
    """Emptied rows at the end of edges and nodes, as Excel saves them."""
    on_tables(folder, line_of_edges(), line_of_nodes())
    for name in ("edges.csv", "nodes.csv"):
        with (folder / name).open("a") as file:
            file.write(",,\n,,\n")


def degrees(x: float, y: float = 0.0) -> tuple[float, float]:
    """A place of the street on the globe."""
    there = gpd.GeoSeries([shapely.Point(E0 + x, N0 + y)], crs=CRS).to_crs("EPSG:4326")
    return float(there.x[0]), float(there.y[0])


def osm(
    ways: list[tuple[int, list[int], dict[str, str]]], tags: dict[int, str] | None = None
) -> str:
    """The street as OpenStreetMap XML: node k + 1 at 100 k metres, node 100 + k 40 m aside."""
    used = {ref for _, refs, _ in ways for ref in refs}
    lines = ['<?xml version="1.0"?><osm version="0.6">']
    for ref in sorted(used):
        k, y = (ref - 100, 40.0) if ref >= 100 else (abs(ref) - 1, 0.0)
        lon, lat = degrees(100.0 * k, y)
        inside = (tags or {}).get(ref, "")
        lines.append(
            f'<node id="{ref}" version="1" lon="{lon:.7f}" lat="{lat:.7f}">{inside}</node>'
        )
    for number, refs, given in ways:
        inside = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        inside += "".join(f'<tag k="{k}" v="{v}"/>' for k, v in given.items())
        lines.append(f'<way id="{number}" version="1">{inside}</way>')
    return "\n".join([*lines, "</osm>"])


STREET = list(range(1, 16))
WALKED = {"highway": "residential"}


def on_osm(folder: Path, text: str, kind: str = "osm") -> None:
    """A scenario on an extract of this kind."""
    plain = folder / "net.osm"
    plain.write_text(text, encoding="utf-8")
    if kind == "osm.gz":
        (folder / "net.osm.gz").write_bytes(gzip.compress(plain.read_bytes()))
    if kind == "osm.pbf":
        writer = osmium.SimpleWriter(str(folder / "net.osm.pbf"))
        for entity in osmium.FileProcessor(str(plain)):
            writer.add(entity)
        writer.close()
    if kind != "osm":
        plain.unlink()
    change = document()["formats"]
    change["change"]["wet_market"]["metres"] = 501
    write(folder, travel={"network": f"net.{kind}"}, formats=change)


def gate_in_a_pbf(folder: Path) -> None:
    """A locked entrance between B and C, in a .osm.pbf."""
    shut = '<tag k="entrance" v="yes"/><tag k="access" v="private"/>'
    on_osm(folder, osm([(1, STREET, WALKED)], {7: shut}), "osm.pbf")


def scrap_in_an_extract(folder: Path) -> None:
    """A path that joins nothing lies at C, the street 40 m aside."""
    scrap = (2, [109, 110], {"highway": "footway"})
    text = osm([(1, STREET, WALKED), scrap])
    table = people()
    table.loc[2, "y"] = N0 + 45
    table.to_csv(folder / "people.csv", index=False)
    on_osm(folder, text)


def crossing_in_a_shapefile(folder: Path) -> None:
    """Two avenues cross without a vertex; every line is there in both directions."""
    one = shapely.LineString([(E0, N0 - 200), (E0, N0 + 200)])
    two = shapely.LineString([(E0 - 200, N0), (E0 + 1500, N0)])
    lines = [one, two, one.reverse(), two.reverse()]
    gpd.GeoDataFrame({"n": range(4)}, geometry=lines, crs=CRS).to_file(folder / "net.shp")
    write(folder, travel={"network": "net.shp"})


def districts_in_a_workbook(folder: Path) -> None:
    """Districts 1 and 2 as numbers with a point in a workbook, as text in a csv."""
    sheet(folder / "premises.xlsx", premises().assign(d=[1.0, 2.0, 2.0]))
    people().assign(d=["1", "1", "2", "2"]).to_csv(folder / "people.csv", index=False)
    demand = {**document()["demand"], "district": "d"}
    layer = {**document()["premises"], "file": "premises.xlsx", "district": "d"}
    write(folder, demand=demand, premises=layer, rules=FORBID)


def barrier_without_geometry(folder: Path) -> None:
    """A row of a GeoPackage of barriers without geometry."""
    shapes = [shapely.LineString([(E0, N0 + 9), (E0 + 9, N0 + 9)]), None]
    frame = gpd.GeoDataFrame({"n": [1, 2]}, geometry=shapes, crs=CRS)
    frame.to_file(folder / "barriers.gpkg", engine="pyogrio")
    edges, nodes = line_of_edges(), line_of_nodes()
    on_tables(folder, edges, nodes)
    pair = {"edges": "edges.csv", "nodes": "nodes.csv"}
    write(folder, travel={"network": pair, "barriers": {"file": "barriers.gpkg"}})


def sidewalk_in_a_gzip(folder: Path) -> None:
    """The link between B and C is a motorroad with a sidewalk on its left."""
    link = {"highway": "primary", "motorroad": "yes", "sidewalk:left": "yes"}
    ways = [(1, STREET[:6], WALKED), (2, STREET[5:9], link), (3, STREET[8:], WALKED)]
    on_osm(folder, osm(ways), "osm.gz")


def deleted_gate(folder: Path) -> None:
    """A closed gate that the editor's file has deleted from the way, and a way of its own id."""
    shut = '<tag k="barrier" v="gate"/><tag k="access" v="no"/>'
    ways = [(-1, STREET[:7], WALKED), (5, STREET[6:], WALKED)]
    text = osm(ways, {7: shut})
    gate = text[text.index('<node id="7"') :].split("</node>")[0]
    # the gate was a node of its own: it is deleted, and a plain one stands at the same place
    lon, lat = degrees(600.0)
    plain = f'<node id="-70" lon="{lon:.7f}" lat="{lat:.7f}"/>'
    text = text.replace(
        gate + "</node>", gate.replace("<node ", '<node action="delete" ') + "</node>" + plain
    )
    on_osm(folder, text.replace('<nd ref="7"/>', '<nd ref="-70"/>'))


def coordinates_missing_in_a_workbook(folder: Path) -> None:
    """Outlets in a workbook of which two were never located."""
    rows = [("E1", None, None, "wet_market"), ("E2", E0, N0, "wet_market")]
    rows.append(("E3", None, None, "wet_market"))
    sheet(folder / "outlets.xlsx", pd.DataFrame(rows, columns=["id", "x", "y", "kind"]))
    layer = {"file": "outlets.xlsx", "id": "id", "x": "x", "y": "y", "crs": CRS, "format": "kind"}
    write(folder, outlets=[layer])


def words_for_numbers(folder: Path) -> None:
    """People as words in a workbook."""
    sheet(folder / "people.xlsx", people().assign(people=["10", "约20", "四十", "5人"]))
    write(folder, demand={**document()["demand"], "file": "people.xlsx"})


def web_mercator_in_a_geopackage(folder: Path) -> None:
    """Premises in Web Mercator, people in degrees, no system named."""
    points(premises(), "EPSG:3857").to_file(folder / "premises.gpkg", engine="pyogrio")
    points(people(), "EPSG:4490").to_file(folder / "people.gpkg", engine="pyogrio")
    demand, sites = placed("people.gpkg", **DEMAND), placed("premises.gpkg", area_m2="area")
    change = document()["formats"]
    change["change"]["wet_market"]["metres"] = 501
    write(folder, crs=None, demand=demand, premises=sites, formats=change)


def other_formats(folder: Path) -> None:
    """People as KML, premises as FlatGeobuf: both in degrees."""
    points(people(), "EPSG:4326").to_file(folder / "people.kml", driver="KML", engine="pyogrio")
    points(premises(), "EPSG:4326").to_file(folder / "premises.fgb", engine="pyogrio")
    demand, sites = placed("people.kml", **DEMAND), placed("premises.fgb", area_m2="area")
    change = document()["formats"]
    change["change"]["wet_market"]["metres"] = 501
    write(folder, demand=demand, premises=sites, formats=change)


def formula_in_people(folder: Path) -> None:
    """Persons that are formulas without stored values."""
    table = people().astype({"people": object})
    table.loc[2, "people"] = "=20+20"
    sheet(folder / "people.xlsx", table)
    write(folder, demand={**document()["demand"], "file": "people.xlsx"})


def missing_nodes_of_a_pbf(folder: Path) -> None:
    """An extract that was cut: the way's nodes are not in the file at all."""
    text = osm([(1, STREET, WALKED)])
    lines = [line for line in text.split("\n") if not line.startswith("<node")]
    on_osm(folder, "\n".join(lines), "osm.pbf")


def cut_geopackage(folder: Path) -> None:
    """A GeoPackage of which the second half is missing."""
    points(people()).to_file(folder / "people.gpkg", engine="pyogrio")
    raw = (folder / "people.gpkg").read_bytes()
    (folder / "people.gpkg").write_bytes(raw[: len(raw) // 3])
    write(folder, demand=placed("people.gpkg", **DEMAND))


def styles_beside_the_layer(folder: Path) -> None:
    """QGIS keeps its styles in the same GeoPackage: the layer needs no name."""
    points(people()).to_file(folder / "people.gpkg", layer="homes", engine="pyogrio")
    with closing(sqlite3.connect(folder / "people.gpkg")) as base, base:
        base.execute("CREATE TABLE layer_styles (id INTEGER PRIMARY KEY, styleQML TEXT)")
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles')"
        )
    write(folder, demand=placed("people.gpkg", **DEMAND))


def moved(table: pd.DataFrame, crs: str) -> pd.DataFrame:
    """A table with its coordinates in another system."""
    there = points(table).to_crs(crs).geometry
    return table.assign(x=there.x, y=there.y)


def utf8_said_to_be_gbk(folder: Path) -> None:
    """A UTF-8 shapefile whose .cpg says GBK: never the letters that this would give."""
    points(people().assign(d=["碑林区"] * 2 + ["未央区"] * 2)).to_file(folder / "people.shp")
    (folder / "people.cpg").write_text("GBK")
    rule = {"format": "wet_market", "district": "未央区", "share": 0.5}
    demand = placed("people.shp", **DEMAND, district="d")
    write(folder, demand=demand, rules={"min_coverage": [rule]})


def blanks_in_a_workbook(folder: Path) -> None:
    """Emptied rows of a workbook in which blanks are left; edges that went through a data frame."""
    blank = pd.DataFrame([[" ", None, None, ""]], columns=people().columns, dtype=object)
    sheet(folder / "people.xlsx", pd.concat([people().astype(object), blank]))
    edges = line_of_edges().astype({"u": float, "v": float})
    on_tables(
        folder, edges, line_of_nodes(), demand={**document()["demand"], "file": "people.xlsx"}
    )


def nodes_swapped(folder: Path) -> None:
    """The nodes of the streets with x = north."""
    on_tables(folder, line_of_edges(), line_of_nodes().rename(columns={"x": "y", "y": "x"}))


def nodes_in_degrees(folder: Path) -> None:
    """The nodes of the streets in degrees, which should be in the scenario's system."""
    on_tables(folder, line_of_edges(), moved(line_of_nodes(), "EPSG:4326"))


def streets_of_another_zone(folder: Path) -> None:
    """A layer of streets whose file says the next zone."""
    line = shapely.LineString([(E0, N0), (E0 + 1400, N0)])
    frame = gpd.GeoDataFrame({"n": [1]}, geometry=[line], crs=CRS).to_crs("EPSG:4546")
    frame.set_crs(CRS, allow_override=True).to_file(folder / "net.gpkg", engine="pyogrio")
    write(folder, travel={"network": "net.gpkg"})


def streets_swapped(folder: Path) -> None:
    """GeoJSON of streets that writes latitude before longitude."""
    line = shapely.LineString([degrees(0)[::-1], degrees(1400)[::-1]])
    frame = gpd.GeoDataFrame({"n": [1]}, geometry=[line], crs="EPSG:4326")
    frame.to_file(folder / "net.geojson", engine="pyogrio")
    write(folder, travel={"network": "net.geojson"})


def streets_of_a_map_service(folder: Path) -> None:
    """Streets traced on a map of GCJ-02 and saved as degrees; all layers are of the survey."""
    moved_line = np.column_stack(wgs84_to_gcj02(*np.array([degrees(0), degrees(1400)]).T))
    line = shapely.LineString(moved_line)
    frame = gpd.GeoDataFrame({"n": [1]}, geometry=[line], crs="EPSG:4326")
    frame.to_file(folder / "net.geojson", engine="pyogrio")
    write(folder, travel={"network": "net.geojson"})


def lengths_of_web_mercator(folder: Path) -> None:
    """Lengths that were measured on a web map: each 1.21 times too long."""
    on_tables(folder, line_of_edges(121.0), line_of_nodes())


def degrees_in_a_shapefile(folder: Path) -> None:
    """People in degrees in a shapefile whose .prj names a planar system."""
    there = moved(people(), "EPSG:4326")
    frame = gpd.GeoDataFrame(
        there.drop(columns=["x", "y"]), geometry=gpd.points_from_xy(there.x, there.y), crs=CRS
    )
    frame.to_file(folder / "people.shp", engine="pyogrio")
    write(folder, demand=placed("people.shp", **DEMAND))


def people_in_the_next_zone(folder: Path) -> None:
    """People in the next zone under this one's name: the layer of the fault is theirs."""
    moved(people(), "EPSG:4546").to_csv(folder / "people.csv", index=False)
    write(folder)


def never_located(folder: Path) -> None:
    """A premises at 0, 0."""
    table = premises()
    table.loc[1, ["x", "y"]] = 0.0
    table.to_csv(folder / "premises.csv", index=False)
    write(folder)


def gates_without_a_system(folder: Path) -> None:
    """Gates in degrees inside China that name no system."""
    frame = gpd.GeoDataFrame(
        {"name": ["a"]}, geometry=[shapely.box(E0 + 250, N0 - 60, E0 + 350, N0 + 60)], crs=CRS
    )
    frame.to_file(folder / "compounds.gpkg", engine="pyogrio")
    lon, lat = degrees(300.0, 60.0)
    pd.DataFrame({"x": [lon], "y": [lat]}).to_csv(folder / "gates.csv", index=False)
    on_tables(folder, line_of_edges(), line_of_nodes())
    walls: dict[str, Any] = {
        "network": {"edges": "edges.csv", "nodes": "nodes.csv"},
        "compounds": {"file": "compounds.gpkg", "id": "name"},
        "gates": {"file": "gates.csv", "x": "x", "y": "y"},
    }
    write(folder, travel=walls)


def districts_written_otherwise(folder: Path) -> None:
    """Districts 1 and 2 of the people are 01 and 02 of the premises: the rule finds no premises."""
    premises().assign(d=["01", "02", "02"]).to_csv(folder / "premises.csv", index=False)
    people().assign(d=[1, 1, 2, 2]).to_csv(folder / "people.csv", index=False)
    demand = {**document()["demand"], "district": "d"}
    write(folder, demand=demand, premises={**document()["premises"], "district": "d"}, rules=FORBID)


def density_for_people(folder: Path) -> None:
    """A column of densities given as persons, and a sum that has a place."""
    total = pd.DataFrame([["合计", E0 + 1400, N0, 75]], columns=people().columns)
    table = pd.concat([people(), total])
    head = "人口密度(人/平方公里)"
    table.rename(columns={"people": head}).to_csv(folder / "people.csv", index=False)
    write(folder, demand={**document()["demand"], "groups": {"all": head}})


def tags_of_nothing(folder: Path) -> None:
    """Premises by a misspelt tag."""
    on_osm(folder, osm([(1, STREET, WALKED)]))
    layer = {"file": "net.osm", "osm": ["building=retial"], "area_m2": 500}
    write(folder, travel={"network": "net.osm"}, premises=layer)


def pairs_as_objects(folder: Path) -> None:
    """Premises located as {"lat":…,"lng":…} under Baidu's name for its system."""
    there = moved(premises(), "EPSG:4326")
    lon, lat = wgs84_to_bd09(there["x"].to_numpy(), there["y"].to_numpy())
    texts = [f'{{"lat":{b:.7f},"lng":{a:.7f}}}' for a, b in zip(lon, lat, strict=True)]
    there.assign(location=texts).to_csv(folder / "premises.csv", index=False)
    layer = {"file": "premises.csv", "id": "id", "lonlat": "location", "crs": "bd09ll"}
    change = document()["formats"]
    change["change"]["wet_market"]["metres"] = 501
    write(folder, premises={**layer, "area_m2": "area"}, formats=change)


def grid_of_a_map_service(folder: Path, **said: Any) -> None:
    """People in a grid that was drawn on a map of GCJ-02; the street is of the survey."""
    cell = 1 / 1200
    places = np.array([degrees(x) for x, _ in HOMES.values()])
    drawn = np.column_stack(wgs84_to_gcj02(*places.T))
    west, north = drawn[:, 0].min() - 2 * cell, drawn[:, 1].max() + 2 * cell
    rows, columns = ((north - drawn[:, 1]) // cell).astype(int), (drawn[:, 0] - west) // cell
    cells = np.zeros((1, rows.max() + 3, int(columns.max()) + 3))
    cells[0, rows, columns.astype(int)] = [n for _, n in HOMES.values()]
    write_tif(folder / "people.tif", cells, west, north, cell, 4326)
    line = gpd.GeoDataFrame(geometry=[shapely.LineString([degrees(-200), degrees(1600)])])
    line.set_crs("EPSG:4326").to_file(folder / "net.geojson", engine="pyogrio")
    demand = {"file": "people.tif", "bands": {"all": 1}, **said}
    write(folder, demand=demand, travel={"network": "net.geojson"})


def grid_said_to_be_moved(folder: Path) -> None:
    """The same with the word that cures it."""
    grid_of_a_map_service(folder, crs="GCJ02")


def metres_in_degrees(folder: Path) -> None:
    """Metres of the survey under the name of its degrees."""
    write(folder, demand={**document()["demand"], "crs": "CGCS2000"})


def degrees_and_minutes(folder: Path) -> None:
    """Longitudes and latitudes as a survey sheet writes them."""
    table = people().assign(x="114°00′11.7″E", y="34°19′39.3″N")
    table.to_csv(folder / "people.csv", index=False)
    write(folder, demand={**document()["demand"], "crs": "EPSG:4490"})


def pasted_twice(folder: Path) -> None:
    """A row of a table without ids that was pasted once more."""
    table = people().drop(columns="id")
    pd.concat([table, table.iloc[[2]]]).to_csv(folder / "people.csv", index=False)
    layer = document()["demand"]
    write(folder, demand={key: value for key, value in layer.items() if key != "id"})


def code_for_nothing(folder: Path) -> None:
    """A program's number for "no value" among people."""
    table = people()
    table.loc[1, "people"] = 99_999
    table.to_csv(folder / "people.csv", index=False)
    write(folder)


def cell_too_many(folder: Path) -> None:
    """A row with a cell more than the header; the row above lacks one."""
    rows = ["id,x,y,people", "A,500000,3800000,10", "B,500300,3800000", "C,500900,3800000,40,7"]
    (folder / "people.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    write(folder)


def quote_left_open(folder: Path) -> None:
    """A quotation mark that nothing closes swallows the rest of the table."""
    rows = ["id,x,y,people", "A,500000,3800000,10", '"B,500300,3800000,20', "C,500900,3800000,40"]
    (folder / "people.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    write(folder)


MADE: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "50-parquet-codes-with-a-blank": (codes_in_parquet, "P1: 30", ""),
    "51-shp-codes-with-a-blank": (codes_in_a_shapefile, "P1: 30", ""),
    "52-shp-premises-cpg-936": (gbk_premises, "P1: 30", ""),
    "53-xlsx-premises-axes-swapped": (swapped_in_a_workbook, "refused", "swap x and y"),
    "54-gpkg-zone-number-missing": (zone_number_in_a_layer, "refused", "EPSG:4547"),
    "55-outlets-degrees-as-metres": (degrees_as_metres, "refused", "EPSG:4326"),
    "56-graphml-length-in-km": (graphml_in_kilometres, "refused", "kilometres"),
    "57-parquet-length-in-feet": (edges_in_feet, "refused", "feet"),
    "58-tables-two-villages": (two_villages, "P3: 45", "2 separate parts, all kept"),
    "59-tables-comma-only-rows": (comma_rows_in_tables, "P2: 60", ""),
    "60-pbf-closed-entrance": (gate_in_a_pbf, "P3: 45", "2 separate parts, all kept"),
    "61-osm-scrap-captures-homes": (scrap_in_an_extract, "P1: 30", "all 40"),
    "62-shp-avenues-cross": (crossing_in_a_shapefile, "P2: 60", "1 place where lines cross"),
    "63-xlsx-district-2-and-2.0": (districts_in_a_workbook, "P1: 30", ""),
    "64-gpkg-barrier-without-geometry": (barrier_without_geometry, "refused", "geometry"),
    "65-osm-gz-motorroad-sidewalk": (sidewalk_in_a_gzip, "P2: 60", ""),
    "66-osm-editor-new-and-deleted": (deleted_gate, "P2: 60", ""),
    "67-xlsx-outlets-not-located": (coordinates_missing_in_a_workbook, "refused", "y: must be"),
    "68-xlsx-people-in-words": (words_for_numbers, "refused", "四十"),
    "69-gpkg-premises-web-mercator": (web_mercator_in_a_geopackage, "P2: 60", ""),
    "70-kml-and-fgb": (other_formats, "P2: 60", ""),
    "71-xlsx-people-formula": (formula_in_people, "refused", "formula"),
    "72-pbf-without-nodes": (missing_nodes_of_a_pbf, "refused", "not in the file"),
    "73-gpkg-cut": (cut_geopackage, "refused", "people.gpkg"),
    "74-gpkg-with-styles": (styles_beside_the_layer, "P2: 60", ""),
    "75-shp-utf8-cpg-gbk": (utf8_said_to_be_gbk, "P2: 60", "though people.cpg says GBK"),
    "76-xlsx-blank-rows-edges-1.0": (blanks_in_a_workbook, "P2: 60", ""),
    "77-nodes-axes-swapped": (nodes_swapped, "refused", "nodes.csv: must lie where EPSG:4547"),
    "78-nodes-in-degrees": (nodes_in_degrees, "refused", "these are degrees: 15 of 15"),
    "79-streets-of-another-zone": (streets_of_another_zone, "refused", "use EPSG:4546: 2 of 2"),
    "80-geojson-streets-swapped": (
        streets_swapped,
        "refused",
        "latitude and longitude are swapped",
    ),
    "81-streets-in-gcj02": (streets_of_a_map_service, "P2: 40", "net.geojson: 2 of 2 layers lie"),
    "82-lengths-of-web-mercator": (lengths_of_web_mercator, "P3: 45", "the straightest 1.21 times"),
    "83-shp-degrees-as-metres": (degrees_in_a_shapefile, "refused", "people.shp: must lie where"),
    "84-people-in-the-next-zone": (people_in_the_next_zone, "refused", "use EPSG:4546: 4 of 4"),
    "85-premises-at-0-0": (never_located, "refused", "0, 0 stands for a place that nobody located"),
    "86-gates-without-a-system": (gates_without_a_system, "refused", "gates.csv: crs: must name"),
    "87-districts-01-and-1": (districts_written_otherwise, "P2: 60", "no premises is in district"),
    "88-density-and-a-sum": (density_for_people, "P3: 120", "the name says a density"),
    "89-tags-of-nothing": (tags_of_nothing, "refused", "any of building=retial"),
    "90-pairs-as-objects": (pairs_as_objects, "P2: 60", ""),
    "91-tif-in-gcj02": (grid_of_a_map_service, "P3: 40", "people.tif: read as EPSG:4326, 100%"),
    "92-tif-said-to-be-gcj02": (grid_said_to_be_moved, "P3: 45", ""),
    "93-metres-in-degrees-crs": (metres_in_degrees, "refused", "EPSG:4490 counts in degrees"),
    "94-degrees-and-minutes": (degrees_and_minutes, "refused", "write decimal degrees"),
    "95-pasted-twice": (pasted_twice, "P2: 100", "row 5 says just what one before says"),
    "96-99999-for-nothing": (code_for_nothing, "P2: 100,039", "99,999 in row 2 stands far above"),
    "97-a-cell-too-many": (cell_too_many, "refused", "5 cells in line 4, 4 in the header"),
    "98-quote-left-open": (quote_left_open, "refused", "a quotation mark in line 3"),
}
"""Name: how it is made, what is planned, and words of what is told."""
