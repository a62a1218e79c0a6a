"""What the studies call best, lost or the price is so, or is told as what was found.

Each study is run twice: as it is, where every solve of a small town is proven, and with every solve
cut short, its plan the same and its proof missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import siting
import siting.analysis.study as study_room
from siting.cli import main
from siting.commands.summary import summary
from siting.report import folder
from siting.report.contents import contents
from siting.report.facts import facts_of
from siting.result import Result
from siting.texts.catalogue import LANGS
from siting.texts.words import Words, catalogue
from tests.tools.doubled import doubled
from tests.tools.town import SCENARIO, write_town


def loose(found: Result) -> Result:
    """The same plan, its proof missing."""
    assert found.objective is not None
    bounds = {t: 1.2 * (line["objective"] or 0) + 10 for t, line in found.tiers.items()}
    tiers: dict[str, dict[str, float | None]] = {
        tier: {**line, "bound": bounds[tier], "gap": None} for tier, line in found.tiers.items()
    }
    bound = sum(bounds.values()) or 1.2 * found.objective + 10
    return replace(
        found,
        status="feasible",
        limit="time",
        bound=bound,
        tiers=tiers,
        certificates=(),
        bound_proof="solver",
        certified_bound=bound,
        certified_tiers=bounds,
    )


PHASED = SCENARIO.replace(
    "budget: 95000", "phases: [2026, 2027]\nbudget: {per_phase: {2026: 50000, 2027: 45000}}"
)
Told = Callable[..., str]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small town, and one with phases, with stored results beside the scenarios."""
    folder = tmp_path_factory.mktemp("town")
    for name, scenario in (("plain", SCENARIO), ("phased", PHASED)):
        write_town(folder / name, scenario)
        out = folder / name / "r"
        assert main(["solve", str(folder / name), "--out", str(out), "--threads", "1"]) == 0
    return folder


@pytest.fixture
def told(capsys: pytest.CaptureFixture) -> Told:
    """Runs a command and gives what it printed."""

    def run(*arguments: object) -> str:
        capsys.readouterr()
        assert main([str(a) for a in arguments]) == 0
        return str(capsys.readouterr().out)

    return run


