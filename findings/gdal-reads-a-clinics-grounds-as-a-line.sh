#!/usr/bin/env bash
# pyogrio 0.13.0 (GDAL 3.12.4), OSM driver: grounds drawn as a closed way are an area when tagged
# shop=* or amenity=*, but a line when tagged healthcare=clinic, the wiki's own tag for a clinic: the
# driver's list of area keys (osmconf.ini) lacks it. Who looks for outlets among "points" and
# "multipolygons" finds a town's clinics only where they are single nodes.
# Expected: healthcare=* on a closed way is an area, as on the OpenStreetMap wiki. Way out: a
# configuration of one's own (OSM_CONFIG_FILE) with healthcare in closed_ways_are_polygons.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q pyogrio==0.13.0 geopandas==1.2.0
cd "$work"
cat > town.osm <<'OSM'
<?xml version="1.0"?>
<osm version="0.6" generator="by hand">
 <node id="1" lat="30.000" lon="104.000" version="1"/>
 <node id="2" lat="30.000" lon="104.001" version="1"/>
 <node id="3" lat="30.001" lon="104.001" version="1"/>
 <way id="10" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/><tag k="shop" v="supermarket"/></way>
 <way id="11" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/><tag k="amenity" v="kindergarten"/></way>
 <way id="12" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/><tag k="healthcare" v="clinic"/></way>
</osm>
OSM
"$work/env/bin/python" - <<'PY'
import pyogrio

areas = pyogrio.read_dataframe("town.osm", layer="multipolygons")["osm_way_id"].tolist()
lines = pyogrio.read_dataframe("town.osm", layer="lines")["osm_id"].tolist()
gdal = ".".join(map(str, pyogrio.__gdal_version__))
print("pyogrio", pyogrio.__version__, "GDAL", gdal, "areas:", areas, "lines:", lines)
assert (areas, lines) == (["10", "11"], ["12"]), "a clinic's grounds are an area now"
PY
