"""What a sweep has to do: scenarios times variants, each with a key made of what it is, not of when
files were touched."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siting.errors import Fault, InputError, nearest
from siting.notice import Notice

if TYPE_CHECKING:
    from siting.scenario import Scenario

BASE = "base"
"""The scenario as it stands, where variants are listed."""
ALL = "all"
SHORT = 8
"""Characters of a key in a folder's name."""
_ENDINGS = (".yaml", ".yml")
_HEAD_BYTES = 1 << 16


@dataclass(frozen=True)
class Settings:
    """How every task is run; part of its key."""

    method: str = "auto"
    model: str | None = None
    time_limit: float | None = 300
    """Seconds of each solve; None = no limit."""
    gap: float = 0.0
    seed: int = 0
    threads: int = 1
    memory_limit: float | None = None
    """GB (10^9 bytes) of each."""
    reproducible: bool = False
    """Whether results tell no times."""


@dataclass(frozen=True)
class Task:
    """One solve."""

    name: str
    """Of the scenario, unique in the sweep."""
    scenario: str
    """The scenario's file, absolute."""
    variant: str | None
    changes: tuple[str, ...]
    """``KEY=VALUE``."""
    settings: Settings
    inputs: Mapping[str, str] = field(repr=False)
    """sha256 of every file that is read, by path."""
    key: str = ""

    @property
    def label(self) -> str:
        """Scenario and variant, as people read them."""
        return self.name if self.variant is None else f"{self.name} ({self.variant})"

    @property
    def folder(self) -> str:
        """Of its result, within the sweep's ``results``."""
        variant = "" if self.variant is None else f"-{self.variant}"
        return f"{self.name}{variant}-{self.key[:SHORT]}"

    def input_bytes(self) -> int:
        """Size of all files that are read, so far as they are there."""
        folder, found = Path(self.scenario).parent, 0
        for name in self.inputs:
            with suppress(OSError):
                found += (folder / name).stat().st_size
        return found

    def arguments(self) -> list[str]:
        """Of ``siting solve``, without those of files."""
        s = self.settings
        limit = "none" if s.time_limit is None else f"{s.time_limit:g}"
        told = [self.scenario, "--method", s.method, "--time-limit", limit]
        told += ["--gap", repr(s.gap), "--seed", str(s.seed), "--threads", str(s.threads)]
        told += [] if s.model is None else ["--model", s.model]
        told += [] if s.memory_limit is None else ["--memory-limit", repr(s.memory_limit)]
        told += ["--reproducible"] if s.reproducible else []
        told += [] if self.variant is None else ["--variant", self.variant]
        for change in self.changes:
            told += ["--set", change]
        return told

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {**asdict(self), "changes": list(self.changes), "inputs": dict(self.inputs)}

    @staticmethod
    def from_dict(told: Mapping[str, Any]) -> Task:
        """The task of :meth:`to_dict`."""
        made = {**told, "changes": tuple(told["changes"]), "settings": Settings(**told["settings"])}
        return Task(**made)


def tasks_of(
    files: Sequence[Path], variants: str, changes: Sequence[str], settings: Settings
) -> list[Task]:
    """Every scenario times the variants asked for.

    Args:
        files: as :func:`scenario_files` finds them.
        variants: ``all``, a list apart by commas (``base`` is the scenario itself), or nothing.

    Raises:
        InputError: all faults of all scenarios; a variant that none has.
    """
    from siting.scenario import load

    names = _names(files)
    asked = [word.strip() for word in variants.split(",") if word.strip()] or [BASE]
    tasks: list[Task] = []
    faults: list[Fault] = []
    known: set[str] = set()
    for file in files:
        try:
            loaded = load(file, None, changes)
            has = list(loaded.settings.variants)
            known.update(has)
            wanted = [BASE, *has] if ALL in asked else [v for v in asked if v in (BASE, *has)]
            for name in wanted:
                variant = None if name == BASE else name
                mine = loaded if variant is None else loaded.with_variant(variant)
                tasks.append(task_of(mine, names[file], settings))
        except InputError as error:
            faults += error.faults
    for name in asked:
        if name not in (ALL, BASE, *known) and not faults:
            hint = nearest(name, known) or Notice("fault.sweep_variants", names=sorted(known))
            faults.append(Fault("--variants", Notice("fault.sweep_variant"), repr(name), hint=hint))
    if faults:
        raise InputError(faults)
    return tasks


def task_of(scenario: Scenario, name: str, settings: Settings) -> Task:
    """The task of a loaded scenario, with its key."""
    import siting

    inputs = dict(scenario.inputs)
    made = Task(
        name,
        str(scenario.path.resolve()),
        scenario.variant,
        tuple(scenario.overrides),
        settings,
        inputs,
    )
    what = {
        "siting": siting.__version__,
        "command": "solve",
        "catalogue": scenario.catalogue_record,
        **{k: v for k, v in made.to_dict().items() if k not in ("scenario", "key")},
    }
    text = json.dumps(what, sort_keys=True, ensure_ascii=True)
    return Task(**{**vars(made), "key": sha256(text.encode()).hexdigest()})


def scenario_files(paths: Iterable[Path]) -> list[Path]:
    """Of scenario files, and of folders with scenarios anywhere below.

    Raises:
        InputError: paths without a scenario.
    """
    found: dict[Path, None] = {}
    faults: list[Fault] = []
    for path in paths:
        if path.is_file():
            found[path.resolve()] = None
            continue
        inside = [file.resolve() for file in sorted(path.rglob("*")) if _is_scenario(file, path)]
        found |= dict.fromkeys(inside)
        if not inside:
            faults.append(Fault(str(path), Notice("fault.scenarios_below")))
    if faults:
        raise InputError(faults)
    return list(found)


def _is_scenario(file: Path, root: Path) -> bool:
    """A YAML file with the key ``siting``, not below a hidden folder."""
    hidden = any(part.startswith(".") for part in file.relative_to(root).parts)
    if hidden or file.suffix.lower() not in _ENDINGS or not file.is_file():
        return False
    with file.open("rb") as opened:
        head = opened.read(_HEAD_BYTES)
    return any(
        line.startswith(b"siting:") for line in head.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    )


def _names(files: Sequence[Path]) -> dict[Path, str]:
    """A scenario's own name on disk; with its folder's before it where several share it."""
    plain = {f: f.parent.name if f.stem == "scenario" else f.stem for f in files}
    times = Counter(plain.values())
    told: dict[Path, str] = {}
    for file, name in plain.items():
        above = file.parent.parent if file.stem == "scenario" else file.parent
        unique = name if times[name] == 1 else f"{above.name}-{name}"
        number = 2
        while unique in told.values():
            unique, number = f"{name}-{number}", number + 1
        told[file] = unique
    return told
