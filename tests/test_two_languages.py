"""What the shipped scenarios print in both languages: the same figures, no foreign word.

Words that come from the data (ids, names, sources, reasons) are the data's own and stand in either
language; so do the few names in ``NAMES``.
"""

from __future__ import annotations

import csv
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from html import unescape
from pathlib import Path
from zipfile import ZipFile

import pytest

from siting.cli import main
from siting.scenario.formats.catalogue import load_catalogue
from siting.texts.words import LANGS, Words
from tests.tools.town import SCENARIO, write_town
from tests.tools.worlds import World

ROOT = Path(__file__).parents[1]
SHIPPED = ("chang-an", "chang-an-plan")
NAMES = {
    "siting", "report", "html", "json", "csv", "xlsx", "gpkg", "yaml", "png", "svg", "EPSG", "sha",
    "CNY", "HiGHS", "highs", "GB", "km", "shapely", "scipy", "gates", "best", "within", "order",
    "tiers", "required", "false", "result", "FILE", "SFCA", "RESULT", "explain",
}  # fmt: skip
"""Names of programs, files, options, keys and units that no language translates."""
CHINESE = re.compile("[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]+")
WORD = re.compile("[A-Za-z_]{2,}")
HASH = re.compile(r"\b[0-9a-f]{12}\b")
LONG_HASH = re.compile("[0-9a-f]{12,}")
FIGURE = re.compile(r"(?<![A-Za-z_\d.,])\d+(?:,\d{3})*(?:\.\d+)?")
FORMATS = tuple(
    name
    for catalogue in ("cn-2021", "cn-2025")
    for format in load_catalogue(catalogue).formats.values()
    for name in (format.zh, format.en)
)
"""The names of the built-in formats; one tells an age in English alone."""
HALF_WIDTH = re.compile("(?<=[\u3400-\u9fff])[,;:()!?]|[,;:(!?](?=[\u3400-\u9fff])")
PIECE = re.compile(r"\n[ -]*|: |,")
"""What stands between the values of a file."""
CLOCK = re.compile(r"in \d+\.\d s$|用时 \d+\.\d 秒$")

Run = Callable[..., str]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    """Scenario and stored result of each, by name; the small town's is proven best."""
    base = tmp_path_factory.mktemp("two languages")
    found = {}
    for name in SHIPPED:
        scenario, result = ROOT / "scenarios" / name / "scenario.yaml", base / name
        arguments = ["--method", "greedy", "--threads", "1", "--out", str(result)]
        assert main(["solve", str(scenario), *arguments]) == 0
        found[name] = scenario, result
    town = write_town(base / "town")
    assert main(["solve", str(town), "--threads", "1", "--out", str(base / "r")]) == 0
    found["town"] = town, base / "r"
    money = "phases: [2026, 2027]\nbudget: {per_phase: {2026: 45000, 2027: 50000}}"
    text = SCENARIO.replace("budget: 95000", money).replace("  lean: {budget: 42000}", "  lean: {}")
    phased = write_town(base / "phased", text)
    assert main(["solve", str(phased), "--threads", "1", "--out", str(base / "p")]) == 0
    found["phased"] = phased, base / "p"
    return found


@pytest.fixture
def run(capsys: pytest.CaptureFixture) -> Run:
    """What a command prints."""

    def told(*arguments: object) -> str:
        capsys.readouterr()
        assert main([str(argument) for argument in arguments]) == 0
        return str(capsys.readouterr().out)

    return told


def own_words(scenario: Path) -> str:
    """Every text of the scenario's files and of the built-in catalogues."""
    files = [*scenario.parent.glob("*.yaml"), *scenario.parent.glob("*.csv")]
    files += [*scenario.parent.glob("*.geojson")]
    files += [*(ROOT / "siting/scenario/formats/catalogues").glob("*.yaml")]
    return "\n".join(file.read_text(encoding="utf-8") for file in files) + str(scenario)


def figures(text: str) -> Counter[str]:
    """Every number, how often; how long something took is left out."""
    kept = (line for line in text.splitlines() if not CLOCK.search(line))
    told = "\n".join(kept)
    groups = (*Words.of("zh", "group").values(), *Words.of("en", "group").values())
    for name in (*groups, *FORMATS):  # "60 岁以上", "Child care 0-3"
        told = told.replace(name, "")
    return Counter(FIGURE.findall(told))


