"""``siting neighbours``: catchments of new outlets, and what they take from existing ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.commands.arguments import AsJson, Lang, Language, ResultPath, Untrusted
from siting.commands.named import names_of
from siting.commands.terminal import tables_as_json, text_beside
from siting.complete_files import write_table
from siting.texts.words import Words


def neighbours(
    result: ResultPath,
    out: Annotated[Path | None, typer.Option(metavar="FILE")] = None,
    untrusted: Untrusted = False,
    lang: Language = Lang.en,
    as_json: AsJson = False,
) -> int:
    """Catchment of every new outlet, and the people it takes from existing ones."""
    tell = text_beside(as_json)
    from siting.analysis.audit.reopen import reopen
    from siting.analysis.gaps.catchments import neighbours as find
    from siting.texts.numbers import columns, share, whole

    stored, scenario, problem = reopen(result, untrusted)
    assert stored.options is not None
    found = find(problem.under(stored.spec), stored)
    words, names = Words.of(lang.value, "neighbours"), names_of(scenario, lang.value)
    rows = [list(words.row("new"))]
    rows += [
        [
            words["stop"].format(site=c.site) if c.action == "stop" else c.site,
            names.format(c.format),
            names.size(c.size),
            whole(c.within),
            whole(c.new),
            whole(c.taken),
        ]
        for c in found.opened
    ]
    tell(words["title"].format(name=scenario.name), "", *columns(rows, (0, 1, 2)), "", sep="\n")
    losing = [s for s in found.standing if s.lost > 0]
    rows = [list(words.row("old"))]
    rows += [
        [
            s.outlet,
            names.format(s.format),
            whole(s.before),
            whole(s.after),
            whole(s.lost),
            share(s.lost, s.before),
        ]
        for s in losing
    ]
    tell(*(columns(rows, (0, 1)) if losing else [words["none"]]), sep="\n")
    if out is not None:
        write_table(found.table, out)
        tell(words["written"].format(file=out))
    tables_as_json(as_json, table=found.table)
    return 0
