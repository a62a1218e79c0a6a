"""Wrong inputs and the message each gets, tried for real: ``python -m tests.tools.wrong_inputs``.

Writes the table between the markers of docs/wrong-inputs.md; tests/test_readme.py compares.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import siting
from siting.demo import make_city

PAGE = Path(__file__).parents[2] / "docs" / "wrong-inputs.md"
BLOCK = re.compile(
    r"(<!-- wrong inputs: python -m tests.tools.wrong_inputs -->\n)(.*?)(<!-- /wrong inputs -->)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Wrong:
    """One mistake: what the planner did, and how to do it to a good scenario folder."""

    what: str
    make: Callable[[Path], None]


def _text(old: str, new: str, file: str = "scenario.yaml") -> Callable[[Path], None]:
    """Replace a piece of text that must be there."""

    def make(folder: Path) -> None:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        if old not in text:
            raise ValueError(f"{file} must hold {old!r}")
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return make


def _row(file: str, line: int, column: str, value: str) -> Callable[[Path], None]:
    """Set one value of a csv layer; lines count from 1, the head is line 1."""

    def make(folder: Path) -> None:
        path = folder / file
        rows = [r.split(",") for r in path.read_text(encoding="utf-8-sig").splitlines()]
        rows[line - 1][rows[0].index(column)] = value
        path.write_text("\n".join(",".join(r) for r in rows) + "\n", encoding="utf-8")

    return make


def _head_only(folder: Path) -> None:
    path = folder / "premises.csv"
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")


def _swapped(folder: Path) -> None:
    """Degrees, latitude under x and longitude under y."""
    path = folder / "premises.csv"
    head, *rows = path.read_text(encoding="utf-8-sig").splitlines()
    cells = [row.split(",") for row in rows]
    for row in cells:
        row[1:3] = ["34.26", "108.95"]
    path.write_text("\n".join([head, *(",".join(r) for r in cells)]) + "\n", encoding="utf-8")
    _premises_crs(folder)


def _premises_crs(folder: Path) -> None:
    path = folder / "scenario.yaml"
    before, after = path.read_text(encoding="utf-8").split("premises:", 1)
    after = after.replace("crs: EPSG:4545", "crs: EPSG:4326", 1)
    path.write_text(f"{before}premises:{after}", encoding="utf-8")


def _disguised(folder: Path) -> None:
    """A .geojson that tells GDAL to read another file."""
    (folder / "people.geojson").write_text(
        '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd'
        "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>",
        encoding="utf-8",
    )
    _text("file: people.csv", "file: people.geojson")(folder)


WRONG = (
    Wrong("a misspelt key", _text("budget:", "bugdet:")),
    Wrong("a number in words", _text("detour: 1.3", "detour: a third more")),
    Wrong("a negative budget", _text("budget: ", "budget: -")),
    Wrong("an unknown format", _text("- wet_market", "- wetmarket")),
    Wrong("a format that only delivers", _text("- wet_market\n", "- front_warehouse\n")),
    Wrong("an age group without a column", _text("toddlers: people_0_3\n", "\n")),
    Wrong("a column that is not there", _text("area_m2: area", "area_m2: floor")),
    Wrong(
        "a rule about an unknown site",
        _text("budget:", "rules: {forbid: [{site: S99}]}\nbudget:"),
    ),
    Wrong("a file that is not there", _text("file: people.csv", "file: peolpe.csv")),
    Wrong("two premises of one id", _row("premises.csv", 3, "id", "S01")),
    Wrong("negative persons", _row("people.csv", 5, "people", "-4")),
    Wrong("an area that is no number", _row("premises.csv", 4, "area", "large")),
    Wrong("a layer without rows", _head_only),
    Wrong("latitude and longitude swapped", _swapped),
    Wrong("a YAML alias", _text("currency: CNY", "currency: &c CNY\nvariants: {a: {crs: *c}}")),
    Wrong("a .geojson that is a GDAL script", _disguised),
)


def message(wrong: Wrong) -> str:
    """What the planner reads, without the folder's own path. Empty when nothing is said."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "city"
        make_city(40, 12, 4, out=folder, seed=5)
        wrong.make(folder)
        try:
            siting.load(folder / "scenario.yaml").problem()
        except siting.InputError as error:
            return str(error).replace(f"{folder}/", "").replace(str(folder), "")
    return ""


def table() -> str:
    """All of them as a Markdown table."""
    lines = ["| Wrong input | Message |", "| --- | --- |"]
    for wrong in WRONG:
        told = "<br>".join(f"`{line}`" for line in message(wrong).replace("|", "\\|").splitlines())
        lines.append(f"| {wrong.what} | {told} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the table into docs/wrong-inputs.md."""
    rows = table()
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(BLOCK.sub(lambda match: f"{match[1]}{rows}{match[3]}", text), encoding="utf-8")


if __name__ == "__main__":
    main()
