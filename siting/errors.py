"""What can go wrong, each with the exit code the command line gives it.

Infeasible is a result, not an error; misuse and bad input are errors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches


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
        place = self.where if self.line is None else f"{self.where}:{self.line}"
        text = f"{place}: {self.key}: {self.expected}" if self.key else f"{place}: {self.expected}"
        if self.found:
            text += f"; got {self.found}"
        return f"{text} ({self.hint})" if self.hint else text


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
