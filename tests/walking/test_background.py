"""What lies around the streets: read from the extract, whatever of it is cut off at its edge."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.walking.background import read_background

OSM = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
 <node id="1" lat="0" lon="0"/><node id="2" lat="0" lon="0.01"/>
 <node id="3" lat="0.01" lon="0.01"/><node id="4" lat="0.01" lon="0"/>
 <node id="5" lat="0.005" lon="0.005"><tag k="place" v="suburb"/><tag k="name" v="Eira"/></node>
 <node id="6" lat="0.006" lon="0.006"><tag k="place" v="city"/><tag k="name" v="Helsinki"/></node>
 <node id="7" lat="0.007" lon="0.007"><tag k="place" v="city"/></node>
 <way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>
  <tag k="natural" v="water"/></way>
 <way id="2"><nd ref="1"/><nd ref="3"/><nd ref="99"/><tag k="railway" v="tram"/></way>
 <way id="3"><nd ref="1"/><nd ref="3"/><tag k="railway" v="subway"/><tag k="tunnel" v="yes"/></way>
 <way id="4"><nd ref="98"/><nd ref="99"/><tag k="waterway" v="river"/></way>
 <way id="5"><nd ref="2"/><nd ref="4"/><tag k="waterway" v="canal"/></way>
</osm>
"""


def test_water_rails_and_names(tmp_path: Path) -> None:
    """Areas of water, lines with the nodes there are, no tunnels; named places, larger first."""
    file = tmp_path / "town.osm"
    file.write_text(OSM, encoding="utf-8")
    found = read_background(file)
    assert [shape.area for shape in found.water] == pytest.approx([1e-4])
    assert [len(shape.coords) for shape in found.railways] == [2]
    assert [len(shape.coords) for shape in found.rivers] == [2]
    assert found.name == ("Helsinki", "Eira") and found.rank == (0, 1)
    assert found.name_lonlat.tolist() == [[0.006, 0.006], [0.005, 0.005]]
