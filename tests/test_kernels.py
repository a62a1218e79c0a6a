"""Kernels that are compiled at their first call."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from siting import kernels
from siting.kernels import njit, prange


@njit(cache=False)
def _twice(x):  # type: ignore[no-untyped-def]
    """Two times x."""
    return 2 * x


@njit(cache=False, parallel=True)
def _sum_of_doubles(values):  # type: ignore[no-untyped-def]
    total = 0
    for i in prange(len(values)):
        total += _twice(values[i])
    return total


def test_a_kernel_calls_kernels_and_is_itself_one() -> None:
    """Where a kernel is prepared, the names it uses stand for compiled functions; whoever holds
    the deferred one calls the same."""
    held = _twice
    assert held.__name__ == "_twice"
    assert held.__doc__ == "Two times x."
    assert _sum_of_doubles(np.arange(5)) == 20
    assert not isinstance(_twice, kernels.Deferred)
    assert held(4) == 8
    assert held.signatures == _twice.signatures


def test_whether_a_kernel_is_kept(tmp_path: Path) -> None:
    """A machine that has compiled it before knows; one that has not does, too."""
    (tmp_path / "module.py").write_text(
        "from siting.kernels import njit\n\n@njit(cache=True)\ndef f(x):\n    return x\n"
    )
    code = "import sys, module; from siting.kernels import kept; print(kept(module.f)); module.f(1)"
    env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "kept"), "PYTHONPATH": str(tmp_path)}
    told = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env
        ).stdout.strip()
        for _ in range(2)
    ]
    assert told == ["False", "True"]


def test_a_kernel_does_not_reach_through_a_module() -> None:
    """``module.kernel`` inside a kernel would be the deferred one, which nobody can compile."""

    @njit(cache=False)
    def through(x):  # type: ignore[no-untyped-def]
        return kernels.prange(x)

    with pytest.raises(TypeError, match=r"import the kernels of siting\.kernels by name"):
        through(1)


@pytest.mark.parametrize("room", ["problem", "walking.search", "verification", "solving.pipeline"])
def test_numba_is_loaded_by_the_first_kernel_only(room: str) -> None:
    """A command that computes nothing does not wait for a compiler."""
    code = f"import sys, siting.{room}; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_is_not_wanted_any_more_is_not_compiled() -> None:
    """In this thread and in those of a pool that it calls; later it is compiled as ever."""
    from siting.engine.shared.threads import ThreadPool

    @njit()
    def fresh(low: int, high: int) -> int:
        return high - low

    ranges = np.arange(9, dtype=np.int64)
    with ThreadPool(2) as pool:
        with kernels.while_wanted(lambda: True):
            with pytest.raises(kernels.NeedlessError):
                fresh(0, 3)
            with pytest.raises(kernels.NeedlessError):
                pool.over(ranges, fresh)
        assert kernels.wanted_here() is None
        assert pool.over(ranges, fresh) == [1] * 8
        with kernels.while_wanted(lambda: True):
            assert pool.over(ranges, fresh) == [1] * 8
