"""``siting check``: all faults and warnings of a scenario, and what its layers hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from siting.commands.arguments import (
    AsJson,
    Changes,
    Lang,
    Language,
    Method,
    Model,
    ScenarioPath,
    Untrusted,
    Variant,
)
from siting.commands.named import names_of
from siting.commands.terminal import print_json, text_beside
from siting.printable import LONGEST, cut
from siting.texts.names import Names
from siting.texts.words import Words

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.scenario import Scenario
    from siting.scenario.summary import Summary


def check(
    scenario: ScenarioPath,
    method: Method = "auto",
    model: Model = None,
    variant: Variant = None,
    change: Changes = None,
    untrusted: Untrusted = False,
    lang: Language = Lang.en,
    as_json: AsJson = False,
) -> int:
    """All faults of a scenario and its variants, all warnings, and what its layers hold."""
    tell = text_beside(as_json)
    from siting.commands.loading import load

    loaded = load(scenario, variant, change, untrusted)
    from siting.notice import notices
    from siting.solving.arguments import check_request, objective_of
    from siting.solving.auto import check_pair, choose

    check_request(method, model)
    check_pair(method, model or loaded.settings.objective.model)
    loaded.check_layers()
    problem, found = loaded.problem(), loaded.summary()
    choose(problem, objective_of(problem, model), method)  # as solve will
    words, ignored = Words.of(lang.value, "check"), found.ignored_outlets
    names = names_of(loaded, lang.value)
    tell(words["title"].format(name=loaded.name), "", sep="\n")
    for block in (
        _layers(found, words),
        _people(found, words, names),
        _formats(found, problem, words, names),
        [*_options(found, problem, words), *_walking(found, words)],
        _list(words, words["ways"], _ways(found, words)),
        _list(
            words,
            words["ignored"],
            [words.titled(names.format(k), f"{n:,}") for k, n in ignored.items()],
        ),
        _list(
            words,
            words["deviations"].format(name=loaded.catalogue_record["name"]),
            _deviations(loaded, words),
        ),
        _list(words, words["rules"], _rules(problem, names) or [words["none"]]),
        _list(words, words["warnings"], notices(found.warnings, lang.value, names.sections)),
        _list(words, words["inputs"], _hashes(loaded.inputs)),
    ):
        if block:
            tell(*block, "", sep="\n")
    if as_json:
        print_json({"scenario": loaded.name, **vars(found), "inputs": loaded.inputs})
    return 0


def _hashes(inputs: Mapping[str, str]) -> list[str]:
    return [f"{sha[:12]}  {path}" for path, sha in inputs.items()]


def _layers(found: Summary, words: Words) -> list[str]:
    from siting.texts.numbers import columns

    rows = [list(words.row("layers"))]
    rows += [
        [words[part["kind"]], str(part["file"]), str(part["crs"]), f"{part['places']:,}"]
        for part in found.layers
    ]
    return columns(rows, (0, 1, 2))


def _people(found: Summary, words: Words, names: Names) -> list[str]:
    from siting.texts.numbers import columns, whole

    rows = [list(words.row("people"))]
    for group, people in found.people.items():
        lost = found.unreachable_people.get(group)
        rows.append(
            [
                names.group(group),
                whole(people),
                whole(lost),
                whole(found.near_edge_people.get(group)),
            ]
        )
    return columns(rows)


def _formats(found: Summary, problem: Problem, words: Words, names: Names) -> list[str]:
    """One row a format and group; ``sites``: candidates at which it may open; stops apart."""
    from siting.problem.vehicles import option_kinds
    from siting.texts.numbers import columns

    o, kinds = problem.options, option_kinds(problem)
    rows = [[*words.row("formats"), *((words["at_stops"],) if found.stops else ())]]
    for told in found.standards:
        mine = o.format == problem.labels.formats.index(told["format"])
        rows.append(
            [
                names.format(told["format"]),
                names.tier(told["tier"]),
                names.group(told["group"]),
                f"{told['limit_m']:,.1f}",
                f"{found.outlets.get(told['format'], 0):,}",
                f"{len(set(o.site[mine & (kinds == '')].tolist())):,}",
                *([f"{len(set(o.site[mine & (kinds == 'stop')].tolist())):,}"] * bool(found.stops)),
            ]
        )
    return columns(rows, (0, 1, 2))


def _options(found: Summary, problem: Problem, words: Words) -> list[str]:
    line = words.tell(
        "options",
        options=found.options,
        sites=found.sites,
        fit=found.fitting_options,
        pairs=problem.reach.n_pairs,
        crs=found.crs,
    )
    mobile = words.tell("mobile", stops=found.stops, vehicles=found.vehicles)
    return [line, mobile] if found.stops else [line]


def _walking(found: Summary, words: Words) -> list[str]:
    if found.straight_line:
        return [words.titled(words["network"], words["straight"])]
    named = Words.of(words.lang, "network")
    told = words.listed(f"{named.get(key, key)} {value:,}" for key, value in found.network.items())
    return [words.titled(words["network"], told)]


def _ways(found: Summary, words: Words) -> list[str]:
    """In the order in which the rules are asked."""
    rule = Words.of(words.lang, "way_rule")
    return [words.titled(rule[name], f"{n:,}") for name, n in found.ways.items()]


def _deviations(loaded: Scenario, words: Words) -> list[str]:
    from siting.report.deviations import deviations

    return [
        words.titled(f"{format} · {key}", f"{old} → {new}" + words.aside(reason))
        for format, key, old, new, reason in deviations(loaded.standards, words.lang)
    ]


def _rules(problem: Problem, names: Names) -> list[str]:
    """Every rule by name; that vehicles are bought in their order is nothing a planner asked."""
    from siting.problem import RuleKind
    from siting.result.naming import rule_called

    named = [
        (rule_called(rule.name, rule.about, names), rule.reason)
        for rule in problem.rules
        if rule.kind is not RuleKind.FLEET
    ]
    named += [(rule_called(s.name, s.about, names), s.reason) for s in problem.spacings]
    named += [(rule_called(m.name, m.about, names), m.reason) for m in problem.min_coverage]
    words = Words.of(names.lang, "check")
    return [name + words.aside(reason) for name, reason in named]


def _list(words: Words, title: str, lines: Any) -> list[str]:
    """A line each, as long as any message may be."""
    return [words.titled(title), *(cut(f"  - {line}", LONGEST) for line in lines)] if lines else []
