"""The result folder: complete, readable again, never lost by accident."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.errors import InputError
from siting.problem import Problem
from siting.problem.solution import Certificate
from siting.report import folder
from siting.result import Result
from siting.result.certificate_file import save_arrays
from siting.result.stored import KEYS
from tests.tools.depth import examples
from tests.tools.plans import some_result
from tests.tools.problems import build, problems
from tests.tools.result_keys import RESULT_KEYS

PLAN_KEYS = {
    "site",
    "format",
    "size",
    "action",
    "phase",
    "district",
    "cost",
    "area_m2",
    "newly_covered",
    "outlet",
    "until",
    "keeps",
    "host_of",
    "cost_per_person",
    "dearest",
}


def small(seed: int = 1, *families: str) -> Problem:
    """A problem with money and two formats."""
    rng = np.random.default_rng(seed)
    return build(frozenset(families or {"budget", "tiers", "floor"}), 4, 8, 2, 8, np.uint16, rng)


def same_certificate(a: Certificate, b: Certificate) -> bool:
    """Field by field, arrays with their types."""
    if (a.cliques is None) != (b.cliques is None):
        return False
    pairs: list[tuple[Any, Any]] = [
        (a.u, b.u),
        *zip(a.theta, b.theta, strict=True),
        *zip(a.phi, b.phi, strict=True),
    ]
    if a.cliques is not None and b.cliques is not None:
        pairs += [
            (getattr(a.cliques, k), getattr(b.cliques, k)) for k in ("start", "option", "theta")
        ]
    scalars = ("theta_scale", "tier", "held", "held_price")
    return all(np.array_equal(x, y) and x.dtype == y.dtype for x, y in pairs) and all(
        getattr(a, k) == getattr(b, k) for k in scalars
    )


@examples(20)
@given(problems(), st.integers(0, 99))
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, problem: Problem, seed: int
) -> None:
    """A result folder holds everything a result says, certificate included."""
    given_result = some_result(problem, seed)
    out = tmp_path_factory.mktemp("out")
    back = Result.load(folder.write(given_result, out, force=True))
    assert given_result.plan is not None and back.plan is not None
    pd.testing.assert_frame_equal(back.plan.table, given_result.plan.table)
    assert np.array_equal(back.plan.options, given_result.plan.options)
    assert back.coverage == given_result.coverage
    assert back.plan.budget == given_result.plan.budget
    assert back.plan.rules == given_result.plan.rules
    assert same_certificate(back.certificates[0], given_result.certificates[0])
    for name in (
        "status",
        "limit",
        "objective",
        "bound",
        "gap",
        "spec",
        "method",
        "seed",
        "threads",
        "bound_proof",
        "tiers",
        "warnings",
        "notes",
        "timings",
        "statistics",
    ):
        assert getattr(back, name) == getattr(given_result, name), name


def test_result_json_has_the_stable_keys(tmp_path: Path) -> None:
    """Other tools read these names (docs/contract.md, section 4)."""
    written = folder.write(some_result(small()), tmp_path / "out")
    record = json.loads((written / "result.json").read_text("utf-8"))
    assert record.keys() >= set(RESULT_KEYS)
    assert tuple(record) == KEYS, "what verify calls missing, and no more"
    assert record["plan"] and all(row.keys() == PLAN_KEYS for row in record["plan"])


def test_result_json_reads_as_a_result_too(tmp_path: Path) -> None:
    """RESULT is a result folder or its result.json."""
    written = folder.write(some_result(small()), tmp_path / "out")
    assert Result.load(written / "result.json").objective == Result.load(written).objective


def test_keys_beside_the_stable_ones_may_be_missing(tmp_path: Path) -> None:
    """A result written before there were notes and statistics is read as it was."""
    path = folder.write(some_result(small()), tmp_path / "r")
    record = json.loads((path / "result.json").read_text(encoding="utf-8"))
    del record["notes"], record["statistics"]
    (path / "result.json").write_text(json.dumps(record), encoding="utf-8")
    read = Result.load(path)
    assert (read.notes, read.statistics) == ((), {})


def test_an_existing_result_is_kept_without_force(tmp_path: Path) -> None:
    """Nothing is overwritten by accident, and force replaces the whole folder."""
    written = folder.write(some_result(small(1)), tmp_path / "out")
    before = (written / "result.json").read_bytes()
    with pytest.raises(InputError, match="--force"):
        folder.write(some_result(small(2), 5), written)
    assert (written / "result.json").read_bytes() == before
    (written / "stale.txt").write_text("left over")
    folder.write(some_result(small(2), 5), written, force=True)
    assert Result.load(written).seed == 5
    assert not (written / "stale.txt").exists()


def test_force_never_replaces_what_is_no_result(tmp_path: Path) -> None:
    """--out ~ --force must not delete somebody's home."""
    (tmp_path / "letters.txt").write_text("dear")
    with pytest.raises(InputError, match="other files"):
        folder.write(some_result(small()), tmp_path, force=True)
    assert (tmp_path / "letters.txt").read_text() == "dear"


