"""What the framework refuses by itself is told in the asker's language, as what we refuse is."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

CHINESE = {"Accept-Language": "zh-CN,en;q=0.5"}


@pytest.mark.parametrize(
    ("method", "path", "status", "english", "chinese"),
    [
        ("GET", "/api/none", 404, "there is nothing at /api/none", "/api/none 处没有内容"),
        ("PUT", "/api/texts", 405, "PUT is not offered at /api/texts", "/api/texts 不支持 PUT"),
        ("GET", "/jobs?limit=x", 400, "must be a whole number", "须为整数"),
        ("GET", "/jobs?limit=0", 400, "must be >= 1", "须 >= 1"),
        ("GET", "/api/compare?a=1", 400, "query.b: is required", "query.b：必须填写"),
    ],
)
def test_the_frameworks_own_refusals(
    client: TestClient, method: str, path: str, status: int, english: str, chinese: str
) -> None:
    """A path, a method, a value: status and sentence, in both languages."""
    for headers, wanted in (({}, english), (CHINESE, chinese)):
        answer = client.request(method, path, headers=headers)
        assert answer.status_code == status
        assert wanted in answer.json()["detail"]


def test_every_value_that_is_wrong_is_told(client: TestClient) -> None:
    """All at once, each with its place, a body's too."""
    body = {"time_limit": "soon", "gap": [], "process": 7}
    answer = client.post("/api/jobs", json=body, headers=CHINESE)
    told = answer.json()["detail"].splitlines()
    assert answer.status_code == 400 and len(told) == 4
    assert all("须" in line for line in told)
    broken = client.post(
        "/api/jobs", content="{", headers={**CHINESE, "Content-Type": "application/json"}
    )
    assert broken.status_code == 400 and "JSON" in broken.json()["detail"]
