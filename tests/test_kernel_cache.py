"""Compiled kernels on an installation that nobody may write."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import os
allowed = os.access
os.access = lambda path, mode: mode != os.W_OK and allowed(path, mode)
import siting
from siting import kernel_cache
folder = os.environ["NUMBA_CACHE_DIR"]
assert os.path.isdir(folder)
kernel_cache.ensure()
assert os.environ["NUMBA_CACHE_DIR"] == folder, "once"
print(folder)
"""


def test_without_a_writable_cache_kernels_are_kept_for_the_run() -> None:
    """It is told once, and the folder is gone with the run."""
    env = {key: value for key, value in os.environ.items() if key != "NUMBA_CACHE_DIR"}
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, env=env, check=True
    )
    assert done.stderr.count("no folder for compiled kernels can be written") == 1
    assert not os.path.exists(done.stdout.strip())  # noqa: PTH110


NOWHERE = """
import os, tempfile
allowed = os.access
os.access = lambda path, mode: mode != os.W_OK and allowed(path, mode)

def none(*given, **named):
    raise FileNotFoundError(2, "No usable temporary directory found")

tempfile.mkdtemp = none
import siting
from siting.kernels import njit

@njit(cache=True)
def doubled(x):
    return 2 * x

assert doubled(3) == 6
"""


def test_a_machine_on_which_nothing_can_be_written_compiles_all_the_same(tmp_path: Path) -> None:
    """Neither beside the source, nor at home, nor among temporary files: kernels live as long as
    the run, which tells it once."""
    program = tmp_path / "program.py"  # kernels of no file are never kept
    program.write_text(NOWHERE)
    env = {key: value for key, value in os.environ.items() if key != "NUMBA_CACHE_DIR"}
    done = subprocess.run(
        [sys.executable, program], capture_output=True, text=True, env=env, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("no folder for compiled kernels can be written") == 1
    assert not list(tmp_path.rglob("*.nbi"))


def test_kernels_are_kept_where_siting_cache_says(tmp_path: Path) -> None:
    """On machines whose home is small or shared; numba's own setting wins."""
    code = "import os, siting; print(os.environ['NUMBA_CACHE_DIR'])"
    env = {key: value for key, value in os.environ.items() if key != "NUMBA_CACHE_DIR"}
    env["SITING_CACHE"] = str(tmp_path)
    for more, expected in (({}, tmp_path / "kernels"), ({"NUMBA_CACHE_DIR": "/x"}, Path("/x"))):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=env | more, check=True
        )
        assert Path(done.stdout.strip()) == expected


FULL = """
import sys
import siting
assert "numba" not in sys.modules, "most commands need none"
import numba
from numba.core import caching

def full(*_):
    raise OSError(28, "No space left on device")

caching.IndexDataCacheFile.save = full
for k in range(2):
    @numba.njit(cache=True)
    def twice(x):
        return 2 * x
    assert twice(k) == 2 * k
"""


def test_a_full_or_unwritable_cache_ends_no_run(tmp_path: Path) -> None:
    """A disk that is full when a kernel has been compiled, and a ``SITING_CACHE`` that is a file:
    each is told once, and the kernels work."""
    script, none = tmp_path / "script.py", tmp_path / "file"
    script.write_text(FULL, encoding="utf-8")
    none.touch()
    env = {key: value for key, value in os.environ.items() if key != "NUMBA_CACHE_DIR"}
    env["SITING_CACHE"] = str(none)
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, env=env, check=True
    )
    assert done.stderr.count("cannot be kept") == 1
    assert done.stderr.count("cannot be written") == 1


@pytest.mark.slow
def test_what_cannot_be_read_is_compiled_again(tmp_path: Path) -> None:
    """A kept file cut short, and an index that names a module of another version of the program
    (as after an update that renamed one): no run ends, and the next finds what this one kept."""
    (tmp_path / "couple.py").write_text(
        "from typing import NamedTuple\nclass Couple(NamedTuple):\n x: int\n y: int\n"
    )
    (tmp_path / "kernel.py").write_text(
        "import numba\n@numba.njit(cache=True)\ndef total(couple):\n return couple.x + couple.y\n"
    )
    code = (
        "import siting, {0}, kernel; assert kernel.total({0}.Couple(1, 2)) == 3; "
        "print(sum(kernel.total.stats.cache_hits.values()))"
    )
    env = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "kept"), "PYTHONPATH": str(tmp_path)}

    def hits(module: str) -> str:
        command = [sys.executable, "-c", code.format(module)]
        done = subprocess.run(
            command, capture_output=True, text=True, env=env, check=True, cwd=tmp_path
        )
        return done.stdout.strip()

    assert [hits("couple"), hits("couple")] == ["0", "1"]
    (tmp_path / "couple.py").rename(tmp_path / "pair.py")
    assert [hits("pair"), hits("pair")] == ["0", "1"]
    for pattern in ("*.nbc", "*.nbi"):
        (kept,) = (tmp_path / "kept").rglob(pattern)
        kept.write_bytes(kept.read_bytes()[:-9])
        assert [hits("pair"), hits("pair")] == ["0", "1"]
