"""What basic formats give up for quality formats: one plan for each of several tolerances.

With ``order: tiers`` basic formats come first at any price. Each point here lets them fall short of
the best by a share, so that the curve tells what quality formats gain by it (Haimes, Lasdon and
Wismer, IEEE Trans. Systems, Man, and Cybernetics 1, 1971: the ε-constraint method).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from siting.analysis.arguments import problem_of
from siting.analysis.study import Study
from siting.errors import ArgumentError
from siting.notice import Notice
from siting.problem.tiers import tiers_in_order
from siting.result import Result, relative_gap

if TYPE_CHECKING:
    import pandas as pd

    from siting.problem import Problem
    from siting.scenario import Scenario

TOLERANCES = tuple(Fraction(n, 1000) for n in (0, 5, 10, 20, 50, 100))


@dataclass(frozen=True)
class TradePoint:
    """One tolerance and the plan found for it."""

    tolerance: Fraction
    result: Result
    bound: float | None
    """No plan gains more by basic formats: the least bound of all points."""
    seconds: float

    def objective(self, tier: str) -> float | None:
        """Weighted people that a tier gains; None without a plan."""
        return self.result.tiers[tier]["objective"] if self.result.tiers else None

    @property
    def gap(self) -> float | None:
        """Of basic formats to what is proven of them; what the tolerance gives up is in it."""
        return relative_gap(self.objective("basic"), self.bound)

    @property
    def quality_bound(self) -> float | None:
        """No plan that keeps what the tolerance asks gains more by quality formats."""
        return self.result.tiers["quality"]["bound"] if self.result.tiers else None


@dataclass(frozen=True)
class TierTrade:
    """The points in ascending order of their tolerance."""

    points: tuple[TradePoint, ...]
    seconds: float

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a point: ``tolerance``, ``status``, ``basic``, ``basic_bound``, ``basic_gap``,
        ``quality``, ``quality_bound``, ``quality_more`` (weighted people that quality formats could
        gain more, at most), ``spent``, ``outlets``, ``seconds``."""
        import pandas as pd

        rows = []
        for point in self.points:
            plan, quality = point.result.plan, point.objective("quality")
            most = point.quality_bound
            rows.append(
                {
                    "tolerance": float(point.tolerance),
                    "status": point.result.status,
                    "basic": point.objective("basic"),
                    "basic_bound": point.bound,
                    "basic_gap": point.gap,
                    "quality": quality,
                    "quality_bound": most,
                    "quality_more": None if quality is None or most is None else most - quality,
                    "spent": None if plan is None else plan.budget["spent"],
                    "outlets": None if plan is None else len(plan.fixed),
                    "seconds": point.seconds,
                }
            )
        return pd.DataFrame(rows)


def tier_trade(
    asked: Problem | Scenario,
    tolerances: Sequence[Fraction] = TOLERANCES,
    *,
    study: Study | None = None,
) -> TierTrade:
    """Quality formats against what basic formats give up.

    Args:
        asked: a problem with formats of both tiers and ``order: tiers``, or its scenario.
        tolerances: shares in 0..1.
        study: settings; its time is for all points.

    Raises:
        ArgumentError: there are not two tiers in order, or tolerances that are none.
    """
    problem = problem_of(asked)
    if not tiers_in_order(problem, problem.objective):
        raise ArgumentError(Notice("fault.trade_tiers"))
    if not tolerances or not all(0 <= each < 1 for each in tolerances):
        raise ArgumentError(Notice("fault.trade_tolerances", given=list(map(str, tolerances))))
    study = study or Study()
    shares = sorted({Fraction(each) for each in tolerances})
    found: list[tuple[Fraction, Result, float]] = []
    start = None
    for at, share in enumerate(shares):
        begun = study.clock.seconds
        spec = replace(problem.objective, tolerance=share)
        note = Notice("progress.tolerance", share=float(100 * share))
        result = study.solve(problem.under(spec), start, rest=len(shares) - at, note=note)
        found.append((share, result, study.clock.seconds - begun))
        start = start if result.options is None else result.options
        if study.interrupted:
            break
    bounds = [r.tiers["basic"]["bound"] for _, r, _ in found if r.tiers]
    least = min((bound for bound in bounds if bound is not None), default=None)
    points = tuple(TradePoint(share, result, least, took) for share, result, took in found)
    return TierTrade(points, study.clock.seconds)
