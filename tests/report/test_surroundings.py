"""What lies around the streets on a page's map, and what a page's desk is told."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import shapely

import siting
from siting.report.desk import desk_data, frontier_beside
from siting.report.folder import write
from siting.report.page_grid import PageGrid
from siting.report.surroundings import Around, drawn_around
from siting.result import Result
from tests.service.conftest import town


def test_shapes_are_cut_to_the_frame_and_names_outside_left_out() -> None:
    """A lake that leaves the map is cut at its edge; what lies elsewhere is not drawn."""
    frame = PageGrid.around(np.array([[0.0, 0.0], [0.1, 0.1]]), True)
    lake = shapely.box(-1, 0.02, 0.05, 0.08)
    far = shapely.linestrings([(5, 5), (6, 6)])
    none = np.zeros(0, object)
    names = np.array([[0.05, 0.05], [3.0, 3.0]])
    drawn = drawn_around(
        Around(np.array([lake]), none, np.array([far]), none, ("in", "out"), names, (0, 0)), frame
    )
    x = np.frombuffer(base64.b64decode(drawn["water"]["x"]), "<u2")
    assert len(x) >= 4 and x.min() == 0
    assert drawn["rail"]["x"] == ""
    assert drawn["names"]["text"] == ["in"]


def test_a_frontier_of_other_inputs_is_not_taken(tmp_path: Path) -> None:
    """Plans of another city's files would be nonsense on this one's slider."""
    scenario = siting.load(town(tmp_path / "town"))
    problem = scenario.problem()
    folder = tmp_path / "result"
    solved = siting.solve(problem, method="greedy")
    write(solved, folder, problem=problem, scenario=scenario)
    result = Result.load(folder)
    record = siting.frontier(problem, [300, 700]).record()
    record |= {"inputs": dict(scenario.inputs), "variant": None, "set": {}}
    assert frontier_beside(folder, result, problem) is None
    (folder / "frontier").mkdir()
    file = folder / "frontier" / "frontier.json"
    file.write_text(json.dumps(record))
    assert frontier_beside(folder, result, problem) == record
    others: list[dict[str, object]] = [
        {"n_options": 3},
        {"inputs": {}},
        {"points": []},
        {"variant": "x"},
    ]
    for wrong in others:
        file.write_text(json.dumps(record | wrong))
        assert frontier_beside(folder, result, problem) is None
    file.write_text("{")
    assert frontier_beside(folder, result, problem) is None


def test_numbers_beyond_a_page_s_have_no_desk(tmp_path: Path) -> None:
    """Sums beyond 2^53 would no longer be exact: rather no what-if than a wrong one."""
    problem = siting.load(town(tmp_path / "town")).problem()
    result = siting.solve(problem, method="greedy")
    assert desk_data(problem, result) is not None
    dear = replace(problem.options, cost=problem.options.cost * 2**50)
    assert desk_data(problem.replace(options=dear), result) is None
