"""Published terms beside a score: within a total nothing but the published equation, refitted an ordinary Cox model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from sklearn.pipeline import make_pipeline

from spinesurv.cohorts import make_cohort
from spinesurv.core import Outcome
from spinesurv.errors import InputError
from spinesurv.models import EquationOnScore, PublishedEquation
from spinesurv.models.equation_on_score import TOTAL
from spinesurv.scores import BesideTotal, Score
from spinesurv.study.file import read_study
from spinesurv.study.systems import build_systems

TRUE = {"egfr_negative": 0.8, "metachronous": 0.5}
DAYS = np.array([90.0, 365.0])
pytestmark = pytest.mark.filterwarnings("ignore:equation nesms_egfr is provisional")


def patients(n: int, seed: int) -> tuple[pd.DataFrame, Outcome, np.ndarray]:
    """Lung cancer with a total from 0 to 3 that halves the hazard at each point, and two terms of known worth."""
    rng = np.random.default_rng(seed)
    total = rng.integers(0, 4, n)
    negative, late = rng.random(n) < 0.5, rng.random(n) < 0.4
    lp = TRUE["egfr_negative"] * negative + TRUE["metachronous"] * late - np.log(2) * total
    time, end = rng.exponential(150 / np.exp(lp)), rng.uniform(300, 900, n)
    frame = pd.DataFrame(
        {
            "primary_tumor": "lung_nsclc",
            "egfr_mutation": np.where(negative, "negative", "positive"),
            "synchronous_spine_mets": np.where(late, "no", "yes"),
            TOTAL: total.astype(float),
        },
        index=[str(i) for i in range(n)],
    )
    return frame, Outcome(np.ceil(np.minimum(time, end)), time <= end), total


LEARNED, OUTCOME, TOTALS = patients(900, 3)


def test_within_a_total_it_is_the_published_equation_fitted_on_its_patients_alone():
    found = EquationOnScore("nesms_egfr").fit(LEARNED, OUTCOME).predict(LEARNED, times_days=DAYS)
    for s in range(4):
        rows = np.flatnonzero(s == TOTALS)
        alone = PublishedEquation("nesms_egfr").fit(LEARNED.iloc[rows], OUTCOME.take(rows))
        expected = alone.predict(LEARNED.iloc[rows], times_days=DAYS).survival
        assert found.survival[rows] == pytest.approx(expected, rel=1e-10)
    better = [found.survival[s == TOTALS, 1].mean() for s in range(4)]
    assert better == sorted(better)
    # ranks across totals as the risk by the last day to which all are followed
    assert np.corrcoef(found.marker, -np.log(found.survival[:, 0]))[0, 1] > 0.95


def test_refitted_it_is_an_ordinary_cox_model_and_finds_the_truth():
    model = EquationOnScore("nesms_egfr", refit=True).fit(LEARNED, OUTCOME)
    design = pd.DataFrame(
        {
            "egfr_negative": (LEARNED["egfr_mutation"] == "negative").astype(float),
            "metachronous": (LEARNED["synchronous_spine_mets"] == "no").astype(float),
            **{f"s{s}": (s == TOTALS).astype(float) for s in range(4) if s != model.reference_},
            "time": OUTCOME.time_days,
            "event": OUTCOME.event,
        }
    )
    other = CoxPHFitter().fit(design, "time", "event")
    for name, truth in TRUE.items():
        beta, error = (model.notes_[f"{name}: {what}"] for what in ("log hazard ratio", "standard error"))
        assert beta == pytest.approx(other.params_[name], abs=1e-5)
        assert error == pytest.approx(other.standard_errors_[name], abs=1e-4)
        assert beta == pytest.approx(truth, abs=4 * error)
    found = model.predict(LEARNED, times_days=DAYS)
    order = np.argsort(other.predict_partial_hazard(design).to_numpy())
    assert (np.diff(found.survival[order, 0]) <= 1e-9).all()
    assert (np.diff(found.marker[order]) >= -1e-9).all()


def test_outcomes_of_judged_patients_change_nothing_and_gaps_have_reasons():
    judged = LEARNED.iloc[:6].copy()
    judged.iloc[0, judged.columns.get_loc("primary_tumor")] = "breast"
    judged.iloc[1, judged.columns.get_loc("egfr_mutation")] = "unknown"
    judged.iloc[2, judged.columns.get_loc(TOTAL)] = np.nan
    judged.iloc[4:, judged.columns.get_loc(TOTAL)] = 1.0
    few = np.flatnonzero(TOTALS != 3)
    for refit in (False, True):
        model = EquationOnScore("nesms_egfr", refit=refit).fit(LEARNED.iloc[few], OUTCOME.take(few))
        judged.iloc[3, judged.columns.get_loc(TOTAL)] = 3.0
        found = model.predict(judged, times_days=DAYS)
        assert list(found.reason[:4]) == [
            "outside the population: primary_tumor is not lung_nsclc",
            "missing: egfr_mutation",
            "missing: total of the score",
            "no training patient with this total died",
        ]
        assert np.isnan(found.survival[:4]).all()
        assert not np.isnan(found.survival[4:]).any()


def test_odds_have_no_baseline_to_choose():
    with pytest.raises(InputError, match="odds of one day"):
        EquationOnScore("dpc_30day_2021").check_settings()


STUDY = """
[study]
name = "nesms"
[cohort]
synthetic = { patients = 300, seed = 1 }
[[systems.models]]
key = "nesms_egfr_refit"
kind = "published_equation"
equation = "nesms_egfr"
score = "nesms"
refit = true
[[systems.models]]
key = "nesms_egfr_strata"
kind = "published_equation"
equation = "nesms_egfr"
score = "nesms"
[[systems.models]]
key = "nesms_egfr"
kind = "published_equation"
"""


def test_a_study_names_both_and_says_which_is_which(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(STUDY, encoding="utf-8")
    systems = build_systems(read_study(path))
    refit, strata, plain = systems.values()
    assert refit.label == "New England Spinal Metastasis Score with the terms of nesms_egfr, refitted"
    assert strata.label.endswith(", by total of New England Spinal Metastasis Score †")
    assert (refit.status, strata.status, plain.status) == ("ready", "provisional", "provisional")
    assert {"albumin", "egfr_mutation", "synchronous_spine_mets"} <= set(refit.inputs)
    cohort = make_cohort(patients=900, seed=2)
    model = strata.estimator.fit(cohort.patients, cohort.outcome)
    found = model.predict(cohort.patients, times_days=DAYS)
    judged = cohort.patients[~np.isnan(found.survival[:, 0])]
    assert len(judged) > 20
    assert set(judged["primary_tumor"]) == {"lung_nsclc"}
    path.write_text(STUDY.replace('score = "nesms"\nrefit', "refit"), encoding="utf-8")
    with pytest.raises(InputError, match="refit = true needs score"):
        build_systems(read_study(path))
    path.write_text(STUDY.replace('"nesms"\nrefit', '"nsms"\nrefit'), encoding="utf-8")
    with pytest.raises(InputError, match="nesms"):
        build_systems(read_study(path))


def test_totals_stand_behind_the_columns():
    cohort = make_cohort(patients=50, seed=1)
    table = make_pipeline(BesideTotal(["egfr_mutation"], Score("nesms"), TOTAL)).transform(cohort.patients)
    expected = Score("nesms").transform(cohort.patients)["total"]
    assert list(table.columns) == ["egfr_mutation", TOTAL]
    assert table[TOTAL].isna().tolist() == expected.isna().tolist()
    assert table[TOTAL].dropna().tolist() == expected.dropna().tolist()
