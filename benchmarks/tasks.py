"""What runs in a child: load a case, solve it by a method, judge the plan, tell all of it."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from benchmarks.cases import load
from benchmarks.measured import Tell
from benchmarks.methods import Budget, Claim, RefusedError, method
from siting.errors import ArgumentError

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.progress import Progress

SHORTEST_S = 1.0
"""A method gets at least this long, however long reading took."""


def solve_case(
    tell: Tell,
    case: str,
    name: str,
    time_s: float | None = None,
    threads: int = 2,
    seed: int = 0,
    memory_gb: float | None = None,
    reading_counts: bool = False,
) -> None:
    """Events: ``loaded``, ``begin`` (the method's clock starts), ``progress``, ``result``.

    Args:
        reading_counts: the time is that from the scenario to the verified result.
    """
    from siting.models.traits import traits_of

    begun, used = time.monotonic(), processor_s()
    problem, timings = load(case)
    loaded = time.monotonic() - begun - timings.get("make", 0.0)
    loaded_processor = processor_s() - used
    sense = "min" if traits_of(problem.objective.model).minimised else "max"
    tell("loaded", timings=timings, seconds=round(loaded, 4), sense=sense, **sizes(problem))
    if time_s is not None and reading_counts:
        time_s = max(SHORTEST_S, time_s - loaded)
    budget = Budget(time_s, threads, seed, memory_gb)
    tell("begin", time_s=time_s)
    begun, used = time.monotonic(), processor_s()

    def hear(news: Progress) -> None:
        named = asdict(replace(news, plan=None))  # the plan itself is not news but a call
        told = {k: v for k, v in named.items() if v not in (None, "")}
        tell("progress", **told)

    try:
        claim = method(name)(problem, budget, hear)
    except (RefusedError, ArgumentError) as error:
        tell("result", status="refused", notes=[str(error)])
        return
    seconds = time.monotonic() - begun
    tell("claimed", status=claim.status, seconds=round(seconds, 3))
    spent = {
        "seconds": round(seconds, 3),
        "processor_s": round(processor_s() - used, 3),
        "loaded_s": round(loaded, 3),
        "loaded_processor_s": round(loaded_processor, 3),
    }
    tell("result", **spent, **judged(problem, claim))


def processor_s() -> float:
    """Processor seconds of this process and of its children that have ended."""
    return sum(os.times()[:4])


def sizes(problem: Problem) -> dict[str, int]:
    """How large it is."""
    return {
        "points": problem.n_points,
        "sites": problem.n_sites,
        "formats": problem.n_formats,
        "options": problem.n_options,
        "targets": problem.n_targets,
        "reach_pairs": problem.reach.n_pairs,
    }


def judged(problem: Problem, claim: Claim) -> dict[str, Any]:
    """Objective and rules recomputed by siting; of a certificate the bound, too."""
    from siting import score, verify
    from siting.result import relative_gap

    told: dict[str, Any] = {
        "status": claim.status,
        "limit": claim.limit,
        "notes": list(claim.notes)[:20],
        "timings": claim.timings,
        "statistics": claim.statistics,
        "claimed_bound": claim.bound,
        "bound_proof": claim.bound_proof,
    }
    begun = time.monotonic()
    objective, bound = None, claim.bound
    violations: list[str] = []
    if claim.result is not None:
        checked = verify(problem, claim.result)
        objective, violations = checked.objective, list(checked.violations)
        if claim.bound_proof == "certificate":
            bound = checked.bound
        certified = claim.result.certified_tiers
        told["tiers"] = {
            tier: {**line, "certified_bound": certified.get(tier)}
            for tier, line in claim.result.tiers.items()
        }
        told["verified_bound"] = checked.bound
        told["certified_bound"] = claim.result.certified_bound
    elif claim.options is not None:
        scored = score(problem, [] if len(claim.options) == 0 else claim.options)
        objective, violations = scored.objective, list(scored.violations)
    if claim.options is not None:
        told["outlets"] = len(claim.options)
    return told | {
        "objective": objective,
        "bound": bound,
        "gap": relative_gap(objective, bound),
        "violations": violations[:20],
        "verify_s": round(time.monotonic() - begun, 3),
    }


def warm_up(tell: Tell, threads: int = 2) -> None:
    """Compile (and cache on disk) what a first run would compile: cities and the literature's
    instances, plans of few and of many outlets."""
    from siting.analysis.studies.frontier import frontier
    from siting.analysis.study import Study

    tell("begin")
    for case in ("400x60x4", "classic:2000:10:5.5"):
        problem, _ = load(case)
        # The second time the road of large plans, on a small one.
        for options in (None, {"search": {"shared_plan": 1}}):
            method("city")(problem, Budget(4.0, threads, options=options), lambda news: None)
        method("greedy")(problem, Budget(4.0, threads), lambda news: None)
    frontier(
        load("400x60x4")[0],
        points=2,
        nested=False,
        study=Study("city", 8.0, gap=0.01, threads=threads),
    )
    tell("result")
