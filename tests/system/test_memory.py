"""Memory that a process holds and could give back."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

CODE = """
import os
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from siting.system.memory import give_back, resident_bytes

def made(count):
    return [np.ones(12_000) for _ in range(count)]

with ThreadPoolExecutor(2) as pool:
    list(pool.map(made, [1, 1]))  # what threads and numpy need once
give_back()
before = resident_bytes(os.getpid())
with ThreadPoolExecutor(2) as pool:  # pieces so small that glibc takes them from the thread's own
    pieces = list(pool.map(lambda k: np.ones(12_000), range(800)))
last = pieces[-1].copy()
del pieces
give_back()
print(resident_bytes(os.getpid()) - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries are not asked")
def test_what_threads_have_freed_goes_back_to_the_system() -> None:
    """77 MB that threads made and nobody holds are not this process's for ever."""
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 20e6
