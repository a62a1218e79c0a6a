"""The desk in a real browser: shelf, desk, jobs, report, in both languages and two widths."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.service.conftest import TOKEN, town

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="chromium and chromium-driver needed"),
]


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


class Browser:
    """Chromium, and the page's own marks of being ready."""

    def __init__(self, width: int):
        from selenium import webdriver

        options = webdriver.ChromeOptions()
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu"):
            options.add_argument(argument)
        options.add_argument(f"--window-size={width},900")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))

    def until(self, script: str, seconds: float = 60) -> object:
        """The value of a script, once it is true."""
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.driver, seconds).until(
            lambda driver: driver.execute_script("return " + script)
        )

    def screen(self, name: str) -> None:
        self.until(
            f"document.getElementById('main').dataset.screen === '{name}'"
            " && document.getElementById('main').dataset.ready === 'yes'"
        )

    def click(self, script: str) -> None:
        self.until(script)
        self.driver.execute_script(f"({script}).click()")

    def text(self) -> str:
        return str(self.driver.execute_script("return document.body.innerText"))

    def asked(self) -> set[str]:
        """Hosts that the page sent a request to."""
        found = set()
        for entry in self.driver.get_log("performance"):  # type: ignore[no-untyped-call]
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.add(message["params"]["request"]["url"].split("/")[2])
        return found


def button(text: str) -> str:
    """Script of the first button with a text."""
    return f"[...document.querySelectorAll('button')].find(b => b.textContent === {text!r})"


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
        faults = [
            entry
            for entry in browser.driver.get_log("browser")  # type: ignore[no-untyped-call]
            if entry["level"] == "SEVERE"
        ]
        assert faults == []
        assert browser.asked() == {address.split("/")[2]}
    finally:
        browser.driver.quit()
