#!/usr/bin/env bash
# CBC as PuLP 3.3.2 ships it, MPS files that HiGHS 1.12.0 writes: a maximum stands in the file as an
# OBJSENSE section (MAX), which HiGHS itself and others heed. CBC reads it without a word and
# minimises: "Optimal", 0, where 5 can be had.
# Expected: the maximum, or a refusal. Way out: write the minimum of the negative.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q pulp==3.3.2 highspy==1.12.0
cd "$work"
"$work/env/bin/python" - <<'PY'
import subprocess

import highspy
import pulp

highs = highspy.Highs()
highs.setOptionValue("output_flag", False)
x = highs.addVariable(0, 1, 5, name="x")
highs.addConstr(x <= 1)
highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
highs.writeModel("largest.mps")
highs.run()
text = open("largest.mps").read()
told = subprocess.run(
    [pulp.PULP_CBC_CMD().path, "largest.mps", "solve", "quit"], capture_output=True, text=True
).stdout
line = next(l for l in told.splitlines() if "bjective" in l and "0" in l)
print("file says:", [l for l in text.splitlines() if "MAX" in l.upper()][:1])
print("HiGHS:", highs.getInfo().objective_function_value, "| CBC:", line)
assert "MAX" in text.upper() and highs.getInfo().objective_function_value == 5
assert " 5" not in line, "CBC heeds OBJSENSE now"
PY
