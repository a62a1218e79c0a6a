"""``siting explain``: why chosen, why not, what it would cost to force or drop it, what binds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from siting.commands.arguments import (
    Lang,
    Language,
    ResultPath,
    Threads,
    TimeLimit,
    seconds,
)
from siting.commands.interrupting import interruptible

if TYPE_CHECKING:
    from siting.analysis.studies.explain import Explained
    from siting.analysis.studies.marginal import Binding
    from siting.problem import Problem
    from siting.result import Result

WORDS = {
    "en": {
        "chosen": "{place} is in the plan: {outlets}.",
        "not_chosen": "{place} is not in the plan.",
        "lost": "Dropped and nothing else changed, {lost} would be lost.",
        "broken": "The plan without it would break: {rule}",
        "best_without": "The best plan without it reaches {objective}: {difference} less",
        "best_with": "The best plan that includes it reaches {objective}: {difference} less",
        "same": " - it can be replaced without loss", "same_with": " - it would do as well",
        "better": "Another plan reaches {objective}, which is better: the plan explained "
                  "was not proven optimal",
        "proven": "; proven: at least {least} less whatever is done",
        "proven_tier": "; proven: whatever is done, {tier} have at least {least} less",
        "money": "; it spends {money}",
        "more": "{n} more", "less": "{n} less", "equal": "as much",
        "instead": "It would open instead:", "closes": "It would give up:",
        "outlet": "  {outlet}", "others": "  and {n} more", "rest": " and {n} more",
        "stop": "Stop {site} of {unit}", "vehicle": "Vehicle {site}",
        "standing": "Outlet {site}",
        "fewer": "Vehicles of {unit} are bought in their order: without it there are at most {n}.",
        "idle": "Dropped and nothing else changed, its stops would lack the vehicle.",
        "none_without": "Without it there is no plan.", "none_with": "No plan can include it.",
        "unknown_without": "Without it no plan was found before the search ended.",
        "unknown_with": "No plan that includes it was found before the search ended.",
        "unit": "people (weighted, once for each format)", "unit_min": "in the model's unit",
        "binds": "What binds, and what one step more would gain:",
        "binding": "  {name}: {use}{price}{gain}{reason}",
        "price": "; each further {step} is worth at most about {gain} in the proof",
        "gain": "; {step} {way}, solved again: {gain} more people",
        "loosened": ("more", "less"), "use": "{used} of {limit}",
        "least": "{used}, at least {limit}",
        "at_most": " (at most {most})",
        "free": "No limit on money or numbers binds.",
        "next": "The next purchases with a budget of {budget}, keeping the whole plan:",
        "purchase": "  {outlet}: {gain} people for {cost}",
        "purchase_vehicle": "  {outlet} for {cost}",
        "no_next": "Beside the plan as it is, more money alone would buy nothing more: no further "
                   "outlet gains anybody and keeps the other rules.",
        "unproven": "  The plan is not proven optimal: a part of what solving again gains may be "
                    "had without loosening anything.",
        "most": "Outlets by what is lost without them, the most important first:",
        "line": "  {outlet}: {lost}",
        "beyond": "Nobody could serve these people, whatever is spent:",
        "group": "  {format}, {group}: {people} of {of} people",
        "all_reach": "Everybody could be served if money were no matter.",
    },
    "zh": {
        "chosen": "{place} 在方案之中:{outlets}。",
        "not_chosen": "{place} 不在方案之中。",
        "lost": "若取消且其他不变,将失去 {lost}。",
        "broken": "取消后方案将违反:{rule}",
        "best_without": "不含它的最好方案可达 {objective},少 {difference}",
        "best_with": "包含它的最好方案可达 {objective},少 {difference}",
        "same": ",可以替换而没有损失", "same_with": ",效果相同",
        "better": "另一方案可达 {objective},反而更好;所解释的方案未被证明最优",
        "proven": ";已证明:无论如何至少少 {least}",
        "proven_tier": ";已证明:无论如何,{tier}至少少 {least}",
        "money": ";费用{money}",
        "more": "多 {n}", "less": "少 {n}", "equal": "相同",
        "instead": "改为开设:", "closes": "因此放弃:",
        "outlet": "  {outlet}", "others": "  另有 {n} 项", "rest": " 等,另有 {n} 处",
        "stop": "{unit}停靠点 {site}", "vehicle": "流动车 {site}", "standing": "现有网点 {site}",
        "fewer": "{unit}的车辆依次购置:没有这辆,至多 {n} 辆。",
        "idle": "若取消且其他不变,其停靠点将无车可用。",
        "none_without": "没有它就没有可行方案。", "none_with": "没有任何方案能包含它。",
        "unknown_without": "搜索结束前,没有找到不含它的方案。",
        "unknown_with": "搜索结束前,没有找到包含它的方案。",
        "unit": "人次(加权,每种业态各计一次)", "unit_min": "(按模型的单位)",
        "binds": "起约束作用的规则,以及再多一步的增益:",
        "binding": "  {name}:{use}{price}{gain}{reason}",
        "price": ";证明中每再增加 {step} 至多约值 {gain}",
        "gain": ";{way} {step} 并重新求解:多 {gain} 人次",
        "loosened": ("增加", "减少"), "use": "已用 {used},上限 {limit}",
        "least": "{used},要求至少 {limit}",
        "at_most": "(至多 {most})",
        "free": "没有费用或数量上限起约束作用。",
        "next": "预算增至 {budget} 时,在保留原方案的基础上依次追加:",
        "purchase": "  {outlet}:{cost} 可新增 {gain} 人次",
        "purchase_vehicle": "  {outlet}:{cost}",
        "no_next": "原方案不变时,单靠增加预算买不到更多:没有既能新增覆盖又符合其他规则的网点。",
        "unproven": "  原方案未证明最优:重新求解多得的,有一部分可能不放宽规则也能得到。",
        "most": "各网点取消后的损失,由大到小:",
        "line": "  {outlet}:{lost}",
        "beyond": "无论花多少钱都无法覆盖的人:",
        "group": "  {format},{group}:{of} 人中的 {people} 人",
        "all_reach": "不计费用的话,所有人都能覆盖到。",
    },
}  # fmt: skip
SHOWN = 12


def explain(
    result: ResultPath,
    site: Annotated[str | None, typer.Option(metavar="ID", help="A candidate site.")] = None,
    format: Annotated[
        str | None,
        typer.Option("--format", metavar="F", help="One format, at the site or wherever it opens."),
    ] = None,
    time_limit: TimeLimit = "120",
    threads: Threads = None,
    lang: Language = Lang.en,
) -> int:
    """Why a site or a format was chosen or not; without either: what binds and what more money
    would buy."""
    limit = seconds(time_limit)
    from siting.analysis.audit.reopen import reopen
    from siting.analysis.study import Study
    from siting.commands.terminal import ProgressLine

    stored, _, problem = reopen(result)
    words: dict[str, Any] = WORDS[lang.value]
    with interruptible() as interrupt:
        with ProgressLine() as listener:
            study = Study("auto", limit, 0.0, stored.seed, threads, listener, interrupt)
            if site is None and format is None:
                told = _whole(problem, stored, study, words, lang.value)
            else:
                from siting.analysis.studies.explain import explain_site

                found = explain_site(problem, stored, site, format, study)
                told = _place(problem, stored, found, words, lang.value)
        print(*told, sep="\n")
    return 0


def _place(
    problem: Problem, stored: Result, found: Explained, words: dict[str, Any], lang: str
) -> list[str]:
    from siting.analysis.infeasible.told import tell
    from siting.notice import notices
    from siting.result.naming import TIERS, tiers_told
    from siting.texts.numbers import amount

    site = words[found.kind].format(site=found.site, unit=found.unit) if found.kind else found.site
    place = " @ ".join(filter(None, (found.format, site)))
    lines = []
    if found.chosen:
        outlets = ", ".join(found.outlets[:SHOWN])
        if len(found.outlets) > SHOWN:
            outlets += words["rest"].format(n=len(found.outlets) - SHOWN)
        lines.append(words["chosen"].format(place=place, outlets=outlets))
    else:
        lines.append(words["not_chosen"].format(place=place))
    if found.chosen and found.kind == "vehicle":
        # People are lost by its stops, which only the best plan without it can tell.
        lines += [words["idle"]] if found.broken else []
        lines.append(words["fewer"].format(unit=found.unit, n=found.before))
    elif found.chosen:
        lines.append(words["lost"].format(lost=_people(found.lost_at_once, stored, words)))
        lines += [words["broken"].format(rule=rule) for rule in notices(found.broken, lang)]
    if found.other.objective is None or found.difference is None:
        key = "none" if found.impossible else "unknown"
        lines.append(words[f"{key}_{'without' if found.chosen else 'with'}"])
        return lines + ([] if found.reasons is None else tell(found.reasons, lang))
    key = "best_without" if found.chosen else "best_with"
    if found.better:
        line = words["better"].format(
            objective=amount(found.other.objective), difference=amount(abs(found.difference))
        )
    else:
        line = words[key].format(
            objective=amount(found.other.objective), difference=amount(found.difference)
        )
        if not found.difference:
            line += words["same" if found.chosen else "same_with"]
        elif found.at_least:
            first = next(iter(found.by_tier), None)
            line += words["proven" if first is None else "proven_tier"].format(
                least=amount(found.at_least), tier=TIERS[lang].get(first or "", "")
            )
    if found.extra_cost is not None:
        line += words["money"].format(money=_more(found.extra_cost, words))
    if found.by_tier:
        change = {tier: -worse for tier, worse in found.by_tier.items()}
        line += f" ({tiers_told(change, lang)})"
    lines.append(line)
    return lines + _swap(problem, stored, found.other, words, lang)


def _more(extra: int, words: dict[str, Any]) -> str:
    from siting.texts.numbers import amount

    if not extra:
        return str(words["equal"])
    return str(words["more" if extra > 0 else "less"].format(n=amount(abs(extra))))


def _people(value: float | None, stored: Result, words: dict[str, Any]) -> str:
    from siting.models.traits import traits_of
    from siting.texts.numbers import amount

    return f"{amount(value)} {words['unit_min' if traits_of(stored.model).minimised else 'unit']}"


def _swap(
    problem: Problem, stored: Result, other: Result, words: dict[str, Any], lang: str
) -> list[str]:
    from siting.analysis.studies.explain import changes
    from siting.result.naming import option_called

    assert stored.options is not None and other.options is not None
    lines = []
    for head, options in zip(
        ("closes", "instead"), changes(problem, stored.options, other.options), strict=True
    ):
        if not options:
            continue
        lines.append(words[head])
        lines += [
            words["outlet"].format(outlet=option_called(problem, k, lang)) for k in options[:SHOWN]
        ]
        if len(options) > SHOWN:
            lines.append(words["others"].format(n=len(options) - SHOWN))
    return lines


def _whole(
    problem: Problem, stored: Result, study: Any, words: dict[str, Any], lang: str
) -> list[str]:
    from dataclasses import asdict

    from siting.analysis.studies.explanation import explain as whole
    from siting.result.naming import called
    from siting.texts.numbers import amount

    found = whole(problem, stored, study)
    lines = (
        [words["binds"], *(_bound(told, words, lang) for told in found.binding)]
        if found.binding
        else [words["free"]]
    )
    if stored.status != "optimal" and any(told.gain for told in found.binding):
        lines.append(words["unproven"])
    if found.purchases:
        lines += ["", words["next"].format(budget=amount(found.budget))]
        lines += [
            words["purchase_vehicle" if p.action == "vehicle" else "purchase"].format(
                outlet=called(asdict(p), lang), cost=amount(p.cost), gain=amount(p.gain)
            )
            for p in found.purchases[:SHOWN]
        ]
    elif found.budget:
        lines += ["", words["no_next"]]
    if found.outlets is not None:
        lines += ["", words["most"]]
        lines += [
            words["line"].format(outlet=called(line, lang), lost=amount(line["lost"]))
            for line in found.outlets[:SHOWN]
        ]
        if len(found.outlets) > SHOWN:
            lines.append(words["others"].format(n=len(found.outlets) - SHOWN))
    beyond = found.out_of_reach
    lines += ["", words["beyond"] if beyond else words["all_reach"]]
    lines += [
        words["group"].format(
            format=r["format"], group=r["group"], people=amount(r["people"]), of=amount(r["of"])
        )
        for r in beyond
    ]
    return lines


def _bound(told: Binding, words: dict[str, Any], lang: str) -> str:
    from siting.result.naming import rule_called
    from siting.texts.numbers import amount

    price = gain = ""
    if told.price and told.step:
        price = words["price"].format(
            step=amount(abs(told.step)), gain=amount(told.price * abs(told.step))
        )
    if told.gain is not None and told.step is not None:
        gain = words["gain"].format(
            step=amount(abs(told.step)), gain=amount(told.gain),
            way=words["loosened"][told.step < 0],
        )  # fmt: skip
        if told.gain_at_most is not None and told.gain_at_most > told.gain + 5e-4:
            gain += words["at_most"].format(most=amount(told.gain_at_most))
    reason = f" ({told.reason})" if told.reason else ""
    use = words["least" if told.sense == ">=" else "use"].format(
        used=amount(told.used), limit=amount(told.limit)
    )
    return str(
        words["binding"].format(
            name=rule_called(told.name, told.about, lang), use=use, price=price, gain=gain,
            reason=reason,
        )
    )  # fmt: skip
