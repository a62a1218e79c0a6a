#!/usr/bin/env bash
# pyosmium 4.3.2, an OSM file as an editor saves it: new objects have negative ids, deleted ones
# stand in the file with action='delete'. FileProcessor.with_locations() finds no location for any
# node with a negative id, whichever store is named, and raises nothing until a coordinate is asked
# for; the deleted node arrives as visible and not deleted.
# Expected: locations (the nodes stand before the way), or an error at once; deleted=True.
# Way out: number the objects anew and drop deleted ones before reading.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q osmium==4.3.2
cd "$work"
"$work/env/bin/python" - <<'PY'
from pathlib import Path

import osmium

Path("edited.osm").write_text("""<?xml version='1.0' encoding='UTF-8'?>
<osm version='0.6' generator='JOSM'>
  <node id='-1' action='modify' visible='true' lat='39.90' lon='116.30'/>
  <node id='-2' action='modify' visible='true' lat='39.91' lon='116.31'/>
  <node id='5' action='delete' visible='true' version='1' lat='39.92' lon='116.31'/>
  <way id='-3' action='modify' visible='true'>
    <nd ref='-1'/><nd ref='-2'/><tag k='highway' v='residential'/>
  </way>
</osm>
""")
for store in ("flex_mem", "sparse_mem_array", "dense_mem_array"):
    for thing in osmium.FileProcessor("edited.osm").with_locations(store):
        if thing.is_way():
            known = [node.location.valid() for node in thing.nodes]
            print(f"{store}: locations of the way's nodes known: {known}")
            assert known == [False, False], "negative ids have locations now"
        elif thing.id == 5:
            print(f"{store}: deleted node: visible {thing.visible}, deleted {thing.deleted}")
            assert thing.visible and not thing.deleted, "action='delete' is heeded now"
PY
