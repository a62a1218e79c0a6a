"""A scenario from raw files: it loads, says its doubts, and its exit code is the check's."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import shapely

import siting
from siting.cli import main
from siting.drafting.premises import premises
from tests.tools.tiffs import write_tif

PEOPLE = "片区人口登记表,,,,,\n编号,街道,X坐标,Y坐标,总人口,60岁以上\n" + "\n".join(
    f"{i},东街,{500_000 + 100 * i},{4_000_000},{100 + i},{20 + i}" for i in range(1, 8)
)
RING = "".join(f'<nd ref="{{{k}}}"/>' for k in "abcda")
HOUSE = '<way id="{n}">' + RING + "{tags}</way>"


def extract(folder: Path) -> Path:
    """Two buildings, of which one is retail, and a street between them."""
    nodes, ways = [], []
    for h, west in enumerate((0.0, 0.002)):
        for k, (x, y) in enumerate(((0, 0), (0.0005, 0), (0.0005, 0.0005), (0, 0.0005))):
            nodes.append(f'<node id="{10 * h + k + 1}" lon="{24.9 + west + x}" lat="{60.17 + y}"/>')
        a = 10 * h + 1
        kind = ("retail", "house")[h]
        ways.append(
            HOUSE.format(
                n=100 + h, a=a, b=a + 1, c=a + 2, d=a + 3, tags=f'<tag k="building" v="{kind}"/>'
            )
        )
    nodes += [f'<node id="{50 + i}" lon="{24.899 + 0.001 * i}" lat="60.1699"/>' for i in range(5)]
    refs = "".join(f'<nd ref="{50 + i}"/>' for i in range(5))
    ways.append(f'<way id="200">{refs}<tag k="highway" v="footway"/></way>')
    path = folder / "town.osm"
    path.write_text(f'<osm version="0.6">{"".join(nodes)}{"".join(ways)}</osm>')
    return path


def test_a_register_becomes_a_scenario(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A table with a title and Chinese heads: its columns are guessed; what nobody can know of the
    coordinates is a doubt, and exit code 2 with the fault until it is settled."""
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    out = tmp_path / "plan"
    code = main(
        [
            "new",
            "--people",
            str(tmp_path / "people.csv"),
            "--budget",
            "3000000",
            "--out",
            str(out),
            "--lang",
            "zh",
        ]
    )
    told = capsys.readouterr()
    text = (out / "scenario.yaml").read_text(encoding="utf-8")
    groups = 'groups: {all: "总人口", elderly: "60岁以上"}'
    parts = ("header_row: 2", groups, 'district: "街道"', "budget: 3000000", "存疑")
    for part in parts:
        assert part in text
    assert 20 <= len(text.splitlines()) <= 45
    assert code == 2 and told.err
    fixed = text.replace("  # crs: EPSG:4547", "  crs: EPSG:32650")
    lines = [
        f"{line}\n  crs: EPSG:32650" if line.startswith("premises:") else line
        for line in fixed.splitlines()
    ]
    (out / "scenario.yaml").write_text("\n".join(lines), encoding="utf-8")
    assert siting.load(out).problem().labels.groups == ("all", "elderly")


def test_an_extract_and_a_raster_become_a_plan(tmp_path: Path) -> None:
    """Streets, buildings and a raster of people are enough; the check passes."""
    bands = np.full((1, 2, 4), 10.0)
    write_tif(tmp_path / "pop.tif", bands, 24.8985, 60.1712, 0.001, 4326)
    draft = siting.new(
        tmp_path / "pop.tif", extract(tmp_path), budget=1_000_000, out=tmp_path / "plan"
    )
    assert not draft.faults, [str(fault) for fault in draft.faults]
    assert draft.doubts and "bands: {all: 1}" in draft.text
    assert siting.load(draft.path).problem().persons.sum() == 80_000


def test_premises_follow_the_stated_rule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Retail is a candidate with a fifth of its footprint; a house is none; least areas hold."""
    path, out = extract(tmp_path), tmp_path / "p.gpkg"
    assert main(["premises", str(path), "--out", str(out)]) == 0
    assert "1 of 2 buildings" in capsys.readouterr().out
    layer = gpd.read_file(out)
    assert layer["id"].tolist() == ["w100"] and layer["use"].tolist() == ["retail"]
    assert 290 <= layer["area_m2"][0] <= 330  # 0.0005 degrees squared at 60.17 north, a fifth
    assert len(premises(path, min_area=10_000).frame) == 0
    assert main(["premises", str(tmp_path / "no.osm.pbf")]) == 2


def test_a_draft_moves_with_its_files(tmp_path: Path) -> None:
    """Files are named from the scenario's folder, so that the whole may be packed and moved."""
    home = tmp_path / "here"
    home.mkdir()
    bands = np.full((1, 2, 4), 10.0)
    write_tif(home / "pop.tif", bands, 24.8985, 60.1712, 0.001, 4326)
    (home / "data").mkdir()
    streets = extract(home).rename(home / "data" / "town.osm")
    draft = siting.new(home / "pop.tif", streets, budget=1_000_000, out=home)
    assert str(tmp_path) not in draft.text
    assert '"pop.tif"' in draft.text and '"data/town.osm"' in draft.text
    home.rename(tmp_path / "there")
    moved = siting.load(tmp_path / "there")
    assert moved.problem().persons.sum() == 80_000


