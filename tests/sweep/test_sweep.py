"""``siting sweep``: nothing is done twice, nothing is lost to a kill, no process is left."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from siting.cli import main
from siting.sweep.table import COLUMNS
from siting.system.memory import children_of
from tests.system.test_children import gone, needs_proc
from tests.tools.cluster import cluster, kill
from tests.tools.depth import seeds
from tests.tools.io_faults import Disk
from tests.tools.town import SCENARIO, write_town

Output = pytest.CaptureFixture[str]
ASK = ("--method", "highs", "--workers", "2")


def run(*arguments: object) -> int:
    """One command in this process."""
    return main([str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two scenarios with a variant each."""
    folder = tmp_path_factory.mktemp("towns")
    write_town(folder / "a")
    write_town(folder / "b", SCENARIO.replace("budget: 95000", "budget: 63000"))
    return folder


def table(out: Path) -> pd.DataFrame:
    """sweep.csv without what a clock makes of it."""
    return pd.read_csv(out / "sweep.csv", dtype={"variant": str}).drop(columns="seconds")


@pytest.fixture(scope="module")
def swept(towns: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An undisturbed sweep of all variants."""
    out = tmp_path_factory.mktemp("swept") / "out"
    assert run("sweep", towns, "--variants", "all", *ASK, "--out", out) == 0
    return out


@pytest.mark.slow
def test_a_row_a_scenario_and_variant(swept: Path) -> None:
    """The pinned columns; each result stands in its folder with all files."""
    frame = pd.read_csv(swept / "sweep.csv")
    assert tuple(frame.columns) == COLUMNS
    assert frame["scenario"].tolist() == ["a", "a", "b", "b"]
    assert frame["objective"].tolist() == [1346.0, 990.0, 1240.0, 990.0]
    assert set(frame["state"]) == {"done"} and set(frame["status"]) == {"optimal"}
    for folder in frame["result"]:
        assert {"result.json", "report.html"} <= {f.name for f in (swept / folder).iterdir()}
    html = (swept / "sweep.html").read_text(encoding="utf-8")
    assert "1,346" in html and "://" not in html.replace("http://www.w3.org", "")


@pytest.mark.slow
def test_again_does_nothing(swept: Path, towns: Path, capsys: Output) -> None:
    """What is done is believed by its content: no result is touched; one that is damaged, or of
    other inputs, is done anew."""
    results = sorted(swept.glob("results/*/result.json"))
    before = [file.stat().st_mtime_ns for file in results]
    assert run("sweep", towns, "--variants", "all", *ASK, "--out", swept, "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["objective"] for row in rows] == [1346.0, 990.0, 1240.0, 990.0]
    assert [file.stat().st_mtime_ns for file in results] == before
    results[0].write_text("{}")
    assert run("sweep", towns, "--variants", "all", *ASK, "--out", swept) == 0
    after = [file.stat().st_mtime_ns for file in results]
    assert after[0] != before[0] and after[1:] == before[1:]


@pytest.mark.slow
def test_progress_and_limits(towns: Path, tmp_path: Path, capsys: Output) -> None:
    """--progress json: lines of JSON alone; what has no plan gives 4, what is asked wrongly 2."""
    out = tmp_path / "out"
    code = run(
        "sweep",
        towns / "a",
        *ASK,
        "--progress",
        "json",
        "--set",
        "budget=1",
        "--set",
        "rules.require=[{site: '003'}]",
        "--out",
        out,
    )
    assert code == 4
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[-1]["stage"] == "done" and events[0]["seq"] == 1
    assert run("sweep", towns, "--variants", "rich", "--out", out) == 2
    assert run("sweep", tmp_path / "nowhere", "--out", out) == 2
    assert run("sweep", towns, "--workers", 0, "--out", out) == 2


def killed(towns: Path, out: Path, wait: float, whom: str) -> None:
    """A sweep of which something is killed some time after its first task has begun; no process
    of it is left."""
    sweep = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "siting",
            "sweep",
            towns,
            "--variants",
            "all",
            *ASK,
            "--out",
            out,
            "--progress",
            "json",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert sweep.stdout is not None
    sweep.stdout.readline()
    time.sleep(wait)
    pids = children_of(sweep.pid)
    below = [inner for pid in pids for inner in children_of(pid)]
    if whom == "sweep":
        sweep.kill()
    elif pids:
        os.kill(pids[0], signal.SIGKILL)
    sweep.communicate(timeout=200)
    assert gone([*pids, *below])


@needs_proc
@pytest.mark.slow
@pytest.mark.parametrize("whom", ["sweep", "child"])
def test_nothing_is_lost_to_a_kill(towns: Path, swept: Path, tmp_path: Path, whom: str) -> None:
    """SIGKILL of the sweep, or of a task's process: run again, the same results as an undisturbed
    run; a sweep outlives its children."""
    out = tmp_path / "out"
    killed(towns, out, 3.0, whom)
    assert run("sweep", towns, "--variants", "all", *ASK, "--out", out) == 0
    pd.testing.assert_frame_equal(table(out), table(swept))


@needs_proc
@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(5))
def test_nothing_is_lost_to_many_kills(towns: Path, swept: Path, tmp_path: Path, seed: int) -> None:
    """The same, three times over one folder, at seeded times."""
    rng, out = random.Random(seed), tmp_path / "out"
    for _ in range(3):
        killed(towns, out, rng.uniform(0, 6), rng.choice(["sweep", "child"]))
    assert run("sweep", towns, "--variants", "all", *ASK, "--out", out) == 0
    pd.testing.assert_frame_equal(table(out), table(swept))


def test_one_folder_has_one_sweep(towns: Path, tmp_path: Path, capsys: Output) -> None:
    """A second run on the same folder is refused before it does anything."""
    from siting.complete_files import claimed

    with claimed(tmp_path / "out"):
        code = subprocess.run(
            [sys.executable, "-m", "siting", "sweep", towns, "--out", tmp_path / "out"],
            capture_output=True,
            check=False,
        )
    assert code.returncode == 2 and b"another run" in code.stderr


@pytest.mark.slow
def test_a_full_disk_is_told_and_nothing_is_lost(
    towns: Path, swept: Path, tmp_path: Path, capsys: Output
) -> None:
    """Full while the ledger notes a task's beginning or its end: one line with the place, no
    process left; with room again the sweep goes on and ends as if nothing had been."""
    out = tmp_path / "out"
    ask = ("sweep", towns, "--variants", "all", *ASK, "--out", out)
    others = set(children_of(os.getpid()))  # solvers that other tests keep warm
    with Disk(tmp_path).at_work() as counted:
        assert run(*ask, "--dry-run") == 0
    for more, code in ((1, 2), (12, 1)):  # before anything is solved, and in the midst of it
        capsys.readouterr()
        with Disk(tmp_path, "full", counted.calls + more).at_work():
            assert run(*ask) == code
        told = capsys.readouterr().err.splitlines()
        assert "No space left on device" in told[-1] and str(out) in told[-1]
        end = time.monotonic() + 60
        while (left := set(children_of(os.getpid())) - others) and time.monotonic() < end:
            time.sleep(0.1)
        assert not left
    assert run(*ask) == 0
    pd.testing.assert_frame_equal(table(out), table(swept))


@pytest.mark.slow
def test_a_budget_is_shared(towns: Path, tmp_path: Path) -> None:
    """Plans within the money and each one's own most; a bound; a row a circle."""
    out = tmp_path / "out"
    code = run("sweep", towns, *ASK, "--share-budget", 120000, "--most", "a=60000", "--out", out)
    assert code == 0
    whole = json.loads((out / "programme.json").read_text())
    frame = pd.read_csv(out / "sweep.csv")
    spent = [
        json.loads((out / folder / "result.json").read_text())["budget"]["spent"]
        for folder in frame["result"]
    ]
    assert sum(spent) == whole["spent"] <= 120000 and spent[0] <= 60000
    assert whole["objective"] == frame["objective"].sum() == 2230.0
    assert whole["certified_bound"] >= whole["bound"] >= 2230.0 and whole["gap"] < 0.1
    papers = {file.name: file for file in (out / "programme").iterdir()}
    names = ("programme", "01-a", "02-b")
    assert set(papers) == {f"{n}.{kind}" for n in names for kind in ("html", "docx", "pdf")}
    told = papers["programme.html"].read_text(encoding="utf-8")
    for figure in (whole["total"], whole["spent"], *spent, 60000, 2230, *frame["objective"]):
        assert f">{figure:,.0f}<" in told or f" {figure:,.0f} " in told
    docx = pytest.importorskip("docx").Document(str(papers["01-a.docx"]))
    cells = {cell.text for t in docx.tables[:2] for row in t.rows for cell in row.cells}
    assert {f"{spent[0]:,}", "60,000"} <= cells


@pytest.mark.slow
def test_on_dask(towns: Path, swept: Path, tmp_path: Path) -> None:
    """Two workers as processes, one of which is killed: the same results."""
    pytest.importorskip("distributed")
    import distributed

    local: Any = distributed.LocalCluster
    with local(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as here:
        ask = ("--variants", "all", "--method", "highs", "--dask", here.scheduler_address)
        process = subprocess.Popen(
            [sys.executable, "-m", "siting", "sweep", towns, *ask, "--out", tmp_path / "out"]
        )
        end = time.monotonic() + 60
        while not list((tmp_path / "out").glob("ledger/*.json")) and time.monotonic() < end:
            time.sleep(0.2)
        time.sleep(4)
        worker = next(iter(here.workers.values()))
        os.kill(worker.process.process.pid, signal.SIGKILL)
        assert process.wait(timeout=300) == 0
    pd.testing.assert_frame_equal(table(tmp_path / "out"), table(swept))


@pytest.mark.slow
def test_on_a_scheduler_of_its_own(towns: Path, swept: Path, tmp_path: Path) -> None:
    """``dask scheduler`` and ``dask worker`` as processes, told by an address; a worker that is
    killed with its nanny takes nothing with it. A scheduler that is killed ends the sweep, which
    goes on from what is on disk, here on this machine."""
    pytest.importorskip("distributed")
    out, other = tmp_path / "out", tmp_path / "other"
    with cluster(tmp_path, 2) as at:
        process = begun_on(at.address, towns, out)
        kill(at.workers[0])
        assert process.wait(timeout=300) == 0
        process = begun_on(at.address, towns, other)
        time.sleep(2)
        kill(at.scheduler)
        assert process.wait(timeout=300) == 5
        assert run("sweep", towns, *ASK, "--out", other) == 0
    right = table(swept)
    right = right[right["variant"].isna()].reset_index(drop=True)
    for found in (out, other):
        pd.testing.assert_frame_equal(table(found), right, check_dtype=False)


def begun_on(address: str, towns: Path, out: Path) -> subprocess.Popen[bytes]:
    """A sweep on a cluster that has handed out its first task."""
    command = [sys.executable, "-m", "siting", "sweep", str(towns), "--method", "highs"]
    process = subprocess.Popen([*command, "--dask", address, "--out", str(out)])
    end = time.monotonic() + 60
    while not list(out.glob("ledger/*.json")) and time.monotonic() < end:
        time.sleep(0.1)
    return process
