"""The API reference, built from the docstrings: ``sphinx-build -n -W docs/api out/api``."""

from __future__ import annotations

from typing import Any

import siting

project = "Siting"
release = siting.__version__
copyright = "the authors of Siting, MIT licence"
extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
html_theme = "alabaster"
html_theme_options = {"description": siting.__doc__.splitlines()[0], "fixed_sidebar": True}

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True, "show-inheritance": False}
autodoc_preserve_defaults = True
autodoc_class_signature = "separated"  # results are handed out, not made
napoleon_numpy_docstring = False

nitpick_ignore_regex = [
    (r"py:.*", r"(?!siting\b).*"),
    (r"py:class", r"siting\.scenario\.(schema|formats|document)\..*"),
]
"""Other libraries are not linked to, so that the build needs no network; what a Scenario is made of
is told by ``siting/scenario/KEYS.md``."""


def as_text(app: Any, what: str, name: str, value: Any, options: Any, lines: list[str]) -> None:
    """Napoleon takes ``word: text`` below a value for its type; with a line before it, for text."""
    if what in ("attribute", "property", "data"):
        lines.insert(0, "\\ ")


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", as_text, priority=400)
