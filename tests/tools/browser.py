"""Chromium without a screen, for tests of pages; the pages' own marks say when they are ready."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
needs_browser = [
    pytest.mark.slow,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="chromium and chromium-driver needed"),
]


PATIENCE_S = 300
"""What a step may take on a slow machine; no test judges by it."""
LEAST_WINDOW = 500
"""Pixels that a window has at least, whatever is asked of it; what is narrower is emulated."""


class Browser:
    """One window; ends with ``driver.quit()``.

    Args:
        width: of the window, in pixels.
        downloads: where files are saved that a page offers.
        env: variables of the browser's process; None = those of this one.
    """

    def __init__(
        self, width: int, downloads: Path | None = None, env: dict[str, str] | None = None
    ):
        from selenium import webdriver

        options = webdriver.ChromeOptions()
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu"):
            options.add_argument(argument)
        options.add_argument(f"--window-size={width},900")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        if downloads is not None:
            wanted = {"download.default_directory": str(downloads)}
            options.add_experimental_option("prefs", wanted)
        self.driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER, env=env))
        self.driver.set_script_timeout(PATIENCE_S)
        if width < LEAST_WINDOW:
            size = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": False}
            self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def until(self, script: str, seconds: float = PATIENCE_S) -> object:
        """The value of a script, once it is true."""
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.driver, seconds).until(
            lambda driver: driver.execute_script("return " + script)
        )

    def screen(self, name: str) -> None:
        """Waits until a screen of the planning desk is there."""
        self.until(
            f"document.getElementById('main').dataset.screen === '{name}'"
            " && document.getElementById('main').dataset.ready === 'yes'"
        )

    def click(self, script: str) -> None:
        """An element, once it is there."""
        self.until(script)
        self.driver.execute_script(f"({script}).click()")

    def text(self) -> str:
        """What is to be read on the page."""
        return str(self.driver.execute_script("return document.body.innerText"))

    def asked(self) -> set[str]:
        """Hosts that the page sent a request to."""
        found = set()
        for entry in self.driver.get_log("performance"):  # type: ignore[no-untyped-call]
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.add(message["params"]["request"]["url"].split("/")[2])
        return found

    def faults(self) -> list[str]:
        """What the console calls severe."""
        entries = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [str(entry) for entry in entries if entry["level"] == "SEVERE"]


def button(text: str) -> str:
    """Script of the first button with a text."""
    return f"[...document.querySelectorAll('button')].find(b => b.textContent === {text!r})"
