"""The result folder: result.json, certificate.npz, sites.gpkg, report.html.

A finished plan is never lost: the place is claimed before the solve, result.json and certificate
are there together and first, and a layer or a report that fails afterwards is a warning.
They are read again by :mod:`siting.result.stored`.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from siting.complete_files import claimed, complete_file, complete_folder, make_folder
from siting.errors import Fault, InputError
from siting.notice import Notice, to_records
from siting.problem import Objective
from siting.reproducible_files import timeless, without_times
from siting.result import PLAN_COLUMNS, Plan, Result, plan_table
from siting.result.certificate_file import save_arrays
from siting.result.machine import machine
from siting.result.stored import CERTIFICATE, FILES, REPORT, RESULT, SITES

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.scenario import Scenario

log = logging.getLogger(__name__)


def write(
    result: Result,
    path: str | Path,
    *,
    problem: Problem | None = None,
    scenario: Scenario | None = None,
    lang: Literal["zh", "en"] = "en",
    force: bool = False,
    reproducible: bool = False,
) -> Path:
    """Write the folder; returns its path.

    Args:
        problem: what was solved; without it there is no report.html.
        scenario: where the problem came from; without it ``siting verify`` has nothing to
            recompute from.
        lang: of the report, ``zh`` or ``en``.
        force: replace an earlier result.
        reproducible: leave out times of day, durations and the machine, so that folders compare
            by hash.

    Raises:
        InputError: something is there already and ``force`` is not given, or it is no result.
    """
    with without_times(reproducible or timeless()), claim(path, force) as place:
        place.keep(result, scenario)
        for fault in place.add(problem, lang):
            log.warning("%s", fault)
        return place.path


@contextmanager
def claim(path: str | Path, force: bool = False) -> Iterator[ResultFolder]:
    """A result folder that this run alone writes.

    Raises:
        InputError: something is there already and ``force`` is not given, or it is no result;
            another run writes it; nothing can be written there.
    """
    path = Path(path)
    with claimed(path):
        refuse_overwriting(path, force)
        yield ResultFolder(path)


class ResultFolder:
    """A folder in the making: first what cannot be lost, then what is made of it."""

    def __init__(self, path: Path):
        self.path = path
        """Where the result is: another folder than was asked for if that could not be written."""

    def keep(self, result: Result, scenario: Scenario | None = None) -> None:
        """Write result.json and certificate.npz, both or neither; in a temporary folder where the
        place has become unwritable meanwhile, which a warning tells."""
        if scenario is not None:
            changed = [
                Notice("result.input_changed", file=one) for one in scenario.changed_inputs()
            ]
            result = replace(result, warnings=(*result.warnings, *changed))
        self.result, self.scenario = result, scenario
        try:
            self._keep()
        except OSError as error:
            asked = self.path
            self.path = Path(tempfile.mkdtemp(prefix=f"{asked.name[:40]}-")) / "result"
            fault = error.strerror or str(error)
            told = Notice("result.elsewhere", asked=str(asked), fault=fault, path=str(self.path))
            self.result = replace(result, warnings=(*result.warnings, told))
            log.warning("%s", told)
            self._keep()

    def _keep(self) -> None:
        with complete_folder(self.path) as folder:
            save_arrays(folder / CERTIFICATE, self.result)
            self._record(folder / RESULT, folder)

    def add(
        self, problem: Problem | None = None, lang: Literal["zh", "en"] = "en"
    ) -> tuple[Notice, ...]:
        """Write sites.gpkg and, where the problem is given, report.html; what failed is a warning
        of the result and is returned."""
        faults: list[Notice] = []
        for name, make in self._parts(problem, lang).items():
            try:
                with complete_file(self.path / name) as fresh:
                    make(fresh)
            except Exception as error:  # of whatever library: the plan is there all the same
                fault = " ".join(str(error).split()) or type(error).__name__
                faults.append(Notice("result.part_failed", file=name, fault=fault[:200]))
        self.result = replace(self.result, warnings=(*self.result.warnings, *faults))
        try:
            with complete_file(self.path / RESULT) as fresh:
                self._record(fresh, self.path)
        except (OSError, InputError) as error:
            fault = getattr(error, "strerror", None) or str(error)
            faults.append(Notice("result.part_failed", file=RESULT, fault=fault))
        return tuple(faults)

    def _parts(
        self, problem: Problem | None, lang: Literal["zh", "en"]
    ) -> dict[str, Callable[[Path], object]]:
        parts: dict[str, Callable[[Path], object]] = {}
        result, scenario = self.result, self.scenario
        if result.plan is not None:
            parts[SITES] = lambda file: write_layer(result, file)
        if problem is not None and scenario is not None:
            from siting.report import html

            parts[REPORT] = lambda file: html.write(result, problem, scenario, file, lang)
        return parts

    def _record(self, file: Path, folder: Path) -> None:
        record = as_record(self.result, self.scenario, self.path)
        record["files"] = {
            name: sha256((folder / name).read_bytes()).hexdigest()
            for name in FILES
            if (folder / name).exists()
        }
        file.write_text(_json(record), encoding="utf-8")


def note_file(file: Path) -> None:
    """Note in the result.json beside it, if it names the file, that it was written anew."""
    beside = file.parent / RESULT
    if not beside.is_file():
        return
    record = json.loads(beside.read_text(encoding="utf-8"))
    if file.name in record.get("files", {}):
        record["files"][file.name] = sha256(file.read_bytes()).hexdigest()
        with complete_file(beside) as fresh:
            fresh.write_text(_json(record), encoding="utf-8")


def _json(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def write_layer(result: Result, file: Path) -> None:
    """The plan as a layer for a GIS; empty without a plan."""
    none = np.zeros(0, np.int64)
    plan = result.plan or Plan(none, none, plan_table(dict.fromkeys(PLAN_COLUMNS, ())), {})
    layer = plan.to_geodataframe()
    if len(plan.why) == len(plan):
        layer["cost_per_person"] = [why.cost_per_person for why in plan.why]
        layer["dearest"] = [int(why.dearest) for why in plan.why]
        layer["keeps"] = ["; ".join(kept.name for kept in why.keeps) for why in plan.why]
        layer["host_of"] = ["; ".join(why.host_of) for why in plan.why]
    layer.to_file(file, layer="plan", driver="GPKG")


def refuse_overwriting(path: Path, force: bool) -> None:
    """Raises InputError unless a result may be written at ``path``; a solve asks this first."""
    make_folder(path.resolve().parent)
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return
    if not path.is_dir():
        raise InputError(Fault(str(path), Notice("fault.out_folder"), Notice("fault.kind_file")))
    if not (path / RESULT).exists():
        hint = Notice("fault.only_results")
        raise InputError(
            Fault(str(path), Notice("fault.result_folder"), Notice("fault.other_files"), hint=hint)
        )
    if not force:
        hint = Notice("fault.force_or_out")
        raise InputError(
            Fault(str(path), Notice("fault.no_result_yet"), Notice("fault.one_there"), hint=hint)
        )


def as_record(result: Result, scenario: Scenario | None, path: Path) -> dict[str, Any]:
    """result.json as a dictionary with the keys of docs/contract.md section 4.

    An infinite gap (objective 0, bound not) is null, as JSON knows no infinity.
    """
    import siting

    plan = result.plan
    warnings = (*(() if scenario is None else scenario.warnings), *result.warnings)
    notes = [note for note in result.notes if not (timeless() and _of_time(note))]
    told: dict[str, Any] = {
        "siting": siting.__version__,
        "scenario": None if scenario is None else _origin(scenario, path),
        "inputs": {} if scenario is None else dict(scenario.inputs),
        "catalogue": None if scenario is None else dict(scenario.catalogue_record),
        "lang": None if scenario is None else scenario.settings.lang,
        "formats": {} if scenario is None else formats_called(scenario),
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
        "headline": None if result.headline is None else result.headline.to_dict(),
        "certificates": len(result.certificates),
        "certified_bound": result.certified_bound,
        "certified_gap": result.certified_gap,
        "bound_proof": result.bound_proof,
        "tiles": [share.to_dict() for share in result.tiles] or None,
        "tiers": {
            tier: {**line, "certified_bound": result.certified_tiers.get(tier)}
            for tier, line in result.tiers.items()
        },
        "plan": [] if plan is None else _rows(plan),
        "coverage": {
            format_: {group: people.to_dict() for group, people in groups.items()}
            for format_, groups in result.coverage.items()
        },
        "in_reach": None if plan is None or plan.in_reach is None else plan.in_reach.to_dict(),
        "places": {
            format_: places.to_dict()
            for format_, places in ({} if plan is None else plan.places).items()
        },
        "budget": {} if plan is None else plan.budget.to_dict(),
        "rules": [] if plan is None else [line.to_dict() for line in plan.rules],
        "warnings": list(warnings),
        "notes": notes,
        "notices": to_records([*warnings, *notes]),
        "timings": {} if timeless() else result.timings,
        "statistics": _counted(result.statistics) if timeless() else result.statistics,
        "machine": {} if timeless() else machine(),
    }
    return cast(dict[str, Any], _plain(told))


def _rows(plan: Plan) -> list[dict[str, Any]]:
    """The plan's table with why each outlet is in it, where that is known."""
    rows = plan.table.to_dict("records")
    reasons = [why.to_dict() for why in plan.why] or [{}] * len(rows)
    return [
        {str(key): cell for key, cell in row.items()} | why
        for row, why in zip(rows, reasons, strict=True)
    ]


