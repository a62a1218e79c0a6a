"""What it would cost to bring a group that a plan leaves behind within reach: one more solve."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from typing import TYPE_CHECKING, Any

from siting.analysis.kpis.left_behind import FAR, Behind, fallen_behind
from siting.analysis.study import Study
from siting.errors import ArgumentError, nearest
from siting.notice import Notice
from siting.result import Result

if TYPE_CHECKING:
    from siting.scenario import Scenario


@dataclass(frozen=True)
class GroupExplained:
    """A group under a plan, and the plan with a rule that mends the worst of it."""

    group: str
    behind: tuple[Behind, ...]
    """By format, the farthest behind first; empty where it is nowhere behind."""
    share: float | None
    """Of the rule: no more than 10 points behind everybody; None where nothing is to be mended."""
    other: Result | None
    """The best plan found with the rule."""
    before: Result
    """The plan explained."""

    @property
    def mended(self) -> Behind | None:
        """What the rule mends."""
        return self.behind[0] if self.behind else None

    @property
    def rule(self) -> str | None:
        """As it stands in a scenario: an entry of ``rules.min_coverage``."""
        if self.mended is None or self.share is None:
            return None
        return f"{{format: {self.mended.format}, group: {self.group}, share: {self.share:g}}}"

    @property
    def lost(self) -> float | None:
        """Weighted people whom the plan with the rule gains less; None without such a plan."""
        if self.other is None or self.other.objective is None or self.before.objective is None:
            return None
        return self.before.objective - self.other.objective

    @property
    def at_least(self) -> float | None:
        """Proven: any plan with the rule gains so many fewer than the plan explained, at least."""
        if self.other is None or self.other.bound is None or self.before.objective is None:
            return None
        return max(0.0, self.before.objective - self.other.bound)

    @property
    def extra_cost(self) -> int | None:
        """Money the plan with the rule spends more."""
        if self.other is None or self.other.plan is None or self.before.plan is None:
            return None
        return int(self.other.plan.budget.spent) - int(self.before.plan.budget.spent)

    def record(self) -> dict[str, Any]:
        """For other programs."""
        return {
            **{name: getattr(self, name) for name in ("group", "behind", "rule", "lost")},
            "extra_cost": self.extra_cost,
            "status": None if self.other is None else self.other.status,
        }


def explain_group(
    scenario: Scenario,
    result: Result,
    group: str,
    format: str | None = None,
    study: Study | None = None,
) -> GroupExplained:
    """Where a group is behind everybody, and what a rule that mends it would cost.

    Args:
        scenario: of the result.
        result: with a plan.
        group: a group of the scenario.
        format: mend this format; None = the one where the group is farthest behind.
        study: settings of the one more solve.

    Raises:
        ArgumentError: an unknown group or format, or a result without a plan.
    """
    problem = scenario.problem().under(result.spec)
    if result.options is None:
        raise ArgumentError(Notice("fault.result_without_plan", status=result.status))
    known = sorted({name.partition("@")[0] for name in problem.labels.groups})
    for name, value, among in (("group", group, known), ("format", format, problem.labels.formats)):
        if value is not None and value not in among:
            hint = nearest(value, list(among))
            raise ArgumentError(
                Notice("fault.unknown", what=name, known=among, word=value, hint=hint)
            )
    behind = tuple(
        one
        for one in fallen_behind(scenario, problem, result.options)
        if one.group == group and format in (None, one.format)
    )
    if not behind:
        return GroupExplained(group, (), None, None, result)
    worst = behind[0]
    share = max(floor(100 * (worst.all_after - FAR)), floor(100 * worst.after) + 1) / 100
    asked = scenario.with_least(worst.format, group, share).under(result.spec)
    study = study or Study()
    other = study.solve(asked, result.options, note=Notice("progress.group", group=group))
    return GroupExplained(group, behind, share, other, result)
