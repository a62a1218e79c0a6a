"""A planner's afternoon at the desk, step by step in a real browser; tests and pictures walk it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from siting.demo import make_city
from siting.texts.words import Lang, Words
from tests.service.conftest import TOKEN
from tests.tools.browser import Browser, button

ENDED = (
    "['successful', 'failed', 'dismissed'].includes(document.getElementById('main').dataset.job)"
)
PLAN_TOLD = "Number(document.getElementById('main').dataset.objective) > 0"
COMMENT = "# written by hand, to be kept"


@contextmanager
def serving(place: Path, *more: str) -> Iterator[str]:
    """A service of its own in a process of its own, with an empty shelf and what is uploaded below
    ``place``; its address with the token. ``more``: further options."""
    (place / "shelf").mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "siting", "serve", str(place / "shelf"), "--no-open"]
    command += ["--data", str(place / "data"), "--lang", "en", *more]
    env = os.environ | {"SITING_TOKEN": TOKEN}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as running:
        assert running.stdout is not None
        try:
            yield running.stdout.readline().strip()
        finally:
            running.terminate()


def zipped_city(place: Path, points: int = 900, sites: int = 90, formats: int = 3) -> Path:
    """A demo city as a planner sends it, its scenario with a comment of their own."""
    scenario = make_city(points, sites, formats, out=place / "city", seed=4)
    scenario.write_text(f"{COMMENT}\n{scenario.read_text('utf-8')}", encoding="utf-8")
    archive = place / "city.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        for file in sorted((place / "city").rglob("*")):
            if file.is_file() and file.suffix != ".md":
                made.write(file, file.relative_to(place))
    return archive


class Story:
    """The steps, each waiting until the page shows what it did.

    Args:
        address: of the service, with the token.
        shown: called with a screen's name whenever one is worth looking at.
    """

    def __init__(
        self, browser: Browser, address: str, lang: Lang, shown: Callable[[str], None]
    ) -> None:
        self.browser, self.address, self.lang, self.shown = browser, address, lang, shown
        self.words = Words.of(lang, "desk")

    def arrive(self) -> None:
        """The shelf, in the story's language."""
        self.browser.driver.get(self.address)
        self.browser.screen("shelf")
        if self.browser.driver.execute_script("return document.documentElement.lang") != self.lang:
            self.browser.click("document.getElementById('language')")
            self.browser.until(f"document.documentElement.lang === '{self.lang}'")
            self.browser.screen("shelf")

    def refuse(self, place: Path) -> None:
        """A file that is no zip: the fault is told in words, in place."""
        wrong = place / "notes.zip"
        wrong.write_text("no zip", encoding="utf-8")
        self._choose(wrong)
        refused = json.dumps(self.words.tell("upload_refused", name="notes.zip"))
        self.browser.until(f"document.getElementById('outcome').innerText.includes({refused})")
        self.browser.until("document.querySelector('#outcome .faults li')")

    def upload(self, archive: Path) -> None:
        """The zip is sent and stands on the shelf."""
        self._choose(archive)
        self.browser.until("document.querySelector('main td')?.innerText.includes('scenario.yaml')")
        self.shown("shelf")

    def upload_folder(self, folder: Path) -> None:
        """A folder is chosen as it lies there, stands on the shelf, and is taken away again."""
        from selenium.webdriver.common.by import By

        self.browser.driver.find_element(By.ID, "upload-folder").send_keys(str(folder))
        self.browser.until("document.querySelector('main td')?.innerText.includes('scenario.yaml')")
        self._press("remove")
        self.browser.until("!document.querySelector('main td')")

    def check(self) -> None:
        """No faults."""
        self._press("check")
        self.browser.until("document.getElementById('outcome').querySelector('h2')")
        assert not self.browser.driver.execute_script(
            "return document.querySelector('#outcome .faults')"
        )

    def solve_and_stop(self) -> None:
        """A solve with its curve, ended with the best plan it has."""
        self.browser.driver.execute_script("document.getElementById('seconds').value = '600'")
        self._press("solve")
        self._stop_after_a_plan("jobs")

    def put_on_desk(self) -> None:
        self._press("put_on_desk")
        self.browser.screen("desk")
        self.browser.until("document.getElementById('map')?.dataset.view")

    def drag(self, skipped: str = "") -> tuple[str, str]:
        """One outlet with the mouse from where it stands to a free premises that costs no more; ids
        of both. ``skipped``: an id that stays as it is."""
        found = self.browser.driver.execute_async_script(DRAGGABLE, skipped)
        assert found is not None, "nothing to drag"
        from selenium.webdriver import ActionChains
        from selenium.webdriver.common.by import By

        canvas = self.browser.driver.find_element(By.ID, "map")
        self.browser.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", canvas)
        wide, high = canvas.size["width"], canvas.size["height"]
        seen = self._revision()
        a, b = found["from"], found["to"]
        hand = ActionChains(self.browser.driver, duration=40)
        hand.move_to_element_with_offset(canvas, a["x"] - wide / 2, a["y"] - high / 2)
        hand.click_and_hold().move_by_offset(6, 6)
        hand.move_to_element_with_offset(canvas, b["x"] - wide / 2, b["y"] - high / 2)
        hand.release().perform()
        self.browser.until(f"document.getElementById('map').dataset.revision > {seen}")
        told = self.browser.text()
        assert a["id"] in told and b["id"] in told
        return str(a["id"]), str(b["id"])

    def undo(self) -> None:
        """The last step is taken back."""
        seen = self._revision()
        self.browser.click("document.getElementById('undo')")
        self.browser.until(f"document.getElementById('map').dataset.revision > {seen}")

    def open_card(self) -> None:
        """A premises with what may open there, found by its id."""
        self.browser.driver.execute_script(
            "const box = document.getElementById('search');"
            "box.value = document.querySelector('#site-ids option').value;"
            "box.dispatchEvent(new Event('change'));"
        )
        self.browser.until("document.querySelector('#card button')")
        self.shown("desk")

    def save_variant(self, name: str) -> None:
        self.browser.driver.execute_script(
            f"document.getElementById('variant-name').value = {json.dumps(name)}"
        )
        self.browser.click("document.getElementById('variant')")
        self.browser.until("document.getElementById('variant-saved').textContent")

    def finish_and_stop(self) -> None:
        """The engine keeps what lies on the desk and spends what is left."""
        self.browser.click("document.getElementById('finish')")
        self._stop_after_a_plan(None)

    def lock_and_replan(self) -> None:
        """An outlet is locked, and the engine plans anew with at most two changes: the plan that
        comes back keeps it and differs in no more."""
        before = set(self._opened())
        site = min(before)[0]
        self.browser.driver.execute_script(
            f"const box = document.getElementById('search'); box.value = {json.dumps(site)};"
            "box.dispatchEvent(new Event('change'));"
        )
        close, lock = (json.dumps(self.words[key]) for key in ("close", "lock"))
        said = json.dumps(f" {site}")
        self.browser.until(f"document.querySelector('#card h3')?.innerText.endsWith({said})")
        items = "[...document.querySelectorAll('#card li')]"
        rows = f"{items}.map(li => [...li.querySelectorAll('button')])"
        mine = f"{rows}.find(all => all.some(b => b.innerText === {close}))"
        self.browser.until(mine)
        self.browser.driver.execute_script(f"{mine}.find(b => b.innerText === {lock}).click()")
        self.browser.until("document.querySelector('#fixed li button')")
        self.browser.driver.execute_script("document.getElementById('most-changes').value = '2'")
        self.browser.click("document.getElementById('replan')")
        self.browser.screen("jobs")
        self.browser.until(ENDED)
        self._succeeded()
        self.put_on_desk()
        after = set(self._opened())
        assert len(before - after) <= 2 and site in {one for one, _ in after}

    def documents(self) -> None:
        """A document of the result, written by a job and offered as a file."""
        self.browser.click("document.getElementById('documents')")
        self.browser.screen("jobs")
        self.browser.until(ENDED)
        self._succeeded()
        self.browser.until("document.querySelector('a[download=\"report.docx\"]')")

    def slide(self) -> None:
        """Ten budgets computed, and another one's plan put on the map by the slider."""
        self._go("budget")
        self.browser.driver.execute_script(
            "document.getElementById('frontier-seconds').value = '20'"
        )
        self._press("compute_frontier")
        self.browser.screen("jobs")
        self.browser.until(ENDED)
        self._succeeded()
        self._press("screen_budget")
        self.browser.screen("budget")
        self.browser.until("document.getElementById('map')?.dataset.revision")
        seen = self._revision()
        self.browser.driver.execute_script(
            "const slider = document.getElementById('budget'); slider.value = '2';"
            "slider.dispatchEvent(new Event('input'));"
        )
        self.browser.until(f"document.getElementById('map').dataset.revision > {seen}")
        self.shown("budget")

    def compare(self) -> None:
        """The two results on one map."""
        self._go("compare")
        self.browser.driver.execute_script(
            "document.getElementById('second').selectedIndex = 1;"
            "document.getElementById('compare').click();"
        )
        self.browser.until("document.querySelector('#both #map')?.dataset.view")
        self.shown("compare")

    def why(self) -> None:
        """Rules, next purchases, who lacks what."""
        self._go("why")
        self.browser.until("document.querySelectorAll('main table').length >= 2")
        self.shown("why")

    def report(self) -> None:
        """The stored report in its frame."""
        self._go("reports")
        self.browser.click("document.querySelector('main li a')")
        self.browser.until("document.getElementById('main').dataset.report")
        self.shown("reports")

    def _opened(self) -> list[tuple[str, int]]:
        """Sites and formats of the plan on the desk."""
        found: list[list[Any]] = self.browser.driver.execute_async_script(OPENED)
        return [(str(site), int(format_)) for site, format_ in found]

    def _choose(self, file: Path) -> None:
        from selenium.webdriver.common.by import By

        self.browser.driver.find_element(By.ID, "upload").send_keys(str(file))

    def _press(self, key: str) -> None:
        self.browser.click(button(self.words[key]))

    def _go(self, screen: str) -> None:
        self.browser.driver.execute_script(f"location.hash = '#/{screen}'")
        self.browser.screen(screen)

    def _revision(self) -> int:
        return int(
            self.browser.driver.execute_script(
                "return document.getElementById('map').dataset.revision"
            )
        )

    def _stop_after_a_plan(self, name: str | None) -> None:
        self.browser.screen("jobs")
        self.browser.until(f"{PLAN_TOLD} || {ENDED}")
        if name is not None:
            self.shown(name)
        stop = button(self.words["stop"])  # gone where the job has ended by itself meanwhile
        self.browser.until(f"{ENDED} || ({stop}?.click(), !!{stop})")
        self.browser.until(ENDED)
        self._succeeded()

    def _succeeded(self) -> None:
        state = "return document.getElementById('main').dataset.job"
        assert self.browser.driver.execute_script(state) == "successful", self.browser.text()


