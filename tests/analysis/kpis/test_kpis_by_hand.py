"""Every figure of a scenario, by arithmetic over its people and straight lines between places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import siting
from siting.analysis.kpis.key_figures import kpis as key_figures
from siting.analysis.kpis.kpis import Kpi, kpis
from tests.analysis.kpis.test_kpis import check_walks
from tests.tools.depth import examples
from tests.tools.town import SCENARIO, write_town

Place = tuple[int, int]
Key = tuple[int, str, str, str]
FORMATS = {"shop": "all", "care": "elderly"}
AREA = {"shop": 50, "care": 60}
SPEED = {"shop": 1.2, "care": 0.9}
DETOUR = 1.2


def side(xy: Place) -> str:
    """The district of a place."""
    return "east" if xy[0] > 14 else "west"


@dataclass(frozen=True)
class Home:
    """People at one place of a grid of 100 m."""

    xy: Place
    adults: int
    old: int

    @property
    def side(self) -> str:
        """Its district."""
        return side(self.xy)

    def people(self, format_: str) -> int:
        """Whom a format is for; shops are for everybody."""
        return self.old if format_ == "care" else self.adults + self.old


@dataclass(frozen=True)
class Town:
    """Homes, what stands, rooms to let; shops within ``metres``, care within 400, but for 650 in
    the east if that is a circle of its own."""

    homes: list[Home]
    shops: list[tuple[Place, str]]
    rooms: list[Place]
    metres: int
    circle: bool

    def write(self, folder: Path) -> Path:
        """As scenario files."""
        text = SCENARIO.replace("metres: 300", f"metres: {self.metres}").replace(
            "detour: 1.0", f"detour: {DETOUR}, speed_m_per_s: {{default: 1.2, elderly: 0.9}}"
        )
        if self.circle:
            own = "{district: east, change: {care: {metres: 650, reason: hills}}}"
            text += f"circles: [{own}]\n"
        file = write_town(folder, text)

        def at(xy: Place) -> str:
            return f"{500000 + 100 * xy[0]},{3780000 + 100 * xy[1]}"

        tables = {
            "people": ["id,x,y,people,old,district"]
            + [
                f"p{i},{at(h.xy)},{h.people('shop')},{h.old},{h.side}"
                for i, h in enumerate(self.homes)
            ],
            "outlets": ["id,x,y,kind"]
            + [f"o{k},{at(xy)},{f}" for k, (xy, f) in enumerate(self.shops)],
            "premises": ["id,x,y,area,district"]
            + [f"r{k},{at(xy)},160,{side(xy)}" for k, xy in enumerate(self.rooms)],
        }
        for name, rows in tables.items():
            (folder / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
        return file

    def places(self, format_: str, planned: bool) -> list[Place]:
        """Where a format is; the plan brings each to every room."""
        stands = [xy for xy, kind in self.shops if kind == format_]
        return stands + (self.rooms if planned else [])

    def limit(self, format_: str, home: Home) -> int:
        """Decimetres."""
        if format_ == "care":
            return 6500 if self.circle and home.side == "east" else 4000
        return 10 * self.metres

    def parts(self, format_: str) -> dict[str, list[int]]:
        """Rows of the homes, by group and circle; a group that a circle splits as a whole too."""
        every = range(len(self.homes))
        if not self.circle or format_ == "shop":
            return {FORMATS[format_]: list(every)}
        east = [i for i in every if self.homes[i].side == "east"]
        others = sorted(set(every) - set(east))
        return {"elderly": list(every), "elderly@east": east, "elderly@others": others}

    def costs(self, format_: str, planned: bool) -> list[list[float]]:
        """Decimetres from each home to each place."""
        return [
            [
                float(np.floor(np.hypot(*np.subtract(h.xy, xy)) * 100 * DETOUR * 10 + 0.500001))
                for xy in self.places(format_, planned)
            ]
            for h in self.homes
        ]

    def sides(self, format_: str, planned: bool) -> set[str]:
        """Where outlets stand: a room says so, a shop is where the nearest home is, if any is near
        enough for some standard."""
        found = {side(xy) for xy in self.rooms} if planned else set()
        every = self.costs(format_, False)
        longest = max(self.limit(f, h) for f in FORMATS for h in self.homes)
        for k in range(len(every[0])):
            cost, home = min((row[k], i) for i, row in enumerate(every))
            if cost <= longest:
                found.add(self.homes[home].side)
        return found


def mean(values: list[float], weights: list[int]) -> float | None:
    """Weighted; None of nobody."""
    if not sum(weights):
        return None
    return sum(v * w for v, w in zip(values, weights, strict=True)) / sum(weights)


def evenness(access: list[float], people: list[int]) -> dict[str, float | None]:
    """KPI 10: by every pair of persons, and by tenths of persons in a row."""
    have = np.array(access)
    who = np.array(people, float)
    apart = float((np.abs(have[:, None] - have) * who[:, None] * who).sum())
    total = float((have * who).sum())
    row = np.sort(np.repeat(have, 10 * np.array(people)))
    tenth = len(row) // 10
    poor = float(row[: 4 * tenth].sum())
    return {
        "gini": apart / (2 * total * float(who.sum())) if total else None,
        "palma": float(row[-tenth:].sum()) / poor if poor > 0 else None,
        "worst_tenth": float(row[:tenth].mean()),
    }


def by_hand(town: Town, planned: bool) -> Iterator[tuple[Key, float | None]]:
    """All figures that need no walk farther than the standards; KPI 7 and 8 see ``check_walks``."""
    covered: dict[str, list[float]] = {}
    for f in FORMATS:
        costs, limits = town.costs(f, planned), [town.limit(f, h) for h in town.homes]
        people = [h.people(f) for h in town.homes]
        near = [[c <= most for c in row] for row, most in zip(costs, limits, strict=True)]
        covered[f] = [float(any(row)) for row in near]
        crowd = [
            sum(p for row, p in zip(near, people, strict=True) if row[k])
            for k in range(len(town.places(f, planned)))
        ]
        access = [
            sum(1000 / crowd[k] for k, is_near in enumerate(row) if is_near and crowd[k])
            for row in near
        ]
        for part, rows in town.parts(f).items():
            who = [people[i] for i in rows]
            there = [int(p > 0) for p in who]
            yield (1, "coverage", f, part), mean([covered[f][i] for i in rows], who)
            yield (1, "coverage_points", f, part), mean([covered[f][i] for i in rows], there)
            if sum(who):
                yield (9, "access_2sfca", f, part), mean([access[i] for i in rows], who)
                for name, value in evenness([access[i] for i in rows], who).items():
                    yield (10, name, f, part), value
        # Standards in metres are the same for everybody.
        share = mean(covered[f], [h.old for h in town.homes])
        of_all = mean(covered[f], [h.people("shop") for h in town.homes])
        assert share is not None and of_all is not None
        yield (6, "group_coverage", f, "elderly"), share
        yield (6, "distance_to_all", f, "elderly"), share - of_all
    # The shop is the one basic format.
    everybody = [h.people("shop") for h in town.homes]
    yield (3, "completeness", "", ""), mean(covered["shop"], everybody)
    yield (3, "complete_circle", "", ""), mean(covered["shop"], everybody)
    shares, present = [], []
    for at in ("east", "west"):
        rows = [i for i, h in enumerate(town.homes) if h.side == at and everybody[i]]
        share = mean([covered["shop"][i] for i in rows], [everybody[i] for i in rows])
        if share is not None:
            shares.append(float(share >= 0.8))
            present.append(float(at in town.sides("shop", planned)))
            yield (4, "formats_present", "", at), present[-1]
    yield (4, "formats_present", "", ""), float(np.mean(present))
    yield (5, "districts_complete", "", ""), float(np.mean(shares))
    built = sum(AREA.values()) * len(town.rooms) if planned else 0
    yield (11, "m2_added_per_1000", "", ""), 1000 * built / sum(everybody)
    yield (12, "several_functions", "", ""), 1.0 if planned else None


spots = st.tuples(st.integers(0, 30), st.integers(0, 30))
homes = st.lists(st.builds(Home, spots, st.integers(0, 60), st.integers(0, 20)), max_size=12)
towns = st.builds(
    Town,
    homes.map(lambda more: [Home((15, 15), 10, 5), *more]),
    st.lists(st.tuples(spots, st.sampled_from(list(FORMATS))), max_size=4),
    st.lists(spots, min_size=1, max_size=4, unique=True),
    st.integers(20, 900),
    st.booleans(),
)


@examples(8)
@given(towns)
def test_a_town_of_3_km(tmp_path_factory: pytest.TempPathFactory, town: Town) -> None:
    """However short the standards are, people are walked to the nearest outlet."""
    scenario = siting.load(town.write(tmp_path_factory.mktemp("town")))
    problem = scenario.problem()
    large = problem.labels.sizes.index("large")
    plan = np.flatnonzero(problem.options.size != large)
    told: dict[Any, Kpi] = {
        (k.number, k.name, k.format, k.group): k for k in key_figures(scenario, plan).figures
    }
    for planned in (False, True):
        for key, value in by_hand(town, planned):
            got = told[key].after if planned else told[key].before
            assert got == (None if value is None else pytest.approx(value)), (planned, key)
        for f in FORMATS:
            walks = np.array([min(row, default=np.inf) for row in town.costs(f, planned)])
            people = np.array([h.people(f) for h in town.homes], float)
            for part, rows in town.parts(f).items():
                minutes = walks[rows] / 600 / SPEED[f]
                check_walks(told, (f, part), minutes, people[rows], np.inf, after=planned)


def test_what_a_problem_was_not_walked_is_not_scored(tmp_path: Path) -> None:
    """A problem alone ends at its longest standard: it says so and tells no score."""
    scenario = siting.load(write_town(tmp_path))
    problem = scenario.problem()
    none = np.zeros(0, np.int64)
    alone = {(k.name, k.format): k for k in kpis(problem, none)}
    whole = {(k.name, k.format): k for k in key_figures(scenario, none).figures}
    assert alone["decay_score", "shop"].before is None
    assert alone["minutes_walked_at_most", "shop"].before == pytest.approx(4000 / 600 / 1.2)
    # The shop is at the west end; the homes are 0, 200, … 1,800 m away.
    assert alone["beyond_what_was_walked", "shop"].before == pytest.approx(1 - 330 / 1450)
    assert whole["unreachable", "shop"].before == 0
    assert whole["minutes_p90", "shop"].before == pytest.approx(1800 / 60 / 1.2)
    assert "minutes_walked_at_most" not in {name for name, _ in whole}
