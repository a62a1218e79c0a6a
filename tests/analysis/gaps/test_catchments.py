"""Catchments and what new outlets take, against plain loops over people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

import siting
from siting.analysis.gaps.catchments import neighbours
from siting.problem import Problem
from siting.verification.evaluation import reported
from tests.tools.brute import walking
from tests.tools.depth import examples
from tests.tools.plans import some_plan
from tests.tools.problems import problems
from tests.tools.town import SCENARIO, write_town

SMALL = examples(40)


@SMALL
@given(problems(among={"existing", "groups", "stands_in", "fractions", "phases"}, max_options=8))
def test_everybody_goes_to_the_nearest(problem: Problem) -> None:
    """Person by person: who has an outlet moves only to a strictly nearer new one."""
    plan = some_plan(problem, 3)
    opened, standing = neighbours(problem, plan)
    stands, sites, o = walking(problem, True), walking(problem, False), problem.options
    before, lost = np.zeros(len(problem.outlets)), np.zeros(len(problem.outlets))
    within = new = taken = 0.0
    for (_, group), t in reported(problem).items():
        target = problem.targets[t]
        serving = [k for k in plan if problem.serves[problem.kind[k], t]]
        for i in range(problem.n_points):
            people = problem.persons[group, i] / problem.person_units
            near = [
                j
                for j in range(len(problem.outlets))
                if problem.outlets.format[j] in target.served_by and stands[j, i] <= target.limit
            ]
            fresh = [sites[o.site[k], i] for k in serving if sites[o.site[k], i] <= target.limit]
            within += people * len(fresh)
            if not near:
                new += people * len(fresh)
                continue
            home = min(near, key=lambda j: (stands[j, i], j))
            before[home] += people
            if fresh and min(fresh) < stands[home, i]:
                lost[home] += people
                taken += people
    assert sum(c.within for c in opened) == pytest.approx(within)
    assert sum(c.new for c in opened) == pytest.approx(new)
    assert sum(c.taken for c in opened) == pytest.approx(taken)
    names = list(problem.labels.outlets) or [str(j) for j in range(len(before))]
    told = {s.outlet: s for s in standing}
    for j, name in enumerate(names):
        assert told[name].before == pytest.approx(before[j])
        assert told[name].lost == pytest.approx(lost[j])


def test_one_street_worked_out_by_hand() -> None:
    """People at 0, 10 and 20; an outlet stands at 0 and one opens at 12, both serve within 10.
    10 had the old one at 10 and now walks 2; 20 had none."""
    problem = Problem.from_points(
        [[0, 0], [10, 0], [20, 0]], [[12, 0]], [5, 7, 3], 10, existing=[[0, 0]], distances=True
    )
    (opened,), (standing,) = neighbours(problem, np.array([0]))
    assert (opened.within, opened.new, opened.taken) == (10.0, 3.0, 7.0)
    assert (standing.before, standing.after, standing.lost) == (12.0, 5.0, 7.0)


def test_what_is_closed_leaves_its_people_to_the_nearest(tmp_path: Path) -> None:
    """Shops within 300 m at 0, 400 (may close), 600 (may close) and 1,000 m. Today p0 and p1 (a
    tie, the first that stays) go to the first, p2 to the second, p3 and p4 (800 m, nearer or as
    near) to the third and the fourth: a tie, to what stays. A plan that closes the second, keeps
    the third and opens at 420 m: the new one takes p2; p1 stays and p3 too."""
    text = SCENARIO.replace("format: kind}", "format: kind, area_m2: 9, actions: {close: gone}}")
    file = write_town(tmp_path, text)
    rows = [
        "a,500000,3780000,shop,0",
        "b,500400,3780000,shop,1",
        "c,500600,3780000,shop,1",
        "d,501000,3780000,shop,0",
    ]
    (tmp_path / "outlets.csv").write_text("\n".join(["id,x,y,kind,gone", *rows]) + "\n")
    problem = siting.load(file).problem()
    o, sites = problem.options, list(problem.labels.sites)
    keep_c = int(problem.kept_today[1])
    shop = int(np.flatnonzero((o.site == sites.index("001")) & (o.format == 0))[0])
    opened, standing = neighbours(problem, np.array(sorted([shop, keep_c])))
    told = {s.outlet: (s.before, s.after) for s in standing}
    west, p2, p3, p4_to_p6 = 100 + 110, 120, 130, 140 + 150 + 160
    assert told == {"a": (west, 100 + 110), "b": (p2, 0), "c": (p3, p3), "d": (p4_to_p6, p4_to_p6)}
    (new,) = opened
    assert (new.site, new.new, new.taken) == ("001", 0, p2)
    # Nothing opens: p1 keeps a, p2's nearest is now c.
    _, standing = neighbours(problem, np.array([keep_c]))
    told = {s.outlet: (s.before, s.after) for s in standing}
    assert told["b"] == (p2, 0) and told["c"] == (p3, p2 + p3)
    assert standing[0].outlet == "b" and standing[-1].lost == -p2