@pytest.fixture
def cut_short(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From then on every solve of a study ends without its proof."""

    def cut() -> None:
        whole: Callable[..., Result] = study_room.__dict__["solve"]

        def solve(*given: Any, **named: Any) -> Result:
            found = whole(*given, **named)
            if found.objective is None:
                return found
            return loose(found)

        monkeypatch.setattr(study_room, "solve", solve)

    return cut


PROVEN, FOUND, BOUND, FACT = "proven", "found", "bound", "fact"
CLAIMS: dict[str, str] = {
    # Only where every solve behind it came to its end.
    "report.status_optimal": PROVEN,
    "report.status_optimal_by": PROVEN,
    "solve.optimal": PROVEN,
    "gap.closed": PROVEN,
    "compare.status.optimal": PROVEN,
    "frontier.free": PROVEN,
    "alternatives.best.proven": PROVEN,
    "alternatives.complete": PROVEN,
    "alternatives.complete_districts": PROVEN,
    "alternatives.proven": PROVEN,
    "robustness.columns.2": PROVEN,
    "robustness.columns.3": PROVEN,
    "robustness.survive.premises": PROVEN,
    "robustness.some": PROVEN,
    "robustness.tiers": PROVEN,
    "explain.best_without": PROVEN,
    "explain.best_with": PROVEN,
    "explain.same": PROVEN,
    "phases.best": PROVEN,
    "fair.columns.2": PROVEN,
    "fair.worst": PROVEN,
    "fair.proven": PROVEN,
    "desk.badge_best": PROVEN,
    "desk_kind.optimal": PROVEN,
    # In the place of those where one was cut short, or said of a plan whatever is proven of it.
    "report.status_feasible_open": FOUND,
    "report.limit_interrupt": FOUND,
    "solve.feasible": FOUND,
    "solve.none_found": FOUND,
    "score.best": FOUND,
    "score.unknown": FOUND,
    "frontier.free_found": FOUND,
    "frontier.open": FOUND,
    "frontier.tiers.free": FOUND,
    "alternatives.best.found": FOUND,
    "robustness.columns_found.2": FOUND,
    "robustness.columns_found.3": FOUND,
    "robustness.open": FOUND,
    "robustness.tiers_found": FOUND,
    "explain.found_without": FOUND,
    "explain.found_with": FOUND,
    "explain.within_gap": FOUND,
    "explain.better": FOUND,
    "explain.unproven": FOUND,
    "explain.group_price": FOUND,
    "explain.group_gain": FOUND,
    "explain.group_open": FOUND,
    "phases.more": FOUND,
    "phases.more_tiers": FOUND,
    "phases.found": FOUND,
    "phases.cut": FOUND,
    "phases.stuck": FOUND,
    "phases.open": FOUND,
    "fair.columns_found.2": FOUND,
    "fair.worst_found": FOUND,
    "fair.ahead": FOUND,
    "fair.open_all": FOUND,
    "gap.unknown": FOUND,
    "progress.ask_end": FOUND,
    "desk.stop": FOUND,
    "desk.badge_open": FOUND,
    # What a bound says, where there is one.
    "report.status_feasible": BOUND,
    "report.bound": BOUND,
    "report.desk_distance": BOUND,
    "solve.bound_only": BOUND,
    "score.bound": BOUND,
    "frontier.bound": BOUND,
    "frontier.per.budget": BOUND,
    "frontier.per.outlets": BOUND,
    "frontier.tiers.bound": BOUND,
    "frontier.tiers.legend": BOUND,
    "explain.proven": BOUND,
    "explain.proven_tier": BOUND,
    "explain.group_proven": BOUND,
    "fair.open": BOUND,
    "gap.share": BOUND,
    "gap.share_people": BOUND,
    "sweep.paper.proof": BOUND,
    "verify.states.proven": BOUND,
    "verify.states.unproven": BOUND,
    "desk.bound": BOUND,
    "desk.badge_distance": BOUND,
    "desk.badge_gap": BOUND,
    # Counted, not searched for: one outlet more or less and nothing else changed.
    "gap.weighed": FACT,
    "gap.weighed_kept": FACT,
    "report.desk_loss": FACT,
    "report.desk_difference": FACT,
    "neighbours.old.4": FACT,
    "neighbours.old.5": FACT,
    "neighbours.none": FACT,
    "walls.lost_columns.5": FACT,
    "walls.gate_columns.2": FACT,
    "robustness.case.lost": FACT,
    "robustness.case.lost_stop": FACT,
    "robustness.lost_stops": FACT,
    "explain.lost": FACT,
    "explain.most": FACT,
    "phases.less": FACT,  # of what phases.best or phases.found names
    "desk.option_open": FACT,
    "desk.next": FACT,
}
"""Every text that says best, optimal, proven, lost or better, and when it may be printed."""
WORD = re.compile(
    r"\b(best|optimal|prove[nsd]?|los(e|es|t|s)|better|worse|fairest|gains .* less)\b",
    re.IGNORECASE,
)
ELSEWHERE = ("help", "fault", "notice", "term", "kind_of_value", "quarter", "catalogue")
"""Sections that speak of inputs, options and offices, or refuse a claim that does not stand."""
SEEN_PROVEN = {
    "report.status_optimal", "solve.optimal", "frontier.free", "alternatives.best.proven",
    "alternatives.complete", "robustness.columns.2", "robustness.columns.3",
    "robustness.survive.premises", "explain.best_without", "phases.best", "fair.columns.2",
    "fair.worst", "fair.proven", "compare.status.optimal",
}  # fmt: skip
"""Claims that the commands below make of this town, so that their absence says something."""


def texts_of(lang: str) -> dict[str, str]:
    """Every text by its key, with the glossary's words."""
    sections = sorted({key.partition(".")[0] for key in catalogue(lang)})
    return {
        f"{section}.{key}": text
        for section in sections
        for key, text in Words.of(lang, section).items()
    }


def test_every_claim_is_listed() -> None:
    """A new text that says best, lost or proven needs a line that tells when it may be printed."""
    told = texts_of("en")
    said = {key: re.sub(r"\{[^{}|]*\}", "", text) for key, text in told.items()}
    claims = {k for k, t in said.items() if WORD.search(t) and not k.startswith(ELSEWHERE)}
    assert claims == CLAIMS.keys()


def pattern(text: str) -> re.Pattern[str]:
    """What a text looks like once its placeholders are filled."""
    parts = re.split(r"\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}", text.strip())
    return re.compile(r"[^\n]*?".join(map(re.escape, parts)))


def made(name: str, printed: str, lang: str) -> set[str]:
    """Claims of proof that an output makes: of its own section, and of those that all share. What
    says itself that it was found is no claim: "best sum found" holds "best sum"."""
    told = texts_of(lang)
    for key, state in CLAIMS.items():
        if state == FOUND:
            printed = pattern(told[key]).sub("", printed)
    own = "frontier" if name == "plot" else name.partition(" ")[0]
    asked = {
        key
        for key, state in CLAIMS.items()
        if state == PROVEN and key.startswith((f"{own}.", "report.", "solve.", "gap."))
    }
    return {key for key in asked if pattern(told[key]).search(printed)}


def everything(town: Path, stored: Path, phased: Path, told: Told, lang: str) -> dict[str, str]:
    """What every study prints of the town and of a stored result."""
    opened = min(Result.load(stored).plan.table["site"])  # type: ignore[union-attr]
    plain = town / "plain"
    calls: dict[str, list[object]] = {
        "robustness": [plain],
        "fair": [plain],
        "phases": [phased],
        "explain": [stored],
        "explain site": [stored, "--site", opened],
        "explain group": [stored, "--group", "elderly"],
        "frontier": [plain, "--points", 3, "--no-nested", "--out", stored / "f", "--force"],
        "frontier tiers": [plain, "--tiers"],
        "alternatives": [plain, "--count", 9, "--within", "30%"],
        "neighbours": [stored],
        "compare": [stored, stored],
    }
    printed = {}
    for name, call in calls.items():
        more: list[object] = ["--lang", lang]
        more += [] if name in ("neighbours", "compare") else ["--threads", 1]
        more += ["--tiers"] if name == "frontier tiers" and "--tiers" not in call else []
        printed[name] = told(name.split()[0], *call, *more)
    scenario, result = siting.load(plain), Result.load(stored)
    printed["summary"] = summary(result, scenario, lang=lang)  # type: ignore[arg-type]
    facts = facts_of(scenario, lang, result)  # type: ignore[arg-type]
    page = contents(result, scenario.problem(), facts, lang)  # type: ignore[arg-type]
    printed["report"] = " ".join(page.sentences)
    printed["plot"] = (stored / "f" / "frontier.svg").read_text("utf-8")
    return printed


@pytest.mark.slow
def test_no_claim_is_made_of_what_was_cut_short(
    town: Path, told: Told, cut_short: Callable[[], None]
) -> None:
    """Best, optimal, lost, it costs: of proven solves they are said (the studies are run, so that
    it shows); once every solve was cut short, none of them is, in either language."""
    found = everything(town, town / "plain" / "r", town / "phased" / "r", told, "en")
    claimed = {name: made(name, text, "en") for name, text in found.items()}
    assert not SEEN_PROVEN - set().union(*claimed.values()), claimed
    cut_short()
    places = []
    for name in ("plain", "phased"):
        scenario = siting.load(town / name)
        result = loose(Result.load(town / name / "r"))
        places.append(town / name / "cut")
        folder.write(result, places[-1], problem=scenario.problem(), scenario=scenario)
    for lang in LANGS:
        found = everything(town, places[0], places[1], told, lang)
        assert not {name: doubled(text) for name, text in found.items() if doubled(text)}
        claims = {name: made(name, text, lang) for name, text in found.items()}
        # What the fair plan's own search proves of the worst district is not cut short here.
        claims["fair"] -= {"fair.proven"}
        assert not any(claims.values()), (claims, found)


def test_a_frontier_says_which_differences_say_nothing(
    town: Path, told: Told, cut_short: Callable[[], None]
) -> None:
    """Where points are not proven, what lies between two of them may be noise."""
    call = ("frontier", town / "plain", "--threads", 1, "--points", 4, "--no-nested")
    assert "smaller than the gap" not in told(*call)
    cut_short()
    assert "smaller than the gap" in told(*call)


def test_robustness_prints_both_figures_of_its_ratio(town: Path, told: Told) -> None:
    """The share lost is that of the two figures in its line, also where it is of one tier."""
    lines = told("robustness", town / "plain", "--threads", 1).splitlines()
    checked = 0
    for line in lines:
        words = line.replace("(basic)", "").replace("(quality)", "").split()
        shares = [at for at, word in enumerate(words) if word.endswith("%") and "." in word]
        for at in shares[-1:]:
            kept, best = (float(words[at - k].replace(",", "")) for k in (2, 1))
            assert float(words[at][:-1]) == pytest.approx(100 * (1 - kept / best), abs=0.51)
            checked += 1
    assert checked >= 3
