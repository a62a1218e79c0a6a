"""The result folder: result.json, sites.gpkg, certificate.npz, report.html - complete or not there.

They are read again by :mod:`siting.result.stored`.
"""

from __future__ import annotations

import json
import os
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from siting.complete_files import complete_folder, make_folder
from siting.errors import Fault, InputError
from siting.notice import to_records
from siting.problem import Objective
from siting.result import PLAN_COLUMNS, Plan, Result, plan_table
from siting.result.certificate_file import save_arrays
from siting.result.machine import machine
from siting.result.stored import CERTIFICATE, RESULT

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.scenario import Scenario

SITES, REPORT = "sites.gpkg", "report.html"


def write(
    result: Result,
    path: str | Path,
    *,
    problem: Problem | None = None,
    scenario: Scenario | None = None,
    lang: Literal["zh", "en"] = "en",
    force: bool = False,
) -> Path:
    """Write the folder; returns its path.

    Args:
        problem: what was solved; without it there is no report.html.
        scenario: where the problem came from; without it ``siting verify`` has nothing to
            recompute from.
        lang: of the report, ``zh`` or ``en``.
        force: replace an earlier result.

    Raises:
        InputError: something is there already and ``force`` is not given, or it is no result.
    """
    path = Path(path)
    refuse_overwriting(path, force)
    with complete_folder(path) as folder:
        record = as_record(result, scenario, path)
        text = json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False)
        (folder / RESULT).write_text(text + "\n", encoding="utf-8")
        save_arrays(folder / CERTIFICATE, result)
        if result.plan is not None:
            write_sites(result, folder)
        if problem is not None and scenario is not None:
            from siting.report import html

            html.write(result, problem, scenario, folder / REPORT, lang)
    return path


def write_sites(result: Result, folder: Path) -> Path:
    """The plan as a layer for a GIS; empty without a plan."""
    none = np.zeros(0, np.int64)
    plan = result.plan or Plan(none, none, plan_table(dict.fromkeys(PLAN_COLUMNS, ())), {})
    plan.to_geodataframe().to_file(folder / SITES, layer="plan", driver="GPKG")
    return folder / SITES


def refuse_overwriting(path: Path, force: bool) -> None:
    """Raises InputError unless a result may be written at ``path``; a solve asks this first."""
    make_folder(path.resolve().parent)
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return
    if not path.is_dir():
        raise InputError(Fault(str(path), "--out must name a folder", "a file"))
    if not (path / RESULT).exists():
        hint = "choose a new folder; --force only replaces results"
        raise InputError(Fault(str(path), "must be a result folder", "other files", hint=hint))
    if not force:
        hint = "--force replaces it, --out names another folder"
        raise InputError(Fault(str(path), "must not hold a result yet", "one", hint=hint))


def as_record(result: Result, scenario: Scenario | None, path: Path) -> dict[str, Any]:
    """result.json as a dictionary with the keys of interfaces.md section 4.

    An infinite gap (objective 0, bound not) is null, as JSON knows no infinity.
    """
    import siting

    plan = result.plan
    warnings = (*(() if scenario is None else scenario.warnings), *result.warnings)
    told: dict[str, Any] = {
        "siting": siting.__version__,
        "scenario": None if scenario is None else _origin(scenario, path),
        "inputs": {} if scenario is None else dict(scenario.inputs),
        "catalogue": None if scenario is None else dict(scenario.catalogue_record),
        "model": result.model,
        "parameters": {**parameters(result.spec), **result.parameters},
        "order": result.order,
        "method": result.method,
        "seed": result.seed,
        "threads": result.threads,
        "status": result.status,
        "limit": result.limit,
        "objective": result.objective,
        "bound": result.bound,
        "gap": result.gap,
        "bound_proof": result.bound_proof,
        "tiers": result.tiers,
        "plan": [] if plan is None else plan.table.to_dict("records"),
        "coverage": result.coverage,
        "budget": {} if plan is None else plan.budget,
        "rules": [] if plan is None else list(plan.rules),
        "warnings": list(warnings),
        "notes": list(result.notes),
        "notices": to_records([*warnings, *result.notes]),
        "timings": result.timings,
        "statistics": result.statistics,
        "machine": machine(),
    }
    return cast(dict[str, Any], _plain(told))


def _origin(scenario: Scenario, path: Path) -> dict[str, Any]:
    """Where the scenario lies, seen from the result folder, and how it was changed."""
    return {
        "name": scenario.name,
        "path": Path(os.path.relpath(scenario.path, path)).as_posix(),
        "variant": scenario.variant,
        "set": dict(scenario.changes),
    }


def parameters(spec: Objective) -> dict[str, Any]:
    """The model's own parameters; a share is told exactly, as text."""
    share = None if spec.share is None else str(spec.share)
    return {"p": spec.p, "share": share, "times": spec.times}


def _plain(value: Any) -> Any:
    """Only what JSON knows: numpy scalars become Python's, infinities and NaN null."""
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not isfinite(value):
        return None
    return value
