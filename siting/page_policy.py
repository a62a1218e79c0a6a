"""What a page that opens from a file may run and load: its own scripts, by their hashes (Content
Security Policy Level 3, W3C), pictures inside it, and nothing else. A name that broke out of its
text would still be no program."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from typing import Any


def content_policy(*scripts: str) -> str:
    """The ``meta`` element of a page, to stand before its first style or script.

    Args:
        scripts: each inline script, to the letter between ``<script>`` and ``</script>``.
    """
    hashes = [b64encode(sha256(script.encode("utf-8")).digest()).decode() for script in scripts]
    may = " ".join(f"'sha256-{one}'" for one in hashes) or "'none'"
    rules = (
        f"default-src 'none'; script-src {may}; style-src 'unsafe-inline'; img-src data:; "
        "font-src data:; base-uri 'none'; form-action 'none'"
    )
    return f'<meta http-equiv="Content-Security-Policy" content="{rules}">'


def json_in_script(value: Any) -> str:
    """JSON that no name can break out of inside a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
