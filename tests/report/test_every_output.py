"""One quantity, one number: what every output of one run tells, against the layers themselves."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from docx import Document
from openpyxl import load_workbook

import siting
from siting.cli import main
from siting.commands.summary import summary
from siting.result import Result
from siting.texts.numbers import figure
from tests.tools.town import SCENARIO, write_town

pytestmark = pytest.mark.slow

WITH_PLACES = (
    SCENARIO.replace("cost: 20000}", "cost: 20000, capacity: 300}")
    .replace("cost: 50000}", "cost: 50000, capacity: 90}")
    .replace("cost: 30000}", "cost: 30000, capacity: 40}")
    .replace("rules:\n", "rules:\n  min_coverage: [{format: care, share: 0.3, name: care first}]\n")
)
LIMIT_M = {"shop": 300.0, "care": 400.0}
GROUP = {"shop": "all", "care": "elderly"}
WORDS = {
    "en": {
        "all": "everybody",
        "elderly": "60 and over",
        "complete": "With all basic formats",
        "services": "In reach, people × services",
    },
    "zh": {
        "all": "全体居民",
        "elderly": "60 岁以上",
        "complete": "全部",
        "services": "可达人次",
    },
}
Row = list[str]


def town(folder: Path) -> Path:
    """The small town, with half persons, capacities and a rule that keeps an outlet."""
    file = write_town(folder, WITH_PLACES)
    people = (folder / "people.csv").read_text().splitlines()
    rows = people[:2]
    for line in people[2:]:
        cell = line.split(",")
        rows.append(",".join([*cell[:3], f"{cell[3]}.5", f"{cell[4]}.5", *cell[5:]]))
    (folder / "people.csv").write_text("\n".join(rows) + "\n")
    return file


def rows_of(file: Path) -> list[dict[str, str]]:
    """Of a csv file."""
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def recounted(folder: Path, plan: list[dict[str, Any]]) -> dict[str, Any]:
    """Every quantity from the layers and the plan's rows: straight lines, no code of ours."""
    people = [
        (float(r["x"]), float(r["people"]), float(r["old"])) for r in rows_of(folder / "people.csv")
    ]
    site = {r["id"]: float(r["x"]) for r in rows_of(folder / "premises.csv")}
    stands: dict[str, list[float]] = {
        "shop": [float(r["x"]) for r in rows_of(folder / "outlets.csv")],
        "care": [],
    }
    told: dict[str, Any] = {"people": sum(all_ for _, all_, _ in people)}
    reached: dict[str, tuple[list[bool], list[bool]]] = {}
    for format_, limit in LIMIT_M.items():
        opens = [site[row["site"]] for row in plan if row["format"] == format_]
        near = [
            [min((abs(x - at) for at in there), default=9e9) <= limit for x, *_ in people]
            for there in (stands[format_], stands[format_] + opens)
        ]
        reached[format_] = near[0], near[1]
        column = 1 if GROUP[format_] == "all" else 2
        told[format_] = {
            "people": sum(p[column] for p in people),
            "before": sum(p[column] for p, there in zip(people, near[0], strict=True) if there),
            "after": sum(p[column] for p, there in zip(people, near[1], strict=True) if there),
        }
    told["complete"] = [told["shop"]["before"], told["shop"]["after"]]  # shops alone are basic
    told["services"] = [
        sum(told[format_][when] for format_ in LIMIT_M) for when in ("before", "after")
    ]
    room = {"standard": 300, "large": 90, "small": 40}
    told["places"] = {}
    for format_ in {row["format"] for row in plan}:
        mine = [row for row in plan if row["format"] == format_]
        told["places"][format_] = {
            "places": sum(room[row["size"]] for row in mine),
            "people": told[format_]["after"] - told[format_]["before"],
        }
    told["each"] = {}
    for number, row in enumerate(plan):
        others = [r for r in plan if r["format"] == row["format"]]
        column = 1 if row["format"] == "shop" else 2
        gained = 0.0
        for k, person in enumerate(people):
            if reached[row["format"]][0][k] or not reached[row["format"]][1][k]:
                continue
            walks = [abs(site[other["site"]] - person[0]) for other in others]
            gained += person[column] * (others[walks.index(min(walks))] is row)
        told["each"][number] = gained
    return told


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], dict[str, Any]]:
    """The town with a result, what result.json holds, and what is recounted."""
    folder = tmp_path_factory.mktemp("town")
    assert main(["solve", str(town(folder)), "--out", str(folder / "r"), "--threads", "1"]) == 0
    record = json.loads((folder / "r" / "result.json").read_text("utf-8"))
    return folder, record, recounted(folder, record["plan"])


