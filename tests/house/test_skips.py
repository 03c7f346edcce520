"""A skip that no committed reason allows fails the suite; so do too many of them, wherever they happen."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests import conftest
from tests.paths import ROOT

ALLOWED = """\
[[skip]]
reason = "^no violin"
needs_command = "a-command-that-nobody-has"
most = 2

[[skip]]
reason = "^no folder"
needs_folder = "data"
most = 2
"""
WITHIN = """\
import pytest

def test_fine():
    pass

@pytest.mark.parametrize("where", ["here", "there"])
def test_music(where):
    pytest.skip(f"no violin {where}")
"""
BEYOND = """\
import pytest

@pytest.mark.skip(reason="too slow")
def test_marked():
    assert False

def test_folder():
    pytest.skip("no folder")

@pytest.mark.parametrize("where", range(3))
def test_music(where):
    pytest.skip("no violin")
"""
WHOLE_MODULE = "import pytest\n\npytest.importorskip('no_such_module')\n\ndef test_a():\n    pass\n"


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A small checkout with our conftest, a list of reasons and no test yet."""
    (tmp_path / "tests").mkdir()
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path / "tests" / "conftest.py")
    (tmp_path / ".ci" / "allowed_skips.toml").write_text(ALLOWED, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n", encoding="utf-8")
    return tmp_path


def run(suite: Path, workers: int, **tests: str) -> tuple[int, str]:
    for name, text in tests.items():
        (suite / "tests" / f"test_{name}.py").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", str(workers)],
        cwd=suite,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("workers", [0, 2])
def test_a_suite_within_the_list_passes(suite, workers):
    code, text = run(suite, workers, within=WITHIN)
    assert code == 0, text
    assert "1 passed, 2 skipped" in text


@pytest.mark.parametrize("workers", [0, 2])
def test_a_suite_beyond_the_list_fails_and_says_why(suite, workers):
    (suite / "data").mkdir()
    code, text = run(suite, workers, beyond=BEYOND, whole=WHOLE_MODULE)
    assert code == 1, text
    assert "failed" not in text.splitlines()[-1]
    said = [line for line in text.splitlines() if "skipped for" in line or "skipped although" in line]
    assert sorted(re.sub(r"No module named.*", "...", line) for line in said) == [
        "3 tests skipped for '^no violin', at most 2 are allowed",
        "tests/test_beyond.py::test_folder: skipped although what it needs is there: no folder",
        "tests/test_beyond.py::test_marked: skipped for a reason that is not in .ci/allowed_skips.toml: too slow",
        "tests/test_whole.py: skipped for a reason that is not in .ci/allowed_skips.toml: "
        "could not import 'no_such_module': ...",
    ]


@pytest.mark.parametrize(
    ("skips", "words"),
    [
        ([], None),
        (["no violin", "no violin at all"], None),
        (["no folder"], None),
        (["no violin"] * 3, "at most 2"),
        (["I am tired"], "not in .ci/allowed_skips.toml"),
        (["says: no violin"], "not in .ci/allowed_skips.toml"),
    ],
)
def test_each_complaint_alone(tmp_path, monkeypatch, skips, words):
    (tmp_path / "allowed.toml").write_text(ALLOWED, encoding="utf-8")
    monkeypatch.setattr(conftest, "ALLOWED", tmp_path / "allowed.toml")
    monkeypatch.setattr(conftest, "ROOT", tmp_path)
    found = conftest.SkipList()
    found.skipped = [(f"test_{i}", reason) for i, reason in enumerate(skips)]
    assert len(found.complaints()) == (words is not None)
    assert words is None or words in found.complaints()[0]


def test_every_committed_reason_is_narrow():
    rules = tomllib.loads((ROOT / ".ci" / "allowed_skips.toml").read_text(encoding="utf-8"))["skip"]
    for rule in rules:
        assert len(rule) == 3
        assert len({"reason", "most"} & set(rule)) == 2
        assert len({"needs_folder", "needs_command"} & set(rule)) == 1
        assert not any(re.search(rule["reason"], other) for other in ("", "I am tired", "unconditional skip"))
        assert rule["most"] > 0
