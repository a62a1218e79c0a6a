"""Rasters in GeoTIFF files: values, what is no data, where the cells lie.

GDAL as it comes with the vector reader has no rasters, so the format itself is read here: TIFF 6.0
and BigTIFF, strips or tiles, plain, LZW, Deflate, PackBits, LZMA or Zstandard, with the predictors
(Adobe, "TIFF 6.0", 1992; "TIFF Technical Note 3", 2005), and the georeference of OGC GeoTIFF 1.1
(19-008r4). What is not read is refused with the cure.
"""

from __future__ import annotations

import lzma
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.files import raster_beside
from siting.files.boundary import reading
from siting.files.raster_beside import Turn
from siting.files.raw import BAND, RawLayer, first_bytes, refuse
from siting.kernels import njit
from siting.notice import Notice, quoted

MAX_CELLS = 200_000_000
"""Most cells, all bands together: some gigabytes in memory."""
SAVE = Notice("fault.gdal_deflate")
CUT = Notice("fault.cut_to_city")

_TYPES = {1: "B", 2: "s", 3: "H", 4: "I", 5: "II", 6: "b", 7: "B", 8: "h", 9: "i", 10: "ii",
          11: "f", 12: "d", 13: "I", 16: "Q", 17: "q", 18: "Q"}  # fmt: skip
_FORMATS = {1: "u", 2: "i", 3: "f"}
_UNDEFINED, _USER = 0, 32767
_ALPHA = (1, 2)
"""Kinds of further samples that say how far a cell can be seen (TIFF 6.0, ExtraSamples)."""
COLOURS = frozenset({3, 5, 6, 8})
"""Interpretations of cells that are colours and no numbers: by a palette, CMYK, YCbCr, CIELab (TIFF
6.0, PhotometricInterpretation); RGB programs write of any three bands of bytes."""
NO_PICTURE = Notice("fault.export_raw_data")
MOST_DENSE = 150_000.0
"""Persons a km2 that cells in the middle never hold: the densest districts on earth hold about
half (Mong Kok 130,000 on single blocks; UN-Habitat, State of the World's Cities 2012/2013)."""
_DENSITY = re.compile(
    r"densit|per\s*(?:sq|km|ha|square|hectare)|/\s*(?:km|ha|hm)|人口密度|每平方|每公顷", re.I
)
_DENSE_NAME = re.compile(r"(?:^|[\W_])(?:pd|dens|density|popdens|人口密度)(?:$|[\W_])", re.I)


