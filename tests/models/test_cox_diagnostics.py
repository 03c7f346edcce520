"""Diagnostics of Cox models: what was built in is found, and only that; gaps with reasons."""

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from spinesurv.core import Outcome
from spinesurv.features import Encoder
from spinesurv.models import CoxNomogram
from spinesurv.models.cox_diagnostics import DIAGNOSTIC_COLUMNS, cox_diagnostics
from spinesurv.stats.cox import fit_cox
from tests.cohort_factory import small_cohort


def diagnosed(patients, outcome, terms, **settings):
    fitted = make_pipeline(Encoder(terms), CoxNomogram(**settings)).fit(patients, outcome)
    return cox_diagnostics(fitted, horizon_days=365)


def lines(table, check):
    return table[table["check"] == check].set_index("predictor")


def test_a_clean_cohort_gives_numbers_and_nothing_notable():
    cohort = small_cohort(600)
    terms = [{"variable": "albumin", "knots": 4}, "ecog", "brain_mets"]
    table = diagnosed(cohort.patients, cohort.outcome, terms)
    assert list(table.columns) == DIAGNOSTIC_COLUMNS
    assert set(table["status"]) == {"ok"}
    assert not table["notable"].any()
    assert (table.loc[table["check"] == "proportional hazards", "df"] == [3, 1, 1, 5]).all()
    assert list(lines(table, "linearity").index) == ["Serum albumin", "ECOG performance status"]


def test_shrinkage_and_sizes_are_those_of_the_likelihood_ratio():
    cohort = small_cohort(300)
    table = diagnosed(cohort.patients, cohort.outcome, ["albumin", "ecog"])
    design = cohort.patients[["albumin", "ecog"]].to_numpy(dtype=float)
    fit = fit_cox(design, cohort.outcome.time_days, cohort.outcome.event)
    ratio = 2 * (fit.log_likelihood[1] - fit.log_likelihood[0])
    assert lines(table, "shrinkage")["value"].iloc[0] == pytest.approx(1 - 2 / ratio)
    r2 = (1 - 2 / ratio) * (1 - np.exp(-ratio / 300))
    needed = np.ceil(2 / (-0.1 * np.log(1 - r2 / 0.9)))
    assert lines(table, "patients needed")["value"].iloc[0] == needed


def simulated(n, effect_late, bend):
    """Albumin acts before day 200 only where `effect_late` is 0; NLR acts by its square where `bend`."""
    random = np.random.default_rng(4)
    index = pd.MultiIndex.from_arrays([["a"] * n, [str(i) for i in range(n)]], names=["site", "patient_id"])
    albumin, nlr = random.normal(3.6, 0.5, n), random.uniform(1, 9, n)
    early = np.exp(1.5 * (albumin - 3.6) + bend * (nlr - 5) ** 2)
    late = np.exp(effect_late * (albumin - 3.6) + bend * (nlr - 5) ** 2)
    clock = random.exponential(300.0, n)
    death = np.where(clock < 200 * early, clock / early, 200 + (clock - 200 * early) / late)
    outcome = Outcome(np.minimum(death, 900.0), death <= 900.0)
    return pd.DataFrame({"albumin": albumin, "nlr": nlr}, index=index), outcome


def test_a_hazard_ratio_that_changes_is_found_and_so_is_a_curve():
    table = diagnosed(*simulated(800, effect_late=-1.0, bend=0.0), ["albumin", "nlr"])
    changes = lines(table, "proportional hazards")
    assert changes.loc["Serum albumin", "notable"] and changes.loc["all", "notable"]
    assert changes.loc["Serum albumin", "remark"] == "the hazard ratio changes over time"
    assert not changes.filter(like="eutrophil", axis=0)["notable"].any()
    curved = lines(diagnosed(*simulated(800, effect_late=1.5, bend=0.1), ["albumin", "nlr"]), "linearity")
    assert curved["notable"].tolist() == [False, True]
    assert curved["remark"].iloc[1] == "a spline with 4 knots added; a line does not fit"


def test_few_patients_who_carry_a_coefficient_are_found():
    """Albumin is noise, but five of 150 patients far outside die first."""
    cohort = small_cohort(150, seed=2)
    first = np.argsort(cohort.outcome.time_days)[:5]
    albumin = np.random.default_rng(2).normal(3.2, 0.3, 150)
    albumin[first] = 6.0
    outcome = Outcome(cohort.outcome.time_days, cohort.outcome.event | np.isin(np.arange(150), first))
    table = diagnosed(cohort.patients.assign(albumin=albumin), outcome, ["ecog", "albumin"])
    influence = lines(table, "influence")
    assert influence["notable"].tolist() == [False, True]
    assert influence["value"].iloc[1] < -1.96
    assert influence["remark"].iloc[1] == "standard errors, without 5 of 150 patients; its sign hangs on them"


def test_what_cannot_be_checked_has_a_reason():
    cohort = small_cohort(9, seed=3)
    noise = np.random.default_rng(3).normal(3.6, 0.5, 9)
    table = diagnosed(cohort.patients.assign(albumin=noise), cohort.outcome, ["albumin", "n_spine_mets"])
    gaps = table[table["status"] == "gap"].set_index("check")["reason"]
    assert gaps["influence"] == "9 patients are too few to leave out 5"
    assert "different knots" in gaps["linearity"]
    assert (table.loc[table["status"] == "gap", "value"].isna()).all()


def test_a_penalty_is_taken_off():
    cohort = small_cohort(300)
    free = diagnosed(cohort.patients, cohort.outcome, ["albumin", "ecog"])
    held = diagnosed(cohort.patients, cohort.outcome, ["albumin", "ecog"], penalty=0.5)
    pd.testing.assert_frame_equal(free, held, rtol=1e-6)
    doubled = cohort.patients.assign(albumin=cohort.patients["ecog"].astype(float) / 4 + 2)
    table = diagnosed(doubled, cohort.outcome, ["albumin", "ecog"], penalty=0.5)
    assert table["status"].tolist() == ["gap"]
    assert "without its penalty: Cox model: the 2 columns repeat each other" in table["reason"].iloc[0]


def test_a_product_is_not_held_against_its_factors():
    cohort = small_cohort(400)
    encoder = Encoder(["albumin", "ecog", "brain_mets"], [("albumin", "ecog")])
    model = make_pipeline(encoder, CoxNomogram()).fit(cohort.patients, cohort.outcome)
    table = cox_diagnostics(model, horizon_days=365)
    inflation = lines(table, "collinearity")["value"]
    together = "Serum albumin × ECOG performance status"
    assert list(inflation.index) == ["Parenchymal brain metastases", together, "all"]
    assert inflation[together] < 1.1
    assert together in lines(table, "proportional hazards").index
