#!/usr/bin/env bash
# pyogrio 0.13.0 with the GDAL of its wheel: FlatGeobuf is written with a spatial index by default,
# and with the index the rows are stored in the order of its curve. A layer read back stands in
# another order than the frame it came from, and nothing says so; GeoPackage, GeoJSON, shapefile and
# file geodatabase keep the order.
# Expected: the rows as given, for positions are what two layers are often joined by.
# Way out: SPATIAL_INDEX=NO, or a column that holds the order; never join by position.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q pyogrio==0.13.0 geopandas==1.2.0 pandas==3.1.1 shapely==2.2.0
cd "$work"
"$work/env/bin/python" - <<'PY'
import geopandas
import numpy
import pyogrio

places = numpy.random.default_rng(1).uniform(0, 1000, (8, 2))
names = [f"S{k}" for k in range(8)]
frame = geopandas.GeoDataFrame(
    {"site": names}, geometry=geopandas.points_from_xy(*places.T), crs=32650
)
found = {}
for driver, file, more in (
    ("FlatGeobuf", "a.fgb", {}),
    ("FlatGeobuf", "plain.fgb", {"SPATIAL_INDEX": "NO"}),
    ("GPKG", "a.gpkg", {}),
    ("GeoJSON", "a.geojson", {}),
    ("OpenFileGDB", "a.gdb", {}),
    ("ESRI Shapefile", "a.shp", {}),
):
    pyogrio.write_dataframe(frame, file, driver=driver, **more)
    found[file] = list(pyogrio.read_dataframe(file).site)
    print(f"{file:10}", *found[file], f"GDAL {pyogrio.__gdal_version_string__}")
assert sorted(found["a.fgb"]) == names and found["a.fgb"] != names, "the order is kept now"
assert all(rows == names for file, rows in found.items() if file != "a.fgb")
PY