def check(english: str, chinese: str, data: str) -> None:
    """Both say the same in their own language."""
    assert figures(english) - figures(chinese) == figures(chinese) - figures(english) == Counter()
    own_language(english, chinese, data)


def own_language(english: str, chinese: str, data: str) -> None:
    """No word of the other language, no sign of its width."""
    known = set(WORD.findall(data)) | NAMES
    assert set(WORD.findall(HASH.sub("", chinese))) - known == set()
    assert [text for text in CHINESE.findall(english) if text not in data] == []
    for text in sorted(set(PIECE.split(data)), key=len, reverse=True):
        chinese = chinese.replace(text, "") if HALF_WIDTH.search(text) else chinese
    assert HALF_WIDTH.findall(chinese) == []


def both(run: Run, *arguments: object) -> tuple[str, str]:
    """What a command prints in English and in Chinese."""
    english, chinese = (run(*arguments, "--lang", lang) for lang in LANGS)
    assert len(english.splitlines()) == len(chinese.splitlines())
    return english, chinese


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("command", ["check", "gaps", "plan", "kpis", "neighbours"])
def test_a_shipped_scenario_is_told_in_both_languages(
    name: str, command: str, folders: dict[str, tuple[Path, Path]], run: Run
) -> None:
    """The same lines with the same figures, each in its own language."""
    scenario, result = folders[name]
    arguments: dict[str, list[object]] = {
        "check": ["check", scenario],
        "gaps": ["gaps", scenario],
        "plan": ["gaps", scenario, "--plan", result, "--kpis"],
        "kpis": ["kpis", result],
        "neighbours": ["neighbours", result],
    }
    check(*both(run, *arguments[command]), own_words(scenario))


STUDIES = {
    "solve": ["--threads", "1", "--force"],
    "verify": [],
    "phases": ["--threads", "1"],
    "alternatives": ["--count", "2", "--threads", "1"],
    "frontier": ["--points", "2", "--threads", "1"],
    "fair": ["--threads", "1"],
    "robustness": ["--threads", "1"],
    "replan": ["--changes", "1", "--threads", "1", "--force"],
}
OF_SCENARIOS = ("solve", "alternatives", "frontier", "fair", "robustness")


@pytest.mark.slow
@pytest.mark.parametrize("command", STUDIES)
def test_a_study_is_told_in_both_languages(
    command: str, folders: dict[str, tuple[Path, Path]], run: Run, tmp_path: Path
) -> None:
    """On a town that is solved to the end, so that both runs find the same."""
    scenario, result = folders["phased" if command == "phases" else "town"]
    arguments = [command, scenario if command in OF_SCENARIOS else result, *STUDIES[command]]
    if command in ("solve", "replan"):
        arguments += ["--out", tmp_path / "out"]
    check(*both(run, *arguments), own_words(scenario) + str(tmp_path))


@pytest.mark.slow
def test_plans_side_by_side_are_told_in_both_languages(
    folders: dict[str, tuple[Path, Path]], run: Run, tmp_path: Path
) -> None:
    """compare and score, with a plan that is another's and breaks a rule."""
    scenario, result = folders["town"]
    lean = tmp_path / "lean"
    run("solve", scenario, "--variant", "lean", "--threads", "1", "--out", lean)
    data = own_words(scenario) + "r lean " + str(tmp_path)
    check(*both(run, "compare", result, lean), data)
    plan = tmp_path / "plan.csv"
    plan.write_text("site,format,size\n" + "".join(f"00{k},shop,standard\n" for k in range(6)))
    check(*both(run, "score", scenario, plan, "--result", result), data)


IDS = (
    "wet_market",
    "elderly_daycare",
    "recycling_point",
    "budget.total",
    "min_coverage",
    "max_cover",
    "elderly",
)
"""What has a name in the catalogue, in the texts or in the words for rules."""


@pytest.fixture
def street(tmp_path: Path) -> tuple[Path, Path]:
    """A scenario whose formats are the catalogue's, and its result."""
    world = World(tmp_path)
    world.scenario["rules"] = {
        "min_coverage": [{"format": "elderly_daycare", "group": "elderly", "share": 0.1}]
    }
    world.scenario["objective"] = {"order": "tiers"}
    world.load()
    result = tmp_path / "result"
    arguments = ["--method", "highs", "--threads", "1", "--out", str(result)]
    assert main(["solve", str(world.path), *arguments]) == 0
    return world.path, result


