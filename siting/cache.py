"""What was computed before, kept on disk under a hash of all that went into it.

``SITING_CACHE`` names the folder; ``off`` keeps nothing. Default: ``siting`` in the user's cache
folder. Whoever asks gives the inputs; which program computed it (the versions of this package and
of the libraries under it, and the package's own files as they are) goes into every hash by itself.

A file is written under another name and moved into place, and begins with the hash of the rest, so
that one written half, cut or changed is as good as none. What is kept is read by ``pickle``, which
can run what the file says; files of another user are therefore none either.
"""

from __future__ import annotations

import hashlib
import logging
import os
import pickle
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import get_ident
from typing import Any, BinaryIO

log = logging.getLogger(__name__)

SETTING, OFF = "SITING_CACHE", "off"
MOST_BYTES = 2_000_000_000
"""All that is kept; beyond, what was used longest ago goes."""
SHARE = 4
"""One thing takes at most one part in so many."""
_MAGIC = b"siting cache 1\n"
_DIGEST = 32
_UNDER = ("siting", "numpy", "pandas", "scipy", "shapely", "pyproj", "pyogrio", "osmium", "numba")
_ROOMS = ("files", "problem", "scenario", "walking")
_KNOWN = {"siting", "numpy", "pandas", "scipy", "shapely", "fractions", "decimal", "pathlib",
          "datetime", "collections"}  # fmt: skip
_hash = partial(hashlib.blake2b, digest_size=_DIGEST)
_BUILT_IN = {"set", "frozenset", "slice", "bytearray", "complex", "range"}


class Cache:
    """A folder of kept things; ``None`` keeps and finds nothing."""

    def __init__(self, folder: Path | None, most_bytes: int = MOST_BYTES):
        self.folder = folder
        self.most_bytes = most_bytes

    def recall(self, kind: str, key: str) -> Any:
        """What was kept; None where nothing was, or nothing that can be believed."""
        if self.folder is None:
            return None
        file = self._file(kind, key)
        try:
            with file.open("rb") as opened:
                if not _own(opened):
                    return None
                os.utime(file)
                head = opened.read(len(_MAGIC) + _DIGEST)
                # Hashed where it lies and then read: never in memory twice.
                if head == _MAGIC + hashlib.file_digest(opened, _hash).digest():
                    opened.seek(len(head))
                    # What was pickled by another build can lack whatever this one expects of it.
                    with suppress(Exception):
                        return _Unpickler(opened).load()
        except OSError:
            return None
        with suppress(OSError):
            file.unlink()
        return None

    def holds(self, kind: str, key: str) -> bool:
        """Whether something was kept, believed by its owner and its name alone."""
        if self.folder is None:
            return False
        try:
            with self._file(kind, key).open("rb") as opened:
                return _own(opened)
        except OSError:
            return False

    def keep(self, kind: str, key: str, value: Any) -> None:
        """Keep a value; where nothing can be written it is told once."""
        if self.folder is None:
            return
        file = self._file(kind, key)
        fresh = file.with_name(f".{file.name}.{os.getpid()}.{get_ident()}")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(
                os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b"
            ) as opened:
                _write(opened, value, self.most_bytes // SHARE)
            fresh.replace(file)
            self._trim()
        except _TooLargeError:
            log.debug("%s: too large to be kept", file.name)
        except OSError as error:
            log.warning("nothing is kept in %s: %s", self.folder, error.strerror or error)
            self.folder = None
        finally:
            with suppress(OSError):
                fresh.unlink()

    def _file(self, kind: str, key: str) -> Path:
        assert self.folder is not None
        return self.folder / f"{kind}-{digest((_program(), key))}"

    def _trim(self) -> None:
        """Remove what was used longest ago until the rest fits, and what killed runs left."""
        assert self.folder is not None
        found = []
        for file in self.folder.iterdir():
            with suppress(OSError):
                stat = file.stat()
                found.append((stat.st_mtime_ns, stat.st_size, file))
        total = sum(size for _, size, _ in found)
        for _, size, file in sorted(found):
            if total <= self.most_bytes:
                break
            with suppress(OSError):
                file.unlink()
            total -= size


def users_cache() -> Cache:
    """As ``SITING_CACHE`` has it now."""
    return _at(os.environ.get(SETTING, ""), os.environ.get("XDG_CACHE_HOME", ""))


def digest(parts: Iterable[str | bytes | memoryview]) -> str:
    """One hash of texts and bytes in this order, none of which can pass for two."""
    total = hashlib.blake2b(digest_size=20)
    for part in parts:
        held = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        total.update(_hash(held).digest())
    return total.hexdigest()


@lru_cache
def _at(asked: str, caches: str) -> Cache:
    """One for each folder, so that what cannot be written is told once."""
    if asked.lower() == OFF:
        return Cache(None)
    try:
        folder = Path(asked) if asked else Path(caches or Path.home() / ".cache") / "siting"
    except RuntimeError:  # nobody has a home here
        return Cache(None)
    return Cache(folder / "scenarios")


@lru_cache
def _program() -> str:
    """What computes: versions, and the package's files by size and time."""
    told = [sys.version]
    for name in _UNDER:
        with suppress(PackageNotFoundError):
            told.append(f"{name} {version(name)}")
    here = Path(__file__).parent
    for files in (here.glob("*.py"), *((here / room).rglob("*.py") for room in _ROOMS)):
        for file in sorted(files):
            stat = file.stat()
            told.append(f"{file.name} {stat.st_size} {stat.st_mtime_ns}")
    return digest(told)


class _TooLargeError(Exception):
    """More bytes than one thing may take."""


class _Hashed:
    """A file that hashes what is written to it."""

    def __init__(self, file: BinaryIO, most_bytes: int):
        self.file, self.left = file, most_bytes
        self.hash = _hash()

    def write(self, data: bytes | memoryview) -> int:
        size = memoryview(data).nbytes
        self.left -= size
        if self.left < 0:
            raise _TooLargeError
        self.hash.update(data)
        self.file.write(data)
        return size


def _write(file: BinaryIO, value: Any, most_bytes: int) -> None:
    file.write(_MAGIC + bytes(_DIGEST))
    hashed = _Hashed(file, most_bytes)
    pickle.Pickler(hashed, protocol=5).dump(value)
    file.seek(len(_MAGIC))
    file.write(hashed.hash.digest())


def _own(file: BinaryIO) -> bool:
    """Whether this user wrote the file and nobody else may."""
    if not hasattr(os, "getuid"):
        return True
    stat = os.fstat(file.fileno())
    return stat.st_uid == os.getuid() and not stat.st_mode & 0o022


class _Unpickler(pickle.Unpickler):
    """Makes what consists of our own and a few libraries' classes."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("builtins", "getattr"):
            return _class_method
        known = name in _BUILT_IN if module == "builtins" else module.partition(".")[0] in _KNOWN
        if not known:
            raise pickle.UnpicklingError(f"{module}.{name}")
        return super().find_class(module, name)


def _class_method(owner: Any, name: str) -> Any:
    """How pickle names a class method; of our own classes only."""
    if not (isinstance(owner, type) and owner.__module__.startswith("siting.")):
        raise pickle.UnpicklingError(f"{owner}.{name}")
    return getattr(owner, name)
