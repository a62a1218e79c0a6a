"""Which test holds what is promised of the desk: ``python -m tests.tools.desk_tables`` writes
docs/desk-tests.md, of the docstrings of the tests.

A test of OGC API - Processes begins its docstring with the identifiers of the abstract tests it
carries out; a test of the desk's security with the number of the promise in :data:`PROMISES`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.tools.rooms import ROOT

PAGE = ROOT / "docs" / "desk-tests.md"
CONF = re.compile(r"/conf/[a-z0-9-]+/[A-Za-z0-9-]+")
SECURITY = re.compile(r"\(security (\d+(?:, \d+)*)\)")
ABSTRACT = {
    "core": "http landingpage-op landingpage-success api-definition-op api-definition-success "
    "conformance-op conformance-success process-list process-list-op process-list-success "
    "pl-limit-definition pl-limit-response pl-links process-description "
    "process-description-success process-exception-no-such-process process-execute-op "
    "process-execute-request process-execute-inputs process-execute-input-inline "
    "process-execute-input-array process-execute-input-inline-object "
    "process-execute-input-inline-mixed process-execute-input-inline-binary "
    "process-execute-input-inline-bbox process-execute-input-ref process-execute-input-validation "
    "process-execute-default-execution-mode process-execute-auto-execution-mode "
    "process-execute-default-outputs process-execute-sync-raw-value-one "
    "process-execute-sync-raw-value-multi process-execute-sync-raw-ref "
    "process-execute-sync-raw-mixed-multi process-execute-sync-document "
    "process-execute-success-async process-execute-success-header-async job-op job-success "
    "job-exception-no-such-job job-results job-results-sync job-results-success "
    "job-results-async-raw-value-one job-results-async-raw-value-multi job-results-async-raw-ref "
    "job-results-async-raw-mixed-multi job-results-async-document "
    "job-results-exception-results-not-ready job-results-failed",
    "ogc-process-description": "json-encoding inputs-def input-def input-mixed-type outputs-def "
    "output-def output-mixed-type",
    "json": "definition content",
    "oas30": "completeness exceptions-codes oas-definition-1 oas-definition-2 oas-impl security",
    "job-list": "job-list-op job-list-success links limit-definition limit-response "
    "processID-mandatory processID-definition processID-response type-definition type-response "
    "status-definition status-response datetime-definition datetime-response duration-definition "
    "duration-response",
    "dismiss": "job-dismiss-op job-dismiss-success",
}
"""Abstract tests of the classes that are declared, as OGC 18-062r2 names them."""
PROMISES = {
    1: "Listens on the loopback address alone; any other host name or port is refused",
    2: "Nothing without the token, pages and events included; it leaves the address at once",
    3: "A change by cookie needs our own origin and a header; bodies of known kinds only; no CORS",
    4: "Headers of every answer; stored reports in a sandbox",
    5: "Uploads: names, links, counts, sizes, ratios; nothing stays of what was refused; a "
    "scenario that was sent reads nothing outside its folder",
    6: "Files from a fixed list of names",
    7: "Limits: bodies, changes, open desks, waiting jobs, seconds",
    8: "What the page shows is text, never markup",
    9: "Logs carry no token; refusals tell no path; the interface's description needs the token",
    10: "Names that resolve here, pages of other ports, slow senders and many listeners",
}
"""What is promised of whoever asks the service."""


def tests() -> Iterator[tuple[str, str]]:
    """(name, docstring) of every test of the service, name with its file."""
    for file in sorted((ROOT / "tests" / "service").glob("test_*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield f"{file.name}::{node.name}", ast.get_docstring(node) or ""


def carried_out() -> dict[str, list[str]]:
    """Abstract test -> tests that name it."""
    found: dict[str, list[str]] = {}
    for name, told in tests():
        for id in CONF.findall(told):
            found.setdefault(id, []).append(name)
    return found


def kept() -> dict[int, list[str]]:
    """Promise -> tests that name it."""
    found: dict[int, list[str]] = {number: [] for number in PROMISES}
    for name, told in tests():
        for numbers in SECURITY.findall(told):
            for number in numbers.split(", "):
                found[int(number)].append(name)
    return found


def identifiers() -> list[str]:
    """All abstract tests, in the order of the classes."""
    return [f"/conf/{group}/{name}" for group, names in ABSTRACT.items() for name in names.split()]


def page() -> str:
    """The document."""
    found, held = carried_out(), kept()
    lines = [
        "# What holds the desk's promises",
        "",
        "Made by `python -m tests.tools.desk_tables` of the tests' docstrings; all of them lie in",
        "`tests/service`. The official test suite of OGC (TEAM Engine) is no package that can be",
        "installed here; these are its abstract tests (18-062r2, Annex A) written as ours.",
        "",
        "## Security",
        "",
        "| Promise | Tests |",
        "|---|---|",
        *(f"| {PROMISES[n]} | {_told(names)} |" for n, names in held.items()),
        "",
        "## OGC API - Processes, Part 1: Core, 1.0",
        "",
        "Where a request names no `response`, the answer is the document (the standard's schema",
        "would have `raw`); both are given where they are asked for.",
        "",
        "| Abstract test | Test |",
        "|---|---|",
        *(f"| `{id}` | {_told(found.get(id, []))} |" for id in identifiers()),
        "",
    ]
    return "\n".join(lines)


def _told(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


def main(file: Path = PAGE) -> None:
    """Write it."""
    file.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
