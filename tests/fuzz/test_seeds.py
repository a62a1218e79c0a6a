"""What mutants have found, cleaned to its kind: small files that once ended wrongly."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from siting.cli import main as siting
from siting.errors import InputError
from siting.report.page_grid import PageGrid
from siting.result import Result
from siting.result.certificate_file import load_arrays
from tests.fuzz.mutants import judged
from tests.fuzz.samples import SAMPLES

SOLVE = ("solve", "@scenario.yaml", "--method", "greedy", "--threads", "1", "--out", "@out")


def sample(kind: str, folder: Path) -> Path:
    """A fresh sample."""
    SAMPLES[kind].write(folder)
    return folder


def word(name: str, before: str, after: str) -> Callable[[Path], None]:
    """One word of a text file replaced."""

    def change(folder: Path) -> None:
        text = (folder / name).read_text("utf-8")
        assert before in text
        (folder / name).write_text(text.replace(before, after, 1), encoding="utf-8")

    return change


CHECK = ("check", "@scenario.yaml")
SEEDS = {
    "a corner that is nowhere on earth": (
        "edges",
        SOLVE,
        word("nodes.csv", "500800.0", "50000800.0"),
    ),
    "a system that no code names": ("shp", CHECK, word("outlets.prj", "6378137.0", "6378137.5")),
    "a size with a name without end": ("gpkg", CHECK, word("scenario.yaml", "standard", "s" * 500)),
}
"""Name: kind of sample, command, and how it is changed."""


@pytest.mark.parametrize("name", SEEDS)
def test_what_mutants_found_is_taken(name: str, tmp_path: Path) -> None:
    """No internal error, leaked warning, wrong code or long line comes back."""
    kind, command, change = SEEDS[name]
    change(sample(kind, tmp_path))
    assert judged(tmp_path, command, (0, 2)) == []


@pytest.mark.parametrize(
    "head", ["{'descr': '<u2', 'shape': (((", "{", "\x00", "{'shape': 1e9999}"]
)
def test_arrays_with_broken_heads_are_damaged_results(head: str, tmp_path: Path) -> None:
    """NumPy reads an array's head as Python; what its tokenizer raises is no error of ours."""
    SAMPLES["plan"].write(tmp_path)
    file = tmp_path / "r" / "certificate.npz"
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    text = head.encode().ljust(117) + b"\n"
    members["options.npy"] = b"\x93NUMPY\x01\x00v\x00" + text
    with zipfile.ZipFile(file, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    with pytest.raises(InputError, match=r"certificate\.npz"):
        Result.load(tmp_path / "r")
    assert siting(["verify", str(tmp_path / "r")]) == 2


def test_an_array_of_another_program_is_damaged_and_no_warning(tmp_path: Path) -> None:
    """NumPy takes a shape with Python 2's long numbers, which we never write, and warns of it."""
    raw = io.BytesIO()
    np.save(raw, np.arange(3))
    with zipfile.ZipFile(tmp_path / "certificate.npz", "w") as archive:
        archive.writestr("options.npy", raw.getvalue().replace(b"(3,), }", b"(3L,),}"))
    with warnings.catch_warnings(record=True) as leaked:
        warnings.simplefilter("always")
        with pytest.raises(ValueError, match=r"certificate\.npz"):
            load_arrays(tmp_path / "certificate.npz")
    assert leaked == []


def test_a_bundle_whose_members_do_not_unpack_is_no_bundle(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A changed bit within a compressed member is told as of the bundle."""
    file = tmp_path / "r.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bundle.json", "x" * 5000)
    raw = bytearray(file.read_bytes())
    at = 30 + len("bundle.json")
    raw[at : at + 6] = b"\xff" * 6
    file.write_bytes(raw)
    assert siting(["verify", str(file)]) == 2
    told = capsys.readouterr().err
    assert str(file) in told and "internal error" not in told


def test_places_nowhere_are_outside_of_every_page() -> None:
    """Infinite degrees, as a projection gives beyond its system, are whole numbers all the same."""
    frame = PageGrid.around(np.array([[108.9, 34.1], [109.0, 34.2]]), degrees=True)
    steps = frame.steps(np.array([[np.inf, np.inf], [-np.inf, 34.1], [np.nan, 34.1], [1e300, 0]]))
    assert (np.abs(steps) > 2**16).any(axis=1).all()
