"""The gap a planner reads: tier by tier, never more than a whole, the same everywhere."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from math import isfinite
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import siting
from siting.commands.summary import summary
from siting.commands.terminal import line
from siting.problem import Objective
from siting.progress import Progress, relative_gap
from siting.report import folder
from siting.report.contents import contents
from siting.report.facts import Facts
from siting.result import Result
from siting.result.headline import Headline, gap_short, gap_told, open_gaps
from siting.texts.catalogue import LANGS, Lang
from siting.texts.words import Words
from tests.tools.depth import examples
from tests.tools.town import SCENARIO, write_town

Tiers = dict[str, dict[str, float | None]]


def tiered(basic: tuple[float, float | None], quality: tuple[float, float | None]) -> Result:
    """A plan of two tiers, each with its objective and bound."""
    tiers: Tiers = {
        name: {"objective": value, "bound": bound, "gap": None}
        for name, (value, bound) in (("basic", basic), ("quality", quality))
    }
    total = None if None in (basic[1], quality[1]) else (basic[1] or 0) + (quality[1] or 0)
    value = basic[0] + quality[0]
    spec = Objective("max_cover", "tiers")
    return Result("feasible", "time", value, total, None, spec, "highs", tiers=tiers)


@pytest.mark.parametrize(
    ("basic", "quality", "expected"),
    [
        ((1000.0, 1006.0), (510.0, 5000.0), Headline("basic", 0.006, 6.0)),
        ((1000.0, 1000.0), (510.0, 5000.0), Headline("quality", None, 4490.0)),
        ((1000.0, 1000.0), (500.0, 505.0), Headline("quality", 0.01, 5.0)),
        ((1000.0, 1000.0), (510.0, 510.0), Headline("basic", 0.0, 0.0)),
        ((1000.0, None), (510.0, 520.0), Headline("basic", None, None)),
        ((0.0, 40.0), (0.0, 0.0), Headline("basic", None, 40.0)),
    ],
)
def test_the_first_open_tier_is_the_headline(
    basic: tuple[float, float | None], quality: tuple[float, float | None], expected: Headline
) -> None:
    """What decides is told first: the basic tier, and where that is closed the later one; a share
    of next to nothing is no share but people."""
    assert tiered(basic, quality).headline == expected


def test_a_later_tier_is_told_in_people() -> None:
    """The basic tier as a share and in people, the quality tier in people alone."""
    told = gap_told(tiered((100_000.0, 100_600.0), (510.0, 248_000.0)), "en")
    assert told == (
        "basic formats: nothing better by more than 0.60% exists (at most 600 people); "
        "then quality formats: at most 247,490 people more"
    )
    assert "品质提升类：至多再增 247,490 人次" in gap_told(
        tiered((100_000.0, 100_600.0), (510.0, 248_000.0)), "zh"
    )


def test_no_percentage_over_100_is_printed(tmp_path: Path) -> None:
    """However little a tier has and however much it could have: terminal, report, progress line."""
    town = siting.load(write_town(tmp_path)).problem()
    solved = siting.solve(town, method="highs", threads=1)
    wide = {
        tier: {**figures, "bound": 500 * (figures["objective"] or 0.0), "gap": 499.0}
        for tier, figures in solved.tiers.items()
    }
    assert len(wide) == 2
    open_ = replace(solved, status="feasible", limit="time", bound=500.0 * 1346, tiers=wide)
    for lang in LANGS:
        page = contents(open_, town, Facts("x"), lang)
        (gap,) = (f for f in page.figures if "gap" in f.label.lower() or "差距" in f.label)
        told = [summary(open_, lang=lang), *page.sentences, gap.value, gap.note]
        told += [" ".join(row) for row in page.tiers]
        for text in told:
            shares = [float(n.replace(",", "")) for n in re.findall(r"([\d,.]+) ?%", text)]
            assert all(share <= 100 for share in shares), text
    news = Progress(1.0, "bound", 510.0, 249_521.0, tier="quality")
    assert "gap ≤ 249,011 people" in line(news) and "%" not in line(news)


def test_headline_is_the_same_in_python_result_json_summary_and_report(tmp_path: Path) -> None:
    """One sentence and one set of figures wherever the gap is told."""
    scenario = siting.load(write_town(tmp_path, SCENARIO))
    problem = scenario.problem()
    solved = siting.solve(problem, method="city", threads=1, work_limit=5, time_limit=None)
    first = solved.tiers["basic"]
    loose = {**solved.tiers, "basic": {**first, "bound": (first["objective"] or 0.0) + 13}}
    bound = sum(figures["bound"] or 0.0 for figures in loose.values())
    result = replace(solved, status="feasible", limit="work", bound=bound, tiers=loose)
    told = folder.as_record(result, scenario, tmp_path / "out")["headline"]
    assert result.headline is not None
    assert told == json.loads(json.dumps(result.headline.to_dict()))
    assert (told["tier"], told["people"]) == ("basic", 13.0)
    assert told["gap"] == pytest.approx(13 / (first["objective"] or 1.0))
    for lang in LANGS:
        sentence = gap_told(result, lang)
        page = contents(result, problem, Facts("x"), lang)
        assert sentence in page.sentences[0]
        first_part = (
            sentence.split("；" if lang == "zh" else ";")[0].split("：")[-1].split(": ")[-1]
        )
        assert first_part in summary(result, lang=lang)


def test_what_the_certificate_proves_is_told_beside_a_solver_s_word(tmp_path: Path) -> None:
    """A plan that only a solver calls optimal is not told as proven without it."""
    town = siting.load(write_town(tmp_path)).problem()
    solved = siting.solve(town, method="highs", threads=1)
    assert solved.objective is not None
    lines = {tier: float(figures["objective"] or 0.0) for tier, figures in solved.tiers.items()}
    by_solver = replace(
        solved,
        bound_proof="solver",
        certified_bound=solved.objective + 4,
        certified_tiers={**lines, "basic": lines["basic"] + 4},
    )
    assert open_gaps(by_solver)[0].closed
    assert open_gaps(by_solver, certified=True)[0].people == 4
    page = contents(by_solver, town, Facts("x"), "en")
    assert page.sentences[0].startswith("Optimal according to HiGHS; by certificate alone:")
    assert "by certificate alone" in summary(by_solver)
    assert "by certificate alone" not in summary(replace(solved, bound_proof="certificate"))


ODD = st.sampled_from([None, 0.0, 0.4, 1.0, 1e9, 1e15, float("inf"), float("nan")])
BOUND = st.one_of(ODD, st.floats(0, 3e6))


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> tuple[siting.Problem, Result]:
    """A small town with a plan of two tiers."""
    problem = siting.load(write_town(tmp_path_factory.mktemp("town"))).problem()
    return problem, siting.solve(problem, method="highs", threads=1)


@examples(15)
@given(st.tuples(BOUND, BOUND), BOUND, st.booleans(), st.sampled_from(LANGS))
def test_odd_bounds_are_told_alike_everywhere(
    solved: tuple[siting.Problem, Result],
    bounds: tuple[float | None, float | None],
    whole: float | None,
    tiered: bool,
    lang: Lang,
) -> None:
    """Bounds of zero, of nothing, huge, no numbers, or that the plan is beyond: summary, report,
    notebook, progress line and result.json tell the same of each, no share above a whole, and
    nothing where nothing is proven."""
    problem, result = solved
    tiers: Tiers = {}
    for (tier, figures), bound in zip(result.tiers.items(), bounds, strict=True):
        if tiered:
            gap = relative_gap(figures["objective"], bound)
            tiers[tier] = {**figures, "bound": bound, "gap": gap}
    spec = result.spec if tiered else replace(result.spec, order="weighted")
    odd = replace(
        result, status="feasible", limit="time", bound=whole, tiers=tiers, spec=spec,
        certificates=(), bound_proof=None if whole is None else "solver",
        certified_bound=None, certified_tiers={},
    )  # fmt: skip
    objective = odd.tiers["basic"]["objective"] if tiered else odd.objective
    assert objective is not None
    told = [one for one in open_gaps(odd) if one.gap is not None or one.people is not None]
    for one in told:
        assert one.people is not None and 0 <= one.people < float("inf")
        assert one.gap is None or 0 <= one.gap <= 1
    stored = folder.as_record(odd, None, Path("out"))["headline"]
    assert odd.headline is not None and stored == odd.headline.to_dict()
    json.dumps(stored, allow_nan=False)
    page = contents(odd, problem, Facts("x"), lang)
    text = summary(odd, lang=lang)
    if told:
        assert gap_told(odd, lang) in page.sentences[0]
    else:
        assert page.sentences[0] == Words.of(lang, "report")["status_feasible_open"]
    cards = [figure for figure in page.figures if Words.of(lang, "report")["gap"] in figure.label]
    assert len(cards) == 1
    cell = gap_short(odd.headline.gap, odd.headline.people, lang)
    assert cards[0].value == ("–" if cell == "-" else cell)
    shown = unescape(odd._repr_html_())
    assert gap_short(odd.headline.gap, odd.headline.people, "en") in shown
    first = bounds[0] if tiered else whole
    news = Progress(1.0, "bound", objective, first, tier="basic" if tiered else None)
    running = line(news, lang) if first is None or isfinite(first) else ""
    pieces = (text, running, *page.sentences, *(f"{f.value} {f.note}" for f in cards))
    for piece in (*pieces, *(" ".join(row) for row in page.tiers)):
        gaps = re.sub(r"[→ -].*%.*→.*%", "", piece) if piece is text else piece
        shares = [float(n.replace(",", "")) for n in re.findall(r"([\d,.]+) ?%", gaps)]
        assert all(share <= 100 for share in shares), piece
        assert "nan" not in piece.split() and "inf" not in piece.split(), piece
