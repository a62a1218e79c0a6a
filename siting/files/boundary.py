"""The boundary between the libraries that read files and the faults that people see.

Whatever a library raises while a file is read becomes one fault with file, place and cure; what it
warns of is dropped, for a reader tells by itself what is worth telling. Only regular files within
the limits are opened: a pipe or a device could block for ever or have no end.
"""

from __future__ import annotations

import logging
import os
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from siting.errors import SitingError
from siting.files.raw import MAX_FILE_BYTES, refuse, said, short
from siting.notice import Hint, Notice

SAVE_ANEW = Notice("fault.save_anew")
log = logging.getLogger(__name__)

_ODD = {
    stat.S_ISDIR: Notice("fault.kind_folder"),
    stat.S_ISFIFO: Notice("fault.pipe"),
    stat.S_ISSOCK: Notice("fault.kind_socket"),
    stat.S_ISCHR: Notice("fault.kind_device"),
    stat.S_ISBLK: Notice("fault.kind_device"),
}


@contextmanager
def reading(where: str, expected: Notice, hint: Hint = SAVE_ANEW) -> Iterator[None]:
    """Turn what is raised inside into one fault of the file, and keep its warnings quiet.

    What is found is told as :func:`siting.files.raw.said` has it.

    Args:
        where: the file, as messages name it.
        expected: what it must be: "must be a readable GeoPackage".
        hint: the cure.

    Raises:
        InputError: anything was raised inside; faults that were told on purpose pass unchanged.
    """
    import numpy as np  # whoever only asks whether a file is one needs none

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            yield
        except SitingError:
            raise
        except MemoryError:
            raise refuse(where, Notice("fault.fit_memory"), Notice("fault.too_little")) from None
        except Exception as error:  # every library has errors of its own
            log.debug("reading %s", where, exc_info=True)
            raise refuse(where, expected, said(error), hint) from None


def oddness(path: Path, most: int = MAX_FILE_BYTES) -> tuple[Notice, str] | None:
    """What a file must be and what it is instead; None for a regular file that may be read.

    Args:
        most: bytes that it may hold.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        return Notice("fault.a_file"), Notice("fault.not_found")
    except (OSError, ValueError) as error:
        return Notice("fault.readable"), getattr(error, "strerror", None) or short(error)
    for is_kind, name in _ODD.items():
        if is_kind(found.st_mode):
            return Notice("fault.a_file"), name
    if found.st_size > most:
        return Notice("fault.most_bytes", most=most), f"{found.st_size:,}"
    if not os.access(path, os.R_OK):
        return Notice("fault.readable"), Notice("fault.no_permission")
    return None
