"""Texts in Chinese and English, by the language QGIS speaks."""

import json
from pathlib import Path

from qgis.PyQt.QtCore import QSettings

WORDS = json.loads((Path(__file__).parent / "texts.json").read_text(encoding="utf-8"))


def lang():
    """``zh`` or ``en``."""
    return "zh" if str(QSettings().value("locale/userLocale", "en")).startswith("zh") else "en"


def tr(key):
    """A text in that language."""
    return WORDS[lang()][key]
