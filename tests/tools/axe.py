"""What axe-core finds on a page: faults that keep people with a screen reader or a keyboard out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import axe_core_python

if TYPE_CHECKING:
    from tests.tools.browser import Browser

SCRIPT = Path(axe_core_python.__file__).with_name("axe.min.js")
GRAVE = ("serious", "critical")
RUN = """
const done = arguments[arguments.length - 1];
const strict = ["best-practice", "wcag2a", "wcag2aa", "wcag21a", "wcag21aa"];
axe.run(document, { iframes: false, runOnly: strict }).then((found) => done(found.violations));
"""


def grave(browser: Browser) -> list[str]:
    """Serious and critical faults of the page as it stands, each with where it is."""
    if not browser.driver.execute_script("return typeof axe === 'object'"):
        browser.driver.execute_script(SCRIPT.read_text(encoding="utf-8"))
    return [
        f"{fault['id']}: {node['html'][:160]}"
        for fault in browser.driver.execute_async_script(RUN)
        if fault["impact"] in GRAVE
        for node in fault["nodes"]
    ]
