from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Cohort, Outcome
from spinesurv.report import table_one
from tests.report.content import made_up_cohort


def cell(table, variable, level, site):
    rows = table[table["variable"].str.startswith(variable) & table["level"].str.startswith(level)]
    assert len(rows) == 1, (variable, level, len(rows))
    return rows[site].item()


@pytest.fixture
def small():
    """Ten patients of two sites, described by hand below."""
    patients = pd.DataFrame(
        {
            "age": [50, 60, 70, 80, 90, 40, 50, 60, 70, np.nan],
            "sex": ["female"] * 5 + ["female", "male", "male", "male", "male"],
            "ecog": [0, 0, 0, 0, 0, 1, 1, 1, 1, 1],
            "primary_tumor": ["breast"] * 5 + ["prostate"] * 5,
            "albumin": [3.0, 3.5, 4.0, 4.5, 5.0, 3.1, 3.2, 3.3, np.nan, np.nan],
        },
        index=pd.MultiIndex.from_tuples(
            [("a" if k < 5 else "b", f"p{k}") for k in range(10)], names=["site", "patient_id"]
        ),
    )
    return Cohort(patients, Outcome(np.arange(1.0, 11.0), [1, 1, 1, 1, 1, 1, 0, 0, 0, 0]))


def test_by_hand(small):
    table = table_one(small, follow_up_days={"a": (123.4, 98.7, np.nan), "All": (200.0, 150.2, 260.0)})
    assert list(table.columns) == ["variable", "level", "a", "b", "All"]
    assert cell(table, "Patients", "n", "All") == "10"
    assert cell(table, "Deaths", "n", "a") == "5 (100 %)"
    assert cell(table, "Deaths", "n", "b") == "<5"
    assert cell(table, "Deaths", "n", "All") == "6 (60 %)"
    follow_up = [cell(table, "Median follow-up", "days", s) for s in ("a", "b", "All")]
    assert follow_up == ["123 (99 to –)", "–", "200 (150 to 260)"]
    assert cell(table, "Age", "mean", "a") == "70.0 (15.8)"  # 50..90 by 10: variance 250
    assert cell(table, "Age", "mean", "b") == "<5 values"
    assert cell(table, "Age", "missing", "b") == "<5"
    assert cell(table, "Sex", "female", "All") == "6 (60 %)"
    assert cell(table, "ECOG", "1", "b") == "5 (100 %)"
    assert cell(table, "ECOG", "1", "a") == "0 (0 %)"
    assert cell(table, "Primary", "Breast", "a") == "5 (100 %)"
    assert cell(table, "Serum albumin", "median", "a") == "4.00 (3.50 to 4.50)"
    assert cell(table, "Serum albumin", "median", "b") == "<5 values"


def test_no_count_from_one_to_four_is_shown():
    table = table_one(made_up_cohort(per_site=23))
    counts = table[table["level"].str.contains(r"n \(%\)")].drop(columns=["variable", "level"])
    shown = counts.melt()["value"].str.extract(r"^(\d+)", expand=False).dropna().astype(int)
    assert (table == "<5").any(axis=None)
    assert not shown.between(1, 4).any()


def test_a_share_is_of_the_patients_in_whom_it_is_known(small):
    patients = small.patients.copy()
    patients["sex"] = ["female"] * 6 + ["male"] * 2 + [np.nan] * 2
    table = table_one(Cohort(patients, small.outcome))
    assert cell(table, "Sex", "female", "All") == "6 (75 %)"


def test_a_laboratory_value_that_a_site_never_measured_is_said():
    table = table_one(made_up_cohort())
    assert cell(table, "Lactate", "median", "Aarberg") == "not recorded"
    assert cell(table, "Lactate", "missing", "Aarberg") == "60 (100 %)"


def test_eight_tumours_and_the_others():
    table = table_one(made_up_cohort())
    tumours = table[table["variable"] == "Primary tumour"]["level"].tolist()
    assert len(tumours) == 10
    assert tumours[-2:] == ["all others, n (%)", "missing, n (%)"]


def test_a_cohort_without_outcome_and_variables():
    patients = pd.DataFrame(
        {"age": [50.0] * 6}, index=pd.MultiIndex.from_product([["a"], range(6)], names=["site", "patient_id"])
    )
    table = table_one(Cohort(patients))
    assert "Deaths" not in set(table["variable"])
    assert cell(table, "Sex", "female", "a") == "not recorded"
    assert cell(table, "Sex", "missing", "a") == "6 (100 %)"


def test_describing_changes_nothing(small):
    before = small.patients.copy(deep=True)
    table_one(small)
    pd.testing.assert_frame_equal(small.patients, before)
