"""What a notebook shows of a result and a plan: small tables, no script, nothing fetched.

Colours and fonts are the notebook's own, so that its dark mode is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from siting.result.headline import headline_told
from siting.texts.numbers import amount
from siting.texts.words import Words

if TYPE_CHECKING:
    from siting.result.result import Plan, Result
    from siting.verification.evaluation import Coverage

MOST_ROWS = 12
LONGEST = 60
"""Characters of a name."""


def of_result(result: Result) -> str:
    """Status, objective, bound, gap, money, and people by format; at most some 20 kB."""
    words = Words.of("en", "notebook")
    plan = result.plan
    figures = {
        words["status"]: result.status,
        words["objective"]: amount(result.objective),
        words["bound"]: amount(result.bound),
        words["gap"]: headline_told(result, words.lang),
        words["outlets"]: "-" if plan is None else amount(len(plan)),
        words["spent"]: "-" if plan is None else amount(plan.budget.spent),
    }
    return _figures(figures) + ("" if plan is None else _coverage(plan.coverage, words))


def of_plan(plan: Plan) -> str:
    """Its first rows, and how many more there are."""
    words = Words.of("en", "notebook")
    columns = ("site", "format", "size", "action", "cost", "area_m2", "newly_covered")
    rows = plan.table.loc[:, list(columns)].head(MOST_ROWS).to_dict("records")
    more = len(plan) - len(rows)
    table = _table([*columns], ([row[name] for name in columns] for row in rows))
    return table + (f"<p>{escape(words.tell('more', count=more))}</p>" if more > 0 else "")


def explored(plan: Plan, lang: str, given: Mapping[str, Any]) -> Any:
    """The plan as folium draws it: a colour a format, what a row holds where the pointer is, under
    heads in the language. Texts are escaped, for folium sets them as markup."""
    places = plan.to_geodataframe()
    if len(places):
        places = places.dropna(axis="columns", how="all")
    texts_of = places.select_dtypes(include=["object", "string"]).columns
    places[texts_of] = places[texts_of].map(escape, na_action="ignore")
    words = Words.of(lang, "layers")
    fields = [name for name in places if name != places.geometry.name]
    ours: dict[str, Any] = {"marker_kwds": {"radius": 6}, "style_kwds": {"fillOpacity": 0.8}}
    if "column" not in given:
        caption = {"caption": words["head.format"]}
        ours |= {"column": "format", "legend_kwds": caption}
    if "tooltip" not in given:
        heads = {"aliases": [words[f"head.{name}"] for name in fields]}
        ours |= {"tooltip": fields, "tooltip_kwds": heads}
    return places.explore(**{**ours, **given})


def _figures(figures: Mapping[str, Any]) -> str:
    return _table([*figures], [[*figures.values()]])


def _coverage(coverage: Coverage, words: Words) -> str:
    head = [words[name] for name in ("format", "group", "people", "before", "after")]
    rows = [
        [format_, group, row["people"], row["before"], row["after"]]
        for format_, groups in coverage.items()
        for group, row in groups.items()
    ]
    more = len(rows) - 4 * MOST_ROWS
    table = _table(head, rows[: 4 * MOST_ROWS])
    return table + (f"<p>{escape(words.tell('more', count=more))}</p>" if more > 0 else "")


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    top = "".join(f"<th>{escape(str(text))}</th>" for text in head)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f'<td style="text-align:right">{escape(amount(value))}</td>'
    text = "" if value is None else str(value)
    return f"<td>{escape(text if len(text) <= LONGEST else text[:LONGEST] + '…')}</td>"
