#!/usr/bin/env bash
# eviltransform 0.1.1 (WGS-84, GCJ-02, BD-09): "in China" is a rectangle from 0.8293 to 55.8271
# degrees north and 72.004 to 137.8347 east, so Hanoi, Ulaanbaatar, Seoul, Taipei and Hong Kong are
# shifted by hundreds of metres as well, without a word. Tokyo, outside the rectangle, is left alone.
# Expected: an error or no shift abroad, where no map provider uses GCJ-02.
# Way out: test for the country's border before the shift is applied.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q eviltransform==0.1.1
cd "$work"
"$work/env/bin/python" - <<'PY'
import eviltransform

places = {
    "Hanoi": (21.03, 105.85), "Ulaanbaatar": (47.90, 106.90), "Seoul": (37.57, 126.98),
    "Tokyo": (35.68, 139.70),
}
moved = {
    name: round(eviltransform.distance(*place, *eviltransform.wgs2gcj(*place)))
    for name, place in places.items()
}
print("metres moved:", moved)
assert all(moved[name] > 100 for name in ("Hanoi", "Ulaanbaatar", "Seoul")), "borders are known now"
assert moved["Tokyo"] == 0
PY
