"""Tables as people keep them: titles, sums, merged cells, units, words; each change is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely

from siting.files.head import Range, join_names
from siting.notice import plain
from siting.scenario.document.paths import Folder
from siting.scenario.layers.storeys import read_storey
from siting.scenario.layers.units import AREA, HOUSEHOLDS, MONEY, PERSONS, RENT, read_number
from tests.scenario.layers.test_layers import read, told
from tests.tools.worlds import CRS, World

TITLED = "雁塔区候选用房台账,,\n\nid,x,y\nA,1,2\nB,3,4\n"
TWO_ROWS = "台账,,,\n编号,坐标,,面积\n,x,y,(亩)\nA,1,2,3\nB,3,4,1.5\n"


def test_a_head_below_a_title_is_found_and_told(tmp_path: Path) -> None:
    """The first row that has the columns named is the head; header_row says it without a word."""
    (tmp_path / "a.csv").write_text(TITLED)
    found = read(tmp_path, "a.csv", id="id", x="x", y="y")
    assert found.ids.tolist() == ["A", "B"]
    assert found.warnings == [
        "a.csv: the names of the columns stand in row 3; header_row: 3 says so"
    ]
    asked = read(tmp_path, "a.csv", id="id", x="x", y="y", header_row=3)
    assert asked.ids.tolist() == ["A", "B"] and not asked.warnings


def test_two_rows_of_names_are_joined(tmp_path: Path) -> None:
    """A head over several columns belongs to each of them; a unit below a name is its unit."""
    (tmp_path / "a.csv").write_text(TWO_ROWS)
    spec = {"id": "编号", "x": "坐标/x", "y": "坐标/y"}
    for more in ({}, {"header_row": [2, 3]}):
        places = read(tmp_path, "a.csv", "面积/(亩)", **spec, **more)
        area = places.columns.numbers("面积/(亩)", 0, 1e9, plain(""), quantity=AREA)
        assert area.tolist() == [2000, 1000]
        assert "the head gives the unit 亩" in places.columns.told[0]
    assert "nothing in row 9" in told(tmp_path, "a.csv", **spec, header_row=9)


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        ([["a", "b", ""], ["", "x", "y"]], ("a", "b/x", "b/y")),
        ([["名称", "面积"], ["名称", "㎡"]], ("名称", "面积/㎡")),
        ([["面积\n(㎡)", "a\nb"]], ("面积(㎡)", "a b")),
    ],
)
def test_names_of_columns(rows: list[list[str]], names: tuple[str, ...]) -> None:
    """One name of two rows; what recurs stands once, a line break is none."""
    assert join_names(rows) == names


@pytest.mark.parametrize(
    ("text", "names", "found"),
    [
        ("60..62", ["id", "age_59", "age_60", "age_61", "age_62", "age_63"], [2, 3, 4]),
        ("60..", ["60", "85", "90+", "59"], [0, 1, 2]),
        ("60..80", ["f_60", "m_60", "f_80", "m_80", "ward_61"], [0, 1, 2, 3]),
        ("60..69", ["55-59", "60-64", "65-69岁", "70-74"], [1, 2]),
    ],
)
def test_ranges_of_columns(text: str, names: list[str], found: list[int]) -> None:
    """Columns by the numbers that their names are or end in."""
    span = Range.of(text)
    assert span is not None and span.columns(names) == [names[i] for i in found]


def test_groups_are_sums_of_columns(world: World) -> None:
    """A range, a list, one column; what a range took is told, one that cuts a band is a fault."""
    world.put(
        "people.csv",
        "cell,x,y,age_0,age_1,age_60,age_75,all\n"
        "1,500000,4000000,1,2,3,4,50\n2,500500,4000000,10,20,30,40,500\n",
    )
    del world.scenario["demand"]["district"]
    world.scenario["demand"]["groups"] = {
        "all": "all",
        "elderly": "60..90",
        "toddlers": ["age_0", "age_1"],
    }
    contents = world.load().contents
    assert contents.demand.persons.tolist() == [[50_000, 500_000], [7_000, 70_000], [3_000, 30_000]]
    assert any("elderly is the sum of 2 columns in 60..90" in w for w in contents.warnings)
    world.scenario["demand"]["groups"]["elderly"] = "95..99"
    assert any("must be a range of columns" in fault for fault in world.faults())


def test_households_times_persons(world: World) -> None:
    """persons_per_household multiplies; without it a column of households is told."""
    world.put("people.csv", 'cell,x,y,户数\n1,500000,4000000,100户\n2,500500,4000000,"1,000"\n')
    world.scenario["demand"] |= {"groups": {"all": "户数"}, "persons_per_household": 2.6}
    del world.scenario["demand"]["district"]
    world.scenario["formats"]["use"] = ["wet_market", "recycling_point"]
    assert world.load().contents.demand.persons.tolist() == [[260_000, 2_600_000]]
    world.put("people.csv", "cell,x,y,户数\n1,500000,4000000,100\n2,500500,4000000,1000\n")
    del world.scenario["demand"]["persons_per_household"]
    assert any("its name tells of households" in w for w in world.load().contents.warnings)


def test_sums_and_notes_are_left_out(tmp_path: Path) -> None:
    """Rows without a place that are sums or notes; any other such row is a fault still."""
    text = "id,x,y,n\nA,1,2,5\n小计,,,5\nB,3,4,6\n合 计,,,11\n注：2026年底,,,\n"
    (tmp_path / "a.csv").write_text(text)
    places = read(tmp_path, "a.csv", "n", id="id", x="x", y="y")
    assert places.ids.tolist() == ["A", "B"]
    assert len(places.warnings) == 2 and "小计" in places.warnings[0]
    (tmp_path / "a.csv").write_text("id,x,y,n\nA,1,2,5\nB,,,6\n")
    assert "x: must be a coordinate; got nothing in row 2" in told(
        tmp_path, "a.csv", "n", id="id", x="x", y="y"
    )


def test_merged_cells(tmp_path: Path) -> None:
    """A merged name is every row's; a merged amount is nobody's, and a fault."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["台账"],
        ["id", "x", "y", "district", "people"],
        ["A", 1, 2, "东", 9],
        ["B", 3, 4, None, None],
        ["C", 5, 6, "西", 7],
    ):
        sheet.append(row)
    sheet.merge_cells("A1:E1")
    sheet.merge_cells("D3:D4")
    book.save(tmp_path / "a.xlsx")
    spec: dict[str, Any] = {"id": "id", "x": "x", "y": "y"}
    from siting.scenario.document.document import read_text
    from siting.scenario.layers.layer import LayerAt, read_layer
    from siting.scenario.schema.layers import Layer

    at = LayerAt(
        Layer(file="a.xlsx", **spec),
        read_text("{demand: {}}", "s"),
        ("demand", 0),
        Folder(tmp_path),
        "L",
        False,
    )
    places = read_layer(at, {("district",): "district"})
    assert places.columns.text("district").tolist() == ["东", "东", "西"]
    assert any("merged cell says is read in each of its rows" in w for w in places.warnings)
    sheet.merge_cells("E3:E4")
    book.save(tmp_path / "a.xlsx")
    assert "must have a cell of its own in every row" in told(tmp_path, "a.xlsx", "people", **spec)


