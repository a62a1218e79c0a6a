"""What formats ask of premises, against what the premises layer says of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from siting.notice import Notice
from siting.scenario.formats.catalogue import Format
from siting.scenario.layers.layer import Places
from siting.scenario.layers.storeys import read_storey
from siting.scenario.layers.units import AREA
from siting.scenario.schema.formats import Needs
from siting.scenario.schema.layers import PremisesLayer
from siting.scenario.schema.values import MAX_AREA

Mask = NDArray[np.bool_]

YES = frozenset({"1", "true", "yes", "y", "是", "有", "√", "✓", "✔", "☑", "对", "具备", "已有"})
NO = frozenset(
    {"0", "false", "no", "n", "否", "无", "×", "✗", "✘", "没有", "不具备", "未", "—", "-", ""}
)
"""Words of a column of flags."""


DWELLING = frozenset(
    [
        "住宅",
        "住宅楼",
        "居住",
        "民居",
        "公寓",
        "dwelling",
        "residential",
        "apartments",
        "house",
        "home",
    ]
)
MIXED = frozenset(
    ("mixed use", *["商住", "商住混合", "商住两用", "综合楼", "混合", "mixed", "mixed-use"])
)
"""Words of a building's use: dwellings alone; dwellings and other uses."""
FUMES = "fumes"
"""Key of the law's need, beside those of a format's own."""


@dataclass(frozen=True)
class Properties:
    """What one layer says of its premises; None where it says nothing. Arrays of shape (n,)."""

    storey: NDArray[np.int32] | None = None
    ground: Mask | None = None
    lift: Mask | None = None
    flue: Mask | None = None
    outdoor_m2: NDArray[np.float64] | None = None
    use: NDArray[np.object_] | None = None


@dataclass
class Unmet:
    """Which needs keep a format out of premises."""

    n_sites: int
    use: tuple[str, ...]
    masks: dict[str, Mask] = field(default_factory=dict)
    """Need: shape (n_sites, n_formats in use), True where it is not met."""
    unchecked: dict[str, set[str]] = field(default_factory=dict)
    """Need that no layer speaks of: formats that have it."""
    fumes_untold: Mask = field(default_factory=lambda: np.zeros(0, np.bool_))
    """Premises whose use or flue nobody tells, so that the law on fumes cannot be checked; shape
    (n_sites,)."""

    def any(self) -> Mask:
        """Where something is not met, shape (n_sites, n_formats)."""
        nothing = np.zeros((self.n_sites, len(self.use)), np.bool_)
        return np.logical_or.reduce([nothing, *self.masks.values()])

    def at(self, site: int, format_: str) -> tuple[str, ...]:
        """Needs of a format that a site does not meet."""
        f = self.use.index(format_)
        return tuple(need for need, mask in self.masks.items() if mask[site, f])


def read_properties(spec: PremisesLayer, part: Places) -> Properties:
    """What a layer says; faults go to the layer's columns."""
    storey = None
    if isinstance(spec.storey, str):
        storey = _storeys(spec.storey, part)
    elif spec.storey is not None:
        storey = np.full(len(part), spec.storey, np.int32)
    ground = flags(spec.ground_floor, part)
    if storey is not None:
        ground = storey == 1
    outdoor = None
    if isinstance(spec.outdoor_m2, str):
        expected = Notice("fault.is_outdoor")
        outdoor = part.columns.numbers(spec.outdoor_m2, 0, MAX_AREA, expected, quantity=AREA)
    elif spec.outdoor_m2 is not None:
        outdoor = np.full(len(part), spec.outdoor_m2)
    return Properties(
        storey,
        ground,
        flags(spec.lift, part),
        flags(spec.flue, part),
        outdoor,
        part.columns.text(spec.use) if spec.use else None,
    )


