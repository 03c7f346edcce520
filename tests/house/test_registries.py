"""Every list of the package is complete, in order, and each thing on it is explained."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from spinesurv.cohorts import COHORTS
from spinesurv.core import Cohort
from spinesurv.figures import FIGURES
from spinesurv.metrics import CURVES, METRICS
from spinesurv.models import MODELS
from spinesurv.scores import SCORES, describe, load_definition
from tests.house.sources import PACKAGE, imports, module_name, python_files

#: list -> its entries as things with a docstring
LISTS: dict[str, Mapping[str, Any]] = {
    "COHORTS": COHORTS,
    "MODELS": MODELS,
    "METRICS": {key: record.function for key, record in METRICS.items()},
    "CURVES": {key: record.function for key, record in CURVES.items()},
    "FIGURES": FIGURES,
}
#: sections that the docstring of an entry has besides those that its signature asks for
SECTIONS = {
    "COHORTS": (),
    "MODELS": ("Parameters",),
    "METRICS": ("Parameters", "Returns", "References", "Agrees with"),
    "CURVES": ("Parameters", "Returns", "References", "Agrees with"),
    "FIGURES": ("Parameters", "Returns"),
}
if find_spec("spinesurv.decisions") is not None:
    LISTS["DECISIONS"] = import_module("spinesurv.decisions").DECISIONS
    SECTIONS["DECISIONS"] = ("References",)

ENTRIES = [(name, key) for name, entries in LISTS.items() for key in entries]


def modules(folder: str) -> dict[str, Path]:
    """Importable name -> file, of a folder of the package."""
    return {module_name(f): f for f in python_files(f"spinesurv/{folder}") if f.name != "__init__.py"}


def sections(doc: str) -> list[str]:
    lines = [line.strip() for line in doc.splitlines()]
    return [a for a, b in pairwise(lines) if b and set(b) == {"-"} and len(b) == len(a)]


@pytest.mark.parametrize(("name", "key"), ENTRIES, ids=[f"{n}-{k}" for n, k in ENTRIES])
def test_every_entry_is_explained(name: str, key: str) -> None:
    entry = LISTS[name][key]
    doc = inspect.getdoc(entry) or ""
    first = doc.split("\n\n")[0]
    assert 20 < len(first) <= 220, f"{name}, {key}: the docstring begins with one sentence"
    assert first.rstrip().endswith((".", "?", "`."))
    assert [s for s in SECTIONS[name] if s not in sections(doc)] == []
    taken = [p for p in inspect.signature(entry).parameters if p != "self"]
    assert [p for p in taken if p not in doc] == [], (
        f"{name}, {key}: parameters that the docstring leaves out"
    )


@pytest.mark.parametrize("key", SCORES)
def test_every_score_says_who_says_so(key: str) -> None:
    definition = load_definition(key)
    text = " ".join(describe(key).split())
    assert " ".join(definition.citation.split()) in text
    assert definition.status in text
    assert definition.doi in text


#: made of fitted models and never fitted, so nothing that a study file could name
MADE_OF_MODELS = ("PooledCox", "PooledEquation", "PooledStrata")


def entries_that_a_module_offers(module: Any, kind: str) -> dict[str, Any]:
    """What a module defines that looks like an entry of the list."""
    own = {
        name: thing
        for name, thing in vars(module).items()
        if not name.startswith("_") and getattr(thing, "__module__", None) == module.__name__
    }
    if kind == "MODELS":
        fitting = {n: t for n, t in own.items() if inspect.isclass(t) and {"fit", "predict"} <= set(dir(t))}
        return {n: t for n, t in fitting.items() if n not in MADE_OF_MODELS}
    if kind == "FIGURES":
        return {n: t for n, t in own.items() if n.startswith("plot_")}
    return {n: t for n, t in own.items() if _gives_a_cohort(n, t)}


def _gives_a_cohort(name: str, thing: Any) -> bool:
    if not inspect.isfunction(thing) or not name.startswith(("load_", "make_")):
        return False
    return thing.__annotations__.get("return") in ("Cohort", Cohort)


@pytest.mark.parametrize(
    ("folder", "kind"), [("models", "MODELS"), ("figures", "FIGURES"), ("cohorts", "COHORTS")]
)
def test_nothing_that_could_be_listed_is_left_out(folder: str, kind: str) -> None:
    listed = list(LISTS[kind].values())
    offered = {
        f"{name}.{thing}": value
        for name in modules(folder)
        for thing, value in entries_that_a_module_offers(import_module(name), kind).items()
    }
    assert [name for name, value in offered.items() if value not in listed] == []
    assert [f for f in listed if f not in offered.values()] == []


def test_every_module_with_a_record_is_a_listed_measure() -> None:
    records = {**{r.key: r for r in METRICS.values()}, **{r.key: r for r in CURVES.values()}}
    found = {}
    for name in modules("metrics"):
        record = getattr(import_module(name), "RECORD", None)
        if record is not None:
            found[record.key] = record
            # the measure, its function and its file share the name
            assert name == f"spinesurv.metrics.{record.key}"
            assert record.function.__module__ == name
    assert found == records


def test_every_definition_file_is_a_score() -> None:
    files = {f.stem: f for f in (PACKAGE / "scores" / "definitions").iterdir()}
    assert files == SCORES


def everybody_imports() -> set[str]:
    return {name for f in python_files("spinesurv") for _, name in imports(f)}


IMPORTED = everybody_imports()


#: arithmetic that is checked against R and waits for the measure or table that will read it
AHEAD = {
    "spinesurv.stats.natural_spline": "flexible parametric survival",
    "spinesurv.stats.small_study": "sites pooled in the report",
    "spinesurv.stats.hosmer_lemeshow": "published tables; discouraged as a measure",
    "spinesurv.stats.logrank": "survival curves by group",
    "spinesurv.stats.reclassification": "published tables; discouraged as a measure",
    "spinesurv.stats.restricted_mean": "survival curves by group",
}


def test_what_stands_ahead_is_still_unused() -> None:
    assert set(AHEAD) & IMPORTED == set()


@pytest.mark.parametrize(
    "folder", sorted(f.name for f in PACKAGE.iterdir() if f.is_dir() and (f / "__init__.py").is_file())
)
def test_every_module_is_listed_or_used_by_another(folder: str) -> None:
    """A module that no list names and no other module imports is dead."""
    assert [name for name in modules(folder) if name not in IMPORTED and name not in AHEAD] == []


@pytest.mark.parametrize("folder", ["cohorts", "scores", "models", "metrics", "figures"])
def test_shared_machinery_says_what_it_is(folder: str) -> None:
    silent = [n for n in modules(folder) if len(import_module(n).__doc__ or "") < 20]
    assert silent == []


def test_models_follow_one_contract() -> None:
    for key, model in MODELS.items():
        assert list(inspect.signature(model.fit).parameters)[:3] == ["self", "patients", "outcome"], key
        predict = inspect.signature(model.predict).parameters
        assert list(predict) == ["self", "patients", "times_days"], key
        assert predict["times_days"].kind is inspect.Parameter.KEYWORD_ONLY, key


def test_figures_are_functions_of_a_table() -> None:
    draw: Callable[..., Any]
    for key, draw in FIGURES.items():
        assert draw.__name__ == f"plot_{key}"
        assert draw.__module__ == f"spinesurv.figures.{key}"
