"""Program: a mixed-integer linear program as arrays, the language between models and solvers.

A model adds blocks of columns and of rows under the names its mathematics uses (``open``,
``covered``, ``link``, ``budget``); a solver sees plain arrays; an export and a golden file see
names such as ``link(12,0)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Block:
    """A run of columns or rows that belong to one symbol."""

    name: str
    begin: int
    end: int
    labels: Sequence[object] | None = None
    """What stands in the brackets, one an element; None = 0, 1, 2, …"""

    @property
    def slice(self) -> slice:
        """Its positions."""
        return slice(self.begin, self.end)

    def names(self) -> list[str]:
        """Full names, for exports."""
        labels = range(self.end - self.begin) if self.labels is None else self.labels
        return [f"{self.name}({label})" for label in labels]


@dataclass(frozen=True)
class Program:
    """max or min  objective @ x + constant  with  row_lower <= rows @ x <= row_upper.

    Columns have bounds and may be integer.
    """

    sense: Literal["max", "min"]
    objective: Float
    lower: Float
    upper: Float
    integer: NDArray[np.bool_]
    rows: csr_array
    """float64, shape (n_rows, n_columns)."""
    row_lower: Float
    row_upper: Float
    columns: tuple[Block, ...]
    row_blocks: tuple[Block, ...]
    constant: float = 0.0
    start: Float | None = None
    """A feasible x to begin with, if one is known."""
    integral_objective: float = 0.0
    """Every feasible objective is a multiple of this; 0 when nothing is known."""
    implied: NDArray[np.bool_] | None = None
    """Continuous columns that may be taken as integer without loss: some best solution has them so.
    None = no column is known to be."""

    @property
    def n_columns(self) -> int:
        return len(self.objective)

    @property
    def n_rows(self) -> int:
        return len(self.row_lower)

    def column_block(self, name: str) -> Block:
        """The block of that name."""
        return next(block for block in self.columns if block.name == name)

    def column_names(self) -> list[str]:
        """One a column."""
        return [name for block in self.columns for name in block.names()]

    def row_names(self) -> list[str]:
        """One a row."""
        return [name for block in self.row_blocks for name in block.names()]


@dataclass
class ProgramBuilder:
    """Collects blocks, then freezes them into a Program."""

    sense: Literal["max", "min"]
    constant: float = 0.0
    _columns: list[Block] = field(default_factory=list)
    _rows: list[Block] = field(default_factory=list)
    _column_data: list[tuple[Float, Float, Float, NDArray[np.bool_]]] = field(default_factory=list)
    _row_data: list[tuple[Float, Float]] = field(default_factory=list)
    _entries: list[tuple[NDArray[np.int64], NDArray[np.int64], Float]] = field(default_factory=list)
    _implied: list[NDArray[np.bool_]] = field(default_factory=list)
    _extra: list[tuple[NDArray[np.int64], Float]] = field(default_factory=list)
    n_columns: int = 0
    n_rows: int = 0

    def add_columns(
        self,
        name: str,
        count: int,
        *,
        objective: ArrayLike = 0.0,
        lower: ArrayLike = 0.0,
        upper: ArrayLike = 1.0,
        integer: bool = False,
        implied: bool = False,
        labels: Sequence[object] | None = None,
    ) -> Block:
        """A block of ``count`` columns; ``implied``: continuous, but integer does no harm."""
        block = Block(name, self.n_columns, self.n_columns + count, labels)
        self._columns.append(block)
        self._column_data.append(
            (
                np.broadcast_to(np.asarray(objective, np.float64), (count,)),
                np.broadcast_to(np.asarray(lower, np.float64), (count,)),
                np.broadcast_to(np.asarray(upper, np.float64), (count,)),
                np.full(count, integer),
            )
        )
        self._implied.append(np.full(count, implied and not integer))
        self.n_columns += count
        return block

    def add_objective(self, columns: NDArray[np.integer], coefficients: ArrayLike) -> None:
        """Add to the objective of columns that stand already; a column may come several times."""
        values = np.broadcast_to(np.asarray(coefficients, np.float64), np.shape(columns))
        self._extra.append((np.asarray(columns, np.int64), values))

    def add_rows(
        self,
        name: str,
        count: int,
        entries: Sequence[tuple[NDArray[np.integer], NDArray[np.integer], ArrayLike]],
        *,
        lower: ArrayLike = -np.inf,
        upper: ArrayLike = np.inf,
        labels: Sequence[object] | None = None,
    ) -> Block:
        """A block of ``count`` rows; entries are arrays (row in the block, column, coefficient)."""
        block = Block(name, self.n_rows, self.n_rows + count, labels)
        for row, column, coefficient in entries:
            values = np.broadcast_to(np.asarray(coefficient, np.float64), np.shape(row))
            self._entries.append(
                (np.asarray(row, np.int64) + block.begin, np.asarray(column, np.int64), values)
            )
        self._row_data.append(
            (
                np.broadcast_to(np.asarray(lower, np.float64), (count,)),
                np.broadcast_to(np.asarray(upper, np.float64), (count,)),
            )
        )
        self._rows.append(block)
        self.n_rows += count
        return block

    def build(self, integral_objective: float = 0.0) -> Program:
        """Freeze."""
        from scipy.sparse import coo_array, csr_array

        columns = [np.concatenate(part) for part in zip(*self._column_data, strict=True)]
        row_lower, row_upper = (
            (np.concatenate(part) for part in zip(*self._row_data, strict=True))
            if self._row_data
            else (np.zeros(0), np.zeros(0))
        )
        if self._entries:
            row, column, value = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        else:
            row, column, value = np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
        matrix = csr_array(coo_array((value, (row, column)), shape=(self.n_rows, self.n_columns)))
        objective, lower, upper, integer = columns
        for at, coefficient in self._extra:
            np.add.at(objective, at, coefficient)
        return Program(
            self.sense,
            objective,
            lower,
            upper,
            integer,
            matrix,
            row_lower,
            row_upper,
            tuple(self._columns),
            tuple(self._rows),
            self.constant,
            None,
            integral_objective,
            np.concatenate(self._implied),
        )
