"""A stored result against what can be recomputed from its inputs, with no solver."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from hashlib import sha256
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.notice import Notice
from siting.problem import Objective, Problem
from siting.result import Plan, Result, relative_gap
from siting.result.accounting import plan_of
from siting.result.result import PLAN_COLUMNS
from siting.result.stored import CERTIFICATE, FILES, KEYS, SITES, TIER_KEYS
from siting.result.tile_shares import tile_shares
from siting.result.why import Why
from siting.solving.warm_start import from_table
from siting.verification.evaluation import evaluate
from siting.verification.judge import verify
from siting.verification.objectives import is_cover, step_of

if TYPE_CHECKING:
    from siting.scenario import Scenario

Ints = NDArray[np.int64]
CLOSE = 1e-9
"""Relative difference at which two stored floats are the same figure."""
CLOSEST = 1e-6
"""Relative difference at which a plan meets a bound that has no steps."""


@dataclass(frozen=True)
class Recheck:
    """What was recomputed, and where it differs from what is stored."""

    objective: float | None
    bound: float | None
    """The best bound that the certificate proves; None without one."""
    claims: Mapping[str, tuple[str, ...]]
    """What differs, by claim: ``plan`` (outlets, rules, objective and bound as the judge sees
    them), ``figures`` (people, money, limits), ``summary`` (tiers, gap, status), ``bound``."""
    proven: bool = True
    """Whether the stored bound, if there is one, was recomputed here."""

    @property
    def differences(self) -> tuple[str, ...]:
        """Of all claims, in their order."""
        return tuple(sentence for told in self.claims.values() for sentence in told)

    @property
    def ok(self) -> bool:
        return not self.differences

    @property
    def certified_gap(self) -> float | None:
        """Relative, by what was recomputed alone; None without a plan or a bound."""
        return relative_gap(self.objective, self.bound)


def changed_inputs(result: Result, scenario: Scenario) -> list[Notice]:
    """One notice for each input file that is not the one the result was computed from."""
    before, now = result.record["inputs"], dict(scenario.inputs)
    told = [
        Notice("verify.input_changed", path=path)
        for path in before
        if now.get(path, before[path]) != before[path]
    ]
    told += [Notice("verify.input_unread", path=path) for path in before if path not in now]
    told += [Notice("verify.input_new", path=path) for path in now if path not in before]
    then, today = result.record["catalogue"], scenario.catalogue_record
    if then != today:
        told.append(Notice("verify.catalogue_changed", then=then["name"]))
    return told


def changed_files(result: Result, folder: Path) -> list[str]:
    """One sentence for each file of the result folder that is not the one that was written with
    the result; results of before 0.2 name none."""
    named = result.record.get("files")
    if named is None:  # :func:`missing_keys` tells it
        return []
    told: list[str] = [
        Notice("verify.file_unnamed", name=name)
        for name in FILES
        if name not in named and ((folder / name).is_file() or name in _sure(result))
    ]
    for name, before in named.items():
        file = folder / name
        if not file.is_file():
            told.append(Notice("verify.file_missing", name=name))
        elif sha256(file.read_bytes()).hexdigest() != before:
            told.append(Notice("verify.file_changed", name=name))
    return told


def _sure(result: Result) -> set[str]:
    """Files that a folder has, but for one whose failure the result tells."""
    failed = {
        warning.values.get("file")
        for warning in result.warnings
        if isinstance(warning, Notice) and warning.key == "result.part_failed"
    }
    return {CERTIFICATE} | ({SITES} if result.plan is not None else set()) - failed


def missing_keys(result: Result) -> list[Notice]:
    """One notice for each claim that every result makes and this one does not: taken out, or stored
    before it was told."""
    told = [key for key in KEYS if key not in result.record]
    for tier, line in result.record["tiers"].items():
        told += [f"tiers.{tier}.{key}" for key in TIER_KEYS if key not in line]
    for row, line in enumerate(result.record["plan"]):
        told += [f"plan.{row}.{key}" for key in PLAN_COLUMNS if key not in line]
    return [Notice("verify.key_missing", name=key) for key in told]


def unknown_keys(result: Result) -> list[Notice]:
    """One notice for each key that no result tells: nobody has looked at what it claims."""
    known = {*PLAN_COLUMNS, *(part.name for part in fields(Why))}
    told = [key for key in result.record if key not in KEYS]
    for tier, line in result.record["tiers"].items():
        told += [f"tiers.{tier}.{key}" for key in line if key not in TIER_KEYS]
    for row, line in enumerate(result.record["plan"]):
        told += [f"plan.{row}.{key}" for key in line if key not in known]
    return [Notice("verify.key_unknown", name=key) for key in told]


def other_names(result: Result, scenario: Scenario) -> list[Notice]:
    """One notice for each name that the scenario does not give: its own, its formats', and the
    language."""
    record, standards = result.record, scenario.standards
    words = {lang: standards.names(lang) for lang in ("zh", "en")}
    formats = {id: {lang: words[lang][id] for lang in words} for id in standards.use}
    pairs: list[tuple[str, Any, Any]] = [
        ("scenario.name", record["scenario"]["name"], scenario.name),
        ("lang", record.get("lang"), scenario.settings.lang),
        ("formats", record.get("formats"), formats),
    ]
    return [
        Notice("verify.figure", name=name, where=where, a=a, b=b)
        for name, stored, mine in pairs
        if name.partition(".")[0] in record
        for where, a, b in differing(stored, mine)
    ]


def hidden_warnings(result: Result, scenario: Scenario) -> list[str]:
    """One sentence for each warning of the inputs that the result does not tell."""
    return [
        Notice("verify.warning_hidden", sentence=sentence)
        for sentence in scenario.warnings
        if sentence not in result.warnings
    ]


def recheck(problem: Problem, result: Result) -> Recheck:
    """Recompute objective, rules, people, money and bound of a stored result."""
    asked = problem.objective
    problem = problem.under(result.spec)
    told: list[str] = []
    options: Ints | None = None
    if result.plan is not None:
        options, lost = from_table(problem, result.plan.table)
        told += lost
        if not np.array_equal(options, result.plan.options):
            told.append(Notice("verify.other_outlets"))
        if not len(options) == len(result.plan) == len(result.plan.table):
            options = None
    checked = verify(problem, result, thorough=True)
    told += [sentence for sentence in checked.violations if sentence not in told]
    figures = [] if options is None else _stored_tables(problem, result, options)
    summary = _stored_claims(asked, result)
    if checked.evaluation is not None and result.order == "tiers":
        summary += _stored_tiers(result, checked.evaluation.tiers)
    bounds = _stored_proof(problem, result)
    stored = result.certified_bound
    if stored is not None and not _at_least_as_good(checked.bound, stored, result.spec):
        bounds.append(Notice("verify.certified", stored=stored, bound=checked.bound))
    written = result.record.get("certificates", len(result.certificates))
    if written != len(result.certificates):
        n = len(result.certificates)
        bounds.append(Notice("verify.certificates", stored=written, n=n))
    if result.tiles != tile_shares(problem, result.certificates):
        bounds.append(Notice("verify.tiles"))
    for tier, least in result.certified_tiers.items():
        if not _at_least_as_good(checked.tier_bounds.get(tier), least, result.spec):
            bounds.append(Notice("verify.certified_tier", tier=tier, stored=least))
    if result.bound_proof == "certificate":
        bounds += _certified_apart(problem, result)
    gap = result.certified_gap
    gap = gap if gap is None or isfinite(gap) else None
    if "certified_gap" in result.record and not same(result.record["certified_gap"], gap):
        bounds.append(
            Notice("verify.certified_gap", stored=result.record["certified_gap"], gap=gap)
        )
    if (result.bound is None) != (result.bound_proof is None):
        bounds.append(Notice("verify.proof", bound=result.bound, proof=result.bound_proof))
    if result.bound is None and stored is not None:
        bounds.append(Notice("verify.bound_missing", stored=stored))
    proven = result.bound is None or checked.bound_proof == "certificate"
    claims = {"plan": told, "figures": figures, "summary": summary, "bound": bounds}
    told_by = {name: tuple(sentences) for name, sentences in claims.items()}
    return Recheck(checked.objective, checked.bound, told_by, proven)


def _stored_proof(problem: Problem, result: Result) -> list[str]:
    """Whether what is said to stand behind the bounds does: one that the multipliers of the folder
    prove in every tier was no solver's word."""
    if result.bound is None or result.bound_proof != "solver" or not is_cover(result.spec):
        return []
    by_certificate = verify(problem, replace(result, bound_proof=None), plain=False)
    tiers = {tier: line.get("bound") for tier, line in result.tiers.items()}
    mine = by_certificate.tier_bounds
    every = all(
        bound is not None and tier in mine and same(mine[tier], bound)
        for tier, bound in tiers.items()
    )
    if result.certificates and by_certificate.bound_proof == "certificate" and every:
        return [Notice("verify.relabelled")]
    return []


