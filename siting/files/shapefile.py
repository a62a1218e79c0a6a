"""Shapefiles: their parts, and texts decoded value by value, for few of them say their encoding."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from siting.files import encoding
from siting.files.ogr import read_ogr
from siting.files.raw import RawLayer, first_bytes, refuse
from siting.notice import Notice, quoted

if TYPE_CHECKING:
    import pandas as pd

_BYTES = "ISO-8859-1"
"""Every byte is the character of that number: what GDAL hands over are the file's own bytes."""
_FLAT_HEAD = 32
"""Bytes of a dBASE table's head before its columns."""
_PAGE_AT = 29
"""Where a dBASE table's head has the code page byte."""


def read_shp(path: Path, where: str) -> RawLayer:
    """A shapefile; texts in the encoding of the .cpg, else in what the bytes themselves decide.

    Raises:
        InputError: not a shapefile, a part of it is missing, or texts nobody can decode.
    """
    head = first_bytes(path, 4)
    if len(head) < 4 or struct.unpack(">i", head)[0] != 9994:
        raise refuse(where, Notice("fault.shapefile"), Notice("fault.other_kind"))
    parts = shapefile_parts(path)
    for suffix in (".dbf", ".shx"):
        if suffix not in parts:
            expected = Notice("fault.file_beside", suffix=suffix)
            raise refuse(where, expected, Notice("fault.none"), Notice("fault.all_parts"))
    deleted = _deleted(parts[".dbf"])
    raw = read_ogr(path, where, None, "ESRI Shapefile", _BYTES, deleted)
    raw.files = tuple(parts.values())
    if deleted:
        raw.warnings.append(Notice("layer.deleted", where=where, n=deleted))
    _decode(raw, parts, where)
    return raw


def _deleted(dbf: Path) -> int:
    """Rows of a dBASE table that are marked as deleted, which stay in the file until it is packed:
    the first byte of each is an asterisk."""
    raw = np.fromfile(dbf, np.uint8)
    if len(raw) < _FLAT_HEAD:
        return 0
    rows, head, width = struct.unpack("<IHH", raw[4:12].tobytes())
    whole = min(rows, (len(raw) - head) // max(width, 1))
    return int(np.count_nonzero(raw[head : head + whole * width : max(width, 1)] == ord("*")))


def shapefile_parts(path: Path) -> dict[str, Path]:
    """Files beside a .shp that belong to it, by suffix."""
    found: dict[str, Path] = {}
    for suffix in (".dbf", ".shx", ".prj", ".cpg"):
        for candidate in (path.with_suffix(suffix), path.with_suffix(suffix.upper())):
            if candidate.is_file():
                found.setdefault(suffix, candidate)
    return found


def _decode(raw: RawLayer, parts: dict[str, Path], where: str) -> None:
    """Turn the bytes of names and cells into text, in place."""
    import pandas as pd

    values = list(_texts(raw.frame))
    head = first_bytes(parts[".dbf"], _PAGE_AT + 1)
    page = head[_PAGE_AT] if len(head) > _PAGE_AT else 0
    if ".cpg" in parts and not parts[".cpg"].read_bytes()[:80].strip():
        del parts[".cpg"]  # an empty one says nothing
    if ".cpg" in parts:
        chosen = _named(raw, parts[".cpg"], values, where)
    else:
        chosen = encoding.guess(values, page) or ""
        if not chosen:
            sample = next(v for v in values if not v.isascii())
            shown = ", ".join(
                Notice("fault.in_label", v0=sample.decode(name, "replace"), label=label)
                for name, label in encoding.SHOWN.items()
            )
            raise refuse(
                where,
                Notice("fault.say_encoding"),
                Notice("fault.no_cpg", shown=shown),
                Notice("fault.put_cpg"),
            )
    _tell_guess(raw, values, chosen, page, ".cpg" in parts, where)
    raw.frame.columns = pd.Index([_text(str(name), chosen)[0] for name in raw.frame.columns])
    for name in raw.frame.columns:
        cells = raw.frame[name]
        if not _is_text(cells):
            continue
        turned = [_text(c, chosen) if isinstance(c, str) else (c, False) for c in cells]
        raw.frame[name] = pd.Series([text for text, _ in turned], dtype=object)
        cut = [text for text, is_cut in turned if is_cut]
        if cut:
            raw.warnings.append(
                Notice("layer.cut", where=where, column=name, n=len(cut), text=cut[0])
            )


def _named(raw: RawLayer, cpg: Path, values: list[bytes], where: str) -> str:
    """The encoding a .cpg file names, held against the bytes."""
    word = cpg.read_bytes()[:80].decode("utf-8-sig", "replace").strip()
    name = encoding.named(word)
    guess = encoding.guess(values)
    hint = (
        Notice("fault.texts_are", shown=encoding.SHOWN[guess])
        if guess
        else Notice("fault.write_one_word")
    )
    if name is None:
        raise refuse(f"{where} ({cpg.name})", Notice("fault.known_encoding"), quoted(word), hint)
    if not encoding.fits(values, name):
        raise refuse(
            f"{where} ({cpg.name})",
            Notice("fault.encoding_of_texts", word=word),
            quoted(next(v for v in values if not encoding.fits([v], name))),
            hint,
        )
    one_byte = name.startswith(("iso8859", "cp12", "cp4", "cp8"))
    likely = guess is not None and guess != name and not _all_ascii(values)
    if likely and (
        (one_byte and guess in (encoding.UTF8, encoding.CHINESE))
        or (guess == encoding.UTF8 and encoding.garbled(values, name))
    ):
        raw.warnings.append(
            Notice(
                "layer.other_encoding",
                where=where,
                encoding=encoding.SHOWN[str(guess)],
                file=cpg.name,
                word=word,
            )
        )
        return str(guess)
    return name


def _tell_guess(
    raw: RawLayer, values: list[bytes], chosen: str, page: int, told: bool, where: str
) -> None:
    """Say what was concluded from the bytes alone, with a text to judge it by."""
    if told or chosen == encoding.UTF8 or encoding.by_page(page) == chosen:
        return
    sample = next((v for v in values if not v.isascii()), b"")
    raw.warnings.append(
        Notice(
            "layer.guessed_encoding",
            where=where,
            encoding=encoding.SHOWN.get(chosen, chosen),
            text=_text(sample.decode(_BYTES), chosen)[0],
        )
    )


def _texts(frame: pd.DataFrame) -> Iterator[bytes]:
    """Every different text of the table and its column names, as bytes."""
    for name in frame.columns:
        yield str(name).encode(_BYTES, "replace")
        if _is_text(frame[name]):
            yield from (str(c).encode(_BYTES) for c in frame[name].dropna().unique())


def _is_text(cells: pd.Series) -> bool:
    import pandas as pd

    return bool(pd.api.types.is_string_dtype(cells.dtype)) or cells.dtype == object


def _text(cell: str, name: str) -> tuple[str, bool]:
    try:
        return encoding.uncut(cell.encode(_BYTES), name)
    except UnicodeEncodeError:  # not from the file's bytes
        return cell, False


def _all_ascii(values: list[bytes]) -> bool:
    return all(value.isascii() for value in values)
