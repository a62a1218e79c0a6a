"""The best plan of a run on disk: what is told is stored, what is stored can be gone on from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from siting.errors import InputError
from siting.progress import Progress
from siting.result import checkpoint
from siting.result.checkpoint import MOST_SECONDS, Checkpoint, differing_inputs, place_of, read
from siting.scenario import load
from siting.solving import solve
from siting.solving.warm_start import from_table
from siting.verification.evaluation import evaluate
from tests.tools.town import write_town


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Kept:
    """A checkpoint of Smallville's problem with a clock and ears."""

    def __init__(self, folder: Path, minimised: bool = False):
        self.problem = load(write_town(folder / "town")).problem()
        self.folder, self.clock = place_of(folder / "out"), Clock()
        self.heard: list[Progress] = []
        self.warned: list[str] = []
        self.keeper = Checkpoint(
            self.folder,
            self.problem,
            {"inputs": {"a": "1"}},
            self.heard.append,
            self.warned.append,
            minimised,
            self.clock,
        )

    def tell(self, objective: float, option: int | None, **more: Any) -> Progress:
        """News of a plan of one option; what the listener hears of them."""
        plan = None if option is None else lambda: np.array([option])
        self.keeper(Progress(self.clock.now, "search", objective, 100.0, plan=plan, **more))
        return self.heard[-1]

    @property
    def stored(self) -> tuple[float | None, list[int]]:
        """Objective and options of what is on disk."""
        left = read(self.folder)
        assert left is not None
        options, lost = from_table(self.problem, pd.DataFrame(list(left.rows)))
        assert lost == ()
        return left.objective, options.tolist()


def test_the_first_plan_is_stored_before_it_is_told(tmp_path: Path) -> None:
    """Whoever hears of a plan finds it on disk, with its bound, by ids."""
    kept = Kept(tmp_path)
    kept.keeper.listener = lambda news: kept.heard.append(
        replace(news, note=str(read(kept.folder) is not None))
    )
    assert kept.tell(10.0, 2).note == "True"
    assert kept.stored == (10.0, [2])
    left = read(kept.folder)
    assert left is not None and left.bound == 100.0 and left.inputs == {"a": "1"}


def test_what_is_not_stored_yet_is_not_told(tmp_path: Path) -> None:
    """A better plan right after the first waits; its figures are told once it is on disk."""
    kept = Kept(tmp_path)
    kept.tell(10.0, 2)
    kept.clock.now = 0.5
    heard = kept.tell(20.0, 3)
    assert (heard.objective, heard.gap) == (10.0, 9.0)
    assert kept.stored == (10.0, [2])
    kept.clock.now = MOST_SECONDS
    assert kept.tell(20.0, None).objective == 20.0
    assert kept.stored == (20.0, [3])


def test_the_last_word_is_stored_at_once(tmp_path: Path) -> None:
    """While a plan is verified, which takes a while on a large city, it is on disk."""
    kept = Kept(tmp_path)
    kept.tell(10.0, 2)
    kept.keeper(Progress(0.1, "verify", 30.0, 100.0, plan=lambda: np.array([4])))
    assert kept.stored == (30.0, [4])


@pytest.mark.parametrize(("minimised", "better", "worse"), [(False, 20.0, 5.0), (True, 5.0, 20.0)])
def test_a_worse_plan_never_takes_the_place(
    tmp_path: Path, minimised: bool, better: float, worse: float
) -> None:
    """By the model's own sense."""
    kept = Kept(tmp_path, minimised)
    kept.tell(10.0, 2)
    kept.clock.now = 100.0
    kept.tell(worse, 3)
    assert kept.stored == (10.0, [2])
    kept.tell(better, 4)
    assert kept.stored == (better, [4])


def test_tiers_come_one_after_the_other(tmp_path: Path) -> None:
    """A plan of a later tier keeps the earlier ones, so it takes the place whatever its figure;
    one that only equals an earlier tier does not take it back."""
    kept = Kept(tmp_path)
    kept.tell(10.0, 2, tier="basic")
    kept.clock.now = 100.0
    kept.tell(3.0, 3, tier="quality")
    assert kept.stored == (3.0, [3])
    kept.clock.now = 200.0
    kept.tell(10.0, 4, tier="basic")
    assert kept.stored == (3.0, [3])
    kept.tell(11.0, 5, tier="basic")
    assert kept.stored == (11.0, [5])
    kept.clock.now = 300.0
    kept.tell(1.0, 6, tier="quality")
    assert kept.stored == (1.0, [6])