@pytest.mark.parametrize(
    ("text", "quantity", "value"),
    [
        ("500㎡", AREA, 500),
        ("0.05公顷", AREA, 500),
        ("3亩", AREA, 2000),
        ("1,200", AREA, 1200),
        ("１２００平方米", AREA, 1200),
        ("3.5万元", MONEY, 35_000),
        ("¥1,200.50", MONEY, 1200.5),
        ("2亿元", MONEY, 2e8),
        ("1.2万人", PERSONS, 12_000),
        ("35人", PERSONS, 35),
        ("10元/㎡·月", RENT, 120),
        ("2元/平方米/天", RENT, 730),
        ("20户", HOUSEHOLDS, 20),
    ],
)
def test_units(text: str, quantity: object, value: float) -> None:
    """Units of what is counted become the scenario's own, exactly."""
    found = read_number(text, quantity)  # type: ignore[arg-type]
    assert found is not None and float(found.value) == value


@pytest.mark.parametrize("text", ["约300", "300左右", "3-5", "1,20", "12元", "①", "3 4", "1.2.3"])
def test_what_is_no_number_stays_a_fault(text: str) -> None:
    """Nothing is guessed: not about, not between, no unit of something else."""
    assert read_number(text, AREA) is None


@pytest.mark.parametrize(
    ("text", "storey"),
    [
        ("1", 1),
        ("一层", 1),
        ("首层", 1),
        ("2F", 2),
        ("B1", -1),
        ("负一层", -1),
        ("地下二层", -2),
        ("十二层", 12),
        ("-1", -1),
        ("L3", 3),
        ("第2层", 2),
        ("1.0", 1),
        ("0", None),
        ("1-2层", None),
        ("夹层", None),
        ("1.5", None),
        ("", None),
    ],
)
def test_storeys(text: str, storey: int | None) -> None:
    """Words for storeys; 0 and in-between are none."""
    assert read_storey(text) == storey


