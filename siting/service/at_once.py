"""Processes that answer in the request: check, gaps, score, verify."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import siting
from siting.as_json import plain_values, rows
from siting.service.subject import Subject

if TYPE_CHECKING:
    from siting.service.app import Service

JUDGED = ("objective", "feasible", "violations", "cost", "notes", "best", "bound", "distance")
"""Of a score; then ``gap`` and ``coverage``."""


def check(service: Service, subject: Subject, given: Mapping[str, Any]) -> dict[str, Any]:
    """What ``siting check`` tells; its faults are the answer's."""
    from siting.solving.arguments import check_request, objective_of
    from siting.solving.auto import check_pair, choose

    method, model = given.get("method") or "auto", given.get("model")
    check_request(method, model)
    scenario = subject.load(service)
    check_pair(method, model or scenario.settings.objective.model)
    scenario.check_layers()
    problem = scenario.problem()
    choose(problem, objective_of(problem, model), method)
    return {
        "warnings": [str(warning) for warning in scenario.warnings],
        "points": problem.n_points,
        "sites": problem.n_sites,
        "options": problem.n_options,
        "formats": list(problem.labels.formats),
    }


def gaps(service: Service, subject: Subject, given: Mapping[str, Any]) -> dict[str, Any]:
    """The inventory, with a stored plan where one is named."""
    from siting.analysis.audit.reopen import current

    scenario = subject.load(service)
    options = None
    if subject.result is not None:
        options = current(scenario.problem(), service.result(subject.result), []).options
    found = siting.gaps(scenario, options)
    return {"table": rows(found.table), "distances": plain_values(found.distances)}


def score(service: Service, subject: Subject, given: Mapping[str, Any]) -> dict[str, Any]:
    """A plan made by hand, judged."""
    import pandas as pd

    scenario = subject.load(service)
    best = None if subject.result is None else service.result(subject.result)
    columns = list(dict.fromkeys(name for row in given["plan"] for name in row))
    plan = pd.DataFrame(given["plan"], columns=columns or ["site", "format", "size"])
    found = siting.score(scenario.problem(), plan, best, ids=scenario.standards.ids)
    told = {name: getattr(found, name) for name in (*JUDGED, "gap", "coverage")}
    return dict(plain_values(told))


def verify(service: Service, subject: Subject, given: Mapping[str, Any]) -> dict[str, Any]:
    """A stored result, recomputed."""
    from siting.analysis.audit.claims import audit

    folder = service.result_folder(str(subject.result))
    sample, seed = given.get("sample", 20), given.get("seed", 0)
    return dict(plain_values(audit(folder, sample, seed, subject.confined(service)).record()))


AT_ONCE: dict[str, Callable[[Service, Subject, Mapping[str, Any]], dict[str, Any]]] = {
    "check": check,
    "gaps": gaps,
    "score": score,
    "verify": verify,
}
"""By process; each answers its one output."""
