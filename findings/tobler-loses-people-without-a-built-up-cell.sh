#!/usr/bin/env bash
# tobler 0.13.0 with rasterio 1.4.4: dasymetric.masked_area_interpolate spreads the people of coarse
# polygons over the cells of some land cover classes. A polygon without any such cell loses all its
# people, without a word: 1,700 of 2,200 arrive. area_interpolate of the same layers keeps 2,200.
# Expected: an extensive variable keeps its sum, or a warning names the polygon. Way out: compare the
# sums; spread over the polygon's whole area where it has no cell.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q tobler==0.13.0 rasterio==1.4.4 geopandas==1.2.0 numpy==2.4.6
cd "$work"
"$work/env/bin/python" - <<'PY'
import warnings
from importlib.metadata import version

import geopandas
import numpy as np
import rasterio
from rasterio.transform import from_origin
from shapely.geometry import box
from tobler.area_weighted import area_interpolate
from tobler.dasymetric import masked_area_interpolate

EAST, NORTH = 38_500_000, 4_003_000
cover = np.full((30, 30), 11, np.int16)
cover[:, :10], cover[5:8, 25:28] = 21, 22  # built up: all of the first, a spot of the third
with rasterio.open(
    "cover.tif", "w", driver="GTiff", height=30, width=30, count=1, dtype="int16",
    crs="EPSG:4526", transform=from_origin(EAST, NORTH, 100, 100),
) as file:
    file.write(cover, 1)


def squares(side, per_row, rows):
    """Squares from the west, from the south."""
    return [
        box(EAST + side * i, NORTH - 3000 + side * j, EAST + side * (i + 1), NORTH - 3000 + side * (j + 1))
        for i in range(per_row)
        for j in range(rows)
    ]


wards = geopandas.GeoDataFrame(
    {"people": [1000.0, 500.0, 700.0]},
    geometry=[box(EAST + 1000 * i, NORTH - 3000, EAST + 1000 * (i + 1), NORTH) for i in range(3)],
    crs="EPSG:4526",
)
cells = geopandas.GeoDataFrame(geometry=squares(500, 6, 6), crs="EPSG:4526")
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    masked = masked_area_interpolate(wards, cells, "cover.tif", [21, 22], extensive_variables=["people"])
plain = area_interpolate(wards, cells, extensive_variables=["people"])
about = [str(one.message) for one in told if "people" in str(one.message)]
sums = round(masked.people.sum()), round(plain.people.sum())
print("tobler", version("tobler"), "built-up cells:", sums[0], "areas:", sums[1], "told:", about)
assert sums == (1700, 2200) and not about, "nobody is lost, or it is told, now"
PY
