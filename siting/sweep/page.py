"""``sweep.html``: what a sweep found, in one file without network access: the table, small
multiples of coverage, and where money helps most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from siting.errors import InputError
from siting.page_policy import content_policy
from siting.result.stored import read_record
from siting.sweep.ledger import Entry, why
from siting.sweep.task import Task
from siting.texts.numbers import figure, percent, whole
from siting.texts.words import Lang, Words

MILLION = 1_000_000
PROGRAMME = "programme/programme.html"
"""The paper of a shared budget, from the sweep's folder."""
RANKED = 30
"""Rows of a ranking; sweep.csv and the results have all."""
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#222}
table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{padding:.25rem .6rem;text-align:left;
border-bottom:1px solid #ddd}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.many{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:1rem}
.many figure{margin:0;border:1px solid #ddd;padding:.6rem}figcaption{font-weight:600}
.failed{color:#a00}input{font:inherit;padding:.3rem;width:20rem;max-width:100%}
"""
_FILTER = """
document.getElementById('filter').addEventListener('input',e=>{const w=e.target.value.toLowerCase();
for(const r of document.querySelectorAll('[data-name]'))r.hidden=!r.dataset.name.includes(w)})
"""


def page(
    tasks: Sequence[Task],
    entries: Sequence[Entry],
    out: Path,
    lang: Lang,
    programme: Mapping[str, Any] | None = None,
) -> str:
    """The page as HTML.

    Args:
        out: the sweep's folder, in which the results are.
        programme: the figures of a shared budget, where there is one.
    """
    words = Words.of(lang, "sweep")
    records = [_record(out, entry) for entry in entries]
    blocks = [f"<h1>{escape(words['title'])}</h1>"]
    if programme is not None and "total" in programme:
        told = escape(words.tell("programme", **_told(programme)))
        blocks.append(f'<p><a href="{PROGRAMME}">{told}</a></p>')
    blocks += [
        f'<p><label>{escape(words["filter"])} <input id="filter" type="search"></label></p>',
        _table(tasks, entries, words),
        f"<h2>{escape(words['coverage'])}</h2>",
        _multiples(tasks, records),
        f"<h2>{escape(words['helps'])}</h2>",
        _ranking(words, "scenario", _by_task(tasks, records)),
        _ranking(words, "district", _by_district(tasks, records)),
    ]
    return (
        f'<!doctype html><html lang="{lang}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"{content_policy(_FILTER)}"
        f"<title>{escape(words['title'])}</title>"
        f"<style>{_STYLE}</style><body>{''.join(blocks)}<script>{_FILTER}</script></body></html>\n"
    )


def _told(programme: Mapping[str, Any]) -> dict[str, str]:
    return {
        "spent": whole(programme["spent"]),
        "total": whole(programme["total"]),
        "objective": whole(programme["objective"]),
        "bound": whole(programme["bound"]),
        "gap": percent(programme["gap"]),
        "million": figure(programme["people_per_million"]),
    }


def _record(out: Path, entry: Entry) -> Mapping[str, Any] | None:
    """A task's result.json, where there is one."""
    try:
        return read_record(out / entry.result) if entry.result else None
    except InputError:
        return None


def _table(tasks: Sequence[Task], entries: Sequence[Entry], words: Words) -> str:
    heads = words.row("columns")
    rows = []
    for task, entry in zip(tasks, entries, strict=True):
        name = escape(task.label)
        if entry.result:
            name = f'<a href="{escape(entry.result)}/report.html">{name}</a>'
        state = words[f"state.{entry.state}"]
        if entry.state == "failed" and entry.reason:
            state = words.titled(state, why(entry, words.lang))
        cells = [
            f"<td>{name}</td>",
            f'<td class="{entry.state}">{escape(state)}</td>',
            *(
                f'<td class="n">{escape(text)}</td>'
                for text in (
                    whole(entry.objective),
                    whole(entry.bound),
                    percent(entry.gap),
                    figure(entry.seconds, 1) if entry.seconds is not None else "-",
                )
            ),
        ]
        rows.append(f'<tr data-name="{escape(task.label.lower())}">{"".join(cells)}</tr>')
    head = "".join(
        f"<th{'' if k < 2 else ' class=n'}>{escape(text)}</th>" for k, text in enumerate(heads)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _multiples(tasks: Sequence[Task], records: Sequence[Mapping[str, Any] | None]) -> str:
    """A small picture a task: of each format, who is covered before and after."""
    figures = []
    for task, record in zip(tasks, records, strict=True):
        if record is None or not record.get("coverage"):
            continue
        bars = []
        for k, (name, groups) in enumerate(record["coverage"].items()):
            people = sum(g["people"] for g in groups.values()) or 1.0
            before, after = (
                sum(g[w] for g in groups.values()) / people for w in ("before", "after")
            )
            y = 18 * k
            bars.append(
                f'<text x="0" y="{y + 11}" font-size="10">{escape(name[:16])}</text>'
                f'<rect x="90" y="{y}" width="130" height="13" fill="#eee"/>'
                f'<rect x="90" y="{y}" width="{130 * after:.1f}" height="13" fill="#2a7"/>'
                f'<rect x="90" y="{y}" width="{130 * before:.1f}" height="13" fill="#678"/>'
            )
        height = 18 * len(record["coverage"])
        figures.append(
            f'<figure data-name="{escape(task.label.lower())}"><figcaption>{escape(task.label)}'
            f'</figcaption><svg viewBox="0 0 220 {height}" width="100%" role="img" '
            f'aria-label="{escape(task.label)}">{"".join(bars)}</svg></figure>'
        )
    return f'<div class="many">{"".join(figures)}</div>'


Ranked = list[tuple[str, float, float]]
"""Name, people newly covered, money."""


def _by_task(tasks: Sequence[Task], records: Sequence[Mapping[str, Any] | None]) -> Ranked:
    return [
        (
            task.label,
            float(sum(row["newly_covered"] for row in record["plan"])),
            float(record["budget"]["spent"]),
        )
        for task, record in zip(tasks, records, strict=True)
        if record is not None and record["plan"]
    ]


def _by_district(tasks: Sequence[Task], records: Sequence[Mapping[str, Any] | None]) -> Ranked:
    found: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for task, record in zip(tasks, records, strict=True):
        for row in () if record is None else record["plan"]:
            if row["district"] is not None:
                sums = found[f"{task.label}: {row['district']}"]
                sums[0] += row["newly_covered"]
                sums[1] += row["cost"]
    return [(name, people, money) for name, (people, money) in found.items()]


def _ranking(words: Words, what: str, found: Ranked) -> str:
    """The most people for a million first."""
    paid = [(n, p, m, p / m * MILLION) for n, p, m in found if m > 0]
    paid.sort(key=lambda row: (-row[3], row[0]))
    if not paid:
        return ""
    head = "".join(
        f"<th{'' if k == 0 else ' class=n'}>{escape(text)}</th>"
        for k, text in enumerate((words[what], *words.row("ranking")))
    )
    rows = "".join(
        f'<tr data-name="{escape(name.lower())}"><td>{escape(name)}</td>'
        + "".join(f'<td class="n">{escape(whole(v))}</td>' for v in (people, money, each))
        + "</tr>"
        for name, people, money, each in paid[:RANKED]
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
