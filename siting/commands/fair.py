"""``siting fair``: the plan that lifts the worst-served district, beside the one of the sum."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.commands.arguments import (
    AsJson,
    Changes,
    Lang,
    Language,
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
from siting.texts.words import Words

if TYPE_CHECKING:
    from siting.analysis.studies.fair import Fair


def fair(
    scenario: ScenarioPath,
    time_limit: TimeLimit = "300",
    seed: Seed = 0,
    threads: Threads = None,
    variant: Variant = None,
    change: Changes = None,
    untrusted: Untrusted = False,
    out: Annotated[Path | None, typer.Option(metavar="FILE")] = None,
    lang: Language = Lang.en,
    as_json: AsJson = False,
) -> int:
    """Lift the worst-served district first, then the next; compared with the best sum."""
    tell = text_beside(as_json)
    limit = seconds(time_limit)
    refuse_unwritable(out)
    from siting.commands.loading import load

    loaded = load(scenario, variant, change, untrusted)
    from siting.analysis.studies.fair import fair as solve

    problem = loaded.problem()
    with interruptible() as interrupt:
        with shown(interrupt, time_limit=limit, seed=seed, threads=threads) as study:
            both = solve(problem, study)
        found = both.fair
        words = Words.of(lang.value, "fair")
        if found.plan is None or both.best.options is None:
            proven = found.status == "infeasible"
            sentence = words["infeasible" if proven else "no_solution"]
            return without_plan(proven, sentence, problem, loaded, lang.value, interrupt)
        tell(
            words["title"].format(name=loaded.name),
            *weighed(both.best, lang.value),
            "",
            *lines(both, words),
            sep="\n",
        )
        tables_as_json(as_json, table=both.table)
        if out is not None:
            write_table(found.plan.table, out)
            tell(words["written"].format(file=out))
    return 0


def lines(both: Fair, words: Words) -> list[str]:
    """Districts from the worst served on, and what fairness costs the sum."""
    from siting.texts.numbers import columns, share, whole

    best, found = both.best, both.fair
    assert best.plan is not None and found.plan is not None
    known = "" if best.status == "optimal" else "_found"
    rows = [list(words.row(f"columns{known}"))]
    for row in both.table.to_dict("records"):
        shares = (share(row[name], 1) for name in ("today", "best_sum", "fair"))
        rows.append([row["district"], *shares])
    price = (best.objective or 0.0) - (found.objective or 0.0)
    worst = min(found.shares.values()), min(both.best_shares.values())
    key = f"worst{known}" if price >= 0 else "ahead"
    if share(worst[0], 1) == share(worst[1], 1) and not price:
        key = "same_proven" if found.proven else "same"
    end = "proven" if found.proven else "open" if found.worst_bound < 1 else "open_all"
    rows.append([words["sum"], "0", whole(best.objective), whole(found.objective)])
    spent = (best.plan.budget["spent"], found.plan.budget["spent"])
    rows.append([words["spent"], "0", *(whole(money) for money in spent)])
    return [
        *columns(rows),
        "",
        words[key].format(
            fair=share(worst[0], 1), best=share(worst[1], 1), price=whole(abs(price))
        ),
        words[end].format(bound=share(found.worst_bound, 1)),
    ]
