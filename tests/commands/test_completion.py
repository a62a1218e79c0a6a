"""Shells complete commands and options."""

from __future__ import annotations

import os
import subprocess
import sys


def complete(line: str) -> list[str]:
    """What bash would be offered at the end of a line."""
    env = os.environ | {
        "_SITING_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split(" ")) - 1),
    }
    code = "import sys; sys.argv[0] = 'siting'; from siting.cli import app; app(prog_name='siting')"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    return done.stdout.split()


def test_commands_and_options_are_completed() -> None:
    """``siting so<TAB>`` and ``siting solve --time<TAB>``."""
    assert complete("siting so") == ["solve"]
    assert complete("siting solve --time") == ["--time-limit"]
