"""What can go wrong, each with the exit code the command line gives it.

Infeasible is a result, not an error; misuse and bad input are errors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches

from siting.notice import PLAIN, Hint, Notice, in_language
from siting.printable import LONGEST, cut, cut_before
from siting.texts.words import Lang, Words


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a user's input: where, what was expected, what was found, what to do."""

    where: str
    """File, or the argument's name."""
    expected: Notice
    found: str = ""
    line: int | None = None
    key: str = ""
    """Dotted path inside the file, for instance ``formats.change.wet_market.minutes``."""
    hint: Hint = ""
    """What to do, for instance the nearest known key."""

    def __str__(self) -> str:
        return self.in_language("en")

    def in_language(self, lang: Lang) -> str:
        """One line of printable signs, at most :data:`~siting.printable.LONGEST` of them; what is
        no notice is data, and stays as it is."""
        for most in (LONGEST, 160, 100, 60, 40, 24):
            told = self._told(lang, most)
            if len(told) <= LONGEST:
                break
        return cut(told, LONGEST)

    def _told(self, lang: Lang, most: int) -> str:
        """The line with no part longer than ``most``; what is expected and to be done gives way
        last."""
        where, expected, found, hint = (
            in_language(part, lang) for part in (self.where, self.expected, self.found, self.hint)
        )
        words, long = Words.of(lang, "fault"), max(most, 60)
        place = cut_before(where, most)
        place = place if self.line is None else f"{place}:{self.line}"
        told = words["key" if self.key else "place"].format(
            place=place, key=cut(self.key, most), expected=cut(expected, long)
        )
        told += words["found"].format(found=cut(found, most)) if found else ""
        return told + (words["hint"].format(hint=cut(hint, long)) if hint else "")


class SitingError(Exception):
    """Anything this package raises on purpose; its message is a notice, told in any language."""

    exit_code = 1

    def __init__(self, message: Notice):
        super().__init__(message)

    @property
    def notice(self) -> Notice:
        """What is wrong, as a notice that may stand within another."""
        message = self.args[0] if self.args else ""
        if isinstance(message, Notice):
            return message
        return Notice.stored(str(message), PLAIN, {"text": str(message)})

    def in_language(self, lang: Lang) -> str:
        """What is wrong, for people who read this language."""
        return in_language(self.notice, lang)


class InputError(SitingError, ValueError):
    """Bad input; carries every fault found, one line each."""

    exit_code = 2

    def __init__(self, faults: Iterable[Fault] | Fault | Notice):
        if isinstance(faults, str):
            faults = [Fault(Notice("fault.input"), faults)]
        self.faults = (faults,) if isinstance(faults, Fault) else tuple(faults)
        told = "\n".join(str(fault) for fault in self.faults)
        super().__init__(Notice.stored(told, PLAIN, {"text": told}))

    def in_language(self, lang: Lang) -> str:
        """All faults, one a line."""
        return "\n".join(fault.in_language(lang) for fault in self.faults)


class ArgumentError(SitingError, ValueError):
    """A value handed to the Python API is impossible: "p must lie in 1..40; got 57"."""

    exit_code = 2


@contextmanager
def needing(what: str | Notice, extra: str) -> Iterator[None]:
    """Imports of an optional library; without it an ArgumentError names the extra to install."""
    try:
        yield
    except ImportError as error:
        install = f"pip install siting[{extra}]"
        told = Notice("fault.needs_library", what=what, library=error.name, install=install)
        raise ArgumentError(told) from None


class SolverError(SitingError):
    """An outside solver crashed, is not installed, or returned what verification refuses."""

    exit_code = 5


class NoAnswerError(SolverError):
    """An outside solver gave no answer to a program that is sound; a plan that is known stands."""


class SolverDiedError(NoAnswerError):
    """The process of an outside solver ended without an answer: killed, or crashed."""


def nearest(word: str, known: Iterable[str]) -> Hint:
    """A hint, a notice, naming the known word most like ``word``, or an empty text."""
    match = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return Notice("fault.did_you_mean", word=match[0]) if match else ""
