"""Does verify notice what was changed? ``python -m tests.tools.tampering``.

A result of a small town is changed in one place (each figure of result.json raised and lowered,
each list emptied or shortened, each text replaced, each key of any depth removed; each file of the
folder emptied, cut, changed by a bit, removed; an input changed) and audited. Whoever changes a
file puts its new hash into result.json too, so that only the claims themselves can give it away.
What nobody can recompute (method, seed, threads, times, the machine) is left as it is or taken out:
``verify`` calls it not checked, or missing.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import io
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from siting.analysis.audit.claims import audit
from siting.cli import main as siting
from siting.errors import SitingError
from siting.result.stored import KEYS
from tests.tools.town import write_town

UNCHECKED = {
    "siting",
    "method",
    "seed",
    "threads",
    "timings",
    "statistics",
    "machine",
    "notes",
    "notices",
    "parameters.engine",
    "files",
}
"""Keys of result.json that tell how the run went or what things are called."""
Change = Callable[[Path], None]
Edit = Callable[[dict[str, Any]], object]
SEVERAL: dict[str, Edit] = {
    "bound taken back": lambda r: r.update(bound=None, bound_proof=None, gap=None),
    "certified bound and gap": lambda r: r.update(certified_bound=None, certified_gap=None),
    "proof unnamed": lambda r: r.update(bound_proof=None),
    "hashes emptied": lambda r: r.update(files={}),
    "hash of the layer": lambda r: r["files"].pop("sites.gpkg"),
    "hash of the report": lambda r: r["files"].pop("report.html"),
    "another key": lambda r: r.update(certified_by="me"),
    "another key of a row": lambda r: r["plan"][0].update(note="best"),
    "another tier": lambda r: r["tiers"].update(x=dict(r["tiers"]["basic"])),
    "another rule": lambda r: r["rules"].append({**r["rules"][0], "name": "x"}),
    "another warning": lambda r: r["warnings"].append("all is lost"),
    "another note": lambda r: r["notes"].append("the best of all"),
    "a parameter without effect": lambda r: r["parameters"].update(share="1/2"),
    "inputs null": lambda r: r.update(inputs=None),
    "catalogue null": lambda r: r.update(catalogue=None),
    "files a list": lambda r: r.update(files=[]),
    "machine a number": lambda r: r.update(machine=5),
    "seed a text": lambda r: r.update(seed="x"),
    "objective beyond floats": lambda r: r.update(objective=10**400),
    "share by nought": lambda r: r["parameters"].update(share="1/0"),
}
"""Of several places at once, of what is added, and of values of another kind. A status that claims
less than its bound proves is no lie."""


def leaves(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every part of a record with its way in."""
    if at:
        yield at, value
    parts = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, part in parts:
        yield from leaves(part, (*at, key))


