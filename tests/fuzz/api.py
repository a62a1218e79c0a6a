"""``python -m tests.fuzz.api [EXAMPLES]``: schemathesis upon a running service.

Every route of ``/openapi.json`` is sent requests that its description allows and some that it does
not, alone and in chains; answers must be of the kinds and statuses described. Read the exit code:
0, nothing was found.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from tests.service.conftest import TOKEN, town
from tests.tools.desk_story import serving

EXAMPLES = 50
NOT_ASKED = "/api/jobs/{id}/events"
"""Answers for as long as a job lives."""
SETTINGS = """
[checks.negative_data_rejection]
# Beside what it takes for a refusal by itself: a body or a list over the limit, another kind.
expected-statuses = [400, 401, 403, 404, 406, 409, 413, 415, 422, 428]

[[operations]]
# A query's null is the text "null", which is as good a process as any other that has no jobs.
include-path = "/jobs"
checks.negative_data_rejection.enabled = false
"""


def main(examples: int) -> int:
    """Run it against a service of its own with a small town on its shelf."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        town(place / "shelf" / "town")
        (place / "schemathesis.toml").write_text(SETTINGS, encoding="utf-8")
        with serving(place) as address:
            parts = urlsplit(address)
            command = [sys.executable, "-m", "schemathesis.cli", "run"]
            command += [f"{parts.scheme}://{parts.netloc}/openapi.json"]
            command += ["-H", f"Authorization: Bearer {TOKEN}", "--max-examples", str(examples)]
            command += ["--exclude-path", NOT_ASKED, "--seed", "1", "--no-color"]
            # A token that is left out or wrong is tried by tests/service/test_guard.py; methods
            # that are not offered answer 405 by test_ogc.py. What a schema allows may be refused:
            # an upload that is no scenario, one of two ids that must be there.
            unasked = ("ignored_auth", "unsupported_method", "positive_data_acceptance")
            command += ["--exclude-checks", ",".join(unasked)]
            return subprocess.run(command, check=False, cwd=place).returncode


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLES))
