"""benchmarks.regret, drawn and certificates: what their lines say."""

from __future__ import annotations

from typing import Any

from benchmarks import certificates, regret
from benchmarks.drawn import RULES, draw


def record(name: str, objective: float | None, gap: float | None) -> dict[str, Any]:
    """One method's record of one case."""
    return {
        "case": "c",
        "method": name,
        "setting": {"time_s": 1.0},
        "objective": objective,
        "gap": gap,
        "sense": "max",
        "violations": [],
    }


def test_a_seed_draws_the_same_instances_and_another_seed_others() -> None:
    """Every other one of one format, within the sizes that are told."""
    assert draw(6, 1) == draw(6, 1) != draw(6, 2)
    assert [name.split(":")[0] for name in draw(4, 1)] == ["outlets", "mixed"] * 2
    assert all(2_900 <= int(name.split(":")[1]) <= 5_000 for name in draw(8, 3)[::2])


def test_few_mixed_cities_span_sizes_formats_and_rules() -> None:
    """Four of them: one in each quarter of 500 to 50,000 points and of one to twenty formats; with
    and without floors, counts and shares. Those of one format can be had alone."""
    for seed in range(20):
        names = [name.split(":") for name in draw(4, seed, ("mixed",))]
        assert {name[0] for name in names} == {"mixed"}
        points, _, formats = zip(*(map(int, n[1].split("x")) for n in names), strict=True)
        sizes = [500 * 100 ** (k / 4) for k in range(5)]
        for k, (size, most) in enumerate(zip(sorted(points), sizes[1:], strict=True)):
            assert sizes[k] - 50 <= size <= most + 50
        assert [(n - 1) // 5 for n in sorted(formats)] == [0, 1, 2, 3]
        for rule in RULES:
            assert sum(rule in name[2] for name in names) == 2
    assert {name.split(":")[0] for name in draw(8, 2, ("outlets",))} == {"outlets"}
    assert draw(16, 2)[::2] == draw(8, 2, ("outlets",))


def test_regret_is_what_the_best_method_wins_more_and_proves_more() -> None:
    """A share of the best plan, points of the gap; a method without a plan does not count."""
    records = {
        "a": record("auto", 99.0, 0.02),
        "b": record("city", 100.0, 0.03),
        "c": record("highs", 90.0, 0.015),
        "d": record("scip", None, None),
    }
    row = dict(zip(regret.COLUMNS, regret.regrets("c", 1.0, records), strict=True))
    assert (row["by"], row["of"]) == ("city", "highs")
    assert (row["regret of the plan %"], row["regret of the gap, points"]) == (1.0, 0.5)
    records["a"] = record("auto", 100.0, 0.015)
    row = dict(zip(regret.COLUMNS, regret.regrets("c", 1.0, records), strict=True))
    assert (row["by"], row["of"]) == ("auto", "auto")
    assert (row["regret of the plan %"], row["regret of the gap, points"]) == (0.0, 0.0)


def test_of_tiers_the_first_ones_gap_is_told_and_the_next_ones_people() -> None:
    """Beside both, what certificates alone prove."""
    found = {
        "case": "c",
        "method": "auto",
        "setting": {"time_s": 60.0},
        "status": "feasible",
        "limit": "time",
        "objective": 150.0,
        "bound": 190.0,
        "tiers": {
            "basic": {"objective": 100.0, "bound": 101.0, "certified_bound": 102.0},
            "quality": {"objective": 50.0, "bound": 60.0, "certified_bound": 70.0},
        },
    }
    row = dict(zip(certificates.COLUMNS[4:], certificates.row(found)[4:], strict=False))
    assert row["gap %"] == 1.0
    assert certificates.row(found)[5:] == (2.0, 10, 20)
