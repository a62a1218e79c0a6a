"""A stored result read again: result.json and certificate.npz of a result folder."""

from __future__ import annotations

import json
from fractions import Fraction
from math import isfinite
from pathlib import Path
from types import NoneType
from typing import Any, get_args

from siting.as_json import once
from siting.complete_files import restore
from siting.errors import Fault, InputError
from siting.notice import Notice, from_records
from siting.problem import Action, Objective, Order
from siting.problem.solution import Status
from siting.result import bundle
from siting.result.certificate_file import load_arrays
from siting.result.lines import Money, RuleLine
from siting.result.quantities import InReach, Places
from siting.result.result import PLAN_COLUMNS, Plan, Result, plan_table
from siting.result.tile_shares import TileShare
from siting.result.why import Why
from siting.verification.evaluation import Coverage, Reached
from siting.verification.objectives import KNOWN

RESULT, CERTIFICATE = "result.json", "certificate.npz"
SITES, REPORT = "sites.gpkg", "report.html"
FILES = (CERTIFICATE, SITES, REPORT)
"""Whose hashes result.json tells."""
KEYS = (
    "siting",
    "scenario",
    "inputs",
    "catalogue",
    "lang",
    "formats",
    "model",
    "parameters",
    "order",
    "method",
    "seed",
    "threads",
    "status",
    "limit",
    "objective",
    "bound",
    "gap",
    "headline",
    "certificates",
    "certified_bound",
    "certified_gap",
    "bound_proof",
    "tiles",
    "tiers",
    "plan",
    "coverage",
    "in_reach",
    "places",
    "budget",
    "rules",
    "warnings",
    "notes",
    "notices",
    "timings",
    "statistics",
    "machine",
    "files",
)
"""What every result.json tells, in this order. Those that came later may be missing from one that
is read; ``siting verify`` names them."""
TIER_KEYS = ("objective", "bound", "gap", "certified_bound")
"""The same of each line of ``tiers``."""


BROKEN = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    OSError,
    EOFError,
)
"""What reading a record of anybody's may raise."""


def read(path: str | Path) -> Result:
    """A stored result. Raises InputError when the folder holds none or it is damaged."""
    folder = folder_of(path)
    restore(folder)
    record = read_record(folder)
    try:
        _refuse_other_kinds(record)
        options, sites, lonlat, certificates = load_arrays(folder / CERTIFICATE)
        share = record["parameters"]["share"]
        spec = Objective(
            record["model"],
            record["order"],
            record["parameters"]["p"],
            None if share is None else Fraction(share),
            record["parameters"]["times"],
            Fraction(record["parameters"].get("tolerance", "0")),
        )
        plan = None if options is None else _plan(record, options, sites, lonlat)
        warnings, notes = _sentences(record)
        tiers = {tier: dict(line) for tier, line in record["tiers"].items()}
        told = {tier: line.pop("certified_bound", None) for tier, line in tiers.items()}
        certified = {tier: float(bound) for tier, bound in told.items() if bound is not None}
        return Result(
            record["status"],
            record["limit"],
            record["objective"],
            record["bound"],
            plan,
            spec,
            record["method"],
            record["seed"],
            record["threads"],
            record["bound_proof"],
            certificates,
            tiers,
            warnings,
            notes,
            record["timings"],
            record.get("statistics", {}),
            record,
            {k: v for k, v in record["parameters"].items() if k == "engine"},
            record.get("certified_bound"),
            certified,
            tuple(TileShare.from_dict(told) for told in record.get("tiles") or ()),
        )
    except BROKEN as error:
        raise InputError(
            Fault(str(folder), Notice("fault.complete_result"), f"{type(error).__name__}: {error}")
        ) from error


