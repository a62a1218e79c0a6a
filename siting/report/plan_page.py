"""The map of a plan alone: one page for notebooks that moves, names its sites and loads nothing.

A plan knows its own places and no streets; the report's page, ``Result.map``, draws the city.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.page_policy import content_policy, json_in_script
from siting.problem import Action, Place
from siting.report.page_grid import PageGrid
from siting.report.styles import COLOURS
from siting.texts.numbers import amount
from siting.texts.words import Lang, Words

if TYPE_CHECKING:
    from siting.result import Plan

TEMPLATES = Path(__file__).parent / "templates"


def page_of_plan(plan: Plan, lang: Lang) -> str:
    """HTML, whole: the map with its legend, and below it every row of the plan as a table.

    Rows without a place (vehicles; plans of problems without degrees) stand in the table alone.
    Formats are told by id: their names are the scenario's.
    """
    words, heads = Words.of(lang, "report"), Words.of(lang, "layers")
    told = {name: [_told(value) for value in plan.table[name]] for name in plan.table}
    told["action"] = [words[f"action_{action}"] for action in told["action"]]
    told = {name: texts for name, texts in told.items() if any(texts) or not len(plan)}
    rows = [list(row) for row in zip(*told.values(), strict=True)]
    drawn = _drawn(plan, rows)
    drawn["heads"] = [heads[f"head.{name}"] for name in told]
    script = (
        (TEMPLATES / "plan.js")
        .read_text(encoding="utf-8")
        .replace("/* data */ null", json_in_script(drawn))
    )
    style = (TEMPLATES / "plan.css").read_text(encoding="utf-8")
    head = "".join(f"<th>{escape(text)}</th>" for text in drawn["heads"])
    body = "".join(f"<tr>{''.join(f'<td>{escape(c)}</td>' for c in row)}</tr>" for row in rows)
    zoom = "".join(
        f'<button type="button" id="{name}" title="{label}" aria-label="{label}">{sign}</button>'
        for name, sign in (("zoom_in", "+"), ("zoom_out", "−"))
        for label in (escape(words[name]),)
    )
    board = (
        f'<div id="board"><svg id="map" tabindex="0" role="application" '
        f'aria-label="{escape(words["map_label"])}"></svg><div id="zoom">{zoom}</div>'
        f'<div id="card" hidden></div></div>'
        f'<p id="legend"></p><p class="hint">{escape(words["map_hint"])}</p>'
    )
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">{content_policy(script)}'
        f"<title>{escape(heads['name.plan'])}</title><style>{style}</style></head><body>"
        f"{board if drawn['sites'] else ''}"
        f'<div class="rows"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
        f"<script>{script}</script></body></html>"
    )


def _drawn(plan: Plan, rows: list[list[str]]) -> dict[str, Any]:
    """What the script reads: ``sites`` with ``name``, place in grid steps and ``rows``, pairs of a
    format's position and the row's texts; ``formats`` with a colour each; ``metresPerStep``."""
    formats = list(dict.fromkeys(plan.table["format"]))
    found: dict[int, dict[str, Any]] = {}
    metres = 1.0
    known = np.array([Action(a).place is not Place.VEHICLE for a in plan.table["action"]], np.bool_)
    if plan.lonlat is not None:
        known &= np.isfinite(plan.lonlat).all(axis=1)
    if plan.lonlat is not None and known.any():
        grid = PageGrid.around(plan.lonlat[known], degrees=True)
        metres = grid.metres_per_step
        at = grid.steps(plan.lonlat)
        for k in np.flatnonzero(known).tolist():
            row = plan.table.iloc[k]
            place = {"name": str(row["site"]), "x": int(at[k, 0]), "y": int(at[k, 1]), "rows": []}
            site = found.setdefault(int(plan.sites[k]), place)
            site["rows"].append([formats.index(row["format"]), rows[k]])
    return {
        "sites": list(found.values()),
        "formats": [[str(f), COLOURS[k % len(COLOURS)]] for k, f in enumerate(formats)],
        "metresPerStep": metres,
    }


def _told(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else amount(value)
