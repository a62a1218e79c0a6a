"""Draws a made-up town (``standing_town``) with outlets that may change and some rules."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from tests.tools.standing_search import n_plans
from tests.tools.standing_town import Format, Outlet, Place, Premises, Town, school_layer

NAMES = ("shop", "care", "bins")


def draw_town(seed: int, most_plans: int) -> Town:
    """A town that has at most so many plans."""
    rng = Random(seed)
    years = rng.choice([(), (1,), (3,), (1, 1), (1, 2), (2, 1), (1, 1, 1), (1, 2, 3)])
    names = NAMES[: rng.randint(1, 3)]
    formats = tuple(_format(rng, name, names) for name in names)
    premises = tuple(_premises(rng, i, names, len(years)) for i in range(rng.randint(2, 4)))
    outlets = tuple(_outlet(rng, i, names, premises) for i in range(rng.randint(0, 4)))
    if len(outlets) > 1 and rng.random() < 0.3:  # two of a format in one place
        first = outlets[0]
        outlets = (
            first,
            replace(outlets[1], xy=first.xy, format=first.format, home=first.home),
            *outlets[2:],
        )
    people = tuple(
        (_place(rng), rng.choice([1, 2, 10, 17.5, 30, 100])) for _ in range(rng.randint(3, 6))
    )
    town = Town(
        people,
        formats,
        premises,
        outlets,
        years,
        rng.choice(["tiers", "weighted"]),
        schools=(_place(rng),),
    )
    while n_plans(town) > most_plans:
        town = _smaller(rng, town)
    town = replace(town, rules=_rules(rng, town))
    return replace(town, budget=_budget(rng, town))


def _place(rng: Random) -> Place:
    return 100 * rng.randint(0, 9), 300 * rng.choice([0, 0, 0, 1])


def _format(rng: Random, name: str, names: tuple[str, ...]) -> Format:
    others = tuple(other for other in names if other != name)
    hosts = tuple(rng.sample(others, rng.randint(1, len(others)))) if others else ()
    return Format(
        name,
        rng.choice([100, 200, 300]),
        rng.choice([1, 1, 2]),
        rng.choice(["basic", "quality"]),
        rng.choice([10, 49.5, 100]),
        rng.choice([10, 25, 41]),
        hosts if rng.random() < 0.3 else (),
        rng.choice([0, 5]),
        rng.choice([1, 4]),
    )


def _premises(rng: Random, i: int, names: tuple[str, ...], n_phases: int) -> Premises:
    permitted = tuple(name for name in names if rng.random() < 0.75) or names[:1]
    first = rng.randint(0, n_phases) if n_phases and rng.random() < 0.3 else 0
    return Premises(
        f"P{i}",
        _place(rng),
        rng.choice([60, 100.9, 150, 500]),
        permitted,
        rng.choice([0, 0, 5, 15]),
        rng.choice([1, 1, 0.5, 1.25]),
        ("west", "east")[i % 2],
        first,
    )


def _outlet(rng: Random, i: int, names: tuple[str, ...], premises: tuple[Premises, ...]) -> Outlet:
    home = rng.choice(premises) if rng.random() < 0.6 else None
    xy = _place(rng) if home is None else home.xy
    if rng.random() < 0.2:  # it stands beside the place, not on it
        xy = xy[0] + rng.choice([-8, 8]), xy[1]
    return Outlet(
        f"B{i}",
        xy,
        rng.choice(names),
        "" if home is None else home.id,
        rng.choice(["open", "open", "open", "substandard", "closed"]),
        rng.choice([0, 20, 70, 99.5]),
        rng.choice([None, None, 0, 3, 12]),
        rng.choice([0, 30, 60]),
        rng.random() < 0.35,
        rng.choice([None, None, 1]),
        rng.choice([None, 2, 20]),
    )


def _smaller(rng: Random, town: Town) -> Town:
    """The town without one of the things that may be done."""
    wide = [s for s in town.premises if len(s.permitted) > 1]
    if wide and rng.random() < 0.7:
        less = rng.choice(wide)
        cut = replace(less, permitted=tuple(rng.sample(less.permitted, len(less.permitted) - 1)))
        return replace(town, premises=tuple(cut if s is less else s for s in town.premises))
    if len(town.years) > 1 and rng.random() < 0.2:
        late = tuple(replace(s, first=min(s.first, len(town.years) - 1)) for s in town.premises)
        return replace(town, years=town.years[:-1], premises=late)
    if len(town.premises) > 2 and rng.random() < 0.5:
        gone = town.premises[-1].id
        outlets = tuple(replace(u, home="") if u.home == gone else u for u in town.outlets)
        return replace(town, premises=town.premises[:-1], outlets=outlets)
    return replace(town, outlets=town.outlets[:-1]) if town.outlets else town


def _rules(rng: Random, town: Town) -> dict[str, Any]:
    names = [f.id for f in town.formats]
    site = [s.id for s in town.premises]
    rules: dict[str, Any] = {}

    def some(key: str, chance: float, *made: dict[str, Any]) -> None:
        if rng.random() < chance:
            rules[key] = list(made)

    def spot() -> dict[str, Any]:
        named = {"format": rng.choice(names)} if rng.random() < 0.6 else {}
        return {"site": rng.choice(site), **named}

    def distance() -> dict[str, Any]:
        n = rng.randint(1, len(names))
        return {"formats": rng.sample(names, n), "metres": rng.choice([0, 100, 150, 300, 500])}

    some("apart", 0.5, *(distance() for _ in range(rng.randint(1, 2))))
    some(
        "away",
        0.15,
        {
            "formats": rng.sample(names, 1),
            "metres": rng.choice([50, 100, 200]),
            "places": school_layer(),
        },
    )
    some("require", 0.15, spot())
    some("forbid", 0.25, *(spot() for _ in range(rng.randint(1, 2))))
    if len(names) > 1:
        some("together", 0.3, {"formats": rng.sample(names, 2)})
    some(
        "hubs",
        0.4,
        {
            "site": rng.choice(site),
            "min_formats": rng.randint(1, len(names)),
            "min_area_m2": rng.choice([0, 0, 50, 110]),
            "required": rng.random() < 0.3,
        },
    )
    if rng.random() < 0.25:
        rules["max_formats_per_site"] = rng.randint(0, 2)
    if rng.random() < 0.2:
        rules["max_outlets"] = {"total": rng.randint(0, 3)}
    phase = {"phase": rng.choice(town.phases)} if town.years and rng.random() < 0.6 else {}
    some(
        "min_coverage",
        0.2,
        {"format": rng.choice(names), "share": rng.choice([0.2, 0.5, 0.75]), **phase},
    )
    return rules


def _budget(rng: Random, town: Town) -> dict[str, Any]:
    budget: dict[str, Any] = {}
    if rng.random() < 0.7:
        budget["total"] = rng.choice([12, 30, 45, 60, 90])
    if town.years and rng.random() < 0.4:
        budget["per_phase"] = {name: rng.choice([0, 15, 30, 50]) for name in town.phases}
    if rng.random() < 0.15:
        budget["per_district"] = {"west": rng.choice([5, 20, 40])}
    if rng.random() < 0.15:
        budget["per_format"] = {town.formats[0].id: rng.choice([3, 20, 40])}
    return budget
