"""``siting catalogue``: the formats with their standards, sources and evidence marks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.commands.arguments import Lang, Language

if TYPE_CHECKING:
    from siting.scenario.formats.catalogue import Format

WORDS = {
    "en": {
        "columns": ("id", "name", "tier", "standard", "group", "area m2", "people", "cost",
                    "notes"),
        "minutes": "{} min", "metres": "{} m", "delivery": "delivery",
        "marks": "R read in a public source, M general knowledge, A an assumption to be overridden."
                 " Area and cost: small/typical/large, cost in {currency}; people: of one typical"
                 " outlet.",
        "sources": "Sources", "others": "Other built-in catalogues: {names}",
    },
    "zh": {
        "columns": ("编号", "业态", "类别", "标准", "人群", "面积 m2", "服务人数", "费用", "说明"),
        "minutes": "{} 分钟", "metres": "{} 米", "delivery": "配送",
        "marks": "R 见于公开来源,M 一般知识,A 假设(应由规划人员改写)。"
                 "面积与费用:小/典型/大;费用单位 {currency};服务人数:一个典型网点。",
        "sources": "来源", "others": "其他内置目录:{names}",
    },
}  # fmt: skip
_TIERS = {
    "en": {"basic": "basic", "quality": "quality"},
    "zh": {"basic": "基本保障", "quality": "品质提升"},
}


def catalogue(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="A built-in name, or a catalogue file.")
    ] = "cn-2021",
    lang: Language = Lang.en,
) -> int:
    """The formats of a catalogue with their standards, sources and evidence marks."""
    from siting.scenario.formats.catalogue import BUILT_IN, load_catalogue
    from siting.texts.numbers import columns

    words = WORDS[lang.value]
    loaded = load_catalogue(name, Path())
    title = loaded.title.get(lang.value, "")
    print(f"{loaded.name}  {title}".rstrip())
    print(f"sha256 {loaded.sha256}", "", sep="\n")
    rows = [list(words["columns"])]
    rows += [_row(f, lang.value) for f in loaded.formats.values()]
    print(*columns(rows, (0, 1, 2, 4, 8)), "", sep="\n")
    print(str(words["marks"]).format(currency=loaded.currency or "-"))
    print("", f"{words['sources']}:", sep="\n")
    print(*(f"  {key}: {text}" for key, text in loaded.sources.items()), sep="\n")
    others = [other for other in BUILT_IN if other != name]
    print("", str(words["others"]).format(names=", ".join(others)), sep="\n")
    return 0


def _row(f: Format, lang: str) -> list[str]:
    from siting.texts.numbers import figure

    words = WORDS[lang]
    typical = f.sizes[len(f.sizes) // 2]
    if not f.walking:
        standard = str(words["delivery"])
    elif f.metres is not None:
        standard = _marked(str(words["metres"]).format(f"{f.metres:g}"), f, "metres")
    else:
        standard = _marked(str(words["minutes"]).format(f"{f.minutes:g}"), f, "minutes")
    areas = "/".join(f"{size.area_m2:g}" for size in f.sizes)
    costs = "/".join(figure(size.cost) for size in f.sizes)
    people = "-" if typical.capacity is None else f"{typical.capacity:,}"
    return [
        f.id,
        f.zh if lang == "zh" else f.en,
        _marked(_TIERS[lang][f.tier], f, "tier"),
        standard,
        _marked("+".join(f.groups), f, "group"),
        _marked(areas, f, "area_m2"),
        _marked(people, f, "capacity"),
        _marked(costs, f, "cost_per_m2"),
        f.notes.get(lang, ""),
    ]


def _marked(text: str, f: Format, key: str) -> str:
    """A value with its evidence mark and the key of its source."""
    evidence = f.evidence.get(key)
    if evidence is None:
        return text
    return f"{text} {evidence.mark}" + (f"[{evidence.source}]" if evidence.source else "")
