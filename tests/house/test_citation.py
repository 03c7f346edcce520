"""Citation and changelog agree with the package."""

from __future__ import annotations

import datetime
import re
import tomllib

import yaml

from tests.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
#: of the Citation File Format 1.2.0
NEEDED = {"authors", "cff-version", "message", "title"}
KINDS_OF_CHANGE = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_citation_is_that_of_the_package():
    assert set(CITATION) >= NEEDED
    assert CITATION["cff-version"] == "1.2.0"
    assert CITATION["type"] == "software"
    assert CITATION["version"] == PROJECT["version"]
    assert CITATION["license"] == PROJECT["license"]
    assert CITATION["title"].startswith(PROJECT["name"])
    assert datetime.date.fromisoformat(CITATION["date-released"])
    assert [a["name"] for a in CITATION["authors"]] == [a["name"] for a in PROJECT["authors"]]
    assert "not a medical device" in CITATION["abstract"]


def test_the_changelog_keeps_its_form():
    versions = re.findall(r"^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?$", CHANGELOG, flags=re.M)
    assert versions[0] == ("Unreleased", "")
    assert all(datetime.date.fromisoformat(date) for _, date in versions[1:])
    headings = re.findall(r"^### (.+)$", CHANGELOG, flags=re.M)
    assert headings
    assert set(headings) <= KINDS_OF_CHANGE


def test_hooks_download_nothing():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    hooks = config["repos"][0]["hooks"]
    assert all(hook["language"] == "system" for hook in hooks)
    assert [hook["id"] for hook in hooks] == ["ruff-check", "ruff-format", "mypy"]
    declared = " ".join(PROJECT["optional-dependencies"]["test"])
    assert all(hook["entry"].split()[0] in declared for hook in hooks)
