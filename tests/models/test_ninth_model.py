"""Adding a model: four files, and everything that knows models knows it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.rooms import ROOT
from tests.tools.town import write_town

NAME = "everyone_cover"
FORMULATION = '''\
"""everyone_cover: the cheapest outlets that cover everybody who can be, person by person.

    min    sum c[o] open[o] + sum c[s] opening[s,k]
    cover  sum_{o in N(i,t)} open[o] >= 1                    one row a person's place and target
           everything in siting.models.shared.opening, min_coverage
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from siting.models.shared.covering import add_covered, people_of_minima
from siting.models.shared.measuring import Ints, newly_covered, once, price_of, without_idle
from siting.models.shared.opening import add_price, begin, read_open, usable
from siting.models.traits import Traits
from siting.problem import Objective, Problem
from siting.solvers.program import Program

TRAITS = Traits(counts="price", coefficients=3)
read = read_open


def build(problem: Problem, objective: Objective) -> Program:
    """The program."""
    frame = begin(problem, "min", pay_openings=True)
    add_covered(frame, people_of_minima(problem))
    able = usable(problem)
    for t, target in enumerate(problem.targets):
        for point in np.flatnonzero((problem.value[:, t] > 0) & (target.weight_micro > 0)):
            near = np.zeros(problem.n_sites, bool)
            for site in range(problem.n_sites):
                begin_, end = problem.reach.start[site : site + 2]
                within = problem.reach.cost[begin_:end] <= target.limit
                near[site] = point in problem.reach.point[begin_:end][within]
            there = problem.serves[problem.kind, t] & near[problem.options.site]
            columns = np.flatnonzero(there)
            if (there & able).any():
                rows = np.zeros(len(columns), np.int64)
                frame.builder.add_rows("cover", 1, [(rows, columns, 1.0)], lower=1.0)
    return frame.builder.build(integral_objective=float(add_price(frame)))


def measure(
    problem: Problem, objective: Objective, options: Ints, tier: str | None = None
) -> Fraction | float:
    """Price of some options; infinite where somebody who can be covered is not."""
    everybody = np.flatnonzero(usable(problem))
    if newly_covered(problem, options, tier) < newly_covered(problem, everybody, tier):
        return float("inf")
    return price_of(problem, options)


def trim(problem: Problem, objective: Objective, options: Ints) -> Ints:
    """Without options whose people others cover as well and that no rule needs."""
    return without_idle(problem, options, lambda t: once(problem, t))
'''
WORDS = {
    "en": (
        "Outlets (or cost) so that everyone is near one",
        "outlets for everyone",
        "for everyone",
    ),
    "zh": ("人人可达所需网点（或费用）", "个人人可达的网点", "人人可达"),
}
JUDGE = "siting/verification/objectives.py"


def house_with_it(folder: Path) -> list[str]:
    """A copy of the package to which the ninth model is added; returns the files that differ."""
    for base in ("siting", "models"):
        for file in (ROOT / base).rglob("*"):
            compiled = {"__pycache__", ".nbi", ".nbc"} & {*file.parts, file.suffix}
            linked = file.relative_to(ROOT).parts[:2] == ("siting", "models")
            if file.is_file() and not compiled and not linked:
                copy = folder / file.relative_to(ROOT)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.symlink_to(file)
    (folder / "siting" / "models").symlink_to(folder / "models")
    (folder / "models" / f"{NAME}.py").write_text(FORMULATION, encoding="utf-8")
    judge = (ROOT / JUDGE).read_text(encoding="utf-8")
    row = '    "set_cover": Known("price"),\n'
    _replace(folder / JUDGE, judge.replace(row, f'{row}    "{NAME}": Known("price"),\n'))
    for lang, (objective, unit, called) in WORDS.items():
        file = folder / "siting" / "texts" / f"{lang}.json"
        words = json.loads(file.read_text(encoding="utf-8"))
        words["report"][f"objective_{NAME}"] = objective
        words["solve"]["unit"][NAME] = unit
        words["model"][NAME] = called
        _replace(file, json.dumps(words, ensure_ascii=False))
    return sorted(
        str(file.relative_to(folder))
        for file in folder.rglob("*")
        if file.is_file() and not file.is_symlink()
    )


def _replace(file: Path, text: str) -> None:
    assert text != file.read_text(encoding="utf-8")
    file.unlink()
    file.write_text(text, encoding="utf-8")


@pytest.mark.slow
def test_a_ninth_model_is_four_files(tmp_path: Path) -> None:
    """Where they are added, and nothing else is touched: the schema offers it, the command line
    takes, solves, judges and reports it in the reader's words, and choice of method, memory and
    feasibility go by its traits."""
    house = tmp_path / "house"
    changed = house_with_it(house)
    texts = [f"siting/texts/{lang}.json" for lang in WORDS]
    assert changed == sorted([f"models/{NAME}.py", JUDGE, *texts])
    town = write_town(tmp_path / "town")
    told = subprocess.run(
        [sys.executable, "-c", f"from {__name__} import as_a_stranger; as_a_stranger()", str(town)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_DISABLE_JIT": "1"},
        cwd=house,  # first on the path of a -c or -m, also of solvers in processes of their own
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines()[-1] == "known everywhere"


def as_a_stranger() -> None:
    """What the changed package says of the model; run in a process of its own."""
    import siting
    from siting.cli import main
    from siting.models import MODELS
    from siting.models.traits import traits_of
    from siting.problem import Objective
    from siting.scenario.schema.settings import json_schema_text
    from siting.solving.auto import choose
    from siting.solving.memory import least_gb, unmerged_gb

    town = Path(sys.argv[1])
    assert str(ROOT) not in siting.__file__ and NAME in MODELS
    assert (
        NAME in json.loads(json_schema_text())["$defs"]["Objective"]["properties"]["model"]["enum"]
    )

    # A scenario may ask for it, and what is asked is solved, as set_cover is.
    text = town.read_text(encoding="utf-8").replace("budget: 95000", "budget: 950000")
    text = text.replace("max_outlets: {total: 4}", "max_outlets: {total: 9}")
    town.write_text(f"{text}objective: {{model: {NAME}}}\n", encoding="utf-8")
    assert main(["check", str(town)]) == 0
    out = town.parent / "out"
    assert main(["solve", str(town), "--threads", "1", "--lang", "zh", "--out", str(out)]) == 0
    assert main(["verify", str(out)]) == 0
    page = (out / "report.html").read_text(encoding="utf-8")
    assert WORDS["zh"][0] in page and WORDS["en"][0] not in page
    record = json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert (record["model"], record["status"], record["method"]) == (NAME, "optimal", "highs")
    problem = siting.load(town).problem()
    assert siting.solve(problem, model="set_cover", threads=1).objective == record["objective"]

    # Traits, not names, decide.
    spec = Objective(NAME)
    assert traits_of(NAME).minimised and choose(problem, spec, "auto") == "highs"
    assert least_gb(problem, spec, 0.0) == 3 * unmerged_gb(problem)
    for method in ("city", "greedy", "benders"):
        try:
            siting.solve(problem, model=NAME, method=method)
        except siting.errors.ArgumentError as error:
            assert NAME in str(error)
        else:
            raise AssertionError(method)

    # What demands that all be covered may leave no plan; which rule is to blame is found.
    town.write_text(text.replace("{total: 9}", "{total: 1}"), encoding="utf-8")
    assert main(["solve", str(town), "--model", NAME, "--out", str(town.parent / "none")]) == 3
    shutil.rmtree(town.parent / "none", ignore_errors=True)
    print("known everywhere")
