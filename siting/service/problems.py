"""What went wrong, as a body: RFC 7807, with every fault of an input."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Request

from siting.errors import InputError, SitingError
from siting.notice import Notice, in_language
from siting.texts.words import Lang

OGC = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"
"""Names of the exceptions of OGC API Processes."""


class RequestError(Exception):
    """A request that is not answered as asked.

    Args:
        status: of HTTP.
        detail: one sentence for people, told in the language of the request.
        kind: a URI for programs; default ``about:blank``.
        headers: of the answer.
        told: what was stored in every language, in place of the detail.
    """

    def __init__(
        self,
        status: int,
        detail: Notice,
        kind: str = "about:blank",
        headers: Mapping[str, str] | None = None,
        told: Mapping[str, str] | None = None,
    ):
        super().__init__(detail)
        self.status, self.detail, self.kind = status, detail, kind
        self.headers, self.told = dict(headers or {}), told or {}

    def body(self, lang: Lang) -> bytes:
        """The JSON text of the answer."""
        return problem_body(
            self.status, self.told.get(lang, in_language(self.detail, lang)), self.kind
        )


def no_such(what: str, id: str) -> RequestError:
    """Something that is not there: ``what`` is a word of the section ``thing``."""
    kind = OGC + f"no-such-{what}" if what in ("process", "job") else "about:blank"
    return RequestError(404, Notice("service.no_such", what=what, id=id), kind)


@contextmanager
def on_disk() -> Iterator[None]:
    """What is written meanwhile is kept for the asker: a disk that takes nothing is told to them.

    Raises:
        RequestError: 507 (RFC 4918), with the system's own words.
    """
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise RequestError(507, Notice("service.disk", why=why)) from error


def problem_body(
    status: int, detail: str, kind: str = "about:blank", faults: list[dict[str, Any]] | None = None
) -> bytes:
    """The JSON text."""
    record: dict[str, Any] = {
        "type": kind,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if faults is not None:
        record["faults"] = faults
    return json.dumps(record, ensure_ascii=False).encode()


def accepted(header: str) -> Lang:
    """The language of a request by its ``Accept-Language``: Chinese where it comes first, else
    English."""
    return "zh" if header.strip().lower().startswith("zh") else "en"


def language(request: Request) -> Lang:
    """Of whoever asks: ``?lang=``, else what their browser accepts."""
    told = request.query_params.get("lang")
    return accepted(told or request.headers.get("accept-language", ""))


Asked = Annotated[Lang, Depends(language)]
"""A route's parameter that is the asker's language."""


def of_error(error: SitingError, lang: Lang) -> bytes:
    """The body for an error of ours: bad input is the asker's, with all its faults."""
    faults = None
    if isinstance(error, InputError):
        faults = [{**asdict(fault), "text": fault.in_language(lang)} for fault in error.faults]
    return problem_body(400, error.in_language(lang), faults=faults)
