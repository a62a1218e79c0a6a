"""The boundary of readers: one fault in one short line, whatever a library raises or warns of."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from siting.errors import Fault, InputError
from siting.files.boundary import oddness, reading
from siting.files.raw import short
from siting.notice import Notice, in_language, plain
from siting.printable import LONGEST
from siting.walking.load import load_network


@pytest.mark.parametrize(
    "error", [ValueError("a\nb"), RuntimeError(), KeyError("x"), MemoryError()]
)
def test_what_a_library_raises_is_one_fault(error: BaseException) -> None:
    """With the file, what it must be, and a cure; faults told on purpose pass as they are."""
    with (
        pytest.raises(InputError) as caught,
        reading("a.csv", plain("must be a table"), plain("save it anew")),
    ):
        raise error
    (fault,) = caught.value.faults
    assert fault.where == "a.csv"
    assert "\n" not in str(fault)
    told = InputError(Fault("b.csv", plain("must be told")))
    with (
        pytest.raises(InputError, match=r"b\.csv: must be told"),
        reading("a.csv", plain("must be")),
    ):
        raise told


def test_what_a_library_warns_of_stays_inside() -> None:
    """Warnings of a library name its own lines and this machine's folders."""
    with warnings.catch_warnings(record=True) as leaked:
        warnings.simplefilter("always")
        with reading("a.csv", plain("must be a table")):
            warnings.warn("of a library", RuntimeWarning, stacklevel=1)
    assert leaked == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("'/home/me/data/a.gpkg' not recognized", "'a.gpkg' not recognized"),
        ("failed at C:\\Users\\me\\a.shp", "failed at a.shp"),
        ("see http://www.opengis.net/def/crs", "see http://www.opengis.net/def/crs"),
        ("first\nsecond", "first"),
    ],
)
def test_messages_tell_no_folders_of_this_machine(said: str, told: str) -> None:
    """A library's message is cut to its first line and its paths to the file's name."""
    assert short(ValueError(said)) == told


def test_a_fault_is_one_short_printable_line() -> None:
    """However long the names in it, and whatever signs they hold."""
    fault = Fault(
        "/far/" + "deep/" * 200 + "a.csv",
        plain("must be " + "x" * 400),
        "y" * 4000,
        7,
        "k" * 400,
        plain("z" * 400),
    )
    assert len(str(fault)) <= LONGEST
    assert "a.csv:7" in str(fault)
    evil = Fault("a\x1b[2J.csv", plain("must be"), "x\u202ey\r\nz", key="\x00")
    assert str(evil).isprintable()
    assert "\\x1b" in str(evil)


def test_a_notice_is_one_short_printable_line() -> None:
    """In every language, with names of any length."""
    told = Notice("layer.guessed_encoding", where="w" * 500, encoding="\x07", text="t" * 500)
    for lang in ("en", "zh"):
        text = in_language(told, lang)
        assert len(text) <= LONGEST
        assert text.isprintable()


def test_only_regular_files_may_be_read(tmp_path: Path) -> None:
    """Nothing there, a folder, too many bytes: each is told as what it is."""
    file = tmp_path / "a"
    file.write_bytes(b"1234")
    assert oddness(file) is None
    assert oddness(file, 3) == ("must not be larger than 3 bytes", "4")
    assert oddness(tmp_path) == ("must be a file", "a folder")
    assert oddness(tmp_path / "b") == ("must be a file", "nothing there")
    assert oddness(tmp_path / ("b" * 300)) is not None


HEAD = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
STRANGE: dict[str, tuple[str, Callable[[Path], object]]] = {
    "GraphML in another encoding": (
        "a.graphml",
        lambda p: p.write_bytes(b'<?xml version="1.0" encoding="gb2312"?>' + HEAD.encode()),
    ),
    "GraphML without a graph": ("a.graphml", lambda p: p.write_text(HEAD + "</graphml>")),
    "GraphML in an unknown system": (
        "a.graphml",
        lambda p: p.write_text(
            f'{HEAD}<graph><data key="crs">nowhere</data><node id="1"><data key="x">1</data>'
            '<data key="y">1</data></node><edge source="1" target="1"><data key="length">9</data>'
            "</edge></graph></graphml>"
        ),
    ),
    "OSM with numbers that are none": (
        "a.osm",
        lambda p: p.write_text(
            '<osm version="0.6"><node id="x" lat="north" lon="9" version="1"/>'
            '<way id="-1" version="one"><nd ref="x"/></way></osm>'
        ),
    ),
    "a table without columns": ("a.parquet", lambda p: pd.DataFrame().to_parquet(p)),
    "GeoJSON with a system of another type": (
        "a.geojson",
        lambda p: p.write_text(
            '{"type": "FeatureCollection", "crs": {"properties": [1]}, "features": []}'
        ),
    ),
    "GeoJSON with null geometries": (
        "a.geojson",
        lambda p: p.write_text(
            '{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": null}]}'
        ),
    ),
    "GeoJSON with coordinates beyond all numbers": (
        "a.geojson",
        lambda p: p.write_text(
            '{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": {"type": '
            '"LineString", "coordinates": [[1e308, -1e308], [1e308, 1e308]]}}]}'
        ),
    ),
}


@pytest.mark.parametrize("kind", STRANGE)
def test_strange_networks_are_bad_input(tmp_path: Path, kind: str) -> None:
    """What ended as an internal error once is a fault that names the file."""
    name, write = STRANGE[kind]
    write(tmp_path / name)
    with pytest.raises(InputError) as caught:
        load_network(tmp_path / name, "EPSG:4547")
    assert all(name in fault.where for fault in caught.value.faults)
