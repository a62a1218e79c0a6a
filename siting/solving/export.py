"""A program as a file for other solvers, and a table beside it that says what its columns are."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from siting.complete_files import complete_file, guarded
from siting.problem import ACTIONS, Problem
from siting.solvers.files import names, write_program
from siting.solvers.program import Program

TABLE_COLUMNS = ("column", "site", "format", "size", "action", "phase", "cost", "area_m2")


def export(problem: Problem, program: Program, path: Path, tier: str | None) -> None:
    """Write ``path`` (with tiers ``<stem>-<tier>``) and beside it ``<stem>-columns.csv``.

    The table has a row a column ``open`` (1 = the option is taken) and ``opening`` (1 = something
    first opens at the site in the phase), by the names that stand in the file.

    Raises:
        ArgumentError: another ending than ``.lp`` and ``.mps``.
        InputError: there can be no such file.
    """
    path = path if tier is None else path.with_stem(f"{path.stem}-{tier}")
    write_program(program, path)
    beside = path.with_name(f"{path.stem}-columns.csv")
    # A byte order mark lets spreadsheets see that the table is UTF-8.
    with complete_file(beside) as fresh, fresh.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(TABLE_COLUMNS)
        writer.writerows([guarded(cell) for cell in row] for row in _rows(problem, program))


def _rows(problem: Problem, program: Program) -> Iterator[tuple[object, ...]]:
    called, o, labels = names(program.column_names()), problem.options, problem.labels
    sites = [str(labels.sites[s]) if len(labels.sites) else s for s in range(problem.n_sites)]
    for k, column in enumerate(range(*program.column_block("open").slice.indices(len(called)))):
        yield (
            called[column],
            sites[o.site[k]],
            labels.formats[o.format[k]],
            labels.sizes[o.size[k]],
            ACTIONS[o.action[k]],
            labels.phases[o.phase[k]],
            o.cost[k],
            o.area[k],
        )
    opening = next((block for block in program.columns if block.name == "opening"), None)
    if opening is None:
        return
    for k in range(opening.end - opening.begin):
        site, phase = divmod(k, problem.n_phases)
        cost = problem.opening_cost[site]
        yield called[opening.begin + k], sites[site], "", "", "", labels.phases[phase], cost, ""
