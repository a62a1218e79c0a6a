"""EngineParams: what the large-city method can be tuned by, with ranges, units and reasons.

A caller gives them as ``siting.solve(problem, method="city", options=EngineParams(...))`` or as a
mapping of the same shape, ``options={"bound": {"time_share": 0.5}}``; the result tells which were
used. No parameter can make a bound or a plan wrong: both are recomputed by verification.

The defaults are what was measured (README.md of this folder). Numbers inside compiled kernels
(shares of proposals, say) are constants beside the kernels: as arguments they would cost time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from math import inf, isfinite
from numbers import Integral, Real
from typing import Any, ClassVar, Self, cast

from siting.errors import ArgumentError, nearest
from siting.notice import Notice


def _whole(default: int, low: int, high: float = inf) -> int:
    """A whole number in low..high."""
    return field(default=default, metadata={"whole": True, "low": low, "high": high})


def _real(default: float, low: float, high: float = inf) -> float:
    """A finite number in low..high."""
    return field(default=default, metadata={"whole": False, "low": low, "high": high})


def _share(default: float) -> float:
    """A number in 0..1."""
    return _real(default, 0.0, 1.0)


@dataclass(frozen=True)
class Part:
    """A group of parameters: numbers with a range, and parts of their own."""

    NAME: ClassVar[str] = ""
    """Where it stands in ``EngineParams``, for messages."""

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if each.default_factory is not MISSING:
                wanted = cast(type, each.default_factory)
                if not isinstance(value, wanted):
                    path = self._path(each.name)
                    raise ArgumentError(
                        Notice("engine.part", path=path, wanted=wanted.__name__, value=value)
                    )
                continue
            number = _number(self._path(each.name), value, **each.metadata)
            object.__setattr__(self, each.name, number)

    @classmethod
    def _path(cls, name: str) -> str:
        return f"{cls.NAME}.{name}" if cls.NAME else name

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """From names and values, parts as mappings; what is not named keeps its default.

        Raises:
            ArgumentError: an unknown name, or a value outside its range.
        """
        known = {each.name: each for each in fields(cls)}
        values: dict[str, Any] = {}
        for name, value in given.items():
            if name not in known:
                hint, path = nearest(str(name), tuple(known)), cls._path(str(name))
                raise ArgumentError(
                    Notice("engine.unknown", path=path, known=list(known), hint=hint)
                )
            part = known[name].default_factory
            nested = part is not MISSING and isinstance(value, Mapping)
            values[name] = cast(type[Part], part).of(value) if nested else value
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Names and numbers, parts as dictionaries: what ``of`` takes."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {n: v.to_dict() if isinstance(v, Part) else v for n, v in values.items()}


def _number(path: str, value: Any, *, whole: bool, low: float, high: float) -> int | float:
    """The value as int or float, checked."""
    fits = isinstance(value, Integral if whole else Real) and not isinstance(value, bool)
    if not fits or not isfinite(value) or not low <= value <= high:
        if high == inf:
            key = "engine.whole_from" if whole else "engine.number_from"
            raise ArgumentError(Notice(key, path=path, low=low, value=value))
        key = "engine.whole_in" if whole else "engine.number_in"
        raise ArgumentError(Notice(key, path=path, low=low, high=high, value=value))
    return int(value) if whole else float(value)


@dataclass(frozen=True)
class LoopParams(Part):
    """When the iteration of a bound ends."""

    time_share: float = _share(0.35)
    """Share of a stage's time, and of a work limit, that the bound may take."""
    iterations: int = _whole(3000, 1)
    """Most iterations of a stage."""
    look: int = _whole(20, 1)
    """Iterations between two looks at the bound."""
    converged: float = _real(1e-4, 0.0, 1.0)
    """Relative duality gap of the linear relaxation at which the bound has converged."""
    stall_looks: int = _whole(15, 1)
    """Looks over which an improvement is measured."""
    stalled: float = _real(5e-5, 0.0, 1.0)
    """Relative improvement over ``stall_looks`` below which the bound has stalled."""
    rounding: float = _real(1e-6, 0.0, 0.01)
    """Relative error of single-precision sums, an upper estimate: the margin of a bound that is
    told before it is recomputed in integers."""


