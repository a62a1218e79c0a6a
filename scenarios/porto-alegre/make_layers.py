"""Derive outlets and candidate premises of Porto Alegre from its hexagon table.

The source has no shops and no buildings, so both are stand-ins at the hexagons' centres:

* outlets: one health post for each health centre a hexagon counts (format ``health_post``), and
  the public market among the named places (format ``wet_market``);
* premises: every hexagon with at least 100 jobs, because where people work there are floors to
  let. Floor space to let is 1 m2 a job, between 60 and 2,000 m2; the cost factor rises with the
  logarithm of jobs from 0.8 to 1.6.

Run ``python scenarios/porto-alegre/make_layers.py`` to write both tables again.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

DATA = Path(__file__).parent / "data"
FEWEST_JOBS = 100
M2_PER_JOB = 1.0


def outlets(cells: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """Columns id, lon, lat, kind."""
    count = cells["healthcare"].fillna(0).astype(int)
    posts = cells.loc[cells.index.repeat(count), ["id", "lon", "lat"]].copy()
    posts["id"] += "-" + (posts.groupby("id").cumcount() + 1).astype(str)
    posts["kind"] = "health_post"
    market = places.loc[places["id"] == "public_market", ["id", "lon", "lat"]].copy()
    market["kind"] = "wet_market"
    return pd.concat((posts, market), ignore_index=True)


def premises(cells: pd.DataFrame) -> pd.DataFrame:
    """Columns id, lon, lat, area, factor."""
    busy = cells[cells["jobs"] >= FEWEST_JOBS]
    rise = np.log(busy["jobs"] / FEWEST_JOBS) / np.log(80)
    return pd.DataFrame(
        {
            "id": busy["id"],
            "lon": busy["lon"].round(6),
            "lat": busy["lat"].round(6),
            "area": np.floor((busy["jobs"] * M2_PER_JOB).clip(60, 2000)).astype(int),
            "factor": np.round(0.8 + 0.8 * rise.clip(0, 1), 2),
        }
    )


if __name__ == "__main__":
    cells = pd.read_csv(DATA / "poa_hexgrid.csv")
    places = pd.read_csv(DATA / "poa_points_of_interest.csv")
    for name, table in (("outlets", outlets(cells, places)), ("premises", premises(cells))):
        table.to_csv(DATA / f"{name}.csv", index=False, lineterminator="\n")
        print(f"{len(table)} {name}")
