"""Outlets from OpenStreetMap tags."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from siting.errors import InputError
from siting.files.raw import RawLayer
from siting.scenario.layers.osm import KIND, OSM_ID, read_osm
from siting.scenario.layers.osm_tags import split_filter
from tests.tools.worlds import World

EXTRACT = """<?xml version='1.0' encoding='UTF-8'?>
<osm version="0.6">
 <node id="1" lat="0" lon="0"><tag k="shop" v="kiosk"/><tag k="name" v="角店"/></node>
 <node id="2" lat="0" lon="1"/><node id="3" lat="1" lon="1"/><node id="4" lat="1" lon="0"/>
 <node id="5" lat="0.4" lon="0.4"/><node id="6" lat="0.4" lon="0.6"/>
 <node id="7" lat="0.6" lon="0.6"/><node id="8" lat="0.6" lon="0.4"/>
 <node id="9" lat="5" lon="5"><tag k="amenity" v="bench"/></node>
 <way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>
  <tag k="amenity" v="marketplace"/></way>
 <way id="11"><nd ref="5"/><nd ref="6"/><nd ref="7"/><nd ref="8"/><nd ref="5"/></way>
 <way id="12"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/></way>
 <way id="13"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="amenity" v="marketplace"/></way>
 <way id="14"><nd ref="1"/><nd ref="99"/><tag k="amenity" v="marketplace"/></way>
 <relation id="20"><member type="way" ref="12" role="outer"/>
 <member type="way" ref="11" role="inner"/>
  <tag k="type" v="multipolygon"/><tag k="amenity" v="marketplace"/></relation>
 <relation id="21"><member type="way" ref="77" role="outer"/>
  <tag k="type" v="multipolygon"/><tag k="shop" v="kiosk"/></relation>
</osm>"""


def read(tmp_path: Path, *filters: str) -> RawLayer:
    path = tmp_path / "a.osm"
    path.write_text(EXTRACT, encoding="utf-8")
    return read_osm(path, "a.osm", filters)


def test_nodes_ways_and_relations_are_found_once(tmp_path: Path) -> None:
    """A closed way is one area, an open way a line, a multipolygon has its hole."""
    raw = read(tmp_path, "amenity=marketplace", "shop=*")
    assert list(raw.frame[OSM_ID]) == ["n1", "w10", "w13", "r20"]
    assert list(raw.frame[KIND]) == ["shop=*", *["amenity=marketplace"] * 3]
    assert raw.geometry is not None
    assert raw.frame["name"][0] == "角店"
    assert [shape.geom_type for shape in raw.geometry] == [
        "Point",
        "MultiPolygon",
        "LineString",
        "MultiPolygon",
    ]
    assert np.isclose(raw.geometry[3].area, 1 - 0.04)
    assert not raw.geometry[3].contains(shapely.Point(0.5, 0.5))


def test_what_the_extract_cuts_off_is_counted(tmp_path: Path) -> None:
    """A way and a relation without all their parts."""
    assert (
        "2 tagged ways or relations lack parts"
        in read(tmp_path, "amenity=marketplace", "shop=kiosk").warnings[0]
    )


BUILDINGS = """<?xml version='1.0' encoding='UTF-8'?>
<osm version="0.6">
 <node id="1" lat="0" lon="0"/><node id="2" lat="0" lon="0.001"/>
 <node id="3" lat="0.001" lon="0.001"/><node id="4" lat="0.001" lon="0"/>
 <way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>
  <tag k="building" v="retail"/></way>
 <way id="11"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="building" v="wall"/></way>
</osm>"""


def test_buildings_may_be_premises(world: World) -> None:
    """Ids and footprints of OpenStreetMap; a line has no footprint, which is told."""
    world.put("a.osm", BUILDINGS)
    world.put("people.csv", "cell,x,y,people,old,jiedao\n1,0.0001,0.0001,5,1,N\n")
    world.scenario |= {"crs": "EPSG:32631", "travel": {"mode": "euclidean"}, "outlets": []}
    world.scenario["demand"]["crs"] = "EPSG:4326"
    world.scenario["premises"] = {
        "file": "a.osm",
        "osm": "building=retail",
        "id": "@id",
        "area_m2": "@area_m2",
    }
    premises = world.load().premises
    assert list(premises["id"]) == ["w10"]
    assert premises["area_m2"][0] == pytest.approx(111.32 * 110.57, rel=0.001)
    world.scenario["premises"]["osm"] = ["building=*"]
    (fault,) = world.faults()
    assert (
        "a.osm: @area_m2: must be floor space in m2, a number >= 0; got nothing in row 2" in fault
    )
    world.scenario["premises"]["osm"] = ["building"]
    assert any("premises.osm.0: must read key=value or key=*" in fault for fault in world.faults())


def test_values_are_exact(tmp_path: Path) -> None:
    """``amenity=bench`` finds no marketplace, and nothing found is an empty layer."""
    assert list(read(tmp_path, "amenity=bench").frame[OSM_ID]) == ["n9"]
    assert len(read(tmp_path, "amenity=school").frame) == 0


@pytest.mark.parametrize("text", ["amenity", "=x", "amenity=", ""])
def test_filters_that_say_nothing(text: str) -> None:
    """A filter has a key and a value."""
    with pytest.raises(ValueError):
        split_filter(text)


@pytest.mark.parametrize("name", ["a.osm.pbf", "a.osm"])
@pytest.mark.parametrize("raw", [b"", b"OSMHeader", b"<osm", b"<OGRVRTDataSource/>", b"PK\x03\x04"])
def test_another_kind_of_file(tmp_path: Path, name: str, raw: bytes) -> None:
    """Told in one line."""
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(InputError, match="OpenStreetMap extract"):
        read_osm(tmp_path / name, name, ["a=b"])