def _storeys(column: str, part: Places) -> NDArray[np.int32]:
    """Storeys of a column, numbers or words; what was a word is told."""
    cells = part.columns.text(column)
    meant = {cell: read_storey(cell) for cell in dict.fromkeys(cells)}
    wrong = np.flatnonzero([meant[cell] is None for cell in cells])
    if len(wrong):
        expected = Notice("fault.storey_words")
        part.columns.bad(column, expected, wrong)
    read = {cell: n for cell, n in meant.items() if n is not None and cell != str(n)}
    part.columns.tell_read("layer.storeys_read", column, read)
    return np.array([meant[cell] or 1 for cell in cells], np.int32)


def flags(given: str | bool | None, part: Places) -> Mask | None:
    """A column of flags, or one for all; None when nothing is given."""
    if given is None:
        return None
    if not isinstance(given, str):
        return np.full(len(part), given)
    cells = np.array([cell.lower() for cell in part.columns.text(given)], object)
    yes, no = np.isin(cells, list(YES)), np.isin(cells, list(NO))
    wrong = np.flatnonzero(~(yes | no))
    if len(wrong):
        part.columns.bad(given, Notice("fault.yes_no"), wrong)
    found: Mask = yes
    return found


def check_needs(
    parts: list[Properties],
    sizes: list[int],
    formats: Mapping[str, Format],
    use: tuple[str, ...],
) -> Unmet:
    """Hold every format's needs against every layer's premises.

    Args:
        sizes: premises of each layer.
    """
    unmet = Unmet(sum(sizes), use, fumes_untold=np.zeros(sum(sizes), np.bool_))
    begin = 0
    for properties, n in zip(parts, sizes, strict=True):
        unmet.fumes_untold[begin : begin + n] = _fumes_untold(properties, n)
        for f, name in enumerate(use):
            tests = _tests(formats[name].needs, properties)
            if formats[name].fumes and properties.use is not None:
                tests[FUMES] = _lawful(properties)
            for need, met in tests.items():
                if met is None:
                    unmet.unchecked.setdefault(need, set()).add(name)
                    continue
                blank = np.zeros((unmet.n_sites, len(use)), np.bool_)
                mask = unmet.masks.setdefault(need, blank)
                mask[begin : begin + n, f] = ~met
        begin += n
    return unmet


def _tests(needs: Needs, of: Properties) -> dict[str, Mask | None]:
    """Each need of a format: where it is met, or None when the layer does not tell."""
    tests: dict[str, Mask | None] = {}
    if needs.ground_floor:
        tests["ground_floor"] = of.ground
    if needs.ground_floor_or_lift:
        known = [mask for mask in (of.ground, of.lift) if mask is not None]
        tests["ground_floor_or_lift"] = np.logical_or.reduce(known) if known else None
    if needs.lift:
        tests["lift"] = of.lift
    if needs.flue:
        tests["flue"] = of.flue
    if needs.lowest_storey is not None:
        tests["lowest_storey"] = None if of.storey is None else of.storey >= needs.lowest_storey
    if needs.highest_storey is not None:
        tests["highest_storey"] = None if of.storey is None else of.storey <= needs.highest_storey
    if needs.outdoor_m2 > 0:
        outdoor = of.outdoor_m2
        tests["outdoor_m2"] = None if outdoor is None else outdoor >= needs.outdoor_m2
    if needs.use is not None:
        tests["use"] = np.isin(of.use, needs.use) if of.use is not None else None
    return tests


def _lawful(of: Properties) -> Mask:
    """Where the law lets somebody cook with fumes: in no dwelling, in a mixed building with a flue
    alone. Where nobody tells of flues, a mixed building is not ruled out but told."""
    assert of.use is not None
    use = np.array([text.strip().lower() for text in of.use], object)
    dwelling = np.isin(use, list(DWELLING))
    if of.flue is not None:
        dwelling |= np.isin(use, list(MIXED)) & ~of.flue
    lawful: Mask = ~dwelling
    return lawful


def _fumes_untold(of: Properties, n: int) -> Mask:
    if of.use is None or of.flue is None:
        return np.ones(n, np.bool_)
    untold: Mask = of.use == ""
    return untold