def test_premises_in_words(world: World) -> None:
    """Areas in 亩, money in 万元, formats by name and 、, storeys and √: one problem, all told."""
    world.put(
        "premises.csv",
        "id,x,y,面积（亩）,业态,改造费（万元）,楼层,烟道\n"
        "P1,500100,4000000,1.5,菜市场、老年人日间照料中心,0.1,一层,√\n"
        "P2,501000,4000000,600㎡,wet_market|再生资源回收点,0.1,B1,×\n",
    )
    world.scenario["premises"] = {
        "file": "premises.csv",
        "id": "id",
        "x": "x",
        "y": "y",
        "crs": CRS,
        "area_m2": "面积（亩）",
        "formats": "业态",
        "opening_cost": "改造费（万元）",
        "storey": "楼层",
        "flue": "烟道",
    }
    world.scenario["outlets"] = []
    premises = world.load().contents.premises
    assert premises.area_m2.tolist() == [1000, 600]
    assert premises.opening_cost.tolist() == [1000, 1000]
    names = premises.table()["formats"].tolist()
    assert names[0] == "wet_market|elderly_daycare"
    warnings = world.load().contents.warnings
    for word in ("names read as formats", "words read as storeys", "the unit 亩", "the unit 万元"):
        assert any(word in warning for warning in warnings), word


def test_amap_places(world: World) -> None:
    """Places of a map service as exported: one text of both coordinates, type codes by prefix."""
    world.put(
        "outlets.csv",
        'id,location,typecode\nA,"109.0,34.2",060703\n'
        'B,"109.01,34.2",060200\n'
        'C,"109.0,34.21",160100\n',
    )
    world.scenario["outlets"] = [
        {
            "file": "outlets.csv",
            "id": "id",
            "lonlat": "location",
            "crs": "GCJ02",
            "format": "typecode",
            "kinds": "amap",
        }
    ]
    from siting.scenario.assemble.contents import try_contents

    scenario = world.load()
    _, faults = try_contents(
        scenario.settings, scenario.standards, scenario.document, Folder(world.folder)
    )
    assert not [fault for fault in faults if "kinds" in str(fault)]
    del world.scenario["outlets"][0]["kinds"]
    assert any("kinds: amap" in fault for fault in world.faults())


def test_kinds_of_the_scenario(world: World) -> None:
    """Exact before prefixes, the longest prefix first; what is not named is left out and told."""
    rows = ["A,500000,4000000,0607", "B,501000,4000000,060703", "C,501500,4000000,99"]
    world.put("outlets.csv", "\n".join(["id,x,y,kind", *rows]))
    world.scenario["outlets"] = [
        {
            "file": "outlets.csv",
            "id": "id",
            "x": "x",
            "y": "y",
            "crs": CRS,
            "format": "kind",
            "kinds": {"06*": "再生资源回收点", "0607*": "wet_market", "060703": "elderly_daycare"},
        }
    ]
    contents = world.load().contents
    assert contents.outlets.format.tolist() == ["wet_market", "elderly_daycare", ""]
    assert any("1 of 3 rows are of no kind that kinds names" in w for w in contents.warnings)
    world.put("kinds.csv", "value,format\n0607*,wet_market\n99,no_such\n")
    world.scenario["outlets"][0]["kinds"] = "kinds.csv"
    assert any("must name formats of the catalogue" in fault for fault in world.faults())


