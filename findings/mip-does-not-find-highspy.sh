#!/usr/bin/env bash
# mip 2.0.0 (Python-MIP) with its own extra mip[highs], which brings highspy (1.16.0 today), on
# Linux: Model(solver_name="HIGHS") says "HiGHS not found. Please install the highspy package (pip
# install mip[highs])" although that is what was installed. It looks for the C functions in highspy's
# extension module, whose newer wheels export none, and calls that "typical on Windows".
# Expected: the extra brings a solver that works. Way out: pip install highsbox, or
# PMIP_HIGHS_LIBRARY with the path of a libhighs; CBC, which the wheel brings, works.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q 'mip[highs]==2.0.0' highspy==1.16.0
cd "$work"
"$work/env/bin/python" - <<'PY'
from importlib.metadata import version

import highspy  # noqa: F401  (it is there)
import mip


def made(solver):
    try:
        mip.Model(sense=mip.MAXIMIZE, solver_name=solver)
    except FileNotFoundError as error:
        return str(error)[:16]
    return "works"


told = {solver: made(solver) for solver in ("CBC", "HIGHS")}
print("mip", version("mip"), "highspy", version("highspy"), told)
assert told == {"CBC": "works", "HIGHS": "HiGHS not found."}, "HiGHS is found now"
PY
