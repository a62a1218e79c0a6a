"""Pictures of every screen of the desk for the documents: ``python -m tests.tools.pictures``.

Walks the story in both languages at 1280 and 390 pixels and writes ``docs/desk/SCREEN-LANG-WIDTH``
as png; ends with exit code 1 where axe-core finds a grave fault or a page is wider than its window.
"""

from __future__ import annotations

import argparse
import atexit
import os
import sys
from pathlib import Path
from shutil import copy, rmtree
from tempfile import TemporaryDirectory, mkdtemp

from siting.texts.fonts import FONT_FILE
from siting.texts.words import LANGS, Lang
from tests.tools import axe
from tests.tools.browser import Browser
from tests.tools.desk_story import Story, serving, walk, zipped_city
from tests.tools.rooms import ROOT

WIDTHS = (1280, 390)


def main(arguments: list[str]) -> int:
    """Walk, take, tell."""
    asked = argparse.ArgumentParser(prog="python -m tests.tools.pictures", description=__doc__)
    asked.add_argument("--out", type=Path, default=ROOT / "docs" / "desk")
    asked.add_argument("--lang", choices=LANGS, action="append")
    asked.add_argument("--width", type=int, choices=WIDTHS, action="append")
    given = asked.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    faults = []
    for lang in given.lang or LANGS:
        for width in given.width or WIDTHS:
            faults += take(lang, width, given.out)
    print(*faults, sep="\n")
    return 1 if faults else 0


def with_font() -> dict[str, str]:
    """Variables under which the browser finds our own Chinese font, as planners' machines have one:
    a stored report brings none."""
    home = Path(mkdtemp(prefix="siting-fonts-"))
    atexit.register(rmtree, home, ignore_errors=True)
    (home / "fonts").mkdir()
    copy(FONT_FILE, home / "fonts")
    return {**os.environ, "XDG_DATA_HOME": str(home)}


def take(lang: Lang, width: int, out: Path) -> list[str]:
    """The pictures of one language and width; what is wrong with the screens."""
    faults: list[str] = []
    browser = Browser(width, env=with_font())

    def shown(name: str) -> None:
        faults.extend(f"{name} {lang} {width}: {fault}" for fault in axe.grave(browser))
        if browser.driver.execute_script(
            "return document.documentElement.scrollWidth > document.documentElement.clientWidth"
        ):
            faults.append(f"{name} {lang} {width}: wider than the window")
        browser.driver.execute_script("window.scrollTo(0, 0)")
        browser.driver.save_screenshot(str(out / f"{name}-{lang}-{width}.png"))

    try:
        with TemporaryDirectory() as folder, serving(Path(folder)) as address:
            place = Path(folder)
            walk(Story(browser, address, lang, shown), place, zipped_city(place))
    finally:
        faults += browser.faults() if sys.exc_info()[0] else []
        print(*faults, sep="\n")
        browser.driver.quit()
    return faults


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
