#!/usr/bin/env bash
# pyogrio 0.13.0 (GDAL 3.12 in its wheel), geopandas 1.1.1, pandas 2.3.3: an Integer64 column of a
# GeoPackage with one blank cell comes back as float64 from read_dataframe, and 18-digit codes (as
# Chinese census units have) are rounded: ...003017 and ...003029 become one. read_arrow keeps them.
# Expected: a nullable integer, or at least a word. Seen: two districts become one in silence.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q pyogrio==0.13.0 geopandas==1.1.1 pandas==2.3.3 pyarrow==22.0.0
cd "$work"
"$work/env/bin/python" - <<'PY'
import geopandas as gpd
import pandas as pd
import pyogrio
from shapely import Point

codes = pd.array([610113001003003017, 610113001003003029, None], dtype="Int64")
frame = gpd.GeoDataFrame({"code": codes}, geometry=[Point(k, 0) for k in range(3)], crs=4326)
pyogrio.write_dataframe(frame, "codes.gpkg")
column = pyogrio.read_dataframe("codes.gpkg")["code"]
arrow = pyogrio.read_arrow("codes.gpkg")[1]["code"].to_pylist()
print("pyogrio", pyogrio.__version__, "GDAL", pyogrio.__gdal_version_string__)
print("read_dataframe:", column.dtype, [f"{value:.0f}" for value in column[:2]])
print("read_arrow:    ", arrow[:2])
assert column.dtype == "float64" and column[0] == column[1], "read_dataframe keeps codes now"
assert arrow == [610113001003003017, 610113001003003029, None]
PY
