"""What lies around the streets: read from the extract, whatever of it is cut off at its edge."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.cache import Cache
from siting.report.surroundings import background_of
from siting.walking import background
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


def test_an_extract_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second result upon the same streets finds what lies around them, whatever the file is
    called; other streets are read."""
    file, copy = tmp_path / "town.osm", tmp_path / "copy.osm"
    for each in (file, copy):
        each.write_text(OSM, encoding="utf-8")
    cache = Cache(tmp_path / "cache")
    first = background_of(file, cache)

    def never(path: Path) -> None:
        raise AssertionError(f"{path.name} was read")

    monkeypatch.setattr(background, "read_background", never)
    again = background_of(copy, cache)
    assert (again.name, again.rank) == (first.name, first.rank) and len(again.name) == 2
    for kind in ("water", "rivers", "railways"):
        told = [[shape.wkb for shape in getattr(each, kind)] for each in (first, again)]
        assert told[0] == told[1] and len(told[0]) == 1
    file.write_text(OSM.replace("Eira", "Kallio"), encoding="utf-8")
    with pytest.raises(AssertionError, match=r"town\.osm"):
        background_of(file, cache)
