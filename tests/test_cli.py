"""The command line: exit codes, one fault a line on standard error, and what planners read."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import siting
from siting.cli import main
from siting.errors import SolverError
from siting.notice import plain
from siting.result import Result
from siting.verification import judge
from tests.tools.town import SCENARIO, write_town

Output = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Smallville's scenario file."""
    return write_town(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="module")
def solved(town: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result folder of Smallville; tests do not change it."""
    out = tmp_path_factory.mktemp("results") / "smallville"
    assert main(["solve", str(town), "--out", str(out), "--threads", "1"]) == 0
    return out


def run(*arguments: str | Path) -> int:
    """One command in this process."""
    return main([str(argument) for argument in arguments])


def test_solve_writes_a_folder_and_a_summary(town: Path, tmp_path: Path, capsys: Output) -> None:
    """0: a plan was found; the summary says who gains, what it costs, what binds, where it is."""
    out = tmp_path / "out"
    assert run("solve", town, "--out", out, "--threads", "1") == 0
    told = capsys.readouterr()
    assert sorted(file.name for file in out.iterdir()) == [
        "certificate.npz",
        "report.html",
        "result.json",
        "sites.gpkg",
    ]
    for words in ("Smallville: optimal", "1,346 people newly covered", "Total budget", str(out)):
        assert words in told.out
    assert "verify" in told.err
    record = json.loads((out / "result.json").read_text("utf-8"))
    assert (record["status"], record["objective"], record["gap"]) == ("optimal", 1346.0, 0.0)
    assert record["scenario"]["name"] == "Smallville"
    assert set(record["inputs"]) == {"scenario.yaml", "people.csv", "outlets.csv", "premises.csv"}


def test_the_summary_is_chinese_on_request(town: Path, tmp_path: Path, capsys: Output) -> None:
    """--lang zh speaks to the planner, ids and numbers stay."""
    assert run("solve", town, "--out", tmp_path / "out", "--lang", "zh") == 0
    told = capsys.readouterr().out
    assert "最优" in told and "新增覆盖" in told and "1,346" in told


def test_variant_and_set_change_the_question(town: Path, tmp_path: Path) -> None:
    """--variant and --set are recorded, and verify solves the same question again."""
    out = tmp_path / "out"
    code = run(
        "solve", town, "--variant", "lean", "--set", "rules.max_outlets.total=1", "--out", out
    )
    assert code == 0
    record = json.loads((out / "result.json").read_text("utf-8"))
    assert (record["budget"]["total"], len(record["plan"])) == (42000, 1)
    assert record["scenario"]["variant"] == "lean"
    assert run("verify", out) == 0


def test_an_existing_result_is_not_overwritten(town: Path, solved: Path, capsys: Output) -> None:
    """2 and the hint at --force, before anything is solved."""
    before = (solved / "result.json").read_bytes()
    assert run("solve", town, "--out", solved) == 2
    assert "--force" in capsys.readouterr().err
    assert (solved / "result.json").read_bytes() == before


def test_infeasible_exits_3(town: Path, tmp_path: Path, capsys: Output) -> None:
    """3: the result folder says infeasible; nothing is on standard error but progress."""
    out = tmp_path / "out"
    code = run(
        "solve", town, "--out", out, "--set", "rules.require=[{site: '003'}]", "--set", "budget=100"
    )
    assert code == 3
    assert "infeasible" in capsys.readouterr().out
    record = json.loads((out / "result.json").read_text("utf-8"))
    assert (record["status"], record["plan"], record["limit"]) == ("infeasible", [], None)
    assert run("verify", out) == 0


def test_a_limit_without_a_plan_exits_4(town: Path, tmp_path: Path) -> None:
    """4: the memory limit is told with the figure, in result.json too."""
    out = tmp_path / "out"
    assert run("solve", town, "--out", out, "--memory-limit", "0.01", "--method", "highs") == 4
    record = json.loads((out / "result.json").read_text("utf-8"))
    assert (record["status"], record["limit"]) == ("no_solution", "memory")
    assert any("GB" in note for note in record["notes"])


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (["solve", "{town}", "--method", "hihgs"], ["method must be one of"]),
        (["solve", "{town}", "--time-limit", "soon"], ["--time-limit must be seconds or none"]),
        (["solve", "{town}", "--variant", "rich"], ["must be a variant of the scenario"]),
        (["solve", "{town}", "--set", "budgett=1"], ["budgett"]),
        (["solve", "{town}", "--threads", "many"], ["--threads"]),
        (["solve", "nowhere.yaml"], ["nowhere.yaml"]),
        (["solve"], ["Missing"]),
        (["fly"], ["No such command"]),
        (["solve", "{town}", "--fast"], ["No such option"]),
        (["verify", "{folder}"], ["must be a result"]),
        (["score", "{town}", "nowhere.csv"], ["must be a readable csv file"]),
        (["catalogue", "cn-2077"], ["must be a built-in catalogue or a file"]),
        (["compare", "{solved}"], ["two results at least"]),
        (["report", "{solved}", "--format", "pfd"], ["--format must be of"]),
    ],
)
def test_bad_input_exits_2_with_one_fault_a_line(
    arguments: list[str], lines: list[str], town: Path, solved: Path, capsys: Output
) -> None:
    """2: faults on standard error, one a line, no traceback, nothing on standard output."""
    places = {"town": town, "folder": town.parent, "solved": solved}
    assert run(*(argument.format(**places) for argument in arguments)) == 2
    told = capsys.readouterr()
    assert told.out == ""
    faults = told.err.strip().split("\n")
    assert len(faults) == len(lines), told.err
    for fault, words in zip(faults, lines, strict=True):
        assert words in fault
    assert "Traceback" not in told.err


def test_every_fault_of_a_scenario_is_told(tmp_path: Path, capsys: Output) -> None:
    """check and solve name file and line of all faults at once."""
    wrong = SCENARIO.replace("budget: 95000", "budget: -3").replace("max_outlets:", "max_outlet:")
    file = write_town(tmp_path, wrong)
    for command in ("check", "solve"):
        assert run(command, file) == 2
        faults = capsys.readouterr().err.strip().split("\n")
        assert len(faults) == 2
        assert all("scenario.yaml:" in fault for fault in faults)


def test_check_tells_what_the_layers_hold(town: Path, capsys: Output) -> None:
    """Counts, standards, rules, warnings and files."""
    assert run("check", town) == 0
    told = capsys.readouterr().out
    for words in (
        "Smallville: no faults",
        "1,450",
        "shop",
        "Total budget",
        "straight lines",
        "premises.csv",
    ):
        assert words in told


def test_gaps_are_told_and_written_with_a_bom(town: Path, tmp_path: Path, capsys: Output) -> None:
    """The inventory adds up and opens in a spreadsheet."""
    file = tmp_path / "gaps.csv"
    assert run("gaps", town, "--out", file) == 0
    assert "whole area" in capsys.readouterr().out
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    table = pd.read_csv(file)
    shop = table[(table["format"] == "shop") & (table["district"] == "*")].iloc[0]
    assert (shop["people"], shop["served"], shop["not_served"]) == (1450, 210, 1240)
    assert (shop["standard_m"], shop["no_place"], shop["places_short"]) == (300, 0, 1240)
    parts = table[(table["format"] == "shop") & (table["district"] != "*")]
    assert parts["not_served"].sum() == shop["not_served"]


def test_gaps_with_a_plan_key_figures_and_a_map(town: Path, tmp_path: Path, capsys: Output) -> None:
    """Before and after, the KPIs, a community's floor, and the blind spots for a GIS."""
    result, spots = tmp_path / "r", tmp_path / "blind.geojson"
    share = "rules.floor_share=[{district: west, gross_m2: 9000, commercial_m2: 700, new: false}]"
    assert run("solve", town, "--out", result, "--threads", "1") == 0
    capsys.readouterr()
    assert run("gaps", town, "--plan", result, "--kpis", "--map", spots, "--set", share) == 0
    told = capsys.readouterr().out
    assert "not covered after" in told and "places short after" in told
    assert "people whose circle is complete" in told
    assert "10% are asked for; short of " in told and "an old one: reported" in told
    features = json.loads(spots.read_text("utf-8"))["features"]
    assert 0 < len(features) <= 10
    assert {"point", "n_formats", "formats"} <= features[0]["properties"].keys()
    assert run("gaps", town, "--map", tmp_path / "blind.txt") == 2


def test_gaps_say_what_their_columns_mean(tmp_path: Path, capsys: Output) -> None:
    """In both languages; people who live in no district have a row of their own."""
    town = write_town(tmp_path)
    people = (town.parent / "people.csv").read_text("utf-8")
    (town.parent / "people.csv").write_text(people.replace(",east", ","), encoding="utf-8")
    for lang, words in (
        ("en", ("in no district", "A place is used once", "all full")),
        ("zh", ("不属任何片区", "每个服务名额只用一次", "网点已满")),
    ):
        assert run("gaps", town, "--lang", lang) == 0
        told = capsys.readouterr().out
        assert all(word in told for word in words)


@pytest.mark.parametrize(("lang", "words"), [("en", "Wet market"), ("zh", "菜市场")])
def test_the_catalogue_shows_standards_sources_and_marks(
    lang: str, words: str, capsys: Output
) -> None:
    """Every default carries its evidence mark and its source."""
    assert run("catalogue", "cn-2025", "--lang", lang) == 0
    told = capsys.readouterr().out
    assert words in told and "car_wash" in told and "sha256" in told


def test_score_judges_a_plan(town: Path, tmp_path: Path, capsys: Output) -> None:
    """Rules broken, people, money and the distance to the best, which is looked for."""
    plan = tmp_path / "plan.csv"
    plan.write_text("site,format,size\n001,shop,standard\n003,care,large\n005,care,large\n")
    assert run("score", town, plan, "--best-within", "20") == 0
    told = capsys.readouterr().out
    assert "Rules broken: 1" in told and "Total budget" in told
    assert "best plan known: 1,346" in told


def test_verify_finds_a_changed_input(tmp_path: Path, capsys: Output) -> None:
    """1: an input that is no longer the same, and a figure that no longer follows from it."""
    town, out = write_town(tmp_path / "town"), tmp_path / "out"
    assert run("solve", town, "--out", out, "--threads", "1") == 0
    people = town.parent / "people.csv"
    people.write_text(people.read_text().replace("p9,501800,3780000,190", "p9,501800,3780000,90"))
    capsys.readouterr()
    assert run("verify", out) == 1
    told = capsys.readouterr().out
    assert "people.csv: changed" in told and "objective" in told


@pytest.mark.parametrize(
    ("key", "value"),
    [("objective", 1400.0), ("bound", 1300.0), ("status", "feasible")],
)
def test_verify_finds_a_changed_figure(
    solved: Path, tmp_path: Path, key: str, value: object, capsys: Output
) -> None:
    """1: somebody improved result.json by hand (a weaker status alone is no lie)."""
    import shutil

    copy = solved.parent / f"copy-{key}"
    shutil.copytree(solved, copy)
    record = json.loads((copy / "result.json").read_text("utf-8"))
    record[key] = value
    (copy / "result.json").write_text(json.dumps(record), "utf-8")
    assert run("verify", copy) == (0 if key == "status" else 1)
    shutil.rmtree(copy)


def test_verify_finds_a_changed_plan(solved: Path, capsys: Output) -> None:
    """1: an outlet swapped for another in the table."""
    import shutil

    copy = solved.parent / "copy-plan"
    shutil.copytree(solved, copy)
    record = json.loads((copy / "result.json").read_text("utf-8"))
    record["plan"][0]["site"] = "000"
    (copy / "result.json").write_text(json.dumps(record), "utf-8")
    assert run("verify", copy) == 1
    assert "certificate file" in capsys.readouterr().out
    shutil.rmtree(copy)


def test_compare_results_and_variants(
    town: Path, solved: Path, tmp_path: Path, capsys: Output
) -> None:
    """Figures, people, sites in common, differences, and a warning where questions differ."""
    out = tmp_path / "tables"
    code = run("compare", solved, town, "--variants", "lean", "--methods", "highs", "--out", out)
    assert code == 0
    told = capsys.readouterr().out
    assert "open the same outlets" in told
    assert "Only in smallville (against" in told
    table = pd.read_csv(out / "figures.csv")
    assert table["objective"].tolist()[:2] == [1346.0, 1346.0]
    page = (out / "compare.html").read_text("utf-8")
    assert "in both" in page and "<svg" in page and "://" not in page


def test_compare_without_any_plan(tmp_path: Path, capsys: Output) -> None:
    """The exit code is that of a solve without a plan, statuses are in words, and no table is
    empty."""
    never = "rules:\n  require: [{site: '001', format: care}]\n  forbid: [{site: '001'}]\n"
    town = write_town(tmp_path, SCENARIO.replace("rules:\n", never))
    given = ("compare", town, "--variants", "lean", "--methods", "highs")
    assert run(*given, "--lang", "zh") == 3
    told = capsys.readouterr().out
    assert "无可行方案" in told and "infeasible" not in told and "覆盖人数" not in told


def test_compare_says_when_inputs_differ(solved: Path, tmp_path: Path, capsys: Output) -> None:
    """Results of different inputs are no fair comparison."""
    other = write_town(tmp_path / "town", SCENARIO.replace("budget: 95000", "budget: 90000"))
    assert run("solve", other, "--out", tmp_path / "out") == 0
    assert run("compare", solved, tmp_path / "out") == 0
    assert "computed from different scenario.yaml" in capsys.readouterr().out


def _without_tiers(folder: Path) -> None:
    _edited(folder, tiers={})


def _without_warnings(folder: Path) -> None:
    _edited(folder, warnings=[], notices=[])


def _edited(folder: Path, **changed: Any) -> None:
    file = folder / "result.json"
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | changed), "utf-8")