def test_result_json_tells_what_is_there(run: tuple[Path, dict[str, Any], dict[str, Any]]) -> None:
    """Coverage, everybody, complete circles, people x services, places, cost a person: each as
    counted anew from the layers; and half of the outlets are marked as the dearest."""
    _, record, mine = run
    for format_, group in GROUP.items():
        assert record["coverage"][format_][group] == pytest.approx(mine[format_])
    reach = record["in_reach"]
    assert reach["people"] == mine["people"]
    assert [reach["complete_before"], reach["complete_after"]] == mine["complete"]
    assert [reach["services_before"], reach["services_after"]] == mine["services"]
    for format_, told in mine["places"].items():
        assert record["places"][format_]["places"] == told["places"]
        assert record["places"][format_]["people"] == pytest.approx(told["people"])
        in_all = record["places"][format_]["in_all"]  # of the shop that stands nothing is told
        assert in_all == (None if format_ == "shop" else told["places"])
        each = 1000 * told["places"] / mine["people"]
        assert record["places"][format_]["per_1000"] == pytest.approx(each)
    for number, row in enumerate(record["plan"]):
        assert row["newly_covered"] == pytest.approx(mine["each"][number])
        assert row["cost_per_person"] == pytest.approx(row["cost"] / mine["each"][number])
    dearest = sorted(record["plan"], key=lambda row: -row["cost_per_person"])
    assert [row["dearest"] for row in dearest] == [True] * 2 + [False] * (len(dearest) - 2)
    (care,) = (row for row in record["plan"] if row["format"] == "care")
    assert [kept["rule"] for kept in care["keeps"]] == ["care first"]
    assert any("places opened for" in warning for warning in record["warnings"])


def page_cells(page: str) -> Iterator[list[str]]:
    """Every row of every table of a page, as text."""
    for row in re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.S):
        cells = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.S)
        yield [re.sub(r"<[^>]+>|&thinsp;", "", cell).strip() for cell in cells]


def percent(part: float, whole: float) -> str:
    """As people read it, without a space."""
    return f"{figure(100 * part / whole, 1)}%"


@dataclass(frozen=True)
class Outputs:
    """Everything that people read of one run, in one language."""

    words: Mapping[str, str]
    record: dict[str, Any]
    mine: dict[str, Any]
    terminal: str
    page: str
    printed: dict[str, list[Row]]
    """Rows of tables: terminal, page, document."""
    sheets: list[list[Any]]
    """Of the workbook, figures as numbers."""
    folder: Path


@pytest.fixture(scope="module", params=["en", "zh"])
def told(
    request: pytest.FixtureRequest,
    run: tuple[Path, dict[str, Any], dict[str, Any]],
) -> Outputs:
    """The outputs of the run."""
    folder, record, mine = run
    lang, out = request.param, folder / "r"
    formats = ["--format", "html,docx,xlsx,gpkg"]
    assert main(["report", str(out), "--lang", lang, *formats]) == 0
    terminal = summary(Result.load(out), siting.load(folder), lang=lang)
    page = (out / "report.html").read_text("utf-8")
    document = Document(str(out / "report.docx"))
    book = load_workbook(out / "report.xlsx")
    printed = {
        "terminal": [re.split(r"\s{2,}", line.strip()) for line in terminal.splitlines()],
        "page": list(page_cells(page)),
        "document": [[c.text for c in row.cells] for t in document.tables for row in t.rows],
    }
    sheets = [list(row) for sheet in book for row in sheet.iter_rows(values_only=True)]
    page = page[: page.index('id="data">')]
    return Outputs(WORDS[lang], record, mine, terminal, page, printed, sheets, out)