@dataclass(frozen=True)
class BoundParams(LoopParams):
    """The primal-dual iteration where one outlet covers whoever is near."""

    NAME: ClassVar[str] = "bound"

    step: float = _real(2.0, 0.01, 100.0)
    """ω: the dual step, without unit (people are scaled to at most 1)."""
    relax: float = _real(1.8, 0.01, 1.99)
    """Over-relaxation of the iterates; 1 = none."""
    first_restart: int = _whole(30, 1)
    """Iterations before the first restart to the average."""


@dataclass(frozen=True)
class CapacityBoundParams(LoopParams):
    """The same with capacities.

    Each iteration is dearer and its last digits come slowly, so it is called stalled earlier; a
    knapsack an outlet adds a rounding error of its own.
    """

    NAME: ClassVar[str] = "capacity.bound"

    stalled: float = _real(1e-4, 0.0, 1.0)
    rounding: float = _real(2e-6, 0.0, 0.01)
    step: float = _real(2.0, 0.01, 100.0)
    """ω: the dual step, without unit."""
    relax: float = _real(0.5, 0.01, 1.99)
    """Relaxation where capacities bind: shortened, because a knapsack answers a price at once and
    long steps make prices swing. LP gap after 400 iterations, 20k x 2k x 8 formats: 1.8 diverges,
    1.0: 4 % and rising, 0.7: 0.6 %, 0.5: 0.6 %, 0.2: 2 %."""
    relax_free: float = _real(1.8, 0.01, 1.99)
    """The same where no capacity binds."""
    blur: float = _real(0.1, 1e-6, 1.0)
    """Width of the blurred threshold at first, in shares of the dearest person; it halves with
    every restart down to ``sharpest``."""
    sharpest: float = _real(0.002, 1e-6, 1.0)
    oldest: int = _whole(60, 1)
    """Iterations after which the average takes over at the latest, and at most twice as many each
    time after."""


@dataclass(frozen=True)
class ChainParams(Part):
    """An annealing chain."""

    cold: float = _real(0.06, 1e-9, 1.0)
    """Last temperature of a descent, as a share of its first."""
    melting: int = _whole(50_000, 1)
    """Proposals at one temperature while melting."""
    melted: float = _share(0.12)
    """Share of the swaps that are accepted when melting ends."""
    slice: int = _whole(20_000, 1)
    """Proposals between two looks at the clock."""


@dataclass(frozen=True)
class RandomChainParams(ChainParams):
    """A chain of random proposals, for problems of every kind."""

    NAME: ClassVar[str] = "search.random"


@dataclass(frozen=True)
class HeatBathParams(ChainParams):
    """A chain that draws a place among all places, where one format covers."""

    NAME: ClassVar[str] = "search.heat_bath"

    cold: float = _real(0.03, 1e-9, 1.0)
    melting: int = _whole(5_000, 1)
    melted: float = _share(0.55)
    warm: float = _share(0.45)
    """The same for later descents, which begin from a plan's own temperature."""
    slice: int = _whole(4_000, 1)


