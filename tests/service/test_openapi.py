"""The interface is what its description says, for whoever sends whatever the description allows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.testclient import TestClient

from siting.service.app import Service, make_app
from siting.service.desks import Desks
from siting.service.jobs import Jobs
from siting.service.shelf import Shelf
from tests.service.conftest import PORT, TOKEN, town
from tests.tools.depth import examples

EXAMPLES = 8
"""Requests of each route; ``python -m tests.fuzz.api`` sends more."""


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service with the town on its shelf, whose jobs are taken and never begun."""
    place = tmp_path_factory.mktemp("fuzzed")
    town(place / "shelf" / "town")
    jobs = Jobs(place / "jobs")
    jobs.close()
    service = Service(Shelf((place / "shelf",), place), Desks(), jobs, "en")
    client = TestClient(make_app(service, PORT, TOKEN), base_url=f"http://127.0.0.1:{PORT}")
    client.headers["authorization"] = f"Bearer {TOKEN}"
    yield client


def test_the_description_is_openapi(ask: TestClient) -> None:
    """Valid by the 3.1 schema, and every refusal that a route has is told in it."""
    document = ask.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert "default" in operation["responses"], f"{method} {path}"


@pytest.mark.slow
def test_no_request_is_our_fault(ask: TestClient) -> None:
    """Whatever schemathesis makes of the description: never a status of 500 and more, never an
    answer of a kind that is not described, and every refusal is a problem of RFC 7807."""
    pytest.importorskip("schemathesis")
    import schemathesis
    from hypothesis import given

    document = ask.get("/openapi.json").json()
    schema = schemathesis.openapi.from_dict(document)
    sent = 0
    for operation in schema.get_all_operations():
        case_of = cast(Any, operation).ok().as_strategy()

        @examples(EXAMPLES)
        @given(case_of)
        def tried(case: Any) -> None:
            nonlocal sent
            sent += 1
            if case.path.endswith("/events"):
                return  # those of a job that is there would never end
            answer = ask.request(**request_of(case))
            told = f"{case.method} {case.formatted_path}: {answer.status_code} {answer.text[:300]}"
            assert answer.status_code < 500, told
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == "application/problem+json", told
                assert answer.json()["status"] == answer.status_code, told

        tried()
    assert sent > 100


def request_of(case: Any) -> dict[str, Any]:
    """A generated case as this client sends it."""
    made = case.as_transport_kwargs(base_url=f"http://127.0.0.1:{PORT}")
    known = ("method", "url", "headers", "params", "json", "data", "files", "content", "cookies")
    found = {name: value for name, value in made.items() if name in known and value is not None}
    found.pop("cookies", None)
    return found
