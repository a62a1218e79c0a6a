"""Threads never outnumber the cores that a process may use, quotas of containers included."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import siting
from siting.system.cores import cores
from siting.system.pace import MOST, stretch

SEEN = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@pytest.mark.parametrize(
    ("files", "most"),
    [
        ({"cpu.max": "max 100000"}, SEEN),
        ({"cpu.max": "50000 100000"}, 1),
        ({"cpu.max": "150000 100000"}, min(SEEN, 2)),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, SEEN),
        ({"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"}, 1),
        ({"cpu.max": "a b"}, SEEN),
        ({}, SEEN),
    ],
)
def test_a_quota_counts_as_cores(tmp_path: Path, files: dict[str, str], most: int) -> None:
    """Rounded up to whole cores; without a quota, or one that cannot be read, all that are seen."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text + "\n", encoding="ascii")
    assert cores(tmp_path, tmp_path / "none") == most


@pytest.mark.parametrize(
    ("belongs", "folder", "most"),
    [
        ("0::/system.slice/a.service", "system.slice/a.service", 1),
        ("0::/system.slice/a.service", "system.slice", 1),
        ("0::/system.slice/a.service", "system.slice/b.service", SEEN),
        ("4:cpu,cpuacct:/docker/1f\n3:memory:/x", "cpu/docker/1f", 1),
        ("4:cpu,cpuacct:/docker/1f\n3:memory:/x", "cpu/x", SEEN),
        ("0::/../a", "a", SEEN),
        ("no line of it", "a", SEEN),
    ],
)
def test_a_quota_of_a_group_around_counts(
    tmp_path: Path, belongs: str, folder: str, most: int
) -> None:
    """A service of systemd or a job of a cluster has one without being a container."""
    (tmp_path / folder).mkdir(parents=True)
    files = {"cpu.max": "20000 100000"}
    if folder.startswith("cpu/"):
        files = {"cpu.cfs_quota_us": "20000", "cpu.cfs_period_us": "100000"}
    for name, text in files.items():
        (tmp_path / folder / name).write_text(text + "\n", encoding="ascii")
    (tmp_path / "membership").write_text(belongs + "\n", encoding="ascii")
    assert cores(tmp_path, tmp_path / "membership") == most


@pytest.mark.parametrize(
    ("told", "stretched"),
    [("2000 1000 7", 1.5), ("5 0 1", 1.0), ("1 99999 1", MOST), ("0 0 0", 1.0), ("no", 1.0)],
)
def test_cores_that_others_use_stretch_the_clock(
    tmp_path: Path, told: str, stretched: float
) -> None:
    """By the time at work and the time ready for it without a core; 1 where nobody tells."""
    file = tmp_path / "schedstat"
    file.write_text(told, encoding="ascii")
    assert stretch(file) == stretched
    assert stretch(tmp_path / "none") == 1.0 <= stretch() <= MOST


def test_more_threads_than_cores_are_told() -> None:
    """Fewer run than were asked for, and the result says so."""
    problem = siting.Problem.from_matrix([[1.0]], radius=5)
    result = siting.solve(problem, p=1, method="greedy", threads=1000)
    assert result.threads == cores()
    assert any("1,000 threads were asked for" in text for text in result.warnings)
