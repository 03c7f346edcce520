"""Imports go one way, folders of one row do not know each other, and the front door opens quickly."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import PACKAGE, imports, module_name, python_files
from tests.paths import ROOT

#: rows of the house; each imports from those above it only
ROWS = (
    {"errors", "units"},
    {"core", "stats"},
    {"cohorts", "features", "scores", "models", "decisions", "metrics"},
    {"evaluation", "figures"},
    {"report"},
    {"study"},
    {"commands"},
    {"__main__"},
)
#: hands over names when they are asked for, so that it may know every row
FRONT_DOOR = PACKAGE / "__init__.py"
HEAVY = ("dask", "distributed", "lifelines", "matplotlib", "numba", "pandas", "scipy", "sklearn", "xgboost")
#: these are imported inside the function that needs them: `import spinesurv` and every list of names stay quick
INSIDE_FUNCTIONS = ("dask", "distributed", "lifelines", "matplotlib", "numba", "xgboost")


def row(place: str) -> int:
    return next(i for i, names in enumerate(ROWS) if place in names)


def place(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def against_the_rows(path: Path) -> list[str]:
    """Imports of a module that go up, or sideways into another folder of its row."""
    own = place(path)
    found = []
    for line, name in imports(path):
        parts = name.split(".")
        if parts[0] != "spinesurv" or len(parts) < 2 or parts[1].startswith("__") or parts[1] == own:
            continue
        same_row_of_files = row(own) == 0 and row(parts[1]) == 0
        if row(parts[1]) >= row(own) and not same_row_of_files:
            found.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    return found


MODULES = [f for f in python_files("spinesurv") if f != FRONT_DOOR]


def test_every_folder_stands_in_a_row():
    places = {place(f) for f in MODULES} - {"demo"}  # demo holds a study file, no code
    assert places <= set().union(*ROWS)
    assert [f for f in python_files("spinesurv/demo") if f.read_text(encoding="utf-8").strip()] == []


@pytest.mark.parametrize("name", sorted({place(f) for f in MODULES} - {"demo"}))
def test_imports_go_one_way(name):
    against = [line for f in MODULES if place(f) == name for line in against_the_rows(f)]
    assert against == []


def test_an_import_against_the_rows_would_be_seen(tmp_path, monkeypatch):
    module = tmp_path / "spinesurv" / "models" / "bad.py"
    module.parent.mkdir(parents=True)
    module.write_text(
        "from spinesurv.core import Cohort\n"
        "from typing import TYPE_CHECKING\n"
        "def f():\n    from spinesurv import scores\n"
        "if TYPE_CHECKING:\n    import spinesurv.evaluation.jobs\n"
        "from ..metrics import METRICS\n",
        encoding="utf-8",
    )
    for where in ("tests.house.sources", "tests.house.test_imports"):
        monkeypatch.setattr(f"{where}.ROOT", tmp_path)
    monkeypatch.setattr("tests.house.test_imports.PACKAGE", tmp_path / "spinesurv")
    found = [line.split(" imports ")[1] for line in against_the_rows(module)]
    assert sorted(found) == [
        "spinesurv.evaluation.jobs",
        "spinesurv.metrics",
        "spinesurv.metrics.METRICS",
        "spinesurv.scores",
    ]


def top_level_imports(path: Path) -> set[str]:
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_heavy_packages_are_imported_where_they_are_used():
    at_the_top = {module_name(f): top_level_imports(f) & set(INSIDE_FUNCTIONS) for f in MODULES}
    assert {name: found for name, found in at_the_top.items() if found} == {}


def in_a_fresh_process(code: str) -> set[str]:
    """Heavy packages that are loaded after `code` ran in a new interpreter."""
    text = f"{code}\nimport sys\nprint(' '.join(m for m in {HEAVY!r} if m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True
    )
    return set(done.stdout.split())


def test_the_front_door_loads_nothing_heavy():
    assert in_a_fresh_process("import spinesurv") == set()


def test_lists_of_names_load_no_engine():
    lists = (
        "from spinesurv import SCORES, MODELS, METRICS\nfrom spinesurv.figures import FIGURES\n"
        "from spinesurv.__main__ import parser\nparser()"
    )
    assert in_a_fresh_process(lists) & set(INSIDE_FUNCTIONS) == set()
    assert "pandas" in in_a_fresh_process("import pandas")  # the question can be answered with yes