def test_no_id_is_told_where_there_is_a_name(street: tuple[Path, Path], run: Run) -> None:
    """On the terminal, in both languages, of formats, groups, tiers and rules."""
    scenario, result = street
    commands: list[list[object]] = [
        ["check", scenario],
        ["gaps", scenario, "--plan", result, "--kpis"],
        ["neighbours", result],
        ["score", scenario, plan_of(result), "--result", result],
        ["compare", result, result],
        ["solve", scenario, "--method", "greedy", "--threads", "1", "--force", "--out", result],
    ]
    for command in commands:
        english, chinese = both(run, *command)
        for told in (english, chinese):
            lines = [line for line in told.splitlines() if "  siting " not in line]
            assert [(id, line) for id in IDS for line in lines if id in line] == []
        check(english, chinese, own_words(scenario) + str(scenario.parent) + "result #2")


def test_reports_tell_names_in_their_language(street: tuple[Path, Path], run: Run) -> None:
    """Every cell of the workbook and every line of the document and the page."""
    import openpyxl
    from docx import Document

    for lang in LANGS:
        run("report", street[1], "--format", "xlsx,docx,html", "--lang", lang)
        book = openpyxl.load_workbook(street[1] / "report.xlsx")
        cells = [str(cell.value) for sheet in book for row in sheet for cell in row if cell.value]
        document = Document(str(street[1] / "report.docx"))
        lines = [one.text for one in document.paragraphs]
        lines += [
            cell.text for table in document.tables for row in table.rows for cell in row.cells
        ]
        for told in (*cells, *lines, *book.sheetnames):
            assert not [id for id in IDS if id in told and id != "max_cover"], told
            assert lang == "zh" or not CHINESE.search(told), told


@pytest.mark.slow
def test_every_document_is_in_its_language(
    folders: dict[str, tuple[Path, Path]], run: Run, tmp_path: Path
) -> None:
    """Ledgers, quarterly reports, reports, pages of circles, the catalogue and layers' styles of a
    shipped scenario: heads, cells, lists to choose from and what a cell says of itself, names of
    sheets and charts, what a page tells to those who do not see it; and what is printed with it."""
    scenario, result = folders["chang-an-plan"]
    data = own_words(scenario) + str(tmp_path) + INFORMAL
    for lang in LANGS:
        place = tmp_path / lang
        printed = [run("catalogue", "cn-2025+beijing+delivery", "--lang", lang)]
        for ending in ("csv", "xlsx"):
            ledger = place / f"ledger.{ending}"
            place.mkdir(exist_ok=True)
            printed.append(run("ledger", result, "--out", ledger, "--lang", lang))
        type_into(place / "ledger.xlsx", lang)
        quarter = ["--ledger", place / "ledger.xlsx", "--quarter", "2026Q4", "--lang", lang]
        outlets = ["--outlets", scenario.parent / "outlets.csv", "--today", "2027-02-01"]
        formats = ["--format", "docx,xlsx,html", "--out", place / "quarter"]
        printed.append(run("progress", result, *quarter, *outlets, *formats))
        report = ["report", result, "--lang", lang, "--out", place]
        printed.append(run(*report, "--format", "docx,xlsx,html,gpkg"))
        printed.append(run(*report, "--per", "circle", "--format", "docx,html"))
        for file in sorted(place.rglob("*.*")):
            told = "\n".join(told_by(file, lang))
            assert told or file.suffix == ".json", file
            in_language(told, lang, data, file.name)
        for text in printed:
            in_language(text, lang, data, text[:40])


INFORMAL = "docx ledger quarter circles progress.json Ctrl-Z as_rule form_as wish verify SHA solve "
INFORMAL += "Siting start results"
"""Names of files, keys, commands and options beside ``NAMES``, which no language translates."""
HEADS = {"en": ("status", "opened on", "paid"), "zh": ("状态", "开业日期", "已付金额")}


