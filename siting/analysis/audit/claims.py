"""What a stored result claims, one claim after the other, and how each stands.

Nothing is called verified that was not looked at: what only was written down, as the method and the
seconds, is told to be so, and a bound is proven only where it was recomputed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, Literal

from siting.analysis.audit.reach import Rewalk, rewalk
from siting.analysis.audit.reopen import recorded
from siting.analysis.audit.result import (
    Recheck,
    changed_files,
    changed_inputs,
    hidden_warnings,
    missing_keys,
    other_names,
    recheck,
    unknown_keys,
)
from siting.result import Result
from siting.result.stored import folder_of

State = Literal["same", "different", "proven", "unproven", "unchecked"]
"""``proven`` and ``unproven`` are a bound's; ``unchecked`` is what nobody can recompute."""


@dataclass(frozen=True)
class Claim:
    """One claim; what it is called stands in the catalogue, ``verify.claims``."""

    name: str
    state: State
    differences: tuple[str, ...] = ()


@dataclass(frozen=True)
class Audit:
    """A stored result, held against its inputs and its folder."""

    stored: Result
    claims: tuple[Claim, ...]
    found: Recheck
    walked: Rewalk

    @property
    def differences(self) -> list[str]:
        """Of all claims, in their order."""
        return [sentence for claim in self.claims for sentence in claim.differences]

    def record(self) -> dict[str, Any]:
        """For other programs: ``ok``, what was recomputed, ``violations`` (every difference, in
        words) and ``claims``; an infinite gap is None."""
        gap = self.found.certified_gap
        return {
            "ok": not self.differences,
            "objective": self.found.objective,
            "bound": self.found.bound,
            "certified_gap": gap if gap is not None and isfinite(gap) else None,
            "violations": self.differences,
            "claims": {claim.name: claim.state for claim in self.claims},
        }


def audit(path: str | Path, sample: int = 20, seed: int = 0, confined: bool = False) -> Audit:
    """Recompute what can be recomputed.

    Args:
        path: a result folder, or its result.json.
        sample: sites whose walks are measured again with other libraries; 0 = none.
        seed: of the sample.
        confined: the scenario may name no file outside its folder.

    Raises:
        InputError: no result, or its scenario or inputs are gone or faulty.
    """
    stored, scenario = recorded(path, confined)
    scenario = scenario.without_cache()
    inputs = changed_inputs(stored, scenario)
    # Of other inputs nothing is hidden: they were not read then.
    hidden = [] if inputs else hidden_warnings(stored, scenario)
    problem = scenario.problem()
    found = recheck(problem, stored)
    walked = rewalk(scenario, problem, sample, seed)
    keys = [*missing_keys(stored), *unknown_keys(stored), *other_names(stored, scenario)]
    claims = [
        _claim("inputs", inputs),
        _claim("files", [*keys, *changed_files(stored, folder_of(path))]),
        _claim("warnings", hidden),
        *(_claim(name, told) for name, told in found.claims.items() if name != "bound"),
        _bound(stored, found),
        _claim("walks", walked.differences) if walked.sites else Claim("walks", "unchecked"),
        Claim("run", "unchecked"),
    ]
    return Audit(stored, tuple(claims), found, walked)


def _claim(name: str, differences: Sequence[str]) -> Claim:
    return Claim(name, "different" if differences else "same", tuple(differences))


def _bound(stored: Result, found: Recheck) -> Claim:
    """Proven only where it was recomputed here."""
    wrong = found.claims["bound"]
    if wrong or stored.bound is None:
        return _claim("bound", wrong)
    return Claim("bound", "proven" if found.proven else "unproven")
