"""The service's own end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="no polite signal here")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_polite_end_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    """By whoever ends services (SIGTERM) as by Ctrl-C: exit 0, no file left, no word of a fault."""
    process = subprocess.Popen(
        [sys.executable, "-m", "siting", "serve", "--no-open"],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("http://127.0.0.1:")
    assert [*tmp_path.iterdir()], "uploads have a place"
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    assert (process.returncode, told, [*tmp_path.iterdir()]) == (0, "", [])
