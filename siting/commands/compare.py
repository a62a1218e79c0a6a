"""``siting compare``: results, scenarios, variants or methods side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated, Any

import typer

from siting.commands.arguments import (
    AsJson,
    Changes,
    Force,
    Gap,
    Lang,
    Language,
    Reproducible,
    Seed,
    Threads,
    Untrusted,
    seconds,
    writable,
)
from siting.commands.interrupting import interruptible
from siting.commands.named import names_in
from siting.commands.repeating import tell_chance, threads_for
from siting.commands.solve import EXIT
from siting.commands.terminal import tables_as_json, text_beside
from siting.complete_files import complete_file, write_table
from siting.texts.names import Names
from siting.texts.words import Words

if TYPE_CHECKING:
    import pandas as pd

    from siting.analysis.compare import Comparison
    from siting.result import Result

SHOWN = 8
"""Outlets listed a side; the csv has all."""


def compare(
    what: Annotated[list[Path], typer.Argument(metavar="A B ...")],
    variants: Annotated[str, typer.Option(metavar="LIST")] = "",
    methods: Annotated[str, typer.Option(metavar="LIST")] = "",
    time_limit: Annotated[str, typer.Option(metavar="S")] = "300",
    gap: Gap = 0.0,
    seed: Seed = 0,
    threads: Threads = None,
    change: Changes = None,
    untrusted: Untrusted = False,
    out: Annotated[Path | None, typer.Option(metavar="DIR")] = None,
    force: Force = False,
    reproducible: Reproducible = False,
    lang: Language = Lang.en,
    as_json: AsJson = False,
) -> int:
    """Results, scenarios, variants or methods side by side."""
    tell = text_beside(as_json)
    limit = seconds(time_limit)
    threads = threads_for(threads, reproducible)
    writable(out, force)
    from siting.analysis.compare import compare as side_by_side
    from siting.notice import notices
    from siting.report import comparison
    from siting.solving.arguments import check_request

    asked = _words(methods) or ["auto"]
    for method in asked:
        check_request(method, time_limit=limit, gap=gap, seed=seed, threads=threads)
    with interruptible() as interrupt:
        runs = _Runs(asked, limit, gap, seed, threads, change, untrusted, interrupt)
        results: dict[str, Result] = {}
        for path in what:
            for name, result in runs.of(path, _words(variants)):
                results[_unused(name, results)] = result
        tell_chance(reproducible, results.values(), lang.value)
        if reproducible:
            results = {name: replace(one, timings={}) for name, one in results.items()}
        if runs.left_out and len(results) < 2:
            raise KeyboardInterrupt
        found = side_by_side(results)
        names = names_in(lang.value, *results.values())
        words = Words.of(lang.value, "compare")
        for block in _blocks(found, words, names):
            tell(*block, "", sep="\n")
        tables_as_json(
            as_json, figures=found.table, people=found.people, differences=found.differences
        )
        if out is not None:
            tables = {
                "figures": found.table,
                "people": found.people,
                "sites_in_common": found.in_common.rename_axis("result").reset_index(),
                "differences": found.differences,
            }
            for name, table in tables.items():
                write_table(table, out / f"{name}.csv")
            warnings = notices(found.warnings, lang.value, names.sections)
            with complete_file(out / "compare.html") as fresh:
                comparison.write(results, tables, warnings, fresh, names)
            tell(words["written"].format(folder=out))
        if runs.left_out:
            # What was asked for is not all there, and the exit code says so.
            raise KeyboardInterrupt
    if all(result.plan is None for result in results.values()):
        return max(EXIT[result.status] for result in results.values())
    return 0


class _Runs:
    """What stands behind one argument: a stored result, or solves of a scenario."""

    def __init__(
        self,
        methods: list[str],
        limit: float | None,
        gap: float,
        seed: int,
        threads: int | None,
        change: list[str] | None,
        untrusted: bool,
        interrupt: Event,
    ):
        self.methods = methods
        self.change, self.untrusted = change, untrusted
        self.settings: dict[str, Any] = {
            "time_limit": limit,
            "gap": gap,
            "seed": seed,
            "threads": threads,
            "interrupt": interrupt,
        }
        self.interrupt = interrupt
        self.left_out = False
        """Whether Ctrl-C came before the last of what was asked for."""

    def of(self, path: Path, variants: list[str]) -> list[tuple[str, Result]]:
        """(name, result) of an argument."""
        from siting.result import Result

        if path.name == "result.json" or (path / "result.json").exists():
            folder = path.parent if path.name == "result.json" else path
            return [(folder.resolve().name, Result.load(path))]
        return [run for variant in (None, *variants) for run in self._solved(path, variant)]

    def _solved(self, path: Path, variant: str | None) -> list[tuple[str, Result]]:
        from siting.commands.loading import default_name, load
        from siting.commands.terminal import ProgressLine
        from siting.report.folder import formats_called
        from siting.solving import solve

        if self.interrupt.is_set():
            self.left_out = True
            return []
        scenario = load(path, variant, self.change, self.untrusted)
        problem = scenario.problem()
        found = []
        for method in self.methods:
            if self.interrupt.is_set():
                self.left_out = True
                break
            with ProgressLine() as listener:
                result = solve(problem, method=method, listener=listener, **self.settings)
            name = default_name(path, variant) + (f" {method}" if len(self.methods) > 1 else "")
            record = {"inputs": dict(scenario.inputs), "formats": formats_called(scenario)}
            found.append((name, replace(result, record=record)))
        return found


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _unused(name: str, taken: Mapping[str, object]) -> str:
    number = 2
    fresh = name
    while fresh in taken:
        fresh, number = f"{name} #{number}", number + 1
    return fresh


def _blocks(found: Comparison, words: Words, names: Names) -> list[list[str]]:
    import pandas as pd

    from siting.notice import notices
    from siting.result.headline import headline_told
    from siting.texts.numbers import columns, whole

    table, results = found.table, found.results
    stops = "stops" in table
    rows = [[*words.row("columns"), *(words.row("stops") if stops else ())]]
    for row in table.astype(object).to_dict("records"):
        number = {k: None if pd.isna(v) else v for k, v in row.items()}
        rows.append(
            [
                str(number["result"]),
                words[f"status.{number['status']}"],
                whole(number["objective"]),
                whole(number["bound"]),
                headline_told(results[str(number["result"])], words.lang),
                f"{number['seconds'] or 0:,.1f}",
                whole(number["cost"]),
                whole(number["outlets"]),
                whole(number["sites"]),
                *((whole(number["stops"]), whole(number["vehicles"])) if stops else ()),
            ]
        )
    blocks = [columns(rows, (0, 1))]
    covered = [[*words.row("people"), *results]]
    for row in found.people.to_dict("records"):
        after = [whole(row.get(name)) for name in results]
        covered.append(
            [
                names.format(row["format"]),
                names.group(row["group"]),
                whole(row["people"]),
                whole(row["before"]),
                *after,
            ]
        )
    if len(covered) > 1:
        blocks.append([words.titled(words["after"]), *columns(covered, (0, 1))])
    shared = [["", *results]] + [
        [name, *(str(count) for count in row)]
        for name, row in zip(results, found.in_common.to_numpy(), strict=True)
    ]
    title = words["common_stops" if stops else "common"]
    blocks.append([words.titled(title), *columns(shared)])
    blocks += _sides(found.differences, results, words, names)
    warnings = notices(found.warnings, names.lang, names.sections)
    if warnings:
        blocks.append([words.titled(words["warnings"]), *(f"  - {text}" for text in warnings)])
    return blocks


def _sides(
    table: pd.DataFrame, results: Mapping[str, Result], words: Words, names: Names
) -> list[list[str]]:
    """Of each pair, what only one of the two opens; the outlets of most people first."""
    from itertools import combinations

    from siting.result import opened
    from siting.result.naming import called, counted
    from siting.texts.numbers import whole

    blocks = []
    for left, right in combinations(results, 2):
        if results[left].plan is None or results[right].plan is None:
            continue
        pair = table[(table["left"] == left) & (table["right"] == right)]
        if pair.empty:
            blocks.append([words["same"].format(left=left, right=right)])
        for name, other in ((left, right), (right, left)):
            mine = pair[pair["in"] == name].sort_values("newly_covered", ascending=False)
            if mine.empty:
                continue
            people = whole(mine["newly_covered"].sum())
            count = counted(opened(mine), names.lang)
            block = [words["only"].format(name=name, other=other, count=count, people=people)]
            block += [
                words["vehicle" if row["action"] == "vehicle" else "rows"].format(
                    outlet=called(row, names), people=whole(row["newly_covered"])
                )
                for row in mine.head(SHOWN).to_dict("records")
            ]
            if len(mine) > SHOWN:
                rest = words["more"].format(
                    count=counted(opened(mine.iloc[SHOWN:]), names.lang, more=True)
                )
                block.append(rest)
            blocks.append(block)
    return blocks
