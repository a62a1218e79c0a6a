"""Methods every address answers beside its own: HEAD as GET without a body, OPTIONS with ``Allow``.

RFC 9110: a server supports GET and HEAD (section 9.1), and a 405 names what is allowed (15.5.6).
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

import anyio
from fastapi import FastAPI
from starlette.routing import Match
from starlette.types import Message, Receive, Scope, Send

ALWAYS = "OPTIONS"


def allowed(app: FastAPI, scope: MutableMapping[str, Any]) -> str:
    """The methods that a path answers, as ``Allow`` lists them; empty for a path that is none."""
    found: set[str] = set()
    for route in app.router.routes:
        if route.matches(scope)[0] is not Match.NONE:
            found |= getattr(route, "methods", None) or set()
    if "GET" in found:
        found.add("HEAD")
    return ", ".join(sorted(found | {ALWAYS})) if found else ""


@dataclass
class Methods:
    """Wraps the application; pages, events and errors too."""

    app: FastAPI

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope.get("method")
        if method == "OPTIONS" and (allow := allowed(self.app, scope)):
            headers = [(b"allow", allow.encode())]
            await send({"type": "http.response.start", "status": 204, "headers": headers})
            await send({"type": "http.response.body"})
            return
        if method != "HEAD":
            await self.app(scope, receive, send)
            return
        endless = answered = False
        with anyio.CancelScope() as running:

            async def headed(message: Message) -> None:
                nonlocal endless, answered
                if message["type"] == "http.response.start":
                    endless = all(name != b"content-length" for name, _ in message["headers"])
                    await send(message)
                elif not answered:
                    answered = True
                    await send({"type": "http.response.body"})
                    if endless:  # events go on for as long as their job does
                        running.cancel()

            await self.app({**scope, "method": "GET"}, receive, headed)
