"""``sweep.html``: what a sweep found, in one file without network access: the table, small
multiples of coverage, and where money helps most."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from siting.errors import InputError
from siting.page_policy import content_policy
from siting.result.stored import read_record
from siting.sweep.ledger import Entry, why
from siting.sweep.task import Task
from siting.texts.numbers import figure, percent, share, whole
from siting.texts.words import Lang, Words

MILLION = 1_000_000
PROGRAMME = "programme/programme.html"
"""The paper of a shared budget, from the sweep's folder."""
RANKED = 30
"""Rows of a ranking; sweep.csv and the results have all."""
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#222}
table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{padding:.25rem .6rem;text-align:left;
border-bottom:1px solid #ddd;vertical-align:top}th{vertical-align:bottom}
td.n,th.n,.n{text-align:right;font-variant-numeric:tabular-nums}td.n{white-space:nowrap}
.many{display:grid;grid-template-columns:repeat(auto-fill,minmax(20rem,1fr));gap:1rem}
.many figure{margin:0;border:1px solid #ddd;padding:.6rem}figcaption{font-weight:600}
.row{display:grid;grid-template-columns:7rem 1fr 7.4rem;gap:.5rem;align-items:center;
font-size:13px;line-height:1.25;margin:.3rem 0}.row svg,td svg{display:block;width:100%;height:12px}
.key svg{width:12px;height:12px;margin-right:.3rem}.key span{margin-right:1.2rem}
.row .n{white-space:nowrap}.wide{overflow-x:auto}.failed{color:#a00}.note,.key{color:#555}
td.bar{width:9rem}input{font:inherit;padding:.3rem;width:20rem;max-width:100%}
@media(max-width:40rem){body{font-size:14px;margin:1rem auto}th,td{padding:.2rem .15rem}
table{font-size:12px}td.bar,th.bar{display:none}.many{grid-template-columns:1fr}
td:first-child{overflow-wrap:anywhere}}
"""
_BEFORE, _AFTER, _NOBODY = "#5b6b7b", "#1f9d6b", "#e6e6e6"
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
    ranked = [("scenario", _by_task(tasks, records)), ("district", _by_district(tasks, records))]
    blocks += [
        f"<p>{escape(_summary(entries, words))}</p>",
        f'<p><label>{escape(words["filter"])} <input id="filter" type="search"></label></p>',
        _table(tasks, entries, words),
        f"<h2>{escape(words['coverage'])}</h2>",
        _key(words),
        _multiples(tasks, records, words),
        f"<h2>{escape(words['helps'])}</h2>",
        f'<p class="note">{escape(words["average"])}</p>',
        *(_ranking(words, what, found) for what, found in ranked),
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


def _summary(entries: Sequence[Entry], words: Words) -> str:
    """How many tasks are in which state."""
    times = Counter(entry.state for entry in entries)
    told = [f"{words[f'state.{state}']} {n}" for state, n in times.items()]
    return words.titled(words.tell("tasks", n=len(entries)), words.listed(told))


def _key(words: Words) -> str:
    """What the bars' colours mean."""
    told = "".join(
        f'<span><svg viewBox="0 0 12 12"><rect width="12" height="12" fill="{colour}"/></svg>'
        f"{escape(words[name])}</span>"
        for name, colour in (("before", _BEFORE), ("after", _AFTER), ("nobody", _NOBODY))
    )
    return f'<p class="key">{told}</p>'


def _table(tasks: Sequence[Task], entries: Sequence[Entry], words: Words) -> str:
    heads = words.row("columns")
    rows = []
    for task, entry in zip(tasks, entries, strict=True):
        name = escape(task.label)
        if entry.result:
            # A folder may be called 50%#1.
            name = f'<a href="{escape(quote(entry.result))}/report.html">{name}</a>'
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
    return _wide(head, "".join(rows))


def _multiples(
    tasks: Sequence[Task], records: Sequence[Mapping[str, Any] | None], words: Words
) -> str:
    """A small picture a task: of each format, who is covered before and after."""
    figures = []
    for task, record in zip(tasks, records, strict=True):
        if record is None or not record.get("coverage"):
            continue
        rows = []
        for format_id, groups in record["coverage"].items():
            people = sum(g["people"] for g in groups.values())
            before, after = (sum(g[w] for g in groups.values()) for w in ("before", "after"))
            of_all = people or 1.0
            bar = _bar(((1.0, _NOBODY), (after / of_all, _AFTER), (before / of_all, _BEFORE)))
            told = f"{share(before, people)} → {share(after, people)}"
            name = record.get("formats", {}).get(format_id, {}).get(words.lang, format_id)
            rows.append(
                f'<div class="row"><span>{escape(name)}</span>{bar}<span class="n">{told}</span>'
                "</div>"
            )
        figures.append(
            f'<figure data-name="{escape(task.label.lower())}"><figcaption>{escape(task.label)}'
            f"</figcaption>{''.join(rows)}</figure>"
        )
    return f'<div class="many">{"".join(figures)}</div>'


def _bar(parts: Iterable[tuple[float, str]]) -> str:
    """Lengths, 0..1, and their colours, one over the other."""
    drawn = "".join(
        f'<rect width="{100 * min(1.0, max(0.0, length)):.1f}" height="10" fill="{colour}"/>'
        for length, colour in parts
    )
    return f'<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">{drawn}</svg>'


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
        + f'<td class="bar">{_bar([(each / paid[0][3], _AFTER)])}</td></tr>'
        for name, people, money, each in paid[:RANKED]
    )
    head += '<th class="bar"></th>'
    return _wide(head, rows)


def _wide(head: str, rows: str) -> str:
    """A table that a narrow window can push sideways."""
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div class="wide">{table}</div>'
