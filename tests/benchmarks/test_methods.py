"""benchmarks.methods: peers solve the same problem, and are judged by siting."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
from hypothesis import given

from benchmarks.cases import load
from benchmarks.measure import stands
from benchmarks.methods import Budget, method
from benchmarks.plain_model import plain_cover
from benchmarks.tasks import judged
from siting.models import max_cover
from siting.problem import Objective, Problem
from siting.solvers.base import Settings, Talk
from siting.solvers.scipy import solve as by_scipy
from tests.tools.depth import examples
from tests.tools.problems import problems

RULES = {"budget", "floor", "sizes", "opening", "counts", "existing", "groups", "apart", "phases"}


@examples(25)
@given(problems(among=RULES), st.just(Objective("max_cover", "weighted")))
def test_the_unmerged_model_has_the_same_optimum(problem: Problem, spec: Objective) -> None:
    """Merging people whom the same options cover changes no optimum."""
    problem = problem.under(spec)
    plain = by_scipy(plain_cover(problem), Settings(), Talk())
    merged = by_scipy(max_cover.build(problem, spec), Settings(), Talk())
    assert plain.status == merged.status
    if merged.objective is not None and plain.objective is not None:
        assert np.isclose(plain.objective, merged.objective, rtol=1e-6, atol=1e-6)


def test_peers_agree_on_a_small_instance() -> None:
    """HiGHS alone, begun with greedy, CBC on spopt's model and the city engine: one optimum."""
    problem, _ = load("classic:60:3:8")
    found = {}
    for name in ("highs", "highs+greedy", "spopt-model", "city", "greedy"):
        claim = method(name)(problem, Budget(20.0, threads=1), lambda news: None)
        found[name] = judged(problem, claim)
        assert stands(found[name]), name
    best = {name: told["objective"] for name, told in found.items() if name != "greedy"}
    assert len(set(best.values())) == 1
    assert found["greedy"]["objective"] <= best["highs"]
    assert found["highs"]["status"] == "optimal"
    assert found["city"]["gap"] == 0
