"""``siting frontier``: coverage against budget, each point with its proven gap."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from siting.commands.arguments import (
    AsJson,
    Changes,
    Force,
    Gap,
    Lang,
    Language,
    Method,
    Reproducible,
    ScenarioPath,
    Seed,
    Threads,
    TimeLimit,
    Untrusted,
    Variant,
    seconds,
    writable,
)
from siting.commands.interrupting import interruptible
from siting.commands.repeating import tell_chance, threads_for
from siting.commands.study import shown, weighed
from siting.commands.terminal import tables_as_json, text_beside
from siting.commands.why_none import print_why
from siting.complete_files import complete_file, write_table
from siting.errors import ArgumentError
from siting.notice import Notice
from siting.texts.catalogue import currency_words
from siting.texts.words import Words

if TYPE_CHECKING:
    from siting.analysis.studies.frontier import Frontier
    from siting.analysis.studies.tier_trade import TierTrade
    from siting.result import Result
    from siting.scenario import Scenario
    from siting.texts.words import Lang as WordsLang


def frontier(
    scenario: ScenarioPath,
    points: Annotated[int, typer.Option(metavar="N")] = 10,
    budgets: Annotated[str, typer.Option(metavar="LIST")] = "",
    tiers: Annotated[bool, typer.Option("--tiers")] = False,
    nested: Annotated[bool, typer.Option()] = True,
    method: Method = "auto",
    time_limit: TimeLimit = "300",
    gap: Gap = 0.0,
    seed: Seed = 0,
    threads: Threads = None,
    variant: Variant = None,
    change: Changes = None,
    untrusted: Untrusted = False,
    out: Annotated[Path | None, typer.Option(metavar="DIR")] = None,
    force: Force = False,
    reproducible: Reproducible = False,
    lang: Language = Lang.en,
    as_json: AsJson = False,
) -> int:
    """Coverage against budget, each point with its proven gap; table and plot."""
    tell = text_beside(as_json)
    limit = seconds(time_limit)
    limits = _numbers(budgets)
    threads = threads_for(threads, reproducible)
    writable(out, force)
    from siting.commands.loading import load
    from siting.solving.arguments import check_request

    check_request(method, time_limit=limit, gap=gap, seed=seed, threads=threads)
    loaded = load(scenario, variant, change, untrusted)
    from siting.analysis.studies.frontier import frontier as trace

    problem = loaded.problem()
    if tiers:
        study_of = partial(
            shown, method=method, time_limit=limit, gap=gap, seed=seed, threads=threads
        )
        return _trade(loaded, out, lang.value, as_json, study_of)
    with interruptible() as interrupt:
        with shown(interrupt, method, limit, gap, seed, threads) as study:
            found = trace(problem, limits, points, nested=nested, study=study)
        words = Words.of(lang.value, "frontier")
        title = words["title"].format(name=loaded.name)
        counted = _weighed([point.result for point in found.points], lang.value)
        tell(title, *counted, "", *lines(found, words), sep="\n")
        tables_as_json(as_json, table=found.table)
        tell_chance(reproducible, [point.result for point in found.points], lang.value)
        if _exit(found) == 3:
            print_why(found.largest, loaded, lang.value, interrupt)
        if out is not None:
            _write(found, out, words, loaded)
            tell(words["written"].format(folder=out))
    return _exit(found)


def _trade(scenario: Scenario, out: Path | None, lang: WordsLang, as_json: bool, shown: Any) -> int:
    """The trade between tiers: a table on the terminal, table and plot where a folder is named."""
    from siting.analysis.studies.tier_trade import tier_trade
    from siting.analysis.studies.tier_trade_plot import plot

    words = Words.of(lang, "frontier")
    problem = scenario.problem()
    with interruptible() as interrupt, shown(interrupt) as study:
        found = tier_trade(problem, study=study)
    title = words.tell("tiers.title", name=scenario.name)
    tell = text_beside(as_json)
    counted = _weighed([point.result for point in found.points], lang)
    tell(title, *counted, "", *_trade_lines(found, words), sep="\n")
    tables_as_json(as_json, table=found.table)
    if out is not None:
        write_table(found.table, out / "frontier.csv")
        for ending in ("png", "svg"):
            with complete_file(out / f"frontier.{ending}") as fresh:
                plot(found, fresh, {**words, "tiers.title": title})
        tell(words["written"].format(folder=out))
    if any(point.result.plan is not None for point in found.points):
        return 0
    return 3 if all(point.result.status == "infeasible" for point in found.points) else 4


def _weighed(results: Sequence[Result], lang: WordsLang) -> list[str]:
    """What people stand for, by the last point that has a plan."""
    plans = [result for result in results if result.plan is not None]
    return weighed(plans[-1], lang) if plans else []


def _trade_lines(found: TierTrade, words: Words) -> list[str]:
    from siting.texts.numbers import columns, percent, share, whole

    rows = [list(words.row("tiers.columns"))]
    for row in found.table.to_dict("records"):
        rows.append(
            [
                share(row["tolerance"], 1),
                *(whole(row[name]) for name in ("basic", "basic_bound")),
                percent(row["basic_gap"]),
                *(whole(row[name]) for name in ("quality", "quality_bound", "quality_more")),
                *(whole(row[name]) for name in ("spent", "outlets")),
            ]
        )
    time = words["time"].format(points=len(found.points), seconds=f"{found.seconds:.1f}")
    return [*columns(rows, ()), "", words["tiers.legend"], time]


def _exit(found: Frontier) -> int:
    if any(p.result.plan is not None for p in found.points):
        return 0
    return 3 if all(p.result.status == "infeasible" for p in found.points) else 4


def _numbers(text: str) -> list[int] | None:
    words = [word.strip().replace("_", "") for word in text.split(",") if word.strip()]
    wrong = [word for word in words if not word.isdigit()]
    if wrong:
        raise ArgumentError(Notice("fault.budgets", wrong=wrong[0]))
    return [int(word) for word in words] or None


def lines(found: Frontier, words: Words) -> list[str]:
    """The table and the knees as text."""
    from siting.analysis.studies.frontier import GAINED
    from siting.texts.numbers import columns, percent, whole

    table = found.table
    mobile = ("stops", "vehicles") if "stops" in table else ()
    head, at = words.row("columns"), 5
    rows = [[words[found.axis], *head[:at], *(words[name] for name in mobile), *head[at:]]]
    step = 100_000 if found.axis == "budget" else 1
    for point, row in zip(found.points, table.to_dict("records"), strict=True):
        if point.result.plan is None:
            why = words.get(point.result.status, point.result.status)
            rows.append([whole(point.limit), why, whole(point.bound), *["-"] * (7 + len(mobile))])
            continue
        rows.append(
            [
                whole(point.limit),
                whole(row["objective"]),
                whole(point.bound),
                percent(point.gap),
                whole(row["spent"]),
                whole(row["outlets"]),
                *(whole(row[name]) for name in mobile),
                whole(row[GAINED[found.axis]]),
                whole(None if point.nested is None else point.nested.objective),
                percent(point.nested_gap),
                words.get(row["knee"], ""),
            ]
        )
    told = [
        words["knee"].format(
            kind=words["main" if knee.strongest else "bend"],
            x=whole(knee.x),
            step=words[f"step.{found.axis}"],
            before=whole(knee.before * step),
            after=whole(knee.after * step),
        )
        for knee in found.knees
    ]
    none = [words["no_knee"]] if any(p.result.plan is not None for p in found.points) else []
    time = words["time"].format(points=len(found.points), seconds=f"{found.seconds:.1f}")
    # What lies between two points that are not proven may be noise.
    noise = [words["open"]] if any(point.status == "feasible" for point in found.points) else []
    return [*columns(rows, ()), "", words[f"per.{found.axis}"], *(told or none), *noise, time]


def _write(found: Frontier, out: Path, words: Words, scenario: Scenario) -> None:
    from siting.analysis.studies.frontier_plot import plot

    write_table(found.table, out / "frontier.csv")
    origin = {
        "inputs": dict(scenario.inputs),
        "variant": scenario.variant,
        "set": dict(scenario.changes),
    }
    with complete_file(out / "frontier.json") as fresh:
        fresh.write_text(json.dumps(origin | found.record()) + "\n", encoding="utf-8")
    currency = scenario.problem().labels.currency
    told = dict(words)
    if any(point.status != "optimal" for point in found.points):
        told["free"] = words["free_found"]
    told["title"] = words["title"].format(name=scenario.name)
    told["x"] = (
        words["x"].format(currency=currency_words(words.lang, currency)).strip()
        if found.axis == "budget"
        else words["x_outlets"]
    )
    for ending in ("png", "svg"):
        with complete_file(out / f"frontier.{ending}") as fresh:
            plot(found, fresh, told)
