"""``siting robustness``: does the plan survive other speeds, people, premises and crossings?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from siting.commands.arguments import (
    AsJson,
    Changes,
    Gap,
    Lang,
    Language,
    Method,
    ScenarioPath,
    Seed,
    Threads,
    TimeLimit,
    Untrusted,
    Variant,
    seconds,
)
from siting.commands.interrupting import interruptible
from siting.commands.study import shown, weighed, without_plan
from siting.commands.terminal import tables_as_json, text_beside
from siting.complete_files import refuse_unwritable, write_table
from siting.errors import ArgumentError
from siting.notice import Notice
from siting.texts.words import Words

if TYPE_CHECKING:
    from siting.analysis.studies.robustness import Robustness


KINDS = ("", "standing", "stop", "vehicle")


def robustness(
    scenario: ScenarioPath,
    case: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME:KEY=VALUE"),
    ] = None,
    method: Method = "auto",
    time_limit: TimeLimit = "300",
    gap: Gap = 0.0,
    seed: Seed = 0,
    threads: Threads = None,
    variant: Variant = None,
    change: Changes = None,
    untrusted: Untrusted = False,
    out: Annotated[Path | None, typer.Option(metavar="FILE")] = None,
    lang: Language = Lang.en,
    as_json: AsJson = False,
) -> int:
    """Rerun under walking speeds, growth, lost premises and own cases; which sites survive."""
    tell = text_beside(as_json)
    limit = seconds(time_limit)
    refuse_unwritable(out)
    own = dict(_case(text) for text in case or ())
    from siting.commands.loading import load
    from siting.solving.arguments import check_request

    check_request(method, time_limit=limit, gap=gap, seed=seed, threads=threads)
    loaded = load(scenario, variant, change, untrusted)
    from siting.analysis.studies.robustness import robustness as rerun
    from siting.analysis.studies.robustness import scenario_cases

    problem = loaded.problem()
    cases = scenario_cases(loaded, own, seed)
    with interruptible() as interrupt:
        with shown(interrupt, method, limit, gap, seed, threads) as study:
            found = rerun(problem, cases, study=study)
        words = Words.of(lang.value, "robustness")
        if found.base.plan is None:
            proven = found.base.status == "infeasible"
            return without_plan(proven, words["no_plan"], problem, loaded, lang.value, interrupt)
        tell(
            words["title"].format(name=loaded.name),
            *weighed(found.base, lang.value),
            "",
            *lines(found, words),
            sep="\n",
        )
        tables_as_json(as_json, table=found.table)
        if out is not None:
            write_table(found.table, out)
        if found.left_out:
            # What was asked for is not all there, and the exit code says so.
            raise KeyboardInterrupt
    return 0


def _case(text: str) -> tuple[str, str]:
    name, colon, change = text.partition(":")
    if not name or not colon or "=" not in change:
        raise ArgumentError(Notice("fault.case", text=text))
    return name, change


def lines(found: Robustness, words: Words) -> list[str]:
    """The cases as a table, and the sites that survive."""
    from siting.texts.numbers import columns, whole

    # A search that was cut short has found a plan, not the best one.
    known = "" if found.proven else "_found"
    rows = [list(words.row(f"columns{known}"))]
    for outcome in found.outcomes:
        kind, _, figure = outcome.name.partition(" ")
        name = words.get(f"case.{kind}", outcome.name).format(n=figure)
        district, _, times = figure.rpartition(" ")
        if kind == "growth" and district:
            name = words["case.growth_in"].format(district=district, n=times)
        if kind == "lost" and "#" in figure and "stop" in found.kinds.values():
            name = words["lost_stops"].format(n=figure)
        regret = "-" if outcome.regret is None else f"{outcome.regret:.2%}"
        tier, kept, best = outcome.compared
        if tier is not None and outcome.regret is not None:
            regret += words.aside(Words.of(words.lang, "tier").get(tier, tier))
        n_broken = len(outcome.broken)
        broken = words.tell("rules", n=n_broken) if n_broken else ""
        rows.append([name, whole(kept), whole(best), regret, broken])
    told = [*columns(rows, (0, 4)), ""]
    if found.left_out:
        n_asked = len(found.outcomes) + len(found.left_out)
        told.append(words["left_out"].format(n=len(found.left_out), all=n_asked))
    if not found.outcomes:
        return told
    if not found.proven:
        told.append(words["open"])
    if any(outcome.kept_tiers for outcome in found.outcomes):
        told.append(words[f"tiers{known}"])
    without = sum(outcome.best.plan is None for outcome in found.outcomes)
    if without:
        told.append(words["blank"].format(n=without, all=len(found.outcomes)))
    for kind in KINDS:
        of_kind = [site for site in found.chosen if found.kinds[site] == kind]
        mine = [site for site in found.survivors if found.kinds[site] == kind]
        if mine:
            values = {"n": len(mine), "all": len(of_kind), "sites": mine}
            told.append(_of_kind(words, f"survive{known}", kind, **values))
    if not found.survivors:
        told.append(words["none"])
    others = {s: n for s, n in found.chosen.items() if s not in found.survivors}
    if others:
        told.append(words[f"some{known}"])
        told += [
            _of_kind(words, "site", found.kinds[site], site=site, n=n, all=found.possible[site])
            for site, n in sorted(others.items(), key=lambda pair: (-pair[1], pair[0]))
        ]
    return told


def _of_kind(words: Words, key: str, kind: str, **values: Any) -> str:
    """What is told of premises, of what stands there, of stops and of vehicles."""
    return words.tell(f"{key}.{kind or 'premises'}", **values)
