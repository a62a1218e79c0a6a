"""A small town whose plan is carried out: names, addresses, phases, circles, units, commitments."""

from __future__ import annotations

from pathlib import Path

import siting
from siting.report import folder
from tests.tools.town import SCENARIO, write_town

CARRIED = (
    SCENARIO.replace("variants:\n  lean: {budget: 42000}\n", "")
    .replace("budget: 95000\n", "budget: {per_phase: {2026: 50000, 试点 2027-2028: 60000}}\n")
    .replace("metres: 300\n", "metres: 300\n      public_share: 0.25\n")
    .replace(
        "  district: district\nformats:",
        "  district: district\n  name: name\n  address: address\n  owner: owner\n"
        "  contact: contact\n  show: [note]\nformats:",
    )
    + """\
phases: [2026, {name: 试点 2027-2028, years: 2, ends: 2028-06-30}]
circles:
  - {district: west, name: 西圈 West, responsible_unit: 西街道 West office}
  - {district: east, responsible_unit: 东街道 East office}
"""
)
COMMITMENTS = """\
commitments:
  - {name: 菜店覆盖 shops, kpi: coverage, format: shop, target: 90, unit: "%", due: "2026-12-31"}
  - {name: 东圈照料 care, kpi: coverage, format: care, group: elderly, circle: east, target: 1,
     due: "2028-06-30"}
  - {name: 培训 training, target: 10, actual: 4, due: "2026-06-30"}
  - {name: 配齐率 present, kpi: 配齐率, district: west, target: 100, unit: "%", phase: "2026"}
"""


def write_carried(place: Path, more: str = "") -> Path:
    """Its scenario file."""
    file = write_town(place, CARRIED + more)
    rows = (place / "premises.csv").read_text(encoding="utf-8").splitlines()
    told = [f"{rows[0]},name,address,owner,contact,note"]
    told += [
        f"{row},用房{k} House {k},学府路{k}号 {k} School Road,owner {k},tel {k},n{k}"
        for k, row in enumerate(rows[1:])
    ]
    (place / "premises.csv").write_text("\n".join(told) + "\n", encoding="utf-8")
    return file


def carried(place: Path, more: str = "") -> Path:
    """A result folder of it."""
    scenario = siting.load(write_carried(place / "town", more))
    problem = scenario.problem()
    result = siting.solve(problem, method="greedy", time_limit=60)
    return folder.write(result, place / "result", problem=problem, scenario=scenario)
