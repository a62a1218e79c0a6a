#!/usr/bin/env bash
# pandana 0.8 (numpy 2.4.6, pandas 3.1.1): values set on a network are held in single precision, so
# a number of people past 2^24 loses its last digits: 16,777,217 become 16,777,216, and of two
# blocks of 20,000,001 and 1 people one walk apart the sum is 20,000,001.
# Expected: float64 in, float64 out, as the type of what is returned says ("float64").
# Way out: count persons outside of it, or set parts that each stay below 2^24.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q pandana==0.8 numpy==2.4.6 pandas==3.1.1
cd "$work"
"$work/env/bin/python" - <<'PY' | tail -n 3
import pandana
import pandas

nodes = pandas.DataFrame({"x": [0.0, 100.0, 900.0], "y": [0.0, 0.0, 0.0]})
edges = pandas.DataFrame({"a": [0, 1], "b": [1, 2], "metres": [100.0, 800.0]})
network = pandana.Network(nodes.x, nodes.y, edges["a"], edges["b"], edges[["metres"]])
network.set(pandas.Series([0, 1, 2]), pandas.Series([20_000_001.0, 1.0, 16_777_217.0]), "people")
found = network.aggregate(200, type="sum", decay="flat", name="people")
print()
print("in reach of each block:", found.tolist(), found.dtype)
assert found.dtype == "float64"
assert found.tolist() == [20_000_001.0, 20_000_001.0, 16_777_216.0], "pandana keeps doubles now"
PY
