#!/usr/bin/env bash
# pyogrio 0.13.0 (GDAL 3.12.4 in its wheel), pandas 3.1.1, pyarrow 22.0.0: a whole-number column
# with a coded domain, as land-use layers have it, comes from read_arrow as a dictionary column; its
# dictionary is as long as the highest code and null at each number that is no code (0 among them).
# Arrow allows that, pandas does not: read_dataframe(use_arrow=True) ends with "Categorical
# categories cannot be null" on a sound file whose every cell is filled. Without Arrow the same
# column comes as the plain codes.
# Expected: the column as codes, or labels that pandas takes.
# Way out: read_arrow and the column cast to its values (string) before pandas sees it.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q pyogrio==0.13.0 geopandas==1.2.0 pandas==3.1.1 pyarrow==22.0.0
cd "$work"
"$work/env/bin/python" - <<'PY'
import sqlite3

import geopandas
import numpy
import pandas
import pyogrio
from shapely import Point

codes = numpy.array([1, 2, 4], dtype="int32")
points = [Point(k, 0) for k in range(3)]
frame = geopandas.GeoDataFrame({"use": codes}, geometry=points, crs=4326)
pyogrio.write_dataframe(frame, "uses.gpkg", layer="uses")
# The domain by the extension "schema" of GeoPackage
scope = "'gpkg_schema', 'http://www.geopackage.org/spec121/#extension_schema', 'read-write'"
with sqlite3.connect("uses.gpkg") as base:
    base.executescript(f"""
    CREATE TABLE IF NOT EXISTS gpkg_extensions (table_name TEXT, column_name TEXT,
      extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
      UNIQUE (table_name, column_name, extension_name));
    CREATE TABLE gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT,
      title TEXT, description TEXT, mime_type TEXT, constraint_name TEXT,
      PRIMARY KEY (table_name, column_name), UNIQUE (table_name, name));
    CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT NOT NULL,
      constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC,
      max_is_inclusive BOOLEAN, description TEXT, UNIQUE (constraint_name, constraint_type, value));
    INSERT INTO gpkg_extensions VALUES ('gpkg_data_columns', NULL, {scope});
    INSERT INTO gpkg_extensions VALUES ('gpkg_data_column_constraints', NULL, {scope});
    INSERT INTO gpkg_data_columns VALUES ('uses', 'use', NULL, NULL, NULL, NULL, 'uses');
    """)
    for code, label in ((1, "market"), (2, "clinic"), (4, "school")):
        base.execute(
            "INSERT INTO gpkg_data_column_constraints VALUES"
            " ('uses', 'enum', ?, NULL, NULL, NULL, NULL, ?)",
            (str(code), label),
        )
base.close()

print("pyogrio", pyogrio.__version__, "GDAL", pyogrio.__gdal_version_string__)
plain = pyogrio.read_dataframe("uses.gpkg")["use"].tolist()
print("pandas", pandas.__version__, "read_dataframe:", plain)
column = pyogrio.read_arrow("uses.gpkg")[1]["use"]
labels = column.chunk(0).dictionary.to_pylist()
print("read_arrow:", column.to_pylist(), "of the dictionary", labels)
assert plain == column.chunk(0).indices.to_pylist() == [1, 2, 4]
assert column.cast("string").to_pandas().tolist() == ["market", "clinic", "school"]
assert labels == [None, "market", "clinic", None, "school"], labels
try:
    pyogrio.read_dataframe("uses.gpkg", use_arrow=True)
except ValueError as error:
    print("read_dataframe(use_arrow=True):", error)
    assert "categories cannot be null" in str(error)
else:
    raise SystemExit("such a column becomes a data frame now")
PY
