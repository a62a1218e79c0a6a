"""Commands on a system without POSIX's names, and on consoles that are not UTF-8."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.tools.town import SCENARIO, write_town

WITHOUT = Path(__file__).parents[1] / "tools" / "other_system"


def siting(*arguments: str | Path, encoding: str = "utf-8", posix: bool = False) -> str:
    """A command in a process of its own; what it printed, as the console has it."""
    path = [] if posix else [str(WITHOUT)]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([*path, str(WITHOUT.parents[2])]),
        "PYTHONIOENCODING": encoding,
        "PYTHONUTF8": "0",
    }
    done = subprocess.run(
        [sys.executable, "-m", "siting", *map(str, arguments)],
        capture_output=True,
        env=environment,
        check=False,
        timeout=300,
    )
    told = (done.stdout + done.stderr).decode(encoding)
    assert done.returncode == 0, told
    assert "Traceback" not in told
    return told


@pytest.mark.slow
@pytest.mark.parametrize("method", ["highs", "pulp", "tiles"])
def test_solve_and_verify_without_posix(tmp_path: Path, method: str) -> None:
    """An outside solver and a tile's process are children that are started, asked and ended; a
    folder is claimed, flushed and moved; nothing of that needs POSIX, and the result is whole."""
    weighted = SCENARIO.replace("budget:", "objective: {order: weighted}\nbudget:", 1)
    town = write_town(tmp_path / "town", weighted if method == "tiles" else SCENARIO)
    how = ("--tiles", "2", "--time-limit", "6") if method == "tiles" else ("--method", method)
    out = tmp_path / "out"
    siting("solve", town, *how, "--threads", "1", "--out", out)
    record = json.loads((out / "result.json").read_text(encoding="utf-8"))
    if method == "tiles":
        assert len(record["tiles"]) == 2 and record["objective"] > 0
    else:
        assert (record["status"], record["objective"]) == ("optimal", 1346.0)
    siting("verify", out)
    assert sorted(file.name for file in tmp_path.iterdir() if file.name[0] != ".") == [
        "out",
        "town",
    ]


@pytest.mark.slow
def test_compare_without_posix(tmp_path: Path) -> None:
    """Two methods side by side, told in Chinese on consoles with and without Chinese."""
    town = write_town(tmp_path / "街区")
    ask = ("compare", town, "--threads", "1", "--lang", "zh", "--methods")
    assert "1,346" in siting(*ask, "highs,cpsat", encoding="gbk")
    assert "1,346" in siting(*ask, "greedy,highs", encoding="cp1252")


@pytest.mark.slow
def test_sweep_without_posix(tmp_path: Path) -> None:
    """Children, their ends, the ledger and the lock on its folder; run again, nothing is left to
    do; the result stands up to verify. Names and words are Chinese, the consoles' encodings not
    UTF-8."""
    town, out = write_town(tmp_path / "街区"), tmp_path / "结果"
    ask = ("sweep", town, "--method", "highs", "--workers", "1", "--out", out, "--lang", "zh")
    assert "1,346" in siting(*ask, encoding="gbk")
    (result,) = out.glob("results/*/result.json")
    before = result.stat().st_mtime_ns
    assert "1,346" in siting(*ask, encoding="cp1252")
    assert result.stat().st_mtime_ns == before
    siting("verify", result.parent)


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["gbk", "cp1252"])
def test_serve_without_posix(tmp_path: Path, encoding: str) -> None:
    """A job on the desk: its process is started, watched and ends with a result; the desk then ends
    when it is asked to, and tells so on a console that is not UTF-8."""
    write_town(tmp_path / "书架" / "街区")
    command = ["serve", "书架", "--no-open", "--data", "数据", "--lang", "zh"]
    desk = subprocess.Popen(
        [sys.executable, "-m", "siting", *command],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(WITHOUT), str(WITHOUT.parents[2])]),
            "PYTHONIOENCODING": encoding,
            "PYTHONUTF8": "0",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert desk.stdout is not None and desk.stderr is not None
    try:
        address, token = desk.stdout.readline().decode().strip().split("/?token=")

        def ask(path: str, body: object = None) -> dict[str, Any]:
            data = None if body is None else json.dumps(body).encode()
            heads = {"authorization": f"Bearer {token}", "prefer": "respond-async"}
            heads["content-type"] = "application/json"
            with urlopen(Request(address + path, data, heads), timeout=60) as answer:
                told: dict[str, Any] = json.load(answer)
            return told

        (scenario,) = ask("/api/scenarios")["scenarios"]
        inputs = {"scenario": f"siting:scenarios/{scenario['id']}", "time_limit": 60}
        job = ask("/processes/solve/execution", {"inputs": inputs})["jobID"]
        end = time.monotonic() + 200
        while ask(f"/jobs/{job}")["status"] in ("accepted", "running") and time.monotonic() < end:
            time.sleep(0.2)
        assert ask(f"/jobs/{job}")["status"] == "successful"
        assert ask(f"/jobs/{job}/results")["result"]["objective"] == 1346.0
    finally:
        desk.send_signal(signal.SIGINT)
        words = desk.communicate(timeout=60)[1].decode(encoding)
    assert "Traceback" not in words


@pytest.mark.parametrize(
    ("lang", "encoding"),
    [("zh", "gbk"), ("zh", "cp1252"), ("en", "gbk"), ("en", "cp1252")],
)
def test_consoles_of_other_encodings(tmp_path: Path, encoding: str, lang: str) -> None:
    """What a console cannot show is escaped, never an error after the work."""
    town, out = write_town(tmp_path / "街区"), tmp_path / "结果"
    told = siting("check", town, "--lang", lang, encoding=encoding)
    assert "Smallville" in told
    siting("solve", town, "--method", "highs", "--out", out, "--lang", lang, encoding=encoding)
    assert (out / "result.json").is_file()
