"""Result: a verified answer in the planner's words. Positions become ids here, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from siting.errors import needing
from siting.problem import Action, Objective, Place
from siting.problem.solution import Certificate, Status
from siting.problem.vehicles import count_actions
from siting.progress import Limit, relative_gap
from siting.result.headline import Headline, headline
from siting.result.lines import Money, RuleLine
from siting.result.quantities import InReach, Places
from siting.result.tile_shares import TileShare
from siting.result.why import Why
from siting.verification.evaluation import Coverage

if TYPE_CHECKING:
    import pandas as pd
    from geopandas import GeoDataFrame

    from siting.problem import Problem
    from siting.report.notebook_page import PageFrame
    from siting.scenario import Scenario

BoundProof = Literal["certificate", "solver"]

PLAN_COLUMNS = (
    "site",
    "format",
    "size",
    "action",
    "phase",
    "district",
    "cost",
    "area_m2",
    "newly_covered",
    "outlet",
    "until",
)


@dataclass(frozen=True)
class Plan:
    """What opens where, and what the people have of it."""

    options: NDArray[np.int64]
    """Positions of the chosen options in the problem, ascending, shape (n_opened,)."""
    sites: NDArray[np.int64]
    """Position of each chosen option's site, shape (n_opened,)."""
    table: pd.DataFrame = field(repr=False)
    """One row an opened outlet with ``PLAN_COLUMNS``: cost in whole currency units without the
    site's opening cost, area in whole m2, newly_covered in persons (each person at the nearest
    chosen outlet, so that rows add up), outlet the id of the one that stands and is kept, improved
    or moved, until the phase after which it leaves (None: never)."""
    coverage: Coverage = field(repr=False)
    budget: Money = field(default_factory=lambda: Money(None, 0, 0), repr=False)
    rules: tuple[RuleLine, ...] = field(default=(), repr=False)
    """One a named rule, or a row of it: ``name``, ``limit``, ``used``, ``binds``."""
    lonlat: NDArray[np.float64] | None = field(default=None, repr=False)
    """WGS84 degrees, shape (n_opened, 2), when the problem knows them."""
    in_reach: InReach | None = field(default=None, repr=False)
    """Everybody, those with every basic format in reach, people x services; None in results of
    before it was told, as the following."""
    places: Mapping[str, Places] = field(default_factory=dict, repr=False)
    """By format: capacity of what the plan has, against those newly served there."""
    why: tuple[Why, ...] = field(default=(), repr=False)
    """One a row of ``table``: the rules that keep it, whose host it is, what a person costs."""

    def __len__(self) -> int:
        return len(self.options)

    @property
    def fixed(self) -> pd.DataFrame:
        """The rows of ``table`` that are outlets which open at premises, or move there."""
        fixed = [action for action in Action if action.place is Place.PREMISES]
        return self.table[self.table["action"].isin(fixed)]

    @property
    def mobile(self) -> dict[str, int]:
        """How many ``stops`` and ``vehicles`` of mobile units; empty where there are none."""
        count = opened(self.table)
        return {name: count[name] for name in ("stops", "vehicles") if name in count}

    @property
    def standing(self) -> dict[str, int]:
        """How many outlets that stand are ``kept`` or ``improved``; without those that are 0."""
        count = opened(self.table)
        return {name: count[name] for name in ("kept", "improved") if name in count}

    def _repr_html_(self) -> str:
        from siting.result.notebook import of_plan

        return of_plan(self)

    def explore(
        self, *, lang: Literal["zh", "en"] = "en", height_px: int = 640, **given: Any
    ) -> Any:
        """The plan on a map that a notebook can move: outlets by format, names of sites, figures on
        touch, every row below. Offline: a frame without rights that loads nothing.

        The city around it is on ``Result.map``. With arguments of ``GeoDataFrame.explore`` (such as
        ``tiles="CartoDB positron"``) the plan is handed to geopandas instead, as
        ``plan.to_geodataframe().explore()`` would be: folium draws it, and fetches its script and
        its background from the network.

        Args:
            lang: of the figures' heads.
            height_px: of the frame.
            given: arguments of ``GeoDataFrame.explore``, before ours.

        Raises:
            ArgumentError: such arguments are given and folium is not installed.
        """
        if not given:
            from siting.report.notebook_page import plan_framed

            return plan_framed(self, lang, height_px)
        with needing("plan.explore()", "notebook"):
            import folium  # noqa: F401
            import mapclassify  # noqa: F401
            import matplotlib  # noqa: F401
        from siting.result.notebook import explored

        return explored(self, lang, given)

    def to_geodataframe(self) -> GeoDataFrame:
        """The table with a point a row, in EPSG:4326; points are empty where no place is known."""
        import geopandas as gpd
        from shapely import Point

        if self.lonlat is None:
            points: Any = [Point() for _ in range(len(self))]
        else:
            points = gpd.points_from_xy(self.lonlat[:, 0], self.lonlat[:, 1])
        return gpd.GeoDataFrame(self.table.copy(), geometry=points, crs="EPSG:4326")


