"""What can go wrong, each with the exit code the command line gives it.

Infeasible is a result, not an error; misuse and bad input are errors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches

LONGEST = 300
"""Signs of a message: one that fills a screen is not read, and names may be of any length."""


def plain(text: str) -> str:
    """The text in one line, control characters and marks of writing direction by their numbers.

    Names come from files of anybody: such signs could move a terminal's cursor or turn the order
    of reading (Boucher and Anderson, Trojan Source, 2021).
    """
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() else " " if sign in "\n\t\u3000\xa0" else f"\\x{ord(sign):02x}"
        for sign in text
    )


def cut(text: str, most: int) -> str:
    """At most so many printable signs; an ellipsis stands for the rest."""
    text = plain(text)
    return text if len(text) <= most else text[: most - 1] + "…"


def cut_before(path: str, most: int) -> str:
    """The end of a path, which tells more than its beginning."""
    path = plain(path)
    return path if len(path) <= most else "…" + path[1 - most :]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a user's input: where, what was expected, what was found, what to do."""

    where: str
    """File, or the argument's name."""
    expected: str
    found: str = ""
    line: int | None = None
    key: str = ""
    """Dotted path inside the file, for instance ``formats.change.wet_market.minutes``."""
    hint: str = ""
    """What to do, for instance the nearest known key."""

    def __str__(self) -> str:
        """One line of printable signs, at most :data:`LONGEST` of them."""
        for most in (LONGEST, 160, 100, 60, 40, 24):
            text = self._told(most)
            if len(text) <= LONGEST:
                break
        return cut(text, LONGEST)

    def _told(self, most: int) -> str:
        """The line with no part longer than ``most``; what is found gives way first."""
        place = cut_before(self.where, most) + ("" if self.line is None else f":{self.line}")
        text = f"{place}: {cut(self.key, most)}: " if self.key else f"{place}: "
        text += cut(self.expected, max(most, 60))
        if self.found:
            text += f"; got {cut(self.found, most)}"
        return f"{text} ({cut(self.hint, max(most, 60))})" if self.hint else text


class SitingError(Exception):
    """Anything this package raises on purpose."""

    exit_code = 1


class InputError(SitingError, ValueError):
    """Bad input; carries every fault found, one line each."""

    exit_code = 2

    def __init__(self, faults: Iterable[Fault] | Fault | str):
        if isinstance(faults, str):
            faults = [Fault("input", faults)]
        self.faults = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class ArgumentError(SitingError, ValueError):
    """A value handed to the Python API is impossible: "p must lie in 1..40; got 57"."""

    exit_code = 2


@contextmanager
def needing(what: str, extra: str) -> Iterator[None]:
    """Imports of an optional library; without it an ArgumentError names the extra to install."""
    try:
        yield
    except ImportError as error:
        raise ArgumentError(f"{what} needs {error.name}: pip install siting[{extra}]") from None


class SolverError(SitingError):
    """An outside solver crashed, is not installed, or returned what verification refuses."""

    exit_code = 5


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint naming the known word most like ``word``, or an empty text."""
    match = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean {match[0]!r}?" if match else ""
