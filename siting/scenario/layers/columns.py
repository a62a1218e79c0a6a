"""Columns of a layer as ids and numbers; every bad row is counted, none is guessed."""

from __future__ import annotations

import pickle
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from itertools import islice
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.errors import Fault, nearest
from siting.notice import Hint, Notice, first
from siting.scenario.layers.units import PLAIN, Quantity, head_unit, plain, read_number

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 5
"""Rows and values a message shows before it only counts."""
_COMMA = re.compile(r"[-+]?\d+,\d+")
"""A number with a decimal comma; one of thousands is read."""
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]"
)
"""Signs that take no room: soft hyphens, joiners, marks of direction, variants, byte order."""
MOST_NAMED = 8
"""The same of places that a warning names."""


class Columns:
    """The columns of one file, asked by name; faults gather in ``faults``.

    One that is not there was told when the layer was read, and is then blank everywhere.
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        where: str,
        faults: list[Fault],
        units: Mapping[str, tuple[str, ...]] | None = None,
    ):
        self._frame: pd.DataFrame | bytes = frame
        self.where = where
        self.faults = faults
        self._units = units or {}
        self.told: list[Notice] = []
        """What is read differently from how it is written."""

    @property
    def frame(self) -> pd.DataFrame:
        """The file's rows."""
        held = self._frame
        if isinstance(held, bytes):
            held = self._frame = pickle.loads(held)
        return held

    def __getstate__(self) -> dict[str, Any]:
        """The frame as bytes of its own, for few ask what has been read for more, and whoever does
        not then loads no pandas."""
        held = self._frame
        apart = held if isinstance(held, bytes) else pickle.dumps(held, protocol=5)
        return {**vars(self), "_frame": apart}

    def __len__(self) -> int:
        return len(self.frame)

    def lacks(self, name: str) -> Hint | None:
        """A hint when there is no such column: the nearest one, or all of them."""
        if name in self.frame.columns:
            return None
        return nearest(name, map(str, self.frame.columns)) or self.known()

    def known(self) -> Notice:
        """A hint that names the columns."""
        return Notice(
            "fault.columns", known=first(map(str, self.frame.columns), 12) or Notice("fault.none")
        )

    def text(self, name: str) -> NDArray[np.object_]:
        """Text of each row, stripped; empty where the cell is blank. 7.0 is the id ``7``."""
        if name not in self.frame.columns:
            return np.full(len(self), "", object)
        return as_text(self.frame[name])

    def ids(self, name: str) -> NDArray[np.object_]:
        """Text of each row as an id; what is neither text nor number is a fault of its row, and
        ids that look the same are told."""
        found = self.text(name)
        if name not in self.frame.columns:
            return found
        series = self.frame[name]
        if series.dtype == object or series.dtype.kind == "b":
            odd = np.array([_no_id(value) for value in series.to_numpy(object)], bool)
            if odd.any():
                self.bad(name, Notice("fault.id_text"), np.flatnonzero(odd))
        pairs = look_alikes(found)
        if pairs:
            self.tell(
                Notice(
                    "layer.ids_alike",
                    where=self.where,
                    column=name,
                    n=len(pairs),
                    one=pairs[0][0],
                    other=pairs[0][1],
                )
            )
        return found

    def numbers(
        self,
        name: str,
        low: float,
        high: float,
        expected: Notice,
        rows: NDArray[np.integer] | None = None,
        quantity: Quantity = PLAIN,
        titled: bool = True,
        hint: Hint = "",
    ) -> NDArray[np.float64]:
        """Finite numbers in low..high; every other row is a fault (and 0 in the result).

        Args:
            hint: the cure of what is no such number.
            rows: only these are looked at; the others are 0.
            quantity: what is counted: units in head or cells are turned into its own, and told.
            titled: whether the unit of a title above the head counts too.
        """
        import pandas as pd

        if name not in self.frame.columns:
            return np.zeros(len(self))
        series = self.frame[name]
        if series.dtype == np.bool_ or series.dtype.kind in "mM":  # dates, which pandas counts
            values = np.full(len(series), np.nan)
        elif pd.api.types.is_numeric_dtype(series.dtype):
            values = series.to_numpy(np.float64, na_value=np.nan).copy()
        else:
            if series.dtype == object:
                series = series.map(_number_or_text)
            values = pd.to_numeric(series, errors="coerce").to_numpy(np.float64, na_value=np.nan)
        values, turned = self._in_unit(name, series, values.copy(), quantity, titled)
        good = np.isfinite(values) & (values >= low) & (values <= high)
        if (np.isfinite(values) & (values > high) & np.isfinite(high)).any():
            expected = Notice("fault.and_most", expected=expected, high=high)
        values = np.where(good, values, 0.0)
        bad = np.flatnonzero(~good) if rows is None else rows[~good[rows]]
        if len(bad):
            # Beside one that nobody can read, the others that are no plain numbers are told too.
            also = turned if rows is None else np.intersect1d(turned, rows)
            if not hint and any(
                _COMMA.fullmatch(cell) for cell in as_text(series.iloc[bad[:SHOWN]])
            ):
                hint = Notice("fault.decimal_point")
            self.bad(name, expected, np.union1d(bad, also), hint)
        return values

    def title_unit(self, name: str, quantity: Quantity) -> tuple[str, Fraction] | None:
        """The unit and its size by which a title above the head counts what this column holds;
        None where it names none, or the head a unit of its own."""
        if head_unit(name, quantity) is not None:
            return None
        sizes = ((unit, quantity.units.get(plain(unit))) for unit in self._units.get(name, ()))
        return next(((unit, size) for unit, size in sizes if size is not None), None)

    def _in_unit(
        self,
        name: str,
        series: pd.Series,
        values: NDArray[np.float64],
        quantity: Quantity,
        titled: bool,
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Numbers in the quantity's unit, also of cells written with separators or a unit; and the
        rows of such cells."""
        head = head_unit(name, quantity)
        title = self.title_unit(name, quantity) if titled else None
        unit, size = head or title or ("", Fraction(1))
        plain = np.isfinite(values)
        values[plain] = values[plain] * size.numerator / size.denominator
        blank = np.zeros(0, object)
        cells = as_text(series) if series.dtype != np.bool_ and not plain.all() else blank
        read: dict[str, float] = {}
        turned: list[int] = []
        for row in np.flatnonzero(~plain) if len(cells) else ():
            found = read_number(cells[row], quantity) if cells[row] else None
            if found is not None:
                values[row] = _float(found.value if found.unit else found.value * size)
                read.setdefault(cells[row], values[row])
                turned.append(int(row))
        if read:
            cell, value = next(iter(read.items()))
            self.tell(
                Notice(
                    "layer.numbers_read",
                    where=self.where,
                    column=name,
                    n=len(turned),
                    cell=cell,
                    value=value,
                    unit=quantity.name,
                )
            )
        if size != 1:
            self.tell(
                Notice(
                    "layer.head_unit" if head else "layer.title_unit",
                    where=self.where,
                    column=name,
                    unit=unit,
                    times=float(size),
                    into=quantity.name,
                )
            )
        return values, np.array(turned, np.int64)

    def tell(self, notice: Notice) -> None:
        """Note what is read differently from how it is written, once."""
        if notice not in self.told:
            self.told.append(notice)

    def tell_read(self, key: str, name: str, read: Mapping[str, str | int]) -> None:
        """Note words of a column and what they are read as."""
        if read:
            some = dict(islice(read.items(), MOST_NAMED))
            self.tell(Notice(key, where=self.where, column=name, read=some))

    def bad(self, name: str, expected: Notice, rows: NDArray[np.int64], hint: Hint = "") -> None:
        """Add one fault for all these rows."""
        if name not in self.frame.columns:
            return
        cells = as_text(self.frame[name].iloc[rows[:SHOWN]])
        values = list(dict.fromkeys(cell or Notice("fault.nothing") for cell in cells))
        found = rows_text(rows)
        if values:
            found = Notice("fault.cells", cells=values, rows=found)
        self.faults.append(Fault(self.where, expected, found, key=name, hint=hint))


def rows_text(rows: NDArray[np.integer]) -> Notice:
    """Rows, counted from 1, as a message names them: "in 3 rows (2, 5, 9)"."""
    return Notice("fault.in_rows", **row_values(rows))


def row_values(rows: NDArray[np.integer]) -> dict[str, Any]:
    """Rows, counted from 1, as a notice tells them: how many, and the first of them."""
    return {"rows": len(rows), "first": first((row + 1 for row in rows[: SHOWN + 1]), SHOWN)}


def look_alikes(ids: NDArray[np.object_]) -> list[tuple[str, str]]:
    """Different ids that nobody can tell apart by eye, in pairs: by blanks of other kinds, letters
    of full width, and signs that take no room (Unicode Standard Annex 15, compatibility)."""
    written = set(ids.tolist())
    seen: dict[str, str] = {}
    pairs = []
    for one in sorted(written):
        plain = one if one.isascii() else _UNSEEN.sub("", unicodedata.normalize("NFKC", one))
        plain = " ".join(plain.split()) if "  " in plain or plain is not one else plain
        if plain == one:
            continue
        other = plain if plain in written else seen.setdefault(plain, one)
        if other != one:
            pairs.append((other, one))
    return pairs


def _no_id(value: Any) -> bool:
    """Whether a cell is no id: a list, a mapping, a truth, or bytes that are no text."""
    if isinstance(value, str):
        return False
    if isinstance(value, bytes):
        try:
            value.decode()
        except UnicodeDecodeError:
            return True
    return isinstance(value, bool | np.bool_ | list | tuple | dict | set | np.ndarray)


def as_text(series: pd.Series) -> NDArray[np.object_]:
    """Cells as ids: whole numbers without a point, blanks empty."""
    import pandas as pd

    if pd.api.types.is_integer_dtype(series.dtype) and not series.hasnans:
        return series.astype(str).to_numpy(object)
    return np.array([_cell(value) for value in series.to_numpy(object)], dtype=object)


def _float(value: Fraction) -> float:
    """The nearest float; infinity beyond all of them."""
    try:
        return float(value)
    except OverflowError:
        return inf


def _number_or_text(value: Any) -> Any:
    """A cell as pandas makes numbers of it, who takes True for 1 and a date for the nanoseconds
    since 1970, and fails at a whole number that no float holds."""
    if isinstance(value, bool | date | timedelta | np.datetime64 | np.timedelta64):
        return None
    if isinstance(value, int) and abs(value) >= 2**1000:
        return inf
    return value


def _cell(value: Any) -> str:
    import pandas as pd

    if isinstance(value, str):
        return value.strip()
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, float | np.floating):
        if np.isnan(value):
            return ""
        return str(int(value)) if np.isfinite(value) and value == int(value) else str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace").strip()  # others stay others
    return str(value).strip()
