"""``siting phases``: the joint plan phase by phase, beside the greedy ordering."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.commands.arguments import (
    AsJson,
    Lang,
    Language,
    Method,
    ResultPath,
    Threads,
    TimeLimit,
    Untrusted,
    seconds,
)
from siting.commands.interrupting import interruptible
from siting.commands.named import names_of
from siting.commands.study import shown, weighed
from siting.commands.terminal import tables_as_json, text_beside
from siting.texts import words as texts
from siting.texts.names import Names
from siting.texts.words import Words

if TYPE_CHECKING:
    from siting.analysis.studies.phasing import Ordering
    from siting.problem import Problem


def phases(
    result: ResultPath,
    method: Method = "auto",
    time_limit: TimeLimit = "300",
    threads: Threads = None,
    untrusted: Untrusted = False,
    lang: Language = Lang.en,
    as_json: AsJson = False,
) -> int:
    """Money and people phase by phase, compared with buying what is best one by one."""
    tell = text_beside(as_json)
    limit = seconds(time_limit)
    from siting.analysis.audit.reopen import reopen
    from siting.analysis.studies.phasing import phases as compare

    stored, scenario, problem = reopen(result, untrusted)
    with interruptible() as interrupt:
        with shown(interrupt, method, limit, seed=stored.seed, threads=threads) as study:
            found = compare(problem, stored, study)
        words = Words.of(lang.value, "phases")
        told = lines(problem, found, names_of(scenario, lang.value))
        tell(
            words["title"].format(name=scenario.name),
            *weighed(stored, lang.value),
            "",
            *told,
            sep="\n",
        )
        tables_as_json(as_json, table=found.table)
    return 0


def lines(problem: Problem, found: Ordering, names: Names) -> list[str]:
    """Phases as a table, and what the ordering costs."""
    from siting.analysis.studies.phasing import by_phase
    from siting.notice import notices
    from siting.texts.numbers import columns, whole

    words = Words.of(names.lang, "phases")
    joint = by_phase(problem, found.joint)
    keys = tuple(joint[0])
    greedy = [] if found.greedy is None else by_phase(problem, found.greedy)
    first, *others = (words[key] for key in keys)
    rows = [[words["phase"], first, *others, words["greedy"].format(n=first), *others]]
    for k, phase in enumerate((*problem.labels.phases, words["sum"])):
        row = [phase]
        for told in (joint, greedy):
            mine = told[k : k + 1] if k < problem.n_phases else told
            row += [whole(sum(part[key] for part in mine)) if told else "-" for key in keys]
        rows.append(row)
    if found.greedy is None or found.lost is None:
        key = "cut" if found.cut_in else "stuck"
        ended = words[key].format(phase=found.cut_in or found.stuck_in)
        return [*columns(rows), "", ended]
    violations = notices(found.greedy.violations, names.lang, names.sections)
    broken = [words["broken"].format(rule=rule) for rule in violations]
    return [*columns(rows), "", _compared(found, names.lang), *broken]


def _compared(found: Ordering, lang: texts.Lang) -> str:
    """What buying phase by phase comes to, tier by tier where tiers are served so."""
    from siting.result.naming import tiers_told
    from siting.texts.numbers import whole

    assert found.lost is not None
    first = next((worse for worse in found.by_tier.values() if worse), found.lost)
    key = "less" if first > 0 else "more" if first < 0 else "same"
    change = {tier: -worse for tier, worse in found.by_tier.items()}
    if change and key != "same":
        key += "_tiers"
    words = Words.of(lang, "phases")
    # What a search that was cut short has bought is not what is best of a phase.
    how = words["best" if found.proven else "found"]
    told = words[key].format(how=how, lost=whole(abs(found.lost)), tiers=tiers_told(change, lang))
    return told if found.proven else f"{told}{words['open']}"