@dataclass(frozen=True)
class Result:
    """What ``solve`` hands out: a plan that verification accepted, and what is proven about it.

    ``objective``, ``bound`` and the figures of ``tiers`` are in the model's unit (weighted persons
    newly covered for ``max_cover``). The bound is told even when there is no plan.
    """

    status: Status
    limit: Limit | None
    objective: float | None
    bound: float | None
    plan: Plan | None
    spec: Objective
    """What was optimised, with the model's parameters."""
    method: str
    """The method that ran (``auto`` is resolved)."""
    seed: int = 0
    threads: int = 1
    bound_proof: BoundProof | None = None
    """None when there is no bound."""
    certificates: tuple[Certificate, ...] = field(default=(), repr=False)
    tiers: dict[str, dict[str, float | None]] = field(default_factory=dict)
    """Objective, bound and gap a tier, when tiers are optimised one after the other."""
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)
    """Seconds by stage."""
    statistics: dict[str, float] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict, repr=False)
    """Where a stored result came from: scenario, inputs, catalogue, machine; empty otherwise."""
    parameters: dict[str, Any] = field(default_factory=dict, repr=False)
    """What the method was tuned by: ``engine`` for method ``city``, with every parameter of
    ``siting.EngineParams`` by part; empty for other methods."""
    certified_bound: float | None = None
    """What the judge recomputed by itself: no plan is better, whatever a solver says."""
    certified_tiers: dict[str, float] = field(default_factory=dict)
    """The same a tier."""
    tiles: tuple[TileShare, ...] = ()
    """What each tile adds to the bound of a city that was solved in tiles; empty otherwise."""

    @property
    def gap(self) -> float | None:
        """``|bound - objective| / |objective|``; 0 if both are 0, None if there is no plan."""
        return relative_gap(self.objective, self.bound)

    @property
    def certified_gap(self) -> float | None:
        """The gap by ``certified_bound``; None without a plan or without such a bound."""
        return relative_gap(self.objective, self.certified_bound)

    @property
    def headline(self) -> Headline | None:
        """The gap that a planner reads: of the first tier that is left open, relative and in
        people; None without a plan."""
        return headline(self)

    @property
    def model(self) -> str:
        """The model that was solved."""
        return self.spec.model

    @property
    def order(self) -> str:
        """``tiers`` or ``weighted``."""
        return self.spec.order

    @property
    def certificate(self) -> tuple[Certificate, ...] | None:
        """What ``siting.verify`` needs to check the bound without any solver; None when none."""
        return self.certificates or None

    @property
    def options(self) -> NDArray[np.int64] | None:
        """Positions of the chosen options, ascending; None without a plan."""
        return None if self.plan is None else self.plan.options

    @property
    def chosen(self) -> NDArray[np.int64] | None:
        """Positions of the opened sites, ascending, each once; None without a plan."""
        return None if self.plan is None else np.unique(self.plan.sites)

    @property
    def coverage(self) -> Coverage:
        """Of the plan; empty without one."""
        return {} if self.plan is None else self.plan.coverage

    def _repr_html_(self) -> str:
        from siting.result.notebook import of_result

        return of_result(self)

    def map(
        self,
        problem: Problem,
        scenario: Scenario | None = None,
        *,
        lang: Literal["zh", "en"] = "en",
        height_px: int = 640,
    ) -> PageFrame:
        """The report's page in a notebook: offline, in a frame without rights.

        Args:
            problem: what was solved.
            scenario: names, sources and streets; None for a problem without a scenario.
            lang: of the page.
            height_px: of the frame.
        """
        from siting.report.notebook_page import framed

        return framed(self, problem, scenario, lang, height_px)

    @classmethod
    def load(cls, path: str | Path) -> Result:
        """Read a result folder (or its result.json). Raises InputError on what is none."""
        from siting.result.stored import read

        return read(path)


def opened(table: pd.DataFrame) -> dict[str, int]:
    """How many ``outlets`` the rows of a plan open; ``kept`` for good, ``improved`` (enlarged or
    upgraded), and ``stops`` with ``vehicles``, where any are."""
    return count_actions(Action(action) for action in table["action"][table["until"].isna()])


def counts(plans: Sequence[Plan | None]) -> list[dict[str, int | None]]:
    """``outlets`` and ``sites`` of each plan, None without one; ``stops`` and ``vehicles`` where
    one of the plans has any."""
    mobile = any(plan is not None and plan.mobile for plan in plans)
    told: list[dict[str, int | None]] = []
    for plan in plans:
        if plan is None:
            told.append(dict.fromkeys(("outlets", "sites", *("stops", "vehicles") * mobile)))
            continue
        row: dict[str, int | None] = {
            "outlets": len(plan.fixed),
            "sites": int(plan.fixed["site"].nunique()),
        }
        if mobile:
            row |= {"stops": 0, "vehicles": 0, **plan.mobile}
        told.append(row)
    return told


def plan_table(columns: Mapping[str, Sequence[Any] | NDArray[Any]]) -> pd.DataFrame:
    """The columns of a plan as a table: ids stay text with None where there is none."""
    import pandas as pd

    kinds = dict.fromkeys(PLAN_COLUMNS, object) | {
        "cost": np.int64,
        "area_m2": np.int64,
        "newly_covered": np.float64,
    }
    return pd.DataFrame(
        {name: pd.Series(columns[name], dtype=kind) for name, kind in kinds.items()}
    )
