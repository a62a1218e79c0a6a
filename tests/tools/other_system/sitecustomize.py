"""A Python as on a system that is not POSIX, for a process and all that it starts: put this folder
on PYTHONPATH. The names are gone, the modules cannot be imported; that signals can still be sent by
number is only so that the standard library's own ``Popen.kill`` works, as it does on Windows."""

import os
import signal
import subprocess
import sys
from typing import Any

KILL = signal.SIGKILL

for name in (
    "killpg",
    "setsid",
    "getpgrp",
    "getpgid",
    "sysconf",
    "sysconf_names",
    "getuid",
    "geteuid",
    "getloadavg",
    "sched_getaffinity",
    "fork",
    "setpgid",
):
    if hasattr(os, name):
        delattr(os, name)
for name in ("SIGKILL", "SIGHUP", "SIGQUIT", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGCHLD"):
    if hasattr(signal, name):
        delattr(signal, name)
for name in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules[name] = None  # type: ignore[assignment]


def _kill(self: Any) -> None:
    self.send_signal(KILL)


setattr(subprocess.Popen, "kill", _kill)  # noqa: B010 - it is another's method