@dataclass(frozen=True)
class SearchParams(Part):
    """From a first plan to the best one that the time allows."""

    NAME: ClassVar[str] = "search"

    price_share: float = _real(0.95, 0.0, 2.0)
    """Of the bound's prices that the search charges: a little below, so that money is worth
    spending."""
    hurried_share: float = _real(1.0, 0.0, 2.0)
    """The same for a large city whose search is ``hurried``: at less the money is gone at once, and
    hardly a dearer place can be tried."""
    hurried: int = _whole(500, 0)
    """Proposals for each option below which a search is, at 400,000 a second and thread."""
    least_profit: float = _real(-0.3, -1e9, 0.0)
    """Options whose reduced profit is below this share of their price are not proposed (a heuristic
    restriction: the bound and the last greedy filling know all options)."""
    shared_plan: int = _whole(1000, 1)
    """Outlets in a plan from which the threads share one plan, cut into parts; below, each thread
    has a chain of its own."""
    epochs: int = _whole(8, 0)
    """Epochs of a search that no limit ends."""
    epochs_before_finish: int = _whole(3, 0)
    """Epochs before an outside solver is asked to close what the prices leave."""
    certificate_share: float = _share(0.03)
    """Share of the search's time that is kept for the certificate."""
    epoch_proposals: int = _whole(100_000_000, 1)
    """Proposals of an epoch at most."""
    stale_descents: int = _whole(6, 1)
    """Descents without a better plan after which a chain takes the best one or, if that is its own,
    begins anew."""
    near_sites: int = _whole(24, 1)
    """Nearest sites that a swap may try."""
    merged_plans: int = _whole(6, 1)
    """Plans that a merge takes beside the best at most."""
    merged_options: int = _whole(300, 1)
    """Their options in all (San Francisco p=100: 300 take half a second, 400 ten)."""
    window_options: int = _whole(300, 1)
    """Options of a window at first; it grows while windows are easy, shrinks where they are not."""
    window_least: int = _whole(60, 1)
    window_most: int = _whole(800, 1)
    window_nodes: int = _whole(300, 1)
    """Branch-and-bound nodes that a window or a merge may take."""
    window_proposals: int = _whole(150_000, 1)
    """A window takes about as long as so many proposals: half of the time goes to either."""
    random: RandomChainParams = field(default_factory=RandomChainParams)
    heat_bath: HeatBathParams = field(default_factory=HeatBathParams)


@dataclass(frozen=True)
class PartitionParams(Part):
    """How threads share one plan of a large city, and its descent by the clock."""

    NAME: ClassVar[str] = "partition"

    directions: int = _whole(12, 1)
    """Of the lines that cut the city, in turn."""
    block_pairs: int = _whole(50_000, 1)
    """Pairs of a block of sites that is annealed at a time; a core's cache holds so many."""
    descent_share: float = _share(0.85)
    """Share of a large city's search time for its last descent; windows have the rest."""
    hurried_descent: float = _share(0.97)
    """The same of a hurried search, which gains more by proposals: at a million points 120 s of
    windows gave 0.03 %."""
    least_descent_seconds: float = _real(5.0, 0.0)
    """Seconds below which it is not begun."""
    too_warm: float = _share(0.5)
    """Share of a descent during which its plan is too warm to be better than the first."""
    rounds: int = _whole(60, 1)
    """Least number of rounds of a descent by the clock."""
    round_seconds: float = _real(3.0, 0.01)
    """Longest round; the clock is looked at after each block of its sites."""
    round_proposals: int = _whole(4_000_000, 1)
    """Proposals of a round where the clock does not say."""


@dataclass(frozen=True)
class FinishParams(Part):
    """Reduced-cost fixing, and an exact solver on what is left.

    Beyond either limit HiGHS does not prove an optimum in minutes (Manhattan p=50 with 80,000 links
    and a gap of 0.18 % takes half a minute; p=80 with 0.43 %, and San Francisco's 317,000 links,
    are never proven).
    """

    NAME: ClassVar[str] = "finish"

    small_links: int = _whole(30_000, 0)
    """So many links (pairs of the options left) are solved at once, before any search."""
    links: int = _whole(150_000, 0)
    """Most links that are tried after a first search."""
    gap: float = _real(0.0025, 0.0)
    """Largest relative gap that is tried."""
    time_share: float = _share(0.6)
    """Share of the time left that the solver may take."""


@dataclass(frozen=True)
class ParametricParams(Part):
    """Many limits of one city, one after the other."""

    NAME: ClassVar[str] = "parametric"

    gap_share: float = _share(1 / 3)
    """Of the gap asked, what the bound may leave to the relaxation; the rest is the plan's."""
    time_share: float = _share(0.5)
    """Of a limit's time, at most for its bound: more than a single solve gives it, because a bound
    counts at every other limit too."""
    first_weight: int = _whole(3, 1)
    """The first limit begins from nothing: it may take so many times the time of the others."""
    epochs_before_finish: int = _whole(3, 0)
    """Epochs before an outside solver is asked to close what the prices leave."""
    stale_epochs: int = _whole(3, 1)
    """Epochs without a better plan after which the search gives a limit up."""


