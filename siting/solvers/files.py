"""Programs as text files: CPLEX LP for people, free MPS for solvers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

import numpy as np

from siting.complete_files import complete_file
from siting.errors import ArgumentError
from siting.notice import Notice
from siting.solvers.minimum import as_minimum
from siting.solvers.program import Program

_ODD = re.compile(r"[^A-Za-z0-9_.,()]")
_LINE = 8
"""Terms a line of an LP file."""


def write_program(program: Program, path: str | Path) -> None:
    """Write by the ending of the name: ``.lp`` as it is, ``.mps`` as every reader understands it.

    Raises:
        ArgumentError: another ending.
    """
    path = Path(path)
    check_ending(path)
    write = write_lp if path.suffix == ".lp" else write_minimum
    with complete_file(path) as fresh, fresh.open("w", encoding="ascii") as file:
        write(program, file)


def check_ending(path: Path) -> None:
    """Raises ArgumentError where a model's file is of no kind that is written here."""
    if path.suffix not in (".lp", ".mps"):
        raise ArgumentError(Notice("fault.model_file", name=path.name))


def write_lp(program: Program, file: TextIO) -> None:
    """CPLEX LP format; a constant of the objective stands as a column fixed to 1."""
    columns, rows = names(program.column_names()), names(program.row_names())
    costs = np.flatnonzero(program.objective)
    terms = [_term(program.objective[j], columns[j]) for j in costs]
    if program.constant:
        terms.append(_term(program.constant, "constant"))
    file.write("Maximize\n" if program.sense == "max" else "Minimize\n")
    file.write(f" objective: {_wrapped(terms) or '0 ' + columns[0] if columns else '0'}\n")
    file.write("Subject To\n")
    matrix = program.rows
    for r, name in enumerate(rows):
        begin, end = matrix.indptr[r], matrix.indptr[r + 1]
        terms = [
            _term(value, columns[j])
            for value, j in zip(matrix.data[begin:end], matrix.indices[begin:end], strict=True)
        ]
        left = _wrapped(terms) or f"0 {columns[0]}"
        for suffix, sign, bound in _sides(program.row_lower[r], program.row_upper[r]):
            file.write(f" {name}{suffix}: {left} {sign} {bound:.17g}\n")
    file.write("Bounds\n")
    for j, name in enumerate(columns):
        lower, upper = program.lower[j], program.upper[j]
        if not (program.integer[j] and (lower, upper) == (0, 1)):
            below = "-inf" if np.isneginf(lower) else f"{lower:.17g}"
            above = "+inf" if np.isposinf(upper) else f"{upper:.17g}"
            file.write(f" {below} <= {name} <= {above}\n")
    if program.constant:
        file.write(" constant = 1\n")
    binary = program.integer & (program.lower == 0) & (program.upper == 1)
    for title, mask in (("Binaries", binary), ("Generals", program.integer & ~binary)):
        if mask.any():
            file.write(f"{title}\n")
            file.writelines(f" {columns[j]}\n" for j in np.flatnonzero(mask))
    file.write("End\n")


def write_minimum(program: Program, file: TextIO) -> None:
    """Free MPS of :func:`as_minimum`, with a comment that says so where it was a maximum."""
    if program.sense == "max":
        file.write("* The minimum of the negative: the maximum is minus what a solver tells.\n")
    write_mps(as_minimum(program), file)


