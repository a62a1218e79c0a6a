"""Texts of files that do not say their encoding, or say it wrongly."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from siting.files import encoding
from tests.scenario.layers.test_layers import read, told

CHINESE, WESTERN = ["未央区", "雁塔区"], ["São João", "Petrópolis"]


def shapefile(folder: Path, texts: list[str], written: str, word: str | None, page: int = 0) -> str:
    """A shapefile of districts in an encoding, with what it says of it."""
    points = shapely.points([[5e5, 3.8e6], [5e5 + 300, 3.8e6]])
    frame = gpd.GeoDataFrame({"id": ["A", "B"]}, geometry=points, crs="EPSG:4547")
    frame["d"] = [text.encode(written).decode("latin-1") for text in texts]
    frame.to_file(folder / "p.shp", encoding="ISO-8859-1")
    (folder / "p.cpg").unlink(missing_ok=True)
    table = bytearray((folder / "p.dbf").read_bytes())
    table[29] = page
    (folder / "p.dbf").write_bytes(table)
    if word is not None:
        (folder / "p.cpg").write_text(word)
    return "p.shp"


@pytest.mark.parametrize(
    ("texts", "written", "word", "page"),
    [
        (CHINESE, "utf-8", None, 0),
        (CHINESE, "utf-8", None, 0x4D),  # valid UTF-8 hardly ever is something else
        (CHINESE, "utf-8", "ISO-8859-1", 0),
        (CHINESE, "gbk", None, 0),
        (CHINESE, "gbk", None, 0x57),
        (CHINESE, "gbk", "GBK", 0),
        (CHINESE, "gbk", "ANSI 936", 0),
        (CHINESE, "gbk", "OEM 936", 0),
        (CHINESE, "gbk", "LATIN1", 0),
        (WESTERN, "cp1252", None, 0x57),
        (WESTERN, "cp1252", "ANSI 1252", 0),
        (WESTERN, "cp1252", "88591", 0),
        (["Москва", "Тверь"], "cp1251", None, 0xC9),
        (["大安區", "信義區"], "big5", "Big5", 0),
    ],
)
def test_texts_of_a_shapefile_are_decoded(
    tmp_path: Path, texts: list[str], written: str, word: str | None, page: int
) -> None:
    """What the .cpg, the code page byte or the bytes themselves tell is right; a guess is told."""
    places = read(tmp_path, shapefile(tmp_path, texts, written, word, page), "d", id="id")
    assert places.columns.text("d").tolist() == texts
    if word in ("ISO-8859-1", "LATIN1"):
        assert "which they are" in places.warnings[0]


@pytest.mark.parametrize(
    ("texts", "written", "word", "message"),
    [
        (CHINESE, "gbk", "UTF-8", "p.shp (p.cpg): must name the encoding of the texts"),
        (CHINESE, "gbk", "klingon", "p.shp (p.cpg): must name a known encoding; got 'klingon'"),
        (WESTERN, "cp1252", None, "must say the encoding of its texts"),
        (["大安區", "信義區"], "big5", None, "must say the encoding of its texts"),
    ],
)
def test_texts_that_nobody_can_decode_are_refused(
    tmp_path: Path, texts: list[str], written: str, word: str | None, message: str
) -> None:
    """Never other letters in silence."""
    assert message in told(tmp_path, shapefile(tmp_path, texts, written, word), "d", id="id")


@pytest.mark.parametrize("written", ["utf-8", "gb18030"])
def test_a_character_cut_at_the_fields_end_is_left_out(written: str) -> None:
    """GIS programs cut texts at the width of the field, also inside a character."""
    whole = "碑林区".encode(written)
    assert encoding.guess([whole[:-1], whole]) == written
    assert encoding.uncut(whole[:-1], written) == ("碑林", True)


def test_a_western_table_is_refused_not_turned_into_chinese(tmp_path: Path) -> None:
    """A csv in Windows-1252 fits GB18030 by its bytes, but not by its characters."""
    (tmp_path / "a.csv").write_bytes("id,lon,lat\nSão João,1,2\n".encode("cp1252"))
    assert "must be UTF-8 or GB18030 text" in told(tmp_path, "a.csv", id="id", x="lon", y="lat")


@pytest.mark.parametrize("written", ["utf-8", "gb18030"])
def test_a_table_cut_inside_a_character_is_refused(tmp_path: Path, written: str) -> None:
    """The half of a character at a file's end says that the rest of the file is missing."""
    raw = "id,lon,lat,name\nA,1,2,未央区".encode(written)[:-1]
    (tmp_path / "a.csv").write_bytes(raw)
    fault = told(tmp_path, "a.csv", id="id", x="lon", y="lat")
    assert "text to its end; got a broken character in line 2" in fault