def test_a_result_that_cannot_be_stored_goes_to_a_named_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk filled up during the solve: the plan is in a temporary folder, which a warning
    names; what stood at the place asked for stays, and nothing is left half written."""
    written = folder.write(some_result(small()), tmp_path / "out")
    before = (written / "result.json").read_bytes()

    def full(file: Path, result: Result) -> None:
        if tmp_path in file.parents:
            raise OSError(28, "No space left on device")
        save_arrays(file, result)

    monkeypatch.setattr(folder, "save_arrays", full)
    elsewhere = folder.write(some_result(small(), 7), written, force=True)
    assert elsewhere != written
    told = Result.load(elsewhere).warnings[-1]
    assert str(elsewhere) in told
    assert "No space left on device" in told
    assert (written / "result.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    shutil.rmtree(elsewhere.parent)


def test_a_part_that_fails_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong in a layer, the plan and its certificate are there and say what lacks."""

    def fails(*_: object) -> None:
        raise RuntimeError("sqlite:\n  disk I/O error")

    monkeypatch.setattr(folder, "write_layer", fails)
    written = folder.write(some_result(small()), tmp_path / "out")
    assert sorted(path.name for path in written.iterdir()) == ["certificate.npz", "result.json"]
    assert Result.load(written).warnings[-1] == (
        "sites.gpkg could not be written: sqlite: disk I/O error"
    )


def test_the_hash_of_every_file_is_told(tmp_path: Path) -> None:
    """result.json names what else is in its folder, so that a file exchanged or missing is seen."""
    written = folder.write(some_result(small()), tmp_path / "out")
    files = json.loads((written / "result.json").read_text("utf-8"))["files"]
    assert sorted(files) == ["certificate.npz", "sites.gpkg"]
    for name, told in files.items():
        assert hashlib.sha256((written / name).read_bytes()).hexdigest() == told


def test_a_result_without_a_plan_is_stored(tmp_path: Path) -> None:
    """Infeasible is a result: its bound and status are told, lists are empty."""
    from siting.problem import Objective

    none = Result("infeasible", None, None, 40.0, None, Objective(), "highs", bound_proof="solver")
    record = json.loads((folder.write(none, tmp_path / "out") / "result.json").read_text("utf-8"))
    assert (record["status"], record["plan"], record["coverage"]) == ("infeasible", [], {})
    back = Result.load(tmp_path / "out")
    assert (back.plan, back.objective, back.bound, back.gap) == (None, None, 40.0, None)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "result.json").unlink(), "no result.json"),
        (lambda f: (f / "result.json").write_text("{"), "must be JSON"),
        (lambda f: (f / "result.json").write_text("[1]"), "must be a result"),
        (lambda f: (f / "result.json").write_text('{"siting": "0"}'), "complete result folder"),
        (lambda f: (f / "certificate.npz").unlink(), "complete result folder"),
        (lambda f: (f / "certificate.npz").write_bytes(b"PK\3\4broken"), "complete result folder"),
    ],
)
def test_damage_is_told_in_one_line(tmp_path: Path, damage: object, message: str) -> None:
    """A folder that holds no whole result is bad input, not a traceback."""
    written = folder.write(some_result(small()), tmp_path / "out")
    damage(written)  # type: ignore[operator]
    with pytest.raises(InputError, match=message) as caught:
        Result.load(written)
    assert "\n" not in str(caught.value)


def test_the_plan_is_a_layer_too(tmp_path: Path) -> None:
    """sites.gpkg opens in a GIS with one row an outlet."""
    import geopandas as gpd

    result = some_result(small())
    layer = gpd.read_file(folder.write(result, tmp_path / "out") / "sites.gpkg")
    assert result.plan is not None
    assert len(layer) == len(result.plan)
    assert set(layer["site"]) == set(result.plan.table["site"])
