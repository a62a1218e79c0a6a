"""The page's own counting tells what WhatIf tells: one law, two programs, a third that judges."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import siting
from siting.problem import Objective, Problem
from siting.report.desk import laid_out
from siting.report.html import TEMPLATES
from siting.whatif import WhatIf
from siting.whatif.arrays import arrays_of
from tests.tools.depth import examples
from tests.tools.plans import some_plan
from tests.tools.problems import problems

quickjs = pytest.importorskip("quickjs")

MODELS = (
    Objective("max_cover", "tiers"),
    Objective("backup_cover", "weighted", times=2),
    Objective("set_cover", "weighted"),
    Objective("partial_cover", "weighted", share=Fraction(2, 3)),
    Objective("p_median", "weighted"),
    Objective("max_cover", "weighted", p=2),
)
SEEDS = st.integers(0, 2**32 - 1)
TELL = """
const plain = (value) => typeof value === "bigint" ? String(value) : value;
const tell = () => JSON.stringify({
  exact: desk.exact(), covered: [...desk.covered], cost: desk.cost, opening: desk.openingCosts,
  area: [...desk.area], options: desk.chosen(), violations: desk.violations(),
  gains: [...Array(desk.options).keys()].map((o) => desk.gain(o)),
  losses: [...Array(desk.options).keys()].map((o) => desk.loss(o)),
  prices: [...Array(desk.options).keys()].map((o) => desk.price(o)),
  blocks: [...Array(desk.options).keys()].map((o) => desk.open[o] ? [] : desk.blocks(o)),
}, (_, value) => plain(value));
const toggle = (o) => { desk.open[o] ? desk.put([], [o]) : desk.put([o], []); return tell(); };
"""


class Page:
    """The page's what-if in an engine of its own, without a page."""

    def __init__(self, problem: Problem, plan: NDArray[np.int64]):
        packed = arrays_of(problem, plan)
        assert packed is not None
        layout, raw = laid_out(packed.arrays)
        self.context = quickjs.Context()
        self.context.eval((TEMPLATES / "what_if.js").read_text(encoding="utf-8"))
        self.context.eval(
            f"const buffer = new Uint8Array({list(raw)}).buffer;"
            f"const desk = new WhatIf({json.dumps(packed.head)},"
            f" arraysOf({json.dumps(layout)}, buffer));{TELL}"
        )

    def tell(self, call: str = "tell()") -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.context.eval(call))
        return told


def agree(told: dict[str, Any], desk: WhatIf) -> None:
    """Every figure of the page against WhatIf's."""
    problem, names = desk.problem, desk.problem.labels
    exact = None if told["exact"] is None else Fraction(*map(int, told["exact"]))
    assert exact == desk.exact
    if "coverage" in desk.live:
        assert told["covered"] == desk.people().tolist()
    assert (told["cost"], told["opening"]) == (desk.cost, desk.opening_costs)
    assert told["area"] == desk.floor.tolist()
    assert told["options"] == desk.options.tolist()
    assert [int(gain) for gain in told["gains"]] == desk.gains().tolist()
    assert [int(loss) for loss in told["losses"]] == desk.losses().tolist()
    assert told["prices"] == desk._rows.price().tolist()

    def key(row: Any) -> tuple[Any, ...]:
        if isinstance(row, dict):
            kind, rule, label = row["kind"], row.get("rule", ""), row.get("label", "")
            if kind == "floor":
                rule, label = problem.site_id(row["site"]), ""
            if kind == "one_size":
                rule, label = names.formats[row["format"]], problem.site_id(row["site"])
            if kind == "apart":
                label = problem.site_id(row["site"])
            figures = (row["limit"], row["used"], row["short"], row.get("asked"))
        else:
            kind, rule, label = row.kind, row.rule, row.label
            figures = (row.limit, row.used, row.short, getattr(row, "asked", None))
        exact = [None if value is None else round(float(value), 9) for value in figures]
        return (kind, rule, label, *exact)

    assert sorted(map(key, told["violations"]), key=str) == sorted(
        map(key, desk.violations), key=str
    )
    for option, blocks in enumerate(told["blocks"]):
        if not desk._chosen[option]:
            expected = sorted(map(key, desk.blocks_at(option)), key=str)
            assert sorted(map(key, blocks), key=str) == expected


@examples(15)
@given(problems(), st.sampled_from(MODELS), SEEDS)
def test_the_page_counts_as_what_if_does(problem: Problem, spec: Objective, seed: int) -> None:
    """After any steps on any rules: objective, people, money, floor, gains, losses, prices, what
    blocks and what is broken are WhatIf's, which the judge's are."""
    problem, rng = problem.under(spec), np.random.default_rng(seed)
    plan = some_plan(problem, seed)
    desk, page = WhatIf(problem, plan), Page(problem, plan)
    agree(page.tell(), desk)
    for _ in range(4 if problem.n_options else 0):
        option = int(rng.integers(problem.n_options))
        desk.toggle(option)
        agree(page.tell(f"toggle({option})"), desk)


@pytest.mark.parametrize("name", ["chang-an", "chang-an-plan"])
def test_on_real_scenarios_too(name: str) -> None:
    """Twelve random steps on a district of two phases, walls, vans and every kind of rule."""
    problem = siting.load(f"scenarios/{name}").problem()
    rng = np.random.default_rng(1)
    desk, page = WhatIf(problem), Page(problem, problem.kept_today)
    for option in rng.choice(problem.n_options, 12).tolist():
        desk.toggle(option)
        page.context.eval(
            f"desk.open[{option}] ? desk.put([], [{option}]) : desk.put([{option}], [])"
        )
    agree(page.tell(), desk)
