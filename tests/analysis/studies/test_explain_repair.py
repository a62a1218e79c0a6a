"""The plan on the other side is a repair of the stored one, and called best only when proven."""

from __future__ import annotations

import numpy as np
import pytest

import siting
from siting.analysis.studies.explain import REPAIRS, Explained, explain_site
from siting.analysis.study import Study, value
from siting.problem import Problem
from siting.problem.rules import forbid
from siting.result import Result
from tests.tools.town import write_town


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Problem, Result]:
    """Smallville and its plan."""
    problem = siting.load(write_town(tmp_path_factory.mktemp("town"))).problem()
    return problem, siting.solve(problem, method="highs", threads=1)


def explained(problem: Problem, result: Result, site: str) -> Explained:
    """A site of the plan, dropped."""
    return explain_site(problem, result, site, study=Study("highs", 60, threads=1))


def test_a_plan_without_an_outlet_is_as_good_as_any_and_changes_little(
    solved: tuple[Problem, Result],
) -> None:
    """What is found without restriction is no better than the repair, or takes its place; what is
    proven holds of every plan on the other side."""
    problem, result = solved
    assert result.options is not None
    for site in sorted({problem.site_id(int(s)) for s in result.plan.sites}):  # type: ignore[union-attr]
        found = explained(problem, result, site)
        other = found.other
        assert other.options is not None
        forbidden = np.array([problem.site_id(int(s)) == site for s in problem.options.site])
        assert not forbidden[other.options].any()
        free = siting.solve(
            problem.replace(rules=(*problem.rules, forbid(problem, "without", forbidden))),
            method="highs",
            threads=1,
        )
        assert value(free) == value(other)
        assert found.at_least == pytest.approx(
            (result.tiers["basic"]["objective"] or 0.0) - (free.tiers["basic"]["bound"] or 0.0)
        )
        gone = set(result.options.tolist()) - set(other.options.tolist())
        assert len(gone) <= len(found.outlets) + REPAIRS
