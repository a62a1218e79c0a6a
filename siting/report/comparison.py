"""compare.html: results side by side on one page that opens without a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.page_policy import content_policy
from siting.problem import Action
from siting.result.headline import headline_told
from siting.texts.names import Names
from siting.texts.numbers import amount
from siting.texts.words import Words

if TYPE_CHECKING:
    import pandas as pd

    from siting.result import Result

_STYLE = """
body{font:15px/1.5 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:2em auto;
max-width:70em;padding:0 1em;color:#222}
table{border-collapse:collapse;margin:.5em 0 1.5em}th{border-bottom:2px solid #888}
td,th{padding:3px 10px;text-align:right;border-bottom:1px solid #ddd}
td:first-child,th:first-child{text-align:left}
svg{background:#f6f6f4;border:1px solid #ccc;max-width:100%}
svg.key{border:0;background:none}
.warn{background:#fff3cd;padding:.5em 1em;border-left:4px solid #d39e00}
.maps{display:flex;flex-wrap:wrap;gap:1.5em}figure{margin:0}
"""
COLOURS = {"both": "#3a3a3a", "left": "#c2410c", "right": "#1d6fb8"}
"""Told apart by people with any colour vision, and by shape as well."""
SIDE = 460.0
MARGIN = 16.0
_IDS = Names()
MOST_MAPS = 6


def write(
    results: Mapping[str, Result],
    tables: Mapping[str, pd.DataFrame],
    warnings: tuple[str, ...],
    path: Path,
    names: Names = _IDS,
) -> Path:
    """Write the page; returns its path.

    Args:
        results: by the name they are shown under.
        tables: ``figures``, ``people``, ``sites_in_common``, ``differences``.
        warnings: why the results are no fair comparison.
        names: what formats are called, and the language of the page.
    """
    words, lang = Words.of(names.lang, "compare_page"), names.lang
    page = [
        f'<!doctype html><html lang="{lang}"><meta charset="utf-8">',
        content_policy(),
        f"<title>{words['title']}</title><style>{_STYLE}</style><h1>{words['title']}</h1>",
    ]
    if warnings:
        lines = "".join(f"<li>{escape(text)}</li>" for text in warnings)
        page.append(f'<div class="warn"><b>{words["warnings"]}</b><ul>{lines}</ul></div>')
    maps = [
        drawn
        for left, right in combinations(results, 2)
        if (drawn := _map(left, results[left], right, results[right], words)) is not None
    ]
    titles = dict(words)
    if "stops" in tables["figures"]:
        titles["sites_in_common"] = words["stops_in_common"]
        titles["differences"] = words["differences_stops"]
    told = [headline_told(results[name], lang) for name in tables["figures"]["result"]]
    tables = {**tables, "figures": tables["figures"].assign(gap=told)}
    for name, table in tables.items():
        page += [f"<h2>{titles[name]}</h2>", _table(table, words, names)]
        if name == "figures" and maps:
            page.append(f'<div class="maps">{"".join(maps[:MOST_MAPS])}</div>')
    path.write_text("\n".join(page), encoding="utf-8")
    return path


def _table(table: pd.DataFrame, words: Words, names: Names) -> str:
    """A table with its columns and what is in them in words; columns of results keep their name."""
    import pandas as pd

    heads = [words.get(f"column.{name}", str(name)) for name in table.columns]
    say = {name: tell for name, tell in _in_words(names).items() if name in table.columns}
    rows = []
    for row in table.to_dict("records"):
        cells = (
            "-" if pd.isna(cell) else escape(say.get(str(name), _shown)(cell))
            for name, cell in row.items()
        )
        rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _in_words(names: Names) -> dict[str, Callable[[Any], str]]:
    """Columns of ids: how each is told."""
    report, models = (Words.of(names.lang, name) for name in ("report", "model"))
    states, limits = (Words.of(names.lang, name) for name in ("compare.status", "solve.limits"))
    return {
        "format": names.format,
        "group": names.group,
        "size": names.size,
        "status": states.__getitem__,
        "limit": limits.__getitem__,
        "model": models.__getitem__,
        "bound_proof": lambda proof: report[f"proof_{proof}"] if proof else "-",
        "action": lambda action: report[f"action_{action}"],
    }


def _shown(cell: Any) -> str:
    """Amounts as people write them; of small numbers, shares among them, the digits that matter."""
    if isinstance(cell, float):
        return amount(cell) if cell.is_integer() or abs(cell) >= 10 else f"{cell:,.4g}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def _sites(result: Result) -> dict[str, NDArray[np.float64]]:
    """Longitude and latitude of each opened site or stop by id; empty when not known."""
    plan = result.plan
    if plan is None or plan.lonlat is None:
        return {}
    place = (plan.table["action"] != Action.VEHICLE).to_numpy()
    return dict(zip(plan.table["site"][place], plan.lonlat[place], strict=True))


def _map(left: str, a: Result, right: str, b: Result, words: Words) -> str | None:
    """Both plans' sites: a square in both, a triangle or a circle in one."""
    one, other = _sites(a), _sites(b)
    every = one | other
    if not every:
        return None
    places = np.array(list(every.values()))
    # Local plane: a degree of longitude shrinks with the cosine of the latitude.
    flat = places * [np.cos(np.radians(places[:, 1].mean())), -1.0]
    low, span = flat.min(axis=0), max(float(np.ptp(flat, axis=0).max()), 1e-6)
    at = MARGIN + (flat - low) / span * (SIDE - 2 * MARGIN)
    marks = []
    for site, (x, y) in zip(every, at, strict=True):
        kind = "both" if site in one and site in other else "left" if site in one else "right"
        marks.append(_mark(kind, x, y, f"<title>{escape(site)}</title>"))
    height = MARGIN * 2 + float(np.ptp(flat[:, 1])) / span * (SIDE - 2 * MARGIN)
    legend = "".join(
        f'<svg class="key" width="18" height="14">{_mark(kind, 9, 7, "")}</svg>'
        f"{escape(text)}&nbsp;&nbsp;"
        for kind, text in (
            ("both", words["both"]),
            ("left", words["only"].format(name=left)),
            ("right", words["only"].format(name=right)),
        )
    )
    title = escape(words["map"].format(left=left, right=right))
    return (
        f"<figure><figcaption><b>{title}</b><br>{legend}</figcaption>"
        f'<svg viewBox="0 0 {SIDE:g} {height:.0f}" width="{SIDE:g}">{"".join(marks)}</svg></figure>'
    )


def _mark(kind: str, x: float, y: float, title: str) -> str:
    colour = COLOURS[kind]
    if kind == "both":
        shape = f'rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8"'
        return f'<{shape} fill="{colour}">{title}</rect>'
    if kind == "left":
        points = f"{x:.1f},{y - 6:.1f} {x - 5:.1f},{y + 4:.1f} {x + 5:.1f},{y + 4:.1f}"
        return f'<polygon points="{points}" fill="{colour}">{title}</polygon>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}">{title}</circle>'
