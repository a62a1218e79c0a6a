"""``siting robustness``: does the plan survive other speeds, people, premises and crossings?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from siting.commands.arguments import (
    Changes,
    Gap,
    Lang,
    Language,
    Method,
    ScenarioPath,
    Seed,
    Threads,
    TimeLimit,
    Variant,
    seconds,
)
from siting.commands.interrupting import interruptible
from siting.commands.why_none import print_why
from siting.complete_files import refuse_unwritable, write_table
from siting.errors import ArgumentError

if TYPE_CHECKING:
    from siting.analysis.studies.robustness import Robustness

WORDS = {
    "en": {
        "title": "{name}: the plan under other circumstances",
        "columns": ("case", "plan kept", "best plan", "lost by keeping", "breaks"),
        "case": {"slower": "walking speed x {n}", "faster": "walking speed x {n}",
                 "growth": "people x {n}", "lost": "premises lost: {n}",
                 "lost_stop": "stop lost: {n}", "lost_vehicle": "without vehicle {n}"},
        "lost_stops": "premises and stops lost: {n}",
        "survive": {"": "Sites that the best plan opens in every case in which they can be had "
                        "({n} of {all}): {sites}",
                    "standing": "Outlets that stand and are kept or improved in every such case "
                                "({n} of {all}): {sites}",
                    "stop": "Stops of vehicles in every case in which they can be had "
                            "({n} of {all}): {sites}",
                    "vehicle": "Vehicles in every case in which they can be had "
                               "({n} of {all}): {sites}"},
        "some": "Others of the plan, in how many best plans they are (this one and those of the "
                "cases in which they can be had):",
        "site": {"": "  {site}: {n} of {all}", "standing": "  outlet {site}: {n} of {all}",
                 "stop": "  stop {site}: {n} of {all}",
                 "vehicle": "  vehicle {site}: {n} of {all}"},
        "none": "No site of the plan is opened in every case in which it can be had.",
        "blank": "No plan was found in {n} of {all} cases: they say nothing of the sites.",
        "tiers": "Lost by keeping: in the first tier in which the plans differ; the best plan may "
                 "have fewer people in all.",
        "left_out": "Interrupted: {n} of {all} cases are left out, those that had not been solved.",
        "no_plan": "No plan was found to begin with.",
        "rule": "1 rule", "rules": "{n} rules",
    },
    "zh": {
        "title": "{name}:方案在其他情形下的表现",
        "columns": ("情形", "沿用原方案", "最优方案", "沿用的损失", "违反"),
        "case": {"slower": "步行速度 × {n}", "faster": "步行速度 × {n}",
                 "growth": "人口 × {n}", "lost": "失去用房:{n}",
                 "lost_stop": "失去停靠点:{n}", "lost_vehicle": "没有流动车 {n}"},
        "lost_stops": "失去用房和停靠点:{n}",
        "survive": {"": "凡可供使用的情形,最优方案都开设的用房({n}/{all}):{sites}",
                    "standing": "此类情形下最优方案都保留或改造的现有网点({n}/{all}):{sites}",
                    "stop": "凡可供使用的情形,最优方案都采用的流动停靠点({n}/{all}):{sites}",
                    "vehicle": "凡可供使用的情形,最优方案都采用的流动车({n}/{all}):{sites}"},
        "some": "方案中的其余各处,采用它们的最优方案数(含原方案,只计可供使用的情形):",
        "site": {"": "  {site}:{n}/{all}", "standing": "  现有网点 {site}:{n}/{all}",
                 "stop": "  停靠点 {site}:{n}/{all}",
                 "vehicle": "  流动车 {site}:{n}/{all}"},
        "none": "方案中没有一处用房在其可供使用的每种情形下都开设。",
        "blank": "{all} 种情形中有 {n} 种没有得到方案,对各处去留不作判断。",
        "tiers": "“沿用的损失”按两方案首个不同的类别计;最优方案的总量可能较小。",
        "left_out": "已中断:{all} 种情形中有 {n} 种未求解完成,未列入。",
        "no_plan": "没有得到可供检验的方案。",
        "rule": "1 条规则", "rules": "{n} 条规则",
    },
}  # fmt: skip


def robustness(
    scenario: ScenarioPath,
    case: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME:KEY=VALUE", help="A case of your own, e.g. closed crossings."),
    ] = None,
    method: Method = "auto",
    time_limit: TimeLimit = "300",
    gap: Gap = 0.0,
    seed: Seed = 0,
    threads: Threads = None,
    variant: Variant = None,
    change: Changes = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the table as csv.")
    ] = None,
    lang: Language = Lang.en,
) -> int:
    """Rerun under walking speeds, growth, lost premises and own cases; which sites survive."""
    limit = seconds(time_limit)
    refuse_unwritable(out)
    own = dict(_case(text) for text in case or ())
    from siting.analysis.studies.robustness import robustness as rerun
    from siting.analysis.studies.robustness import scenario_cases
    from siting.analysis.study import Study
    from siting.commands.loading import load
    from siting.commands.terminal import ProgressLine

    loaded = load(scenario, variant, change)
    problem = loaded.problem()
    cases = scenario_cases(loaded, own, seed)
    with interruptible() as interrupt:
        with ProgressLine() as listener:
            study = Study(method, limit, gap, seed, threads, listener, interrupt)
            found = rerun(problem, cases, study=study)
        words: dict[str, Any] = WORDS[lang.value]
        if found.base.plan is None:
            print(words["no_plan"])
            if found.base.status == "infeasible":
                print_why(problem, loaded, lang.value, interrupt)
            return 3 if found.base.status == "infeasible" else 4
        print(words["title"].format(name=loaded.name), "", *lines(found, words), sep="\n")
        if out is not None:
            write_table(found.table, out)
        if found.left_out:
            # What was asked for is not all there, and the exit code says so.
            raise KeyboardInterrupt
    return 0


def _case(text: str) -> tuple[str, str]:
    name, colon, change = text.partition(":")
    if not name or not colon or "=" not in change:
        raise ArgumentError(f"--case must be NAME:KEY=VALUE; got {text!r}")
    return name, change


def lines(found: Robustness, words: dict[str, Any]) -> list[str]:
    """The cases as a table, and the sites that survive."""
    from siting.texts.numbers import amount, columns

    rows = [list(words["columns"])]
    for outcome in found.outcomes:
        kind, _, figure = outcome.name.partition(" ")
        name = words["case"][kind].format(n=figure) if kind in words["case"] else outcome.name
        if kind == "lost" and "#" in figure and "stop" in found.kinds.values():
            name = words["lost_stops"].format(n=figure)
        regret = "-" if outcome.regret is None else f"{outcome.regret:.2%}"
        n_broken = len(outcome.broken)
        broken = words["rule" if n_broken == 1 else "rules"].format(n=n_broken) if n_broken else ""
        rows.append([name, amount(outcome.kept), amount(outcome.best.objective), regret, broken])
    told = [*columns(rows, (0, 4)), ""]
    if found.left_out:
        n_asked = len(found.outcomes) + len(found.left_out)
        told.append(words["left_out"].format(n=len(found.left_out), all=n_asked))
    if not found.outcomes:
        return told
    if any(outcome.kept_tiers for outcome in found.outcomes):
        told.append(words["tiers"])
    without = sum(outcome.best.plan is None for outcome in found.outcomes)
    if without:
        told.append(words["blank"].format(n=without, all=len(found.outcomes)))
    for kind, sentence in words["survive"].items():
        of_kind = [site for site in found.chosen if found.kinds[site] == kind]
        mine = [site for site in found.survivors if found.kinds[site] == kind]
        if mine:
            told.append(sentence.format(n=len(mine), all=len(of_kind), sites=", ".join(mine)))
    if not found.survivors:
        told.append(words["none"])
    others = {s: n for s, n in found.chosen.items() if s not in found.survivors}
    if others:
        told.append(words["some"])
        told += [
            words["site"][found.kinds[site]].format(site=site, n=n, all=found.possible[site])
            for site, n in sorted(others.items(), key=lambda pair: (-pair[1], pair[0]))
        ]
    return told