def test_joined_tables(world: World) -> None:
    """Columns of another file by a shared key; partners that lack are told, no key is a fault."""
    world.put("people.csv", "cell,x,y\n001,500000,4000000\n002,500500,4000000\n")
    frame = pd.DataFrame(
        {"cell": ["001", "002", "合计"], "人口": [100, 50, 150], "old": [20, 10, 30]}
    )
    frame.to_excel(world.folder / "census.xlsx", index=False)
    world.scenario["demand"] |= {
        "join": {"file": "census.xlsx", "on": "cell"},
        "groups": {"all": "人口", "elderly": "old"},
    }
    del world.scenario["demand"]["district"]
    scenario = world.load()
    assert scenario.contents.demand.persons.tolist() == [[100_000, 50_000], [20_000, 10_000]]
    assert "census.xlsx" in scenario.inputs
    assert any("belong to no row" in w for w in scenario.contents.warnings)
    pd.DataFrame({"cell": ["a"], "人口": [1], "old": [1]}).to_excel(
        world.folder / "census.xlsx", index=False
    )
    assert any("must share keys with census.xlsx" in fault for fault in world.faults())


KEYS = {
    "zeros lost": (["1", "2", "3"], "but for zeros at the beginning"),
    "some zeros lost": (["001", "2", "3"], "2 of 3 rows that find none: 002, 003 (they agree but"),
    "a slip": (["001", "002", "O03"], "1 of 3 rows that find none: 003 (did you mean 'O03'?)"),
    "another town's": (["001", "x", "y"], "002, 003 (write the keys of both alike)"),
    "twice": (["001", "001", "003"], "must have keys that differ, to be joined; got '001'"),
    "blank": (["001", "", ""], "2 of 3 rows that find none: 002, 003"),
    "rounded": (["6.10113E+17", "6.10113E+17", "003"], "codes with all their digits"),
}


@pytest.mark.parametrize("kind", ["csv", "xlsx", "gpkg"])
@pytest.mark.parametrize("how", KEYS)
def test_keys_that_do_not_meet_are_one_fault(world: World, how: str, kind: str) -> None:
    """Rows of which nothing would be counted: how many, which, and the cure; nothing else is told
    of what was not joined."""
    keys, words = KEYS[how]
    world.put("people.csv", "cell,x,y\n" + "".join(f"00{i},500{i}00,4000000\n" for i in (1, 2, 3)))
    frame, path = pd.DataFrame({"code": keys, "n": [1, 2, 3]}), world.folder / f"census.{kind}"
    if kind == "csv":
        frame.to_csv(path, index=False)
    elif kind == "xlsx":
        frame.to_excel(path, index=False)
    else:
        pyogrio.write_dataframe(frame, path)
    world.scenario["demand"] |= {
        "join": {"file": path.name, "on": "cell", "column": "code"},
        "groups": {"all": "n"},
    }
    del world.scenario["demand"]["district"]
    world.scenario["formats"]["use"] = ["wet_market", "recycling_point"]
    told = world.faults()
    assert words in told[0], told
    assert all("nothing in" in fault for fault in told[1:])


def test_keys_of_other_kinds_meet(world: World) -> None:
    """2 of a workbook, 2.0 of a data frame and "2" of a layer are one code; rows that share a row
    of the table are told, for each is given all that it counts."""
    world.put("people.csv", "cell,x,y,jd\n" + "".join(f"{i},50{i}000,4000000,2\n" for i in (1, 2)))
    world.scenario["demand"] |= {"groups": {"all": "n"}}
    del world.scenario["demand"]["district"]
    world.scenario["formats"]["use"] = ["wet_market", "recycling_point"]
    for on, keys, people in (
        ("cell", ["1.0", "2.0"], [10_000, 20_000]),
        ("cell", [1.0, 2.0], [10_000, 20_000]),
        ("jd", [2, 3], [10_000, 10_000]),
    ):
        frame = pd.DataFrame({on: pd.Series(keys, dtype=object), "n": [10, 20]})
        frame.to_excel(world.folder / "census.xlsx", index=False)
        world.scenario["demand"]["join"] = {"file": "census.xlsx", "on": on}
        contents = world.load().contents
        assert contents.demand.persons.tolist() == [people]
        shared = any("2 rows share 1 row of census.xlsx (2)" in line for line in contents.warnings)
        assert shared == (on == "jd")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("joined", [False, True])
