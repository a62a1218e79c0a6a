"""``siting verify``: a stored result recomputed from its inputs, independent of the solvers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from siting.commands.arguments import Lang, Language, ResultPath

if TYPE_CHECKING:
    from siting.analysis.audit.result import Recheck
    from siting.result import Result

WORDS = {
    "en": {
        "same": "verified: everything recomputed from the inputs is as stored",
        "different": "DIFFERENT from what is stored, in {count} places:",
        "objective": "objective", "bound": "bound",
        "walked": "  reach: {pairs:,} walks from {sites} sites walked again with shapely and "
                  "scipy, largest difference {dm} dm",
        "figure": "  {name}: stored {stored}, recomputed {mine}",
        "none": "nothing", "unproven": "--strict: the stored bound could not be recomputed",
        "by_solver": "the stored bound rests on the solver's search tree; "
                                        "recomputed without it",
    },
    "zh": {
        "same": "核验通过:由输入数据重新计算的结果与存储的一致",
        "different": "与存储的结果不一致,共 {count} 处:",
        "objective": "目标值", "bound": "界",
        "walked": "  可达性:用 shapely 与 scipy 从 {sites} 处用房重走 {pairs:,} 条路径,"
                  "最大差异 {dm} 分米",
        "figure": "  {name}:存储 {stored},重算 {mine}",
        "none": "无", "unproven": "--strict：存储的界未能重算",
        "by_solver": "存储的界依据求解器的搜索树;不依赖它重算得",
    },
}  # fmt: skip


def verify(
    result: ResultPath,
    sample: Annotated[
        int, typer.Option(metavar="N", help="Sites walked again with another library.")
    ] = 20,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the sample.")] = 0,
    lang: Language = Lang.en,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 where the bound could not be recomputed.")
    ] = False,
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
    words: dict[str, Any] = WORDS[lang.value]
    differences = [*changed, *found.differences, *walked.differences]
    if differences:
        print(words["different"].format(count=len(differences)))
        print(*(f"  - {sentence}" for sentence in differences), sep="\n")
    else:
        print(words["same"])
    print(*_figures(stored, found, words), sep="\n")
    if walked.sites:
        told = {"sites": walked.sites, "pairs": walked.pairs, "dm": walked.largest_dm}
        print(words["walked"].format(**told))
    unproven = strict and not found.proven
    if unproven:
        print(f"  {words['unproven']}")
    return 1 if differences or unproven else 0


def _figures(stored: Result, found: Recheck, words: dict[str, Any]) -> list[str]:
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
        lines.append(f"  {words['bound']}: {amount(stored.bound)}; {words['by_solver']}: {mine}")
    return lines