@pytest.mark.parametrize(
    ("tamper", "told"),
    [
        (lambda at: (at / "report.html").write_text("<p>all is well</p>"), "report.html: changed"),
        (lambda at: (at / "sites.gpkg").unlink(), "sites.gpkg: missing"),
        (lambda at: (at / "certificate.npz").touch(), None),
        (_without_tiers, "tiers: no line of basic"),
        (_without_warnings, "warning not told: distances are straight lines"),
    ],
)
def test_verify_finds_what_was_changed_in_the_folder(
    solved: Path, tmp_path: Path, capsys: Output, tamper: Callable[[Path], Any], told: str | None
) -> None:
    """Every file of the folder and every claim of result.json is held against what it was."""
    copy = solved.with_name(f"tampered-{tmp_path.name}")
    shutil.copytree(solved, copy)
    tamper(copy)
    assert run("verify", copy, "--sample", "0") == (0 if told is None else 1)
    assert (told or "verified") in capsys.readouterr().out


def test_a_report_written_anew_is_no_difference(solved: Path, tmp_path: Path) -> None:
    """siting report into the result folder notes the hash of what it wrote."""
    copy = solved.with_name(f"anew-{tmp_path.name}")
    shutil.copytree(solved, copy)
    before = (copy / "report.html").read_bytes()
    assert run("report", copy, "--lang", "zh") == 0
    assert (copy / "report.html").read_bytes() != before
    assert run("verify", copy, "--sample", "0") == 0


