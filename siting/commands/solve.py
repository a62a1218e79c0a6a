"""``siting solve``: solve a scenario, show progress, write the result folder."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.commands.arguments import (
    AsJson,
    Changes,
    Force,
    Form,
    Gap,
    Lang,
    Language,
    Method,
    Model,
    ProgressForm,
    Reproducible,
    ScenarioPath,
    Seed,
    Threads,
    TimeLimit,
    Untrusted,
    Variant,
    seconds,
)
from siting.commands.interrupting import interruptible
from siting.commands.repeating import tell_chance, threads_for
from siting.commands.why_none import why
from siting.errors import ArgumentError
from siting.notice import Notice

if TYPE_CHECKING:
    from siting.problem.solution import Status
    from siting.result import Result

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
    reproducible: Reproducible = False,
    resume: Annotated[bool, typer.Option("--resume")] = False,
    tiles: Annotated[int | None, typer.Option(metavar="N")] = None,
    dask: Annotated[str | None, typer.Option(metavar="ADDRESS")] = None,
    progress: ProgressForm = Form.text,
    as_json: AsJson = False,
) -> int:
    """Solve a scenario: progress, a summary, and the result folder."""
    limit = seconds(time_limit)
    from siting.commands.loading import default_name, load

    loaded = load(scenario, variant, change, untrusted)
    from siting import __version__
    from siting.analysis.kpis.form import missed as formless
    from siting.analysis.kpis.goals import missed
    from siting.analysis.kpis.nuisance import told as neighbours
    from siting.commands import resuming
    from siting.commands.summary import headline, summary
    from siting.commands.terminal import JsonLines, ProgressLine, print_json, tell_faults
    from siting.models.traits import traits_of
    from siting.progress import Progress
    from siting.report import folder
    from siting.result.checkpoint import Checkpoint, place_of
    from siting.solving import solve as run
    from siting.solving.arguments import check_request, objective_of
    from siting.solving.auto import check_pair
    from siting.tiles.tiling import Tiling

    if solver is not None and method != "pulp":
        raise ArgumentError(Notice("fault.solver", method=method))
    if dask is not None and tiles is None:
        raise ArgumentError(Notice("fault.dask_tiles"))
    check_request(
        method,
        model,
        time_limit=limit,
        work_limit=work_limit,
        memory_limit=memory_limit,
        gap=gap,
        seed=seed,
        threads=threads,
        write=() if write_lp is None else (write_lp,),
        solver=solver,
        tiles=tiles,
    )
    target = out or Path("results") / default_name(scenario, variant)
    tiling = None
    if tiles is not None:
        # Workers of a cluster see what lies beside the result, on the shared disk.
        tiling = Tiling(tiles, dask, place_of(target) if dask else None)
    lines = JsonLines() if progress is Form.json else None
    quiet = lines is not None or as_json

    def told(result: Result, at: Path) -> None:
        if lines is not None:
            lines.done(headline(result, at))
        if as_json:
            print_json(headline(result, at))
        text = summary(result, loaded, at, lang.value)
        print(text, file=sys.stderr if quiet else sys.stdout)

    if resume:
        done = resuming.finished(target, loaded)
        if done is not None:
            resuming.told_done(target, lang.value)
            told(done, target)
            return EXIT[done.status]
    with folder.claim(target, force) as place:
        check_pair(method, model or loaded.settings.objective.model)
        with lines or ProgressLine() as listener:
            listener(Progress(0.0, "reach"))
            problem = loaded.problem()
            inputs = dict(loaded.inputs)  # as they are read, not as they may be in the end
        begin = resuming.found_before(target, problem, loaded, resume, lang.value)
        if begin is None and start is not None and start.suffix.lower() == ".csv":
            from siting.analysis.score import options_of

            begin, impossible = options_of(problem, start, loaded.standards.ids)
            tell_faults(impossible, lang.value)
        spec = objective_of(problem, model)
        with interruptible() as interrupt:
            with lines or ProgressLine() as listener:
                checkpoint = Checkpoint(
                    place_of(target),
                    problem,
                    {"siting": __version__, "scenario": loaded.name, "inputs": inputs},
                    listener,
                    lambda fault: tell_faults([fault], lang.value),
                    traits_of(spec.model).minimised,
                )
                result = run(
                    problem,
                    model,
                    method,
                    time_limit=limit,
                    work_limit=work_limit,
                    memory_limit=memory_limit,
                    gap=gap,
                    seed=seed,
                    threads=threads_for(threads, reproducible),
                    start=start if begin is None else begin,
                    listener=checkpoint,
                    interrupt=interrupt,
                    write=() if write_lp is None else (write_lp,),
                    options=None if solver is None else {"solver": solver},
                    tiles=tiling,
                )
            reasons: list[str] = []
            if result.status == "infeasible":
                reasons = why(problem.under(result.spec), loaded, lang.value, interrupt)
                result = replace(result, notes=(*result.notes, *reasons))
            if result.options is not None:
                told_of = (missed, formless, neighbours)
                more = [notice for one in told_of for notice in one(loaded, result.options)]
                result = replace(result, warnings=(*result.warnings, *more))
            tell_chance(reproducible, [result], lang.value)
            place.keep(result, loaded)
            checkpoint.forget()
            try:
                told(result, place.path)
                if reasons:
                    print("", *reasons, sep="\n", file=sys.stderr if quiet else sys.stdout)
            finally:
                tell_faults(place.add(problem, lang.value), lang.value)
    return EXIT[result.status]
