"""The shelf: scenarios and results below the folders that were named, and what was uploaded."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Literal

from siting.errors import InputError
from siting.notice import Notice
from siting.service.problems import no_such, on_disk
from siting.service.upload import unpack

Kind = Literal["scenario", "result"]
DEPTH = 4
"""Folders below a named one that are looked into."""
MOST = 2_000
HEAD_BYTES = 4096
RESULT = "result.json"


@dataclass(frozen=True)
class Entry:
    """One scenario or result."""

    id: str
    """16 hexadecimal digits, the same for the same place."""
    kind: Kind
    path: Path
    """The scenario file, or the result's folder."""
    shown: str
    """The path as the planner named it; nothing of where the folder lies."""
    uploaded: bool = False


@dataclass
class Shelf:
    """What can be opened.

    Args:
        paths: scenario files, result folders, or folders that hold any.
        data: a folder of ours for what is uploaded and solved here.
    """

    paths: tuple[Path, ...]
    data: Path
    _known: dict[str, Entry] = field(default_factory=dict, init=False, repr=False)

    @property
    def uploads(self) -> Path:
        return self.data / "uploads"

    def entries(self) -> list[Entry]:
        """Everything there is now, in the order of its names; looked for anew."""
        found: dict[str, Entry] = {}
        for root in self.paths:
            for path, kind in _found(root):
                entry = Entry(_id(path), kind, path, _shown(path, root))
                found.setdefault(entry.id, entry)
        for folder in sorted(self.uploads.glob("*")) if self.uploads.is_dir() else ():
            for path, kind in _found(folder):
                entry = Entry(_id(path), kind, path, _shown(path, folder), uploaded=True)
                found.setdefault(entry.id, entry)
        self._known = found
        return sorted(found.values(), key=lambda entry: (entry.uploaded, entry.shown))

    def get(self, id: str, kind: Kind) -> Entry:
        """One entry. Raises RequestError 404."""
        if id not in self._known:
            self.entries()
        entry = self._known.get(id)
        if entry is None or entry.kind != kind:
            raise no_such(kind, id)
        return entry

    def of_path(self, path: Path) -> Entry:
        """The scenario of a file. Raises RequestError 404 where the shelf has none such."""
        return self.get(_id(path), "scenario")

    def upload(self, archive: IO[bytes], name: str) -> list[Entry]:
        """Unpack a zip and put what it holds on the shelf.

        Raises:
            InputError: it is no zip, holds what it must not, or no scenario.
        """
        folder = self.uploads / secrets.token_hex(8)
        try:
            with on_disk():
                folder.mkdir(parents=True)
                unpack(archive, name, folder)
            if not any(True for _ in _found(folder)):
                raise InputError(Notice("service.holds_scenario", name=name))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return [entry for entry in self.entries() if folder in entry.path.parents]

    def remove(self, id: str) -> None:
        """Take an upload away, with its whole folder. Raises RequestError 404 for what is none."""
        entry = self._known.get(id)
        if entry is None or not entry.uploaded:
            raise no_such("upload", id)
        folder = self.uploads / entry.path.relative_to(self.uploads).parts[0]
        shutil.rmtree(folder)
        self.entries()


def result_line(folder: Path) -> dict[str, Any]:
    """What a row of the shelf tells of a result; empty where it cannot be read."""
    try:
        record = json.loads((folder / RESULT).read_text(encoding="utf-8"))
        scenario = record.get("scenario") or {}
        return {
            "status": record.get("status"),
            "objective": record.get("objective"),
            "gap": record.get("gap"),
            "scenario": scenario.get("name"),
            "variant": scenario.get("variant"),
        }
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}


def _found(root: Path) -> Iterator[tuple[Path, Kind]]:
    """Scenario files and result folders, never through a link."""
    seen = 0
    for path in _walk(root, DEPTH):
        if path.name == RESULT:
            yield path.parent, "result"
        elif path.suffix in (".yaml", ".yml") and _is_scenario(path):
            yield path, "scenario"
        else:
            continue
        seen += 1
        if seen >= MOST:
            return


def _walk(path: Path, depth: int) -> Iterable[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir() or depth < 0:
        return []
    files: list[Path] = []
    try:
        inside = sorted(path.iterdir())
    except OSError:
        return []
    for each in inside:
        if each.is_symlink() or each.name.startswith("."):
            continue
        files += [each] if each.is_file() else _walk(each, depth - 1)
    return files


def _is_scenario(path: Path) -> bool:
    """Whether a yaml file begins as scenarios do, with ``siting:`` at the left somewhere."""
    try:
        with path.open(encoding="utf-8") as file:
            head = file.read(HEAD_BYTES)
    except (OSError, UnicodeDecodeError):
        return False
    return any(line.startswith("siting:") for line in head.splitlines())


def _id(path: Path) -> str:
    return sha256(str(path.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _shown(path: Path, root: Path) -> str:
    if root.is_file() or path == root:
        return path.name
    return path.relative_to(root).as_posix()
