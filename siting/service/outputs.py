"""Outputs of a process as OGC API - Processes sends them: a document, or each as it is.

``response: document`` (also where nothing is asked for) is one JSON object by output; ``raw`` is
the output itself, several as parts of one message (RFC 2046); an output by reference is a link.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from fastapi import Response

from siting.notice import Notice
from siting.service.guard import REPORT_POLICY
from siting.service.problems import RequestError
from siting.service.processes import GEOJSON, JSON, MEDIA

Form = Literal["raw", "document"]
Mode = Literal["value", "reference"]
BOUNDARY = "siting-output"
KINDS = (JSON, GEOJSON, *MEDIA.values(), "application/octet-stream", "multipart/related")
"""In which outputs are sent."""
NONE_SENT = "Links alone, or no output that was asked for"


@dataclass(frozen=True)
class Output:
    """One output: its JSON value or its file, of what kind it is, and where it stands by itself."""

    value: Any
    """JSON; a path is a file's."""
    media: str
    href: str

    @property
    def active(self) -> bool:
        """Whether a browser would run it."""
        return self.media in ("text/html", "image/svg+xml")

    def raw(self) -> bytes:
        """The output itself."""
        if isinstance(self.value, Path):
            return self.value.read_bytes()
        return _json(self.value)

    def inline(self) -> Any:
        """As a member of a JSON document: a file is a qualified value, its bytes in base64 where
        they are no text."""
        if not isinstance(self.value, Path):
            return self.value
        raw = self.value.read_bytes()
        if self.media.startswith("text/") or self.media.endswith("+xml"):
            return {"value": raw.decode("utf-8"), "mediaType": self.media}
        encoded = base64.b64encode(raw).decode("ascii")
        return {"value": encoded, "mediaType": self.media, "encoding": "base64"}


def asked(body: Mapping[str, Any], known: Mapping[str, Any], modes: tuple[str, ...]) -> Any:
    """``{"response": form, "outputs": {name: mode}}`` of an execute request; all outputs by value
    where none are named.

    Args:
        known: outputs of the process.
        modes: in which it sends them.

    Raises:
        RequestError: 400, an output that is none or a form or mode that is not offered.
    """
    form = body.get("response", "document")
    named = body.get("outputs")
    if form not in ("raw", "document"):
        raise RequestError(400, Notice("service.response", got=form))
    if named is None:
        return {"response": form, "outputs": dict.fromkeys(known, "value")}
    if not isinstance(named, dict):
        raise RequestError(400, Notice("service.input_kind", name="outputs", kind="object"))
    chosen = {}
    for name, wish in named.items():
        if name not in known:
            raise RequestError(400, Notice("service.no_output", name=name, known=list(known)))
        mode = wish.get("transmissionMode", "value") if isinstance(wish, dict) else "value"
        if mode not in modes:
            raise RequestError(400, Notice("service.mode", name=name, modes=list(modes)))
        chosen[name] = mode
    return {"response": form, "outputs": chosen}


def answer(found: Mapping[str, Output], wish: Mapping[str, Any]) -> Response:
    """What was asked for of what was found."""
    chosen = {name: (found[name], mode) for name, mode in wish["outputs"].items() if name in found}
    if wish["response"] == "document":
        told = {
            name: {"href": out.href, "type": out.media} if mode == "reference" else out.inline()
            for name, (out, mode) in chosen.items()
        }
        return Response(_json(told), media_type="application/json")
    if len(chosen) == 1:
        ((out, mode),) = chosen.values()
        if mode == "reference":
            link = f'<{out.href}>; rel="item"; type="{out.media}"'
            return Response(status_code=204, headers={"link": link})
        headers = {"content-security-policy": REPORT_POLICY} if out.active else {}
        return Response(out.raw(), media_type=out.media, headers=headers)
    if not chosen:
        return Response(status_code=204)
    parts = []
    for name, (out, mode) in chosen.items():
        by_reference = mode == "reference"
        head = f"--{BOUNDARY}\r\nContent-ID: <{name}>\r\nContent-Type: {out.media}\r\n"
        head += f"Content-Location: {out.href}\r\n" if by_reference else ""
        parts += [head.encode() + b"\r\n" + (b"" if by_reference else out.raw()) + b"\r\n"]
    body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
    return Response(body, media_type=f"multipart/related; boundary={BOUNDARY}")


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