@dataclass(frozen=True)
class Raster:
    """A raster as the file has it."""

    values: NDArray[np.float64]
    """Shape (n_bands, height, width)."""
    valid: NDArray[np.bool_]
    """Whether a cell holds data, shape (n_bands, height, width)."""
    turn: Turn
    """a, b, c, d, e, f: x = a column + b row + c and y = d column + e row + f at a cell's upper
    left corner."""
    crs: str | None
    units: tuple[str, ...] = ()
    """What the file says of its bands."""
    told: tuple[Notice, ...] = ()
    """What is read differently from how it is written, or may not be meant."""
    files: tuple[Path, ...] = ()
    """Further files that were read beside the one named: mask, world file, what GDAL or a program
    of Esri's notes aside."""

    def centres(self, rows: NDArray[Any], columns: NDArray[Any]) -> NDArray[np.float64]:
        """Coordinates of cells' centres, shape (n, 2)."""
        a, b, c, d, e, f = self.turn
        u, v = columns + 0.5, rows + 0.5
        return np.column_stack([a * u + b * v + c, d * u + e * v + f])

    def cells(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Row and column of places, counted from the upper left corner, shape (n, 2)."""
        a, b, c, d, e, f = self.turn
        inverse = np.linalg.inv(np.array([[a, b], [d, e]]))
        return ((xy - [c, f]) @ inverse.T)[:, ::-1]


def read_geotiff(path: Path, where: str) -> RawLayer:
    """Cells that hold data as points at their centres, with a column ``band 1`` … a band.

    Raises:
        InputError: not a GeoTIFF, or one of a kind that is not read.
    """
    import pandas as pd
    import shapely

    raster = read_raster(path, where)
    told: list[Notice] = []
    said = next((text for text in raster.units if _DENSITY.search(text)), None)
    if said is not None:
        raise refuse(
            where,
            Notice("fault.persons_a_cell"),
            Notice("fault.a_density", said=said[:60]),
            Notice("fault.take_counts"),
        )
    if _DENSE_NAME.search(path.stem):
        told.append(Notice("layer.named_density", where=where))
    told += raster.told
    valid, values = raster.valid, raster.values
    low = values[valid & (values < 0)]
    if len(low) and (low == low[0]).all():
        told.append(Notice("layer.taken_as_no_data", where=where, value=float(low[0]), n=len(low)))
        valid = valid & (values >= 0)
    rows, columns = np.nonzero(valid.any(axis=0))
    held = np.where(valid, values, 0.0)[:, rows, columns]
    frame = pd.DataFrame({BAND.format(i + 1): band for i, band in enumerate(held)})
    left = valid.shape[1] * valid.shape[2] - len(rows)
    if left:
        told.append(Notice("layer.no_data", where=where, n=left, of=valid[0].size))
    points = np.asarray(shapely.points(raster.centres(rows, columns)), object)
    told += _crowded(raster, held[0] if len(held) else held, where)
    return RawLayer(frame, points, raster.crs, told, raster.files)


def _crowded(raster: Raster, people: NDArray[np.float64], where: str) -> Iterator[Notice]:
    """Whether most cells with people hold more than any place on earth: of densities taken for
    counts on cells of less than a km2."""
    a, b, _, d, e, north = raster.turn
    area = abs(a * e - b * d)
    if abs(north) <= 90 and max(abs(a), abs(e)) < 1:  # degrees
        area *= 111_320.0**2 * np.cos(np.radians(north))
    lived = people[people > 0]
    if len(lived) and area > 0 and (density := float(np.median(lived)) / area * 1e6) > MOST_DENSE:
        yield Notice("layer.crowded", where=where, density=density, m2=area)


def read_raster(path: Path, where: str) -> Raster:
    """Values, no-data mask and georeference.

    Raises:
        InputError: not a GeoTIFF, or one of a kind that is not read.
    """
    if first_bytes(path, 4) not in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        raise refuse(where, Notice("fault.geotiff"), Notice("fault.other_kind"))
    with reading(where, Notice("fault.readable_geotiff"), SAVE):
        raw = path.read_bytes()
        images = list(_directories(raw))
        main = next((i for i in images if not i.number(254) & 5), None)
        if main is None:
            raise refuse(where, Notice("fault.geotiff_image"), Notice("fault.none"), SAVE)
        if main.number(262) in COLOURS:
            raise refuse(where, Notice("fault.numbers"), Notice("fault.a_picture"), NO_PICTURE)
        values = _pixels(main, where)
        valid = np.isfinite(values)
        beside = raster_beside.of(path)
        no_data = main.text(42113).strip()
        if no_data:
            valid &= ~_is(main, values, _no_data(no_data, where))
        for band, value in beside.no_data.items():
            if band < len(values):
                valid[band] &= ~_is(main, values[band], value)
        for mask in images:
            if mask.number(254) & 4 and mask.size == main.size:
                valid &= _pixels(mask, where)[0] != 0
        if beside.mask is not None:
            valid &= _mask_aside(beside.mask, main.size, where)
        told = [*_transparent(main, values, valid, where)]
        if not (no_data or beside.no_data or told):
            told += _at_the_end(main, values, valid, where)
        said = _said(main)
        values = _scaled(values, main, where)
        turn = _turn(main, beside.turn, where)
        if turn[0] * turn[4] == turn[1] * turn[3]:
            cure = Notice("fault.gdal_ullr")
            raise refuse(where, Notice("fault.cells_apart"), Notice("fault.none"), cure)
        crs = _crs(main) or beside.crs
        held = np.where(valid, values, 0.0)
        return Raster(held, valid, turn, crs, said, tuple(told), beside.files)


def _no_data(text: str, where: str) -> float:
    """The value that stands for no data, as GDAL writes it."""
    try:
        return float(text)
    except ValueError:
        cure = Notice("fault.set_no_data")
        raise refuse(where, Notice("fault.number_for_no_data"), quoted(text), cure) from None


def _is(image: _Image, values: NDArray[np.float64], value: float) -> NDArray[np.bool_]:
    """Whether cells hold a value, compared in their precision, in which it was written."""
    if image.bits == 32 and image.kind == "f":
        return np.asarray(values.astype(np.float32) == np.float32(value))
    return np.asarray(values == value)


def _mask_aside(path: Path, size: tuple[int, int], where: str) -> NDArray[np.bool_]:
    """The mask that GDAL keeps in a file of its own, shape (height, width)."""
    image = next(_directories(path.read_bytes()))
    if image.size != size:
        found = f"{image.size[0]:,} x {image.size[1]:,}"
        raise refuse(where, Notice("fault.mask_of_size", file=path.name), found)
    return np.asarray(_pixels(image, where)[0] != 0)


def _transparent(
    image: _Image, values: NDArray[np.float64], valid: NDArray[np.bool_], where: str
) -> Iterator[Notice]:
    """Take what an alpha band of nothing or all says for the mask it is, in place; told. Programs
    call the last of four bands so without being asked: one with other numbers is a band."""
    extra = image.tags.get(338, ())
    for band, kind in enumerate(extra, len(values) - len(extra)):
        if kind in _ALPHA and band and np.isin(values[band], (0, 2**image.bits - 1)).all():
            hidden = values[band] == 0
            valid &= ~hidden
            n = int(hidden.sum())
            yield Notice("layer.alpha", where=where, band=band + 1, n=n, of=hidden.size)


def _at_the_end(
    image: _Image, values: NDArray[np.float64], valid: NDArray[np.bool_], where: str
) -> Iterator[Notice]:
    """Cells that hold the largest number of a small type, which often stands for no data."""
    if image.kind not in "ui" or image.bits not in (8, 16):
        return
    most = 2 ** (image.bits - (image.kind == "i")) - 1
    n = int((valid & (values == most)).sum())
    if n:
        yield Notice("layer.largest_of_type", where=where, value=most, n=n)


@dataclass(frozen=True)
class _Image:
    """One image of the file by its tags."""

    raw: bytes
    order: str
    tags: dict[int, tuple[Any, ...]]

    def number(self, tag: int, default: int = 0) -> int:
        return int(self.tags.get(tag, (default,))[0])

    def text(self, tag: int) -> str:
        found = self.tags.get(tag, (b"",))[0]
        return bytes(found).split(b"\0")[0].decode("utf-8", "replace")

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.number(257), self.number(256)

    @property
    def bits(self) -> int:
        return self.number(258, 1)

    @property
    def kind(self) -> str:
        return _FORMATS.get(self.number(339, 1), "?")


def _directories(raw: bytes) -> Iterator[_Image]:
    """Every image of the file, in order."""
    order = "<" if raw[:2] == b"II" else ">"
    big = raw[2:4] in (b"+\0", b"\0+")
    count, entry, wide = ("Q", 20, "Q") if big else ("H", 12, "I")
    (at,) = struct.unpack_from(order + wide, raw, 8 if big else 4)
    seen: set[int] = set()
    while at and at not in seen:
        seen.add(at)
        (n,) = struct.unpack_from(order + count, raw, at)
        at += struct.calcsize(count)
        tags = {}
        for i in range(n):
            here = at + i * entry
            tag, kind = struct.unpack_from(order + "HH", raw, here)
            (length,) = struct.unpack_from(order + wide, raw, here + 4)
            letters = _TYPES.get(kind)
            if letters is None:
                continue
            inside = here + 4 + struct.calcsize(wide)
            size = struct.calcsize(order + letters.replace("s", "B")) * length
            if size > struct.calcsize(wide):
                (inside,) = struct.unpack_from(order + wide, raw, inside)
            if inside + size > len(raw):
                raise ValueError(Notice("fault.cut_off"))
            if letters == "s":
                tags[tag] = (raw[inside : inside + length],)
            else:
                tags[tag] = struct.unpack_from(
                    f"{order}{length * len(letters)}{letters[0]}", raw, inside
                )
        yield _Image(raw, order, tags)
        (at,) = struct.unpack_from(order + wide, raw, at + n * entry)


def _pixels(image: _Image, where: str) -> NDArray[np.float64]:
    """Values of every band, shape (n_bands, height, width); sparse blocks hold no data (NaN)."""
    height, width = image.size
    bands, planar = image.number(277, 1), image.number(284, 1)
    if height * width * bands > MAX_CELLS:
        found = f"{height:,} x {width:,} x {bands}"
        raise refuse(where, Notice("fault.most_values", most=MAX_CELLS), found, CUT)
    if height < 1 or width < 1:
        raise refuse(where, Notice("fault.geotiff_image"), Notice("fault.an_empty_one"))
    tiled = 324 in image.tags
    tall = image.number(323) if tiled else min(image.number(278, height), height)
    broad = image.number(322) if tiled else width
    if tall < 1 or broad < 1 or tall * broad * bands > MAX_CELLS:
        raise refuse(where, Notice("fault.blocks_usual"), f"{tall:,} x {broad:,}", SAVE)
    offsets, counts = (image.tags[tag] for tag in ((324, 325) if tiled else (273, 279)))
    down, across = -(-height // tall), -(-width // broad)
    each = 1 if planar == 2 else bands
    out = np.full((bands, height, width), np.nan)
    for number in range(down * across * (bands if planar == 2 else 1)):
        if not counts[number]:
            continue
        band, place = divmod(number, down * across)
        row, column = place // across * tall, place % across * broad
        rows = tall if tiled else min(tall, height - row)
        part = image.raw[offsets[number] : offsets[number] + counts[number]]
        block = _block(image, part, rows, broad, each, where)
        fit = block[: height - row, : width - column]
        target = slice(band, band + 1) if planar == 2 else slice(None)
        out[target, row : row + fit.shape[0], column : column + fit.shape[1]] = np.moveaxis(
            fit, 2, 0
        )
    return out


def _block(
    image: _Image, part: bytes, rows: int, columns: int, each: int, where: str
) -> NDArray[np.float64]:
    """One strip or tile, shape (rows, columns, each)."""
    bits, kind = image.bits, image.kind
    if bits == 1:
        width = -(-columns * each // 8)
        packed = np.frombuffer(_unpacked(image, part, rows * width, where), np.uint8)
        cells = np.unpackbits(packed.reshape(rows, width), axis=1)
        return cells[:, : columns * each].reshape(rows, columns, each).astype(np.float64)
    if bits not in (8, 16, 32, 64) or kind == "?" or (kind == "f" and bits < 16):
        found = Notice("fault.bits_of_kind", bits=bits, kind=kind)
        raise refuse(where, Notice("fault.whole_or_floating"), found, SAVE)
    size = bits // 8
    data = _unpacked(image, part, rows * columns * each * size, where)
    predictor = image.number(317, 1)
    if predictor == 3:
        planes = np.frombuffer(data, np.uint8).reshape(rows, size, columns * each)
        flat = planes.reshape(rows, -1)
        summed = np.cumsum(flat.reshape(rows, -1, each), axis=1, dtype=np.uint8).reshape(flat.shape)
        bytes_ = np.moveaxis(summed.reshape(rows, size, columns * each), 1, 2)  # highest first
        cells = np.ascontiguousarray(bytes_).view(f">f{size}")[..., 0]
        return cells.reshape(rows, columns, each).astype(np.float64)
    whole = f"u{size}" if predictor == 2 else f"{kind}{size}"
    cells = np.frombuffer(data, image.order + whole).reshape(rows, columns, each)
    if predictor == 2:
        summed = np.cumsum(cells.astype(f"u{size}"), axis=1, dtype=f"u{size}")
        cells = summed.view(f"{kind}{size}")
    elif predictor != 1:
        raise refuse(where, Notice("fault.predictor"), str(predictor), SAVE)
    return cells.astype(np.float64)


def _unpacked(image: _Image, part: bytes, size: int, where: str) -> bytes:
    """The bytes of a block, as many as it holds."""
    compression = image.number(259, 1)
    if image.number(266, 1) == 2:
        raise refuse(where, Notice("fault.highest_bit"), Notice("fault.the_lowest"), SAVE)
    match compression:
        case 1:
            data = part
        case 5:
            data = _lzw(np.frombuffer(part, np.uint8), size).tobytes()
        case 8 | 32946:
            data = zlib.decompressobj().decompress(part, size)
        case 32773:
            data = _packbits(part)
        case 34925:
            data = lzma.decompress(part)
        case 50000:
            import pyarrow as pa

            data = pa.decompress(part, size, "zstd", asbytes=True)
        case _:
            name = {6: "JPEG", 7: "JPEG", 34887: "LERC", 50001: "WebP", 34712: "JPEG 2000"}
            found = name.get(compression, f"compression {compression}")
            raise refuse(where, Notice("fault.without_loss"), found, SAVE)
    if len(data) < size:
        raise refuse(
            where, Notice("fault.be_whole"), Notice("fault.short_block", n=len(data), of=size)
        )
    return data[:size]


@njit(cache=True)
def _lzw(source: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """LZW with the highest bit first (TIFF 6.0, section 13)."""
    out = np.zeros(size, np.uint8)
    before = np.zeros(4097, np.int32)
    last = np.zeros(4097, np.uint8)
    length = np.ones(4097, np.int32)
    for i in range(256):
        last[i] = i
    at, bits, held, width, known, old = 0, 0, 0, 9, 258, -1
    done = 0
    while done < size:
        while bits < width:
            if at >= len(source):
                return out[:done]
            held = (held << 8) | source[at]
            at, bits = at + 1, bits + 8
        code = (held >> (bits - width)) & ((1 << width) - 1)
        bits -= width
        held &= (1 << bits) - 1
        if code == 257:
            break
        if code == 256:
            width, known, old = 9, 258, -1
            continue
        if code > known or (code == known and old < 0) or known > 4096:
            return out[:done]
        n = length[code] if code < known else length[old] + 1
        walk = code if code < known else old
        end = done + n - 1
        if code == known:
            end -= 1
        while True:
            if end < size:
                out[end] = last[walk]
            if length[walk] == 1:
                break
            walk = before[walk]
            end -= 1
        first = last[walk]
        if code == known and done + n - 1 < size:
            out[done + n - 1] = first
        if old >= 0 and known < 4096:
            before[known], last[known], length[known] = old, first, length[old] + 1
            known += 1
            if known + 1 >= (1 << width) and width < 12:
                width += 1
        old = code
        done += n
    return out[: min(done, size)]


def _packbits(part: bytes) -> bytes:
    out, at = bytearray(), 0
    while at < len(part):
        n = part[at]
        if n < 128:
            out += part[at + 1 : at + 2 + n]
            at += 2 + n
        else:
            if n > 128:
                out += part[at + 1 : at + 2] * (257 - n)
            at += 2
    return bytes(out)


def _scaled(values: NDArray[np.float64], image: _Image, where: str) -> NDArray[np.float64]:
    """Values with the scale and offset that GDAL keeps beside a band."""
    told: dict[tuple[str, int], float] = {}
    for said, number in re.findall(r"<Item\b([^>]*)>([^<]+)<", image.text(42112)):
        about = dict(re.findall(r"""(\w+)\s*=\s*["']([^"']*)["']""", said))
        if about.get("role") in ("scale", "offset"):
            told[about["role"], int(about.get("sample", 0))] = _finite(number, where)
    for role, fit in (("scale", np.multiply), ("offset", np.add)):
        for band in range(len(values)):
            if (role, band) in told:
                values[band] = fit(values[band], told[role, band])
    return values


def _finite(text: str, where: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = np.nan
    if not np.isfinite(number):
        raise refuse(where, Notice("fault.finite_scale"), quoted(text), SAVE)
    return number


def _said(image: _Image) -> tuple[str, ...]:
    """What the file says of itself: its description, the units and names of its bands."""
    about = image.text(42112)
    items = re.findall(r"<Item[^>]*>([^<]*)<", about)
    return tuple(filter(None, (image.text(270), *items)))


def _turn(image: _Image, aside: Turn | None, where: str) -> Turn:
    """From columns and rows to coordinates; of a file that does not say, as its world file does."""
    half = 0.5 if _keys(image).get(1025) == 2 else 0.0  # the point is the cell's centre
    matrix = image.tags.get(34264)
    if matrix is not None and len(matrix) >= 8:
        a, b, _, c, d, e, _, f = matrix[:8]
    else:
        scale, tie = image.tags.get(33550), image.tags.get(33922)
        if (scale is None or tie is None) and aside is not None:
            return aside
        if scale is None or tie is None:
            expected = Notice("fault.where_it_lies")
            raise refuse(where, expected, Notice("fault.nothing"), Notice("fault.gdal_ullr"))
        a, b, d, e = scale[0], 0.0, 0.0, -scale[1]
        c, f = tie[3] - tie[0] * a, tie[4] - tie[1] * e
    return a, b, c - half * (a + b), d, e, f - half * (d + e)


def _keys(image: _Image) -> dict[int, Any]:
    """The GeoKeys: numbers and texts."""
    directory = image.tags.get(34735, ())
    texts = bytes(image.tags.get(34737, (b"",))[0])
    found: dict[int, Any] = {}
    for at in range(4, len(directory) - 3, 4):
        key, holder, count, value = directory[at : at + 4]
        if holder == 0:
            found[key] = value
        elif holder == 34737:
            found[key] = texts[value : value + count].decode("utf-8", "replace").rstrip("|\0")
    return found


def _crs(image: _Image) -> str | None:
    """The system by its code, or as the well-known text that Esri's programs write."""
    keys = _keys(image)
    for key in (3072, 2048):
        code = keys.get(key, _UNDEFINED)
        if code not in (_UNDEFINED, _USER):
            return f"EPSG:{code}"
        if key == 3072 and code == _USER:
            break
    for key in (3073, 1026, 2049):
        text = str(keys.get(key, ""))
        wkt = text.partition("ESRI PE String = ")[2].strip()
        if wkt:
            return wkt
    return None
