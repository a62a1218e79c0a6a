"""What a caller of ``solve`` asks for, checked once: the objective and the limits of the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from math import isfinite
from numbers import Integral, Rational, Real
from os import PathLike
from pathlib import Path
from threading import Event
from typing import Any

from siting.complete_files import refuse_unwritable
from siting.engine.params import EngineParams
from siting.errors import ArgumentError, nearest
from siting.models import MODELS
from siting.models.traits import traits_of
from siting.notice import Notice
from siting.problem import Model, Objective, Problem, RuleKind
from siting.progress import Stop
from siting.solvers.files import check_ending
from siting.solvers.pulp import check_name
from siting.solving.auto import check_method, check_outside, check_pair
from siting.system.cores import cores
from siting.tiles.tiling import Tiling, check_tiles


def objective_of(
    problem: Problem,
    model: str | None = None,
    p: int | None = None,
    share: float | Fraction | str | None = None,
    times: int | None = None,
) -> Objective:
    """The problem's own objective with what the caller says instead.

    Raises:
        ArgumentError: a value outside its range, or one the model needs and nobody gave.
    """
    asked = problem.objective
    if model is not None:
        asked = replace(asked, model=known_model(model))
    if p is not None:
        asked = replace(asked, p=whole("p", p))
    if share is not None:
        asked = replace(asked, share=_share(share))
    if times is not None:
        asked = replace(asked, times=whole("times", times))
    if asked.times is None:
        asked = replace(asked, times=traits_of(asked.model).times)
    _check(problem, asked)
    return asked


def _check(problem: Problem, asked: Objective) -> None:
    most, what = problem.n_sites, Notice("fault.n_sites")
    if problem.n_formats > 1:
        most, what = most * problem.n_formats, Notice("fault.sites_and_formats")
    if asked.p is not None and not 1 <= asked.p <= most:
        raise ArgumentError(Notice("fault.p_range", most=most, what=what, p=asked.p))
    if asked.share is not None and not 0 <= asked.share <= 1:
        raise ArgumentError(Notice("fault.share_range", share=float(asked.share)))
    if asked.times is not None and asked.times < 1:
        raise ArgumentError(Notice("fault.times_1", times=asked.times))
    traits = traits_of(asked.model)
    for name in traits.needs:
        if getattr(asked, name) is None:
            raise ArgumentError(Notice("fault.given_for_model", name=name, model=asked.model))
    if traits.limited and asked.p is None:
        kinds = (RuleKind.BUDGET, RuleKind.MAX_OUTLETS)
        limits = [rule for rule in problem.rules if rule.kind in kinds]
        if not limits:
            raise ArgumentError(Notice("fault.p_for_model", model=asked.model))


def check_request(
    method: str = "auto",
    model: str | None = None,
    *,
    p: int | None = None,
    share: float | Fraction | str | None = None,
    times: int | None = None,
    time_limit: float | None = None,
    work_limit: int | None = None,
    memory_limit: float | None = None,
    gap: float = 0.0,
    seed: int = 0,
    threads: int | None = None,
    write: Sequence[Path] = (),
    solver: str | None = None,
    tiles: int | Tiling | None = None,
) -> None:
    """What can be said of a caller's arguments before there is a problem, so that nobody waits for
    layers to hear it.

    Raises:
        ArgumentError: a value that no problem allows.
        InputError: a file for the model that cannot be written.
        SolverError: a solver behind PuLP that is not there.
    """
    check_method(method)
    check_outside(method, write=write)
    if tiles is not None:
        _check_tiled(method)
    for path in write:
        check_ending(path)
        refuse_unwritable(path)
    if solver is not None:
        check_name(solver)
    if model is not None:
        known_model(model)
        check_pair(method, model)
    stop_of(time_limit, work_limit, memory_limit, gap, None)
    seed_of(seed)
    threads_of(threads)
    for name, value in (("p", p), ("times", times)):
        if value is not None and whole(name, value) < 1:
            raise ArgumentError(Notice("fault.at_least_1", name=name, value=value))
    if share is not None and not 0 <= _share(share) <= 1:
        raise ArgumentError(Notice("fault.share_range", share=float(_share(share))))


def known_model(model: str) -> Model:
    """The model of that name. Raises ArgumentError for one that nobody knows."""
    if model in MODELS:
        return model
    raise ArgumentError(_unknown("model", model, MODELS))


def stop_of(
    time_limit: float | None,
    work_limit: int | None,
    memory_limit: float | None,
    gap: float,
    interrupt: Event | None,
) -> Stop:
    """The run's limits; the clock starts here.

    Args:
        time_limit: seconds, > 0; None = none.
        work_limit: units of the method, >= 1.
        memory_limit: GB (10^9 bytes), > 0.
        gap: relative gap at which the run may end, >= 0.
    """
    number("time_limit", time_limit, above=0)
    number("memory_limit", memory_limit, above=0)
    if gap is None:
        raise ArgumentError(Notice("fault.gap_0"))
    number("gap", gap, least=0)
    if work_limit is not None and whole("work_limit", work_limit) < 1:
        raise ArgumentError(Notice("fault.work_limit_1", work_limit=work_limit))
    return Stop(
        time_limit=None if time_limit is None else float(time_limit),
        work_limit=None if work_limit is None else int(work_limit),
        memory_limit=None if memory_limit is None else int(memory_limit * 1e9),
        gap=float(gap),
        interrupt=interrupt or Event(),
    )


def threads_of(threads: int | None) -> int:
    """The number of threads, at most one a core that this process may use; None = as many."""
    most = cores()
    if threads is None:
        return most
    if whole("threads", threads) < 1:
        raise ArgumentError(Notice("fault.threads_1", threads=threads))
    return min(int(threads), most)


def seed_of(seed: int) -> int:
    """A seed that every solver takes."""
    if not 0 <= whole("seed", seed) < 2**31:
        raise ArgumentError(Notice("fault.seed_range", seed=seed))
    return int(seed)


def check_kinds(
    listener: object, interrupt: object, write: object, options: object, solvers: object
) -> None:
    """Raises ArgumentError for an argument of solve that is of another kind than it names."""
    if not (listener is None or callable(listener)):
        raise ArgumentError(Notice("data.a_listener", kind=type(listener).__name__))
    if not (interrupt is None or hasattr(interrupt, "is_set")):  # also one of another process
        raise ArgumentError(Notice("data.an_interrupt", kind=type(interrupt).__name__))
    paths = write if isinstance(write, tuple | list) else (None,)
    if not all(isinstance(path, str | PathLike) for path in paths):
        raise ArgumentError(Notice("data.files_to_write", kind=type(write).__name__))
    if not (options is None or isinstance(options, Mapping | EngineParams)):
        raise ArgumentError(Notice("data.options_by_name", kind=type(options).__name__))
    if not (solvers is None or hasattr(solvers, "lend")):
        raise ArgumentError(Notice("data.a_pool", kind=type(solvers).__name__))


def options_of(
    runs: str, method: str, options: Mapping[str, Any] | EngineParams | None
) -> tuple[Mapping[str, Any] | None, EngineParams | None]:
    """The outside solver's own options, and the engine's parameters where the engine runs.

    Args:
        runs: the method that runs.
        method: the one that was asked for; where ``auto`` left the choice, parameters of an engine
            that does not run are not needed.

    Raises:
        ArgumentError: options for a method that has none, or parameters out of their range.
    """
    if runs == "city":
        given = options if isinstance(options, EngineParams) else EngineParams.of(options or {})
        return None, given
    if isinstance(options, EngineParams):
        if method != "auto":
            raise ArgumentError(Notice("engine.method_city", method=runs))
        return None, None
    if options and runs == "greedy":
        raise ArgumentError(Notice("fault.options_method"))
    return options, None


def tiling_of(
    problem: Problem, objective: Objective, method: str, tiles: int | Tiling | None
) -> Tiling | None:
    """How a city is solved in tiles; None where it is not.

    Raises:
        ArgumentError: another method, or a problem that cannot be.
    """
    if tiles is None:
        return None
    _check_tiled(method)
    tiling = tiles if isinstance(tiles, Tiling) else Tiling(whole("tiles", tiles))
    check_tiles(problem, objective)
    return tiling


def _check_tiled(method: str) -> None:
    if method not in ("auto", "city"):
        raise ArgumentError(Notice("fault.tiles_method", method=method))


def whole(name: str, value: object) -> int:
    """A whole number; True and 5.0 are none."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise ArgumentError(Notice("fault.is_whole", name=name, value=value))
    return int(value)


def number(
    name: str, value: object, *, above: float | None = None, least: float | None = None
) -> None:
    """Raises unless ``value`` is None or a finite number in the range."""
    if value is None:
        return
    wanted = f"> {above:g}" if above is not None else f">= {least:g}"
    if isinstance(value, bool) or not isinstance(value, Real) or not isfinite(value):
        raise ArgumentError(Notice("fault.is_number", name=name, wanted=wanted, value=value))
    given = float(value)
    if (above is not None and given <= above) or (least is not None and given < least):
        raise ArgumentError(Notice("fault.is_wanted", name=name, wanted=wanted, given=given))


def _share(value: float | Fraction | str) -> Fraction:
    """Exactly the decimal that was written: 0.6 is three fifths."""
    if isinstance(value, Rational) and not isinstance(value, bool):
        return Fraction(value.numerator, value.denominator)
    try:
        return Fraction(Decimal(str(value)))
    except (InvalidOperation, ValueError, OverflowError):
        raise ArgumentError(Notice("fault.share_number", value=value)) from None


def _unknown(what: str, word: object, known: tuple[str, ...]) -> Notice:
    hint = nearest(str(word), known)
    return Notice("fault.unknown", what=what, known=known, word=word, hint=hint)
