"""Patient-level facts stay in `private/`: canaries planted in a cohort are looked for in everything that travels."""

import json
import logging
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spinesurv.__main__ import main
from spinesurv.core import Cohort, Outcome
from tests.cohort_factory import small_cohort
from tests.study.files import STUDY, write_study

PERSON = "Canary-Quetzalcoatl"
TIME = 271.0  # in whole days no other patient has it
ALBUMIN = 4.1732951  # a value that only one patient has
CITY = "Canaryville"


@pytest.fixture(scope="module")
def planted() -> Cohort:
    """A cohort in which one patient is unmistakable, and a free-text column names a place in every row."""
    cohort = small_cohort(300, missing=0.05)
    patients = cohort.patients.copy()
    time = cohort.outcome.time_days.copy()
    time[time == TIME] += 1
    time[0] = TIME
    patients.iloc[0, patients.columns.get_loc("albumin")] = ALBUMIN
    patients["home_town"] = [f"{CITY}-{i}" for i in range(len(patients))]
    keys = [(site, f"{PERSON}-{i}") for i, site in enumerate(patients.index.get_level_values("site"))]
    patients.index = pd.MultiIndex.from_tuples(keys, names=["site", "patient_id"])
    return Cohort(patients, Outcome(time, cohort.outcome.event), time_zero="surgery")


def shareable(out: Path) -> list[Path]:
    return [f for f in out.rglob("*") if f.is_file() and "private" not in f.relative_to(out).parts]


def leaks(files: list[Path]) -> list[str]:
    found = []
    for file in files:
        text = file.read_bytes().decode("utf-8", errors="replace")
        canaries = (PERSON, CITY, f"{ALBUMIN}", "4.17329")
        found += [f"{file.name}: {canary}" for canary in canaries if canary in text]
    return found


@pytest.fixture(scope="module")
def ran(planted, tmp_path_factory):
    folder = tmp_path_factory.mktemp("privacy")
    study = write_study(folder, cohort=planted)
    assert main(["run", str(study), "--out", str(folder / "out"), "--jobs", "1"]) == 0
    return folder


def test_a_study_keeps_patients_in_private(ran):
    out = ran / "out"
    files = shareable(out)
    assert len(files) > 10
    assert leaks(files) == []
    private = [f for f in out.rglob("*") if f.is_file() and "private" in f.relative_to(out).parts]
    assert (
        leaks([f for f in private if f.suffix == ".gz"]) == []
    )  # compressed, so the text is not found as such
    stored = pd.read_csv(out / "private" / "predictions.csv.gz")
    assert stored["patient_id"].str.startswith(PERSON).all()
    assert (out / "private" / ".gitignore").read_text(encoding="utf-8") == "*\n"


TREES = """
[[systems.models]]
key = "boosted"
kind = "boosted_cox"
n_rounds = 60
predictors = [{ variable = "albumin", shape = "linear" }, "ecog"]
"""


def test_model_files_hold_no_patient(planted, tmp_path):
    """Nor a threshold of a tree that is somebody's value, nor a day on which somebody died or was last seen."""
    study = write_study(tmp_path, text=STUDY + TREES, cohort=planted)
    assert main(["run", str(study), "--out", str(tmp_path / "out"), "--jobs", "1"]) == 0
    files = sorted((tmp_path / "out" / "models").glob("*.json"))
    assert [f.name for f in files] == ["boosted.json", "cox.json", "tomita.json"]
    assert leaks(files) == []
    recorded = {f"{v:.6g}" for v in planted.patients["albumin"].dropna().astype(np.float32)}
    trees = json.loads(files[0].read_text(encoding="utf-8"))["model"]["trees"][0]
    forest = trees["learner"]["gradient_booster"]["model"]["trees"]
    cut = {
        f"{t['split_conditions'][i]:.6g}"
        for t in forest
        for i, child in enumerate(t["left_children"])
        if child >= 0
    }
    assert len(cut) > 10
    assert cut & recorded == set()
    for file in files:
        days = set(json.loads(file.read_text(encoding="utf-8"))["days"])
        assert TIME not in days


def test_curves_stand_on_a_grid_not_on_patients(ran, planted):
    times = pd.read_csv(ran / "out" / "tables" / "survival.csv")["time_days"].unique()
    assert set(times) <= set(np.arange(0, 10_000, 5.0))
    risks = pd.read_csv(ran / "out" / "tables" / "calibration.csv")
    per_curve = risks.groupby(["model", "horizon_days"]).size()
    assert (per_curve <= 50).all()
    assert "patient_id" not in risks.columns


def test_small_cells_are_hidden(ran):
    for name in ("calibration_counts", "survival"):
        table = pd.read_csv(ran / "out" / "tables" / f"{name}.csv")
        counts = table["n" if "n" in table else "n_risk"].dropna()
        assert not ((counts > 0) & (counts < 5)).any(), name
    text = (ran / "out" / "tables" / "cohort_by_site.csv").read_text(encoding="utf-8")
    assert not re.search(r",[1-4] \(", text)


def test_check_keeps_patients_in_private(planted, tmp_path):
    planted.to_table().to_csv(tmp_path / "cohort.csv", index=False)
    assert main(["check", str(tmp_path / "cohort.csv"), "--out", str(tmp_path / "check")]) == 0
    files = shareable(tmp_path / "check")
    assert {f.name for f in files} >= {"audit.json", "audit.html"}
    assert leaks(files) == []


@pytest.mark.parametrize("column", ["albumin", "ecog", "primary_tumor", "brain_mets", "time_days", "event"])
def test_bad_cells_are_counted_not_quoted(planted, tmp_path, capsys, caplog, column):
    table = planted.to_table().astype({column: object})
    table.loc[:1, column] = "Canary-Quetzalcoatl bad cell"
    table.to_csv(tmp_path / "cohort.csv", index=False)
    with caplog.at_level(logging.DEBUG):
        main(["check", str(tmp_path / "cohort.csv"), "--out", str(tmp_path / "check")])
    captured = capsys.readouterr()
    assert PERSON not in captured.out + captured.err + caplog.text
    assert leaks(shareable(tmp_path / "check")) == []


def test_errors_of_nouns_hold_no_values():
    from spinesurv.errors import InputError

    index = pd.MultiIndex.from_tuples([("s", PERSON), ("s", PERSON)], names=["site", "patient_id"])
    with pytest.raises(InputError) as error:
        Cohort(pd.DataFrame({"age": [50, 60]}, index=index))
    assert PERSON not in str(error.value)
    index = pd.MultiIndex.from_tuples([("s", "1"), ("s", "2")], names=["site", "patient_id"])
    for columns in ({"albumin": [ALBUMIN * 10, 3.5]}, {"sex": [CITY, "male"]}, {"age": [PERSON, 60]}):
        with pytest.raises(InputError) as error:
            Cohort(pd.DataFrame(columns, index=index))
        assert PERSON not in str(error.value)
        assert CITY not in str(error.value)
        assert "41.73" not in str(error.value)
