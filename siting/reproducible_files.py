"""Files that do not tell when, where and how fast they were made, so that two people compare them
by hash: what follows from the inputs stays, times of day, durations and the machine are left out.

Formats keep times of their own (members of a zip, properties of a document, rows of a GeoPackage);
:func:`settle` sets them to the first day that a zip can tell.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from datetime import date
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_timeless: ContextVar[bool] = ContextVar("timeless", default=False)
_DAY = (1980, 1, 1, 0, 0, 0)
_ZIPS, _PACKAGE = (".docx", ".xlsx"), ".gpkg"
_MOMENT = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_TOLD = b"1980-01-01T00:00:00Z"
_PROPERTIES = "docProps/core.xml"
_UNDATED: dict[str, dict[str, None]] = {"png": {}, "svg": {"Date": None}}
"""What is written into a file beside a picture: no hour."""
DURATION = "seconds"
"""Column of a table that tells how long something took."""


def timeless() -> bool:
    """Whether what is written now tells no times."""
    return _timeless.get()


def leave_times_out(asked: bool) -> None:
    """From here on, of this run of the command line."""
    _timeless.set(asked)


@contextmanager
def without_times(asked: bool = True) -> Iterator[None]:
    """What is written within the block tells no times."""
    before = _timeless.set(asked)
    try:
        yield
    finally:
        _timeless.reset(before)


def this_day() -> date | None:
    """Today; None where that is left out."""
    return None if timeless() else date.today()


def settle(file: Path) -> None:
    """Where times are left out, take out those that a file's format has put in."""
    if not timeless() or not file.is_file():
        return
    if file.suffix in _ZIPS:
        _settle_zip(file)
    elif file.suffix == _PACKAGE:
        with closing(sqlite3.connect(file)) as package, package:
            package.execute("UPDATE gpkg_contents SET last_change = '1980-01-01T00:00:00.000Z'")


def save_figure(figure: Any, to: Path | IO[bytes], form: str) -> None:
    """A figure of matplotlib as ``png`` or ``svg``; equal figures are equal files, at any hour."""
    from matplotlib import rc_context

    with rc_context({"svg.hashsalt": "siting"}):
        figure.savefig(to, format=form, bbox_inches="tight", metadata=_UNDATED[form])


def _settle_zip(file: Path) -> None:
    with ZipFile(file) as archive:
        members = [(one.filename, archive.read(one)) for one in archive.infolist()]
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, content in members:
            member = ZipInfo(name, _DAY)
            member.compress_type = ZIP_DEFLATED
            settled = _MOMENT.sub(rb"\g<1>" + _TOLD, content) if name == _PROPERTIES else content
            archive.writestr(member, settled)
