"""``siting explain``: why chosen, why not, what it would cost to force or drop it, what binds."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from siting.commands.arguments import (
    AsJson,
    Lang,
    Language,
    ResultPath,
    Threads,
    TimeLimit,
    Untrusted,
    seconds,
)
from siting.commands.interrupting import interruptible
from siting.commands.named import names_of
from siting.commands.study import shown, weighed
from siting.commands.terminal import print_json, text_beside
from siting.texts.names import Names
from siting.texts.words import Words

if TYPE_CHECKING:
    from siting.analysis.studies.explain import Explained
    from siting.analysis.studies.explain_group import GroupExplained
    from siting.analysis.studies.explanation import Explanation
    from siting.analysis.studies.marginal import Binding
    from siting.problem import Problem
    from siting.result import Result

SHOWN = 12


def explain(
    result: ResultPath,
    site: Annotated[str | None, typer.Option(metavar="ID")] = None,
    format: Annotated[
        str | None,
        typer.Option("--format", metavar="F"),
    ] = None,
    group: Annotated[str | None, typer.Option("--group", metavar="G")] = None,
    time_limit: TimeLimit = "120",
    threads: Threads = None,
    untrusted: Untrusted = False,
    lang: Language = Lang.en,
    as_json: AsJson = False,
) -> int:
    """Why a site or a format was chosen or not, or where a group is behind; without any: what binds
    and what more money would buy."""
    limit = seconds(time_limit)
    from siting.analysis.audit.reopen import reopen

    stored, scenario, problem = reopen(result, untrusted)
    names = names_of(scenario, lang.value)
    if format is not None:
        format = scenario.standards.id_of(format)
    with interruptible() as interrupt:
        with shown(interrupt, time_limit=limit, seed=stored.seed, threads=threads) as study:
            if group is not None:
                from siting.analysis.studies.explain_group import explain_group

                of_group = explain_group(scenario, stored, group, format, study)
                told, figures = _group(of_group, names), of_group.record()
                if of_group.lost is not None:
                    told = [*weighed(stored, lang.value), *told]
            elif site is None and format is None:
                from siting.analysis.studies.explanation import explain as whole

                whole_plan = whole(problem, stored, study)
                told, figures = _whole(whole_plan, stored, names), asdict(whole_plan)
                told = [*weighed(stored, lang.value), *told]
            else:
                from siting.analysis.studies.explain import explain_site

                found = explain_site(problem, stored, site, format, study)
                told, figures = _place(problem, stored, found, names), found.record()
                told = [*weighed(stored, lang.value), *told]
        text_beside(as_json)(*told, sep="\n")
        if as_json:
            print_json(figures)
    return 0


def _group(found: GroupExplained, names: Names) -> list[str]:
    """Where a group is behind, the rule that mends it, and its price."""
    from siting.texts.numbers import share, whole

    words, told = Words.of(names.lang, "explain"), Words.of(names.lang, "solve")
    group = names.group(found.group)
    if not found.behind:
        return [words.tell("group_none", group=group)]
    lines = [words.tell("group_behind", group=group)]
    lines += [
        "  - "
        + told.tell(
            "behind_line",
            format=names.format(one.format),
            group=group,
            before=share(one.before, 1),
            after=share(one.after, 1),
            all_before=share(one.all_before, 1),
            all_after=share(one.all_after, 1),
        )
        for one in found.behind
    ]
    lines.append(words.tell("group_rule", rule=found.rule))
    if found.lost is None or found.extra_cost is None:
        impossible = found.other is not None and found.other.status == "infeasible"
        return [*lines, words["group_impossible" if impossible else "group_unknown"]]
    money = _more(found.extra_cost, words)
    if found.lost < 0:
        return [*lines, words.tell("group_gain", gained=whole(-found.lost), money=money)]
    price = words.tell("group_price", lost=whole(found.lost), money=money)
    if found.other is not None and found.other.status != "optimal":
        price += words["group_open"]
    if found.at_least:
        price += words.tell("group_proven", least=whole(found.at_least))
    return [*lines, price]


def _place(problem: Problem, stored: Result, found: Explained, names: Names) -> list[str]:
    from siting.analysis.infeasible.wording import tell
    from siting.notice import notices
    from siting.result.naming import tiers_told
    from siting.texts.numbers import whole

    words, lang = Words.of(names.lang, "explain"), names.lang
    site = words[found.kind].format(site=found.site, unit=found.unit) if found.kind else found.site
    place = " @ ".join(filter(None, (names.format(found.format or ""), site)))
    lines = []
    if found.chosen:
        outlets = words.listed(_opened(found, names))
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
        broken = notices(found.broken, lang, names.sections)
        lines += [words["broken"].format(rule=rule) for rule in broken]
    if found.other.objective is None or found.difference is None:
        key = "none" if found.impossible else "unknown"
        lines.append(words[f"{key}_{'without' if found.chosen else 'with'}"])
        return lines + ([] if found.reasons is None else tell(found.reasons, names))
    # Only a search that came to its end knows the best plan; any other, the best that it found.
    known = "best" if found.other.status == "optimal" else "found"
    key = f"{known}_without" if found.chosen else f"{known}_with"
    if found.better:
        line = words["better"].format(
            objective=whole(found.other.objective), difference=whole(abs(found.difference))
        )
    else:
        line = words[key].format(
            objective=whole(found.other.objective), difference=whole(found.difference)
        )
        if found.difference and known == "found" and not found.at_least:
            line += words["within_gap"]
        if not found.difference:
            line += words["same" if found.chosen else "same_with"]
        elif found.at_least:
            first = next(iter(found.by_tier), None)
            line += words["proven" if first is None else "proven_tier"].format(
                least=whole(found.at_least), tier=Words.of(lang, "tier").get(first or "", "")
            )
    if found.extra_cost is not None:
        line += words["money"].format(money=_more(found.extra_cost, words))
    if found.by_tier:
        change = {tier: -worse for tier, worse in found.by_tier.items()}
        line += words.aside(tiers_told(change, lang))
    lines.append(line)
    return lines + _swap(problem, stored, found.other, names)


def _opened(found: Explained, names: Names) -> list[str]:
    """The first of what is there, by site or by format, with its size where it has one."""
    told = []
    for place, size in found.opened[:SHOWN]:
        told.append(names.format(place) if found.site is not None else place)
        told[-1] += Words.of(names.lang, "explain").aside(names.size(size))
    return told


def _more(extra: int, words: Words) -> str:
    from siting.texts.numbers import whole

    if not extra:
        return str(words["equal"])
    return str(words["more" if extra > 0 else "less"].format(n=whole(abs(extra))))


def _people(value: float | None, stored: Result, words: Words) -> str:
    from siting.models.traits import traits_of
    from siting.texts.numbers import whole

    return f"{whole(value)} {words['unit_min' if traits_of(stored.model).minimised else 'unit']}"


def _swap(problem: Problem, stored: Result, other: Result, names: Names) -> list[str]:
    from siting.analysis.studies.explain import changes
    from siting.result.naming import option_called

    assert stored.options is not None and other.options is not None
    words, lines = Words.of(names.lang, "explain"), []
    for head, options in zip(
        ("closes", "instead"), changes(problem, stored.options, other.options), strict=True
    ):
        if not options:
            continue
        lines.append(words[head])
        lines += [
            words["outlet"].format(outlet=option_called(problem, k, names)) for k in options[:SHOWN]
        ]
        if len(options) > SHOWN:
            lines.append(words["others"].format(n=len(options) - SHOWN))
    return lines


def _whole(found: Explanation, stored: Result, names: Names) -> list[str]:
    from siting.result.naming import called
    from siting.texts.numbers import whole

    words = Words.of(names.lang, "explain")
    lines = (
        [words["binds"], *(_bound(told, names) for told in found.binding)]
        if found.binding
        else [words["free"]]
    )
    if stored.status != "optimal" and any(told.gain for told in found.binding):
        lines.append(words["unproven"])
    if found.purchases:
        lines += ["", words["next"].format(budget=whole(found.budget))]
        lines += [
            words["purchase_vehicle" if p.action == "vehicle" else "purchase"].format(
                outlet=called(asdict(p), names), cost=whole(p.cost), gain=whole(p.gain)
            )
            for p in found.purchases[:SHOWN]
        ]
    elif found.budget:
        lines += ["", words["no_next"]]
    if found.outlets is not None:
        lines += ["", words["most"]]
        lines += [
            words["line"].format(outlet=called(line, names), lost=whole(line["lost"]))
            for line in found.outlets[:SHOWN]
        ]
        if len(found.outlets) > SHOWN:
            lines.append(words["others"].format(n=len(found.outlets) - SHOWN))
    beyond = found.out_of_reach
    lines += ["", words["beyond"] if beyond else words["all_reach"]]
    lines += [
        words["group"].format(
            format=names.format(r["format"]),
            group=names.group(r["group"]),
            people=whole(r["people"]),
            of=whole(r["of"]),
        )
        for r in beyond
    ]
    return lines


def _bound(told: Binding, names: Names) -> str:
    from siting.result.naming import rule_called
    from siting.texts.numbers import whole

    price, gain, words = "", "", Words.of(names.lang, "explain")
    worth = (told.price or 0.0) * abs(told.step or 0)
    if worth >= 0.5:
        price = words["price"].format(step=whole(abs(told.step or 0)), gain=whole(worth))
    if told.gain is not None and told.step is not None:
        gain = words["gain"].format(
            step=whole(abs(told.step)),
            gain=whole(told.gain),
            way=words["loosened.less" if told.step < 0 else "loosened.more"],
        )
        if told.gain_at_most is not None and told.gain_at_most > told.gain + 5e-4:
            gain += words["at_most"].format(most=whole(told.gain_at_most))
    use = words["least" if told.sense == ">=" else "use"].format(
        used=whole(told.used), limit=whole(told.limit)
    )
    return str(
        words["binding"].format(
            name=rule_called(told.name, told.about, names),
            use=use,
            price=price,
            gain=gain,
            reason=words.aside(told.reason),
        )
    )
