"""Plans of a made-up town (``standing_town``), judged phase by phase in plain words.

Written from the contract alone (the scenario's keys, docs/contract.md 1.3 and 1.4) and from nothing
the software makes of a scenario. An outlet stands until it moves or closes; it counts, takes floor
and is kept a distance from as long as it stands. What opens, moves in or is upgraded stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from math import ceil, floor, hypot, isqrt
from typing import Any, NamedTuple

from tests.tools.standing_town import Outlet, Place, Premises, Town


@dataclass(frozen=True)
class TownPlan:
    """What is done when (positions of phases); what is not named stays as it is."""

    leaves: dict[str, tuple[int, str | None]] = field(default_factory=dict)
    """Outlet: the phase in which it stands no more, and the premises it moves to then (None: it
    closes)."""
    opens: dict[tuple[str, str], tuple[int, bool]] = field(default_factory=dict)
    """(Premises, format): the phase in which it opens, and whether as a counter."""
    upgrades: dict[str, int] = field(default_factory=dict)
    """Outlet: the phase."""


class There(NamedTuple):
    """An outlet, from which phase and through which one it is there."""

    what: str
    """new (it opens or moves in), upgraded, kept (it may change; kept for now or for good),
    settled."""
    format: str
    xy: Place
    home: str
    first: int
    last: int
    area: int
    counter: bool
    cost: int

    def by(self, phase: int) -> bool:
        """Whether it is there in a phase."""
        return self.first <= phase <= self.last


class Judge:
    """Judges plans of one town."""

    def __init__(self, town: Town):
        self.town = town
        self.formats = {f.id: f for f in town.formats}
        self.premises = {s.id: s for s in town.premises}
        self.outlets = {u.id: u for u in town.outlets}
        self.last = town.n_phases - 1
        self.persons = [Fraction(str(n)) for _, n in town.people]
        self._reached: dict[tuple[str, Place], int] = {}

    # -- what a plan makes of the town

    def there(self, plan: TownPlan) -> list[There]:
        """Everything that is there at some time."""
        standing = [each for u in self.town.outlets for each in self.of_outlet(u, plan)]
        return standing + self.opened(plan)

    def of_outlet(self, u: Outlet, plan: TownPlan) -> list[There]:
        """What a plan makes of an outlet that stands today."""
        if u.settled:
            return [self._standing(u, "settled", 0, self.last)]
        if u.id in plan.upgrades:
            return [self._standing(u, "upgraded", plan.upgrades[u.id], self.last)]
        if not u.unsettled:
            return []
        k, to = plan.leaves.get(u.id, (self.last + 1, None))
        found = [self._standing(u, "kept", 0, k - 1)] if k > 0 else []
        if to is not None:
            site, area = self.premises[to], ceil(Fraction(str(u.move_area)))
            found.append(
                There("new", u.format, site.xy, to, k, self.last, area, False, u.move or 0)
            )
        return found

    def opened(self, plan: TownPlan) -> list[There]:
        """What a plan opens."""
        found = []
        for (s, f), (k, counter) in plan.opens.items():
            site, entry = self.premises[s], self.formats[f]
            area = entry.counter_area if counter else ceil(Fraction(str(entry.area)))
            price = entry.counter_cost if counter else entry.cost
            cost = floor(price * Fraction(str(site.factor)) + Fraction(1, 2))
            found.append(There("new", f, site.xy, s, k, self.last, area, counter, cost))
        return found

    def _standing(self, u: Outlet, what: str, first: int, last: int) -> There:
        area = ceil(Fraction(str(u.area))) if what == "kept" else 0
        cost = (u.upgrade or 0) if what == "upgraded" else 0
        return There(what, u.format, u.xy, u.home, first, last, area, False, cost)

    # -- people

    def reached(self, format_: str, xy: Place) -> int:
        """Who is within the format's standard of a place, as bits."""
        key = format_, xy
        if key not in self._reached:
            limit = self.formats[format_].metres * 10
            self._reached[key] = sum(
                1 << i for i, (home, _) in enumerate(self.town.people) if _dm(home, xy) <= limit
            )
        return self._reached[key]

    @cached_property
    def before(self) -> dict[str, int]:
        """Who is covered by what stands for good."""
        covered = dict.fromkeys(self.formats, 0)
        for u in self.town.outlets:
            if u.settled:
                covered[u.format] |= self.reached(u.format, u.xy)
        return covered

    def among(self, bits: int) -> Fraction:
        """How many people they are."""
        return sum((n for i, n in enumerate(self.persons) if bits >> i & 1), Fraction(0))

    def worth(self, there: list[There]) -> tuple[Fraction, ...]:
        """People newly covered, weighted and over the years: by tier, basic first, or in all."""
        return self.worth_of(self.covered(there))

    def worth_of(self, covered: int) -> tuple[Fraction, ...]:
        """The same for people covered, as ``covered`` tells them."""
        tiers = {"basic": Fraction(0), "quality": Fraction(0)}
        for f in self.town.formats:
            for k, years in enumerate(self.town.years or (1,)):
                new = self.covered_by(covered, f.id, k) & ~self.before[f.id]
                tiers[f.tier] += years * f.weight * self.among(new)
        worth = tuple(tiers.values())
        return worth if self.town.order == "tiers" else (sum(worth, Fraction(0)),)

    def covered(self, there: list[There]) -> int:
        """Who is covered, as bits: those of each format in each phase one after the other."""
        bits = 0
        for each in there:
            for k in range(each.first, each.last + 1):
                bits |= self.reached(each.format, each.xy) << self._shift(each.format, k)
        return bits

    def covered_by(self, covered: int, format_: str, k: int) -> int:
        """Those of a format in a phase."""
        return covered >> self._shift(format_, k) & ((1 << len(self.persons)) - 1)

    def _shift(self, format_: str, k: int) -> int:
        return (list(self.formats).index(format_) * (self.last + 1) + k) * len(self.persons)

    # -- rules

    def broken(self, plan: TownPlan, there: list[There]) -> Iterator[str]:
        """Every rule that the plan breaks."""
        yield from self._impossible(plan)
        new = [each for each in there if each.what == "new"]
        places = [(each.home, each.format) for each in new]
        if len(set(places)) < len(places):
            yield "one outlet of a format at one place"
        for s in self.town.premises:
            yield from self._floor(s, there)
            here = [each for each in there if each.home == s.id]
            yield from self._guests(s, here)
            yield from self._hubs(s, here)
        yield from self._money(there, new)
        yield from self._sites(new)
        yield from self._apart(there)
        yield from self._numbers(plan, there)

    def _impossible(self, plan: TownPlan) -> Iterator[str]:
        for name, (k, to) in plan.leaves.items():
            u = self.outlets[name]
            if to is None and not (u.unsettled and u.closes):
                yield f"{name} may not close"
            if to is not None:
                if u.move is None or not u.unsettled or to == u.home:
                    yield f"{name} may not move to {to}"
                yield from self._opens_at(to, u.format, k)
        for (s, f), (k, counter) in plan.opens.items():
            yield from self._opens_at(s, f, k)
            if counter and not self.formats[f].hosts:
                yield f"{f} has no counter"
        for name in plan.upgrades:
            u = self.outlets[name]
            if u.status != "substandard" or u.upgrade is None:
                yield f"{name} cannot be upgraded"

    def _opens_at(self, s: str, f: str, k: int) -> Iterator[str]:
        site = self.premises[s]
        if f not in site.permitted or k < site.first:
            yield f"{s} does not permit {f} in phase {k}"

    def _floor(self, s: Premises, there: list[There]) -> Iterator[str]:
        """What stands may stay even if it takes more than there is."""
        here = [each for each in there if each.home == s.id]
        opened = [each for each in here if each.what == "new"]
        standing = sum(
            ceil(Fraction(str(u.area))) for u in self.town.outlets if u.home == s.id and u.unsettled
        )
        limit = floor(Fraction(str(s.area)))
        if sum(each.area for each in opened) > limit:
            yield f"floor of {s.id}"
        for k in range(self.last + 1):
            if sum(each.area for each in here if each.by(k)) > max(limit, standing):
                yield f"floor of {s.id} in phase {k}"

    def _guests(self, s: Premises, here: list[There]) -> Iterator[str]:
        for k in range(self.last + 1):
            present = [each for each in here if each.by(k)]
            hosts = {each.format for each in present}
            guests = [each for each in present if each.what == "new"]
            for rule in self.town.rules.get("together", []):
                guest, host = rule["formats"]
                if any(each.format == guest for each in guests) and host not in hosts:
                    yield f"together at {s.id} in phase {k}"
            for each in guests:
                if each.counter and not hosts & set(self.formats[each.format].hosts):
                    yield f"counter at {s.id} in phase {k}"

    def _hubs(self, s: Premises, here: list[There]) -> Iterator[str]:
        counted = [each for each in here if each.last == self.last]
        opened = any(each.what == "new" for each in here)
        for rule in self.town.rules.get("hubs", []):
            if rule["site"] == s.id and (rule["required"] or opened):
                if len({each.format for each in counted}) < rule["min_formats"]:
                    yield f"formats of the hub {s.id}"
                if sum(each.area for each in counted) < rule["min_area_m2"]:
                    yield f"m2 of the hub {s.id}"

    def _money(self, there: list[There], new: list[There]) -> Iterator[str]:
        bills = [(e.cost, e.first, e.format, self._district(e.home)) for e in there if e.cost]
        for s in self.town.premises:
            when = [each.first for each in new if each.home == s.id]
            if when:
                bills.append((s.opening_cost, min(when), "", s.district))
        budget: dict[str, Any] = self.town.budget
        spent = {("total", ""): sum(cost for cost, *_ in bills)}
        for cost, k, f, district in bills:
            tier = self.formats[f].tier if f else ""
            phase = self.town.phases[k] if self.town.years else ""
            for part in (
                ("per_phase", phase),
                ("per_district", district),
                ("per_format", f),
                ("per_tier", tier),
            ):
                spent[part] = spent.get(part, 0) + cost
        if spent["total", ""] > budget.get("total", float("inf")):
            yield "budget in all"
        for kind in ("per_phase", "per_district", "per_format", "per_tier"):
            for name, limit in budget.get(kind, {}).items():
                if spent.get((kind, name), 0) > limit:
                    yield f"budget {kind} {name}"

    def _district(self, home: str) -> str:
        return self.premises[home].district if home else ""

    def _sites(self, new: list[There]) -> Iterator[str]:
        rules = self.town.rules

        def opened(rule: dict[str, str]) -> bool:
            return any(
                each.home == rule["site"] and each.format == rule.get("format", each.format)
                for each in new
            )

        if not all(map(opened, rules.get("require", []))):
            yield "require"
        if any(map(opened, rules.get("forbid", []))):
            yield "forbid"
        here = [len({e.format for e in new if e.home == s.id}) for s in self.town.premises]
        if max(here) > rules.get("max_formats_per_site", len(self.formats)):
            yield "formats per site"

    def _apart(self, there: list[There]) -> Iterator[str]:
        for rule in self.town.rules.get("apart", []):
            for a, b in combinations(there, 2):
                same = a.home == b.home != ""
                if (
                    "new" in (a.what, b.what)
                    and a.format in rule["formats"]
                    and b.format in rule["formats"]
                    and (a.format != b.format or len(rule["formats"]) == 1)
                    and (same or _metres(a.xy, b.xy) < rule["metres"])
                    and any(a.by(k) and b.by(k) for k in range(self.last + 1))
                ):
                    yield f"apart {rule['formats']}: {a} {b}"
        for rule in self.town.rules.get("away", []):
            for a in there:
                near = any(_metres(a.xy, xy) < rule["metres"] for xy in self.town.schools)
                if a.what == "new" and a.format in rule["formats"] and near:
                    yield f"away: {a}"

    def _numbers(self, plan: TownPlan, there: list[There]) -> Iterator[str]:
        rules = self.town.rules
        if len(plan.opens) > rules.get("max_outlets", {}).get("total", len(plan.opens)):
            yield "number of outlets"
        for rule in rules.get("min_coverage", []):
            k = self.town.phases.index(rule["phase"]) if "phase" in rule else self.last
            covered = self.covered_by(self.covered(there), rule["format"], k)
            share = self.among(covered) / sum(self.persons)
            if share < Fraction(str(rule["share"])):
                yield f"coverage of {rule['format']}"


def _metres(a: Place, b: Place) -> float:
    return hypot(a[0] - b[0], a[1] - b[1])


def _dm(a: Place, b: Place) -> int:
    """Straight walk, rounded half up to whole decimetres: the largest n with (n - 1/2)^2 <= the
    square of the distance."""
    square = 400 * ((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2)  # in halves of a decimetre
    return (isqrt(square) + 1) // 2
