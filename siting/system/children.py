"""Children: started apart from the terminal, asked to end, ended with all they started, and gone
when whoever started them is.

On POSIX a child leads a session of its own, so that one signal reaches all that it started and the
terminal's Ctrl-C does not; on Windows it leads a process group (for CTRL_BREAK) and ``taskkill /T``
ends its tree. A parent that dies, however it dies, closes its end of the child's standard input:
the child reads that end and ends (:func:`follow_parent`).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

KILLED = 9
"""SIGKILL, where :mod:`signal` has no name for it: a child so ended has the exit code -9."""
_TASKKILL_SECONDS = 10.0


def start(module: Sequence[str], **pipes: Any) -> subprocess.Popen[bytes]:
    """``python -m MODULE ARGUMENTS…`` in a process of its own, with this program on its path.

    Args:
        module: its name and its arguments.
        pipes: ``stdin``, ``stdout``, ``stderr`` and ``env`` of :class:`subprocess.Popen`; standard
            input should be a pipe, which tells the child that its parent is gone.
    """
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, **(pipes.pop("env", None) or {})}
    environment["PYTHONPATH"] = os.pathsep.join(paths)
    apart: dict[str, Any] = {"start_new_session": True} if _has_groups() else {}
    if sys.platform == "win32":
        apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    # -P: the working folder is not searched for modules.
    command = [sys.executable, "-P", "-m", *module]
    return subprocess.Popen(command, env=environment, **apart, **pipes)


def ask_to_end(process: subprocess.Popen[bytes]) -> None:
    """What Ctrl-C is to a terminal's program: it may end with the best it has."""
    number = getattr(signal, "CTRL_BREAK_EVENT", signal.SIGINT)
    with suppress(OSError, ValueError):
        process.send_signal(number)


def interrupt_self() -> None:
    """What :func:`ask_to_end` is to a child, from any thread of the child itself."""
    if _has_groups():
        os.kill(os.getpid(), signal.SIGINT)  # wakes the main thread, which :func:`raise_signal` not
    else:
        signal.raise_signal(signal.SIGINT)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a child at once, with all that it started, and close its pipes."""
    end_tree(process.pid)
    with suppress(OSError):
        process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()


def end_tree(pid: int) -> None:
    """End a process that leads a group, and its group, at once, where the system has a way to."""
    if _has_groups():
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, KILLED)
    elif sys.platform == "win32":
        with suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(
                ["taskkill", "/T", "/F", "/PID", str(pid)],
                capture_output=True,
                check=False,
                timeout=_TASKKILL_SECONDS,
            )


def end_all() -> NoReturn:
    """End this process at once, and what it started where it leads a group of its own."""
    leads = _has_groups() and os.getpgrp() == os.getpid()
    if leads or sys.platform == "win32":
        end_tree(os.getpid())
    os._exit(1)


def follow_parent(handle: int) -> None:
    """End this process, with what it started, as soon as the pipe from its parent, an open file's
    number, is closed. (Python's own reader has a lock that must be free when a process ends.)"""

    def watch() -> None:
        with suppress(OSError):
            while os.read(handle, 1 << 12):
                pass
        end_all()

    threading.Thread(target=watch, name="follow parent", daemon=True).start()


def signal_name(number: int) -> str:
    """``SIGSEGV``; the number where it has no name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _has_groups() -> bool:
    return all(hasattr(os, name) for name in ("killpg", "setsid", "getpgrp"))
