"""``sweep.html``: what a planner reads off it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from siting.sweep import page
from siting.sweep.ledger import Entry
from siting.sweep.task import Settings, Task


def row(district: str, people: float, cost: int) -> dict[str, Any]:
    """An outlet of a plan, as result.json has it."""
    return {"district": district, "newly_covered": people, "cost": cost}


def record(plan: list[dict[str, Any]]) -> dict[str, Any]:
    """What is read of a result."""
    covered = {"people": 1000.0, "before": 234.0, "after": 608.0}
    return {
        "plan": plan,
        "budget": {"spent": sum(line["cost"] for line in plan)},
        "coverage": {"wet_market": {"all": covered}, "odd": {"all": covered}},
        "formats": {"wet_market": {"zh": "菜市场", "en": "Wet market"}},
    }


@pytest.fixture
def html(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Of two circles, whose folders have signs that an address gives a meaning to."""
    found = {
        "results/50%#1": record([row("北", 100.0, 500_000), row("南", 30.0, 1_000_000)]),
        "results/<b>?": record([row("东", 90.0, 300_000)]),
    }
    monkeypatch.setattr(page, "read_record", lambda at: found[at.relative_to(tmp_path).as_posix()])
    tasks, entries = [], []
    for k, folder in enumerate(found):
        name = folder.removeprefix("results/")
        tasks.append(Task(name, "", None, (), Settings(), {}, str(k)))
        entries.append(Entry(str(k), name, None, "done", result=folder, objective=1.0, bound=1.0))
    return page.page(tasks, entries, tmp_path, "zh")


def test_what_helps_most_stands_first(html: str) -> None:
    """People for a million, of circles and of districts: 90 for 0.3 million before 130 for 1.5."""
    ranked = html.rsplit("<h2>", maxsplit=1)[-1]
    cells = re.findall(r'<tr data-name="([^"]*)">.*?([\d,]+)</td><td class="bar">', ranked)
    assert cells == [
        ("&lt;b&gt;?", "300"),
        ("50%#1", "87"),
        ("&lt;b&gt;?: 东", "300"),
        ("50%#1: 北", "200"),
        ("50%#1: 南", "30"),
    ]


def test_small_multiples_tell_names_and_shares(html: str) -> None:
    """A format by its name in the page's language, by its id where it has none; shares in words as
    well as in bars, and what the colours mean."""
    assert html.count(">菜市场<") == html.count(">odd<") == 2
    assert html.count("23.4% → 60.8%") == 4
    for words in ("现已覆盖", "方案新增覆盖", "未覆盖", "2 个求解任务：完成 2"):
        assert words in html


def test_a_folder_of_any_name_can_be_opened(html: str) -> None:
    """Its report's address is quoted, its name never markup."""
    assert 'href="results/50%25%231/report.html"' in html
    assert 'href="results/%3Cb%3E%3F/report.html"' in html
    assert "<b>" not in html
