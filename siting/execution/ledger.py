"""``siting.ledger``: the project ledger of a result, new or renewed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from siting.analysis.audit.reopen import Reopened, reopen
from siting.complete_files import refuse_unwritable
from siting.execution.columns import Wording
from siting.execution.planned_actions import PlannedAction, planned_actions
from siting.execution.reading import read_ledger
from siting.execution.renewal import Renewal, renewed
from siting.execution.sheet import refuse_ending
from siting.execution.writing import write_ledger

if TYPE_CHECKING:
    import pandas as pd

    from siting.texts.words import Lang


@dataclass(frozen=True)
class WrittenLedger:
    """A ledger as it now lies there."""

    renewal: Renewal
    path: Path | None
    """None where it was not to be written."""

    @property
    def table(self) -> pd.DataFrame:
        """One row an action, see :class:`siting.execution.ledger_rows.Ledger`."""
        return self.renewal.ledger.table


def ledger(
    result: str | Path | Reopened, out: str | Path | None = None, lang: Lang | None = None
) -> WrittenLedger:
    """The ledger of a result: one row a planned action, with columns to fill by hand.

    A file that is there already is renewed: rows of the plan are brought up to date in place, new
    ones come at the end, and everything that was typed stays.

    Args:
        result: a result folder, its ``result.json``, or what :func:`siting.reopen` gave.
        out: a file that ends with .csv or .xlsx; None = it is not written.
        lang: of a new ledger, ``en`` by default; one that is there keeps its own.

    Raises:
        InputError: the result cannot be opened; faults of the ledger that is there, all at once.
        ArgumentError: a result without a plan, or ``out`` ends otherwise.
    """
    path = None if out is None else Path(out)
    if path is not None:
        refuse_ending(path)
        refuse_unwritable(path)
    opened = result if isinstance(result, Reopened) else reopen(result)
    wording = wording_of(opened, lang or "en")
    kept = read_ledger(path, wording) if path is not None and path.exists() else None
    renewal = renewed(kept, actions_of(opened), wording)
    if path is not None:
        write_ledger(renewal.ledger, path, None if kept is None else path)
    return WrittenLedger(renewal, path)


def wording_of(opened: Reopened, lang: Lang) -> Wording:
    """Words of a ledger, formats by the scenario's catalogue."""
    return Wording(lang, opened.scenario.standards.formats)


def actions_of(opened: Reopened) -> list[PlannedAction]:
    """What the plan of a result asks for."""
    assert opened.result.options is not None
    return planned_actions(opened.scenario, opened.problem, opened.result.options)
