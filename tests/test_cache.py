"""What is kept between two commands, and what happens where it cannot be believed."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import issparse

import siting
from siting import cache as caching
from siting.cache import Cache, digest, users_cache
from siting.scenario import scenario as making
from siting.scenario.assemble import kept_walk, reach

ROOT = Path(__file__).parents[1]


@pytest.fixture
def kept(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "kept")


def _files(cache: Cache) -> list[Path]:
    assert cache.folder is not None
    return sorted(cache.folder.iterdir())


def test_what_is_kept_is_found_under_its_key_only(kept: Cache) -> None:
    """Arrays come back as they were, and the folder is nobody else's."""
    value = {"a": np.arange(5, dtype=np.uint16), "b": ("text", None)}
    assert kept.recall("walk", "1") is None
    assert not kept.holds("walk", "1")
    kept.keep("walk", "1", value)
    assert kept.holds("walk", "1")
    assert not kept.holds("walk", "2")
    found = kept.recall("walk", "1")
    assert found["b"] == value["b"]
    np.testing.assert_array_equal(found["a"], value["a"])
    assert found["a"].dtype == np.uint16
    assert kept.recall("walk", "2") is None
    assert kept.recall("layers", "1") is None
    if os.name == "posix":
        assert kept.folder is not None
        assert kept.folder.stat().st_mode & 0o777 == 0o700
        assert _files(kept)[0].stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "damage",
    [
        lambda held: held[: len(held) // 2],
        lambda held: b"",
        lambda held: held[:-1] + bytes([held[-1] ^ 1]),
        lambda held: held + b"0",
        lambda held: b"x" + held[1:],
    ],
    ids=["half", "empty", "a bit", "longer", "another format"],
)
def test_a_file_that_is_not_whole_is_none(kept: Cache, damage: Any) -> None:
    """It is removed, and the next run writes it anew."""
    kept.keep("walk", "1", list(range(1000)))
    [file] = _files(kept)
    file.write_bytes(damage(file.read_bytes()))
    assert kept.recall("walk", "1") is None
    assert _files(kept) == []


def test_a_file_that_names_what_we_never_keep_is_none(kept: Cache) -> None:
    """A pickle can call anything; only our own and a few libraries' classes are made."""

    class Call:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.mkdir, (str(kept.folder) + "-called",)

    kept.keep("walk", "1", Call())
    assert kept.recall("walk", "1") is None
    assert not Path(f"{kept.folder}-called").exists()


@pytest.mark.skipif(os.name != "posix", reason="owners are told otherwise there")
def test_a_file_that_others_may_write_is_none(kept: Cache) -> None:
    """It may say what they like."""
    kept.keep("walk", "1", "a")
    _files(kept)[0].chmod(0o666)
    assert kept.recall("walk", "1") is None
    assert not kept.holds("walk", "1")


def test_what_was_used_longest_ago_goes(tmp_path: Path) -> None:
    """All together stay under the bound, and one thing alone takes a quarter at most."""
    kept = Cache(tmp_path, most_bytes=10_000)
    for n in range(6):
        kept.keep("walk", str(n), bytes(2_000))
        os.utime(max(_files(kept), key=lambda file: file.stat().st_mtime_ns), ns=(n, n))
        if n == 3:
            assert kept.recall("walk", "0") is not None  # used just now
    assert [n for n in range(6) if kept.recall("walk", str(n)) is not None] == [0, 3, 4, 5]
    assert sum(file.stat().st_size for file in _files(kept)) <= 10_000
    kept.keep("walk", "large", bytes(2_600))
    assert kept.recall("walk", "large") is None
    assert not [file for file in _files(kept) if file.name.startswith(".")]


def test_threads_keep_the_same_thing_at_once(kept: Cache) -> None:
    """Whoever is last, what is found is whole, and nothing else is left."""
    value = list(range(200_000))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: kept.keep("walk", "1", value), range(8)))
    assert kept.recall("walk", "1") == value
    assert len(_files(kept)) == 1


def test_where_nothing_can_be_written_it_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """And the run goes on without."""
    (tmp_path / "file").write_text("in the way")
    kept = Cache(tmp_path / "file" / "scenarios")
    with caplog.at_level(logging.WARNING):
        for n in range(3):
            assert kept.recall("walk", str(n)) is None
            kept.keep("walk", str(n), n)
    assert len(caplog.records) == 1
    assert "nothing is kept in" in caplog.text


