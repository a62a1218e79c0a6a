"""Coverage-guided fuzzing of our own readers: ``python -m tests.fuzz.coverage READER [OPTIONS]``.

OPTIONS are libFuzzer's: ``-max_total_time=60``, ``-runs=100000``, a folder of examples. Needs
atheris (extra ``fuzz``). Without a folder it begins with the file of the samples. An input that is
a find is left as ``crash-…`` where the command ran; put it, cleaned to its kind, into
``tests/fuzz/test_seeds.py``.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

BEGIN = {
    "document": ("csv", "scenario.yaml"),
    "csv": ("csv", "people.csv"),
    "xlsx": ("xlsx", "people.xlsx"),
    "geojson": ("geojson", "people.geojson"),
    "geotiff": ("tif", "people.tif"),
    "graphml": ("graphml", "walk.graphml"),
    "plan": ("plan", "plan.csv"),
    "ledger": ("plan", "ledger.csv"),
    "checkpoint": ("plan", "out.partial/incumbent.json"),
    "certificate": ("plan", "r/certificate.npz"),
}
"""Reader: the sample and its file to begin with."""


def examples(name: str, folder: Path) -> Path:
    """A folder with the sample's file."""
    from tests.fuzz.samples import SAMPLES

    kind, file = BEGIN[name]
    SAMPLES[kind].write(folder / "sample")
    corpus = folder / "corpus"
    corpus.mkdir()
    (corpus / "first").write_bytes((folder / "sample" / file).read_bytes())
    return corpus


def main(arguments: list[str]) -> int:
    """Fuzz one reader until libFuzzer ends."""
    try:
        import atheris
    except ImportError:
        print("tests.fuzz.coverage needs atheris: pip install siting[fuzz]", file=sys.stderr)
        return 2
    if not arguments or arguments[0] not in BEGIN:
        print(f"READER must be one of {', '.join(BEGIN)}", file=sys.stderr)
        return 2
    name, *options = arguments
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        if not any(not option.startswith("-") for option in options):
            options.append(str(examples(name, Path(folder))))
        fuzz: Any = atheris
        with fuzz.instrument_imports(include=["siting.files", "siting.scenario.document"]):
            for module in [one for one in sys.modules if one.startswith("siting.files")]:
                del sys.modules[module]  # the sample read it before it was instrumented
            from tests.fuzz.readers import target
        fuzz.Setup([f"fuzz-{name}", *options], target(name))
        fuzz.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
