"""Every experiment says what was asked and found, and its numbers are those of the summary beside it."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import pandas as pd
import pytest

from spinesurv.study import Study
from spinesurv.study.readme_tables import BLOCK, refresh_readme, with_fresh_tables
from tests.paths import ROOT

EXPERIMENTS = sorted(f for f in (ROOT / "experiments").iterdir() if f.is_dir() and f.name != "__pycache__")
#: judged through the front door, for a reason that the README tells: an event that is not death
WITHOUT_STUDY_FILE = {"rotterdam_gbsg"}
SUMMARY_COLUMNS = {
    "site", "population", "model", "reference", "metric", "horizon_days", "value", "low", "high", "n", "events", "status",
}  # fmt: skip

each = pytest.mark.parametrize("folder", EXPERIMENTS, ids=lambda f: f.name)


def readme(folder: Path) -> str:
    return (folder / "README.md").read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, flags=re.M | re.S)
    assert found, f"no section {heading!r}"
    return found[1]


def estimates(text: str) -> set[str]:
    """Numbers with decimals; dates, digital object identifiers and the like are none."""
    return set(re.findall(r"(?<![\w./-])-?\d+\.\d+(?![\w/.-]*\d)", text))


def test_there_are_experiments():
    assert {"demo", "ncctg_lung"} <= {f.name for f in EXPERIMENTS}


@each
def test_the_folder_is_complete(folder):
    assert {"run.py", "README.md"} <= {f.name for f in folder.iterdir()}
    assert list(folder.glob("study*.toml")) or folder.name in WITHOUT_STUDY_FILE
    assert list(folder.glob("summary*.csv"))
    assert len((folder / "run.py").read_text(encoding="utf-8").splitlines()) <= 30


@each
def test_the_question_is_that_of_the_study(folder):
    question = " ".join(section(readme(folder), "Question").split())
    for path in folder.glob("study*.toml"):
        asked = Study.read(path).file.study.question
        assert asked.endswith("?")
        assert " ".join(asked.split()) in question


@each
def test_the_finding_is_dated(folder):
    date = re.search(r"^Date: (\d{4}-\d\d-\d\d)\.", section(readme(folder), "Finding"), flags=re.M)
    assert date
    assert datetime.date(2026, 1, 1) <= datetime.date.fromisoformat(date[1])


@each
def test_the_tables_are_those_of_the_summary(folder):
    text = readme(folder)
    assert BLOCK.search(section(text, "Finding"))
    assert text.count("<!-- table") == text.count("<!-- end of table -->") == len(BLOCK.findall(text))
    assert with_fresh_tables(text, folder) == text, (
        "run the experiment again, or refresh_readme of its folder"
    )


@each
def test_every_number_of_the_text_stands_in_a_table(folder):
    finding = section(readme(folder), "Finding")
    in_tables = estimates("\n".join(found["table"] for found in BLOCK.finditer(finding)))
    assert len(in_tables) > 5
    assert estimates(BLOCK.sub("", finding)) - in_tables == set()


@each
def test_summaries_hold_estimates_and_no_patients(folder):
    for path in folder.glob("summary*.csv"):
        table = pd.read_csv(path, dtype={"reference": str})
        assert set(table.columns) >= SUMMARY_COLUMNS
        assert "patient_id" not in table.columns
        assert set(table["site"]) <= {"pooled", "stacked"}
        assert set(table["status"]) <= {"ok", "provisional"}
        assert table["value"].notna().all()


def test_a_number_that_is_not_in_the_summary_is_seen(tmp_path):
    folder = ROOT / "experiments" / "ncctg_lung"
    (tmp_path / "summary.csv").write_bytes((folder / "summary.csv").read_bytes())
    text = readme(folder)
    value = re.search(r"\| `cox` \| (\d\.\d\d) ", text)[1]
    changed = text.replace(f"`cox` | {value} ", "`cox` | 0.99 ", 1)
    assert with_fresh_tables(changed, tmp_path) != changed
    (tmp_path / "README.md").write_text(changed, encoding="utf-8", newline="\n")
    refresh_readme(tmp_path)
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == text
    assert estimates("C 0.61 and -0.02, not 2026-11-25 or 10.1002/sim.8570 or 3") == {"0.61", "-0.02"}


def test_the_demo_is_the_embedded_study():
    embedded = ROOT / "spinesurv" / "demo" / "study.toml"
    assert (ROOT / "experiments" / "demo" / "study.toml").read_bytes() == embedded.read_bytes()
