"""What is committed names no machine, no index of packages and no workshop; files are short and have one topic."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house.sources import committed_files, python_files
from tests.paths import ROOT

LONGEST_FILE_LINES = 450
DRAWERS = {"utils", "util", "helpers", "misc", "common", "tools"}
BINARY = {".png", ".xlsx", ".gz", ".pdf", ".docx"}
#: invented paths that show that a machine's path does not get into a manifest
MADE_UP_PATHS = {"tests/report/test_manifest.py"}

MACHINE = re.compile(r"(?<![\w.:/$}>-])(?:/(?:home|root|Users|work|farm|mnt|srv|opt|tmp)/\w|[A-Z]:\\\w)")
INDEX = re.compile(
    r"(?:pypi|pythonhosted|anaconda|artifactory|nexus)\.\w+|--(?:extra-)?index-url|\b\w+\.internal\b"
    r"|https?://(?:localhost|\d+\.\d+\.\d+\.\d+)",
    re.IGNORECASE,
)
WORKSHOP = re.compile(
    r"\bissues (?:show|list)\b|before-[s]top|sub-?[a]gent|co-[a]uthored-by|generated (?:with|by) an? [a]ssistant"
    r"|\blanguage [m]odels?\b|\b[c]haracter limit\b|\bthe [b]rief\b",
    re.IGNORECASE,
)
#: reference values beside a checkout: only tests may look there, and the list of reasons for which they skip
BESIDE = re.compile(r"\.\./shared|\bshared/(?:design|knowledge|reference|realdata)")

TEXTS = {
    f.relative_to(ROOT).as_posix(): f.read_text(encoding="utf-8")
    for f in committed_files()
    if f.suffix not in BINARY
}


def lines_with(pattern: re.Pattern[str], texts: dict[str, str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def test_there_is_something_to_read():
    assert {"README.md", "pyproject.toml", ".ci/run", "spinesurv/__main__.py"} <= set(TEXTS)


def test_no_path_of_a_machine():
    texts = {name: text for name, text in TEXTS.items() if name not in MADE_UP_PATHS}
    assert lines_with(MACHINE, texts) == []


@pytest.mark.parametrize("pattern", [INDEX, WORKSHOP], ids=["index of packages", "workshop"])
def test_no_place_of_work(pattern):
    assert lines_with(pattern, TEXTS) == []


def test_only_tests_look_beside_the_checkout():
    texts = {name: text for name, text in TEXTS.items() if not name.startswith(("tests/", ".ci/"))}
    assert lines_with(BESIDE, texts) == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (MACHINE, "open('" + "/home" + "/anna/data.csv')"),
        (MACHINE, "folder = " + "C:" + r"\Users\anna"),
        (INDEX, "pip install --index" + "-url https://example.org"),
        (INDEX, "see https://py" + "pi.org/project/numpy"),
        (WORKSHOP, "Co-" + "Authored-By: somebody"),
        (BESIDE, "Path('../" + "shared')"),
    ],
)
def test_these_would_be_seen(pattern, line):
    assert lines_with(pattern, {"x": line}) != []


@pytest.mark.parametrize(
    "line", ["https://doi.org/10.1/x", "a/tmp/b", "n/work/x", ".git/work/", "$work/demo"]
)
def test_these_are_fine(line):
    assert lines_with(MACHINE, {"x": line}) == []


def test_text_is_utf8_with_plain_line_ends():
    for name in TEXTS:
        raw = (ROOT / name).read_bytes()
        assert b"\r" not in raw, name
        assert not raw or raw.endswith(b"\n"), f"{name} does not end with a line end"


def test_modules_stay_short():
    long = {
        f.relative_to(ROOT).as_posix(): n
        for f in python_files("spinesurv", "tests", "benchmarks", "experiments")
        if (n := len(f.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE_LINES
    }
    assert long == {}


def test_there_is_no_drawer():
    parts = {Path(part).stem for name in TEXTS for part in Path(name).parts}
    assert parts & DRAWERS == set()


def test_patients_and_results_stay_out_of_git():
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"private/", "data/external/*", "reports/*"} <= set(ignored)
    assert [n for n in TEXTS if "private" in Path(n).parts or n.startswith("data/external/")] == []
    assert [n for n in TEXTS if n.startswith("reports/")] == ["reports/README.md"]
