"""The best plan of a run, on disk while the run goes on.

A listener between a run and whoever is told: the first plan is stored before it is told, better
ones at most every second and at least every ten, and until a plan is stored its figures are not
told. So whatever ends the run, the plan of the last figures told is there: in ``OUT.partial``
beside the result's own place, by ids, as plain JSON. The run that is begun with it
(``siting solve --resume``) ends no worse.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.complete_files import complete_file, make_folder
from siting.errors import Fault, InputError
from siting.notice import Notice
from siting.problem import ACTIONS, TIERS, Problem
from siting.progress import Listener, Progress, relative_gap

FILE = "incumbent.json"
LEAST_SECONDS, MOST_SECONDS = 1.0, 10.0
"""Between two plans that are stored while they become better."""
LAST = "verify"
"""The stage of a method's last word."""
COST = 20.0
"""So many times as long as it takes to store a plan nothing is stored: a twentieth of the time."""


def place_of(out: Path) -> Path:
    """Where a run that will write the folder ``out`` keeps its best plan meanwhile."""
    return out.with_name(f"{out.name}.partial")


@dataclass(frozen=True)
class Incumbent:
    """A stored plan of a run that has not ended."""

    objective: float | None
    bound: float | None
    tier: str | None
    """Of which the figures are, where tiers are served one after the other."""
    seconds: float
    """Of the run when the plan was stored."""
    inputs: Mapping[str, str]
    """sha256 by path, as in result.json."""
    rows: tuple[dict[str, Any], ...]
    """``site``, ``format``, ``size``, ``action`` and ``phase`` of each chosen option."""


def read(folder: Path) -> Incumbent | None:
    """The plan that a run left; None where there is none.

    Raises:
        InputError: the file is not one that a run has written.
    """
    file = folder / FILE
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        rows = tuple({**row} for row in told["plan"])
        return Incumbent(
            told["objective"], told["bound"], told["tier"], told["seconds"], told["inputs"], rows
        )
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        what, hint = Notice("fault.unended_plan"), Notice("fault.remove_folder")
        raise InputError(Fault(str(file), what, str(error), hint=hint)) from error


@dataclass
class Checkpoint:
    """A listener that keeps the best plan; ``listener`` hears what is safe.

    A disk that takes nothing ends no run: that is told, and all is told as it comes.
    """

    folder: Path
    problem: Problem
    about: Mapping[str, Any]
    """What the run is of, stored with the plan."""
    listener: Listener
    warn: Callable[[str], None]
    """Told once when the disk takes nothing."""
    minimised: bool = False
    clock: Callable[[], float] = monotonic
    _reached: dict[str | None, float] = field(default_factory=dict)
    """What the stored plan reaches, by tier; None = the whole."""
    _waiting: Progress | None = None
    _stored_at: float = -np.inf
    _pause: float = 0.0
    _failed: bool = False

    def __call__(self, news: Progress) -> None:
        """Store what is better and due, and hand the news on with the figures of what is stored."""
        if news.plan is not None and self._is_better(news):
            self._waiting = news
        waiting = self._waiting
        if waiting is not None and (not self._reached or self._due(news)):
            self._waiting = None
            self._store(replace(waiting, bound=news.bound))
        self.listener(news if self._failed else self._safe(news))

    def forget(self) -> None:
        """The result is there: nothing to resume."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _due(self, news: Progress) -> bool:
        return news.stage == LAST or self.clock() - self._stored_at >= self._pause

    def _is_better(self, news: Progress) -> bool:
        """Than the plan that waits, or the stored one. A plan of a later tier keeps what the
        earlier ones reached."""
        if news.objective is None:  # a method that tells no figure until the judge has
            return not self._reached or news.stage == LAST
        known = dict(self._reached)
        if self._waiting is not None and self._waiting.objective is not None:
            known[self._waiting.tier] = self._waiting.objective
        before = known.get(news.tier)
        if before is None:
            return True
        return news.objective < before if self.minimised else news.objective > before

    def _store(self, news: Progress) -> None:
        assert news.plan is not None
        begun = self.clock()
        options = news.plan()
        if options is None:
            return
        record = {
            **self.about,
            "objective": _finite(news.objective),
            "bound": _finite(news.bound),
            "gap": _finite(relative_gap(news.objective, news.bound)),
            "tier": news.tier,
            "stage": news.stage,
            "seconds": news.seconds,
            "plan": rows_of(self.problem, options),
        }
        try:
            make_folder(self.folder)
            with complete_file(self.folder / FILE) as fresh:
                fresh.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
        except (OSError, InputError) as error:
            if not self._failed:
                fault = getattr(error, "strerror", None) or str(error)
                self.warn(Notice("checkpoint.failed", path=str(self.folder), fault=fault))
            self._failed = True
            return
        self._failed = False
        self._keep_in_mind(news)
        self._stored_at = self.clock()
        took = self._stored_at - begun
        self._pause = min(max(LEAST_SECONDS, COST * took), MOST_SECONDS)

    def _keep_in_mind(self, news: Progress) -> None:
        """What the stored plan reaches; of later tiers than the news are of nothing is known."""
        if news.tier is not None:
            later = TIERS[TIERS.index(news.tier) + 1 :]
            for tier in later:
                self._reached.pop(tier, None)
        self._reached[news.tier] = np.nan if news.objective is None else news.objective

    def _safe(self, news: Progress) -> Progress:
        """The news with no better figure than the stored plan has."""
        stored = self._reached.get(news.tier)
        if news.objective is None or self._waiting is None:
            return news
        objective = None if stored is None or np.isnan(stored) else stored
        return replace(news, objective=objective, gap=relative_gap(objective, news.bound))


def rows_of(problem: Problem, options: NDArray[np.int64]) -> list[dict[str, str]]:
    """Chosen options by their ids, as a plan's table names them."""
    o, names = problem.options, problem.labels
    return [
        {
            "site": problem.site_id(o.site[at]),
            "format": names.formats[o.format[at]],
            "size": names.sizes[o.size[at]],
            "action": str(ACTIONS[o.action[at]]),
            "phase": names.phases[o.phase[at]] if len(names.phases) else "",
        }
        for at in options
    ]


def differing_inputs(before: Mapping[str, str], now: Mapping[str, str]) -> Sequence[str]:
    """Paths of inputs that are not the same files as then."""
    return [path for path in sorted({*before, *now}) if before.get(path) != now.get(path)]


def _finite(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)
