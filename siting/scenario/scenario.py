"""Scenario: a checked scenario file with its layers, from which the Problem is made."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siting.cache import Cache, digest, users_cache
from siting.errors import ArgumentError, Fault, InputError, nearest
from siting.notice import Notice, quoted
from siting.scenario.checks.settings import check, layers_of
from siting.scenario.delivery import DELIVERY, delivered
from siting.scenario.document.document import Document, read_file, read_text
from siting.scenario.document.merge import merged, read_overrides
from siting.scenario.document.paths import Folder, resolve, shown
from siting.scenario.document.validate import unexplained, validate
from siting.scenario.formats.catalogue import Catalogue
from siting.scenario.formats.kinds import BUILT_IN
from siting.scenario.formats.standards import Deviation, Standards
from siting.scenario.formats.written import with_ids
from siting.scenario.in_memory import held, text_of
from siting.scenario.inputs import Inputs
from siting.scenario.schema.formats import Formats
from siting.scenario.schema.layers import DemandLayer, OutletLayer
from siting.scenario.schema.rules import MinCoverage
from siting.scenario.schema.settings import DEFAULT_SPEEDS, MAY_BE_BLANK, REQUIRED, Settings
from siting.scenario.schema.values import exact

if TYPE_CHECKING:
    import pandas as pd

    from siting.problem import Problem
    from siting.scenario.assemble.contents import Contents
    from siting.scenario.assemble.problem import Assembled
    from siting.scenario.summary import Summary
    from siting.walking.network import Network

LAYERS = "layers"
"""Kind of what is kept of layers that were found right."""
MOST_PAIRS = 5_000_000
"""A problem with more is made anew from the walk that is kept: it would take as much again on the
disk, and twice the memory where both are read."""


@dataclass(frozen=True)
class Scenario:
    """A scenario as loaded; layers are read when first asked for."""

    path: Path
    settings: Settings
    catalogue: Catalogue
    standards: Standards
    variant: str | None = None
    overrides: tuple[str, ...] = ()
    """``KEY=VALUE`` texts that were laid over the file."""
    confined: bool = False
    """Whether every file it names must lie in its folder, links followed."""
    document: Document = field(repr=False, default_factory=lambda: Document(None, ""))
    """The settings as written, with the place of every key."""
    source: str | Path | Mapping[str, Any] = field(repr=False, default="")
    """What was loaded: a file, or a mapping of its keys."""
    frames: Mapping[str, bytes] = field(repr=False, default_factory=dict)
    """Layers in memory, as Parquet."""
    cache: Cache = field(repr=False, compare=False, default_factory=users_cache)
    """Where its layers and walks may be found, and are kept."""

    @property
    def folder(self) -> Path:
        """Where the scenario's paths begin."""
        return self.path.parent

    @property
    def _root(self) -> Folder:
        return Folder(self.folder, self.confined, self.frames)

    @property
    def name(self) -> str:
        """The scenario's name, its file's without one, with the variant."""
        stem = self.path.resolve().parent.name if self.path.stem == "scenario" else self.path.stem
        name = self.settings.name or stem
        return f"{name} ({self.variant})" if self.variant else name

    @property
    def changes(self) -> dict[str, str]:
        """Overrides by key."""
        return {k.strip(): v for k, _, v in (text.partition("=") for text in self.overrides)}

    @property
    def deviations(self) -> tuple[Deviation, ...]:
        """Every standard that differs from the catalogue."""
        return self.standards.deviations

    @property
    def catalogue_record(self) -> dict[str, str]:
        """As a result names it."""
        return {"name": self.catalogue.name, "sha256": self.catalogue.sha256}

    @cached_property
    def contents(self) -> Contents:
        """The layers, read. Raises InputError with the faults of all of them at once."""
        from siting.scenario.assemble.contents import Contents, read_contents

        key = self._key  # hashed before they are read
        found = self.cache.recall(LAYERS, key)
        if not isinstance(found, Contents):
            found = read_contents(self.settings, self.standards, self.document, self._root)
            self.cache.keep(LAYERS, key, found)
        return found

    @cached_property
    def _key(self) -> str:
        """Of what the layers hold, what is made of them and told of them: all files and every
        setting."""
        source = self.source if isinstance(self.source, Mapping) else {}
        written = json.dumps(source, ensure_ascii=False, default=str)
        said = [str(self.path.resolve()), str(self.confined), repr(self.variant), written]
        files = [text for item in self.inputs.items() for text in item]
        return digest([*said, self.catalogue.sha256, *self.overrides, "files", *files])

    @cached_property
    def assembled(self) -> Assembled:
        """The problem with what was found on the way to it."""
        found = self._assemble(self.settings)
        changed = self.changed_inputs()
        if changed:
            told = (Notice("fault.stay"), Notice("fault.changed_meanwhile"))
            hint = Notice("fault.once_more")
            raise InputError([Fault(file, *told, hint=hint) for file in changed])
        recalled = self.__dict__.get("_problem")
        return found if recalled is None else replace(found, problem=recalled)

    @property
    def network(self) -> Network | None:
        """The streets people walk on; None for straight lines."""
        return self.assembled.walked.network

    def problem(self) -> Problem:
        """Frozen arrays for models and methods; made once.

        Raises:
            InputError: faults of the layers or the network, all at once.
        """
        return self._problem

    @cached_property
    def _problem(self) -> Problem:
        from siting.problem.problem import Problem

        if "assembled" in self.__dict__:
            return self.assembled.problem
        found = self.cache.recall("problem", self._key)
        if not isinstance(found, Problem):
            found = self.assembled.problem
            if found.reach.n_pairs <= MOST_PAIRS:
                self.cache.keep("problem", self._key, found)
        return found

    def at_speed(self, factor: float) -> Problem:
        """The problem of people who walk ``factor`` times as fast, their walks measured anew.

        Standards in minutes shrink or grow with the speeds, and what depends on them (who lives in
        a format's catchment); standards in metres stay.
        """
        assert self.settings.travel is not None
        speeds = {"default": DEFAULT_SPEEDS["default"], **self.settings.travel.speed_m_per_s}
        speeds = {group: float(exact(speed) * exact(factor)) for group, speed in speeds.items()}
        travel = self.settings.travel.model_copy(update={"speed_m_per_s": speeds})
        settings = self.settings.model_copy(update={"travel": travel})
        return self._assemble(settings).problem

    def _assemble(self, settings: Settings) -> Assembled:
        from siting.scenario.assemble.problem import assemble

        files = self._taken.sha256
        return assemble(settings, self.standards, self.contents, self._root, files, self.cache)

    def with_least(self, format: str, group: str, share: float) -> Problem:
        """The problem with one more minimum coverage, of a group within a format's standard.

        Args:
            share: 0..1 of all people of the group.
        """
        rule = MinCoverage(format=format, group=group, share=share)
        rules = self.settings.rules
        rules = rules.model_copy(update={"min_coverage": [*rules.min_coverage, rule]})
        settings = self.settings.model_copy(update={"rules": rules})
        return self._assemble(settings).problem

    def check_layers(self) -> None:
        """Read the layers, also as the file's other variants name them and against their rules.

        Raises:
            InputError: the faults of all of them at once; those of a variant alone name it.
        """
        faults: list[Fault] = []
        told: set[tuple[str, int | None, str, str, str]] = set()
        further = [DELIVERY] if _has_delivery(self.document) else []
        for name in dict.fromkeys((self.variant, *self.settings.variants, *further)):
            own = name == self.variant
            try:
                (self if own else self.with_variant(name))._check_contents()
            except InputError as error:
                for fault in error.faults:
                    found = (fault.where, fault.line, fault.key, fault.expected, fault.found)
                    if found not in told:
                        faults.append(fault if own else _in_variant(fault, str(name)))
                    told.add(found)
        if faults:
            raise InputError(_by_line(faults))

    def _check_contents(self) -> None:
        """Read the layers where nobody has found them right before."""
        if not self.cache.holds(LAYERS, self._key):
            _ = self.contents

    def changed(self, overrides: Sequence[str]) -> Scenario:
        """The same file and variant with further ``KEY=VALUE`` texts laid over them."""
        return self._again(self.variant, (*self.overrides, *overrides))

    def with_variant(self, name: str | None) -> Scenario:
        """Another variant of the same file, None for the file as it is, under the same overrides.

        Raises:
            InputError: no variant of that name; faults that overrides make in it.
        """
        return self._again(name, self.overrides)

    def _again(self, variant: str | None, overrides: tuple[str, ...]) -> Scenario:
        source = self.source or self.path
        # All of the file's variants were found right when it was loaded: it is made of one only.
        loaded = _load(source, variant, overrides, self.confined, self.frames, others=False)
        return replace(loaded, cache=self.cache)

    def without_cache(self) -> Scenario:
        """The same, read and walked anew: for who must not believe what somebody kept."""
        return replace(self, cache=Cache(None))

    def summary(self) -> Summary:
        """What the layers hold, for ``siting check``."""
        return self._summary

    @cached_property
    def _summary(self) -> Summary:
        from siting.scenario.summary import Summary

        found = self.cache.recall("summary", self._key)
        if isinstance(found, Summary):
            return found
        from siting.scenario.assemble.caveats import traps
        from siting.scenario.summary import summarise

        contents, made = self.contents, self.assembled
        told = traps(self.settings, self.standards, contents, made.problem, self.catalogue.currency)
        warnings = (*contents.warnings, *made.warnings, *told)
        found = replace(summarise(self.settings, self.standards, contents, made), warnings=warnings)
        self.cache.keep("summary", self._key, found)
        return found

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is not wrong but must be told; reads the layers."""
        return self._summary.warnings

    @property
    def demand(self) -> pd.DataFrame:
        """One row a demand point, with persons of each group."""
        return self.contents.demand.table()

    @property
    def outlets(self) -> pd.DataFrame:
        """One row an outlet that stands today, of formats in use or not."""
        return self.contents.outlets.table()

    @property
    def premises(self) -> pd.DataFrame:
        """One row a candidate site."""
        return self.contents.premises.table()

    @cached_property
    def inputs(self) -> Mapping[str, str]:
        """sha256 of every file that was used, by path relative to the scenario, as it was when the
        layers were read."""
        files = {shown(file, self._root): sha for file, sha in self._taken.sha256.items()}
        held = {name: sha256(content).hexdigest() for name, content in self.frames.items()}
        return files | held

    @cached_property
    def _taken(self) -> Inputs:
        return Inputs.of(self._files())

    def changed_inputs(self) -> list[str]:
        """Files that have changed since they were read, by path relative to the scenario."""
        return [shown(file, self._root) for file in self._taken.changed()]

    @property
    def osm_files(self) -> tuple[Path, ...]:
        """The OpenStreetMap extracts among its files, each once: that of the streets first."""
        endings = (".pbf", ".osm", ".osm.gz", ".osm.bz2")
        travel = self.settings.travel
        streets = travel.network.file if travel is not None and travel.network is not None else None
        found = [file for file in self._files() if file.name.lower().endswith(endings)]
        return tuple(sorted(found, key=lambda file: file.name != Path(streets or "").name))

    def _files(self) -> list[Path]:
        from siting.files.gdb import files_of
        from siting.files.shapefile import shapefile_parts

        travel = self.settings.travel
        source = travel.network if travel is not None and travel.mode == "network" else None
        names: list[str | None] = []
        for _, layer in layers_of(self.settings):
            names += [layer.file, *(join.file for join in layer.join)]
            if isinstance(layer, DemandLayer) and layer.spread is not None:
                names.append(layer.spread.over)
            if isinstance(layer, OutletLayer) and isinstance(layer.kinds, str):
                names += [] if layer.kinds in BUILT_IN else [layer.kinds]
        if source is not None:
            assert travel is not None
            names += [source.file, source.edges, source.nodes, travel.elevation]
        own = [] if isinstance(self.source, Mapping) else [self.path]
        files = [*own, *self.catalogue.files]
        for name in filter(None, names):
            if name in self.frames:
                continue
            path = resolve(name, self._root)
            assert isinstance(path, Path)
            files += files_of(path) if path.is_dir() else [path]
            if path.suffix.lower() == ".shp":
                files += shapefile_parts(path).values()
        return list(dict.fromkeys(files))


def load(
    path: str | Path | Mapping[str, Any],
    variant: str | None = None,
    overrides: Sequence[str] = (),
    confined: bool = False,
    *,
    frames: Mapping[str, Any] | None = None,
) -> Scenario:
    """Read and check a scenario file; its layers are read when the problem is made.

    Args:
        path: the file, or a folder that holds ``scenario.yaml``; or the keys of such a file, whose
            paths then begin in the working directory.
        variant: one of the file's variants.
        overrides: ``KEY=VALUE`` texts with dotted keys, laid over file and variant in turn.
        confined: refuse every file that does not lie below the scenario's folder once links are
            followed, for a scenario that nobody vouches for.
        frames: layers in memory: a GeoDataFrame or DataFrame by the name that stands for its file
            in the scenario (``file: people``; ``network: streets``, or ``{edges: a, nodes: b}``).
            They are read as files of the same content would be, and count as inputs.

    Raises:
        InputError: every fault of the file at once, with line, key, what was expected and found,
            and with them those of the layers, so far as they can be read.
        ArgumentError: an argument of another kind, something else than a frame among the frames,
            or keys that no file can hold.
    """
    if not isinstance(path, str | PathLike | Mapping):
        raise ArgumentError(Notice("data.a_scenario_path", kind=type(path).__name__))
    if not (variant is None or isinstance(variant, str)):
        raise ArgumentError(Notice("data.a_variant", kind=type(variant).__name__))
    if isinstance(overrides, str) or not (
        isinstance(overrides, Sequence) and all(isinstance(text, str) for text in overrides)
    ):
        raise ArgumentError(Notice("data.override_texts", kind=type(overrides).__name__))
    return _load(path, variant, tuple(overrides), confined, held(frames or {}))


def _load(
    source: str | Path | Mapping[str, Any],
    variant: str | None,
    overrides: tuple[str, ...],
    confined: bool,
    frames: Mapping[str, bytes],
    others: bool = True,
) -> Scenario:
    """The scenario of a source; ``others`` checks the variants that were not asked for as well."""
    if isinstance(source, Mapping):
        path = Path("scenario.yaml")
        written = read_text(text_of(source), "scenario", numbered=False)
    else:
        path = Path(source)
        if path.is_dir():
            path = path / "scenario.yaml"
        written = read_file(path)
    if written.data is None:
        raise InputError(written.faults)
    folder = Folder(path.parent, confined, frames)
    faults = list(written.faults)
    document = written
    apart = variant == DELIVERY and _has_delivery(written)
    if variant is not None and not apart:
        document, wrong = _with_variant(written, variant)
        faults += wrong
    document.faults = []
    document = read_overrides(overrides, document)
    faults += document.faults
    checked = _check(document, folder)
    faults += checked.faults
    if apart and checked.settings.delivery is not None and not faults:
        checked = _delivered(checked, folder)
        faults += checked.faults
    faults += _variant_faults(written, folder, faults) if others else []
    if faults or checked.catalogue is None:
        if _any_there(checked.settings, folder):
            from siting.scenario.assemble.contents import try_contents

            more = try_contents(checked.settings, checked.standards, checked.document, folder)[1]
            faults += unexplained(checked.document, faults, more)
        raise InputError(_by_line(faults))
    return Scenario(
        path,
        checked.settings,
        checked.catalogue,
        checked.standards,
        variant,
        overrides,
        confined,
        checked.document,
        source,
        frames,
    )


def _any_there(settings: Settings, folder: Folder) -> bool:
    """Whether a layer names anything that can be read."""
    for name in (layer.file for _, layer in layers_of(settings)):
        path = None if name is None else resolve(name, folder)
        if name in folder.frames or (isinstance(path, Path) and path.exists()):
            return True
    return False


@dataclass(frozen=True)
class _Checked:
    """A scenario file before its layers are read."""

    settings: Settings
    document: Document
    """What the settings were made of."""
    catalogue: Catalogue | None
    standards: Standards
    faults: list[Fault]


def _check(document: Document, folder: Folder) -> _Checked:
    document = with_ids(document, folder, Formats().catalogue)
    settings, rest, faults = validate(document, Settings, REQUIRED, MAY_BE_BLANK)
    catalogue, standards, more = check(settings, rest, folder)
    faults += unexplained(rest, faults, more)
    return _Checked(settings, rest, catalogue, standards, faults)


def _has_delivery(document: Document) -> bool:
    """Whether ``delivery`` means the layer, not a variant of that name."""
    variants = document.data.get("variants")
    named = isinstance(variants, dict) and DELIVERY in variants
    return not named and document.data.get(DELIVERY) is not None


def _delivered(checked: _Checked, folder: Folder) -> _Checked:
    """The delivery layer of a scenario."""
    settings = delivered(checked.settings)
    catalogue, standards, faults = check(settings, checked.document, folder)
    return _Checked(settings, checked.document, catalogue, standards, faults)


def _with_variant(document: Document, name: str) -> tuple[Document, list[Fault]]:
    variants = document.data.get("variants")
    known = variants if isinstance(variants, dict) else {}
    if name not in known:
        hint = nearest(name, known) or Notice(
            "fault.variants", known=list(known) or Notice("fault.none")
        )
        fault = Fault(document.where, Notice("fault.a_variant"), quoted(name), hint=hint)
        return document, [fault]
    if not isinstance(known[name], dict):
        return document, []  # told when the variants are checked
    return merged(document, document.subtree(("variants", name))), []


def _variant_faults(document: Document, folder: Folder, told: Sequence[Fault]) -> list[Fault]:
    """What is wrong in a variant, whether it is asked for or not."""
    variants = document.data.get("variants")
    known = {(f.line, f.key, f.expected, f.found) for f in told}
    faults: list[Fault] = []
    for name, change in (variants if isinstance(variants, dict) else {}).items():
        if not isinstance(change, dict):
            continue
        for key in ("siting", "variants"):
            if key in change:
                at = ("variants", name, key)
                faults.append(document.fault(at, Notice("fault.not_in_variant")))
        changed, _ = _with_variant(document, name)
        for fault in _check(changed, folder).faults:
            if (fault.line, fault.key, fault.expected, fault.found) not in known:
                faults.append(_in_variant(fault, name))
    return faults


def _in_variant(fault: Fault, name: str) -> Fault:
    return replace(fault, expected=Notice("fault.in_variant", expected=fault.expected, name=name))


def _by_line(faults: Sequence[Fault]) -> list[Fault]:
    return sorted(faults, key=lambda fault: (fault.line is None, fault.line or 0))
