"""What a planner reads on the terminal after a solve: who gains, what it costs, what binds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from siting.models.traits import traits_of
from siting.notice import notices
from siting.problem import RuleKind
from siting.result import opened
from siting.result.accounting import people_weighed
from siting.result.naming import TIERS, vehicles_bind
from siting.texts.numbers import amount, columns, percent, share

if TYPE_CHECKING:
    from siting.result import Plan, Result, RuleLine
    from siting.scenario import Scenario

WORDS = {
    "en": {
        "optimal": "optimal: no plan can do better (proven)",
        "feasible": "a plan was found; how far from the best it can be is told by the gap",
        "infeasible": "infeasible: no plan keeps every rule",
        "no_solution": "no plan was found; whether there is one is not known",
        "limit": "ended by the limit: {limit}",
        "limits": {name: name for name in ("time", "gap", "work", "memory", "interrupt")},
        "unit": {
            "max_cover": "people newly covered, a person once for each format",
            "backup_cover": "people newly covered often enough",
            "capacitated_cover": "people newly served within capacity",
            "complete_circle": "people whose circle becomes complete",
            "set_cover": "outlets",
            "partial_cover": "outlets",
            "p_median": "people x decimetres to the nearest outlet",
            "p_center": "decimetres is the longest walk",
        },
        "money": "is the cost of the outlets",
        "weighted": "weighted people newly covered ({people} people, once for each format)",
        "bound_max": "at most {bound} is possible, gap {gap}",
        "bound_min": "at least {bound} is needed, gap {gap}",
        "bound_only": "proven bound: {bound}",
        "opens": "{outlets} at {sites} for {spent}{of}",
        "outlet": "{n} outlet opens", "outlets": "{n} outlets open",
        "site": "{n} site", "sites": "{n} sites",
        "of": " of {total}",
        "stops": "stops",
        "mobile": "; stops of vehicles: {stops}, vehicles: {vehicles}",
        "kept": "; kept as they stand: {n}", "improved": "; enlarged or upgraded: {n}",
        "nothing": "Nothing opens: no affordable outlet would gain anybody.",
        "none_found": "Nothing opens in the best plan found.",
        "none_opens": "The plan opens nothing.",
        "openings": " (opening costs {openings})",
        "columns": ("format", "open", "newly covered", "cost", "group", "people",
                    "covered before", "after"),
        "counted": "Newly covered: with the outlet that serves them, also for formats it stands in "
                   "for, and whom\noutlets that may move or close keep; it need not be after less "
                   "before.",
        "binds": "What binds",
        "free": "No rule binds.",
        "used": "{used} of {limit}", "least": "{used}, at least {limit} are asked for",
        "floor": "floor space, full at {count} opened sites",
        "rows": "{name} at {count} places",
        "warnings": "Warnings",
        "folder": "Result folder",
        "open": "open report.html to see the map",
    },
    "zh": {
        "optimal": "最优:已证明没有更好的方案",
        "feasible": "已得到方案;与最优的最大差距见间隙",
        "infeasible": "无可行方案:各项规则不能同时满足",
        "no_solution": "未得到方案;是否存在可行方案尚不清楚",
        "limit": "因限制结束:{limit}",
        "limits": {"time": "时间", "gap": "间隙已达要求", "work": "计算量", "memory": "内存",
                   "interrupt": "用户中断"},
        "unit": {
            "max_cover": "人次新增覆盖(每种业态各计一次)",
            "backup_cover": "人次新增多重覆盖",
            "capacitated_cover": "人次在容量内新增服务",
            "complete_circle": "人的生活圈新配齐",
            "set_cover": "个网点",
            "partial_cover": "个网点",
            "p_median": "人×到最近网点的分米数",
            "p_center": "分米为最长步行距离",
        },
        "money": "为网点总费用",
        "weighted": "加权人次新增覆盖(实际 {people} 人次,每种业态各计一次)",
        "bound_max": "至多可达 {bound},间隙 {gap}",
        "bound_min": "至少需要 {bound},间隙 {gap}",
        "bound_only": "已证明的界:{bound}",
        "stops": "停靠点",
        "mobile": ";流动车 {vehicles} 辆,停靠 {stops} 处",
        "kept": ";现有网点保留原状 {n} 个", "improved": ";现有网点扩建或提升 {n} 个",
        "opens": "在{sites}开设{outlets},费用 {spent}{of}",
        "outlet": " {n} 个网点", "outlets": " {n} 个网点",
        "site": " {n} 处用房", "sites": " {n} 处用房",
        "of": ",预算 {total}",
        "nothing": "不开设网点:没有负担得起且能新增覆盖的网点。",
        "none_found": "所得最好方案不开设网点。",
        "none_opens": "方案不开设网点。",
        "openings": "(其中开办费 {openings})",
        "columns": ("业态", "开设", "新增覆盖", "费用", "人群", "人数", "原覆盖", "现覆盖"),
        "counted": "新增覆盖:按提供服务的网点计,含其替代的业态,也含可搬迁或关闭的网点留住的人;\n"
                   "不一定等于现覆盖减原覆盖。",
        "binds": "起约束作用的规则",
        "free": "没有规则起约束作用。",
        "used": "已用 {used},上限 {limit}", "least": "{used},要求至少 {limit}",
        "floor": "建筑面积,{count} 处已开用房已用满",
        "rows": "{name},{count} 处",
        "warnings": "警告",
        "folder": "结果目录",
        "open": "打开 report.html 查看地图",
    },
}  # fmt: skip


def summary(
    result: Result, scenario: Scenario | None = None, folder: Path | None = None, lang: str = "en"
) -> str:
    """Plain text, aligned for a terminal 100 columns wide."""
    words: dict[str, Any] = WORDS[lang]
    name = "" if scenario is None else f"{scenario.name}: "
    blocks = [[name + words[result.status], *_objective(result, words, lang)]]
    if result.limit is not None:
        blocks[0].append(words["limit"].format(limit=words["limits"][result.limit]))
    if result.status == "no_solution":
        blocks[0] += notices(result.notes, lang)
    if result.plan is not None:
        empty = "nothing" if result.status == "optimal" else "none_found"
        blocks += plan_blocks(result.plan, lang, empty)
    told = (*(scenario.warnings if scenario is not None else ()), *result.warnings)
    warnings = notices(told, lang)
    if warnings:
        blocks.append([words["warnings"] + ":", *(f"  - {text}" for text in warnings)])
    if folder is not None:
        blocks.append(
            [f"{words['folder']}: {folder}", f"  {words['open']}"][
                : 2 if (folder / "report.html").exists() else 1
            ]
        )
    return "\n\n".join("\n".join(block) for block in blocks if block)


def plan_blocks(plan: Plan, lang: str, empty: str = "none_opens") -> list[list[str]]:
    """Money, coverage and binding rules of a plan, each a block of lines.

    Args:
        empty: the words for a plan that opens nothing.
    """
    words: dict[str, Any] = WORDS[lang]
    return [_money(plan, words, empty), _coverage(plan, words), _binding(plan, words, lang)]


def _objective(result: Result, words: dict[str, Any], lang: str) -> list[str]:
    unit = words["unit"][result.model]
    traits = traits_of(result.model)
    told = words["bound_min" if traits.minimised else "bound_max"]
    if result.objective is None:
        return [words["bound_only"].format(bound=amount(result.bound))] if result.bound else []
    people = people_weighed(result)
    if people is not None:
        unit = words["weighted"].format(people=amount(people))
    if traits.priced and result.plan is not None:
        unit = unit if result.objective == len(result.plan) else words["money"]
    lines = [f"{amount(result.objective)} {unit}"]
    if result.bound is not None and result.status != "optimal":
        lines[0] += "; " + told.format(bound=amount(result.bound), gap=percent(result.gap))
    for tier, figures in result.tiers.items() if len(result.tiers) > 1 else ():
        line = f"  {TIERS[lang].get(tier, tier)}: {amount(figures['objective'])}"
        if figures["bound"] is not None and figures["gap"]:
            line += "; " + told.format(bound=amount(figures["bound"]), gap=percent(figures["gap"]))
        lines.append(line)
    return lines


def _money(plan: Plan, words: dict[str, Any], empty: str) -> list[str]:
    if not len(plan):
        return [words[empty]]
    total, openings = plan.budget["total"], plan.budget["opening_costs"]
    outlets, sites = len(plan.fixed), plan.fixed["site"].nunique()
    line = words["opens"].format(
        outlets=words["outlet" if outlets == 1 else "outlets"].format(n=amount(outlets)),
        sites=words["site" if sites == 1 else "sites"].format(n=amount(sites)),
        spent=amount(plan.budget["spent"]),
        of="" if total is None else words["of"].format(total=amount(total)),
    )
    for name, n in plan.standing.items():
        line += words[name].format(n=amount(n))
    if plan.mobile:
        line += words["mobile"].format(**plan.mobile)
    return [line + (words["openings"].format(openings=amount(openings)) if openings else "")]


def _coverage(plan: Plan, words: dict[str, Any]) -> list[str]:
    """One row a format and group; what opens is told once a format."""
    head = list(words["columns"])
    at = 2 if plan.mobile else None  # a further column, where there are stops
    rows = [head if at is None else [*head[:at], words["stops"], *head[at:]]]
    for name, groups in plan.coverage.items():
        mine = plan.table[plan.table["format"] == name]
        stops = int((mine["action"] == "stop").sum())
        head = [
            name,
            amount(opened(mine)["outlets"]),
            *([] if at is None else [str(stops)]),
            amount(mine["newly_covered"].sum()),
            amount(mine["cost"].sum()),
        ]
        for group, people in groups.items():
            rows.append(
                [*head, group, amount(people["people"]),
                 share(people["before"], people["people"]),
                 share(people["after"], people["people"])]
            )  # fmt: skip
            head = [""] * len(head)
    told = columns(rows, left=(0, len(head)))
    return told + words["counted"].split("\n") if _counts_more(plan) else told


def _counts_more(plan: Plan) -> bool:
    """Whether some format's outlets have more new people than its coverage grows by."""
    new = plan.table.groupby("format")["newly_covered"].sum()
    return any(
        new.get(name, 0.0) > sum(p["after"] - p["before"] for p in groups.values()) + 0.5
        for name, groups in plan.coverage.items()
    )


def _binding(plan: Plan, words: dict[str, Any], lang: str) -> list[str]:
    lines = []
    for rule in plan.rules:
        if not rule.binds:
            continue
        of_vehicles = vehicles_bind(rule, lang)
        if of_vehicles is not None:
            lines.append(f"  - {of_vehicles}")
        elif rule.kind is RuleKind.FLOOR_SPACE:
            lines.append("  - " + words["floor"].format(count=rule.binding_rows))
        elif rule.rows is not None:
            lines.append("  - " + words["rows"].format(name=rule.name, count=rule.binding_rows))
        elif not rule.unit:
            lines.append(f"  - {rule.name}")
        else:
            told = words["least" if rule.sense == ">=" else "used"].format(
                used=_limit(rule.used, rule), limit=_limit(rule.limit, rule)
            )
            lines.append(f"  - {rule.name}: {told}")
    return [words["binds"] + ":", *lines] if lines else [words["free"]]


def _limit(value: float, rule: RuleLine) -> str:
    return share(value, 1) if rule.unit == "share" else amount(value)
