#!/usr/bin/env bash
# numba 0.68.1 with cache=True: the index of kept kernels is pickled with the types of the arguments.
# Where one of them is a NamedTuple of a module that was renamed since, the next run of an unchanged
# kernel ends with ModuleNotFoundError out of caching.py, at every call and on every import path,
# until somebody deletes the *.nbi files. An index of another numba, or of a changed source, is
# passed over and made anew.
# Expected: what cannot be read is no cache. Way out: keep such types where they are, or delete the
# kept files when a version of one's own program renames modules.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q numba==0.68.1
cd "$work"
cat > kernel.py <<'PY'
import numba


@numba.njit(cache=True)
def total(couple):
    return couple.x + couple.y
PY
cat > couple.py <<'PY'
from typing import NamedTuple


class Couple(NamedTuple):
    x: int
    y: int
PY
run() {
  "$work/env/bin/python" - "$1" <<'PY'
import importlib
import sys

import kernel
import numba

couple = importlib.import_module(sys.argv[1]).Couple(1, 2)
try:
    told = str(kernel.total(couple))
except ModuleNotFoundError as error:
    told = str(error)
print("numba", numba.__version__, told)
PY
}
run couple
mv couple.py pair.py
last=$(run pair)
echo "$last"
[[ $last == *"No module named 'couple'"* ]] || { echo "an index that cannot be read is passed over now"; exit 1; }