def _certified_apart(problem: Problem, result: Result) -> list[Notice]:
    """Bounds that are told as proven by the certificate, of the whole and of each tier, beside a
    certified one that is weaker. They are one number, but for a step of the objective or the
    precision of a float."""
    told = []
    lines: list[tuple[str | None, float | None, float | None]] = [
        (None, result.bound, result.certified_bound),
        *((t, line["bound"], result.certified_tiers.get(t)) for t, line in result.tiers.items()),
    ]
    for tier, bound, certified in lines:
        if bound is None:
            continue
        step = step_of(problem, result.spec, tier) or 0
        if certified is None or abs(certified - bound) > max(step, CLOSEST * abs(bound)):
            of = tier or Notice("verify.whole")
            told.append(Notice("verify.certified_apart", tier=of, stored=certified, bound=bound))
    return told


def _at_least_as_good(bound: float | None, stored: float, spec: Objective) -> bool:
    """Whether what was recomputed proves as much as what is stored."""
    if bound is None:
        return False
    return same(bound, stored) or (bound < stored) == is_cover(spec)


def _stored_tables(problem: Problem, result: Result, options: Ints) -> list[str]:
    """Rows, coverage and money as stored against those of the same options today."""
    assert result.plan is not None
    now, then = plan_of(problem, evaluate(problem, options, result.spec)), result.plan
    told: list[str] = []
    for column in ("cost", "area_m2", "newly_covered", "district"):
        order = np.argsort(result.plan.options, kind="stable")
        stored, mine = then.table[column].to_numpy()[order], now.table[column].to_numpy()
        if len(stored) != len(mine) or not all(map(same, stored, mine)):
            told.append(Notice("verify.column", column=column))
    tables: list[tuple[str, Any, Any]] = [
        ("coverage", then.coverage, now.coverage),
        ("budget", then.budget, now.budget),
        ("rules", _by_name(then.rules), _by_name(now.rules)),
    ]
    if "in_reach" in result.record:  # else :func:`missing_keys` tells it
        tables += [
            ("in_reach", then.in_reach, now.in_reach),
            ("places", then.places, now.places),
            ("why", _reasons(then), _reasons(now)),
        ]
    for name, one, other in tables:
        told += [
            Notice("verify.figure", name=name, where=where, a=a, b=b)
            for where, a, b in differing(one, other)
        ]
    return told