OPENED = """
const done = arguments[0], id = location.hash.split("/")[2];
const ask = async (path) => (await fetch(`/api/desks/${id}${path}`)).json();
Promise.all([ask("/contents"), ask("")]).then(([{ sites, options }, head]) =>
  done(head.chosen.map((o) => [sites.id[options.site[o]], options.format[o]])));
"""
DRAGGABLE = """
const [skipped, done] = arguments;
const canvas = document.getElementById("map"), id = location.hash.split("/")[2];
const [scale, tx, ty] = canvas.dataset.view.split(" ").map(Number);
const ask = async (path) => (await fetch(`/api/desks/${id}${path}`)).json();
Promise.all([ask("/contents"), ask("")]).then(([{ sites, options }, head]) => {
  const spots = sites.id.map((name, s) =>
    ({ id: name, x: sites.x[s] * scale + tx, y: sites.y[s] * scale + ty }));
  const apart = (a) => spots.every((b) => b === a || Math.hypot(a.x - b.x, a.y - b.y) > 12);
  const inside = (a) => a.x > 20 && a.y > 30
    && a.x < canvas.clientWidth - 40 && a.y < canvas.clientHeight - 40;
  const at = head.chosen.map((option) => options.site[option]);
  const good = (s) => sites.kind[s] === "" && inside(spots[s]) && apart(spots[s]);
  for (const option of head.chosen) {
    const from = options.site[option];
    if (at.filter((s) => s === from).length > 1 || !good(from)
      || sites.id[from] === skipped) continue;
    const to = options.site.find((s, other) =>
      !at.includes(s) && good(s) && options.format[other] === options.format[option]
      && options.size[other] === options.size[option]
      && options.cost[other] <= options.cost[option]);
    if (to !== undefined) { done({ from: spots[from], to: spots[to] }); return; }
  }
  done(null);
});
"""


def walk(story: Story, place: Path, archive: Path) -> dict[str, Any]:
    """The whole story; ids of what was dragged."""
    story.arrive()
    story.refuse(place)
    story.upload_folder(place / "city")
    story.upload(archive)
    story.check()
    story.solve_and_stop()
    story.put_on_desk()
    first = story.drag()
    second = story.drag(first[1])
    story.undo()
    story.open_card()
    story.finish_and_stop()
    story.put_on_desk()
    story.save_variant("by hand")
    story.lock_and_replan()
    story.slide()
    story.compare()
    story.why()
    story.report()
    story.documents()
    return {"first": first, "second": second}
