"""A network from a pair of tables: edges (u, v, length_m) and nodes (node, x, y in crs)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siting.errors import Fault, InputError, nearest
from siting.files import parquet
from siting.files.boundary import oddness, reading
from siting.files.raw import RawLayer, said
from siting.files.tables import read_csv
from siting.notice import Notice
from siting.walking.components import tell
from siting.walking.crossings import tell_crossings
from siting.walking.given_lengths import check_lengths
from siting.walking.network import Network
from siting.walking.osm_rules import TOLD_BY, edge_traits
from siting.walking.rounding import LONGEST_DM, decimetres

EDGES = ("u", "v", "length_m")
NODES = ("node", "x", "y")
COURSES = ("geometry", "wkt")
"""Columns of an edge's course, the first that is there."""
MOST_SHOWN = 5
"""Rows named in a fault; the rest are counted."""
_POINTED = re.compile(r"(?:0|[1-9]\d*)\.0+")


def read(
    edges: Path | bytes, nodes: Path | bytes, crs: str, edges_name: str, nodes_name: str
) -> Network:
    """Read both files (csv in UTF-8 or GB18030, or parquet), then :func:`build`.

    Args:
        edges, nodes: a file, or the content of one in parquet.
        edges_name, nodes_name: the files, as messages name them.
    """
    rows = _table(edges, edges_name), _table(nodes, nodes_name)
    return build(*rows, crs, edges_name, nodes_name)


def build(
    edges: pd.DataFrame,
    nodes: pd.DataFrame,
    crs: str,
    edges_name: str = "edges",
    nodes_name: str = "nodes",
) -> Network:
    """A network from tables; an edge is the straight line between its nodes.

    A column ``geometry`` or ``wkt`` of the edges (WKT or WKB lines from u to v, in crs) gives
    their course instead; columns that are named as tags (:data:`siting.walking.osm_rules.TOLD_BY`)
    tell of steps, bridges and slopes.

    Raises:
        InputError: with every fault of both tables.
    """
    faults = _missing(edges, EDGES, edges_name)
    faults += _missing(nodes, NODES, nodes_name)
    if faults:
        raise InputError(faults)
    node = _ids(nodes["node"])
    xy = np.column_stack([_numbers(nodes["x"]), _numbers(nodes["y"])])
    metres = _numbers(edges["length_m"])
    index = pd.Index(node)
    faults += _bad_rows(nodes_name, "node", Notice("fault.unique_ids"), index.duplicated(), node)
    faults += _bad_rows(nodes_name, "x, y", Notice("fault.finite"), ~np.isfinite(xy).all(1), node)
    bad = ~((metres >= 0) & (metres * 10 < LONGEST_DM))
    faults += _bad_rows(edges_name, "length_m", Notice("fault.metres_0"), bad, edges["length_m"])
    if len(edges) == 0:
        faults.append(Fault(edges_name, Notice("fault.an_edge"), Notice("fault.none")))
    ends = []
    for column in ("u", "v"):
        ids = _ids(edges[column])
        at = index.get_indexer(pd.Index(ids)) if index.is_unique else np.zeros(len(ids), np.intp)
        faults += _bad_rows(
            edges_name, column, Notice("fault.node_of", nodes_name=nodes_name), at < 0, ids
        )
        ends.append(at.astype(np.int32))
    if faults:
        raise InputError(faults)
    start, shape = _shapes(edges, xy, ends, edges_name)
    told = [column for column in TOLD_BY if column in edges.columns]
    traits = edge_traits(edges[told].to_dict("records")) if told else None
    network = Network(
        xy, ends[0], ends[1], metres, decimetres(metres), start, shape, crs, traits=traits
    )
    return tell(tell_crossings(check_lengths(network, edges_name)))