def test_a_full_disk_ends_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told once, the news go on, and a disk with room again is used."""
    kept = Kept(tmp_path)

    def full(path: Path) -> Any:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(checkpoint, "complete_file", full)
        kept.tell(10.0, 2)
        kept.clock.now = 100.0
        assert kept.tell(20.0, 3).objective == 20.0
    assert len(kept.warned) == 1 and "No space left" in kept.warned[0]
    kept.clock.now = 200.0
    kept.tell(30.0, 4)
    assert kept.stored == (30.0, [4])


def test_a_plan_that_does_not_stand_is_not_stored(tmp_path: Path) -> None:
    """A solver's word within its tolerance is read exactly first."""
    kept = Kept(tmp_path)
    kept.keeper(Progress(0.0, "solve", 10.0, plan=lambda: None))
    assert read(kept.folder) is None


def test_what_is_no_plan_is_told(tmp_path: Path) -> None:
    """A damaged file is bad input, none is none."""
    assert read(tmp_path) is None
    (tmp_path / checkpoint.FILE).write_text("{}")
    with pytest.raises(InputError, match="must be the plan of a run"):
        read(tmp_path)


def test_other_inputs_are_named() -> None:
    """Changed, new and gone."""
    assert differing_inputs({"a": "1", "b": "2"}, {"a": "1", "b": "3", "c": "4"}) == ["b", "c"]


@pytest.mark.parametrize("method", ["auto", "city", "greedy", "highs", "cpsat"])
def test_every_method_gives_its_plans(tmp_path: Path, method: str) -> None:
    """Before the result there is a plan on disk that keeps all rules."""
    kept = Kept(tmp_path)
    result = solve(kept.problem, method=method, threads=1, listener=kept.keeper)
    assert result.plan is not None
    _, options = kept.stored
    assert options == result.plan.options.tolist()


@pytest.mark.slow
@pytest.mark.parametrize("method", ["auto", "scip", "pulp", "benders"])
def test_a_resumed_run_is_no_worse_than_what_was_told(tmp_path: Path, method: str) -> None:
    """Tier by tier: at each moment at which a run may be killed, the plan on disk is worth what was
    last told, and a run that begins with it ends no worse, however little time it has."""
    kept = Kept(tmp_path)
    problem = kept.problem
    moments: list[tuple[float, str | None, list[int]]] = []

    def hear(news: Progress) -> None:
        if news.objective is not None:
            objective, stored = kept.stored
            moments.append((news.objective, news.tier, stored))
            assert objective is not None and objective >= news.objective * (1 - 1e-9)

    kept.keeper.listener = hear
    first = solve(problem, method=method, threads=1, listener=kept.keeper)
    assert moments and first.objective is not None

    def worth(options: Any) -> list[Any]:
        found = evaluate(problem, options, first.spec)
        assert found.feasible
        return list(found.tiers.values()) or [found.exact]

    least = min((stored for _, _, stored in moments), key=worth)
    again = solve(problem, method=method, threads=1, start=np.array(least), time_limit=1.0)
    assert again.options is not None and worth(again.options) >= worth(least)


@pytest.mark.parametrize("model", ["p_median", "p_center", "set_cover", "capacitated_cover"])
def test_every_model_gives_its_plans(tmp_path: Path, model: str) -> None:
    """News of the search bring plans, not only the last word."""
    kept = Kept(tmp_path)
    plans: list[Progress] = []

    def hear(news: Progress) -> None:
        if news.plan is not None and news.stage != "verify":
            plans.append(news)

    problem = kept.problem if model == "capacitated_cover" else _one_format()
    result = solve(problem, model=model, threads=1, listener=hear)
    assert result.plan is not None
    assert plans and plans[-1].plan is not None and plans[-1].plan() is not None


def _one_format() -> Any:
    from siting.problem import Problem

    rng = np.random.default_rng(1)
    points, sites = rng.uniform(0, 1000, (40, 2)), rng.uniform(0, 1000, (10, 2))
    return Problem.from_points(points, sites, radius=2000).replace(p=3)
