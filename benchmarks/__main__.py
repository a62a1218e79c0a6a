"""``python -m benchmarks NAME [options]``: runs ``main(arguments)`` of ``benchmarks/NAME.py``.

A benchmark is a module of this package that defines ``main(arguments: list[str]) -> int``.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path


def names() -> list[str]:
    """Modules that define a ``main``, found without importing them."""
    files = sorted(Path(__file__).parent.glob("[a-z]*.py"))
    return [f.stem for f in files if "\ndef main(" in f.read_text(encoding="utf-8")]


def main(arguments: list[str]) -> int:
    """Dispatch; exit code 2 for a name that is none."""
    known = names()
    if not arguments or arguments[0] not in known:
        print(f"usage: python -m benchmarks {{{','.join(known)}}} [options]", file=sys.stderr)
        return 2
    result: int = import_module(f"benchmarks.{arguments[0]}").main(arguments[1:])
    return result


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