def write_mps(program: Program, file: TextIO, *, numbered: bool = False) -> None:
    """Free MPS as the program is: with OBJSENSE for a maximum, RANGES, and a constant as minus the
    objective's right-hand side, which not every reader understands (:func:`write_minimum`).

    Args:
        numbered: short names c0, c1, … and r0, r1, … in place of the program's own.
    """
    if numbered:
        columns = [f"c{j}" for j in range(program.n_columns)]
        rows = [f"r{r}" for r in range(program.n_rows)]
    else:
        columns, rows = names(program.column_names()), names(program.row_names())
    file.write("NAME siting\n")
    if program.sense == "max":
        file.write("OBJSENSE\n MAX\n")
    file.write("ROWS\n N objective\n")
    kind = np.where(
        program.row_lower == program.row_upper,
        "E",
        np.where(
            np.isfinite(program.row_upper), "L", np.where(np.isfinite(program.row_lower), "G", "N")
        ),
    )
    bound = kind != "N"
    file.writelines(f" {kind[r]} {rows[r]}\n" for r in np.flatnonzero(bound))
    file.write("COLUMNS\n")
    matrix = program.rows.tocsc()
    marked = False
    for j, name in enumerate(columns):
        if program.integer[j] != marked:
            marked = not marked
            file.write(f" M{j} 'MARKER' '{'INTORG' if marked else 'INTEND'}'\n")
        file.write(f" {name} objective {program.objective[j]:.17g}\n")
        begin, end = matrix.indptr[j], matrix.indptr[j + 1]
        file.writelines(
            f" {name} {rows[r]} {value:.17g}\n"
            for r, value in zip(matrix.indices[begin:end], matrix.data[begin:end], strict=True)
            if bound[r]
        )
    if marked:
        file.write(" MEND 'MARKER' 'INTEND'\n")
    file.write("RHS\n")
    if program.constant:
        file.write(f" RHS objective {-program.constant:.17g}\n")
    rhs = np.where(np.isfinite(program.row_upper), program.row_upper, program.row_lower)
    file.writelines(
        f" RHS {rows[r]} {rhs[r]:.17g}\n" for r in np.flatnonzero(rhs) if np.isfinite(rhs[r])
    )
    ranged = np.isfinite(program.row_lower) & np.isfinite(program.row_upper)
    ranged &= program.row_lower != program.row_upper
    if ranged.any():
        width = program.row_upper - program.row_lower
        file.write("RANGES\n")
        file.writelines(f" RNG {rows[r]} {width[r]:.17g}\n" for r in np.flatnonzero(ranged))
    file.write("BOUNDS\n")
    file.writelines(_mps_bounds(program, columns))
    file.write("ENDATA\n")


def names(labels: Iterable[str]) -> list[str]:
    """Names as LP and MPS files allow them, made distinct."""
    seen: Counter[str] = Counter()
    told = []
    for label in labels:
        name = _ODD.sub("_", label)
        seen[name] += 1
        told.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return told


def _mps_bounds(program: Program, columns: list[str]) -> Iterator[str]:
    for j, name in enumerate(columns):
        lower, upper = program.lower[j], program.upper[j]
        if lower == upper:
            yield f" FX BND {name} {lower:.17g}\n"
            continue
        if np.isneginf(lower):
            yield f" MI BND {name}\n"
        elif lower:
            yield f" LO BND {name} {lower:.17g}\n"
        # Without an upper bound some readers take an integer column for binary.
        yield f" UP BND {name} {upper:.17g}\n" if np.isfinite(upper) else f" PL BND {name}\n"


def _sides(lower: float, upper: float) -> list[tuple[str, str, float]]:
    """(suffix of the name, sign, bound) of each side of a row."""
    if lower == upper:
        return [("", "=", lower)]
    sides = []
    if np.isfinite(lower):
        sides.append(("", ">=", lower))
    if np.isfinite(upper):
        sides.append(("#up" if sides else "", "<=", upper))
    return sides


def _term(coefficient: float, name: str) -> str:
    sign = "-" if coefficient < 0 else "+"
    size = abs(coefficient)
    return f"{sign} {name}" if size == 1 else f"{sign} {size:.17g} {name}"


def _wrapped(terms: list[str]) -> str:
    lines = [" ".join(terms[at : at + _LINE]) for at in range(0, len(terms), _LINE)]
    return "\n  ".join(lines).removeprefix("+ ")