def test_strict_asks_for_a_bound_that_was_recomputed(town: Path, solved: Path) -> None:
    """A solver's word is enough for verify, not for --strict; where the same bound is recomputed
    without it, --strict is content."""
    record = json.loads((solved / "result.json").read_text("utf-8"))
    assert record["bound"] is not None
    code = run("verify", solved, "--sample", "0", "--strict")
    assert run("verify", solved, "--sample", "0") == 0
    problem = siting.load(town).problem()
    proven = judge.verify(problem, Result.load(solved), thorough=True).bound_proof
    assert code == (0 if proven == "certificate" else 1)


def test_report_writes_deliverables(solved: Path, tmp_path: Path, capsys: Output) -> None:
    """The same result in another language, into another folder."""
    assert run("report", solved, "--format", "html", "--lang", "zh", "--out", tmp_path) == 0
    assert "Smallville" in (tmp_path / "report.html").read_text("utf-8")
    assert str(tmp_path / "report.html") in capsys.readouterr().out


def test_demo_writes_a_scenario_that_checks(tmp_path: Path, capsys: Output) -> None:
    """A synthetic city is an ordinary scenario and says that it is synthetic."""
    out = tmp_path / "city"
    assert run("demo", "--people", "60", "--sites", "12", "--formats", "3", "--out", out) == 0
    assert run("check", out) == 0
    assert "synthetic" in capsys.readouterr().out.lower()


