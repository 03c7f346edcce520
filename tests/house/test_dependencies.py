"""What spinesurv needs: declared with a reason, permissive at run time, and nothing else is imported."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import pytest

from tests.house.sources import imports, python_files
from tests.paths import ROOT

PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PROJECT = tomllib.loads(PYPROJECT)["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]

#: imported names whose distribution is called otherwise
DISTRIBUTIONS = {"docx": "python-docx", "sklearn": "scikit-learn", "xgboost": "xgboost-cpu", "yaml": "pyyaml"}


def normal(name: str) -> str:
    """The name of a distribution as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def named(requirements: Iterable[str]) -> set[str]:
    """Distributions that requirement lines name."""
    return {normal(re.match(r"[\w.-]+", line).group()) for line in requirements}


def imported(paths: Iterable[Path]) -> set[str]:
    """Distributions that these files import, the standard library and the project itself left out."""
    found = [(path, name.split(".")[0]) for path in paths for _, name in imports(path)]
    tops = {top for path, top in found if not _beside(path, top)}
    own = {"spinesurv", "tests", "benchmarks", "experiments"}
    return {normal(DISTRIBUTIONS.get(t, t)) for t in tops - set(sys.stdlib_module_names) - own}


def _beside(path: Path, top: str) -> bool:
    """A file beside the script of an experiment, which Python finds without a package."""
    return "experiments" in path.relative_to(ROOT).parts and path.with_name(f"{top}.py").exists()


def test_what_the_package_imports_is_declared():
    optional = (line for extra, lines in EXTRAS.items() if extra != "test" for line in lines)
    everything = named([*PROJECT["dependencies"], *optional])
    found = imported(python_files("spinesurv"))
    assert {"numpy", "pandas", "scikit-learn", "xgboost-cpu"} <= found
    assert found - everything == set()


def test_what_the_tests_and_long_checks_import_is_declared():
    declared = named([*PROJECT["dependencies"], *EXTRAS["test"]])
    assert imported(python_files("tests", "benchmarks", "experiments")) - declared == set()


def test_every_requirement_has_its_reason():
    block = re.search(r"^dependencies = \[\n(.*?)^\]", PYPROJECT, flags=re.M | re.S).group(1)
    extras = PYPROJECT.split("[project.optional-dependencies]")[1].split("\n[")[0]
    lines = [line for line in [*block.splitlines(), *extras.splitlines()] if line.strip().startswith('"')]
    assert len(lines) == len(PROJECT["dependencies"]) + sum(map(len, EXTRAS.values()))
    assert [line for line in lines if not re.search(r'",\s+# [\w .,;:()/-]{3,}', line)] == []


def needed(name: str, seen: dict[str, metadata.Distribution]) -> dict[str, metadata.Distribution]:
    """A distribution and everything that it needs here, optional extras left out."""
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:  # of another platform or Python
        return seen
    seen[normal(name)] = found
    for line in found.requires or []:
        inner = normal(re.match(r"[\w.-]+", line).group())
        if "extra ==" not in line and inner not in seen:
            needed(inner, seen)
    return seen


def licence(about: metadata.PackageMetadata) -> str:
    """The shortest thing that states a licence: expression, classifiers, or the first line of the field."""
    classifiers = [c for c in about.get_all("Classifier") or [] if c.startswith("License ::")]
    field = (about.get("License") or "").strip().splitlines()
    return about.get("License-Expression") or "; ".join(classifiers) or (field[0] if field else "")


def is_copyleft(text: str) -> bool:
    """GPL and AGPL, whatever the version; the LGPL and exceptions for linked run-time libraries are not meant."""
    words = re.sub(r"GPL[\w.-]* WITH [\w.-]+", "", text)
    return bool(re.search(r"(?<!L)\bA?GPL|(?<!Lesser )General Public License", words, flags=re.I))


RUN_TIME = needed("spinesurv", {})


def test_the_whole_run_time_is_there():
    absent = named(line for line in PROJECT["dependencies"] if "darwin" not in line) - set(RUN_TIME)
    assert absent == set()


@pytest.mark.parametrize("name", sorted(RUN_TIME))
def test_nothing_at_run_time_is_under_the_gpl(name):
    text = licence(RUN_TIME[name].metadata)
    assert text, f"{name} states no licence"
    assert not is_copyleft(text)


def test_tests_need_no_gpl_either():
    for name in named(EXTRAS["test"]):
        assert not is_copyleft(licence(metadata.distribution(name).metadata)), name


@pytest.mark.parametrize(
    ("text", "copyleft"),
    [
        ("GPL-3.0-or-later", True),
        ("GPLv2", True),
        ("License :: OSI Approved :: GNU General Public License v3 (GPLv3)", True),
        ("AGPL-3.0-only", True),
        ("MIT AND GPL-2.0-only", True),
        ("LGPL-2.1-or-later", False),
        ("License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)", False),
        ("BSD-3-Clause AND GPL-3.0-or-later WITH GCC-exception-3.1", False),
        ("MPL-2.0 AND MIT", False),
    ],
)
def test_licences_are_read_right(text, copyleft):
    assert is_copyleft(text) == copyleft


def test_the_constraints_name_every_requirement():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = named(line for line in lines if "==" in line)
    asked = named([*(line for line in PROJECT["dependencies"] if "darwin" not in line), *EXTRAS["test"]])
    assert asked - pinned == set()
