"""``siting solve``: solve a scenario, show progress, write the result folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.commands.arguments import (
    Changes,
    Force,
    Gap,
    Lang,
    Language,
    Method,
    Model,
    ScenarioPath,
    Seed,
    Threads,
    TimeLimit,
    Untrusted,
    Variant,
    seconds,
)
from siting.commands.interrupting import interruptible
from siting.commands.why_none import why
from siting.errors import ArgumentError
from siting.notice import Notice

if TYPE_CHECKING:
    from siting.problem.solution import Status

EXIT: dict[Status, int] = {"optimal": 0, "feasible": 0, "infeasible": 3, "no_solution": 4}


def solve(
    scenario: ScenarioPath,
    method: Method = "auto",
    model: Model = None,
    time_limit: TimeLimit = "300",
    work_limit: Annotated[int | None, typer.Option(metavar="N")] = None,
    memory_limit: Annotated[float | None, typer.Option(metavar="GB")] = None,
    gap: Gap = 0.0,
    seed: Seed = 0,
    threads: Threads = None,
    variant: Variant = None,
    change: Changes = None,
    untrusted: Untrusted = False,
    start: Annotated[Path | None, typer.Option(metavar="RESULT")] = None,
    lang: Language = Lang.en,
    write_lp: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
        ),
    ] = None,
    solver: Annotated[
        str | None,
        typer.Option(metavar="NAME"),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR")] = None,
    force: Force = False,
) -> int:
    """Solve a scenario: progress, a summary, and the result folder."""
    limit = seconds(time_limit)
    from siting.analysis.kpis.goals import missed
    from siting.commands.loading import default_name, load
    from siting.commands.summary import summary
    from siting.commands.terminal import ProgressLine, tell_faults
    from siting.progress import Progress
    from siting.report import folder
    from siting.solving import solve as run
    from siting.solving.arguments import check_request
    from siting.solving.auto import check_pair

    check_request(
        method, model, time_limit=limit, work_limit=work_limit, memory_limit=memory_limit,
        gap=gap, seed=seed, threads=threads,
    )  # fmt: skip
    if solver is not None and method != "pulp":
        raise ArgumentError(Notice("fault.solver", method=method))
    target = out or Path("results") / default_name(scenario, variant)
    with folder.claim(target, force) as place:
        loaded = load(scenario, variant, change, untrusted)
        check_pair(method, model or loaded.settings.objective.model)
        with ProgressLine() as listener:
            listener(Progress(0.0, "reach"))
            problem = loaded.problem()
        with interruptible() as interrupt:
            with ProgressLine() as listener:
                result = run(
                    problem,
                    model,
                    method,
                    time_limit=limit,
                    work_limit=work_limit,
                    memory_limit=memory_limit,
                    gap=gap,
                    seed=seed,
                    threads=threads,
                    start=start,
                    listener=listener,
                    interrupt=interrupt,
                    write=() if write_lp is None else (write_lp,),
                    options=None if solver is None else {"solver": solver},
                )
            reasons: list[str] = []
            if result.status == "infeasible":
                reasons = why(problem.under(result.spec), loaded, lang.value, interrupt)
                result = replace(result, notes=(*result.notes, *reasons))
            if result.options is not None:
                short = missed(loaded, result.options)
                result = replace(result, warnings=(*result.warnings, *short))
            place.keep(result, loaded)
            try:
                print(summary(result, loaded, place.path, lang.value))
                if reasons:
                    print("", *reasons, sep="\n")
            finally:
                tell_faults(place.add(problem, lang.value), lang.value)
    return EXIT[result.status]
