"""The planning desk in a browser, for ``python -m benchmarks desk``.

A demo city, ``siting serve`` in a process of its own, and headless Chromium without a GPU: how
long a click takes until the map is drawn again, the first picture of a desk that is open, what the
page weighs and what the server keeps. Needs the extras ``web`` and ``dev``, chromium, its driver.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.demo import make_city
from siting.service import app

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver

TOKEN = "a-token-for-measuring-0123456789"
PAGE_KB = 250
CLICK = """
const [site, done] = arguments, box = document.getElementById("search");
box.value = site;
box.dispatchEvent(new Event("change"));
const seen = document.getElementById("map").dataset.revision;
const wait = () => {
  const title = document.querySelector("#card h3"), button = document.querySelector("#card button");
  if (title && title.textContent.endsWith(" " + site) && button) { button.click(); changed(); }
  else setTimeout(wait, 5);
};
const changed = () => document.getElementById("map").dataset.revision !== seen
  ? done(document.getElementById("map").dataset.took) : setTimeout(changed, 5);
wait();
"""


def measure_city(city: str, clicks: int) -> dict[str, float]:
    """Figures of a demo city ``POINTS:SITES:FORMATS``, see :func:`measure`."""
    points, sites, formats = map(int, city.split(":"))
    with TemporaryDirectory() as folder:
        make_city(points, sites, formats, out=Path(folder) / "city", seed=1)
        return measure(Path(folder), clicks)


def measure(folder: Path, clicks: int) -> dict[str, float]:
    """Seconds, milliseconds, MB and kB by name."""
    from selenium.webdriver.support.ui import WebDriverWait

    with serving(folder) as (address, pid):
        driver = chromium()
        wait = WebDriverWait(driver, 300, 0.02)
        drawn = "return document.getElementById('map')?.dataset.drawn"
        try:
            driver.get(address)
            ids = wait.until(
                lambda page: page.execute_script(
                    "return fetch('/api/scenarios').then(a => a.json()).then(a => a.scenarios)"
                )
            )
            begun = time.monotonic()
            driver.execute_script(f"location.hash = '#/desk/open/{ids[0]['id']}'")
            wait.until(lambda page: page.execute_script(drawn))
            opened = time.monotonic() - begun
            begun = time.monotonic()
            driver.refresh()
            wait.until(lambda page: page.execute_script(drawn))
            first = time.monotonic() - begun
            names = driver.execute_script(
                "return [...document.querySelectorAll('#site-ids option:not([label])')]"
                ".map(o => o.value)"
            )
            chance, took = random.Random(1), "[]"
            for _ in range(clicks):
                took = driver.execute_async_script(CLICK, chance.choice(names))
        finally:
            driver.quit()
        memory = _resident_mb(pid)
    times: Any = np.array(json.loads(took), float)
    return {
        "open s": opened,
        "first picture s": first,
        "click median ms": float(np.median(times)),
        "click p95 ms": float(np.percentile(times, 95)),
        "click max ms": float(times.max()),
        "clicks": float(len(times)),
        "page kB gzip": page_kb(),
        "server MB": memory,
    }


def chromium() -> WebDriver:
    """A window without a screen and without a GPU; ends with ``quit()``."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,900"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    driver.set_script_timeout(60)
    return driver


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, int]]:
    """A service on a folder: its address with the token, and its process."""
    command = [sys.executable, "-m", "siting", "serve", str(folder), "--no-open", "--lang", "en"]
    env = os.environ | {"SITING_TOKEN": TOKEN}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as running:
        assert running.stdout is not None
        try:
            yield running.stdout.readline().strip(), running.pid
        finally:
            running.terminate()


def page_kb() -> float:
    """All files of the page, compressed, without the font."""
    files = [app.PAGE / "index.html", *(app.PAGE / name for name in app.PAGE_FILES)]
    return sum(len(gzip.compress(file.read_bytes())) for file in files) / 1000


def _resident_mb(pid: int) -> float:
    """Peak of the process, where the system tells it."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return float("nan")
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
    return int(lines["VmHWM"].split()[0]) / 1000


def section(found: dict[str, Any]) -> list[str]:
    """Lines of desk.md."""
    points, sites, formats = (f"{int(part):,}" for part in found["city"].split(":"))
    rows = [f"| {name} | {value:,.1f} |" for name, value in found.items() if name != "city"]
    return [
        "## In a browser",
        "",
        f"{points} points, {sites} sites, {formats} formats; headless Chromium without a GPU, "
        "clicks upon sites drawn by seed, from the click's request until the map is drawn; the "
        "bars are 50 ms at the 95th percentile, 2 s for the first picture, 250 kB.",
        "",
        "| | |",
        "|---|---:|",
        *rows,
    ]
