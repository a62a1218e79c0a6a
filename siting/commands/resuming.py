"""Going on from what a killed run had found: its plan in ``OUT.partial``, or its result."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from siting.result.checkpoint import differing_inputs, place_of, read
from siting.texts.numbers import whole
from siting.texts.words import Lang, Words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from siting.problem import Problem
    from siting.result import Result
    from siting.scenario import Scenario

    Ints = NDArray[np.int64]


def finished(out: Path, scenario: Scenario) -> Result | None:
    """The result that is in a folder already, where it is complete and of the same files."""
    from siting.complete_files import restore
    from siting.errors import InputError
    from siting.result import Result

    restore(out)
    try:
        result = Result.load(out)
    except InputError:
        return None
    origin = result.record["scenario"] or {}
    asked = (scenario.variant, dict(scenario.changes))
    same = (origin.get("variant"), origin.get("set")) == asked
    inputs = result.record["inputs"]
    return result if same and not differing_inputs(inputs, scenario.inputs) else None


def found_before(
    out: Path, problem: Problem, scenario: Scenario, resume: bool, lang: Lang
) -> Ints | None:
    """Options to begin with, of the plan that an earlier run left; what there is, or is not, is
    told on standard error.

    Raises:
        InputError: what is there is no such plan.
    """
    place = place_of(out)
    words = Words.of(lang, "resume")
    left = read(place) if resume or place.is_dir() else None
    if left is None or not resume:
        if resume:
            _tell(words["none"].format(folder=place))
        elif left is not None:
            _tell(words["left"].format(folder=place))
        return None
    import pandas as pd

    from siting.notice import notices
    from siting.solving.warm_start import from_table

    options, lost = from_table(problem, pd.DataFrame(list(left.rows)))
    _tell(words["from"].format(folder=place, objective=whole(left.objective)))
    changed = differing_inputs(left.inputs, scenario.inputs)
    if changed:
        _tell(words["changed"].format(files=words.listed(changed)))
    for sentence in notices(lost, lang):
        _tell(sentence)
    return options


def told_done(out: Path, lang: Lang) -> None:
    """That there is nothing to do."""
    _tell(Words.of(lang, "resume")["done"].format(folder=out))


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr)
