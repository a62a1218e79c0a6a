"""``siting check``: all faults and warnings of a scenario, and what its layers hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from siting.commands.arguments import Changes, Lang, Language, ScenarioPath, Variant

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.scenario.summary import Summary

WORDS = {
    "en": {
        "title": "{name}: no faults",
        "layers": ("layer", "file", "crs", "places"),
        "demand": "demand", "outlets": "outlets", "premises": "premises",
        "stops": "stops of vehicles",
        "people": ("group", "people", "cannot reach the network", "near the edge"),
        "formats": ("format", "tier", "group", "standard m", "standing", "sites"),
        "network": "Walking", "straight": "straight lines, not a street network",
        "options": "{options:,} ways of opening a format at {sites:,} sites, {fit:,} fit; "
                   "{pairs:,} walking distances; planar system {crs}",
        "mobile": "{stops:,} stops that vehicles may serve, {vehicles:,} vehicles that may be "
                  "bought",
        "at_stops": "stops",
        "ignored": "Outlets of formats not in use, ignored",
        "deviations": "Standards that differ from the catalogue {name}",
        "new": "new format", "rules": "Rules", "none": "none",
        "warnings": "Warnings", "inputs": "Files read (sha256)",
    },
    "zh": {
        "title": "{name}:没有错误",
        "layers": ("图层", "文件", "坐标系", "数量"),
        "demand": "人口", "outlets": "现有网点", "premises": "候选用房", "stops": "流动车停靠点",
        "people": ("人群", "人数", "无法到达路网", "临近边缘"),
        "formats": ("业态", "类别", "人群", "标准(米)", "现有", "可开设用房"),
        "network": "步行", "straight": "直线距离,并非路网",
        "options": "{sites:,} 处用房共 {options:,} 个可选方案,其中 {fit:,} 个面积足够;"
                   "步行距离 {pairs:,} 条;平面坐标系 {crs}",
        "mobile": "流动车可停靠 {stops:,} 处,可购流动车 {vehicles:,} 辆",
        "at_stops": "停靠点",
        "ignored": "未使用业态的网点(已忽略)",
        "deviations": "与目录 {name} 不同的标准",
        "new": "新业态", "rules": "规则", "none": "无",
        "warnings": "警告", "inputs": "读取的文件(sha256)",
    },
}  # fmt: skip


def check(
    scenario: ScenarioPath,
    variant: Variant = None,
    change: Changes = None,
    lang: Language = Lang.en,
) -> int:
    """All faults of a scenario and its variants, all warnings, and what its layers hold."""
    from siting.commands.loading import load
    from siting.notice import notices

    loaded = load(scenario, variant, change)
    loaded.check_layers()
    problem, found = loaded.problem(), loaded.summary()
    words: dict[str, Any] = WORDS[lang.value]
    print(words["title"].format(name=loaded.name), "", sep="\n")
    for block in (
        _layers(found, words),
        _people(found, words),
        _formats(found, problem, words),
        [*_options(found, problem, words), *_walking(found, words)],
        _list(words["ignored"], [f"{k}: {n:,}" for k, n in found.ignored_outlets.items()]),
        _deviations(found, loaded.catalogue_record["name"], words),
        _list(words["rules"], _rules(problem, lang.value) or [words["none"]]),
        _list(words["warnings"], notices(found.warnings, lang.value)),
        _list(words["inputs"], [f"{sha[:12]}  {path}" for path, sha in loaded.inputs.items()]),
    ):
        if block:
            print(*block, "", sep="\n")
    return 0


def _layers(found: Summary, words: dict[str, Any]) -> list[str]:
    from siting.texts.numbers import columns

    rows = [list(words["layers"])]
    rows += [
        [words[part["kind"]], str(part["file"]), str(part["crs"]), f"{part['places']:,}"]
        for part in found.layers
    ]
    return columns(rows, (0, 1, 2))


def _people(found: Summary, words: dict[str, Any]) -> list[str]:
    from siting.texts.numbers import amount, columns

    rows = [list(words["people"])]
    for group, people in found.people.items():
        lost = found.unreachable_people.get(group)
        rows.append(
            [group, amount(people), amount(lost), amount(found.near_edge_people.get(group))]
        )
    return columns(rows)


def _formats(found: Summary, problem: Problem, words: dict[str, Any]) -> list[str]:
    """One row a format and group; ``sites``: candidates at which it may open; stops apart."""
    from siting.problem.vehicles import option_kinds
    from siting.texts.numbers import columns

    o, kinds = problem.options, option_kinds(problem)
    rows = [[*words["formats"], *((words["at_stops"],) if found.stops else ())]]
    for told in found.standards:
        mine = o.format == problem.labels.formats.index(told["format"])
        rows.append(
            [
                told["format"],
                told["tier"],
                told["group"],
                f"{told['limit_m']:,.1f}",
                f"{found.outlets.get(told['format'], 0):,}",
                f"{len(set(o.site[mine & (kinds == '')].tolist())):,}",
                *([f"{len(set(o.site[mine & (kinds == 'stop')].tolist())):,}"] * bool(found.stops)),
            ]
        )
    return columns(rows, (0, 1, 2))


def _options(found: Summary, problem: Problem, words: dict[str, Any]) -> list[str]:
    line = words["options"].format(
        options=found.options, sites=found.sites, fit=found.fitting_options,
        pairs=problem.reach.n_pairs, crs=found.crs,
    )  # fmt: skip
    mobile = words["mobile"].format(stops=found.stops, vehicles=found.vehicles)
    return [line, mobile] if found.stops else [line]


def _walking(found: Summary, words: dict[str, Any]) -> list[str]:
    if found.straight_line:
        return [f"{words['network']}: {words['straight']}"]
    told = ", ".join(f"{key} {value:,}" for key, value in found.network.items())
    return [f"{words['network']}: {told}"]


def _deviations(found: Summary, catalogue: str, words: dict[str, Any]) -> list[str]:
    lines = []
    for one in found.deviations:
        change = f"{_shown(one.standard)} → {_shown(one.value)}"
        told = words["new"] if one.key == "new" else change
        reason = f" ({one.reason})" if one.reason else ""
        lines.append(f"{one.format}.{one.key}: {told}{reason}")
    return _list(words["deviations"].format(name=catalogue), lines)


def _shown(value: Any) -> str:
    """A standard's value; of sizes only their names, of counters their hosts."""
    if value is None or value == []:
        return "-"
    if isinstance(value, list | tuple):
        names = [part["name"] if isinstance(part, Mapping) else part for part in value]
        return "/".join(str(name) for name in names)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_shown(part)}" for key, part in value.items())
    return f"{value:g}" if isinstance(value, float) else str(value)


def _rules(problem: Problem, lang: str) -> list[str]:
    """Every rule by name; that vehicles are bought in their order is nothing a planner asked."""
    from siting.problem import RuleKind
    from siting.result.naming import rule_called

    named = [
        (rule_called(rule.name, rule.about, lang), rule.reason)
        for rule in problem.rules if rule.kind is not RuleKind.FLEET
    ]  # fmt: skip
    named += [(rule.name, rule.reason) for rule in problem.spacings]
    named += [(rule.name, rule.reason) for rule in problem.min_coverage]
    return [name + (f" ({reason})" if reason else "") for name, reason in named]


def _list(title: str, lines: Any) -> list[str]:
    return [f"{title}:", *(f"  - {line}" for line in lines)] if lines else []