def offices(file: Path) -> Path:
    """Three street offices side by side, 200 m wide, of which one has no row in the census."""
    places = [shapely.box(500_000 + 250 * i, 4e6, 500_200 + 250 * i, 4e6 + 200) for i in range(3)]
    codes = ["610113001", "610113002", "610113003"]
    frame = {"fid_1": [1, 2, 3], "MC": ["东街街道", "西街街道", "南街街道"], "DM": codes}
    gpd.GeoDataFrame(frame, geometry=places, crs="EPSG:32650").to_file(file, engine="pyogrio")
    return file


def census(file: Path, title: str, unit: str) -> Path:
    """A census by street office: a title, a head of two rows, a row of sums, counts in 万人."""
    rows: list[list[object]] = [
        [title, "", "", "", ""],
        ["序号", "街道名称", f"常住人口{unit}", "", ""],
        ["", "", "合计", "其中：女", "60岁及以上"],
        [1, "东街街道", "4.1234", "2.1", "0.8"],
        [2, "南街街道", "1.05", "0.5", "0.2001"],
        [3, "西街街道", "2", "0.9", "0.3"],
        ["", "合计", "7.1734", "3.5", "1.3001"],
    ]
    if file.suffix == ".csv":
        lines = [",".join(map(str, row)) for row in rows]
        file.write_text("\n".join([lines[0].strip(","), *lines[1:]]), encoding="gb18030")
        return file
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in rows:
        page.append([cell or None for cell in row])
    for cells in ("A1:E1", "A2:A3", "B2:B3", "C2:E2"):
        page.merge_cells(cells)
    book.save(file)
    return file


@pytest.mark.parametrize(
    ("table", "title", "unit", "layer"),
    [
        ("census.xlsx", "普查公报", "（万人）", "offices.gpkg"),
        ("census.csv", "普查公报 单位：万人", "", "offices.shp"),
        ("census.csv", "普查公报", "(万人)", "offices.geojson"),
    ],
)
def test_a_census_joins_the_boundaries_it_names(
    tmp_path: Path, table: str, title: str, unit: str, layer: str
) -> None:
    """Names shared under other heads, two-row heads and 万人: every person of the table, to one,
    where the boundaries are; what is not known is a doubt in the file."""
    draft = siting.new(
        census(tmp_path / table, title, unit),
        budget=1_000_000,
        boundaries=offices(tmp_path / layer),
        out=tmp_path,
        lang="zh",
    )
    assert not draft.faults, [str(fault) for fault in draft.faults]
    column = "常住人口/合计" if not unit else f"常住人口{unit}/合计"
    assert 'on: "MC", column: "街道名称", header_row: [2, 3]' in draft.text
    assert ("factor: 10000" in draft.text) == (not unit) and f'all: "{column}"' in draft.text
    problem = siting.load(draft.path).problem()
    assert problem.labels.groups == ("all", "elderly")
    assert problem.persons.tolist() == [
        [41_234_000, 20_000_000, 10_500_000],
        [8_000_000, 3_000_000, 2_001_000],
    ]
    assert any("分摊" in doubt for doubt in draft.doubts)


def test_a_census_without_boundaries_is_a_doubt(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing says where: the doubt names the option; boundaries of elsewhere join nothing; those
    of people who have places are told to be left."""
    people = census(tmp_path / "census.xlsx", "普查公报", "（万人）")
    layer = offices(tmp_path / "offices.gpkg")
    other = gpd.read_file(layer).assign(MC=["甲", "乙", "丙"]).drop(columns="DM")
    other.to_file(tmp_path / "other.gpkg", engine="pyogrio")
    assert main(["new", "--people", str(people), "--out", str(tmp_path / "a")]) == 2
    assert "--boundaries" in capsys.readouterr().out
    draft = siting.new(people, boundaries=tmp_path / "other.gpkg", out=tmp_path / "b")
    assert draft.faults and "share no names" in draft.text
    placed = tmp_path / "people.csv"
    placed.write_text(PEOPLE, encoding="utf-8")
    assert "has places of its own" in siting.new(placed, boundaries=layer, out=tmp_path / "c").text
