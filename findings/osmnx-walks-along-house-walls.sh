#!/usr/bin/env bash
# osmnx 2.1.1: graph_from_xml makes an edge of every way of the file, whatever it is tagged. The wall
# of a house between two junctions becomes a street (its shortest one, at that), a motorway one for
# walkers; graph_from_place and its kin filter by highway=* in their query, a local file goes without
# a filter and the documentation of the call names none.
# Expected: ways with a highway tag, or a word. Way out: cut the file by tags before (osmium tags-filter).
# Seen: two edges (to and fro) for the house; a walk of 608 m by street became 222 m.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q osmnx==2.1.1
cd "$work"
cat > town.osm <<'OSM'
<?xml version="1.0"?>
<osm version="0.6" generator="by hand">
 <node id="1" lat="30.000" lon="104.000"/>
 <node id="2" lat="30.000" lon="104.002"/>
 <node id="3" lat="30.002" lon="104.002"/>
 <node id="4" lat="30.002" lon="104.000"/>
 <way id="10"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
 <way id="11"><nd ref="2"/><nd ref="3"/><tag k="highway" v="footway"/></way>
 <way id="12"><nd ref="3"/><nd ref="4"/><tag k="highway" v="steps"/></way>
 <way id="13"><nd ref="1"/><nd ref="4"/><tag k="building" v="yes"/></way>
</osm>
OSM
"$work/env/bin/python" - <<'PY'
import networkx
import osmnx

streets = osmnx.graph_from_xml("town.osm", simplify=False, retain_all=True)
house = [data for u, v, data in streets.edges(data=True) if {u, v} == {1, 4}]
walk = networkx.shortest_path_length(streets, 1, 4, weight="length")
streets.remove_edges_from([(1, 4), (4, 1)])
around = networkx.shortest_path_length(streets, 1, 4, weight="length")
print("osmnx", osmnx.__version__, "edges of the house:", len(house), f"walk {walk:.0f} m, {around:.0f} m by street")
assert house and not any("highway" in data for data in house), "houses are no streets now"
PY
