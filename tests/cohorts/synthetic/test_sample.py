"""Written cohorts, and the sample that comes with the checkout."""

import pandas as pd

from spinesurv.cohorts.synthetic import make_cohort_with_truth, write_synthetic
from spinesurv.core import codebook
from tests.paths import ROOT

SAMPLE = ROOT / "data" / "sample_cohort.csv"
SAMPLE_PATIENTS, SAMPLE_SEED = 120, 20260101


def test_sample_is_reproduced_byte_for_byte(tmp_path):
    write_synthetic(tmp_path / "again.csv", patients=SAMPLE_PATIENTS, seed=SAMPLE_SEED)
    assert (tmp_path / "again.csv").read_bytes() == SAMPLE.read_bytes()


def test_readme_tells_how_the_sample_was_made():
    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    assert f"--patients {SAMPLE_PATIENTS} --seed {SAMPLE_SEED}" in text


def test_truth_goes_to_a_file_of_its_own(tmp_path):
    write_synthetic(tmp_path / "c.csv", patients=50, seed=2, truth_path=tmp_path / "truth.csv")
    table = pd.read_csv(tmp_path / "c.csv", keep_default_na=False, dtype=str)
    truth = pd.read_csv(tmp_path / "truth.csv")
    assert all(name in codebook() for name in table.columns)
    assert not {"lp", "frailty", "death_days"} & set(table.columns)
    assert table["patient_id"].tolist() == truth["patient_id"].tolist()
    assert set(table["event"]) <= {"0", "1"}
    assert truth["lp"].tolist() == [float(f"{v:.12g}") for v in make_cohort_with_truth(50, 2)[1]["lp"]]


def test_none_is_written_as_a_level_and_a_gap_as_nothing(tmp_path):
    cohort = write_synthetic(tmp_path / "c.csv", patients=300, seed=2)
    table = pd.read_csv(tmp_path / "c.csv", keep_default_na=False, dtype=str)
    column = cohort.patients["visceral_mets"]
    assert (table["visceral_mets"] == "").sum() == column.isna().sum() > 0
    assert (table["visceral_mets"] == "none").sum() == (column == "none").sum() > 0