def test_the_unit_of_a_title_counts(world: World, kind: str, joined: bool) -> None:
    """单位：万人 above the head is used and told, unless the scenario gives it as its factor; a
    unit in a column's own head comes first; titles of registers count areas likewise."""
    rows = [
        ["人口统计表  单位：万人、户", "", "", "", ""],
        ["cell", "x", "y", "n", "old(人)"],
        ["001", "500000", "4000000", "1.5", "20"],
        ["002", "500500", "4000000", "2", "30"],
    ]
    frame = pd.DataFrame(rows)
    path = world.folder / f"a.{kind}"
    if kind == "csv":
        frame.to_csv(path, header=False, index=False)
    else:
        frame.to_excel(path, header=False, index=False)
    demand = world.scenario["demand"]
    demand |= {"groups": {"all": "n", "elderly": "old(人)"}}
    del demand["district"]
    if joined:
        world.put("people.csv", "cell,x,y\n001,500000,4000000\n002,500500,4000000\n")
        demand["join"] = {"file": path.name, "on": "cell"}
    else:
        demand["file"] = path.name
    contents = world.load().contents
    assert contents.demand.persons.tolist() == [[15_000_000, 20_000_000], [20_000, 30_000]]
    assert any("gives the unit 万人; each number is read as 10,000" in w for w in contents.warnings)
    demand |= {"factor": 10_000, "groups": {"all": "n"}}
    world.scenario["formats"]["use"] = ["wet_market", "recycling_point"]
    assert world.load().contents.demand.persons.tolist() == [[15_000_000, 20_000_000]]
    world.put("premises.csv", "台账 单位：亩,,,\nid,x,y,area\nP2,501000,4000000,3\n")
    world.scenario["premises"] = {
        "file": "premises.csv", "id": "id", "x": "x", "y": "y", "crs": CRS, "area_m2": "area"
    }  # fmt: skip
    assert world.load().contents.premises.area_m2.tolist() == [2000]


def test_formats_by_name_in_the_scenario(world: World) -> None:
    """Names of the catalogue stand for ids wherever ids may stand, in both languages."""
    plain = world.load().problem()
    world.scenario["formats"]["use"] = ["菜市场", "elderly_daycare", "再生资源回收点"]
    named = world.load()
    assert named.standards.use == ("wet_market", "elderly_daycare", "recycling_point")
    assert named.problem().labels.formats == plain.labels.formats
    world.scenario["formats"]["change"] = {"菜市场": {"minutes": -1}}
    assert any("change.菜市场.minutes" in fault for fault in world.faults())


def test_people_of_polygons_are_spread_exactly(world: World) -> None:
    """Sums are kept to the thousandth of a person; a polygon without places keeps its people."""
    squares = [
        shapely.box(5e5 - 300 + d, 4e6 - 300, 5e5 + 300 + d, 4e6 + 300) for d in (0, 900, 1700)
    ]
    frame = gpd.GeoDataFrame(
        {"street": ["东", "中", "西"], "people": [100, 50.5, 7]}, geometry=squares, crs=CRS
    )
    frame.to_file(world.folder / "streets.gpkg")
    houses = gpd.GeoDataFrame(
        {"floors": [1, 1, 1, 2]},
        crs=CRS,
        geometry=shapely.points([[5e5, 4e6], [5e5 + 50, 4e6], [5e5 + 90, 4e6], [5e5 + 900, 4e6]]),
    )
    houses.to_file(world.folder / "houses.fgb")
    world.scenario["demand"] = {
        "file": "streets.gpkg",
        "groups": {"all": "people"},
        "district": "street",
        "spread": {"over": "houses.fgb", "weight": "floors"},
    }
    world.scenario["formats"]["use"] = ["wet_market", "recycling_point"]
    scenario = world.load()
    demand = scenario.contents.demand
    assert sorted(demand.persons[0].tolist()) == [7_000, 33_333, 33_333, 33_334, 50_500]
    assert demand.persons.sum() == 157_500
    assert sorted(demand.district) == sorted("东东东中西")
    assert any(
        "people of 3 polygons are spread over 4 of 4 places" in w
        for w in scenario.contents.warnings
    )
    assert "houses.fgb" in scenario.inputs
