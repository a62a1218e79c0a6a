"""``siting verify --json``: what other programs read of a result that was recomputed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from siting.cli import main
from tests.tools.town import write_town


def test_verify_tells_what_it_recomputed_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """ok, objective, bound, certified_gap and violations; a changed plan is a violation, exit 1."""
    town, out = write_town(tmp_path / "town"), tmp_path / "out"
    assert main(["solve", str(town), "--out", str(out), "--threads", "1"]) == 0
    capsys.readouterr()
    assert main(["verify", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told.pop("claims").values()) <= {"proven", "same", "unchecked"}
    assert told == {
        "ok": True,
        "objective": 1346.0,
        "bound": 1346.0,
        "certified_gap": 0.0,
        "violations": [],
    }
    record = json.loads((out / "result.json").read_text("utf-8"))
    record["headline"]["people"] = 7.0
    (out / "result.json").write_text(json.dumps(record), "utf-8")
    assert main(["verify", str(out), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert not told["ok"]
    assert told["violations"] == ["headline.people: stored 7.0, recomputed 0.0"]