def variants(value: Any) -> Iterator[tuple[str, Any]]:
    """Other values that could stand in a place."""
    if isinstance(value, bool):
        yield "turned", not value
    elif isinstance(value, int | float):
        yield "raised", value + max(1, abs(value) // 10)
        yield "lowered", value - max(1, abs(value) // 10)
    elif isinstance(value, str):
        yield "renamed", value + "x"
    elif isinstance(value, list) and value:
        yield "emptied", []
        yield "shortened", value[:-1]
    elif isinstance(value, dict) and value:
        yield "emptied", {}


def changes(record: dict[str, Any]) -> Iterator[tuple[str, Change]]:
    """Everything that is tried, by name."""
    for at, value in leaves(record):
        name = ".".join(map(str, at))
        if any(name == key or name.startswith(key + ".") for key in UNCHECKED):
            continue
        for how, other in variants(value):
            yield f"{name} {how}", _written(at, other)
        yield f"{name} removed", _without(at)
    for key in KEYS:
        if key in UNCHECKED:
            yield f"{key} removed", _without((key,))
    for file in ("certificate.npz", "sites.gpkg", "report.html"):
        yield f"{file} emptied", _file(file, lambda raw: b"")
        yield f"{file} cut", _file(file, lambda raw: raw[: len(raw) // 2])
        yield f"{file} bit", _file(file, lambda raw: raw[:-9] + bytes([raw[-9] ^ 1]) + raw[-8:])
        yield f"{file} removed", lambda folder, file=file: (folder / file).unlink()  # type: ignore[misc]
    yield "objective told twice", _twice
    yield "nested without end", _deep
    yield "certificate emptied, hash renewed", _no_certificates
    for name, edit in SEVERAL.items():
        yield name, _edited(edit)
    for name in ("people.csv", "premises.csv", "outlets.csv", "scenario.yaml"):
        yield f"input {name}", _input(name)


def _written(at: tuple[Any, ...], other: Any) -> Change:
    def change(folder: Path) -> None:
        record = json.loads((folder / "result.json").read_text("utf-8"))
        part = record
        for key in at[:-1]:
            part = part[key]
        part[at[-1]] = other
        (folder / "result.json").write_text(json.dumps(record), encoding="utf-8")

    return change


def _edited(edit: Edit) -> Change:
    def change(folder: Path) -> None:
        record = json.loads((folder / "result.json").read_text("utf-8"))
        edit(record)
        (folder / "result.json").write_text(json.dumps(record), encoding="utf-8")

    return change


def _without(at: tuple[Any, ...]) -> Change:
    def change(folder: Path) -> None:
        record = json.loads((folder / "result.json").read_text("utf-8"))
        part = record
        for key in at[:-1]:
            part = part[key]
        del part[at[-1]]
        (folder / "result.json").write_text(json.dumps(record), encoding="utf-8")

    return change


def _twice(folder: Path) -> None:
    file = folder / "result.json"
    text = file.read_text("utf-8")
    file.write_text(text.replace('"objective"', '"objective": 1, "objective"', 1), encoding="utf-8")


def _deep(folder: Path) -> None:
    file = folder / "result.json"
    nested = "[" * 10**5 + "]" * 10**5
    file.write_text(f'{file.read_text("utf-8").rstrip()[:-1]}, "x": {nested}}}', encoding="utf-8")


def _file(name: str, turn: Callable[[bytes], bytes]) -> Change:
    return lambda folder: _ignored((folder / name).write_bytes(turn((folder / name).read_bytes())))


def _ignored(_: object) -> None:
    """What a change returns."""


def _no_certificates(folder: Path) -> None:
    from dataclasses import replace

    from siting.result import Result
    from siting.result.certificate_file import save_arrays

    save_arrays(folder / "certificate.npz", replace(Result.load(folder), certificates=()))
    record = json.loads((folder / "result.json").read_text("utf-8"))
    raw = (folder / "certificate.npz").read_bytes()
    record["files"]["certificate.npz"] = sha256(raw).hexdigest()
    (folder / "result.json").write_text(json.dumps(record), encoding="utf-8")


def _input(name: str) -> Change:
    def change(folder: Path) -> None:
        file = folder.parent / name
        file.write_bytes(file.read_bytes() + b"\n")

    return change


def missed(folder: Path) -> str:
    """Empty where the audit names a difference or the folder is refused, as it must."""
    try:
        return "" if audit(folder, sample=0).differences else "not noticed"
    except SitingError:
        return ""
    except Exception as error:  # an internal error is a find too
        return f"{type(error).__name__}: {error}"


def main(arguments: list[str] | None = None) -> int:
    """Try everything; exit code 1 where something is not noticed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--method", default="highs")
    parser.add_argument("--every", type=int, default=1, help="try every N-th only")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as root:
        file = write_town(Path(root) / "town")
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            siting(["solve", str(file), "--method", given.method, "--out", str(file.parent / "r")])
        record = json.loads((file.parent / "r" / "result.json").read_text("utf-8"))
        assert missed(file.parent / "r")
        finds, tried = [], 0
        for name, change in [*changes(copy.deepcopy(record))][:: given.every]:
            place = Path(root) / "tampered"
            shutil.copytree(file.parent, place)
            change(place / "r")
            tried += 1
            told = missed(place / "r")
            if told:
                finds.append(f"{name}: {told}")
            shutil.rmtree(place)
    print(f"{tried} kinds of tampering, {len(finds)} finds")
    print(*(f"  {name}" for name in finds), sep="\n")
    return int(bool(finds))


if __name__ == "__main__":
    sys.exit(main())
