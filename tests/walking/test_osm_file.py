"""OpenStreetMap files in any order, from an editor, and cut: the same network, or a word."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import osmium
import pytest

from siting.errors import InputError
from siting.scenario.layers.osm import OSM_ID, read_osm
from siting.walking.load import load_network
from siting.walking.osm_file import in_order
from siting.walking.osm_rules import walkable
from siting.walking.pbf import (
    BZIP2,
    LZ4,
    LZMA,
    RAW,
    RAW_SIZE,
    ZLIB,
    ZSTD,
    _field,
    blobs,
    nodes_first,
)

CRS = "EPSG:32649"
NODES = [
    f'<node id="{k}" version="1" lat="34.26" lon="{108.95 + k / 1000:.4f}">'
    + ('<tag k="highway" v="crossing"/>' if k in (2, 4) else "")
    + "</node>"
    for k in range(1, 7)
]
WAY = (
    '<way id="9" version="1">'
    + "".join(f'<nd ref="{k}"/>' for k in range(1, 7))
    + '<tag k="highway" v="footway"/></way>'
)
SHOP = '<node id="7" version="1" lat="34.26" lon="108.951"><tag k="shop" v="yes"/></node>'


def written(folder: Path, *objects: str) -> Path:
    """A file of these objects in this order."""
    path = folder / "net.osm"
    path.write_text('<?xml version="1.0"?><osm version="0.6">' + "\n".join(objects) + "</osm>")
    return path


def km(path: Path) -> float:
    """Length of the network."""
    return float(load_network(path, CRS).edge_m.sum() / 1000)


ORDERS = {
    "nodes first": [*NODES, WAY],
    "ways first": [WAY, *NODES],
    "crossings first": [NODES[1], NODES[3], WAY, *NODES[::2], NODES[5]],
    "backwards": [WAY, *NODES[::-1]],
}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("kind", ["osm", "osm.gz", "osm.pbf"])
def test_the_order_of_objects_means_nothing(tmp_path: Path, order: str, kind: str) -> None:
    """Query pages send ways first, or tagged nodes first; the network is the same."""
    expected = km(written(tmp_path, *ORDERS["nodes first"]))
    path = written(tmp_path, *ORDERS[order])
    if kind == "osm.gz":
        (tmp_path / "net.osm.gz").write_bytes(gzip.compress(path.read_bytes()))
    if kind == "osm.pbf":
        writer = osmium.SimpleWriter(str(tmp_path / "net.osm.pbf"))
        for entity in osmium.FileProcessor(str(path)):
            writer.add(entity)
        writer.close()
        assert nodes_first(tmp_path / "net.osm.pbf") == (order == "nodes first")
    assert km(tmp_path / f"net.{kind}") == pytest.approx(expected)
    assert expected == pytest.approx(0.46, abs=0.01)


@pytest.mark.parametrize("mark", ['action="delete"', "action='delete'", 'visible="false"'])
def test_what_an_editor_marks_as_deleted_is_not_there(tmp_path: Path, mark: str) -> None:
    """A way of an editor's file that is deleted is not walked; nor is a shop standing today."""
    other = WAY.replace('id="9"', 'id="10"').replace("footway", "path")
    gone = WAY.replace("<way ", f"<way {mark} ")
    path = written(tmp_path, *NODES, gone)
    with pytest.raises(InputError, match="must hold walkable ways"):
        load_network(path, CRS)
    assert km(written(tmp_path, *NODES, gone, other)) == pytest.approx(0.46, abs=0.01)
    shop = SHOP.replace("<node ", f"<node {mark} ")
    assert len(read_osm(written(tmp_path, *NODES, shop, WAY), "net.osm", ["shop=*"]).frame) == 0


def test_new_objects_of_an_editor_are_there(tmp_path: Path) -> None:
    """They have negative ids, which layers tell as they are."""
    new = [text.replace('id="', 'id="-') for text in NODES]
    way = WAY.replace('id="9"', 'id="-9"').replace('ref="', 'ref="-')
    assert km(written(tmp_path, *new, way)) == pytest.approx(0.46, abs=0.01)
    shop = SHOP.replace('id="7"', 'id="-7"')
    raw = read_osm(written(tmp_path, *new, shop, way), "net.osm", ["shop=*"])
    assert raw.frame[OSM_ID].tolist() == ["n-7"]


def test_a_file_in_order_is_read_as_it_is(tmp_path: Path) -> None:
    """No copy is made where none is needed, also where blocks end inside an object."""
    many = [f'<node id="{k}" version="1" lat="34.26" lon="108.95"/>' for k in range(1, 40_000)]
    path = written(tmp_path, *many, WAY)
    assert path.stat().st_size > 2 * 2**20
    with in_order(path) as read:
        assert read == path


def test_missing_nodes_are_told(tmp_path: Path) -> None:
    """A way is broken where the extract lacks a node; a network of nothing else is refused."""
    network = load_network(written(tmp_path, *NODES[:4], WAY), CRS)
    assert str(network.warnings[0]).startswith("network: net.osm lacks 2 nodes")
    with pytest.raises(InputError, match="5 of their nodes are not in the file"):
        load_network(written(tmp_path, NODES[0], WAY), CRS)


