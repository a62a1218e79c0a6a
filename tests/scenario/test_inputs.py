"""What a scenario was read from is told as it was read, and what changed is named."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import siting
from siting.errors import InputError
from siting.report import folder
from siting.scenario import Scenario
from tests.tools.town import write_town


def test_hashes_are_of_what_was_read(tmp_path: Path) -> None:
    """A file that changes after it was read is told with the hash of what was read, and named in
    the result's warnings."""
    file = write_town(tmp_path / "town")
    people = file.parent / "people.csv"
    before = hashlib.sha256(people.read_bytes()).hexdigest()
    scenario = siting.load(file)
    result = siting.solve(scenario.problem(), method="greedy")
    people.write_text(people.read_text("utf-8").replace("100", "900"), encoding="utf-8")
    assert scenario.inputs["people.csv"] == before
    assert scenario.changed_inputs() == ["people.csv"]
    place = folder.write(result, tmp_path / "out", scenario=scenario)
    stored = siting.Result.load(place)
    assert any("people.csv has changed since it was read" in text for text in stored.warnings)


def test_a_file_that_changes_while_it_is_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Layers of two states fit no plan: the run ends before it begins."""
    file = write_town(tmp_path / "town")
    scenario = siting.load(file)
    contents = Scenario.contents.func  # type: ignore[attr-defined]

    def changing(self: Scenario) -> object:
        read = contents(self)
        (file.parent / "premises.csv").write_text("id,x,y\n", encoding="utf-8")
        return read

    monkeypatch.setattr(Scenario.contents, "func", changing)
    with pytest.raises(InputError, match=r"premises\.csv: must stay as it is"):
        scenario.problem()