def _reasons(plan: Plan) -> dict[str, Any]:
    """Why each row is in a plan, by the row's number."""
    return {str(row): why.to_dict() for row, why in enumerate(plan.why)}


def _stored_tiers(result: Result, tiers: Iterable[str]) -> list[str]:
    """Whether every tier has its line."""
    wanted, stored = set(tiers), set(result.tiers)
    return [
        *(Notice("verify.tier_missing", tier=tier) for tier in sorted(wanted - stored)),
        *(Notice("verify.tier_empty", tier=tier) for tier in sorted(stored - wanted)),
    ]


def _by_name(rules: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Lines by name; a name that several rules share is numbered from its second line on."""
    times: Counter[str] = Counter()
    told = {}
    for line in rules:
        name = str(line.get("name"))
        times[name] += 1
        key = name if times[name] == 1 else f"{name}#{times[name]}"
        told[key] = {figure: value for figure, value in line.items() if figure != "name"}
    return told


def _stored_claims(asked: Objective, result: Result) -> list[str]:
    """Figures of result.json that follow from others, and the order that was asked for."""
    told: list[str] = []
    gap = result.gap if result.gap is None or isfinite(result.gap) else None
    if not same(result.record["gap"], gap):
        told.append(Notice("verify.gap", record=result.record["gap"], gap=gap))
    stored = result.record.get("headline")
    mine = None if result.headline is None else result.headline.to_dict()
    if "headline" in result.record or "certificates" in result.record:
        told += [
            Notice("verify.headline", where=where, a=a, b=b)
            for where, a, b in differing(stored, mine)
        ]
    if result.spec.model == asked.model:
        told += [
            Notice("verify.figure", name=f"parameters.{name}", where="", a=one, b=other)
            for name in ("share", "times", "tolerance")
            if (one := getattr(result.spec, name)) != (other := getattr(asked, name))
        ]
    notices = result.record.get("notices")
    if notices is not None and len(notices) != len(result.warnings) + len(result.notes):
        told.append(Notice("verify.notices"))
    if result.status == "optimal" and result.limit is not None:
        told.append(Notice("verify.limit", status=result.status, limit=result.limit))
    if result.order != asked.order:
        told.append(Notice("verify.order", order=result.order, order_2=asked.order))
    return told


def differing(one: Any, other: Any, where: str = "") -> list[tuple[str, Any, Any]]:
    """Leaves of nested mappings that are not the same figure."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return [
            found
            for key in sorted({*one, *other}, key=str)
            for found in differing(one.get(key), other.get(key), f"{where}.{key}")
        ]
    return [] if same(one, other) else [(where, one, other)]


def same(one: Any, other: Any) -> bool:
    """Equal, or floats that differ by rounding only."""
    if isinstance(one, int | float | np.number) and isinstance(other, int | float | np.number):
        a, b = float(one), float(other)
        return abs(a - b) <= CLOSE * max(1.0, abs(a), abs(b))
    return bool(one == other)
