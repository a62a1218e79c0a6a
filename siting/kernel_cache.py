"""Where compiled kernels are kept, also on an installation that nobody may write.

numba keeps them beside the source or in the user's cache; where it can do neither it refuses to
import the module. Then they are kept for this run (and the processes it starts) only.
"""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import sys
import tempfile
from pathlib import Path

log = logging.getLogger(__name__)
SETTING, OURS, OFF = "NUMBA_CACHE_DIR", "SITING_CACHE", "off"


def ensure() -> None:
    """Before the first kernel is imported: the folder that ``SITING_CACHE`` names, or one for this
    run where numba would find none."""
    asked = os.environ.get(OURS)
    if asked and asked.lower() != OFF and not os.environ.get(SETTING):
        _keep_in(str(Path(asked) / "kernels"))
        return
    if os.environ.get(SETTING) or _writable(Path(__file__).parent / "__pycache__"):
        return
    cache = os.environ.get("XDG_CACHE_HOME")
    if _writable((Path(cache) if cache else Path.home() / ".cache") / "numba"):
        return
    folder = tempfile.mkdtemp(prefix="siting-kernels-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _keep_in(folder)
    log.warning("no folder for compiled kernels can be written: they are compiled for this run")


def _keep_in(folder: str) -> None:
    os.environ[SETTING] = folder
    numba = sys.modules.get("numba")
    if numba is not None:  # it has read its settings already
        numba.config.CACHE_DIR = folder


def _writable(folder: Path) -> bool:
    """Whether files can be made in a folder, or the folder itself where it is missing."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK)
