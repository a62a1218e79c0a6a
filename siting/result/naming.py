"""What planners call outlets, stops and vehicles, and the rules that tie them, in two languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from siting.problem import ACTIONS, About, Action, Key
from siting.result.lines import RuleLine
from siting.result.why import Why
from siting.texts.names import Names
from siting.texts.numbers import figure
from siting.texts.rule_names import rule_words
from siting.texts.words import Lang, Words

if TYPE_CHECKING:
    from siting.problem import Problem


def counted(count: Mapping[str, int], lang: Lang, *, more: bool = False) -> str:
    """``outlets``, ``stops``, ``vehicles`` in words; those that are missing or 0 are not told, but
    outlets are where there is nothing else. ``more``: beside those listed already."""
    words = Words.of(lang, "naming.more" if more else "naming.count")
    told = {key: n for key, n in count.items() if n} or {"outlets": 0}
    return words.listed(words.tell(key, n=n) for key, n in told.items())


def called(row: Mapping[Any, Any], names: Names) -> str:
    """A row of a plan (site, format, size, action, outlet, until) as planners say it."""
    action = Action(row["action"])
    leaves = action is Action.KEEP and isinstance(row["until"], str)
    return Words.of(names.lang, "naming.action").tell(
        "keep_through" if leaves else action,
        format=names.format(row["format"]),
        site=row["site"],
        size=names.size(row["size"]),
        phase=row["until"],
        outlet=row["outlet"],
    )


def option_called(problem: Problem, option: int, names: Names) -> str:
    """An option of a problem as planners say it."""
    return called(option_row(problem, option), names)


def option_row(problem: Problem, option: int) -> dict[str, Any]:
    """Site, format, size, action, outlet and until of an option, as in a plan's table."""
    o, names = problem.options, problem.labels
    return {
        "site": problem.site_id(int(o.site[option])),
        "format": names.formats[o.format[option]],
        "size": names.sizes[o.size[option]],
        "action": str(ACTIONS[o.action[option]]),
        "outlet": problem.whose(option),
        "until": problem.until(option),
    }


def rule_called(name: str, about: About, names: Names, row: str = "") -> str:
    """A rule as planners say it: by their own name, or what asks for it and what it is about.

    Args:
        name: told of a rule that nothing in a scenario asks for.
        row: which of the rule's rows.
    """
    if about.key in (Key.CALLS, Key.FLEET):
        return Words.of(names.lang, "naming.rule").tell(about.key, unit=about.unit)
    return rule_words(Words.of(names.lang, "report"), name, about, names.formats, row)


def why_called(why: Why, gained: float, names: Names) -> str:
    """Whom an outlet gains, which rules keep it, whose host it is, whether it is dear.

    Args:
        gained: persons newly covered by it.
    """
    words = Words.of(names.lang, "naming.why")
    told = [words.tell("gains", people=gained)] if gained >= 0.5 else []
    told += kept_called(why, names)
    told += [words["dearest"]] if why.dearest else []
    return words.parts(told)


def kept_called(why: Why, names: Names) -> list[str]:
    """Which rules an outlet keeps, and whose host it is."""
    words = Words.of(names.lang, "naming.why")
    # Rows that are called alike, as a rule's of several phases, are told once.
    called = dict.fromkeys(rule_called(k.rule, k.about, names, k.row) for k in why.keeps)
    told = [words.tell("keeps", rule=rule) for rule in called]
    return told + ([words.tell("host", formats=names.listed(why.host_of))] if why.host_of else [])


def rules_called(problem: Problem, names: Names) -> dict[str, str]:
    """Every rule and row of a problem as notices name it -> as planners say it."""
    told: dict[str, str] = {}
    for rule in problem.rules:
        told[rule.name] = rule_called(rule.name, rule.about, names)
        for row in rule.labels if rule.n_rows > 1 else ():
            told[f"{rule.name} [{row}]"] = rule_called(rule.name, rule.about, names, row)
    for spacing in problem.spacings:
        told[spacing.name] = rule_called(spacing.name, spacing.about, names)
    for least in problem.min_coverage:
        told[least.name] = rule_called(least.name, least.about, names)
        for row in problem.labels.districts:
            told[f"{least.name} [{row}]"] = rule_called(least.name, least.about, names, row)
    return told


def vehicles_bind(line: RuleLine, lang: Lang) -> str | None:
    """The sentence on a rule of vehicles that binds; None of all other rules."""
    if line.about.key not in (Key.CALLS, Key.FLEET):
        return None
    words = Words.of(lang, "naming.rule")
    return words.tell(
        f"{line.about.key}_binds",
        unit=line.about.unit,
        row=words.of_row(line.row),
        used=line.used,
        limit=line.limit,
    )


def tiers_told(change: Mapping[str, float], lang: Lang) -> str:
    """What is gained or lost tier by tier: "basic formats -2,843, quality formats +4,296"."""
    tiers = Words.of(lang, "tier")
    told = {tiers.get(tier, tier): figure(more) for tier, more in change.items()}
    return tiers.listed(
        f"{tier} {'' if more.startswith('-') else '+'}{more}" for tier, more in told.items()
    )