def _sentences(record: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Warnings and notes; results of before 0.2 tell no keys and are read as they stand."""
    told = [*record["warnings"], *record.get("notes", ())]
    told, n = from_records(told, record.get("notices", ())), len(record["warnings"])
    return tuple(told[:n]), tuple(told[n:])


_NUMBERS = ("objective", "bound", "gap")
_LATER_NUMBERS = ("certified_bound", "certified_gap")
"""Results stored by earlier versions have none."""
_KINDS: dict[str, type] = {
    "plan": list,
    "coverage": dict,
    "budget": dict,
    "rules": list,
    "tiers": dict,
    "warnings": list,
    "inputs": dict,
    "catalogue": dict,
    "parameters": dict,
}
_LATER_KINDS: dict[str, type | tuple[type, ...]] = {
    "siting": str,
    "method": str,
    "seed": int,
    "threads": int,
    "headline": (dict, NoneType),
    "formats": dict,
    "places": dict,
    "notes": list,
    "notices": list,
    "timings": dict,
    "statistics": dict,
    "machine": dict,
    "files": dict,
}
"""The same of those that are read where they are there."""


def _refuse_other_kinds(record: dict[str, Any]) -> None:
    """Raises unless the values that are read are of the kinds that are written."""
    if record["status"] not in get_args(Status):
        raise ValueError(f"status {record['status']!r}")
    if record["model"] not in KNOWN or record["order"] not in get_args(Order):
        raise ValueError(f"model {record['model']!r}, order {record['order']!r}")
    for key in (*_NUMBERS, *_LATER_NUMBERS):
        _refuse_no_number(key, record[key] if key in _NUMBERS else record.get(key))
    if record["bound_proof"] not in (None, "certificate", "solver"):
        raise ValueError(f"bound_proof {record['bound_proof']!r}")
    for line in record["tiers"].values():
        if not {"objective", "bound", "gap"} <= line.keys():
            raise ValueError(f"tiers {line!r}")
        for key in TIER_KEYS:
            _refuse_no_number(key, line.get(key))
    if record["catalogue"] is not None and not {"name", "sha256"} <= record["catalogue"].keys():
        raise ValueError(f"catalogue {record['catalogue']!r}")
    if record["scenario"] is not None and not isinstance(record["scenario"], dict):
        raise ValueError(f"scenario {record['scenario']!r}")
    for key, kind in _KINDS.items():
        bare = record["scenario"] is None and key in ("inputs", "catalogue")
        without_scenario = bare and record[key] is None
        if not isinstance(record[key], kind) and not without_scenario:
            raise ValueError(f"{key} {record[key]!r}")
    for key, kinds in _LATER_KINDS.items():
        if key in record and not isinstance(record[key], kinds):
            raise ValueError(f"{key} {record[key]!r}")


def _refuse_no_number(key: str, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(float(value)):
        raise ValueError(f"{key} {value!r}")


def folder_of(path: str | Path) -> Path:
    """The folder of a RESULT argument: a result folder, its result.json, or a bundle of both.

    Raises:
        InputError: a zip that is no bundle.
    """
    path = Path(path)
    if bundle.is_bundle(path):
        return bundle.unpacked(path)
    return path.parent if path.name == RESULT else path


def read_record(folder: Path) -> dict[str, Any]:
    """result.json as it stands. Raises InputError."""
    file = folder / RESULT
    try:
        record = json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=once)
    except (FileNotFoundError, NotADirectoryError):
        hint = Notice("fault.written_by_solve")
        raise InputError(
            Fault(str(folder), Notice("fault.a_result"), Notice("fault.no_result_json"), hint=hint)
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        found = error.args[0] if isinstance(error.args[0], Notice) else str(error)
        raise InputError(Fault(str(file), Notice("fault.json_utf8"), found)) from error
    if not isinstance(record, dict) or "siting" not in record:
        raise InputError(Fault(str(file), Notice("fault.our_result"), Notice("fault.other_json")))
    return record


def _from_size(row: dict[str, Any]) -> dict[str, Any]:
    """``outlet`` and ``until`` of a row that was stored without them: what is kept or moved told
    them in its size only."""
    action, site, size = row["action"], str(row["site"]), str(row["size"])
    if action in (Action.ENLARGE, Action.UPGRADE):
        return {"outlet": site.removeprefix("enlarged:").removeprefix("outlet:"), "until": None}
    if action == Action.MOVE:
        return {"outlet": size.removeprefix("move "), "until": None}
    if action != Action.KEEP:
        return {"outlet": None, "until": None}
    outlet = site.removeprefix("outlet:")  # where premises have its id
    leaves = size.removeprefix(f"keep {outlet}").removeprefix(" through ")
    return {"outlet": outlet, "until": leaves or None}


def _coverage(told: dict[str, Any]) -> Coverage:
    return {
        format_: {group: Reached.from_dict(people) for group, people in groups.items()}
        for format_, groups in told.items()
    }


def _plan(record: dict[str, Any], options: Any, sites: Any, lonlat: Any) -> Plan:
    rows = [row if "until" in row else {**row, **_from_size(row)} for row in record["plan"]]
    table = plan_table({name: [row[name] for row in rows] for name in PLAN_COLUMNS})
    return Plan(
        options,
        sites,
        table,
        _coverage(record["coverage"]),
        Money.from_dict(record["budget"]),
        tuple(RuleLine.from_dict(line) for line in record["rules"]),
        lonlat,
        InReach.from_dict(record["in_reach"]) if record.get("in_reach") else None,
        {format_: Places.from_dict(told) for format_, told in record.get("places", {}).items()},
        tuple(Why.from_dict(row) for row in record["plan"] if "keeps" in row),
    )
