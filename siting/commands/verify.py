"""``siting verify``: a stored result recomputed from its inputs, independent of the solvers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from siting.commands.arguments import Lang, Language, ResultPath
from siting.texts.words import Words

if TYPE_CHECKING:
    from siting.analysis.audit.result import Recheck
    from siting.result import Result


def verify(
    result: ResultPath,
    sample: Annotated[int, typer.Option(metavar="N")] = 20,
    seed: Annotated[int, typer.Option(metavar="N")] = 0,
    lang: Language = Lang.en,
    strict: Annotated[bool, typer.Option("--strict")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> int:
    """Recompute objective, rules and bound of a stored result from its inputs."""
    from siting.analysis.audit.reach import rewalk
    from siting.analysis.audit.reopen import recorded
    from siting.analysis.audit.result import (
        changed_files,
        changed_inputs,
        hidden_warnings,
        recheck,
    )
    from siting.result.stored import folder_of

    stored, scenario = recorded(result)
    changed = changed_inputs(stored, scenario)
    # Of other inputs nothing is hidden: they were not read then.
    hidden = [] if changed else hidden_warnings(stored, scenario)
    changed += changed_files(stored, folder_of(result)) + hidden
    problem = scenario.problem()
    found = recheck(problem, stored)
    walked = rewalk(scenario, problem, sample, seed)
    words = Words.of(lang.value, "verify")
    differences = [*changed, *found.differences, *walked.differences]
    unproven = strict and not found.proven
    if as_json:
        print(_json(found, differences))
        return 1 if differences or unproven else 0
    if differences:
        print(words["different"].format(count=len(differences)))
        print(*(f"  - {sentence}" for sentence in differences), sep="\n")
    else:
        print(words["same"])
    print(*_figures(stored, found, words), sep="\n")
    if walked.sites:
        told = {"sites": walked.sites, "pairs": walked.pairs, "dm": walked.largest_dm}
        print(words.tell("walked", **told))
    if unproven:
        print(f"  {words['strict']}")
    return 1 if differences or unproven else 0


def _json(found: Recheck, differences: list[str]) -> str:
    """What was recomputed, for other programs; an infinite gap is null."""
    from json import dumps
    from math import isfinite

    gap = found.certified_gap
    told = {
        "ok": not differences,
        "objective": found.objective,
        "bound": found.bound,
        "certified_gap": gap if gap is not None and isfinite(gap) else None,
        "violations": differences,
    }
    return dumps(told, ensure_ascii=False, indent=1)


def _figures(stored: Result, found: Recheck, words: Words) -> list[str]:
    from siting.texts.numbers import amount

    lines = [
        words["figure"].format(
            name=words["objective"], stored=amount(stored.objective), mine=amount(found.objective)
        )
    ]
    if stored.bound_proof == "certificate":
        lines.append(
            words["figure"].format(
                name=words["bound"], stored=amount(stored.bound), mine=amount(found.bound)
            )
        )
    elif stored.bound is not None:
        mine = words["none"] if found.bound is None else amount(found.bound)
        lines.append(words["unproven"].format(stored=amount(stored.bound), mine=mine))
    return lines