def type_into(ledger: Path, lang: str) -> None:
    """What is doubtful, so that doubts are told: open without a day, opened late, paid too much."""
    import openpyxl

    book = openpyxl.load_workbook(ledger)
    sheet = book.worksheets[0]
    at = {cell.value: cell.column for cell in sheet[1]}
    status, day, paid = (at[head] for head in HEADS[lang])
    word = Words.of(lang, "ledger")["status.open"]
    for row in (2, 3, 4):
        sheet.cell(row, status).value = word
    sheet.cell(3, day).value = "2027-01-15"
    sheet.cell(4, day).value, sheet.cell(4, paid).value = "2026-11-01", 99_000_000
    book.save(ledger)


def in_language(told: str, lang: str, data: str, where: str) -> None:
    """No sign of the other language but the data's own, and in Chinese no sign of half width."""
    if lang == "en":
        assert [text for text in CHINESE.findall(told) if text not in data] == [], where
        return
    known = set(WORD.findall(data)) | NAMES
    assert set(WORD.findall(LONG_HASH.sub("", told))) - known == set(), where
    left = [line for line in told.splitlines() if line.strip() not in data]
    found = [(sign.group(), line) for line in left for sign in HALF_WIDTH.finditer(line)]
    assert [one for one in found if not owned(one[1], data)] == [], where


def owned(line: str, data: str) -> bool:
    """Whether what is beside each sign of half width is the data's own."""
    return all(
        line[max(0, sign.start() - 1) : sign.end() + 1].strip() in data
        for sign in HALF_WIDTH.finditer(line)
    )


def told_by(file: Path, lang: str) -> Iterator[str]:
    """Every text of a file that a reader comes to see."""
    match file.suffix:
        case ".csv":
            with file.open(encoding="utf-8-sig", newline="") as stream:
                yield from (cell for row in csv.reader(stream) for cell in row)
        case ".xlsx":
            yield from of_workbook(file)
        case ".docx":
            with ZipFile(file) as archive:
                for part in archive.namelist():
                    if re.match(r"word/(document|header|footer)\d*\.xml", part):
                        text = archive.read(part).decode("utf-8")
                        yield from re.split(r"<[^>]+>", re.sub(r"</?w:r[ >][^>]*>", "", text))
        case ".html":
            page = re.sub(r"(?s)<style.*?</style>", "", file.read_text(encoding="utf-8"))
            told = r'(?:title|aria-label|alt|placeholder)="([^"]*)"'
            page = re.sub(r"(?s)<script.*?</script>", "", page)
            yield from map(unescape, (*re.findall(told, page), *re.split(r"<[^>]+>", page)))
        case ".gpkg":
            with closing(sqlite3.connect(file)) as package:
                styles = package.execute(
                    "SELECT styleName, styleQML FROM layer_styles WHERE styleName LIKE ?",
                    (f"%({lang})",),
                ).fetchall()
            for name, style in styles:
                yield str(name).removesuffix(f"({lang})")
                yield from map(unescape, re.findall(r'(?:label|name)="([^"]*)"/?>', style))


def of_workbook(file: Path) -> Iterator[str]:
    """Sheets' names, cells, lists to choose from, help and faults of cells, heads of charts."""
    import openpyxl

    for sheet in openpyxl.load_workbook(file):
        if sheet.title != "siting lists":
            yield sheet.title
        yield from (str(c.value) for row in sheet for c in row if isinstance(c.value, str))
        for rule in sheet.data_validations.dataValidation:
            told = (rule.error, rule.errorTitle, rule.prompt, rule.promptTitle)
            yield from (str(text) for text in told if text)
            if rule.type == "list" and str(rule.formula1).startswith('"'):
                yield from str(rule.formula1).strip('"').split(",")
    with ZipFile(file) as archive:
        for part in archive.namelist():
            if "chart" in part and part.endswith(".xml"):
                yield from re.findall(r"<a:t>([^<]*)</a:t>", archive.read(part).decode("utf-8"))


def plan_of(result: Path) -> Path:
    """A stored plan as a table made by hand."""
    rows = json.loads((result / "result.json").read_text(encoding="utf-8"))["plan"]
    path = result.parent / "plan.csv"
    lines = [f"{row['site']},{row['format']},{row['size']}" for row in rows]
    path.write_text("\n".join(["site,format,size", *lines]), encoding="utf-8")
    return path
