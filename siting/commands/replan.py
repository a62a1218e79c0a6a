"""``siting replan``: a new plan with few changes from an approved one."""

from __future__ import annotations

from collections.abc import Collection
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
    ResultPath,
    Seed,
    Threads,
    TimeLimit,
    Untrusted,
    seconds,
)
from siting.commands.interrupting import interruptible
from siting.commands.named import names_of
from siting.commands.repeating import tell_chance, threads_for
from siting.commands.study import shown
from siting.commands.terminal import print_json, text_beside
from siting.commands.why_none import print_why
from siting.notice import Notice
from siting.texts.words import Words

if TYPE_CHECKING:
    from siting.analysis.studies.replan import Place, Replanned
    from siting.scenario import Scenario

SHOWN = 15


def replan(
    result: ResultPath,
    lock: Annotated[list[str] | None, typer.Option(metavar="SITE[/FORMAT]")] = None,
    forbid: Annotated[list[str] | None, typer.Option(metavar="SITE[/FORMAT]")] = None,
    changes: Annotated[int | None, typer.Option("--changes", metavar="K")] = None,
    method: Method = "auto",
    time_limit: TimeLimit = "300",
    gap: Gap = 0.0,
    seed: Seed = 0,
    threads: Threads = None,
    change: Changes = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR")] = None,
    force: Force = False,
    reproducible: Reproducible = False,
    untrusted: Untrusted = False,
    lang: Language = Lang.en,
    as_json: AsJson = False,
) -> int:
    """A new plan near an approved one: lock, forbid, at most K changes."""
    limit, tell = seconds(time_limit), text_beside(as_json)
    threads = threads_for(threads, reproducible)
    from siting.analysis.audit.reopen import recorded
    from siting.analysis.studies.replan import replan as near
    from siting.commands.solve import EXIT
    from siting.commands.summary import headline, summary
    from siting.errors import ArgumentError
    from siting.report import folder
    from siting.result.stored import folder_of
    from siting.solving.arguments import check_request

    check_request(method, time_limit=limit, gap=gap, seed=seed, threads=threads)
    stored, scenario = recorded(result, untrusted)
    if stored.plan is None:
        raise ArgumentError(Notice("fault.result_without_plan", status=stored.status))
    place = folder_of(result).resolve()
    target = out or place.with_name(f"{place.name}-replanned")
    folder.refuse_overwriting(target, force)
    if change:
        scenario = scenario.changed(change)
    problem = scenario.problem().under(stored.spec)
    names = names_of(scenario, lang.value)
    ids = {problem.site_id(s) for s in range(problem.n_sites)}
    locks = [_place(text, scenario, ids) for text in lock or ()]
    forbidden = [_place(text, scenario, ids) for text in forbid or ()]
    with interruptible() as interrupt:
        with shown(interrupt, method, limit, gap, seed, threads) as study:
            found = near(
                problem,
                stored.plan,
                lock=locks,
                forbid=forbidden,
                most_changes=changes,
                study=study,
                names=names,
            )
        tell_chance(reproducible, [found.result], lang.value)
        folder.write(
            found.result, target, problem=problem, scenario=scenario, lang=lang.value, force=force
        )
        if found.result.plan is not None:
            told = lines(problem, stored.plan, found, Words.of(lang.value, "replan"))
            tell(*told, "", sep="\n")
        tell(summary(found.result, scenario, target, lang.value))
        if as_json:
            rows = [] if found.result.plan is None else found.table.to_dict("records")
            figures = headline(found.result, target)
            print_json({**figures, "changes": found.changes, "table": rows})
        if found.result.status == "infeasible":
            print_why(found.asked, scenario, lang.value, interrupt)
    return EXIT[found.result.status]


def _place(text: str, scenario: Scenario, ids: Collection[str]) -> Place:
    """``SITE`` or ``SITE/FORMAT``, the format by id or name."""
    from siting.analysis.studies.replan import place_of

    site, format_ = place_of(text, ids)
    return site, None if format_ is None else scenario.standards.id_of(format_)


def lines(problem: Any, approved: Any, found: Replanned, words: Words) -> list[str]:
    """What changes, in counts and one by one."""
    from siting.result.naming import counted
    from siting.solving.warm_start import from_table
    from siting.texts.numbers import whole
    from siting.verification.evaluation import evaluate

    before = evaluate(problem, from_table(problem, approved.table)[0]).objective
    told = [
        words["changes"].format(
            n=found.changes,
            kept=counted(found.kept_count, words.lang),
            dropped=counted(found.dropped_count, words.lang),
            added=counted(found.added_count, words.lang),
        ),
        words["value"].format(before=whole(before), after=whole(found.result.objective)),
    ]
    for key, outlets in (("dropped", found.dropped), ("added", found.added), ("lost", found.lost)):
        if outlets:
            told += [words[key], *(f"  - {outlet}" for outlet in outlets[:SHOWN])]
        if len(outlets) > SHOWN:
            told.append(words["more"].format(n=len(outlets) - SHOWN))
    return told
