"""Languages that people read a scenario's results in."""

from __future__ import annotations

LANGUAGES = {"zh": ("中文",), "en": ("English",)}
"""Of texts for people, with what they call themselves."""
