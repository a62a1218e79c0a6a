"""What is wrong with a scenario as values told by key; where a key stands is looked up once.

A check sees the settings alone and yields :class:`Wrong`; :func:`located` knows the file. It leaves
out what follows from another fault, so a check needs not ask what is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from siting.errors import Fault
from siting.notice import Hint, Notice
from siting.scenario.document.document import REQUIRED, Document, Key


@dataclass(frozen=True)
class Wrong:
    """A value that cannot be: under which key, what was expected, what was found, what to do."""

    key: Key
    expected: Notice
    found: str = ""
    hint: Hint = ""
    lacking: bool = False
    """The key is not there, and told at the line of what it should stand in."""
    given: tuple[Key, ...] = ()
    """Keys whose values it rests on: nothing is told while a fault leaves one of them open."""
    whole: tuple[Key, ...] = ()
    """The same of keys no part of whose values may be open."""
    entries: tuple[Key, ...] = ()
    """The same of mappings and lists of which no entry may be lost."""
    spoils: tuple[Key, ...] = ()
    """Keys whose values nothing may be concluded from once this is told."""


def lacks(
    key: Key, expected: Notice = REQUIRED, hint: Hint = "", given: tuple[Key, ...] = ()
) -> Wrong:
    """A key that is not there; one whose value is a fault is not called missing too."""
    return Wrong(key, expected, Notice("fault.nothing"), hint, lacking=True, given=(key, *given))


def broken(
    key: Key, expected: Notice, found: str = "", hint: Hint = "", given: tuple[Key, ...] = ()
) -> Wrong:
    """A value that nothing may be concluded from."""
    return Wrong(key, expected, found, hint, given=given, spoils=(key,))


def located(document: Document, told: Iterable[Wrong | Fault]) -> list[Fault]:
    """The faults with file, line and key as written, one after the other, so that what one of them
    spoils is open for the next; those of a layer's rows know their place already."""
    faults: list[Fault] = []
    for wrong in told:
        if isinstance(wrong, Fault):
            faults.append(wrong)
            continue
        lost = any(document.as_written(key) in document.lost for key in wrong.entries)
        if lost or document.unsure(*wrong.given) or document.unsure(*wrong.whole, below=True):
            continue
        for key in wrong.spoils:
            document.mark(key)
        if wrong.lacking:
            faults.append(document.lacks(wrong.key, wrong.expected, wrong.hint))
        else:
            faults.append(document.fault(wrong.key, wrong.expected, wrong.found, wrong.hint))
    return faults
