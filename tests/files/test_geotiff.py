"""Rasters of people: what GDAL wrote is read cell by cell, what is not read is told."""

from __future__ import annotations

import base64
import zlib
from pathlib import Path

import numpy as np
import pytest
import shapely

from siting.errors import InputError
from siting.files.geotiff import read_geotiff, read_raster
from tests.tools.tiffs import write_tif

LZW = (
    "eNrz9NRi4GBgYBBkYGBkZmAEsuSAmBHK1gBiJihbAYiZoWxWIGaDskFYkJEFTLcBCVEkcTEkc8ShakyYGBhkkNTYQt"
    "nMQByMxOZr5gHTt4C4qYWHgQ1IfwLi9e3MYLcoARVubGcCuzcJyG5cwgRW0wAyAA4iHVBp/KChRc4RQvs5wsQYwS5i"
    "Z2BggbAZoTQTy8Z2MZA8x8Z2dgYxBjYOkHifMgMPiO6qZwHTmsrh7sEKFiYK+gqhIb4KVfl5qQqmBn41ENEaBl1LIG"
    "BoEGAQsFAR42VvYRARmJFixqbQ7pIUaJHCpSnUevSRIceVMlvWbveHgjNF5CxVp7ikGM2QmRTBMPn0swDPmE2xOjPO"
    "PHPRvODBab8gwKFBS1Ws133RdPWQnU9ca+wZDq4yKNZVWuPgoMDBwsha4iCwIcKJkyvmRbPIysPtB7pTt93NZwlYF/"
    "wtdVq670zbdeW7WKN6snb7Pf7y24eHKXx/UsbWrqtFextnRj6JiJC2Opq4Iy13u7qbU2TF9G3rZ1lPlfg4b8oLVZFP"
    "cdqxHseyVIVjlpTWR68P//SN51p2qupVr/BbfqonJfdPLEhlzvy3f66LapHyLx5VL73yxcnmom/vfTY2fenyKSB2TS"
    "zvzEf3ReUk3mt5Se0rfsnan5J9l+XVT8W2ueXZMut2L2gQuLxvxeJjbXtWeMy5t/a9B0eSw4rF7/rnXyhqu95zoUud"
    "c6H+KY6V3fmTxdbsLmBQKHD2mMLXfVC9WJ9Nj/tOoMjCC4+sCp1Oz5pg5TZxVcSrzovCQm8lBF9JTTio7cAgb27Ak8"
    "g2f5KRpLSym0nRI4FJk4S1lB5+abnecemSwLLDZ4ysbFf0f5n17mBjy5HmA5+8NLwdN+1qmX320yMNQfegX11avi+M"
    "3xs1CE9gMDtRqPzvrnl2xkWHBRuj+J0VHn2ZLzN9ShOnrVKC8aWfPCGX2P0CejT2C/r6PTqsdCVkkrIl45kj886ubz"
    "vqwhDcMfGqteWqDQ+jr2vY2Gj6nzsrIsAjuovVS/HUTI5alyu5advUHyw8MbN9QlNaQwMA7kUXPw=="
)
"""Written by GDAL 3.9: 40 x 30 cells of 100 m, LZW with predictor 3, no data -9999."""


def test_lzw_of_gdal_is_read_cell_by_cell(tmp_path: Path) -> None:
    """Another program's compression and predictor give the numbers that were written."""
    path = tmp_path / "a.tif"
    path.write_bytes(zlib.decompress(base64.b64decode(LZW)))
    raster = read_raster(path, "a.tif")
    wanted = (np.arange(40 * 30).reshape(40, 30) % 97).astype(float)
    wanted[:5] = 7
    assert raster.crs == "EPSG:32650"
    assert raster.valid.sum() == 40 * 30 - 1 and not raster.valid[0, 39, 29]
    wanted[39, 29] = 0
    assert np.array_equal(raster.values[0], wanted)
    assert raster.turn == (100, 0, 500_000, 0, -100, 4_000_000)


@pytest.mark.parametrize("deflate", [False, True])
def test_cells_are_points_at_their_centres(tmp_path: Path, deflate: bool) -> None:
    """Bands are columns; a cell without data in every band is left out, and told."""
    bands = np.array([[[1.5, -9], [2, 3]], [[0.5, -9], [1, 4]]])
    path = write_tif(
        tmp_path / "a.tif", bands, 500_000, 4_000_000, 100, 32650, no_data=-9, deflate=deflate
    )
    raw = read_geotiff(path, "a.tif")
    assert raw.frame["band 1"].tolist() == [1.5, 2, 3]
    assert raw.frame["band 2"].tolist() == [0.5, 1, 4]
    assert raw.geometry is not None
    assert shapely.get_coordinates(raw.geometry).tolist() == [
        [500_050, 3_999_950],
        [500_050, 3_999_850],
        [500_150, 3_999_850],
    ]
    assert raw.warnings == ["a.tif: 1 of 4 cells hold no data and are left out"]


def test_one_number_below_zero_is_no_data(tmp_path: Path) -> None:
    """A raster whose no-data value nobody wrote down; several such numbers stay, and are faults."""
    bands = np.array([[[1.5, -99999], [-99999, 3]]])
    path = write_tif(tmp_path / "a.tif", bands, 108, 34, 0.001, 4326)
    raw = read_geotiff(path, "a.tif")
    assert raw.frame["band 1"].tolist() == [1.5, 3]
    assert "2 cells hold -99,999" in raw.warnings[0]