def test_who_has_a_format_in_reach(told: Outputs) -> None:
    """People, before and after with their shares, and what is gained: of each format the same in
    terminal, page, document, workbook and layers."""
    layer = gpd.read_file(told.folder / "report.gpkg", layer="people")
    for format_, group in GROUP.items():
        mine, name = told.mine[format_], told.words[group]
        gained = mine["after"] - mine["before"]
        shares = [percent(mine[when], mine["people"]) for when in ("before", "after")]
        for output, rows in told.printed.items():
            mine_rows = [r for r in rows if r[0] == format_ and name in r and figure(gained) in r]
            seen = [" ".join(row).replace(" %", "%") for row in mine_rows]
            (row,) = (text for text in seen if all(share in text for share in shares))
            assert figure(mine["people"]) in row, (output, row)
            if output != "terminal":
                assert all(figure(mine[when]) in row for when in ("before", "after"))
        wanted = [mine["people"], mine["before"], mine["after"], gained]
        cells = (r for r in told.sheets if r[0] == format_ and name in r and gained in r)
        assert any(row[4:8] == wanted for row in cells)
        state, persons = layer[f"{format_}_{group}"], layer[f"people_{group}"]
        assert persons[state.isin([1, 2])].sum() == pytest.approx(mine["after"])
        assert persons[state.isin([1, -1])].sum() == pytest.approx(mine["before"])


def test_the_nearest_outlet_and_the_minutes_to_it(told: Outputs) -> None:
    """Of each place in reach, as the lines of the same file have it; empty where nothing is."""
    file = told.folder / "report.gpkg"
    layer = gpd.read_file(file, layer="people").set_index("id")
    lines = gpd.read_file(file, layer="assignment")
    for format_, group in GROUP.items():
        lines_here = lines[lines["format"] == format_].sort_values("walk_m")
        first = lines_here.drop_duplicates("point").set_index("point")
        here = layer[layer[f"{format_}_{group}"].isin([1, 2]) & (layer[f"people_{group}"] > 0)]
        assert set(here.index) <= set(first.index)
        assert (here[f"{format_}_nearest"] == first.loc[here.index, "served_by"]).all()
        if f"{format_}_minutes" in layer:
            walks = first.loc[here.index, "walk_m"]
            paces = (walks / here[f"{format_}_minutes"] / 60)[walks > 300]
            assert paces.empty or paces.max() == pytest.approx(paces.min(), rel=0.05)
            outside = layer.index.difference(first.index)
            assert layer.loc[outside, f"{format_}_minutes"].isna().all()
            old = layer[layer[f"{format_}_minutes_before"].notna()]
            assert (old[f"{format_}_minutes"] <= old[f"{format_}_minutes_before"]).all()
    counted = layer[[f"{format_}_nearest" for format_ in GROUP]].notna().sum(axis=1)
    assert (layer["formats_in_reach"] >= counted).all()


