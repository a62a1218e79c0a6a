"""A model is described in its own file, and nothing else in the package knows it by name."""

from __future__ import annotations

import ast
import sys
from inspect import signature
from pathlib import Path
from types import ModuleType

import pytest

from siting import solve, verify
from siting.errors import ArgumentError
from siting.models import MODELS, set_cover
from siting.models.traits import Traits, _declared, models_that, module_of, traits_of
from siting.problem import Model, Objective
from siting.solving import arguments
from siting.solving.auto import choose
from siting.texts.catalogue import texts
from siting.texts.words import LANGS, Lang, Words
from siting.verification.objectives import KNOWN, Known
from tests.tools.examples import example
from tests.tools.rooms import ROOT, modules

MAY_NAME = {
    "siting/problem/objective.py": "the default",
    "siting/verification/objectives.py": "what the judge knows of each, by itself",
    "siting/demo/writing.py": "a scenario's file is written",
    "siting/analysis/kpis/completeness.py": "complete_circle is a key figure's name too",
    "siting/scenario/schema/goals.py": "the same, as what a goal is set for",
    "siting/analysis/kpis/grades.py": "and a condition's of a grade",
    "siting/scenario/formats/catalogue.py": "and in the catalogue's table of grades",
    "models/max_cover.py": "it becomes capacitated_cover where capacity is respected",
}


def literals(file: Path) -> set[str]:
    """Texts in a file's code, docstrings left out."""
    tree = ast.parse(file.read_text("utf-8"))
    told = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in told
    }


def test_no_file_names_a_model_but_those_that_a_new_one_touches() -> None:
    """So a ninth model needs no search for tuples of names; a permission nobody uses goes."""
    named = {
        str(file.relative_to(ROOT)) for file in modules().values() if literals(file) & set(MODELS)
    }
    assert named == set(MAY_NAME)


@pytest.mark.parametrize("model", MODELS)
def test_a_model_says_all_in_its_file(model: Model) -> None:
    """The four functions and the traits; what is solved tier by tier can be built for a tier."""
    module = module_of(model)
    assert isinstance(module.TRAITS, Traits)
    assert all(callable(getattr(module, name)) for name in ("build", "read", "measure", "trim"))
    assert ("tier" in signature(module.build).parameters) == module.TRAITS.tiers
    assert _declared(module.__name__) == module.TRAITS, "read from the file's text as written"


def test_the_judge_knows_the_same_by_itself() -> None:
    """Twins on purpose, as fault p= has shown: both tables say the same of every model."""
    assert set(KNOWN) == set(MODELS)
    for model in MODELS:
        declared, judged = traits_of(model), KNOWN[model]
        assert (declared.counts, declared.certified) == (judged.counts, judged.certified), model
        assert declared.minimised == judged.minimised
        assert (declared.priced, declared.walks) == (judged.priced, judged.walks)


@pytest.mark.parametrize("model", MODELS)
def test_a_method_is_refused_exactly_where_the_traits_say_so(model: Model) -> None:
    """city needs an engine, greedy an objective it can grow, benders people it can project."""
    problem = example(model).under(Objective(model, p=2, share=example().objective.share))
    traits = traits_of(model)
    able = {
        "city": traits.engine is not None,
        "greedy": traits.greedy,
        "highs": True,
        "benders": traits.projectable,
    }
    if traits.engine == "median":
        del able["city"]  # of its problems the engine takes some
    for method, takes in able.items():
        try:
            if method in ("city", "greedy"):
                choose(problem, problem.objective, method)
            else:
                solve(problem, method=method, time_limit=20, threads=1)
        except ArgumentError as error:
            assert not takes, error
            assert f"method {method} solves" in str(error) or f"{method} solves" in str(error)
        else:
            assert takes, method


@pytest.mark.parametrize("lang", LANGS)
def test_every_model_has_its_words(lang: Lang) -> None:
    """Its name, what it counts, and what the report calls its objective."""
    report, names = texts(lang), Words.of(lang, "model")
    assert {model for model in MODELS if not report.get(f"objective_{model}")} == set()
    assert {model for model in MODELS if not names.get(model)} == set()
    assert {model for model in MODELS if not Words.of(lang, "solve").get(f"unit.{model}")} == set()


def test_a_ninth_model_is_its_file_and_a_line_of_the_judge(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Registered here as its files would (its texts apart), it is solved, verified, and refused by
    what its traits leave out; the whole way from the files is tests/models/test_ninth_model.py."""
    ninth = ModuleType("siting.models.least_cover")
    vars(ninth).update(vars(set_cover) | {"TRAITS": Traits(counts="price"), "__name__": "x"})
    monkeypatch.setitem(sys.modules, "siting.models.least_cover", ninth)
    monkeypatch.setitem(KNOWN, "least_cover", Known("price"))
    monkeypatch.setattr(arguments, "MODELS", (*MODELS, "least_cover"))
    problem = example().replace(min_coverage=(), rules=(), spacings=())
    twin, found = (solve(problem, model=m, threads=1) for m in ("set_cover", "least_cover"))
    assert found.status == "optimal" and found.model == "least_cover"
    assert found.objective == twin.objective is not None
    assert verify(problem.under(found.spec), found).ok
    for method in ("city", "greedy", "benders"):
        with pytest.raises(ArgumentError, match="only; got model 'least_cover'"):
            solve(problem, model="least_cover", method=method)


def test_models_are_found_by_what_they_are() -> None:
    """Names come in the order of the list, whatever is asked."""
    assert models_that(lambda traits: True) == MODELS
    asked = models_that(lambda traits: traits.minimised)
    assert asked == tuple(m for m in MODELS if KNOWN[m].minimised)