def test_a_tag_that_nothing_has_is_told(tmp_path: Path) -> None:
    """A slip in one of several tags would otherwise be outlets that are not there."""
    raw = read_osm(written(tmp_path, SHOP, *NODES, WAY), "n.osm", ["shop=*", "amenity=bank"])
    assert [str(w) for w in raw.warnings] == ["n.osm: no place has the tag amenity=bank"]


@pytest.mark.parametrize("value", ["yes", "no", "separate"])
@pytest.mark.parametrize("side", ["sidewalk", "sidewalk:left", "sidewalk:right", "sidewalk:both"])
def test_a_sidewalk_on_either_side_opens_a_trunk_road(side: str, value: str) -> None:
    """One drawn apart is a way of its own; motorroads are as trunk roads."""
    for tags in ({"highway": "trunk"}, {"highway": "primary", "motorroad": "yes"}):
        assert walkable({**tags, side: value}) == (value == "yes")
        assert walkable({**tags, side: value, "foot": "yes"})
        assert not walkable({**tags, side: value, "foot": "no"})


def test_every_edge_of_a_shuffled_file_has_its_length(tmp_path: Path) -> None:
    """Each of many random orders gives the same edges."""
    expected = load_network(written(tmp_path, *NODES, WAY), CRS).edge_m
    rng = np.random.default_rng(3)
    for _ in range(10):
        objects = [*rng.permutation([*NODES, WAY])]
        assert load_network(written(tmp_path, *objects), CRS).edge_m == pytest.approx(expected)


def test_a_second_village_is_no_scrap(tmp_path: Path) -> None:
    """Beside four kilometres of street a part of three is kept, and so is one of 300 m."""
    nodes = [
        f'<node id="{k}" version="1" lat="34.26" lon="{lon}"/>'
        for k, lon in enumerate((108.90, 108.944, 108.96, 108.993, 109.01, 109.0133), 1)
    ]
    ways = [
        f'<way id="{k}" version="1"><nd ref="{2 * k - 1}"/><nd ref="{2 * k}"/>'
        '<tag k="highway" v="footway"/></way>'
        for k in (1, 2, 3)
    ]
    network = load_network(written(tmp_path, *nodes, *ways), CRS)
    assert network.report["components_kept"] == 3
    assert network.edge_m.sum() == pytest.approx(7396, abs=30)


def packed(path: Path, packing: int) -> Path:
    """The same .osm.pbf with its data packed otherwise."""
    import bz2
    import lzma
    import struct
    import zlib

    import pyarrow

    pack: dict[int, Callable[[bytes], bytes]] = {
        RAW: lambda raw: raw,
        ZLIB: zlib.compress,
        LZMA: lzma.compress,
        BZIP2: bz2.compress,
        LZ4: lambda raw: pyarrow.Codec("lz4_raw").compress(raw, asbytes=True),
        ZSTD: lambda raw: pyarrow.Codec("zstd").compress(raw, asbytes=True),
        9: lambda raw: b"?" + raw,
    }
    out = path.with_name(f"packed-{packing}.osm.pbf")
    with out.open("wb") as file:
        for blob in blobs(path):
            raw = blob.data()
            body = _field(RAW_SIZE, len(raw)) + _field(packing, pack[packing](raw))
            head = _field(1, blob.kind) + _field(3, len(body))
            file.write(struct.pack(">I", len(head)) + head + body)
    return out


@pytest.mark.parametrize("order", ["nodes first", "ways first"])
@pytest.mark.parametrize("packing", [RAW, ZLIB, LZMA, BZIP2, LZ4, ZSTD])
def test_the_packing_of_an_extract_means_nothing(tmp_path: Path, order: str, packing: int) -> None:
    """Whatever compression a writer chose, streets and places are the same."""
    objects = [*ORDERS[order], SHOP]
    expected = km(written(tmp_path, *objects))
    plain = tmp_path / "plain.osm.pbf"
    writer = osmium.SimpleWriter(str(plain))
    for entity in osmium.FileProcessor(str(tmp_path / "net.osm")):
        writer.add(entity)
    writer.close()
    path = packed(plain, packing)
    assert km(path) == pytest.approx(expected)
    assert len(read_osm(path, "net", ["shop=yes"]).frame) == 1


def test_a_packing_that_nobody_knows_is_told(tmp_path: Path) -> None:
    """A clear word, and no empty network."""
    plain = tmp_path / "plain.osm.pbf"
    writer = osmium.SimpleWriter(str(plain))
    for entity in osmium.FileProcessor(str(written(tmp_path, *ORDERS["nodes first"]))):
        writer.add(entity)
    writer.close()
    with pytest.raises(InputError, match="packed"):
        load_network(packed(plain, 9), CRS)
    with pytest.raises(InputError, match="packed"):
        read_osm(packed(plain, 9), "net", ["shop=yes"])
