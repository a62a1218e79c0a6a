"""What each case must give, and what it gives."""

from __future__ import annotations

from pathlib import Path

import siting
from siting.errors import InputError

INPUTS = Path(__file__).parent / "inputs"
EXPECTED: dict[str, tuple[str, str]] = {
    "01": ("P2: 60", "texts are cut"), "03": ("P2: 60", ""), "04": ("P1: 30", "Windows-1252"),
    "05": ("P2: 60", ""), "06": ("refused", "formula"), "08": ("P2: 60", "EPSG:3857"),
    "10": ("P2: 60", "EPSG:32618"), "11": ("refused", "kilometres"), "13": ("refused", "EPSG:4526"),
    "14": ("refused", "swap x and y"), "15": ("refused", "zone number 38"), "16": ("P2: 60", ""),
    "17": ("P2: 60", ""), "17b": ("P2: 60", ""), "19": ("P3: 45", ""), "20": ("P2: 1,000", ""),
    "21b": ("P3: 45", ""), "22": ("P1: 30", "no site can be reached (all 40)"),
    "23": ("nothing: 0", "1 place where lines cross"), "25": ("P1: 30", "1.0 read as 1"),
    "26": ("refused", "must have a geometry"), "27": ("refused", "some street open"),
    "28": ("P2: 60", ""), "30": ("refused", "people.csv: y: must be a coordinate"),
    "31": ("P1: 100", ""), "40": ("refused", "500㎡"), "41": ("P2: 60", ""), "42": ("P2: 60", ""),
    "43": ("nothing: 0", ""),
}  # fmt: skip
"""By the case's number: the sites and the people they cover, and words of what is told."""


def folders() -> dict[str, Path]:
    """Every case by its number."""
    return {path.name.split("-")[0]: path for path in sorted(INPUTS.iterdir())}


def given(folder: Path) -> tuple[str, list[str]]:
    """What is planned, proven and verified, or ``refused``; and all that is told."""
    try:
        scenario = siting.load(folder / "scenario.yaml")
        problem = scenario.problem()
    except InputError as error:
        return "refused", [str(fault).replace(f"{folder}/", "") for fault in error.faults]
    result = siting.solve(problem, method="highs", time_limit=60)
    assert result.status == "optimal"
    assert siting.verify(problem, result).ok
    assert result.plan is not None
    after = sum(p["after"] for groups in result.coverage.values() for p in groups.values())
    sites = ", ".join(result.plan.table["site"].astype(str)) or "nothing"
    return f"{sites}: {after:,.0f}", [str(warning) for warning in scenario.warnings]
