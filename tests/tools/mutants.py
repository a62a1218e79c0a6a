"""Does any file make the program fall over? ``python -m tests.tools.mutants --count N [--seed S]``.

A small town with a layer in every format is changed in one place of one file (bytes flipped, a
piece removed, doubled, replaced by something nasty, the end cut off) and checked, in a process of
its own for each batch. A find is: an internal error, an exit code other than 0 and 2, a message
over 300 characters or with a control character, a library's warning that leaked, a check that
takes over 30 s or more than 1 GB, a process that died. Same seed, same mutants.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

import geopandas as gpd
import pandas as pd

from siting.cli import main as siting
from tests.tools.town import SCENARIO, write_town

BATCH = 50
MOST_SECONDS, MOST_GB, LONGEST = 30.0, 1.0, 300
NASTY = (
    b"",
    b"NaN",
    b"inf",
    b"-1",
    b"0",
    b"1e308",
    b"9" * 40,
    b"null",
    b"true",
    b"\x00",
    b"\xff\xfe",
    b"\x1b[2J",
    b"=1+1",
    b"'",
    b'"',
    b",,,",
    b"\n\n",
    b"{",
    b"]",
    b"&a",
    b"*a",
    b"<<: *a",
    b"!!x",
    b"../../../etc/hostname",
    b"http://127.0.0.1:9/x",
    b"\xe6\x9d",
    b"EPSG:0",
    b"- ",
    b": ",
    "\u202e".encode(),
    "　".encode("gb18030"),
    b"<!DOCTYPE a>",
    b"2024-13-45",
    b"1,5",
)
NAMES = ("people", "premises", "outlets")
KINDS = ("csv", "xlsx", "geojson", "gpkg", "parquet", "shp", "graphml", "osm", "lines")


def write(folder: Path, kind: str) -> Path:
    """The town with its layers (or its network) of one kind; returns the scenario file."""
    file = write_town(folder)
    if kind == "csv":
        return file
    if kind in ("graphml", "osm", "lines"):
        return _with_network(file, kind)
    text = SCENARIO
    for name in NAMES:
        table = pd.read_csv(folder / f"{name}.csv", dtype={"id": str})
        path = folder / f"{name}.{kind}"
        if kind == "xlsx":
            table.to_excel(path, index=False)
        else:
            points = gpd.GeoDataFrame(
                table, geometry=gpd.points_from_xy(table["x"], table["y"]), crs="EPSG:4547"
            ).drop(columns=["x", "y"])
            if kind == "geojson":
                points.to_crs("EPSG:4326").to_file(path)
            elif kind == "parquet":
                points.to_parquet(path)
            else:
                points.to_file(path)
            text = text.replace("  x: x\n  y: y\n  crs: EPSG:4547\n", "").replace(
                "x: x, y: y, crs: EPSG:4547, ", ""
            )
        text = text.replace(f"{name}.csv", f"{name}.{kind}")
        (folder / f"{name}.csv").unlink()
    file.write_text(text, encoding="utf-8")
    return file


def _with_network(file: Path, kind: str) -> Path:
    """Walking along one street of the town, in a format of networks."""
    from shapely import LineString, Point

    at = [(500000.0 + 100 * k, 3780000.0 + (k % 2)) for k in range(20)]
    spots = gpd.GeoSeries([Point(xy) for xy in at], crs="EPSG:4547").to_crs("EPSG:4326")
    places = [(round(p.x, 7), round(p.y, 7)) for p in spots]
    if kind == "osm":
        nodes = "".join(
            f'<node id="{k + 1}" lat="{y}" lon="{x}" version="1"/>'
            for k, (x, y) in enumerate(places)
        )
        refs = "".join(f'<nd ref="{k + 1}"/>' for k in range(len(places)))
        tag = '<tag k="highway" v="footway"/>'
        text = f'<osm version="0.6">{nodes}<way id="1" version="1">{refs}{tag}</way></osm>'
        (file.parent / "walk.osm").write_text(text, encoding="utf-8")
        name = "walk.osm"
    elif kind == "graphml":
        keys = (
            "".join(
                f'<key id="{k}" for="{f}" attr.name="{k}" attr.type="string"/>'
                for k, f in (("x", "node"), ("y", "node"), ("length", "edge"))
            )
            + '<key id="crs" for="graph" attr.name="crs" attr.type="string"/>'
        )
        nodes = "".join(
            f'<node id="{k}"><data key="x">{x}</data><data key="y">{y}</data></node>'
            for k, (x, y) in enumerate(places)
        )
        edges = "".join(
            f'<edge source="{k}" target="{k + 1}"><data key="length">100.1</data></edge>'
            for k in range(len(places) - 1)
        )
        head = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
        crs = '<data key="crs">EPSG:4326</data>'
        text = f'{head}{keys}<graph edgedefault="directed">{crs}{nodes}{edges}</graph></graphml>'
        (file.parent / "walk.graphml").write_text(text, encoding="utf-8")
        name = "walk.graphml"
    else:
        lines = [LineString(at[k : k + 2]) for k in range(len(at) - 1)]
        gpd.GeoDataFrame(geometry=lines, crs="EPSG:4547").to_file(file.parent / "walk.gpkg")
        name = "walk.gpkg"
    travel = f"travel: {{mode: network, network: {name}, speed_m_per_s: 1.2}}"
    text = SCENARIO.replace("travel: {mode: euclidean, detour: 1.0}", travel)
    file.write_text(text, encoding="utf-8")
    return file


def mutated(raw: bytes, draw: random.Random) -> bytes:
    """The bytes, changed in one to three places."""
    data = bytearray(raw)
    for _ in range(draw.randint(1, 3)):
        at = draw.randrange(len(data) + 1)
        size = draw.choice((1, 2, 8, 40))
        how = draw.randrange(6)
        if how == 0 and data:
            data[at % len(data)] ^= 1 << draw.randrange(8)
        elif how == 1:
            del data[at : at + size]
        elif how == 2:
            data[at:at] = data[at : at + size] * draw.choice((1, 2, 50))
        elif how == 3:
            data[at : at + size] = draw.choice(NASTY)
        elif how == 4:
            data[at:at] = draw.choice(NASTY)
        elif draw.random() < 0.2:
            del data[at:]
        else:
            _other_word(data, draw)
    return bytes(data)


def _other_word(data: bytearray, draw: random.Random) -> None:
    """A cell, number or word of a text, replaced by something nasty."""
    words = list(re.finditer(rb"[A-Za-z0-9_.\-]+", bytes(data[:100_000])))
    if words:
        one = draw.choice(words)
        data[one.start() : one.end()] = draw.choice(NASTY)


def checked(file: Path) -> list[str]:
    """What is wrong with how ``siting check`` takes a scenario; empty when nothing is."""
    out, err = io.StringIO(), io.StringIO()
    begun = time.monotonic()
    with (
        warnings.catch_warnings(record=True) as leaked,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        warnings.simplefilter("always")
        code = siting(["check", str(file)])
    finds = [f"warning leaked: {one.category.__name__}: {one.message}" for one in leaked]
    said = err.getvalue().splitlines()
    if code not in (0, 2):
        finds.append(f"exit {code}: {said[-1] if said else ''}")
    for line in (*said, *out.getvalue().splitlines()):
        if "internal error" in line and code in (0, 2):
            finds.append(line)
        plain = line.replace(str(file.parent), "")
        if len(plain) > LONGEST:
            finds.append(f"{len(plain)} characters: {plain[:80]}")
        if any(ord(sign) < 32 and sign != "\t" for sign in line):
            finds.append(f"control character: {line!r}")
    if time.monotonic() - begun > MOST_SECONDS:
        finds.append(f"{time.monotonic() - begun:.0f} s")
    return finds


def batch(seed: int, count: int) -> list[dict[str, object]]:
    """The finds among some mutants, one by one, in this process."""
    found: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as root:
        base = {kind: write(Path(root) / kind, kind) for kind in KINDS}
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        for number in range(seed, seed + count):
            draw = random.Random(number)
            kind = KINDS[number % len(KINDS)]
            folder = Path(root) / "mutant"
            shutil.copytree(base[kind].parent, folder)
            victim = draw.choice(sorted(folder.iterdir()))
            victim.write_bytes(mutated(victim.read_bytes(), draw))
            print(number, flush=True, file=sys.__stderr__)
            finds = checked(folder / "scenario.yaml")
            now = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
            if now - used > MOST_GB:
                finds.append(f"{now - used:.1f} GB more")
            used = max(used, now)
            found += [
                {"seed": number, "kind": kind, "file": victim.name, "find": one} for one in finds
            ]
            shutil.rmtree(folder)
    return found


def main(arguments: list[str] | None = None) -> int:
    """Run batches, print the finds by kind; exit code 1 where there are any."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="end after so many")
    parser.add_argument("--batch", action="store_true", help="(one batch, finds as JSON)")
    given = parser.parse_args(arguments)
    if given.batch:
        print(json.dumps(batch(given.seed, given.count)))
        return 0
    begun, done = time.monotonic(), 0
    finds: list[dict[str, object]] = []
    while done < given.count and time.monotonic() - begun < 60 * given.minutes:
        size = min(BATCH, given.count - done)
        command = [sys.executable, "-m", "tests.tools.mutants", "--batch"]
        command += ["--seed", str(given.seed + done), "--count", str(size)]
        try:
            ran = subprocess.run(
                command, capture_output=True, text=True, timeout=60 + size * 4, check=False
            )
            last = ran.stderr.split()[-1:]
            if ran.returncode:
                finds.append({"seed": last, "find": f"process ended with {ran.returncode}"})
            else:
                finds += json.loads(ran.stdout.splitlines()[-1])
        except subprocess.TimeoutExpired:
            finds.append({"seed": given.seed + done, "find": "the batch did not end"})
        done += size
    kinds = Counter(str(one["find"])[:60] for one in finds)
    print(f"{done} mutants, {len(finds)} finds, {time.monotonic() - begun:.0f} s")
    for kind, n in kinds.most_common():
        example = next(one for one in finds if str(one["find"]).startswith(kind))
        print(f"{n:5}  {kind}  {example}")
    return int(bool(finds))


if __name__ == "__main__":
    sys.exit(main())