def test_the_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """``SITING_CACHE`` is a folder or ``off``; else the user's own cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for said, expected in (
        ("", tmp_path / "siting" / "scenarios"),
        (str(tmp_path / "mine"), tmp_path / "mine" / "scenarios"),
        ("off", None),
        ("OFF", None),
    ):
        monkeypatch.setenv("SITING_CACHE", said)
        assert users_cache().folder == expected


def test_no_two_lists_of_parts_have_one_digest() -> None:
    """Where one part ends and the next begins counts."""
    lists: list[list[str | bytes]] = [["ab", "c"], ["a", "bc"], ["abc"], ["abc", ""], [b"abc"]]
    assert len({digest(parts) for parts in lists}) == len(lists) - 1  # text is its bytes


@pytest.fixture
def walks(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """One entry each time somebody is sent out."""
    made: list[int] = []
    walk = reach.walk_layers

    def counted(*args: Any, **named: Any) -> Any:
        made.append(1)
        return walk(*args, **named)

    monkeypatch.setattr(kept_walk, "walk_layers", counted)
    yield made


def test_a_scenario_is_walked_once(kept: Cache, walks: list[int], tmp_path: Path) -> None:
    """A second load gives the same problem, summary and warnings without a step; another budget
    needs none either; other streets, limits or places do, and so does who must not believe it."""
    folder = tmp_path / "town"
    shutil.copytree(ROOT / "scenarios" / "chang-an", folder)

    def load(*changes: str) -> siting.Scenario:
        return replace(siting.load(folder, overrides=changes), cache=kept)

    first = load()
    problem = first.problem()
    assert len(walks) == 1
    second = load()
    again = second.problem()
    assert len(walks) == 1
    for name in ("point", "cost", "start"):
        before, now = getattr(problem.reach, name), getattr(again.reach, name)
        np.testing.assert_array_equal(before, now)
        assert before.dtype == now.dtype
    assert second.summary() == first.summary()
    assert second.demand.equals(first.demand)
    assert second.premises.equals(first.premises)
    rows = np.arange(3)
    np.testing.assert_array_equal(
        second.assembled.walked.ways.nearest("premises", rows),
        first.assembled.walked.ways.nearest("premises", rows),
    )
    load("budget=1000000").problem()
    assert len(walks) == 1
    load("travel.snap_limit_m=50").problem()
    assert len(walks) == 2
    load().without_cache().problem()
    assert len(walks) == 3
    assert load().at_speed(0.5).reach.n_pairs <= problem.reach.n_pairs
    assert len(walks) == 4


def _same(one: Any, other: Any) -> bool:
    """Whether two values hold the same, arrays bit for bit with their types."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    if issparse(one):
        parts = ("data", "indices", "indptr", "shape")
        return all(_same(getattr(one, part), getattr(other, part)) for part in parts)
    if is_dataclass(one):
        return all(_same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def test_a_problem_is_made_once(kept: Cache, tmp_path: Path) -> None:
    """Who comes after finds the problem and what is told of the layers, reads no layer for them,
    and whatever else is asked of the scenario stands upon that problem. Another budget, another
    catalogue and who must not believe it make it anew; a problem too large is not kept."""
    folder = tmp_path / "town"
    shutil.copytree(ROOT / "scenarios" / "chang-an", folder)

    def load(*changes: str) -> siting.Scenario:
        return replace(siting.load(folder, overrides=changes), cache=kept)

    first = load()
    problem, told = first.problem(), first.summary()
    second = load()
    second.check_layers()
    assert _same(second.problem(), problem)
    assert second.summary() == told
    assert second.warnings == first.warnings
    assert not {"contents", "assembled"} & set(vars(second))
    assert second.assembled.problem is second.problem()
    richer = load("budget=1000000")
    assert not _same(richer.problem(), problem)
    other = load("formats.catalogue=cn-2021")
    assert other.problem() is other.assembled.problem
    anew = load().without_cache()
    assert _same(anew.problem(), problem)
    assert "assembled" in vars(anew)


def test_a_large_problem_is_not_kept(kept: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its walk is; both would lie in memory at once when they are read."""
    monkeypatch.setattr(making, "MOST_PAIRS", 0)
    replace(siting.load(ROOT / "scenarios" / "chang-an"), cache=kept).problem()
    assert {file.name.partition("-")[0] for file in _files(kept)} == {"layers", "walk"}


def test_another_build_finds_nothing(kept: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another version computed may be what that version got wrong."""
    kept.keep("walk", "1", 1)
    assert kept.recall("walk", "1") == 1
    monkeypatch.setattr(caching, "_program", lambda: "another")
    assert kept.recall("walk", "1") is None
