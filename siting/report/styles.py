"""Styles of a geopackage's layers, as QGIS reads them from its table ``layer_styles``: colours,
legends and the names of columns, one style a language."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import quoteattr

Shape = Literal["marker", "line", "fill"]
COLOURS = (
    "#b5123e",
    "#1f6fae",
    "#2e8b57",
    "#e0a100",
    "#7b4fa3",
    "#d2691e",
    "#008b8b",
    "#8b4513",
    "#c71585",
    "#556b2f",
    "#4682b4",
    "#a0522d",
)
"""Of categories, one after the other."""
LEAST_OUTLINED_MM = 1.5
"""Markers up to this size are all outline with one."""
_TABLE = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),
  f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256),
  styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT,
  owner TEXT(30), ui TEXT(30), update_time DATETIME DEFAULT CURRENT_TIMESTAMP)
"""
_LISTED = """
INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id, last_change)
SELECT 'layer_styles', 'attributes', 'layer_styles', 0, max(last_change) FROM gpkg_contents
"""
"""As of the layers: their day is fixed where files must be alike to the last byte."""
_ROW = """
INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column,
  styleName, styleQML, styleSLD, useAsDefault, description, owner, update_time)
VALUES ('', '', ?, 'geom', ?, ?, '', ?, ?, '', NULL)
"""


@dataclass(frozen=True)
class Look:
    """How a layer's symbols look beside those of the others: what was decided on top, what stands
    around it small, people and their ways faint beneath."""

    shape: Shape
    column: str = ""
    """By whose values symbols differ; empty = one symbol for all."""
    size_mm: float = 2.6
    """Of a marker, or the width of a line or an outline."""
    opaque: int = 255
    """Of the inside, 0..255."""
    colours: Sequence[str] = COLOURS
    """Of symbols, one after the other."""
    mark: Literal["circle", "square", "diamond"] = "circle"


@dataclass(frozen=True)
class Style:
    """How one layer is drawn in one language."""

    layer: str
    lang: str
    title: str
    """What the layer is called."""
    look: Look
    legend: Mapping[str, str] | None = None
    """Value of the column: its name."""
    heads: Mapping[str, str] | None = None
    """Column: its name."""
    default: bool = False
    """Whether QGIS takes it by itself."""


def write_styles(path: Path, styles: Sequence[Style]) -> None:
    """Add the table to a geopackage; the default of a layer stands first."""
    connection = sqlite3.connect(path)
    try:
        with connection:
            connection.execute(_TABLE)
            connection.execute(_LISTED)
            for style in sorted(styles, key=lambda style: not style.default):
                name = f"{style.title} ({style.lang})"
                row = (style.layer, name[:30], qml(style), style.default, style.title)
                connection.execute(_ROW, row)
    finally:
        connection.close()


def qml(style: Style) -> str:
    """A style as QGIS writes it."""
    legend, look = dict(style.legend or {}), style.look
    symbols = [
        _symbol(look, k, look.colours[k % len(look.colours)]) for k in range(max(len(legend), 1))
    ]
    if look.column and legend:
        categories = "".join(
            f"<category render='true' symbol='{k}' value={quoteattr(value)}"
            f" label={quoteattr(name)}/>"
            for k, (value, name) in enumerate(legend.items())
        )
        begin = f"<renderer-v2 type='categorizedSymbol' attr={quoteattr(look.column)}>"
        renderer = f"{begin}<categories>{categories}</categories>"
    else:
        renderer = "<renderer-v2 type='singleSymbol'>"
    heads = "".join(
        f"<alias index='{k}' field={quoteattr(column)} name={quoteattr(name)}/>"
        for k, (column, name) in enumerate((style.heads or {}).items())
    )
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        "<qgis version='3.22.0' styleCategories='Symbology|Fields'>"
        f"{renderer}<symbols>{''.join(symbols)}</symbols></renderer-v2>"
        f"<aliases>{heads}</aliases></qgis>"
    )


def _symbol(look: Look, name: int, colour: str) -> str:
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    told, size = f"{red},{green},{blue}", f"{look.size_mm:g}"
    match look.shape:
        case "marker":
            kind = "SimpleMarker"
            values = {
                "name": look.mark,
                "color": f"{told},{look.opaque}",
                "outline_color": "255,255,255,255",
                "outline_style": "solid" if look.size_mm > LEAST_OUTLINED_MM else "no",
                "size": size,
                "size_unit": "MM",
            }
        case "line":
            kind = "SimpleLine"
            values = {
                "line_color": f"{told},{look.opaque}",
                "line_width": size,
                "line_width_unit": "MM",
            }
        case "fill":
            kind = "SimpleFill"
            values = {
                "color": f"{told},{look.opaque}",
                "outline_color": f"{told},255",
                "outline_width": size,
                "outline_width_unit": "MM",
            }
    options = "".join(
        f"<Option type='QString' name='{key}' value='{value}'/>" for key, value in values.items()
    )
    old = "".join(f"<prop k='{key}' v='{value}'/>" for key, value in values.items())
    return (
        f"<symbol type='{look.shape}' name='{name}' alpha='1'>"
        f"<layer class='{kind}' enabled='1' pass='0' locked='0'>"
        f"<Option type='Map'>{options}</Option>{old}</layer></symbol>"
    )
