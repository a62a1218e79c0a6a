#!/usr/bin/env bash
# spopt 0.7.0 (geopandas 1.2.0): MCLP.from_geodataframe on layers in EPSG:4326 measures in degrees
# and says nothing. With a service radius meant as 1,000 metres every point of the earth is in
# reach: one facility "covers" 100 % of demand that lies 8.5 and 51 km away. geopandas' own
# distance warns about a geographic system; spopt does not pass through it.
# Expected: a refusal or a warning, as for layers whose systems differ.
# Way out: project the layers first.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q spopt==0.7.0 geopandas==1.2.0 pulp==3.3.2
cd "$work"
"$work/env/bin/python" - <<'PY'
import warnings

import geopandas
import pulp
from spopt.locate import MCLP


def covered(crs):
    """Percentage that one facility covers within 1,000, and warnings about the system."""
    demand = geopandas.GeoDataFrame(
        {"people": [1, 1, 1]},
        geometry=geopandas.points_from_xy([116.3, 116.4, 116.9], [39.9, 39.9, 39.9]),
        crs=4326,
    ).to_crs(crs)
    sites = demand.iloc[[0, 2]].reset_index(drop=True)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        model = MCLP.from_geodataframe(
            demand, sites, "geometry", "geometry", "people", service_radius=1000, p_facilities=1
        ).solve(pulp.PULP_CBC_CMD(msg=False))
    return model.perc_cov, [w for w in told if "CRS" in str(w.message)]


degrees, metres = covered(4326), covered(32650)
print("EPSG:4326:", degrees, "| EPSG:32650:", metres)
assert degrees == (100.0, []), "spopt minds the system now"
assert metres[0] < 34
PY
