#!/usr/bin/env bash
# CBC as cbcbox 2.929 ships it (what PuLP 4 runs), a program in whole numbers of 38 million that ends
# at its time limit: the plan's value is printed with all digits, the bound beside it with six
# ("-3.82786e+07"). Read as it stands, the bound is off by up to fifty and may say that
# no plan is better than one which is not the best.
# Expected: as many digits as the objective has. Way out: widen a printed bound by what six digits
# hide.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q cbcbox==2.929 highspy==1.12.0
cd "$work"
"$work/env/bin/python" - <<'PY'
import random
import subprocess

import cbcbox
import highspy

random.seed(3)
highs = highspy.Highs()
highs.setOptionValue("output_flag", False)
open_ = [highs.addVariable(0, 1, -random.randint(100_000, 900_000), name=f"x{j}") for j in range(200)]
for j in range(len(open_)):
    highs.changeColIntegrality(j, highspy.HighsVarType.kInteger)
for _ in range(40):
    floor = [random.randint(100, 900) for _ in open_]
    highs.addConstr(sum(a * x for a, x in zip(floor, open_)) <= sum(floor) // 4)
highs.writeModel("city.mps")
told = subprocess.run(
    [cbcbox.cbc_bin_path(), "city.mps", "-sec", "3", "-solve", "-quit"],
    capture_output=True,
    text=True,
).stdout
end = told[told.rindex("Result") :].splitlines()
value = next(line for line in end if "bjective value" in line).split()[-1]
bound = next(line for line in end if "bound" in line.lower()).split()[-1]
print("objective", value, "| bound", bound)
assert len(value.strip("-").replace(".", "")) >= 8, value
assert "e+" in bound and len(bound.split("e")[0].strip("-")) <= 7, "bounds have all their digits now"
PY
