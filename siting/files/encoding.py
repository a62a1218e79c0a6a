"""What bytes of a file without a word on it, or with a wrong one, are as text.

Only what the bytes themselves decide is taken: UTF-8 hardly ever fits other text by chance, and
Chinese text in GB18030 uses the characters of GB 2312 almost only, which Western text in one byte
a letter does not. What neither decides is left to the reader's fault.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable

UTF8, CHINESE, WESTERN = "utf-8", "gb18030", "cp1252"
COMMON = 0.9
"""Share of the characters that GB 2312 has, from which text is Chinese; as much below 1 - this."""
SHOWN = {UTF8: "UTF-8", CHINESE: "GB18030", WESTERN: "Windows-1252"}
"""Names of encodings as messages show them."""

_PAGES = {
    0x01: "cp437", 0x02: "cp850", 0x13: "cp932", 0x26: "cp866", 0x37: "cp850", 0x4D: CHINESE,
    0x4E: "cp949", 0x4F: "cp950", 0x58: WESTERN, 0x59: WESTERN, 0x64: "cp852", 0x65: "cp866",
    0x78: "cp950", 0x79: "cp949", 0x7A: CHINESE, 0x7B: "cp932", 0x7C: "cp874", 0x7D: "cp1255",
    0x7E: "cp1256", 0xC8: "cp1250", 0xC9: "cp1251", 0xCA: "cp1254", 0xCB: "cp1253",
}  # fmt: skip
"""Code page of a dBASE table by the 30th byte of its head (Esri, "dBASE code page values"), where
that says something: 0x03 and 0x57 only say "Windows", whatever the language."""
_ANY_WINDOWS = frozenset({0x03, 0x57})


def named(word: str) -> str | None:
    """The encoding that a .cpg file's word means, None for an unknown word."""
    plain = re.sub(r"[^a-z0-9]", "", word.lower())
    number = re.fullmatch(r"(?:ansi|oem|ms|cp|windows|codepage)?(\d{3,5})", plain)
    if plain in ("utf8", "65001", "cp65001") or (number and number[1] == "65001"):
        return UTF8
    if plain in ("gbk", "gb2312", "gb18030", "eucgb", "cngb") or (
        number and number[1] in ("936", "54936", "20936")
    ):
        return CHINESE
    latin = re.fullmatch(r"(?:iso)?8859(\d{1,2})", plain)
    name = f"iso8859-{latin[1]}" if latin else f"cp{number[1]}" if number else word.strip()
    try:
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return None


def by_page(page: int) -> str | None:
    """The encoding that a dBASE table's code page byte names, None where it names none."""
    return _PAGES.get(page)


def guess(values: Iterable[bytes], page: int = 0) -> str | None:
    """What the values are written in, None where that cannot be said.

    Args:
        page: a dBASE table's code page byte, which decides what the bytes leave open.
    """
    high = [value for value in values if not value.isascii()]
    if not high or fits(high, UTF8):
        return UTF8
    said = by_page(page)
    chinese = _share_common(high)
    usual = said in (WESTERN, "cp437", "cp850")  # what programs write that have no choice
    if said is not None and not (usual and chinese >= COMMON) and fits(high, said):
        return said
    if chinese >= COMMON:
        return CHINESE
    if page in _ANY_WINDOWS and chinese <= 1 - COMMON and fits(high, WESTERN):
        return WESTERN
    return None


def garbled(values: Iterable[bytes], name: str) -> bool:
    """Whether texts that are said to be Chinese are no words of it in that encoding: UTF-8 taken
    for GB18030 gives characters that hardly anybody writes."""
    high = [value for value in values if not value.isascii()]
    return name == CHINESE and bool(high) and _share_common(high) < COMMON


def fits(values: Iterable[bytes], encoding: str) -> bool:
    """Whether every value is text of that encoding; a character cut at the end is forgiven."""
    try:
        for value in values:
            uncut(value, encoding)
    except UnicodeDecodeError:
        return False
    return True


def uncut(value: bytes, encoding: str) -> tuple[str, bool]:
    """Text of a value, and whether its last character was cut, and is left out.

    Raises:
        UnicodeDecodeError: other bytes.
    """
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    text = decoder.decode(value, final=False)
    rest = decoder.getstate()[0]
    return text, bool(rest)


def _share_common(values: Iterable[bytes]) -> float:
    """Share of GB 2312's characters among those beyond ASCII; 0 when it is no GB18030."""
    common = beyond = 0
    for value in values:
        try:
            text, _ = uncut(value, CHINESE)
        except UnicodeDecodeError:
            return 0.0
        for letter in text:
            if not letter.isascii():
                beyond += 1
                common += _in_gb2312(letter)
    return common / beyond if beyond else 0.0


def _in_gb2312(letter: str) -> bool:
    try:
        letter.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
