"""verify says what it looked at, claim by claim, and notices what was changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from siting.analysis.audit.claims import audit
from siting.cli import main as siting
from tests.tools import tampering
from tests.tools.town import write_town


def test_what_was_changed_is_noticed(capsys: pytest.CaptureFixture[str]) -> None:
    """Figures, files, certificate and inputs of a stored result, one in nine of all kinds (all of
    them by the tool's own command)."""
    assert tampering.main(["--every", "9"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize(("method", "bound"), [("highs", "proven"), ("pulp", "unproven")])
def test_each_claim_has_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], method: str, bound: str
) -> None:
    """A bound is called proven only where it was recomputed; how the run went is not checked."""
    file, out = write_town(tmp_path / "town"), tmp_path / "out"
    assert siting(["solve", str(file), "--method", method, "--out", str(out)]) == 0
    if bound == "unproven":  # a solver's word that is better than what can be recomputed
        record = json.loads((out / "result.json").read_text("utf-8"))
        if record["bound_proof"] == "certificate":
            pytest.skip("the bound of this solver was recomputed")
    states = {claim.name: claim.state for claim in audit(out, sample=2).claims}
    assert states["run"] == "unchecked"
    assert states["bound"] in ("proven", "unproven")
    assert {states[name] for name in ("inputs", "files", "plan", "figures", "walks")} == {"same"}
    capsys.readouterr()
    assert siting(["verify", str(out), "--sample", "0"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "  method, seed, threads and times: not checked" in lines
    assert "  walks, with other libraries: not checked" in lines
