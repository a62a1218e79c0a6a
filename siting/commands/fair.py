"""``siting fair``: the plan that lifts the worst-served district, beside the one of the sum."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.commands.arguments import (
    Changes,
    Lang,
    Language,
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
from siting.texts.words import Words

if TYPE_CHECKING:
    from siting.analysis.studies.max_min import FairPlan
    from siting.problem import Problem
    from siting.result import Result


def fair(
    scenario: ScenarioPath,
    time_limit: TimeLimit = "300",
    seed: Seed = 0,
    threads: Threads = None,
    variant: Variant = None,
    change: Changes = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the fair plan as csv (with BOM).")
    ] = None,
    lang: Language = Lang.en,
) -> int:
    """Lift the worst-served district first, then the next; compared with the best sum."""
    limit = seconds(time_limit)
    refuse_unwritable(out)
    from siting.analysis.studies.fair import best_sum_and_fair
    from siting.analysis.study import Study
    from siting.commands.loading import load
    from siting.commands.terminal import ProgressLine
    from siting.progress import Progress

    loaded = load(scenario, variant, change)
    problem = loaded.problem()
    with interruptible() as interrupt:
        with ProgressLine() as listener:
            study = Study("auto", limit, 0.0, seed, threads, listener, interrupt)
            best, found = best_sum_and_fair(
                problem, study,
                lambda note: listener(Progress(study.clock.seconds, "solve", note=note)),
            )  # fmt: skip
        words = Words.of(lang.value, "fair")
        if found.plan is None or best.options is None:
            print(words["infeasible" if found.status == "infeasible" else "no_solution"])
            if found.status == "infeasible":
                print_why(problem, loaded, lang.value, interrupt)
            return 3 if found.status == "infeasible" else 4
        print(words["title"].format(name=loaded.name), "", *lines(problem, best, found, words),
              sep="\n")  # fmt: skip
        if out is not None:
            write_table(found.plan.table, out)
            print(words["written"].format(file=out))
    return 0


def lines(problem: Problem, best: Result, found: FairPlan, words: Words) -> list[str]:
    """Districts from the worst served on, and what fairness costs the sum."""
    from siting.analysis.studies.shares import named_shares
    from siting.texts.numbers import amount, columns, share

    assert best.options is not None and best.plan is not None and found.plan is not None
    summed = named_shares(problem, best.options)
    rows = [list(words.row("columns"))]
    for name in sorted(found.shares, key=lambda d: (found.shares[d], d)):
        rows.append(
            [name, *(share(part[name], 1) for part in (found.before, summed, found.shares))]
        )
    price = (best.objective or 0.0) - (found.objective or 0.0)
    rows.append([words["sum"], "0", amount(best.objective), amount(found.objective)])
    spent = (best.plan.budget["spent"], found.plan.budget["spent"])
    rows.append([words["spent"], "0", *(amount(money) for money in spent)])
    return [
        *columns(rows), "",
        words["worst" if price >= 0 else "ahead"].format(
            fair=share(min(found.shares.values()), 1), best=share(min(summed.values()), 1),
            price=amount(abs(price)),
        ),
        words["proven" if found.proven else "open"].format(bound=share(found.worst_bound, 1)),
    ]  # fmt: skip
