"""The QGIS provider: packed whole, its parts tried without QGIS, and all of it within QGIS."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import siting
from siting.cli import main
from siting.qgis import pack
from tests.service.conftest import town

QGIS = shutil.which("qgis_process.bin") or shutil.which("qgis_process")


def plain(name: str) -> ModuleType:
    """A file of the provider that needs no QGIS."""
    spec = importlib.util.spec_from_file_location(name, pack.SOURCE / f"{name}.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


run, scenario_text = plain("run"), plain("scenario_text")


def test_the_zip_has_every_file_and_this_version(tmp_path: Path) -> None:
    """What QGIS's plugin manager asks for, the same bytes each time."""
    one, two = tmp_path / "one.zip", tmp_path / "two.zip"
    assert main(["qgis", "--out", str(one)]) == 0
    pack.pack(two)
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as made:
        names = {Path(name).name for name in made.namelist()}
        told = made.read("siting_processing/metadata.txt").decode()
    assert {path.name for path in pack.SOURCE.glob("*.*")} | {"formats.json"} == names
    assert f"version={siting.__version__}" in told and "hasProcessingProvider=yes" in told


def test_misuse_of_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither, both, no zip, no profile: exit 2."""
    monkeypatch.setattr(
        pack, "default_plugins", lambda *_: tmp_path / "QGIS3" / "python" / "plugins"
    )
    for wrong in ([], ["--install", "--out", "a.zip"], ["--out", "a.tar"], ["--install"]):
        assert main(["qgis", *wrong]) == 2
    (tmp_path / "QGIS3").mkdir()
    assert main(["qgis", "--install"]) == 0
    assert (tmp_path / "QGIS3/python/plugins/siting_processing/metadata.txt").is_file()


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data/QGIS/QGIS3"),
        ("win32", {"APPDATA": "/roaming"}, "/roaming/QGIS/QGIS3"),
        ("darwin", {}, str(Path.home() / "Library/Application Support/QGIS/QGIS3")),
    ],
)
def test_the_profile_of_each_system(platform: str, environment: Any, expected: str) -> None:
    """Where QGIS keeps its plugins."""
    found = pack.default_plugins(platform, environment)
    assert found == Path(expected) / "profiles/default/python/plugins"


def test_the_environment_is_cleaned() -> None:
    """What QGIS sets for its own Python and libraries does not reach ours; all else does."""
    given = {
        "PYTHONHOME": "/qgis",
        "PYTHONPATH": "/qgis",
        "PROJ_LIB": "/qgis/proj",
        "DYLD_X": "1",
        "PATH": os.pathsep.join(["/opt/qgis/bin", "/usr/bin"]),
        "HOME": "/home/a",
    }
    cleaned = run.clean(given, "/opt/qgis")
    assert cleaned == {"PATH": "/usr/bin", "HOME": "/home/a", "PYTHONUTF8": "1"}
    assert run.clean({"PATH": "/usr/bin"}, "/usr")["PATH"] == "/usr/bin"


def test_the_command_is_found_or_told(tmp_path: Path) -> None:
    """The setting, the path, or how to install it."""
    command = tmp_path / ("siting.exe" if sys.platform == "win32" else "siting")
    command.write_text("")
    command.chmod(0o755)
    assert run.find(str(command)) == str(command)
    assert run.find("", {"PATH": str(tmp_path)}) == str(command)
    with pytest.raises(run.NotInstalledError, match="pip install siting"):
        run.find(str(tmp_path / "none"))


def test_lines_come_as_they_are_written_and_an_interrupt_is_passed_on() -> None:
    """Both streams, the exit code, and an end that the command makes by itself."""
    code = "import sys; print('one', flush=True); print('two', file=sys.stderr); sys.exit(2)"
    told: list[str | None] = []
    found = run.run(sys.executable, ["-c", code], told.append, lambda: False, dict(os.environ))
    assert found == (2, ["one"], ["two"])
    assert {"one", "two"} <= set(told)
    with pytest.raises(run.FailedError, match="two"):
        run.answered(2, ["two"])
    run.answered(0, ["a warning"])
    stop = threading.Event()
    # The pipe that ends the command with QGIS, whichever way QGIS ends.
    begin = [*run.WITH_US, "--version"]
    told_, version, _ = run.run(
        sys.executable, ["-m", "siting", *begin], told.append, lambda: False, dict(os.environ)
    )
    assert told_ == 0 and version[0].startswith("siting ")
    wait = (
        "import time\ntry:\n print('up', flush=True)\n time.sleep(60)\n"
        "except KeyboardInterrupt:\n print('kept')"
    )
    code_, lines, _ = run.run(
        sys.executable,
        ["-c", wait],
        lambda line: stop.set() if line == "up" else None,
        stop.is_set,
        dict(os.environ),
        0.02,
    )
    assert (code_, lines) == (0, ["up", "kept"])


@pytest.mark.parametrize("streets", [None, "streets.gpkg"])
def test_the_scenario_of_layers_is_one(tmp_path: Path, streets: str | None) -> None:
    """Any field name, any folder name; the text is a scenario whose keys are known."""
    text = scenario_text.scenario_text(
        name="a: b # c",
        layers={
            "people": "people.csv",
            "premises": "sites.csv",
            "outlets": None,
            "streets": streets,
        },
        people="people",
        elderly=None,
        site_id="id",
        area="area",
        outlet_format=None,
        formats=["wet_market"],
        budget=700,
    )
    from siting.scenario.document.document import read_file

    town(tmp_path)
    (tmp_path / "scenario.yaml").write_text(text, encoding="utf-8")
    read = read_file(tmp_path / "scenario.yaml")
    assert not read.faults and read.data["name"] == "a: b # c"
    with pytest.raises(siting.InputError) as told:  # columns x and y of a csv are not named here
        siting.load(tmp_path).problem()
    assert not [fault for fault in told.value.faults if "unknown" in str(fault)]


@pytest.mark.slow
@pytest.mark.skipif(QGIS is None, reason="QGIS needed")
def test_within_qgis(tmp_path: Path) -> None:
    """Listed, solves with the plan's figures as outputs, tells a fault in our own words."""
    assert QGIS is not None
    profile = tmp_path / "profile"
    plugins = profile / "profiles" / "default" / "python" / "plugins"
    plugins.mkdir(parents=True)
    pack.install(plugins)
    command = tmp_path / "bin" / "siting"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m siting "$@"\n')
    command.chmod(0o755)
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "QGIS_CUSTOM_CONFIG_PATH": str(profile),
        # the system's Python first: QGIS takes its library paths from the first python3 it meets
        "PATH": os.pathsep.join([str(command.parent), "/usr/bin", "/bin"]),
        "LANG": "C.UTF-8",
        "XDG_RUNTIME_DIR": str(tmp_path),
    }
    for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"):
        environment.pop(name, None)

    def asked(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(QGIS), *arguments],
            capture_output=True,
            text=True,
            env=environment,
            cwd=tmp_path,
            check=False,
        )

    asked("plugins", "enable", "siting_processing")
    listed = asked("list").stdout
    for name in ("check", "gaps", "solve", "score", "frontier", "explain", "report", "layers"):
        assert f"siting:{name}" in listed, listed[-2000:]
    scenario = town(tmp_path / "town") / "scenario.yaml"
    solved = asked(
        "run", "siting:solve", "--", f"SCENARIO={scenario}", "TIME=20", f"OUT={tmp_path / 'out'}"
    )
    result = siting.Result.load(tmp_path / "out")
    assert f"OBJECTIVE:\t{result.objective:g}" in solved.stdout, solved.stdout + solved.stderr
    wrong = asked("run", "siting:check", "--", f"SCENARIO={tmp_path / 'none.yaml'}")
    assert "none.yaml" in wrong.stdout + wrong.stderr
