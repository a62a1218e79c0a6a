"""Names: what planners call formats, groups, tiers, sizes and rules, in one language.

Ids are for files; people read names. A scenario brings those of its formats and rules, the
catalogue of texts those of tiers, sizes and the usual groups; what has no name is told by its id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from siting.texts.catalogue import group_words
from siting.texts.words import Lang, Sections, Words


@dataclass(frozen=True)
class Names:
    """Words for ids; without formats of its own, an id is its own name."""

    lang: Lang = "en"
    formats: Mapping[str, str] = field(default_factory=dict)
    """Id -> name in the language."""
    find_rules: Callable[[], Mapping[str, str]] = dict
    """Rule, as notices name it -> name in words; asked once, when a notice names a rule."""

    def format(self, id: str) -> str:
        """A format."""
        return self.formats.get(id, id)

    def listed(self, ids: tuple[str, ...]) -> str:
        """Formats, one after the other."""
        return Words.of(self.lang, "sign")["list"].join(self.format(id) for id in ids)

    def group(self, id: str) -> str:
        """A group; of those that circles set apart, with the district."""
        return group_words(Words.of(self.lang, "report"), id)

    def tier(self, id: str) -> str:
        """A tier as a kind of format."""
        return Words.of(self.lang, "report").get(f"tier_{id}", id)

    def size(self, id: str) -> str:
        """One of the catalogue's sizes; a planner's own keeps its name."""
        return Words.of(self.lang, "report").get(f"size_{id}", id)

    @cached_property
    def rules(self) -> Mapping[str, str]:
        """Rules and their rows as notices name them, in words."""
        return self.find_rules()

    @property
    def sections(self) -> Sections:
        """For :func:`siting.texts.words.fill`: the scenario's own words."""
        return _Sections(self)


class _Sections(Mapping[str, Mapping[str, str]]):
    """Sections by name; rules are looked for only where they are asked for."""

    def __init__(self, names: Names):
        self.names = names

    def __getitem__(self, section: str) -> Mapping[str, str]:
        if section == "format":
            return self.names.formats
        if section == "rule":
            return self.names.rules
        raise KeyError(section)

    def __iter__(self) -> Iterator[str]:
        return iter(("format", "rule"))

    def __len__(self) -> int:
        return 2
