"""``siting verify``: a stored result recomputed from its inputs, independent of the solvers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from siting.commands.arguments import Lang, Language, ResultPath, Untrusted
from siting.notice import notices
from siting.texts.words import Words

if TYPE_CHECKING:
    from siting.analysis.audit.result import Recheck
    from siting.result import Result


def verify(
    result: ResultPath,
    sample: Annotated[int, typer.Option(metavar="N")] = 20,
    seed: Annotated[int, typer.Option(metavar="N")] = 0,
    untrusted: Untrusted = False,
    lang: Language = Lang.en,
    strict: Annotated[bool, typer.Option("--strict")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> int:
    """Recompute objective, rules and bound of a stored result from its inputs."""
    from siting.analysis.audit.claims import audit

    told = audit(result, sample, seed, untrusted)
    words = Words.of(lang.value, "verify")
    stored, found, differences = told.stored, told.found, told.differences
    unproven = strict and not found.proven
    if as_json:
        print(json.dumps(told.record(), ensure_ascii=False, indent=1))
        return 1 if differences or unproven else 0
    if differences:
        print(words["different"].format(count=len(differences)))
        print(*(f"  - {sentence}" for sentence in notices(differences, lang.value)), sep="\n")
    else:
        print(words["same"])
    for claim in told.claims:
        print("  " + words.titled(words[f"claims.{claim.name}"], words[f"states.{claim.state}"]))
    print(*_figures(stored, found, words), sep="\n")
    walked = told.walked
    if walked.sites:
        print(words.tell("walked", sites=walked.sites, pairs=walked.pairs, dm=walked.largest_dm))
    if unproven:
        print(f"  {words['strict']}")
    return 1 if differences or unproven else 0


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
