"""A plan of the desk written into the scenario file as a variant, comments and all kept."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any

from siting.complete_files import complete_file
from siting.errors import ArgumentError
from siting.notice import Notice
from siting.problem import ACTIONS, Action
from siting.service.problems import RequestError, on_disk

if TYPE_CHECKING:
    from siting.scenario import Scenario
    from siting.service.desks import Desk


def required(desk: Desk) -> dict[str, Any]:
    """The settings under which a desk's outlets must open: what the scenario requires already, and
    every (site, format) that opens on the desk."""
    problem, o = desk.problem, desk.problem.options
    given = desk.scenario.settings.rules.require
    rows = [rule.model_dump(mode="json", exclude_defaults=True) for rule in given]
    known = {(row.get("site"), row.get("format")) for row in rows}
    for at in desk.what_if.options.tolist():
        if ACTIONS[int(o.action[at])] is not Action.OPEN:
            continue
        site = problem.site_id(int(o.site[at]))
        pair = (site, problem.labels.formats[int(o.format[at])])
        if pair not in known:
            rows.append({"site": pair[0], "format": pair[1]})
            known.add(pair)
    return {"rules": {"require": rows}}


def write(scenario: Scenario, name: str, settings: dict[str, Any], again: bool = False) -> None:
    """Add a variant to the scenario's file.

    Args:
        again: whether one of that name is written anew.

    Raises:
        ArgumentError: a name that is none.
        RequestError: 409, there is one of that name; 507, the disk takes nothing.
    """
    from ruamel.yaml import YAML

    name = name.strip()
    if not name or len(name) > 60 or any(not c.isprintable() for c in name):
        raise ArgumentError(Notice("service.variant_name"))
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    document = yaml.load(scenario.path.read_text(encoding="utf-8"))
    if document.get("variants") is None:
        document["variants"] = {}
    if name in document["variants"] and not again:
        raise RequestError(409, Notice("service.variant_there", name=name))
    document["variants"][name] = settings
    text = StringIO()
    yaml.dump(document, text)
    with on_disk(), complete_file(scenario.path) as fresh:
        fresh.write_text(text.getvalue(), encoding="utf-8")
