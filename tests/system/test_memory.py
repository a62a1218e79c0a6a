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

with ThreadPoolExecutor(2) as pool:  # pieces so small that glibc takes them from the thread's own
    pieces = list(pool.map(lambda k: np.ones(12_000), range(800)))
last = pieces[-1].copy()
del pieces
before = resident_bytes(os.getpid())
give_back()
print(before - resident_bytes(os.getpid()))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries are not asked")
def test_what_threads_have_freed_goes_back_to_the_system() -> None:
    """77 MB that threads made and nobody holds are not this process's for ever."""
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 40e6
