"""How far every group may walk to every format, whether the plan counts the two together or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.scenario.assemble.targets import in_circle, limit_dm
from siting.scenario.formats.standards import Standards
from siting.scenario.layers.demand import Demand
from siting.scenario.schema.settings import Settings


@dataclass(frozen=True)
class Limits:
    """Standards of a scenario at the walking speed of each group, circles' own where they live."""

    settings: Settings
    standards: Standards
    demand: Demand

    def __call__(self, format_: int, group: str) -> NDArray[np.int64]:
        """Decimetres at each demand point, shape (n_points,).

        Args:
            format_: position among the formats in use.
        """
        assert self.settings.travel is not None
        entry = self.standards.formats[self.standards.use[format_]]
        speeds, home = self.settings.travel.speed_m_per_s, self.demand.district
        limit = np.full(len(home), limit_dm(entry, group, speeds), np.int64)
        for circle in self.settings.circles:
            if entry.id in circle.change:
                own = in_circle(entry, circle.change[entry.id])
                limit[home == circle.district] = limit_dm(own, group, speeds)
        return limit