def test_the_first_cards(told: Outputs) -> None:
    """First everybody with all basic formats in reach, before and after, as a share with both of
    its parts; then people x services with the mean per person."""
    everybody, complete = told.mine["people"], told.mine["complete"]
    parts = [figure(n) for n in (*complete, everybody)]
    shares = [percent(n, everybody) for n in complete]
    cards = re.findall(r"<li><span>(.*?)</span><b>(.*?)</b><small>(.*?)</small></li>", told.page)
    assert told.words["complete"] in cards[0][0] and told.words["services"] in cards[1][0]
    assert cards[0][1].replace(" ", "") == shares[1]
    assert all(part in cards[0][2] for part in parts)
    assert shares[0] in cards[0][2].replace(" ", "")
    services = [figure(n) for n in told.mine["services"]]
    means = [figure(n / everybody, 2) for n in told.mine["services"]]
    assert cards[1][1] == services[1]
    assert all(n in cards[1][2] for n in (services[0], *means))
    lines = told.terminal.splitlines()
    (line,) = (text for text in lines if told.words["complete"] in text and "→" in text)
    assert all(part in line for part in (*parts, *shares))
    (line,) = (text for text in lines if told.words["services"] in text)
    assert all(n in line for n in (*services, *means))
    for rows in (told.printed["document"], told.sheets):
        flat = [[str(cell) for cell in row] for row in rows]
        row = next(r for r in flat if told.words["complete"] in r[0] and len(r) > 2)
        assert all(part in row[2] for part in parts)
        row = next(r for r in flat if told.words["services"] in r[0])
        assert figure(float(row[1].replace(",", ""))) == services[1]


def test_places_are_told_beside_people(told: Outputs) -> None:
    """Places, people and their ratio of each format in terminal, page, document and workbook."""
    for format_, mine in told.mine["places"].items():
        people, places = figure(mine["people"]), figure(mine["places"])
        use = percent(mine["people"], mine["places"])
        bracketed = f"{people}/{places} ({use})", f"{people}/{places}（{use}）"
        assert any(written in told.terminal for written in bracketed)
        for output in ("page", "document"):
            rows = [[cell.replace(" %", "%") for cell in r] for r in told.printed[output]]
            assert any(r[:4] == [format_, places, people, use] for r in rows)
        assert any(r[:3] == [format_, mine["places"], mine["people"]] for r in told.sheets)


def test_why_and_for_how_much_each(told: Outputs) -> None:
    """Of each outlet what a person costs, and why it is in the plan; the dearest are marked."""
    layers = [
        gpd.read_file(told.folder / file, layer="plan").sort_values(["site", "format"])
        for file in ("report.gpkg", "sites.gpkg")
    ]
    plan = sorted(told.record["plan"], key=lambda row: (row["site"], row["format"]))
    for opens, (_, one), (_, other) in zip(
        plan, layers[0].iterrows(), layers[1].iterrows(), strict=True
    ):
        for row in (one, other):
            assert row["newly_covered"] == pytest.approx(opens["newly_covered"])
            assert row["cost_per_person"] == pytest.approx(opens["cost_per_person"])
            assert bool(row["dearest"]) == opens["dearest"]
        kept = [rule["rule"] for rule in opens["keeps"]]
        assert ("care first" in one["why"]) == ("care first" in other["keeps"]) == bool(kept)
        each, site = figure(opens["cost_per_person"]), opens["site"]
        for output in ("page", "document"):
            rows = told.printed[output]
            assert any(site in r and each in r and one["why"] in r for r in rows), (each, one, rows)
        assert any(site in r and one["why"] in r for r in told.sheets)
        lines = [text for text in told.terminal.splitlines() if f"{site} " in text]
        assert [each in text for text in lines] == [True] * opens["dearest"]


def test_people_are_whole_people(told: Outputs) -> None:
    """Nobody reads of half a person, though the layer holds them."""
    mine = told.mine
    counts = [mine["people"], *mine["complete"], *mine["services"], *mine["each"].values()]
    counts += [n for format_ in GROUP for n in mine[format_].values()]
    halves = {f"{n:,.1f}" for n in counts if n % 1}
    assert len(halves) > 4, counts
    texts = {output: " ".join(map(" ".join, rows)) for output, rows in told.printed.items()}
    for output, text in {**texts, "terminal": told.terminal, "page": told.page}.items():
        assert not halves & set(re.findall(r"[\d,]+\.\d+", text)), output