def _of_time(note: str) -> bool:
    """Whether a note tells a duration."""
    return isinstance(note, Notice) and note.key == "run.overran"


def _counted(statistics: Mapping[str, float]) -> dict[str, float]:
    """Those that are no durations."""
    return {name: n for name, n in statistics.items() if not name.endswith("seconds")}


def _origin(scenario: Scenario, path: Path) -> dict[str, Any]:
    """Where the scenario lies, seen from the result folder, and how it was changed."""
    return {
        "name": scenario.name,
        "path": _way(path, scenario.path),
        "variant": scenario.variant,
        "set": dict(scenario.changes),
    }


def _way(folder: Path, file: Path) -> str:
    """From a folder to a file; the whole path where there is none, as between Windows' drives."""
    try:
        return Path(os.path.relpath(file, folder)).as_posix()
    except ValueError:
        return file.resolve().as_posix()


def formats_called(scenario: Scenario) -> dict[str, dict[str, str]]:
    """What the formats in use are called."""
    zh, en = scenario.standards.names("zh"), scenario.standards.names("en")
    return {id: {"zh": zh[id], "en": en[id]} for id in scenario.standards.use}


def parameters(spec: Objective) -> dict[str, Any]:
    """The model's own parameters; a share and a tolerance are told exactly, as text."""
    share = None if spec.share is None else str(spec.share)
    told = {"p": spec.p, "share": share, "times": spec.times}
    return told | ({"tolerance": str(spec.tolerance)} if spec.tolerance else {})


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
