"""Two runners on one stage: what each hears of the other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from siting.progress import Progress
from siting.solving.exchange import Exchange


def plan(*options: int) -> Callable[[], NDArray[np.int64]]:
    """A plan as news bring it."""
    return lambda: np.array(options, np.int64)


def exchange(step: float = 1.0, gap: float = 0.0) -> tuple[Exchange, list[Progress]]:
    """Of the runners ``a`` and ``b``, and what the listener heard."""
    heard: list[Progress] = []
    made = Exchange(heard.append, step, gap)
    for runner in ("a", "b"):
        made.join(runner, 0.0)
    return made, heard


def test_the_listener_hears_the_best_plan_and_the_least_bound_of_all_roads() -> None:
    """Whoever speaks: figures never become worse because the other runner is behind."""
    made, heard = exchange()
    made.hear("a", Progress(1.0, "search", 10.0, 30.0, plan=plan(1)))
    made.hear("b", Progress(2.0, "solve", 8.0, 20.0, plan=plan(2)))
    made.hear("a", Progress(3.0, "search", 10.0, 30.0))
    assert [(news.objective, news.bound, news.gap) for news in heard] == [
        (10.0, 30.0, 2.0),
        (10.0, 20.0, 1.0),
        (10.0, 20.0, 1.0),
    ]
    assert [news.plan is not None for news in heard] == [True, False, False]
    assert made.leader == "a"


def test_a_road_is_given_a_better_plan_of_another_once() -> None:
    """What it has already, or was given, it is not given again; a still better one it is."""
    made, _ = exchange()
    assert made.better("b") is None
    made.hear("a", Progress(1.0, "search", 10.0, plan=plan(3, 4)))
    assert made.better("a") is None
    assert made.better("b", 11.0) is None
    given = made.better("b")
    assert given is not None and given.tolist() == [3, 4]
    assert made.better("b") is None
    made.hear("a", Progress(2.0, "search", 12.0, plan=plan(5)))
    again = made.better("b")
    assert again is not None and again.tolist() == [5]


def test_a_figure_without_a_plan_is_no_plan() -> None:
    """A solver tells its value again and again; only what comes with a plan can be handed on."""
    made, heard = exchange()
    made.hear("a", Progress(1.0, "solve", 10.0, 30.0))
    assert made.better("b") is None
    assert heard[-1].objective is None


def test_plan_and_bound_of_two_roads_close_a_stage_together() -> None:
    """One runner's plan and the other's bound, as soon as no attainable value lies between."""
    made, _ = exchange(step=2.0)
    made.hear("a", Progress(1.0, "search", 10.0, plan=plan(1)))
    made.hear("b", Progress(1.0, "solve", bound=12.0))
    assert not made.closed
    made.hear("b", Progress(2.0, "solve", bound=11.9))
    assert made.closed


def test_a_gap_that_is_asked_is_the_gap_of_both_together() -> None:
    """It ends the stage whoever found the plan and whoever proved the bound."""
    made, _ = exchange(step=0.0, gap=0.1)
    made.hear("a", Progress(1.0, "search", 10.0, 20.0, plan=plan(1)))
    made.hear("b", Progress(1.0, "solve", 1.0, 11.1, plan=plan(2)))
    assert not made.closed
    made.hear("b", Progress(2.0, "solve", bound=11.0))
    assert made.closed


def test_who_stands_still_is_whose_plan_and_bound_do() -> None:
    """A hair is no move, nor a plan or a bound that another runner had before."""
    made, _ = exchange()
    made.hear("a", Progress(1.0, "search", 10.0, 30.0, plan=plan(1)))
    made.hear("b", Progress(4.0, "solve", 9.0, 40.0, plan=plan(2)))
    made.hear("a", Progress(5.0, "search", 10.00000001, 29.9999999, plan=plan(3)))
    assert made.still("a", 6.0) == 5.0
    assert made.still("b", 6.0) == 6.0
    assert made.bounds("a") and not made.bounds("b")
    made.hear("b", Progress(5.5, "solve", 9.5, 25.0, plan=plan(4)))
    assert made.still("b", 6.0) == 0.5
    assert made.bounds("b") and not made.bounds("a")
