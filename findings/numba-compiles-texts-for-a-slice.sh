#!/usr/bin/env bash
# numba 0.68.1: `a[:n] = b` with two arrays inside a kernel makes numba compile 37 functions of its
# own besides, 15 of them out of numba.cpython.unicode (str and repr of numbers, concatenation, code
# points) and most others what these ask (hasattr, getattr): they put the two shapes into words for
# the ValueError of shapes that do not fit. An element loop compiles the kernel alone: 0.2 s against
# 2.5 s at the first call. A scalar on the right (`a[:n] = 0`) costs nothing.
# Expected: a message compiled only where it is needed, or kept with numba itself.
# Way out: loop over the elements in kernels that must start fast.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q numba==0.68.1
cd "$work"
cat > kernels.py <<'PY'
import sys
import time

import numba
import numpy
from numba.core import event


class Compiled(event.Listener):
    """The functions numba compiles, by module and name."""

    def __init__(self):
        self.names = []

    def on_start(self, told):
        function = told.data["dispatcher"].py_func
        self.names.append(f"{function.__module__}.{function.__qualname__}")

    def on_end(self, told):
        pass


def loop(a, b, n):
    for k in range(n):
        a[k] = b[k]


def slice_(a, b, n):
    a[:n] = b


kernel = {"loop": loop, "slice": slice_}[sys.argv[1]]
compiled = Compiled()
a, b = numpy.zeros(8), numpy.arange(1.0, 4.0)
with event.install_listener("numba:compile", compiled):
    start = time.perf_counter()
    numba.njit(kernel)(a, b, 3)
    seconds = time.perf_counter() - start
assert a.tolist() == [1, 2, 3, 0, 0, 0, 0, 0]
texts = [name for name in compiled.names if name.startswith("numba.cpython.unicode.")]
print("numba", numba.__version__, sys.argv[1], f"{seconds:.1f} s", len(compiled.names), "compiled")
print("  of them for texts:", len(texts), *sorted({name.split(".")[3] for name in texts}))
wanted = sys.argv[1] == "slice"
assert (len(compiled.names) > 10 and len(texts) > 5) == wanted, "a slice costs no texts now"
PY
"$work/env/bin/python" kernels.py loop
"$work/env/bin/python" kernels.py slice
