"""The README keeps its word: its lines set the thing up, and its five minutes run as they are shown."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from spinesurv.__main__ import main
from tests.paper_blocks import blocks, files_shown
from tests.paths import ROOT

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
FIVE_MINUTES = TEXT.split("## Five minutes on your own table")[1].split("\n## ")[0]
FIRST, SECOND = "pip install -e . && spinesurv demo", 'pip install -e ".[test]" && pytest'


def commands(text: str) -> list[str]:
    return [line for block in blocks(text, "sh") for line in block.splitlines() if line.strip()]


class Step(NamedTuple):
    command: str
    code: int
    out: str


class FiveMinutes(NamedTuple):
    folder: Path
    steps: list[Step]
    text: str


@pytest.fixture(scope="module")
def five_minutes(tmp_path_factory) -> FiveMinutes:
    """A folder with the files that the README shows, after all its commands were typed in it."""
    from contextlib import redirect_stdout
    from io import StringIO

    folder = tmp_path_factory.mktemp("five_minutes")
    for name, content in files_shown(FIVE_MINUTES).items():
        if name != "scores.csv":
            (folder / name).write_text(content, encoding="utf-8", newline="\n")
    steps = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for line in commands(FIVE_MINUTES):
            program, *words = shlex.split(line)
            assert program == "spinesurv"
            out = StringIO()
            with redirect_stdout(out):
                code = main(words)
            steps.append(Step(line, code, out.getvalue()))
        said = StringIO()
        with redirect_stdout(said):
            (lines,) = blocks(FIVE_MINUTES, "python")
            exec(compile(lines, "README.md", "exec"), {})
    return FiveMinutes(folder, steps, said.getvalue())


def test_the_two_lines_are_there_together_and_apart():
    shown = commands(TEXT.split("## Set up")[1].split("## Five minutes")[0])
    assert FIRST in shown
    assert SECOND in shown
    assert [part for line in (FIRST, SECOND) for part in line.split(" && ")] == [
        line
        for line in shown
        if line in ("pip install -e .", "spinesurv demo", 'pip install -e ".[test]"', "pytest")
    ]


def test_continuous_integration_types_the_same_lines():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.search(rf"^{re.escape(FIRST)} --out ", script, flags=re.M)
    assert script.rstrip().splitlines()[-1] == SECOND
    assert "constraints.txt" in script


def test_every_command_ends_well(five_minutes):
    assert [step.command.split()[1] for step in five_minutes.steps] == ["check", "score", "run"]
    assert [step.code for step in five_minutes.steps] == [0, 0, 0]


def test_the_audit_says_that_no_clinic_can_be_judged_alone(five_minutes):
    folder, (check, *_) = five_minutes.folder, five_minutes.steps
    assert Path(check.out.strip()) == Path("audit/audit.html")
    audit = json.loads((folder / "audit" / "audit.json").read_text(encoding="utf-8"))
    alone = {f["site"] for f in audit["findings"] if f["rule"] == "few_events_at_site"}
    assert alone == {"North", "South"}
    assert "cannot be judged alone" in (folder / "audit" / "audit.html").read_text(encoding="utf-8")


def test_scores_begin_as_shown(five_minutes):
    shown = files_shown(FIVE_MINUTES)["scores.csv"].splitlines()
    written = (five_minutes.folder / "scores.csv").read_text(encoding="utf-8").splitlines()
    assert written[: len(shown)] == shown
    assert len(shown) > 5
    assert len(written) == len(files_shown(FIVE_MINUTES)["clinic.csv"].splitlines())


def test_the_study_ends_with_its_report_and_every_system(five_minutes):
    folder, run = five_minutes.folder, five_minutes.steps[-1]
    report = folder / run.out.splitlines()[-1]
    assert report == folder / "results" / "report.html"
    assert "Does the Tomita score rank our patients better" in report.read_text(encoding="utf-8")
    table = pd.read_csv(folder / "results" / "tables" / "performance.csv", keep_default_na=False)
    assert set(table["model"]) == {"tomita", "nesms", "albumin"}
    assert set(table["site"]) == {"North", "South", "pooled", "stacked"}
    told = TEXT.split("## What lies in the results folder")[1].split("\n## ")[0]
    for place in re.findall(r"^\| `([\w./*]+)` \|", told, flags=re.M):
        assert list((folder / "results").glob(place.rstrip("/"))), place


def test_the_same_in_python(five_minutes):
    assert "harrell_c" in five_minutes.text
    first, again = (
        five_minutes.folder / name / "tables" / "performance.csv" for name in ("results", "results_again")
    )
    assert first.read_bytes() == again.read_bytes()


def test_predictions_made_elsewhere_are_judged_as_shown(tmp_path, monkeypatch, capsys):
    (line,) = commands(TEXT.split("## Predictions made elsewhere")[1].split("\n## ")[0])
    (tmp_path / "data").symlink_to(ROOT / "data")
    monkeypatch.chdir(tmp_path)
    assert main(shlex.split(line)[1:]) == 0
    assert Path(capsys.readouterr().out.splitlines()[-1]) == Path("judged/report.html")
    table = pd.read_csv(tmp_path / "judged" / "tables" / "performance.csv", keep_default_na=False)
    assert set(table["site"]) == {"us_surgical", "nl_radiotherapy", "pooled", "stacked"}
    assert set(table["reference"]) == {"", "tokuhashi"}


def test_lesions_are_decided_as_told(tmp_path, monkeypatch, capsys):
    told = TEXT.split("## Decision systems")[1].split("\n## ")[0]
    (line,) = commands(told)
    (tmp_path / "lesions.csv").write_text(files_shown(told)["lesions.csv"], encoding="utf-8", newline="\n")
    monkeypatch.chdir(tmp_path)
    assert main(shlex.split(line)[1:]) == 0
    assert "determined 1, indeterminate 1" in capsys.readouterr().out
    table = pd.read_csv("decisions.csv", comment="#", keep_default_na=False)
    assert list(table["noms_missing_that_matter"]) == ["", "tolerates_surgery"]
    assert len(list(tmp_path.glob("private/cards/*.html"))) == 2


def test_the_picture_is_there():
    picture = re.search(r"!\[.+?\]\((.+?)\)", TEXT)[1]
    assert (ROOT / picture).stat().st_size > 10_000
