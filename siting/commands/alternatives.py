"""``siting alternatives``: really different good plans, and the sites they share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from siting.commands.arguments import (
    AsJson,
    Changes,
    Force,
    Gap,
    Lang,
    Language,
    Method,
    Reproducible,
    ScenarioPath,
    Seed,
    Threads,
    TimeLimit,
    Untrusted,
    Variant,
    seconds,
    writable,
)
from siting.commands.interrupting import interruptible
from siting.commands.repeating import tell_chance, threads_for
from siting.commands.study import shown, weighed, without_plan
from siting.commands.terminal import tables_as_json, text_beside
from siting.complete_files import write_table
from siting.errors import ArgumentError
from siting.notice import Notice, first
from siting.texts.words import Words

if TYPE_CHECKING:
    from siting.analysis.studies.alternatives import Alternatives, SiteUse

SHOWN = 30
KINDS = {
    "": "kind.premises",
    "standing": "kind.standing",
    "stop": "kind.stop",
    "vehicle": "kind.vehicle",
}
"""How many of each kind of site."""


class By(StrEnum):
    """What plans must differ in."""

    sites = "sites"
    districts = "districts"


def alternatives(
    scenario: ScenarioPath,
    within: Annotated[str, typer.Option(metavar="SHARE")] = "2%",
    count: Annotated[int, typer.Option(metavar="N")] = 5,
    least: Annotated[int, typer.Option(metavar="N")] = 2,
    by: Annotated[By, typer.Option()] = By.sites,
    prove: Annotated[bool, typer.Option()] = False,
    method: Method = "auto",
    time_limit: TimeLimit = "300",
    gap: Gap = 0.0,
    seed: Seed = 0,
    threads: Threads = None,
    variant: Variant = None,
    change: Changes = None,
    untrusted: Untrusted = False,
    out: Annotated[Path | None, typer.Option(metavar="DIR")] = None,
    force: Force = False,
    reproducible: Reproducible = False,
    lang: Language = Lang.en,
    as_json: AsJson = False,
) -> int:
    """Really different plans that are nearly as good."""
    tell = text_beside(as_json)
    limit = seconds(time_limit)
    share = share_of(within)
    threads = threads_for(threads, reproducible)
    writable(out, force)
    from siting.analysis.studies.alternatives import alternatives as search
    from siting.commands.loading import load
    from siting.solving.arguments import check_request

    check_request(method, time_limit=limit, gap=gap, seed=seed, threads=threads)
    loaded = load(scenario, variant, change, untrusted)
    problem = loaded.problem()
    with interruptible() as interrupt:
        with shown(interrupt, method, limit, gap, seed, threads) as study:
            found = search(problem, share, count, least, by.value, prove=prove, study=study)
        words = Words.of(lang.value, "alternatives")
        tell_chance(reproducible, [plan.result for plan in found.plans], lang.value)
        if not found.plans:
            sentence = words["infeasible" if found.complete else "no_solution"]
            return without_plan(found.complete, sentence, problem, loaded, lang.value, interrupt)
        head, *table = lines(found, loaded.name, by is By.districts, words)
        tell(head, *weighed(found.plans[0].result, lang.value), *table, sep="\n")
        tables_as_json(as_json, table=found.table)
        if out is not None:
            _write(found, out, problem, loaded, lang.value, force)
            tell(words["written"].format(folder=out))
    return 0


def share_of(text: str) -> Any:
    """``2%`` or ``0.02`` as an exact fraction."""
    from fractions import Fraction

    try:
        number = Fraction(text.strip().removesuffix("%").strip())
    except (ValueError, ZeroDivisionError):
        raise ArgumentError(Notice("fault.within", text=text)) from None
    return number / 100 if text.strip().endswith("%") else number


def lines(found: Alternatives, name: str, by_district: bool, words: Words) -> list[str]:
    """The plans as a table and the sites by verdict."""
    from siting.texts.numbers import columns, whole

    table = found.table
    stops = "stops" in table
    within = f"{float(found.within):.1%}"
    best = words["best.proven" if found.plans[0].result.status == "optimal" else "best.found"]
    head = words.row("columns")
    rows = [[*head[:-1], *(words.row("stops") if stops else ()), head[-1]]]
    for row in table.to_dict("records"):
        key = "fewer_by" if by_district else "stops_by" if stops else "sites_by"
        differs = words.tell(key, n=row["differs"]) if row["differs"] else best
        part = "-" if row["of_best"] is None else f"{row['of_best']:.2%}"
        figures = ["spent", "outlets", "sites", "sites_not_in_best"]
        figures += ["stops", "vehicles", "stops_not_in_best"] if stops else []
        rows.append(
            [
                whole(row["plan"]),
                whole(row["objective"]),
                part,
                *(whole(row[name]) for name in figures),
                differs,
            ]
        )
    end = "more" if not found.complete else "complete_districts" if by_district else "complete"
    told = [
        words.tell("title", name=name, n=len(found.plans), within=within, best=best),
        "",
        *columns(rows, (len(rows[0]) - 1,)),
        "",
        words[end],
        "",
    ]
    for verdict in ("always", "sometimes"):
        mine = [use for use in found.sites if use.verdict == verdict]
        shown = words.listed(first((use.site for use in mine), SHOWN))
        if mine:
            told.append(words[verdict].format(n=_by_kind(mine, words), sites=shown))
    never = [use for use in found.sites if use.verdict == "never"]
    told.append(words["never"].format(n=_by_kind(never, words, "candidates")))
    sure = {
        verdict: [use for use in found.sites if use.verdict == verdict and use.proven]
        for verdict in ("always", "never")
    }
    if any(sure.values()):
        counts = {verdict: _by_kind(uses, words) for verdict, uses in sure.items()}
        told.append(words["proven"].format(within=within, **counts))
    return told


def _by_kind(uses: list[SiteUse], words: Words, premises: str = KINDS[""]) -> str:
    """How many sites, stops and vehicles; those that are none are not told."""
    count = {kind: sum(use.kind == kind for use in uses) for kind in KINDS}
    told = {kind: n for kind, n in count.items() if n} or {"": 0}
    return words.listed(
        words.tell(KINDS[kind] if kind else premises, n=n) for kind, n in told.items()
    )


def _write(
    found: Alternatives, out: Path, problem: Any, loaded: Any, lang: Any, force: bool
) -> None:
    from dataclasses import asdict, replace

    import pandas as pd

    from siting.report import folder

    write_table(found.table, out / "plans.csv")
    write_table(pd.DataFrame([asdict(use) for use in found.sites]), out / "sites.csv")
    for number, alternative in enumerate(found.plans, 1):
        # The bounds of all but the first hold for plans unlike the earlier ones only.
        result = alternative.result
        if number > 1:
            result = replace(
                result,
                certificates=(),
                bound=found.plans[0].result.bound,
                status="feasible",
                bound_proof="solver",
                certified_bound=None,
                certified_tiers={},
                limit=None,
                tiers={
                    tier: {"objective": line["objective"], "bound": None, "gap": None}
                    for tier, line in result.tiers.items()
                },
            )
        folder.write(
            result, out / f"plan-{number}", problem=problem, scenario=loaded, lang=lang, force=force
        )
