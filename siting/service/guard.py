"""Who may ask: host, token, origin, size and kind of what is sent, and the headers of answers.

A page on any other site can make a browser send requests to a loopback address, and a name that
resolves to 127.0.0.1 can make them look like our own. So each request needs our host name with our
port, a token that only this user has been shown, and, where it changes something on the strength
of a cookie, our own origin and a header that no form can set.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlencode

from siting.notice import Notice
from siting.service.problems import RequestError, accepted
from siting.texts.words import Lang

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

HOSTS = ("127.0.0.1", "localhost", "[::1]")
SAFE = ("GET", "HEAD", "OPTIONS")
COOKIE = "siting"
SENT = {
    "application/json": 1 << 20,
    "multipart/form-data": 200 << 20,
    "application/octet-stream": 200 << 20,
}
"""Kind of a body: bytes it may have."""

TOO_LARGE = RequestError(413, Notice("service.too_large"))
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; frame-src 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'"
)
REPORT_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "font-src data:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'; sandbox "
    "allow-scripts"
)
"""Of a stored report, which holds its script inside: sandboxed, so it is nobody's origin."""
HEADERS = {
    "content-security-policy": PAGE_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""Of every answer that does not set them itself."""


@dataclass
class Guard:
    """Wraps an ASGI application; all of it, pages, events and errors too.

    Args:
        app: what is guarded.
        port: where we listen; a host with another one is not ours.
        token: what the planner's browser and scripts show.
        policy: what our pages may load and run.
    """

    app: App
    port: int
    token: str
    policy: str = PAGE_POLICY

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
                return
            await self.app(scope, receive, send)
            return
        answer = _with_headers(send, HEADERS | {"content-security-policy": self.policy})
        lang = _language(scope)
        try:
            self._admit(scope)
            limit = _limit(scope)
        except RequestError as refusal:
            await _refuse(refusal, lang, answer)
            return
        begun = large = False

        async def counted() -> Message:
            nonlocal limit, large
            message = await receive()
            if message["type"] == "http.request" and limit is not None:
                limit -= len(message.get("body", b""))
                large = limit < 0
                if large:  # whoever reads the body may turn this into an answer of its own
                    raise TOO_LARGE
            return message

        async def noticed(message: Message) -> None:
            nonlocal begun
            if not large:
                begun = True
                await answer(message)

        try:
            await self.app(scope, counted, noticed)
        except RequestError as refusal:
            if refusal is not TOO_LARGE:
                raise
        if large and not begun:
            await _refuse(TOO_LARGE, lang, answer)

    def _admit(self, scope: Scope) -> None:
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if host not in {f"{name}:{self.port}" for name in HOSTS}:
            raise RequestError(400, Notice("service.host"))
        asked = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        if scope["path"] == "/" and "token" in asked and self._is_ours(asked["token"]):
            rest = urlencode({k: v for k, v in asked.items() if k != "token"})
            raise RequestError(
                303,
                Notice("service.welcome"),
                headers={
                    "location": "/" + (f"?{rest}" if rest else ""),
                    "set-cookie": f"{COOKIE}-{self.port}={self.token}; HttpOnly; "
                    "SameSite=Strict; Path=/",
                },
            )
        bearer = headers.get(b"authorization", b"").decode("latin-1")
        by_header = bearer.startswith("Bearer ") and self._is_ours(bearer[len("Bearer ") :])
        if not by_header and not any(map(self._is_ours, self._shown(headers))):
            raise RequestError(
                401, Notice("service.no_token"), headers={"www-authenticate": "Bearer"}
            )
        origin = headers.get(b"origin")
        ours = {f"http://{name}:{self.port}".encode() for name in HOSTS}
        if origin is not None and origin not in ours:
            raise RequestError(403, Notice("service.other_page"))
        if scope["method"] not in SAFE and not by_header:
            if origin != b"http://" + host.encode():
                raise RequestError(403, Notice("service.origin"))
            if headers.get(b"x-siting") != b"1":
                raise RequestError(403, Notice("service.header"))

    def _shown(self, headers: dict[bytes, bytes]) -> Iterable[str]:
        """Tokens of the cookies; browsers share cookies between ports, so ours has its port."""
        try:
            jar = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
        except CookieError:
            return ()
        names = (f"{COOKIE}-{self.port}", COOKIE)
        return [jar[name].value for name in names if name in jar]

    def _is_ours(self, token: str) -> bool:
        return secrets.compare_digest(token.encode(), self.token.encode())


def _limit(scope: Scope) -> int | None:
    """Bytes the body may have; None where there is none to be read."""
    if scope["method"] in SAFE:
        return None
    headers = dict(scope["headers"])
    length = headers.get(b"content-length")
    kind = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
    if not kind and length in (None, b"0") and b"transfer-encoding" not in headers:
        return 0
    if kind not in SENT:
        raise RequestError(415, Notice("service.content_type", kinds=list(SENT)))
    if length is not None and (not length.isdigit() or int(length) > SENT[kind]):
        raise RequestError(413, Notice("service.body_of", kind=kind, most=SENT[kind]))
    return SENT[kind]


def _with_headers(send: Send, headers: Mapping[str, str]) -> Send:
    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            there: Headers = list(message.get("headers", []))
            names = {name.lower() for name, _ in there}
            there += [
                (k.encode(), v.encode()) for k, v in headers.items() if k.encode() not in names
            ]
            message = {**message, "headers": there}
        await send(message)

    return answer


def _language(scope: Scope) -> Lang:
    return accepted(dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1"))


async def _refuse(refusal: RequestError, lang: Lang, send: Send) -> None:
    body = b"" if refusal.status == 303 else refusal.body(lang)
    headers = {"content-type": "application/problem+json", **refusal.headers}
    await send(
        {
            "type": "http.response.start",
            "status": refusal.status,
            "headers": [(k.encode(), v.encode()) for k, v in headers.items()]
            + [(b"content-length", str(len(body)).encode())],
        }
    )
    await send({"type": "http.response.body", "body": body})
