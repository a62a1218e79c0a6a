#!/usr/bin/env bash
# pyproj 3.7.2 with the PROJ of its wheel, geopandas 1.2.0: from Xi'an 1980 (EPSG:4610, zones like
# 2384) and Beijing 1954 (4214) to CGCS2000 (4490) the best operation known is a "ballpark"
# one that leaves every coordinate as it is; accuracy -1. geopandas' to_crs warns of nothing, though
# the real shift is tens of metres and more and the layer looks transformed.
# Expected: a warning where the accuracy is unknown; errcheck=True does not help either.
# Way out: refuse old datums, or ask for only_best=True with the national grid at hand.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q pyproj==3.7.2 geopandas==1.2.0
cd "$work"
"$work/env/bin/python" -W error - <<'PY'
import geopandas
import pyproj

for code in (4610, 4214):
    operation = pyproj.Transformer.from_crs(code, 4490, always_xy=True)
    moved = operation.transform(117.0, 36.6, errcheck=True)
    layer = geopandas.GeoSeries.from_xy([117.0], [36.6], crs=code).to_crs(4490)
    print(code, moved, operation.accuracy, operation.description)
    assert moved == (117.0, 36.6) and (layer.x[0], layer.y[0]) == (117.0, 36.6), "moved now"
    assert operation.accuracy == -1 and "Ballpark" in operation.description
PY
