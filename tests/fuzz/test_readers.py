"""What a fuzzer calls takes anything: read, or refused in one short line."""

from __future__ import annotations

import contextlib
import gc
import io
import random
import warnings
import zipfile
from pathlib import Path

import pytest

from siting.errors import InputError
from siting.execution.sheet import read_sheet
from siting.files.workbook import read_xlsx
from tests.fuzz.coverage import BEGIN
from tests.fuzz.mutation import NASTY, mutated
from tests.fuzz.readers import READERS, taken
from tests.fuzz.samples import SAMPLES


@pytest.fixture(scope="module")
def begins(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The file that each reader begins with."""
    home = tmp_path_factory.mktemp("samples")
    for kind in {kind for kind, _ in BEGIN.values()}:
        SAMPLES[kind].write(home / kind)
    return {name: (home / kind / file).read_bytes() for name, (kind, file) in BEGIN.items()}


@pytest.mark.parametrize("name", READERS)
def test_a_reader_takes_anything(name: str, begins: dict[str, bytes], tmp_path: Path) -> None:
    """Its own sample is read; nothing, noise and thirty mutants of it are read or refused."""
    assert taken(name, begins[name], tmp_path) == "read"
    draw = random.Random(name)
    tries = [b"", b"\x00" * 64, draw.randbytes(500), *NASTY]
    tries += [mutated(begins[name], draw) for _ in range(30)]
    for data in tries:
        assert taken(name, data, tmp_path) in ("read", "refused")


@pytest.mark.parametrize("name", ["xlsx", "ledger.xlsx"])
def test_a_broken_workbook_leaves_no_file_open(
    name: str, begins: dict[str, bytes], tmp_path: Path
) -> None:
    """Whatever part is broken; a service that reads many would run out of files."""
    file = tmp_path / "a.xlsx"
    with zipfile.ZipFile(io.BytesIO(begins["xlsx"])) as archive:
        members = {one: archive.read(one) for one in archive.namelist()}
    for broken in members:
        with zipfile.ZipFile(file, "w") as archive:
            for member, content in members.items():
                archive.writestr(member, b"<x" if member == broken else content)
        with warnings.catch_warnings(record=True) as leaked:
            warnings.simplefilter("always", ResourceWarning)
            with contextlib.suppress(InputError):
                read_sheet(file) if name == "ledger.xlsx" else read_xlsx(file, name, None)
            gc.collect()
        assert not [one for one in leaked if one.category is ResourceWarning], broken
