"""A result with all it was computed from, in one file that is verified anywhere.

A bundle is a zip of ``bundle.json`` (what stands where), ``result/`` as it was written and
``scenario/`` with every input at its own path. Unpacked by hand it is the same: a result folder
beside a ``bundle.json`` finds its scenario there, wherever both have been moved to.
"""

from __future__ import annotations

import errno
import json
import shutil
import zlib
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path, PurePosixPath, PureWindowsPath
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from siting.complete_files import complete_file
from siting.errors import Fault, InputError
from siting.notice import Notice
from siting.system.scratch import NoScratchError, scratch_of_process

ABOUT, RESULT, SCENARIO = "bundle.json", "result", "scenario"
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The same files give the same bundle."""
_CHUNK = 1 << 20
MOST_TIMES, FREE_BYTES, MOST_FILES = 1000, 100_000_000, 100_000
"""What a bundle may unpack to: so many times its size and a little, in so many files."""


def pack(
    folder: Path, scenario: Path, inputs: Iterable[str], known: Mapping[str, str], out: Path
) -> None:
    """Write a bundle.

    Args:
        folder: of the result.
        scenario: the scenario's file.
        inputs: paths of all that the scenario names, as a result's ``inputs`` name them.
        known: sha256 of those that the result was computed from.
        out: the zip; missing folders are made.

    Raises:
        InputError: an input is gone, has changed since, or is named by an absolute path; all told.
    """
    home = scenario.parent
    paths = sorted({*inputs, *known})
    faults = [fault for path in paths if (fault := _unfit(path, home, known)) is not None]
    if faults:
        raise InputError(faults)
    about = {"result": RESULT, "scenario": f"{SCENARIO}/{scenario.name}"}
    with complete_file(out) as fresh, ZipFile(fresh, "w", ZIP_DEFLATED) as archive:
        archive.writestr(ZipInfo(ABOUT, _EPOCH), json.dumps(about, indent=1) + "\n")
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            _add(archive, file, f"{RESULT}/{file.relative_to(folder).as_posix()}")
        for path in paths:
            _add(archive, home / path, f"{SCENARIO}/{path}")


def scenario_beside(folder: Path) -> Path | None:
    """The scenario's file of a result folder that came out of a bundle; None for others."""
    file = folder.resolve().parent / ABOUT
    try:
        named = json.loads(file.read_text(encoding="utf-8"))["scenario"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return file.parent / named if _stays_inside(str(named)) else None


def is_bundle(path: Path) -> bool:
    """Whether a RESULT argument names a bundle."""
    return path.suffix.lower() == ".zip" and path.is_file()


def unpacked(path: Path) -> Path:
    """The result folder of a bundle, unpacked for as long as this process lives.

    Raises:
        InputError: no bundle, or one that would fill the disk.
        NoScratchError: there is no room to unpack it.
    """
    stat = path.stat()
    return _unpacked(path.resolve(), stat.st_mtime_ns, stat.st_size)


BROKEN = (BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError)
"""What Python raises where an archive is none, is cut, coded otherwise or does not unpack."""


_DISK = (errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO)
"""What a disk says that takes no more."""


@cache
def _unpacked(path: Path, changed: int, size: int) -> Path:
    del changed
    try:
        with ZipFile(path) as archive:
            members = archive.infolist()
            if ABOUT not in archive.namelist():
                raise InputError(_no_bundle(path, Notice("fault.lacks_file", name=ABOUT)))
            total = sum(member.file_size for member in members)
            if total > MOST_TIMES * size + FREE_BYTES or len(members) > MOST_FILES:
                found = Notice("fault.files_of_bytes", n=len(members), total=total)
                raise InputError(_no_bundle(path, found))
            wrong = [m.filename for m in members if not _stays_inside(m.filename)]
            if wrong:
                named = Notice("fault.file_named", name=wrong[0])
                raise InputError(_no_bundle(path, named))
            if any(member.filename.startswith(f"{RESULT}\\") for member in members):
                for member in members:  # packed anew by a tool of Windows
                    member.filename = member.filename.replace("\\", "/")
            place = scratch_of_process()
            try:
                archive.extractall(place, members)
            except BaseException as error:
                shutil.rmtree(place, ignore_errors=True)
                if isinstance(error, OSError) and error.errno in _DISK:
                    raise NoScratchError(error.errno, error.strerror) from error
                raise
    except NoScratchError:
        raise
    except (*BROKEN, OSError) as error:
        raise InputError(_no_bundle(path, str(error))) from error
    return place / RESULT


def _no_bundle(path: Path, found: str) -> Fault:
    return Fault(str(path), Notice("fault.bundle"), found, hint=Notice("fault.as_packed"))


def _unfit(path: str, home: Path, known: Mapping[str, str]) -> Fault | None:
    """Why an input cannot be packed."""
    if not _stays_inside(path):
        return Fault(path, Notice("fault.named_relative"), hint=Notice("fault.move_below"))
    try:
        with (home / path).open("rb") as file:
            digest = _digest(iter(lambda: file.read(_CHUNK), b""))
    except OSError as error:
        return Fault(str(home / path), Notice("fault.still_there"), error.strerror or str(error))
    if known.get(path, digest) != digest:
        return Fault(str(home / path), Notice("fault.as_computed"), Notice("fault.changed_since"))
    return None


def _digest(chunks: Iterable[bytes]) -> str:
    digest = sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def _stays_inside(name: str) -> bool:
    """Whether a name lies below the folder it is unpacked in, on every system."""
    windows, posix = PureWindowsPath(name), PurePosixPath(name)
    rooted = windows.drive or windows.root or posix.is_absolute()
    return not rooted and ".." not in windows.parts and "\0" not in name


def _add(archive: ZipFile, file: Path, name: str) -> None:
    member = ZipInfo(name, _EPOCH)
    member.compress_type = ZIP_DEFLATED
    member.external_attr = 0o644 << 16
    with file.open("rb") as source, archive.open(member, "w", force_zip64=True) as target:
        shutil.copyfileobj(source, target, _CHUNK)
