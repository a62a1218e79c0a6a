"""report.html: one page that opens without a network connection."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siting.page_policy import json_in_script
from siting.report.contents import MOST_ROWS, Contents, contents
from siting.report.desk import desk_of
from siting.report.facts import facts_of
from siting.report.gap_table import gap_table
from siting.report.mapdata import map_data
from siting.report.planning import Table
from siting.report.sections import place
from siting.report.surroundings import around_of
from siting.report.walls import walls_of
from siting.texts.catalogue import Lang, number, percent
from siting.texts.names import Names
from siting.texts.words import Words

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

    from siting.problem import Problem
    from siting.result import Result
    from siting.scenario import Scenario

TEMPLATES = Path(__file__).parent / "templates"
SCRIPTS = ("what_if.js", "map.js", "desk.js", "report.js")
POLICY = (
    "default-src 'none'; script-src {script}; style-src {style}; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)
"""Nothing is loaded from anywhere, and no script or style runs but the two inside."""
PAGE_WORDS = (
    "legend_count", "reached_before", "reached_new", "blind", "share_of_formats", "out_of_reach",
    "existing", "candidate", "action_stop", "floor", "not_in_plan", "in_reach", "newly_in_reach",
    "not_in_reach", "compound", "gates_count", "gap", "money_spent", "outlets_opened",
    "desk_today", "desk_plan", "desk_now", "desk_floor", "desk_broken", "desk_open", "desk_close",
    "desk_gain", "desk_loss", "desk_short", "desk_same_plan", "desk_breaks", "desk_by_hand",
    "desk_distance", "desk_copied", "desk_link_copied", "desk_unknown", "desk_difference",
    "desk_more", "desk_fewer", "desk_same",
)  # fmt: skip
"""Texts that the page's script needs."""


def write(
    result: Result,
    problem: Problem,
    scenario: Scenario | None,
    path: str | Path,
    lang: Lang = "zh",
    frontier: Mapping[str, Any] | None = None,
) -> Path:
    """Write the page; returns its path.

    Args:
        scenario: for names, sources and streets; None for problems without a scenario file.
        lang: ``zh`` or ``en``.
        frontier: computed plans for the desk, see :func:`siting.report.desk.frontier_beside`.
    """
    path = Path(path)
    path.write_text(page_of(result, problem, scenario, lang, frontier), encoding="utf-8")
    return path


def page_of(
    result: Result,
    problem: Problem,
    scenario: Scenario | None,
    lang: Lang,
    frontier: Mapping[str, Any] | None = None,
) -> str:
    """The page as text; arguments as of :func:`write`."""
    told = contents(result, problem, facts_of(scenario, lang, result), lang)
    return render(told, result, problem, scenario, frontier)


def render(
    told: Contents,
    result: Result,
    problem: Problem,
    scenario: Scenario | None,
    frontier: Mapping[str, Any] | None = None,
) -> str:
    """The page as text."""
    import siting

    network = None if scenario is None else scenario.network
    drawn = map_data(problem, result, network, walls_of(scenario), around_of(scenario))
    desk = None
    if drawn is not None and problem.n_options:
        names = Names(told.lang, told.facts.names)
        desk = desk_of(problem, result, scenario, names, frontier)
    script, style = _script(), _file("report.css")
    page = _environment().get_template("report.html.j2")
    return page.render(
        c=told,
        w=told.words,
        plan=told.plan[:MOST_ROWS],
        place=place,
        rows_on_map=_positions(told, result),
        formats=_formats(told, problem),
        gap=Table(gap_table(problem, result.options, told.facts, told.words)),
        has_map=drawn is not None,
        map=drawn,
        desk=desk,
        format_numbers={id: f for f, id in enumerate(problem.labels.formats)},
        policy=POLICY.format(script=_hash(script), style=_hash(style)),
        style=style,
        script=script,
        data=_safe_json(_page_data(told, result, problem, drawn, desk)),
        version=siting.__version__,
    )


def _script() -> Markup:
    """Our own scripts as one; none of their names is seen outside."""
    from markupsafe import Markup

    parts = "\n".join(_file(name) for name in SCRIPTS)
    return Markup(f'"use strict";\n(() => {{\n{parts}\n}})();\n')


def _hash(text: str) -> str:
    """By which a policy lets one inline text pass, and no other."""
    digest = base64.b64encode(sha256(text.encode()).digest()).decode("ascii")
    return f"'sha256-{digest}'"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"number": number, "percent": percent}
    return made


def _positions(told: Contents, result: Result) -> dict[int, int]:
    """Site number -> position among the chosen sites of the map (ascending site positions)."""
    return {told.site_numbers[s]: k for k, s in enumerate(sorted(told.site_numbers))}


def _formats(told: Contents, problem: Problem) -> list[dict[str, Any]]:
    """Formats in their order in the problem, with the people of the legend."""
    rows = []
    for id in problem.labels.formats:
        mine = [row for row in told.coverage if row.format_id == id]
        rows.append(
            {
                "name": told.facts.format(id).name,
                "group": " + ".join(row.group for row in mine),
                "people": sum(row.people for row in mine),
                "before": sum(row.before for row in mine),
                "after": sum(row.after for row in mine),
            }
        )
    return rows


def _page_data(
    told: Contents,
    result: Result,
    problem: Problem,
    drawn: dict[str, Any] | None,
    desk: dict[str, Any] | None,
) -> dict[str, Any]:
    """What the script reads; every text in it is shown as text, never as markup."""
    number_of = {id: f for f, id in enumerate(problem.labels.formats)}
    people = told.words["people_word"]
    at = _positions(told, result)
    opens: list[dict[str, Any]] = [{"no": 0, "gain": 0.0, "rows": []} for _ in at]
    for row in told.plan:
        site = opens[at[row.no]]
        site["no"] = row.no
        site["gain"] += row.newly_covered or 0.0
        # What needs no floor is told by what it is: a stop of a vehicle, an outlet enlarged.
        how = f"{row.area_m2:,} m²" if row.area_m2 else row.action
        text = f"{row.format} · {how} · +{number(row.newly_covered)} {people}"
        site["rows"].append([number_of[row.format_id], text])
    return {
        "map": drawn,
        "desk": None
        if desk is None
        else desk
        | {
            "objective": told.words[f"objective_{result.model}"],
            "kinds": dict(Words.of(told.lang, "desk_kind")),
        },
        "opens": opens,
        "formats": _formats(told, problem),
        "words": {key: told.words[key] for key in PAGE_WORDS},
    }


def _file(name: str) -> Markup:
    """Our own style or script, as it is."""
    from markupsafe import Markup

    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))


def _safe_json(value: Any) -> Markup:
    """Data for a script element of the page."""
    from markupsafe import Markup

    return Markup(json_in_script(value))
