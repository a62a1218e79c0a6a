"""The gap that a planner reads: tier by tier, never as a share of next to nothing.

Of tiers that are served one after the other the sum of their gaps says little: a few people of a
later tier are a large share of its own. So what is left open is told of each tier by itself, of the
first one as a share and in people, of the later ones in people alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from siting.problem import TIERS
from siting.progress import relative_gap
from siting.texts.words import Words
from siting.verification.objectives import KNOWN

if TYPE_CHECKING:
    from siting.result.result import Result

LARGEST = 1.0
"""A gap above this is no share that says anything."""


@dataclass(frozen=True)
class Headline:
    """How much better than a plan another one could be, of a tier or of the whole."""

    tier: str | None
    """None: the whole objective."""
    gap: float | None
    """Relative, at most 1; None where nothing is proven, or where only ``people`` says something:
    of a later tier that may still gain more than it has."""
    people: float | None
    """Weighted people that another plan could gain more, at most; None where nothing is proven, or
    the objective counts no people."""

    @property
    def closed(self) -> bool:
        """Nothing is left open."""
        return self.gap == 0

    def to_dict(self) -> dict[str, Any]:
        """As result.json has it."""
        return {"tier": self.tier, "gap": self.gap, "people": self.people}


def open_gaps(result: Result, *, certified: bool = False) -> tuple[Headline, ...]:
    """What is left open, of each tier in their order, or of the whole; empty without a plan.

    Args:
        certified: by what the judge recomputes alone, whatever a solver says.
    """
    if result.objective is None:
        return ()
    if not result.tiers:
        bound = result.certified_bound if certified else result.bound
        counts_people = KNOWN[result.model].counts in ("reach", "backup", "service", "circles")
        maximised = not KNOWN[result.model].minimised
        return (_open(None, result.objective, bound, counts_people, maximised),)
    bounds: Mapping[str, float | None] = {t: line["bound"] for t, line in result.tiers.items()}
    if certified:
        whole = {next(iter(result.tiers)): result.certified_bound} if len(result.tiers) == 1 else {}
        bounds = {**whole, **result.certified_tiers}
    return tuple(
        _open(tier, result.tiers[tier]["objective"], bounds.get(tier))
        for tier in TIERS
        if tier in result.tiers
    )


def headline(result: Result) -> Headline | None:
    """What a planner reads first: the first tier that is left open, or the first of all; None
    without a plan."""
    told = open_gaps(result)
    return next((one for one in told if not one.closed), told[0]) if told else None


def proves(objective: float | None, bound: float | None, maximised: bool = True) -> bool:
    """Whether a bound says anything: not one that is no number, or that the plan is beyond."""
    if objective is None or bound is None or not isfinite(bound):
        return False
    return bound >= objective if maximised else bound <= objective


def _open(
    tier: str | None,
    objective: float | None,
    bound: float | None,
    people: bool = True,
    maximised: bool = True,
) -> Headline:
    if objective is None or bound is None or not proves(objective, bound, maximised):
        return Headline(tier, None, None)
    gap = relative_gap(objective, bound)
    share = gap if gap is not None and gap <= LARGEST else None
    return Headline(tier, share, abs(bound - objective) if people else None)


def gap_told(result: Result, lang: str, *, certified: bool = False) -> str:
    """What is left open in one sentence, tier by tier; empty without a plan."""
    words, told = Words.of(lang, "gap"), []
    weighted = weighs(result)
    for number, one in enumerate(open_gaps(result, certified=certified)):
        said = said_of(one, number, weighted, lang)
        if one.tier is not None and len(result.tiers) > 1:
            tier = Words.of(lang, "tier").get(one.tier, one.tier)
            said = words.tell("later" if number else "first", tier=tier, told=said)
        told.append(said)
    return words.parts(told)


def weighs(result: Result) -> bool:
    """Whether the objective makes more or less of people than they are."""
    from siting.result.accounting import people_weighed

    return people_weighed(result) is not None


def weighed(result: Result, lang: str) -> list[str]:
    """What a study's people stand for, a sentence; none where the objective counts them as they
    are."""
    from siting.result.accounting import people_weighed

    told = people_weighed(result)
    if told is None:
        return []
    key = "weighed_kept" if told.kept else "weighed"
    values = {"people": told.people, "kept": told.kept, "objective": result.objective}
    return [Words.of(lang, "gap").tell(key, **values)]


def headline_told(result: Result, lang: str) -> str:
    """The headline in a few words, for a cell; with its tier where there are several."""
    one = headline(result)
    if one is None:
        return Words.of(lang, "gap")["none"]
    told = gap_short(one.gap, one.people, lang, weighted=weighs(result))
    if one.tier is None or len(result.tiers) < 2 or one.closed:
        return told
    return f"{Words.of(lang, 'tier').get(one.tier, one.tier)} {told}"


def said_of(one: Headline, number: int, weighted: bool, lang: str) -> str:
    """What is left open of one tier, without its name.

    Args:
        number: of the tier, from 0.
        weighted: whether weights make more or less of people.
    """
    values = {"gap": one.gap, "people": one.people, "weighted": weighted}
    return Words.of(lang, "gap").tell(_key(one, number), **values)


def _key(one: Headline, number: int) -> str:
    if one.closed:
        return "closed"
    if one.people is None:
        return "unknown" if one.gap is None else "share"
    return "people" if number or one.gap is None else "share_people"


def gap_short(gap: float | None, people: float | None, lang: str, *, weighted: bool = False) -> str:
    """A gap in a few words, for a cell or a running line: a share, or people where it is none.

    Args:
        weighted: whether weights make more or less of people.
    """
    words = Words.of(lang, "gap")
    if gap is None and people is None:
        return words["none"]
    if gap is not None and gap <= LARGEST:
        return words.tell("cell", gap=gap)
    return (
        words["none"]
        if people is None
        else words.tell("cell_people", people=people, weighted=weighted)
    )
