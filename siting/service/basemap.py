"""What lies beneath the desk's map, where the planner names it: tiles of an address or of a file.

Without it nothing outside this computer is ever asked. With an address the page may load pictures
(or, of vector tiles, data) from that one host, and from nowhere else; tiles of a file come from the
service itself. Tiles are squares of Web Mercator, as XYZ addresses have them, PMTiles, and WMTS by
its well-known scale set ``GoogleMapsCompatible``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from siting.errors import Fault, InputError
from siting.notice import Notice
from siting.service.pmtiles import TileFile

OWN = "/api/basemap/{z}/{x}/{y}"
"""Where the page finds tiles of a file."""
LEVELS = (0, 19)
"""Of an address: nobody says which it has."""
WORDS = {"{TileMatrix}": "{z}", "{TileCol}": "{x}", "{TileRow}": "{y}"}
"""As the WMTS standard (OGC 07-057r7) names the same."""
PLACES = ("{z}", "{x}", "{y}")
HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
SPOKEN = re.compile(r"[!-~]+")
"""Signs that an address may have: none that is blank, none beyond ASCII."""
VECTOR = (".mvt", ".pbf")


@dataclass(frozen=True)
class Basemap:
    """Tiles and where they come from.

    Args:
        url: with ``{z}``, ``{x}`` and ``{y}`` (or ``{-y}``, counted from the south).
        kind: pictures, or shapes that the page draws.
        least, most: levels there are.
        credit: whom they are owed to, told on the map.
        host: ``scheme://host:port`` that is asked; None = this service.
        file: None = of an address.
    """

    url: str
    kind: Literal["raster", "vector"]
    least: int
    most: int
    credit: str
    host: str | None = None
    file: TileFile | None = None

    @classmethod
    def of(cls, named: str) -> Basemap:
        """From what stands behind ``--basemap``.

        Raises:
            InputError: neither an address of tiles nor a file of them.
        """
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", named):
            return cls._of_address(named)
        file = TileFile.open(Path(named))
        kind: Literal["raster", "vector"] = "raster" if file.kind.startswith("image/") else "vector"
        return cls(OWN, kind, file.least, file.most, file.credit, file=file)

    @classmethod
    def _of_address(cls, named: str) -> Basemap:
        url = named
        for word, ours in WORDS.items():
            url = re.sub(re.escape(word), ours, url, flags=re.IGNORECASE)
        asked = url.replace("{-y}", "{y}")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise _refused(named) from None
        host = (parts.netloc.rpartition("@")[2]).lower().removesuffix(f":{port}")
        if (
            parts.scheme.lower() not in ("http", "https")
            or "@" in parts.netloc
            or not HOST.fullmatch(host)
            or not SPOKEN.fullmatch(url)
            or any(asked.count(place) != 1 for place in PLACES)
            or re.search(r"[{}]", re.sub(r"\{-?[xyz]\}", "", url))
        ):
            raise _refused(named)
        origin = f"{parts.scheme.lower()}://{host}" + ("" if port is None else f":{port}")
        vector = parts.path.lower().endswith(VECTOR)
        return cls(url, "vector" if vector else "raster", *LEVELS, host, origin)

    def policy(self, rules: str) -> str:
        """A content security policy that also lets the page ask the host for its tiles.

        Args:
            rules: of the page without it.
        """
        if self.host is None:
            return rules
        what = "img-src" if self.kind == "raster" else "connect-src"
        return re.sub(rf"\b{what} [^;]*", rf"\g<0> {self.host}", rules)

    def told(self) -> dict[str, Any]:
        """For the page."""
        return {
            "url": self.url,
            "kind": self.kind,
            "least": self.least,
            "most": self.most,
            "credit": self.credit,
        }


def _refused(named: str) -> InputError:
    return InputError(Fault("--basemap", Notice("service.basemap"), named))
