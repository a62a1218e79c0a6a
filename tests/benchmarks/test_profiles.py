"""benchmarks.profiles: the shares of Dolan and More, on numbers one can check by hand."""

from __future__ import annotations

from benchmarks.profiles import shares, time_profile


def test_ratios_to_the_fastest() -> None:
    """Instance 3 is closed by nobody: no curve reaches 1."""
    curves = time_profile({"a": [1.0, 4.0, None], "b": [2.0, 2.0, None]})
    assert curves == {
        "a": [(1.0, 1 / 3), (2.0, 2 / 3)],
        "b": [(1.0, 1 / 3), (2.0, 2 / 3)],
    }


def test_a_method_that_closes_nothing_has_no_curve() -> None:
    """And does not set the best time of others."""
    assert time_profile({"a": [None], "b": [3.0]}) == {"a": [], "b": [(1.0, 1.0)]}


def test_shares_count_every_instance() -> None:
    """Instances without a value stay in the denominator."""
    assert shares([3.0, 1.0], 4) == [(1.0, 0.25), (3.0, 0.5)]
    assert shares([], 4) == []