@dataclass(frozen=True)
class MinimaParams(Part):
    """A first plan that serves the minimum coverages within capacity."""

    NAME: ClassVar[str] = "capacity.minima"

    time_share: float = _share(0.3)
    """Share of the time in which it is sought."""
    rounds: int = _whole(12, 1)
    """Of weighing short rows more."""
    epochs: int = _whole(3, 1)
    """Of the search in a round, at most."""
    heavier: int = _whole(4, 2)
    """How many times more a short row weighs from round to round."""


@dataclass(frozen=True)
class CapacityParams(Part):
    """Where covered means served within capacity."""

    NAME: ClassVar[str] = "capacity"

    price_share: float = _real(0.95, 0.0, 2.0)
    """Of the bound's prices that the search charges."""
    least_profit: float = _real(-0.3, -1e9, 0.0)
    """As ``search.least_profit``."""
    propose_all: int = _whole(2_000, 0)
    """Up to so many options all are proposed."""
    small_plan: int = _whole(30, 0)
    """Outlets in a plan up to which every third epoch begins hot enough to rebuild it."""
    slice: int = _whole(2_000, 1)
    """Proposals between two looks at the clock."""
    first_epoch: int = _whole(20_000, 1)
    """Proposals of the first epoch; later ones are longer."""
    epoch_proposals: int = _whole(3_000_000, 1)
    """Proposals of an epoch at most."""
    shared_plan: int = _whole(1_000, 1)
    """Outlets in a plan from which the threads share one plan, cut along the curve of the sites."""
    good_proposals: int = _whole(20, 1)
    """Proposals an option of such a plan's first epochs; up to sixteen times as many later."""
    warm: float = _real(0.03, 0.0)
    """First temperature of its first epochs, of what an outlet wins on average."""
    cooler: float = _share(0.7)
    """The next epoch's, after one that gained little, as a share of it."""
    coolest: float = _real(0.005, 0.0)
    """The least of these temperatures."""
    block_sites: int = _whole(400, 1)
    """Sites that are cooled one after the other: what they need stays in a core's cache."""
    path_facilities: int = _whole(20_000, 1)
    """Facilities that one augmenting path may look at."""
    settle_share: float = _share(0.03)
    """Share of the search's time that its last settling may take."""
    cheaper_share: float = _share(0.5)
    """Share of what is left of a proven tier's time in which the same is sought for less money."""
    cheap_proposals: int = _whole(200_000, 1)
    """Proposals at each price while only money is to be saved."""
    cheap_patience: int = _whole(3, 1)
    """Rounds of prices without success that end it."""
    bound: CapacityBoundParams = field(default_factory=CapacityBoundParams)
    minima: MinimaParams = field(default_factory=MinimaParams)


@dataclass(frozen=True)
class MedianParams(Part):
    """p-median."""

    NAME: ClassVar[str] = "median"

    iterations: int = _whole(1500, 1)
    """Of the Lagrangian bound, at most."""
    shakes: int = _whole(60, 0)
    """Restarts from a shaken plan without gain, at most."""
    node_steps: int = _whole(60, 1)
    """Steps of the subgradient at a node of the tree."""


@dataclass(frozen=True)
class EngineParams(Part):
    """All parameters of method ``city``, by part.

    Args:
        bound, search, partition, finish: where one outlet covers whoever is near.
        parametric: many limits of one city (frontiers).
        capacity: where covered means served within capacity.
        median: p-median.

    Raises:
        ArgumentError: a value outside its range.
    """

    bound: BoundParams = field(default_factory=BoundParams)
    search: SearchParams = field(default_factory=SearchParams)
    partition: PartitionParams = field(default_factory=PartitionParams)
    finish: FinishParams = field(default_factory=FinishParams)
    parametric: ParametricParams = field(default_factory=ParametricParams)
    capacity: CapacityParams = field(default_factory=CapacityParams)
    median: MedianParams = field(default_factory=MedianParams)
