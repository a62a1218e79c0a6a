"""The siting command beside QGIS: found, started in a clean environment, watched, ended.

Only the standard library, so that it is tested without QGIS. QGIS sets variables for its own Python
and libraries; a Python of another installation that inherits them does not start.
"""

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

NOT_INHERITED = (
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONEXECUTABLE",
    "PYTHONSTARTUP",
    "LD_LIBRARY_PATH",
    "PROJ_LIB",
    "PROJ_DATA",
    "GDAL_DATA",
    "GDAL_DRIVER_PATH",
    "QT_PLUGIN_PATH",
)
PREFIXES = ("DYLD_",)
GRACE_SECONDS = 20
HOW_TO = (
    "siting was not found: install it with pip install siting (or uv tool install siting) and name "
    "the command in Settings > Options > Processing > Providers > Siting"
)


class NotInstalledError(Exception):
    """The command is nowhere."""


class FailedError(Exception):
    """The command ended with an exit code that says why there is no answer."""

    def __init__(self, code, lines):
        super().__init__("\n".join(lines) or f"siting ended with exit code {code}")
        self.code = code


def clean(environment, qgis_prefix=""):
    """The environment without what QGIS put there for itself.

    Args:
        environment: of this process.
        qgis_prefix: folder of QGIS; parts of PATH below it go.
    """
    kept = {
        name: value
        for name, value in environment.items()
        if name not in NOT_INHERITED and not name.startswith(PREFIXES)
    }
    if qgis_prefix:
        parts = kept.get("PATH", "").split(os.pathsep)
        system = ("/usr", "/usr/bin", "/usr/local")  # QGIS of a distribution lives among all else
        if os.path.normpath(qgis_prefix) not in system:
            parts = [part for part in parts if not _below(part, qgis_prefix)]
        kept["PATH"] = os.pathsep.join(parts)
    kept["PYTHONUTF8"] = "1"
    return kept


WITH_US = ["--with-parent"]
"""The command ends when its standard input does, which it does however QGIS ends."""


def find(setting="", environment=None):
    """The command: the setting, else on PATH, else where uv and pipx put tools.

    Raises:
        NotInstalledError: with how to install it.
    """
    environment = os.environ if environment is None else environment
    if setting:
        if Path(setting).is_file():
            return setting
        raise NotInstalledError(f"{setting} is no file; {HOW_TO}")
    found = shutil.which("siting", path=environment.get("PATH", ""))
    if found:
        return found
    name = "siting.exe" if sys.platform == "win32" else "siting"
    home = Path.home()
    for folder in (home / ".local" / "bin", home / "AppData" / "Roaming" / "uv" / "bin"):
        if (folder / name).is_file():
            return str(folder / name)
    raise NotInstalledError(HOW_TO)


def run(command, arguments, told, cancelled, environment, wait=0.2):
    """Run to the end; returns (exit code, lines of standard output, lines of standard error).

    Args:
        told: called with each line as it comes, and with None four times a second.
        cancelled: whether the user asked to end; the command then ends with its best answer.
    """
    asked = False
    with subprocess.Popen(
        [command, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.PIPE,
        env=environment,
        text=True,
        encoding="utf-8",
        errors="replace",
        **_own_group(),
    ) as child:
        lines = queue.Queue()
        found = {1: [], 2: []}
        readers = [
            threading.Thread(target=_read, args=(stream, number, lines), daemon=True)
            for number, stream in ((1, child.stdout), (2, child.stderr))
        ]
        for reader in readers:
            reader.start()
        open_streams = 2
        while open_streams:
            try:
                number, line = lines.get(timeout=wait)
            except queue.Empty:
                told(None)
            else:
                if line is None:
                    open_streams -= 1
                    continue
                found[number].append(line)
                told(line)
            if cancelled() and not asked:
                asked = True
                _interrupt(child)
                threading.Timer(GRACE_SECONDS, _kill, (child,)).start()
        code = child.wait()
    return code, found[1], found[2]


def answered(code, errors):
    """Raise FailedError where an exit code says that there is no answer (2 bad input, 3 infeasible,
    4 no plan in the time, 5 a solver failed, 1 and others a fault)."""
    if code:
        raise FailedError(code, [line for line in errors if line.strip()])


def _below(part, folder):
    part, folder = (
        os.path.normcase(os.path.normpath(part)),
        os.path.normcase(os.path.normpath(folder)),
    )
    return part == folder or part.startswith(folder + os.sep)


def _read(stream, number, lines):
    for line in stream:
        lines.put((number, line.rstrip("\n")))
    lines.put((number, None))


def _own_group():
    """So that an interrupt reaches the command and not QGIS."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def _interrupt(child):
    child.send_signal(signal.CTRL_BREAK_EVENT if sys.platform == "win32" else signal.SIGINT)


def _kill(child):
    if child.poll() is None:
        child.kill()