def _shapes(
    edges: pd.DataFrame, xy: NDArray[np.float64], ends: list[NDArray[np.int32]], name: str
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    column = next((c for c in COURSES if c in edges.columns), None)
    if column is None:
        start = 2 * np.arange(len(edges) + 1, dtype=np.int64)
        return start, xy[np.column_stack(ends).ravel()]
    given = edges[column]
    straight = given.isna().to_numpy()
    lines = shapely.linestrings(xy[np.column_stack(ends)])
    try:
        lines[~straight] = geometries(given[~straight])
    except (shapely.errors.GEOSException, TypeError) as error:
        raise InputError(Fault(name, Notice("fault.wkt_wkb"), said(error), key=column)) from None
    bad = (shapely.get_type_id(lines) != 1) | (shapely.get_num_points(lines) < 2)
    if faults := _bad_rows(name, column, Notice("fault.are_lines"), bad, given):
        raise InputError(faults)
    count = shapely.get_num_points(lines)
    return np.concatenate([[0], np.cumsum(count)]).astype(np.int64), shapely.get_coordinates(lines)


def geometries(values: pd.Series) -> NDArray[np.object_]:
    """Shapely geometries from WKT text, WKB bytes or geometries."""
    array = np.asarray(values, dtype=object)
    if len(array) and isinstance(array[0], str):
        return shapely.from_wkt(array)
    if len(array) and isinstance(array[0], bytes):
        return shapely.from_wkb(array)
    return array


def _table(path: Path | bytes, where: str) -> pd.DataFrame:
    wanted = (*EDGES, *NODES, *COURSES, *TOLD_BY)
    if isinstance(path, bytes):
        return _with_courses(parquet.read_held(path, where, wanted))
    odd = oddness(path)
    if odd is not None:
        raise InputError(Fault(where, *odd))
    with reading(where, Notice("fault.csv_parquet")):
        if path.suffix.lower() in (".parquet", ".pq"):
            return _with_courses(parquet.read_parquet(path, where, wanted))
        if path.suffix.lower() != ".csv":
            raise InputError(Fault(where, Notice("fault.csv_parquet"), path.suffix))
        return read_csv(path, where).frame.replace({"": None})


def _with_courses(raw: RawLayer) -> pd.DataFrame:
    return raw.frame if raw.geometry is None else raw.frame.assign(geometry=raw.geometry)


def _ids(column: pd.Series) -> NDArray[np.object_]:
    """Ids as text, so that 7 in one file is "7" in the other, and "7.0" in a third that went
    through a data frame: where all filled cells are so, and none is two codes' one."""
    if pd.api.types.is_float_dtype(column):
        whole = column.isna() | (column == np.floor(column))
        column = column.astype("Int64") if whole.all() else column
    ids = np.where(column.isna(), "", column.astype(str)).astype(object)
    pointed = [_POINTED.fullmatch(one) for one in ids if one]
    if pointed and all(pointed):
        ids = np.array([one.partition(".")[0] for one in ids], object)
    return ids


def _numbers(column: pd.Series) -> NDArray[np.float64]:
    return pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)


def _missing(table: pd.DataFrame, wanted: tuple[str, ...], name: str) -> list[Fault]:
    known = [str(c) for c in table.columns]
    return [
        Fault(
            name,
            Notice("fault.a_column", column=column),
            ", ".join(known) or Notice("fault.no_columns"),
            hint=nearest(column, known),
        )
        for column in wanted
        if column not in table.columns
    ]


def _bad_rows(name: str, key: str, expected: Notice, bad: Any, shown: object) -> list[Fault]:
    """One fault for all bad rows of a column; rows counted from 1."""
    rows = np.flatnonzero(bad)
    if len(rows) == 0:
        return []
    values = np.asarray(shown, dtype=object)
    some = [
        Notice("fault.cell_in_row", cell=_cell(values[r]), row=int(r) + 1)
        for r in rows[:MOST_SHOWN]
    ]
    found = Notice("fault.listed", names=some)
    if len(rows) > MOST_SHOWN:
        found = Notice("fault.more", some=some, n=len(rows) - MOST_SHOWN)
    return [Fault(name, expected, found, key=key)]


def _cell(value: Any) -> str:
    """A cell as a message shows it."""
    blank = value == "" or pd.isna(value)
    return Notice("fault.nothing") if blank else str(value)
