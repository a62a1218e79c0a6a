"""benchmarks.against: two builds in turn, told so that they can be compared."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.against import Run, compared, ending, in_turn, least, main, python_of, run


def told(seconds: float, plan: str = "p", bound: float = 9.0) -> Run:
    """One run."""
    return {
        "build": "abc",
        "load_s": 1.0,
        "solve_s": seconds,
        "objective": 8.0,
        "bound": bound,
        "peak_gb": 0.5,
        "plan": plan,
    }


def test_builds_take_turns_and_the_first_run_of_each_is_not_counted() -> None:
    """What compiles is not measured, and a machine that slows down slows both."""
    order: list[str] = []

    def one(name: str) -> Run:
        order.append(name)
        return told(float(len(order)))

    ours, theirs = in_turn(lambda: one("a"), lambda: one("b"), 3)
    assert "".join(order) == "abababab"
    assert [r["solve_s"] for r in ours] == [3.0, 5.0, 7.0]
    assert [r["solve_s"] for r in theirs] == [4.0, 6.0, 8.0]


def test_ratios_are_of_the_minima_and_of_the_medians() -> None:
    """This build over the other one, in this build's row."""
    ours, theirs = [told(s) for s in (3.0, 2.0, 9.0)], [told(s) for s in (4.0, 4.0, 5.0)]
    assert least(ours) == (2.0, 3.0)
    other, mine = compared("20k", "work:9", ours, theirs)
    assert (mine[-2], mine[-1]) == ("0.500, 0.750", "yes")
    assert (other[-2], other[-1]) == ("", "")


@pytest.mark.parametrize("other", [told(2.0, plan="q"), told(2.0, bound=9.5)])
def test_another_plan_or_bound_is_told(other: Run) -> None:
    """Same seed, same plan: a build that breaks it shows."""
    assert compared("20k", "work:9", [told(2.0)], [told(2.0), other])[1][-1] == "no"


def test_one_way_to_end_is_the_only_one() -> None:
    """No time limit cuts off a solve that is to end at its work or at a gap."""
    assert ending("work:2000") == {"time_limit": None, "work_limit": 2000}
    assert ending("gap:0.01") == {"time_limit": None, "gap": 0.01}
    assert ending("time:5") == {"time_limit": 5.0}


@pytest.mark.slow
def test_a_solve_in_a_process_of_its_own(tmp_path: Path) -> None:
    """The script takes the contract's names only and tells what ``against`` compares."""
    from siting.demo import make_city

    folder = make_city(2000, 20, 2, out=tmp_path / "city")
    settings = {
        "scenario": str(folder),
        "method": "greedy",
        "threads": 1,
        "seed": 0,
        "time_limit": None,
    }
    first = run(Path(sys.executable), settings)
    assert first["status"] in ("feasible", "optimal") and first["objective"] > 0
    assert first["solve_s"] > 0 and first["load_s"] > 0 and first["peak_gb"] > 0
    assert compared("city", "work", [first], [first])[1][-1] == "yes"
    with pytest.raises(RuntimeError, match=r"no-such-method"):
        run(Path(sys.executable), settings | {"method": "no-such-method"})


def test_what_is_no_environment_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An environment or its Python; anything else ends with 2."""
    assert python_of(Path(sys.executable)) == Path(sys.executable)
    assert python_of(Path(sys.prefix)) is not None
    assert main([str(tmp_path)]) == 2
    assert "must be an environment" in capsys.readouterr().err