def test_a_start_is_taken_from_an_earlier_result(town: Path, solved: Path, tmp_path: Path) -> None:
    """--start RESULT, also for a changed question."""
    out = tmp_path / "out"
    code = run("solve", town, "--start", solved, "--set", "budget=80000", "--out", out)
    assert code == 0


def test_no_time_limit(town: Path, tmp_path: Path) -> None:
    """--time-limit none means no limit."""
    assert run("solve", town, "--time-limit", "none", "--out", tmp_path / "out") == 0


def test_the_model_is_written_on_request(town: Path, tmp_path: Path) -> None:
    """--write-lp FILE leaves the program that was solved, one file a tier."""
    lp = tmp_path / "model.lp"
    assert run("solve", town, "--method", "highs", "--out", tmp_path / "out", "--write-lp", lp) == 0
    written = sorted(file.name for file in tmp_path.glob("model*.lp"))
    assert written == ["model-basic.lp", "model-quality.lp"]


@pytest.mark.parametrize(
    ("asked", "code", "told"),
    [
        (("--write-lp", "model.txt"), 2, "must end in .lp or .mps; got 'model.txt'"),
        (("--write-lp", "people.csv/model.lp"), 2, "people.csv: must be a folder that can be made"),
        (("--write-lp", "model.lp", "--method", "city"), 2, "write needs the method"),
        (("--tiles", "2", "--method", "highs"), 2, "highs"),
        (("--method", "pulp", "--solver", "X"), 5, "pulp: PuLP knows no solver 'X'"),
        (("--method", "nobody"), 2, "nobody"),
        (("--gap", "-1"), 2, "gap"),
    ],
)
def test_arguments_are_told_before_a_layer_is_read(
    town: Path, tmp_path: Path, capsys: Output, asked: tuple[str, ...], code: int, told: str
) -> None:
    """Nobody waits for people and streets to hear of a name that could not be: the layer that is
    at fault is not met."""
    folder = tmp_path / "town"
    shutil.copytree(town.parent, folder)
    (folder / "people.csv").write_text("id,x,y,people,old,district\np0,no,no,1,1,west\n", "utf-8")
    with contextlib.chdir(folder):
        assert run("solve", folder, "--out", tmp_path / "out", *asked) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line


