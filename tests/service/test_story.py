"""The desk in a real browser: a planner's whole afternoon, in both languages and two widths."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.texts.words import Lang
from tests.tools import axe
from tests.tools.browser import Browser, needs_browser
from tests.tools.desk_story import COMMENT, Story, serving, walk, zipped_city

pytestmark = needs_browser


@pytest.mark.parametrize(("lang", "width"), [("zh", 1280), ("en", 390)])
def test_a_planner_uploads_solves_changes_compares_and_reads(
    tmp_path: Path, lang: Lang, width: int
) -> None:
    """Upload, check, solve with a live curve, stop and keep, move two sites, undo, go on from
    there, variant, slider, compare, why, report. On every screen: no grave fault of axe-core,
    nothing wider than the page; at the end no fault in the console, no request to anybody else,
    and the scenario's comment still in its file."""
    archive = zipped_city(tmp_path)
    browser = Browser(width)
    grave: dict[str, list[str]] = {}
    wide: list[str] = []

    def shown(name: str) -> None:
        grave[name] = axe.grave(browser)
        if browser.driver.execute_script(
            "return document.documentElement.scrollWidth > document.documentElement.clientWidth"
        ):
            wide.append(name)

    try:
        with serving(tmp_path) as address:
            walk(Story(browser, address, lang, shown), tmp_path, archive)
            refusals = [fault for fault in browser.faults() if "400 (Bad Request)" not in fault]
            assert refusals == []
            assert browser.asked() == {address.split("/")[2]}
    finally:
        browser.driver.quit()
    assert {name: faults for name, faults in grave.items() if faults} == {}
    assert wide == []
    (scenario,) = (tmp_path / "data" / "uploads").rglob("scenario.yaml")
    text = scenario.read_text(encoding="utf-8")
    assert COMMENT in text and "by hand:" in text
