"""report.html in a real browser: the map follows its controls, the desk counts as WhatIf does."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import siting
from siting.problem import Problem
from siting.report.html import write
from siting.result import Result
from siting.texts.words import LANGS, Lang
from siting.whatif import WhatIf
from tests.service.conftest import town
from tests.tools import axe
from tests.tools.browser import Browser, needs_browser

pytestmark = needs_browser
DRAWN = (
    "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
)


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Problem, Result, Path]:
    """A small town with a frontier: problem, result, page."""
    folder = tmp_path_factory.mktemp("town")
    scenario = siting.load(town(folder))
    problem = scenario.problem()
    result = siting.solve(problem, time_limit=20)
    frontier = siting.frontier(problem, [200, 400, 700]).record()
    page = write(result, problem, scenario, folder / "report.html", "en", frontier)
    return problem, result, page


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    opened = Browser(1280, tmp_path)
    yield opened
    opened.driver.quit()


def figures(browser: Browser) -> dict[str, str]:
    """What the desk tells of the plan as it is now, by the row's name."""
    script = (
        "return Object.fromEntries([...document.querySelectorAll('#desk-figures tr')]"
        ".map((row) => [row.cells[0].textContent, row.cells[2].textContent]))"
    )
    return dict(browser.driver.execute_script(script))


def agrees(browser: Browser, desk: WhatIf) -> None:
    told = figures(browser)
    assert told["People newly covered"] == f"{desk.objective:,.0f}"
    assert told["Spent"] == f"{desk.cost:,}"
    assert told["Rules broken"] == str(len(desk.violations))
    for format_, groups in desk.coverage.items():
        shown = told[next(name for name in told if name.lower().startswith(format_))]
        assert shown == f"{sum(groups.values()):,.0f}"


def printed(browser: Browser) -> str:
    """The text that the page has on paper."""
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    told = browser.text()
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    return told


def find(browser: Browser, site: str) -> None:
    script = (
        f"const box = document.getElementById('desk-find'); box.value = '{site}';"
        "box.dispatchEvent(new Event('change'))"
    )
    browser.driver.execute_script(script)


def toggle(browser: Browser, option: int) -> None:
    browser.click(f"document.querySelector('[data-option=\"{option}\"]')")


def option_of(problem: Problem, site: str, format_: str) -> int:
    names, o = problem.labels, problem.options
    for at in range(problem.n_options):
        if (problem.site_id(int(o.site[at])), names.formats[o.format[at]]) == (site, format_):
            return at
    raise AssertionError


def on_screen(browser: Browser, site: str) -> tuple[int, int]:
    """Where a site is drawn before anything was moved, from the middle of the map."""
    text = browser.driver.execute_script("return document.getElementById('data').textContent")
    drawn: dict[str, Any] = json.loads(text)["map"]
    script = "const c = document.getElementById('map'); return [c.clientWidth, c.clientHeight]"
    width, height = browser.driver.execute_script(script)
    scale = min((width - 40) / drawn["width"], (height - 40) / drawn["height"])
    from base64 import b64decode

    import numpy as np

    k = drawn["sites"]["id"].index(site)
    x, y = (float(np.frombuffer(b64decode(drawn["sites"][axis]), "<u2")[k]) for axis in "xy")
    return round((x - drawn["width"] / 2) * scale), round((y - drawn["height"] / 2) * scale)