@pytest.mark.parametrize(
    "asked",
    [
        ("compare", "SCENARIO", "--methods", "highs,nobody"),
        ("frontier", "SCENARIO", "--method", "nobody"),
        ("alternatives", "SCENARIO", "--method", "nobody"),
        ("robustness", "SCENARIO", "--method", "nobody"),
        ("replan", "RESULT", "--method", "nobody"),
    ],
)
def test_studies_tell_a_method_before_they_read(
    tmp_path: Path, capsys: Output, asked: tuple[str, ...]
) -> None:
    """As solve: what is read next is not even there."""
    nothing = str(tmp_path / "nothing")
    words = [nothing if word in ("SCENARIO", "RESULT") else word for word in asked]
    assert run(*words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("method must be one of auto,")


def test_a_solver_behind_pulp_is_named(town: Path, tmp_path: Path, capsys: Output) -> None:
    """--solver NAME runs that one and the result says so; a name PuLP does not know is told with
    those it finds; without --method pulp it is misuse."""
    assert run("solve", town, "--method", "pulp", "--solver", "HiGHS", "--out", tmp_path / "o") == 0
    record = json.loads((tmp_path / "o" / "result.json").read_text("utf-8"))
    assert "pulp ran HiGHS" in record["notes"]
    assert run("solve", town, "--method", "pulp", "--solver", "X", "--out", tmp_path / "x") == 5
    told = capsys.readouterr().err.splitlines()[-1]
    assert told.startswith("pulp: PuLP knows no solver 'X'; it finds ")
    assert "HiGHS" in told
    assert run("solve", town, "--solver", "HiGHS", "--out", tmp_path / "y") == 2
    assert "--method pulp; got method 'auto'" in capsys.readouterr().err


def test_a_failed_solver_exits_5(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    """5: an outside solver failed; nothing is written."""

    def failing(*_: object, **__: object) -> None:
        raise SolverError(plain("highs ended with a status nobody knows: 42"))

    monkeypatch.setattr("siting.solving.pipeline.run", failing)
    assert run("solve", town, "--out", tmp_path / "out") == 5
    told = capsys.readouterr().err.splitlines()
    assert told[-1] == "highs ended with a status nobody knows: 42"
    assert [line for line in told[:-1] if " reach " not in line] == []
    assert list(tmp_path.iterdir()) == []


def test_an_internal_error_is_one_line(
    town: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    """1: the program's own fault, no traceback."""

    def broken(*_: object) -> None:
        raise RuntimeError("two\nlines")

    monkeypatch.setattr("siting.commands.loading.load", broken)
    assert run("check", town) == 1
    assert capsys.readouterr().err == (
        "internal error: RuntimeError: two lines (siting --verbose COMMAND shows where)\n"
    )


def siting_process(*arguments: str | Path) -> subprocess.Popen[str]:
    """``python -m siting`` in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "siting", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_python_m_siting_is_the_command() -> None:
    """The same exit codes and words as the installed script."""
    process = siting_process("fly")
    told, errors = process.communicate(timeout=60)
    assert (process.returncode, told) == (2, "")
    assert "No such command" in errors


def test_a_closed_pipe_is_no_error(town: Path) -> None:
    """`siting catalogue | head -1` ends quietly."""
    process = siting_process("catalogue")
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    errors = process.stderr.read()
    assert process.wait(timeout=60) == 0
    process.stderr.close()
    assert errors == ""
