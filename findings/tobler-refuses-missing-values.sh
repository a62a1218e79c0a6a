#!/usr/bin/env bash
# tobler 0.13.0 with pandas 3.1.1: areal interpolation of a column with a missing value. tobler
# means to warn and take 0 for it; pandas 3 hands out read-only arrays, and the warning's own cure
# ends in "ValueError: assignment destination is read-only". With pandas 2 the same lines work.
# Expected: the warning and a result, or a message about the missing value.
# Way out: fill or drop missing values before.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
for pandas in 2.3.3 3.1.1; do
    python3 -m venv "$work/$pandas"
    "$work/$pandas/bin/pip" install -q tobler==0.13.0 geopandas==1.2.0 "pandas==$pandas"
    (cd "$work" && "$work/$pandas/bin/python" -W ignore - <<'PY'
import geopandas
import numpy
import pandas
from shapely.geometry import box
from tobler.area_weighted import area_interpolate

census = geopandas.GeoDataFrame(
    {"people": [100.0, numpy.nan]}, geometry=[box(0, 0, 100, 100), box(100, 0, 200, 100)], crs=32650
)
blocks = geopandas.GeoDataFrame(geometry=[box(0, 0, 50, 100), box(50, 0, 200, 100)], crs=32650)
try:
    found = str(area_interpolate(census, blocks, extensive_variables=["people"])["people"].tolist())
except ValueError as error:
    found = f"ValueError: {error}"
print("pandas", pandas.__version__, found)
assert found.startswith("ValueError") == pandas.__version__.startswith("3"), "mended"
PY
    )
done
