"""``siting phases``: the joint plan phase by phase, beside the greedy ordering."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from siting.commands.arguments import (
    Lang,
    Language,
    Method,
    ResultPath,
    Threads,
    TimeLimit,
    seconds,
)
from siting.commands.interrupting import interruptible

if TYPE_CHECKING:
    from siting.analysis.studies.phasing import Ordering
    from siting.problem import Problem

WORDS = {
    "en": {
        "title": "{name}: all phases at once, and one after the other",
        "phase": "phase", "greedy": "greedy: {n}", "outlets": "outlets", "stops": "stops",
        "vehicles": "vehicles", "spent": "spent", "gained": "people x years gained",
        "sum": "in all",
        "less": "Buying what is best phase by phase gains {lost} less than planning all together.",
        "more": "Buying what is best phase by phase gains {lost} more: the joint plan was not "
                "proven optimal.",
        "less_tiers": "Buying what is best phase by phase comes short tier by tier: {tiers}.",
        "more_tiers": "Buying what is best phase by phase is ahead tier by tier: {tiers}. The "
                      "joint plan was not proven optimal.",
        "same": "Buying what is best phase by phase comes to the same.",
        "stuck": "Buying what is best phase by phase finds no plan in {phase}: earlier purchases "
                 "leave no way to keep the rules.",
        "cut": "Buying what is best phase by phase was not told to the end: the search ended in "
               "{phase}.",
        "broken": "The greedy ordering would break: {rule}",
    },
    "zh": {
        "title": "{name}:各期统筹与逐期选优的比较",
        "phase": "分期", "greedy": "逐期:{n}", "outlets": "网点", "stops": "停靠点",
        "vehicles": "流动车", "spent": "费用", "gained": "新增人次×年",
        "sum": "合计",
        "less": "逐期选优比统筹规划少 {lost}。",
        "more": "逐期选优反而多 {lost}:统筹方案未被证明最优。",
        "less_tiers": "按类别先后比较,逐期选优不及统筹规划:{tiers}。",
        "more_tiers": "按类别先后比较,逐期选优反而更好:{tiers};统筹方案未被证明最优。",
        "same": "逐期选优与统筹规划效果相同。",
        "stuck": "逐期选优在 {phase} 没有可行方案:前期的选择使规则无法满足。",
        "cut": "逐期选优未能比较完:搜索在 {phase} 结束。",
        "broken": "逐期选优将违反:{rule}",
    },
}  # fmt: skip


def phases(
    result: ResultPath,
    method: Method = "auto",
    time_limit: TimeLimit = "300",
    threads: Threads = None,
    lang: Language = Lang.en,
) -> int:
    """Money and people phase by phase, compared with buying what is best one by one."""
    limit = seconds(time_limit)
    from siting.analysis.audit.reopen import reopen
    from siting.analysis.studies.phasing import phases as compare
    from siting.analysis.study import Study
    from siting.commands.terminal import ProgressLine

    stored, scenario, problem = reopen(result)
    with interruptible() as interrupt:
        with ProgressLine() as listener:
            study = Study(method, limit, 0.0, stored.seed, threads, listener, interrupt)
            found = compare(problem, stored, study)
        words: dict[str, Any] = WORDS[lang.value]
        told = lines(problem, found, lang.value)
        print(words["title"].format(name=scenario.name), "", *told, sep="\n")
    return 0


def lines(problem: Problem, found: Ordering, lang: str) -> list[str]:
    """Phases as a table, and what the ordering costs."""
    from siting.analysis.studies.phasing import by_phase
    from siting.texts.numbers import amount, columns

    words = WORDS[lang]
    joint = by_phase(problem, found.joint)
    keys = tuple(joint[0])
    greedy = [] if found.greedy is None else by_phase(problem, found.greedy)
    first, *others = (words[key] for key in keys)
    rows = [[words["phase"], first, *others, words["greedy"].format(n=first), *others]]
    for k, phase in enumerate((*problem.labels.phases, words["sum"])):
        row = [phase]
        for told in (joint, greedy):
            mine = told[k : k + 1] if k < problem.n_phases else told
            row += [amount(sum(part[key] for part in mine)) if told else "-" for key in keys]
        rows.append(row)
    if found.greedy is None or found.lost is None:
        key = "cut" if found.cut_in else "stuck"
        ended = words[key].format(phase=found.cut_in or found.stuck_in)
        return [*columns(rows), "", ended]
    broken = [words["broken"].format(rule=rule) for rule in found.greedy.violations]
    return [*columns(rows), "", _compared(found, lang), *broken]


def _compared(found: Ordering, lang: str) -> str:
    """What buying phase by phase comes to, tier by tier where tiers are served so."""
    from siting.result.naming import tiers_told
    from siting.texts.numbers import amount

    assert found.lost is not None
    first = next((worse for worse in found.by_tier.values() if worse), found.lost)
    key = "less" if first > 0 else "more" if first < 0 else "same"
    change = {tier: -worse for tier, worse in found.by_tier.items()}
    if change and key != "same":
        key += "_tiers"
    return WORDS[lang][key].format(lost=amount(abs(found.lost)), tiers=tiers_told(change, lang))
