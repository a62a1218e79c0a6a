"""Scenarios without a plan: why, and what frees one, tried for real: ``python -m
tests.tools.no_plans``.

Writes the table between the markers of docs/no-plan.md; tests/analysis/infeasible/test_freed.py
solves every case, takes the way out that the program named, with its number, and solves again.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from siting.cli import main
from tests.tools.town import SCENARIO, write_town

PAGE = Path(__file__).parents[2] / "docs" / "no-plan.md"
BLOCK = re.compile(
    r"(<!-- no plans: python -m tests.tools.no_plans -->\n)(.*?)(<!-- /no plans -->)", re.DOTALL
)
INFEASIBLE = 3
PLENTY = "budget=9000000"
MANY = "rules.max_outlets={total: 99}"
MINUTES = SCENARIO.replace("metres: 400", "minutes: 2")
"""The town with day care within two minutes instead of 400 m."""


@dataclass(frozen=True)
class NoPlan:
    """One scenario that cannot be met."""

    what: str
    changes: list[str]
    """To the town of tests/tools/town.py, as --set takes them."""
    rules: set[str]
    """Names of the rules that conflict."""
    way: str
    """Pattern of the way out that is taken, with one group: its number, where it has one."""
    frees: Callable[[str], list[str]]
    """That way out as further changes, from its number."""
    scenario: str = field(default=SCENARIO, repr=False)


def _care_and_shop(*more: str) -> list[str]:
    both = "rules.require=[{site: '001', format: shop}, {site: '001', format: care}]"
    return [both, *more]


CASES = (
    NoPlan(
        "a required centre dearer than the budget",
        ["rules.require=[{site: '001', format: care}]", "budget=20000"],
        {"Must open · 001 · care", "Total budget"},
        r"Total budget: ([\d,]+) instead",
        lambda n: [f"budget={n}"],
    ),
    NoPlan(
        "two formats in a room for one",
        ["rules.require=[{site: '000', format: shop}, {site: '000', format: care}]"],
        {"Must open · 000 · shop", "Must open · 000 · care", "floor space of the premises"},
        r"floor space of the premises: (\d+) m2 more floor, at 000",
        lambda n: [f"premises.area_m2={60 + int(n)}"],
    ),
    NoPlan(
        "a new community's floor short of its tenth",
        ["rules.floor_share=[{district: west, gross_m2: 20000, new: true}]", PLENTY, MANY],
        {"Share of commercial floor · west"},
        r"Share of commercial floor · west: ([\d,]+) m2 instead",
        lambda n: [f"rules.floor_share=[{{district: west, gross_m2: {10 * int(n)}, new: true}}]"],
    ),
    NoPlan(
        "day care for more people than two minutes reach",
        ["rules.min_coverage=[{format: care, share: 1.0}]", PLENTY, MANY],
        {"Least coverage · care · 60 and over"},
        r"Least coverage · care · 60 and over: a standard of (\d+) minutes instead of 2",
        lambda n: [f"formats.change.care.minutes={n}"],
        MINUTES,
    ),
    NoPlan(
        "a share that money cannot buy",
        ["rules.min_coverage=[{format: care, share: 0.9}]", "budget=42000"],
        {"Least coverage · care · 60 and over", "Total budget"},
        r"Least coverage · care · 60 and over: a share of ([\d.]+)% instead",
        lambda n: [f"rules.min_coverage=[{{format: care, share: {float(n) / 100:.3f}}}]"],
    ),
    NoPlan(
        "more required sites than outlets allowed",
        ["rules.require=[{site: '000'}, {site: '001'}]", "rules.max_outlets={total: 1}"],
        {"Must open · 000", "Must open · 001", "Number of outlets"},
        r"Number of outlets: (\d+) instead",
        lambda n: [f"rules.max_outlets={{total: {n}}}"],
    ),
    NoPlan(
        "a site required and forbidden",
        [
            "rules.require=[{site: '002', name: the mayor's word}]",
            "rules.forbid=[{site: '002', name: an unsafe house}]",
        ],
        {"the mayor's word", "an unsafe house"},
        r"an unsafe house: give the rule up()",
        lambda n: ["rules.forbid=[]"],
    ),
    NoPlan(
        "shops for four in five by 2026 with money only in 2027",
        [
            "phases=[2026, 2027]",
            "budget={per_phase: {2026: 21000, 2027: 90000}}",
            MANY,
            "rules.min_coverage=[{format: shop, share: 0.8, phase: 2026}]",
        ],
        {"Least coverage · shop · everybody", "Budget of a phase · 2026"},
        r"Budget of a phase · 2026: ([\d,]+) instead",
        lambda n: [f"budget={{per_phase: {{2026: {n}, 2027: 90000}}}}"],
    ),
    NoPlan(
        "two required outlets that must stand apart",
        _care_and_shop("rules.apart=[{formats: [shop, care], metres: 50}]"),
        {"Must open · 001 · shop", "Must open · 001 · care", "Apart · shop, care"},
        r"Apart · shop, care: give the rule up()",
        lambda n: ["rules.apart=[]"],
    ),
    NoPlan(
        "a companion that is not allowed",
        [
            "rules.require=[{site: '001', format: care}]",
            "rules.together=[{formats: [care, shop]}]",
            "rules.max_outlets={per_format: {shop: 0}}",
        ],
        {"Must open · 001 · care", "Only together with · care, shop", "Outlets of a format · shop"},
        r"Outlets of a format · shop: (\d+) instead",
        lambda n: [f"rules.max_outlets={{per_format: {{shop: {n}}}}}"],
    ),
    NoPlan(
        "one shop too many under one roof",
        _care_and_shop("rules.max_formats_per_site=1"),
        {"Must open · 001 · shop", "Must open · 001 · care", "Formats per premises"},
        r"Formats per premises: (\d+) instead",
        lambda n: [f"rules.max_formats_per_site={n}"],
    ),
    NoPlan(
        "centres too small for those who need them",
        [
            "rules.respect_capacity=true",
            PLENTY,
            MANY,
            "rules.min_coverage=[{format: care, share: 0.8}]",
            "formats.change.care.sizes=[{name: only, area_m2: 60, cost: 30000, capacity: 20}]",
        ],
        {"Least coverage · care · 60 and over", "serving people within the outlets' capacity"},
        r"serving people within the outlets' capacity: give the rule up()",
        lambda n: ["rules.respect_capacity=false"],
    ),
)


@dataclass(frozen=True)
class Told:
    """What the program says of a scenario."""

    code: int
    conflict: list[str]
    """Rules, as named on standard output."""
    ways: list[str]


def solve(case: NoPlan, folder: Path, more: list[str]) -> Told:
    """Run ``siting solve`` on the case with further changes."""
    scenario = write_town(folder, case.scenario)
    arguments = ["solve", str(scenario), "--out", str(folder / "out"), "--force", "--threads", "1"]
    for change in (*case.changes, *more):
        arguments += ["--set", change]
    said = StringIO()
    with redirect_stdout(said):
        code = main(arguments)
    lines = said.getvalue().splitlines()
    heads = [k for k, line in enumerate(lines) if line.endswith(":") and not line.startswith(" ")]
    lists = {
        lines[k]: [x[4:] for x in lines[k + 1 : end] if x.startswith("  - ")]
        for k, end in zip(heads, [*heads[1:], len(lines)], strict=True)
    }
    conflict = [x for head, part in lists.items() if head.startswith("Th") for x in part]
    ways = [x for head, part in lists.items() if head.startswith("What frees") for x in part]
    return Told(code, conflict, ways)


def way_out(case: NoPlan, told: Told) -> tuple[str, list[str]]:
    """The way out that the case takes, as told, and as changes to the scenario."""
    for line in told.ways:
        found = re.match(case.way, line)
        if found:
            return line, case.frees(found[1].replace(",", ""))
    raise AssertionError(f"no way out like {case.way!r} was named; got {told.ways}")


def table() -> str:
    """Every case solved, in Markdown."""
    rows = [
        "| What was asked | Rules that conflict | One way out, as named | Then |",
        "| --- | --- | --- | --- |",
    ]
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            told = solve(case, Path(folder), [])
            line, changes = way_out(case, told)
            again = solve(case, Path(folder), changes)
        rules = "<br>".join(told.conflict)
        then = "a plan" if again.code == 0 else f"exit code {again.code}"
        rows.append(f"| {case.what} | {rules} | {line} | {then} |")
    return "\n".join(rows) + "\n"


def write() -> None:
    """Bring the page up to date."""
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(BLOCK.sub(lambda m: m[1] + table() + m[3], text), encoding="utf-8")


if __name__ == "__main__":
    write()
