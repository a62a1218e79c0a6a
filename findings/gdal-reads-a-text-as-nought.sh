#!/usr/bin/env bash
# pyogrio 0.13.0 with the GDAL of its wheel: a GeoPackage is a SQLite database, and SQLite keeps a text in
# a column of numbers as it is given. Such a cell ("viele", or a blank one) is read as 0 by read_dataframe
# and by read_arrow alike, without a warning: people that nobody counted become nobody. A cell that is
# NULL is read as missing.
# Expected: a missing value, a warning or an error; 0 is a number that nobody wrote.
# Way out: ask SQLite for the rows where typeof(column) is text or blob, and judge them by themselves.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q pyogrio==0.13.0 geopandas==1.2.0 pandas==3.1.1 shapely==2.2.0 pyarrow
cd "$work"
"$work/env/bin/python" -W error - <<'PY'
import sqlite3

import geopandas
import pyogrio

shapes = geopandas.points_from_xy([0, 1, 2, 3], [0, 0, 0, 0])
frame = geopandas.GeoDataFrame(
    {"people": [1.5, 2.5, 3.5, 4.5], "floor": [1, 2, 3, 4]}, geometry=shapes, crs=32650
)
frame.to_file("a.gpkg", layer="a", engine="pyogrio")
link = sqlite3.connect("a.gpkg")
for (name,) in link.execute("select name from sqlite_master where type = 'trigger'").fetchall():
    link.execute(f"drop trigger [{name}]")
link.execute("update a set people = 'viele', floor = 'ground' where fid = 1")
link.execute("update a set people = '', floor = '' where fid = 2")
link.execute("update a set people = null, floor = null where fid = 3")
link.commit()
link.close()
read = pyogrio.read_dataframe("a.gpkg")
people, floor = read.people.tolist(), read.floor.tolist()
print(f"GDAL {pyogrio.__gdal_version_string__}: people {people}, floor {floor}")
assert people[:2] == [0, 0] and people[2] != people[2] and people[3] == 4.5, "told now"
assert floor[:2] == [0, 0] and floor[3] == 4, "told now"
arrow = pyogrio.read_arrow("a.gpkg")[1].column("people").to_pylist()
print("by Arrow:", arrow)
assert arrow == [0, 0, None, 4.5], "told now"
PY
