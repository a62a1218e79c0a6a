"""Key figures that a commitment may be tied to, by the names of docs/domain.md, section 3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Indicator:
    """One key figure."""

    words: tuple[str, ...]
    """What else it may be called, the policy's word first."""
    unit: Literal["share", "minutes"]
    of_format: bool
    """Whether it is of one format's people; the others are of all basic formats together."""
    number: int
    """Of the list of KPIs."""
    less_is_better: bool = False
    by_district: bool = True
    """Whether it can be told of one district."""


INDICATORS: dict[str, Indicator] = {
    "coverage": Indicator(("覆盖率", "format_coverage"), "share", True, 1),
    "served": Indicator(("服务率", "capacity_coverage"), "share", True, 2, by_district=False),
    "completeness": Indicator(("完整度",), "share", False, 3),
    "complete_circle": Indicator(("完整圈人口比例", "complete"), "share", False, 3),
    "formats_present": Indicator(("配齐率", "completeness_rate"), "share", False, 4),
    "districts_complete": Indicator(
        ("社区覆盖率", "community_coverage"), "share", False, 5, by_district=False
    ),
    "minutes_mean": Indicator(("平均步行分钟",), "minutes", True, 7, less_is_better=True),
    "minutes_p50": Indicator(("步行分钟中位数",), "minutes", True, 7, less_is_better=True),
    "minutes_p90": Indicator(("步行分钟九成位",), "minutes", True, 7, less_is_better=True),
}
"""By id, which is the figure's name in ``siting kpis``."""
KPI_WORDS = {id: indicator.words for id, indicator in INDICATORS.items()}


def factor(kpi: str | None, target: float, unit: str | None) -> int:
    """What a figure is multiplied by to stand beside its target: shares are 0..1, and a target
    beyond 1 or in "%" is in per cent."""
    share = kpi is not None and INDICATORS[kpi].unit == "share"
    return 100 if share and (unit == "%" or target > 1) else 1
