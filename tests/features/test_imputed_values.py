"""What was filled in beside what was recorded: aggregates, small cells hidden."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import trapezoid

from spinesurv.features import ChainedImputer, imputed_values
from tests.cohort_factory import small_cohort

VARIABLES = ["albumin", "ecog", "brain_mets", "primary_tumor"]


@pytest.fixture(scope="module")
def table():
    patients = small_cohort(400, missing=0.2).patients
    imputer = ChainedImputer(VARIABLES, random_state=3).fit(patients)
    return patients, imputed_values(patients, [imputer.draw(patients, k, 3) for k in (1, 2)], VARIABLES)


def test_variables_without_gaps_are_left_out(table):
    assert set(table[1]["variable"]) == {"albumin", "ecog", "brain_mets"}


def test_shares_are_those_of_the_recorded_values(table):
    patients, found = table
    mine = found[(found["variable"] == "ecog") & (found["imputation"] == 0)].set_index("value")["amount"]
    expected = patients["ecog"].dropna().astype(float).value_counts(normalize=True).sort_index()
    np.testing.assert_allclose(mine.to_numpy(), expected.to_numpy(), rtol=1e-12)
    mine = found[(found["variable"] == "brain_mets") & (found["imputation"] == 0)].set_index("level")[
        "amount"
    ]
    assert mine["yes"] == pytest.approx((patients["brain_mets"].dropna() == "yes").mean(), rel=1e-12)


def test_a_density_has_area_one_apart_from_its_tails(table):
    mine = table[1][(table[1]["variable"] == "albumin") & (table[1]["imputation"] == 0)]
    assert mine["form"].unique() == ["density"]
    assert 0.9 < trapezoid(mine["amount"], mine["value"]) < 1.0


def test_counts_are_those_of_gaps_and_values(table):
    patients, found = table
    gaps = int(patients["albumin"].isna().sum())
    mine = found[found["variable"] == "albumin"].groupby("imputation")["n"].first()
    assert mine.to_dict() == {0: len(patients) - gaps, 1: gaps, 2: gaps}


def test_small_cells_are_hidden():
    patients = small_cohort(60, missing=0.0).patients.copy()
    patients.iloc[:4, patients.columns.get_loc("albumin")] = np.nan  # 4 gaps: the variable is left out
    patients.iloc[:6, patients.columns.get_loc("brain_mets")] = np.nan
    completed = patients.assign(
        albumin=patients["albumin"].fillna(3.0),
        brain_mets=["yes"] + ["no"] * 5 + list(patients["brain_mets"][6:]),
    )
    found = imputed_values(patients, [completed], ["albumin", "brain_mets"])
    assert list(found["variable"].unique()) == ["brain_mets"]
    imputed = found[found["imputation"] == 1].set_index("level")["amount"]
    assert np.isnan(imputed["yes"])  # 1 patient of 6
    assert imputed["no"] == pytest.approx(5 / 6)