def test_a_density_is_no_count(tmp_path: Path) -> None:
    """People a km2 summed over cells are no people."""
    path = write_tif(
        tmp_path / "a.tif",
        np.ones((1, 2, 2)),
        108,
        34,
        0.01,
        4326,
        about="Population density, people per sq km",
    )
    with pytest.raises(InputError, match="must hold persons a cell; got a density"):
        read_geotiff(path, "a.tif")


def test_what_is_cut_or_no_raster_is_told(tmp_path: Path) -> None:
    """Every cut of a file is a fault in one line, never other numbers."""
    whole = write_tif(tmp_path / "a.tif", np.ones((1, 5, 5)), 108, 34, 0.01, 4326).read_bytes()
    for cut in (0, 3, 7, 20, 100, 200, len(whole) - 60, len(whole) - 1):
        path = tmp_path / "b.tif"
        path.write_bytes(whole[:cut])
        with pytest.raises(InputError) as caught:
            read_geotiff(path, "b.tif")
        assert len(caught.value.faults) == 1 and "\n" not in str(caught.value)


HIDDEN = np.array([[[10.0, 7, 20, 7]]])
"""Two cells with people; in two more stand numbers that something hides."""


def persons(path: Path) -> tuple[list[float], list[str]]:
    """Cells that are read, and what is told."""
    raw = read_geotiff(path, path.name)
    return raw.frame["band 1"].tolist(), [*map(str, raw.warnings)]


def test_what_hides_cells_hides_people(tmp_path: Path) -> None:
    """An alpha band, a mask in a file of its own, GDAL's notes beside the file: what they hide is
    no data, and their files belong to the layer; a band of other numbers is a band, whatever a
    program calls it."""
    path = tmp_path / "a.tif"
    alpha = np.array([[[255.0, 0, 255, 0]]])
    place = (500_000, 4_000_000, 100, 32650)
    write_tif(path, np.concatenate([HIDDEN, alpha]), *place, kind="u1", more={338: ("H", [2])})
    cells, told = persons(path)
    assert cells == [10, 20] and "alpha band: 2 of 4 cells" in told[0]
    four = np.concatenate([HIDDEN, HIDDEN, HIDDEN, np.array([[[3.0, 0, 255, 9]]])])
    write_tif(path, four, *place, kind="u1", more={338: ("H", [2])})
    assert persons(path)[0] == [10, 7, 20, 7]
    write_tif(path, HIDDEN, *place)
    write_tif(tmp_path / "a.tif.msk", alpha, *place, kind="u1")
    assert persons(path)[0] == [10, 20]
    assert [file.name for file in read_geotiff(path, "a.tif").files] == ["a.tif.msk"]
    write_tif(tmp_path / "a.tif.msk", alpha[:, :, :2], *place, kind="u1")
    with pytest.raises(InputError, match=r"of the size of its mask a.tif.msk; got 1 x 2"):
        read_geotiff(path, "a.tif")
    (tmp_path / "a.tif.msk").unlink()
    band = '<PAMRasterBand band="1"><NoDataValue>7</NoDataValue></PAMRasterBand>'
    (tmp_path / "a.tif.aux.xml").write_text(f"<PAMDataset>{band}</PAMDataset>")
    assert persons(path)[0] == [10, 20]
    (tmp_path / "a.tif.aux.xml").write_text("<PAMDataset>")
    with pytest.raises(InputError, match=r"a.tif: must be a readable GeoTIFF"):
        read_geotiff(path, "a.tif")


def test_a_world_file_says_where_a_plain_tiff_lies(tmp_path: Path) -> None:
    """Its last two numbers are the centre of the first cell; its system stands in the notes."""
    bare: dict[int, tuple[str, list[float]]] = {tag: ("H", []) for tag in (33550, 33922, 34735)}
    path = write_tif(tmp_path / "a.tif", HIDDEN, 0, 0, 1, 4326, more=bare)
    with pytest.raises(InputError, match="must say where it lies"):
        read_geotiff(path, "a.tif")
    (tmp_path / "a.tfw").write_text("100\n0\n0\n-100\n500050\n3999950\n")
    (tmp_path / "a.tif.aux.xml").write_text("<PAMDataset><SRS>EPSG:32650</SRS></PAMDataset>")
    raw = read_geotiff(path, "a.tif")
    assert raw.crs == "EPSG:32650" and raw.geometry is not None
    assert shapely.get_coordinates(raw.geometry[:1]).tolist() == [[500_050, 3_999_950]]


def test_numbers_that_may_be_no_persons_are_told(tmp_path: Path) -> None:
    """Colours are refused; the largest number of a small type and crowds that live nowhere are
    told."""
    place = (500_000, 4_000_000, 100, 32650)
    palette = {262: ("H", [3])}
    path = write_tif(tmp_path / "a.tif", HIDDEN, *place, kind="u1", more=palette)
    with pytest.raises(InputError, match="must hold numbers; got colours of a picture"):
        read_geotiff(path, "a.tif")
    full = np.where(HIDDEN == 7, 255, HIDDEN)
    cells, told = persons(write_tif(path, full, *place, kind="u1"))
    assert cells == [10, 255, 20, 255] and "2 cells hold 255, the largest number" in told[0]
    assert persons(write_tif(path, full, *place, kind="u1", no_data=255))[0] == [10, 20]
    for west, north, cell, epsg in (place, (108.9, 34.2, 0.001, 4326)):
        crowd = write_tif(path, 500 * HIDDEN, west, north, cell, epsg)
        assert any(
            "persons a km2, more than any place on earth" in line for line in persons(crowd)[1]
        )
        assert not persons(write_tif(path, 50 * HIDDEN, west, north, cell, epsg))[1]
