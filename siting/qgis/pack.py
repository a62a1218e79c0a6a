"""The provider as a zip for QGIS's plugin manager, or copied into a profile."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import siting
from siting.complete_files import complete_file, complete_folder, make_folder
from siting.errors import Fault, InputError
from siting.notice import Notice
from siting.scenario.formats.catalogue import load_catalogue

NAME = "siting_processing"
SOURCE = Path(__file__).parent / NAME
FORMATS = "formats.json"
CATALOGUE = "cn-2025"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""Of every entry, so that the same version is the same zip."""


def pack(file: Path) -> Path:
    """Write the zip that *Plugins > Install from ZIP* takes; returns its path."""
    with complete_file(file) as fresh, zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in contents():
            made.writestr(zipfile.ZipInfo(f"{NAME}/{name}", EPOCH), data)
    return file


def install(plugins: Path | None = None) -> Path:
    """Copy the provider into a profile's plugin folder; returns where it is.

    Args:
        plugins: ``…/python/plugins`` of a profile; None = that of the default profile.

    Raises:
        InputError: no profile is there; QGIS makes one when it is first started.
    """
    plugins = plugins or default_plugins(sys.platform, os.environ)
    if not plugins.parent.parent.is_dir():
        hint = Notice("qgis.start_once")
        raise InputError(
            Fault(str(plugins), Notice("qgis.in_profile"), Notice("fault.none"), hint=hint)
        )
    make_folder(plugins)
    with complete_folder(plugins / NAME) as folder:
        for name, data in contents():
            (folder / name).write_bytes(data)
    return plugins / NAME


def default_plugins(platform: str, environment: Mapping[str, str]) -> Path:
    """Plugin folder of QGIS's default profile, by system."""
    if platform == "win32":
        base = Path(environment.get("APPDATA", "~")).expanduser() / "QGIS"
    elif platform == "darwin":
        base = Path("~/Library/Application Support/QGIS").expanduser()
    else:
        data = environment.get("XDG_DATA_HOME") or "~/.local/share"
        base = Path(data).expanduser() / "QGIS"
    found = [base / version for version in ("QGIS4", "QGIS3") if (base / version).is_dir()]
    return (found or [base / "QGIS3"])[0] / "profiles" / "default" / "python" / "plugins"


def contents() -> Iterator[tuple[str, bytes]]:
    """Every file of the provider, with this version and the catalogue's formats."""
    for file in sorted(SOURCE.glob("*.*")):
        data = file.read_bytes()
        if file.name == "metadata.txt":
            data = data.replace(b"{version}", siting.__version__.encode())
        yield file.name, data
    formats = [
        {"id": format.id, "zh": format.zh, "en": format.en}
        for format in load_catalogue(CATALOGUE).formats.values()
        if format.walking
    ]
    yield FORMATS, json.dumps(formats, ensure_ascii=False, indent=1).encode()