def test_the_desk_of_the_page(
    solved: tuple[Problem, Result, Path], browser: Browser, tmp_path: Path
) -> None:
    """Open beyond the budget, undo, drag, slide, side by side, link, save: every figure is
    WhatIf's, the saved plan is judged alike, nothing is asked of anybody, no console fault. On
    paper there is a desk only once something was tried: the figures, old against new, and what."""
    problem, result, page = solved
    desk = WhatIf(problem, result)
    browser.driver.get(page.as_uri())
    browser.until("document.body.dataset.desk === 'ready'")
    agrees(browser, desk)
    title = browser.driver.execute_script("return document.querySelector('#desk h2').textContent")
    assert title in browser.text() and title not in printed(browser)
    closed = [o for o in range(problem.n_options) if o not in desk.options]
    for option in closed[:3]:
        find(browser, problem.site_id(int(problem.options.site[option])))
        toggle(browser, option)
        desk.toggle(option)
        agrees(browser, desk)
    assert desk.violations  # beyond the budget: drawn all the same
    assert "broken" in browser.text()
    paper = printed(browser)
    assert title in paper and "Rules broken" in paper
    assert f"{desk.cost:,}" in paper
    for _ in range(3):
        browser.click("document.getElementById('desk-undo')")
        desk.undo()
    agrees(browser, desk)
    browser.click("document.getElementById('reset')")

    from selenium.webdriver import ActionChains

    format_ = problem.labels.formats[int(problem.options.format[desk.options[0]])]
    site = problem.site_id(int(problem.options.site[desk.options[0]]))
    chosen = {problem.site_id(int(problem.options.site[o])) for o in desk.options}
    to = next(s for s in map(problem.site_id, range(problem.n_sites)) if s not in chosen)
    canvas = browser.driver.find_element("id", "map")
    browser.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", canvas)
    (x, y), (x2, y2) = on_screen(browser, site), on_screen(browser, to)
    chain = ActionChains(browser.driver).move_to_element_with_offset(canvas, x, y)
    chain.click_and_hold().move_by_offset(8, 0).move_by_offset(
        x2 - x - 8, y2 - y
    ).release().perform()
    desk.move(site, to, format_)
    agrees(browser, desk)

    link = browser.driver.execute_script("return location.href")
    browser.driver.get("about:blank")
    browser.driver.get(link)
    browser.until("document.body.dataset.desk === 'ready'")
    agrees(browser, desk)  # the plan travels in the link
    browser.click("document.getElementById('desk-save')")
    saved = tmp_path / "plan.csv"
    for _ in range(100):
        if saved.exists() and saved.stat().st_size:
            break
        time.sleep(0.1)
    assert siting.score(problem, saved).objective == desk.objective

    slide = (
        "const s = document.getElementById('desk-budget'); s.value = '0';"
        "s.dispatchEvent(new Event('input'))"
    )
    browser.driver.execute_script(slide)
    smallest = siting.frontier(problem, [200, 400, 700]).points[0].result
    desk = WhatIf(problem, smallest)
    agrees(browser, desk)
    beside = (
        "const s = document.getElementById('desk-beside'); s.value = '1';"
        "s.dispatchEvent(new Event('change'))"
    )
    browser.driver.execute_script(beside)
    assert "fewer formats in reach" in browser.text()
    browser.until("document.getElementById('map-beside').width > 0")
    assert browser.faults() == []
    assert browser.asked() <= {""}  # the file itself


@pytest.mark.parametrize("lang", LANGS)
def test_nobody_is_kept_out_of_the_page(tmp_path: Path, lang: Lang) -> None:
    """No serious fault of axe-core, wide or narrow, with nothing and with a premises selected."""
    scenario = siting.load(town(tmp_path))
    problem = scenario.problem()
    result = siting.solve(problem, time_limit=20)
    page = write(result, problem, scenario, tmp_path / "report.html", lang)
    for width in (1280, 390):
        browser = Browser(width)
        try:
            browser.driver.get(page.as_uri())
            browser.until("document.body.dataset.desk === 'ready'")
            assert axe.grave(browser) == []
            find(browser, problem.site_id(1))
            assert axe.grave(browser) == []
        finally:
            browser.driver.quit()


def test_the_map_follows_its_controls(
    solved: tuple[Problem, Result, Path], browser: Browser
) -> None:
    """The legend follows moment and filter, the table the filter; a row tells about its site; keys
    move the map; at 390 px nothing is wider than the page."""
    problem, result, page = solved
    run = browser.driver.execute_script
    browser.driver.get(page.as_uri() + "#format=1")
    browser.until("document.body.dataset.desk === 'ready'")
    legend = "return document.getElementById('legend').innerText"
    assert "Within reach already" in run(legend)
    assert result.plan is not None
    rows = run("return document.querySelectorAll('tr[data-site]:not([hidden])').length")
    assert rows == (result.plan.table["format"] == problem.labels.formats[1]).sum()
    after = run(legend)
    browser.click("document.querySelector('[data-moment=before]')")
    assert run(legend) != after
    browser.click("document.querySelector('[data-moment=after]')")
    run("document.querySelector('tr[data-site]:not([hidden])').click()")
    assert run("return document.getElementById('tip').textContent").startswith("Candidate premises")
    picture = "return document.getElementById('map').toDataURL()"
    browser.until(DRAWN)
    still = run(picture)
    run(
        "document.getElementById('map').dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'ArrowLeft', bubbles: true}))"
    )
    browser.until(DRAWN)
    assert run(picture) != still
    browser.driver.set_window_size(390, 900)
    assert browser.until(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth", 10
    )
    assert browser.faults() == []
