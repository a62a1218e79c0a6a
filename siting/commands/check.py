"""``siting check``: all faults and warnings of a scenario, and what its layers hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from siting.commands.arguments import Changes, Lang, Language, ScenarioPath, Variant

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.scenario import Scenario

_WORDS = {
    "en": {
        "title": "{name}: no faults",
        "layers": "What the layers hold",
        "points": "demand points", "people": "people", "outlets": "existing outlets",
        "sites": "candidate sites", "options": "ways of opening (site x format x size)",
        "pairs": "walking distances kept", "districts": "districts",
        "formats": ("format", "tier", "group", "standard m", "standing", "sites that may take it"),
        "rules": "Rules", "none": "none",
        "warnings": "Warnings", "inputs": "Files read",
    },
    "zh": {
        "title": "{name}:没有错误",
        "layers": "数据内容",
        "points": "人口点", "people": "人数", "outlets": "现有网点",
        "sites": "候选用房", "options": "可选方案(用房×业态×规模)",
        "pairs": "步行距离条数", "districts": "片区",
        "formats": ("业态", "类别", "人群", "标准(米)", "现有", "可开设用房"),
        "rules": "规则", "none": "无",
        "warnings": "警告", "inputs": "读取的文件",
    },
}  # fmt: skip


def check(
    scenario: ScenarioPath,
    variant: Variant = None,
    change: Changes = None,
    lang: Language = Lang.en,
) -> int:
    """All faults and warnings of a scenario, and what its layers hold."""
    from siting.commands.loading import load
    from siting.text import columns

    loaded = load(scenario, variant, change)
    problem = loaded.problem()
    words: dict[str, Any] = _WORDS[lang.value]
    print(words["title"].format(name=loaded.name), "", f"{words['layers']}:", sep="\n")
    print(*columns(_counts(problem, words)), "", sep="\n")
    print(*columns(_formats(problem, words), (0, 1, 2)), "", sep="\n")
    rules = [f"  - {name}" for name in _rules(problem)] or [f"  {words['none']}"]
    print(f"{words['rules']}:", *rules, "", sep="\n")
    _warnings(loaded, words)
    print(f"{words['inputs']}:", sep="\n")
    print(*(f"  {sha[:12]}  {path}" for path, sha in loaded.inputs.items()), sep="\n")
    return 0


def _counts(problem: Problem, words: dict[str, Any]) -> list[list[str]]:
    from siting.text import amount

    rows = [["  " + words["points"], f"{problem.n_points:,}"]]
    for g, group in enumerate(problem.labels.groups):
        people = int(problem.persons[g].sum()) / problem.person_units
        rows.append([f"  {words['people']} ({group})", amount(people)])
    rows += [
        ["  " + words["outlets"], f"{len(problem.outlets):,}"],
        ["  " + words["sites"], f"{problem.n_sites:,}"],
        ["  " + words["options"], f"{problem.n_options:,}"],
        ["  " + words["pairs"], f"{problem.reach.n_pairs:,}"],
        ["  " + words["districts"], f"{len(problem.labels.districts):,}"],
    ]
    return rows


def _formats(problem: Problem, words: dict[str, Any]) -> list[list[str]]:
    """One row a format and group; walking costs are decimetres."""
    rows = [list(words["formats"])]
    for target in problem.targets:
        if target.phase:
            continue
        mine = problem.options.format == target.format
        rows.append(
            [
                problem.labels.formats[target.format],
                target.tier,
                problem.labels.groups[target.group],
                f"{target.limit / 10:,.1f}",
                f"{int((problem.outlets.format == target.format).sum()):,}",
                f"{len(set(problem.options.site[mine].tolist())):,}",
            ]
        )
    return rows


def _rules(problem: Problem) -> list[str]:
    named = (*problem.rules, *problem.spacings, *problem.min_coverage)
    return [rule.name + (f" ({rule.reason})" if rule.reason else "") for rule in named]


def _warnings(scenario: Scenario, words: dict[str, Any]) -> None:
    if scenario.warnings:
        print(f"{words['warnings']}:", *(f"  - {text}" for text in scenario.warnings), "", sep="\n")
