"""``siting catalogue``: the formats with their standards, sources and evidence marks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from siting.commands.arguments import AsJson, Lang, Language
from siting.commands.terminal import print_json, text_beside
from siting.texts import words as texts
from siting.texts.catalogue import currency_words
from siting.texts.words import Words

if TYPE_CHECKING:
    from siting.scenario.formats.catalogue import Asked, Catalogue, Format


def catalogue(
    name: Annotated[str, typer.Argument(metavar="[NAME]")] = "cn-2021",
    lang: Language = Lang.en,
    as_json: AsJson = False,
) -> int:
    """The formats of a catalogue with their standards, sources and evidence marks."""
    tell = text_beside(as_json)
    from siting.scenario.formats.catalogue import BUILT_IN, load_catalogue
    from siting.texts.numbers import columns

    words = Words.of(lang.value, "catalogue")
    loaded = load_catalogue(name)
    title = loaded.title.get(lang.value, "")
    tell(f"{loaded.name}  {title}".rstrip())
    tell(f"sha256 {loaded.sha256}", "", sep="\n")
    rows = [list(words.row("columns"))]
    rows += [_row(f, lang.value) for f in loaded.formats.values()]
    tell(*columns(rows, (0, 1, 2, 4, 8, 9)), "", sep="\n")
    tell(words["marks"].format(currency=currency_words(lang.value, loaded.currency) or "-"))
    for grade in loaded.grades:
        asks = words.parts(_asked(asked, words, loaded) for asked in grade.asks)
        tell(words.titled(grade.zh if lang.value == "zh" else grade.en, asks))
    for nuisance in loaded.nuisances.values():
        away = words.listed(
            words.tell("keep", place=words[f"places.{keep.from_}"], n=f"{keep.metres:g}")
            for keep in nuisance.keep
        )
        tell(words.titled(nuisance.zh if lang.value == "zh" else nuisance.en, away))
    tell("", words.titled(words["sources"]), sep="\n")
    sources = {**loaded.sources, **(loaded.sources_zh if lang.value == "zh" else {})}
    tell(*(words.titled(f"  {key}", text) for key, text in sources.items()), sep="\n")
    others = [other for other in (*BUILT_IN, f"{BUILT_IN[-1]}+beijing") if other != name]
    others += [f"{BUILT_IN[-1]}+delivery"] if "delivery" not in name else []
    tell("", words["others"].format(names=words.listed(others)), sep="\n")
    if as_json:
        print_json(
            {
                "name": loaded.name,
                "sha256": loaded.sha256,
                "formats": loaded.formats,
                "grades": [grade.model_dump() for grade in loaded.grades],
                "nuisances": {
                    id: nuisance.model_dump(by_alias=True)
                    for id, nuisance in loaded.nuisances.items()
                },
            }
        )
    return 0


def _asked(asked: Asked, words: Words, loaded: Catalogue) -> str:
    """One condition of a grade."""
    formats = [*(asked.formats or ()), *([asked.format] if asked.format else ())]
    names = [
        loaded.formats[id].zh if words.lang == "zh" else loaded.formats[id].en for id in formats
    ]
    told = words.tell(
        f"asks.{asked.what}",
        tier=words[f"tiers.{asked.tier}"] if asked.tier else "",
        formats=words.listed(names),
        share=100 * asked.at_least,
    )
    return f"{told} {asked.mark}" + (f"[{asked.source}]" if asked.source else "")


def _row(f: Format, lang: texts.Lang) -> list[str]:
    from siting.texts.numbers import figure

    words, groups = Words.of(lang, "catalogue"), Words.of(lang, "group")
    typical = f.sizes[len(f.sizes) // 2]
    if not f.walking:
        standard = words["delivery"]
        if f.riding_minutes:
            riding = words.tell("riding", n=f"{f.riding_minutes:g}")
            standard = _marked(riding, f, "riding_minutes")
    elif f.metres is not None:
        standard = _marked(words.tell("metres", n=f"{f.metres:g}"), f, "metres")
    else:
        standard = _marked(words.tell("minutes", n=f"{f.minutes:g}"), f, "minutes")
    if f.walking and f.planning_m:
        planning = words.tell("or_planning", n=f"{f.planning_m:g}")
        standard += _marked(planning, f, "planning_m")
    areas = "/".join(f"{size.area_m2:g}" for size in f.sizes)
    costs = "/".join(figure(size.cost) for size in f.sizes)
    people = "-" if typical.capacity is None else f"{typical.capacity:,}"
    return [
        f.id,
        f.zh if lang == "zh" else f.en,
        _marked(words[f"tiers.{f.tier}"], f, "tier"),
        standard,
        _marked(words.listed(groups.get(group, group) for group in f.groups), f, "group"),
        _marked(areas, f, "area_m2"),
        _marked(people, f, "capacity"),
        _marked(costs, f, "cost_per_m2"),
        _margin(f, words),
        f.notes.get(lang, ""),
    ]


def _margin(f: Format, words: Words) -> str:
    """What it lives by, and whether it serves the public."""
    told = _marked(words[f"margins.{f.margin}"], f, "margin")
    return words.parts([told, words["public_interest"]]) if f.public_interest else told


def _marked(text: str, f: Format, key: str) -> str:
    """A value with its evidence mark and the key of its source."""
    evidence = f.evidence.get(key)
    if evidence is None:
        return text
    return f"{text} {evidence.mark}" + (f"[{evidence.source}]" if evidence.source else "")
