"""The desk in a real browser: shelf, desk, jobs, report, in both languages and two widths."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.service.conftest import TOKEN, town
from tests.tools.browser import Browser, button, needs_browser

pytestmark = needs_browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service of its own in a process of its own; its address with the token."""
    place = tmp_path_factory.mktemp("story")
    town(place / "shelf" / "town")
    command = [sys.executable, "-m", "siting", "serve", str(place / "shelf"), "--no-open"]
    command += ["--data", str(place / "data"), "--lang", "en"]
    env = os.environ | {"SITING_TOKEN": TOKEN}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as running:
        assert running.stdout is not None
        yield running.stdout.readline().strip()
        running.terminate()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_planner_opens_changes_solves_and_reads(address: str, width: int) -> None:
    """Check, open, buy twice, undo, improve, stop and keep, put on the desk, read the report; then
    in Chinese. No fault in the console, no request to anybody else, nothing wider than the page."""
    browser = Browser(width)
    try:
        browser.driver.get(address)
        browser.screen("shelf")
        browser.click(button("Check"))
        browser.until("document.body.innerText.includes('Town: no faults')")
        browser.click(button("Open"))
        browser.screen("desk")
        for revision in (1, 2):
            browser.click("document.getElementById('next')")
            browser.click("document.querySelector('#card button')")
            browser.until(f"document.getElementById('map').dataset.revision === '{revision}'")
            browser.driver.execute_script("document.getElementById('card').replaceChildren()")
        assert "changed by hand" in browser.text()
        browser.click("document.getElementById('undo')")
        browser.until("document.getElementById('map').dataset.revision === '3'")
        browser.click("document.getElementById('judge')")
        browser.until("document.getElementById('badge').textContent.includes('checked')")
        assert browser.until(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
        browser.click("document.getElementById('improve')")
        browser.screen("jobs")
        browser.until("document.getElementById('main').dataset.job === 'successful'", 120)
        browser.click(button("Put on the desk"))
        browser.screen("desk")
        browser.until("document.getElementById('badge')?.textContent.includes('proven best')")
        browser.click("document.getElementById('language')")
        browser.until("document.documentElement.lang === 'zh'")
        browser.until("document.getElementById('badge')?.textContent.includes('已证明最优')")
        assert browser.faults() == []
        assert browser.asked() == {address.split("/")[2]}
    finally:
        browser.driver.quit()
