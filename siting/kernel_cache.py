"""Where compiled kernels are kept, also on an installation that nobody may write.

numba keeps them beside the source or in the user's cache; where it can do neither it refuses to
import the module. Then they are kept for this run (and the processes it starts) only. Where the
disk is full when a kernel has been compiled, numba ends the run; here the kernel is compiled again
next time (numba 0.68: ``Cache._guard_against_spurious_io_errors`` passes on all but one error of
Windows). The same where what was kept cannot be read: a file cut short, or one that names a module
which another version of the program calls otherwise.
"""

from __future__ import annotations

import logging
import os
import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

log = logging.getLogger(__name__)
SETTING, OURS, OFF = "NUMBA_CACHE_DIR", "SITING_CACHE", "off"
_CACHING = "numba.core.caching"


def ensure() -> None:
    """Before the first kernel is imported: the folder that ``SITING_CACHE`` names, or one for this
    run where numba would find none."""
    _forgive_full_disks()
    asked = os.environ.get(OURS)
    if asked and asked.lower() != OFF and not os.environ.get(SETTING):
        if _writable(Path(asked)):
            _keep_in(str(Path(asked) / "kernels"))
            return
        log.warning("%s=%s cannot be written", OURS, asked)
    if os.environ.get(SETTING) or _writable(Path(__file__).parent / "__pycache__"):
        return
    cache = os.environ.get("XDG_CACHE_HOME")
    if _writable((Path(cache) if cache else Path.home() / ".cache") / "numba"):
        return
    from siting.system.scratch import scratch_of_process  # seldom needed, and long to load

    try:
        _keep_in(str(scratch_of_process()))
    except OSError:
        _keep_nowhere()
    log.warning("no folder for compiled kernels can be written: they are compiled for this run")


def _forgive_full_disks() -> None:
    """As soon as numba's cache is there; importing numba for it would take longer than most
    commands."""
    loaded = sys.modules.get(_CACHING)
    if loaded is not None:
        _forgiving(loaded)
    elif not any(isinstance(finder, _Caching) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Caching())


class _Caching:
    """Changes numba's cache once it has been imported."""

    def find_spec(self, name: str, *where: object) -> ModuleSpec | None:
        """The module's own, with an end of ours to its loading; of every other module none."""
        if name != _CACHING:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_change(module: ModuleType) -> None:
                execute(module)
                _forgiving(module)

            setattr(spec.loader, "exec_module", execute_and_change)  # noqa: B010 - its own method
        return spec


def _forgiving(caching: ModuleType) -> None:
    """A kernel that cannot be kept is told once and used all the same; one that cannot be read is
    none, and compiled again."""
    keep, told = caching.Cache.save_overload, False
    if keep.__module__ == __name__:
        return

    def save_overload(self: Any, sig: Any, data: Any) -> None:
        nonlocal told
        try:
            keep(self, sig, data)
        except OSError as error:
            if not told:
                log.warning("compiled kernels cannot be kept: %s", error)
            told = True

    index = caching.IndexDataCacheFile
    read, read_index = caching.Cache.load_overload, index._load_index

    def load_overload(self: Any, sig: Any, target_context: Any) -> Any:
        try:
            return read(self, sig, target_context)
        except Exception as error:  # whatever unpickling meets
            log.debug("a kept kernel cannot be read: %s", error)
            return None

    def load_index(self: Any) -> Any:
        try:
            return read_index(self)
        except Exception as error:
            log.debug("%s cannot be read: %s", self._index_path, error)
            return {}

    caching.Cache.save_overload = save_overload
    caching.Cache.load_overload = load_overload
    index._load_index = load_index


def _keep_nowhere() -> None:
    """numba refuses to keep kernels where it finds no folder to do it in; then it shall not try."""
    from numba.core import caching, dispatcher

    def none(body: Any) -> Any:
        return caching.NullCache()

    setattr(dispatcher, "FunctionCache", none)  # noqa: B010 - the module's own name


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
