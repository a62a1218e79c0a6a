"""The language a command speaks: ``--lang``, else the scenario's ``lang``, else the locale's.

Faults are told after the command has ended, so what it spoke last is remembered for one run of
``siting.cli.main``, which begins with :func:`speaking`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, cast

from siting.texts.words import LANGS, Lang

VARIABLES = ("SITING_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
"""Our own, then those of the locale of messages, the first that is set (POSIX.1-2017, XBD 8.2)."""
PATHS = ("scenario", "result", "what")
"""Arguments of commands that name scenarios or results."""
_spoken: ContextVar[Lang] = ContextVar("language", default="en")


def spoken() -> Lang:
    """What this run of the command line speaks."""
    return _spoken.get()


def speak(lang: Lang) -> None:
    """Speak a language from here on."""
    _spoken.set(lang)


@contextmanager
def speaking(lang: Lang) -> Iterator[None]:
    """One run of the command line."""
    before = _spoken.set(lang)
    try:
        yield
    finally:
        _spoken.reset(before)


def language_asked(given: Sequence[str]) -> Lang:
    """Of command line arguments that nobody has parsed yet, for the help and for faults of use."""
    for at, word in enumerate(given):
        name, equals, value = word.partition("=")
        if name == "--lang":
            value = value if equals else "".join(given[at + 1 : at + 2])
            if value in LANGS:
                return value
    return language_of_locale(os.environ)


def language_of_locale(variables: Mapping[str, str]) -> Lang:
    """Chinese where the locale of messages is; elsewhere English."""
    told = next((value for name in VARIABLES if (value := variables.get(name))), "")
    if not told and os.name == "nt":
        told = _of_windows()
    return "zh" if told.lower().startswith("zh") else "en"


def _of_windows() -> str:
    import ctypes
    import locale

    library: Any = ctypes.windll  # type: ignore[attr-defined,unused-ignore]
    return locale.windows_locale.get(library.kernel32.GetUserDefaultUILanguage(), "")


def language_of(parameters: Mapping[str, Any]) -> Lang | None:
    """Of a command's arguments: the ``lang`` of the scenario or result that one of them names."""
    for name in PATHS:
        given = parameters.get(name)
        for path in given if isinstance(given, list | tuple) else [given]:
            found = None if path is None else _of_path(Path(path))
            if found is not None:
                return found
    return None


def _of_path(path: Path) -> Lang | None:
    """A file that cannot be read has no language; what is wrong with it the command tells."""
    from siting.scenario import language_in

    if path.name == "result.json" or (path / "result.json").exists():
        file = path if path.is_file() else path / "result.json"
        try:
            told = json.loads(file.read_text(encoding="utf-8")).get("lang")
        except (OSError, ValueError, AttributeError, RecursionError):
            return None
        return cast(Lang, told) if told in LANGS else None
    return language_in(path)
