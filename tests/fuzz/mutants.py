"""Does any file make the program fall over? ``python -m tests.fuzz.mutants --count N [--seed S]``.

Every sample of :mod:`tests.fuzz.samples` in turn is changed in one file and taken to one of its
commands: checked, solved, verified, reported, resumed. A find is: an internal error, an exit code
that the command does not have for bad input, a line over 300 characters or with a control
character, a library's warning that leaked, more than 30 s of a processor, a minute of one without
an end, 1 GB more memory, a process that died; and, where a scenario is solved, another answer to
"is this a scenario" than ``check`` gives. Same seed, same mutants.

Many mutants share a process; one that does not end, or ends it, costs that process alone.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

from tests.fuzz.mutation import mutated
from tests.fuzz.samples import SAMPLES, SOLVE, run

BATCH = 2500
MOST_SECONDS, MOST_GB, LONGEST = 30.0, 1.0, 300
PATIENCE, WARM_UP = 60.0, 900.0
"""Seconds of a processor without a mutant done, and for what a new process compiles, before it is
ended: of a processor, for others may use the machine too."""
SLEEP = 1200.0
"""Seconds asleep without one; waiting for a processor that others have is no sleep."""
AGREED = 0.2
"""Share of solved scenarios that are checked too."""
DATA_BYTES = 6_000_000_000
KINDS = tuple(SAMPLES)


def judged(folder: Path, command: tuple[str, ...], codes: tuple[int, ...]) -> list[str]:
    """What is wrong with how a command takes what lies in a folder; empty when nothing is."""
    begun = time.process_time()
    with warnings.catch_warnings(record=True) as leaked:
        warnings.simplefilter("always")
        code, out, err = run(folder, command)
    finds = [f"warning leaked: {one.category.__name__}: {one.message}" for one in leaked]
    said = err.splitlines()
    if code not in codes or "internal error" in err:
        finds.append(f"exit {code}: {said[-1] if said else ''}")
    for line in (*said, *(out.splitlines() if command[0] != "explain" else ())):
        plain = line.replace(str(folder), "")
        if len(plain) > LONGEST:
            finds.append(f"{len(plain)} characters: {plain[:80]}")
        if any(ord(sign) < 32 and sign != "\t" for sign in line):
            finds.append(f"control character: {line!r}")
    if time.process_time() - begun > MOST_SECONDS:
        finds.append(f"{time.process_time() - begun:.0f} s")
    return finds


def _agree(folder: Path, command: tuple[str, ...]) -> list[str]:
    """Whether ``check`` and ``solve`` call the same files a scenario."""
    checked, _, first = run(folder, ("check", "@scenario.yaml"))
    solved, _, second = run(folder, command)
    if (checked == 2) == (solved == 2):
        return []
    said = (first if checked == 2 else second).splitlines()
    return [f"check ends with {checked}, solve with {solved}: {said[0] if said else ''}"]


def mutant(number: int, base: Path, root: Path) -> tuple[str, str, list[str]]:
    """Make one, run it: its kind, the file that was changed, and the finds."""
    draw = random.Random(number)
    kind = KINDS[number % len(KINDS)]
    sample = SAMPLES[kind]
    folder = root / "m"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(base / kind, folder)
    victim = draw.choice(sorted(p for p in folder.rglob("*") if p.match(sample.victims)))
    if victim.is_dir():
        victim = draw.choice(sorted(victim.iterdir()))
    victim.write_bytes(mutated(victim.read_bytes(), draw))
    command = draw.choice(sample.commands)
    finds = judged(folder, command, sample.codes)
    if command[: len(SOLVE) - 2] == SOLVE[:-2] and sample.victims == "*" and draw.random() < AGREED:
        finds += _agree(folder, command)
    return kind, victim.relative_to(folder).as_posix(), [f"{command[0]}: {one}" for one in finds]


def batch(base: Path, seed: int, count: int) -> None:
    """Run mutants one by one in this process; a line of JSON each on the real output."""
    resource.setrlimit(resource.RLIMIT_DATA, (DATA_BYTES, DATA_BYTES))
    told = os.fdopen(os.dup(1), "w", buffering=1)
    with tempfile.TemporaryDirectory() as root:
        for kind in KINDS:  # what is loaded and compiled once is no mutant's doing
            folder = Path(root) / "m"
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(base / kind, folder)
            for command in dict.fromkeys(SAMPLES[kind].commands):
                code, _, err = run(folder, command)
                assert code in (0, 1), (kind, command, err)
        used = _peak_gb()
        print(json.dumps({"ready": True}), file=told)
        for number in range(seed, seed + count):
            kind, file, finds = mutant(number, base, Path(root))
            now = _peak_gb()
            if now - used > MOST_GB:
                finds.append(f"{now - used:.1f} GB more")
            used = max(used, now)
            line = {"seed": number, "kind": kind, "file": file, "finds": finds}
            print(json.dumps(line), file=told)


def _peak_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def write_samples(base: Path) -> None:
    """All samples, each in the folder of its name."""
    for kind, sample in SAMPLES.items():
        (base / kind).mkdir(parents=True)
        sample.write(base / kind)


def watched(
    base: Path, seed: int, count: int, until: float, log: Path | None = None
) -> list[dict[str, Any]]:
    """The lines of a batch; a mutant that ends the process, or none, is a find of its own."""
    command = [sys.executable, "-m", "tests.fuzz.mutants", "--batch", str(base)]
    command += ["--seed", str(seed), "--count", str(count)]
    lines: list[dict[str, Any]] = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as child:
        heard: Queue[str] = Queue()
        assert child.stdout is not None and child.stderr is not None
        reader = Thread(target=_hand_on, args=(child.stdout, heard), daemon=True)
        errors: Queue[str] = Queue()
        Thread(target=_hand_on, args=(child.stderr, errors), daemon=True).start()
        reader.start()
        patience, why, last = WARM_UP, "", (time.monotonic(), 0.0, 0.0)
        while len(lines) < count and time.monotonic() < until:
            try:
                line = heard.get(timeout=2)
            except Empty:
                spent = _processor_seconds(child.pid) - last[1]
                queued = _queued_seconds(child.pid) - last[2]
                if spent < patience and time.monotonic() - last[0] - queued < SLEEP:
                    continue
                why = f"no end in {spent:.0f} s of a processor"
                break
            last = time.monotonic(), _processor_seconds(child.pid), _queued_seconds(child.pid)
            if not line:
                said = [text for text in list(errors.queue) if text.strip()][-1:]
                why = f"the process ended with {child.wait()}: {''.join(said).strip()[:150]}"
                break
            patience = PATIENCE
            if "seed" in (told := json.loads(line)):
                lines.append(told)
                if log is not None:
                    with log.open("a", encoding="utf-8") as file:
                        file.write(line)
        child.kill()
    if why:
        number = seed + len(lines)
        kind = KINDS[number % len(KINDS)]
        lines.append({"seed": number, "kind": kind, "file": "", "finds": [why]})
    return lines


def _processor_seconds(pid: int) -> float:
    """That a process has used (Linux; proc(5), fields 14 and 15 of stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _queued_seconds(pid: int) -> float:
    """That a process's first thread could have run and had no processor (Linux; second field of
    schedstat, nanoseconds)."""
    return int(Path(f"/proc/{pid}/schedstat").read_text("utf-8").split()[1]) / 1e9


def _hand_on(stream: Any, to: Queue[str]) -> None:
    for line in stream:
        to.put(line)
    to.put("")


def main(arguments: list[str] | None = None) -> int:
    """Run batches, print the finds by kind; exit code 1 where there are any."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="end after so many")
    parser.add_argument("--log", type=Path, help="append a line of JSON a mutant")
    parser.add_argument("--batch", type=Path, help="(one batch on samples that are written)")
    given = parser.parse_args(arguments)
    if given.batch:
        batch(given.batch, given.seed, given.count)
        return 0
    begun = time.monotonic()
    until = begun + 60 * given.minutes
    done: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "samples"
        write_samples(base)
        while len(done) < given.count and time.monotonic() < until:
            size = min(BATCH, given.count - len(done))
            done += watched(base, given.seed + len(done), size, until, given.log)
    finds = [{**line, "find": find} for line in done for find in line["finds"]]
    print(f"{len(done)} mutants, {len(finds)} finds, {time.monotonic() - begun:.0f} s")
    kinds = Counter(one["find"][:60] for one in finds)
    for kind, n in kinds.most_common():
        first = next(one for one in finds if one["find"].startswith(kind))
        print(f"{n:5}  {first['seed']:6} {first['kind']:10} {first['file']}  {first['find'][:200]}")
    return int(bool(finds))


if __name__ == "__main__":
    sys.exit(main())
