"""What a model cannot learn from: one sentence or warning each, from the API and from a study file."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from spinesurv.__main__ import main
from spinesurv.core import Cohort
from spinesurv.errors import InputError
from spinesurv.features import Encoder
from spinesurv.models import CoxNomogram
from spinesurv.models.model_size import FewEventsWarning
from spinesurv.study import Study
from spinesurv.study.everybody import fit_everybody
from tests.cohort_factory import small_cohort
from tests.study.files import STUDY, write_study

MANY = ["albumin", "ecog", "brain_mets", "primary_tumor", "n_spine_mets", "visceral_mets", "frankel"]
#: the model alone, so that nothing but its fits is run
ALONE = re.sub(r'scores = \["tomita"\]|reference = "tomita"', "", STUDY)


def changed(**columns):
    cohort = small_cohort(90)
    dead = cohort.known_outcome.event
    return Cohort(
        cohort.patients.assign(**{name: values(cohort.patients, dead) for name, values in columns.items()}),
        outcome=cohort.outcome,
        time_zero="surgery",
    )


def fit(cohort, terms, **settings):
    return make_pipeline(Encoder(terms), CoxNomogram(**settings)).fit(cohort.patients, cohort.outcome)


SEPARATED = changed(brain_mets=lambda p, dead: np.where(dead, "yes", "no"))
REPEATED = changed(n_spine_mets=lambda p, dead: p["ecog"] + 1)
NOBODY = changed(albumin=lambda p, dead: np.nan)

REFUSED = [
    (
        SEPARATED,
        ["albumin", "brain_mets"],
        r"separates those who die.*or set a penalty\. Predictors concerned: brain_mets \(2 columns, \d+ deaths\)",
    ),
    (
        REPEATED,
        ["ecog", "albumin", "n_spine_mets"],
        r"repeat each other.*concerned: ecog, n_spine_mets \(3 columns",
    ),
    (NOBODY, ["ecog", "albumin"], "predictor albumin: no training patient has a value. Leave it out"),
    (
        small_cohort(90),
        ["ecog", "postoperative_radiotherapy"],
        "role after_time_zero.*known at time zero may predict",
    ),
]


@pytest.mark.parametrize(("cohort", "terms", "words"), REFUSED)
def test_the_api_refuses_with_a_sentence(cohort, terms, words):
    with pytest.raises(InputError, match=words):
        fit(cohort, terms)


@pytest.mark.parametrize(("cohort", "terms", "words"), REFUSED)
def test_a_study_refuses_with_the_same_sentence_and_its_place(tmp_path, capsys, cohort, terms, words):
    text = re.sub(r"predictors = .*", f"predictors = {terms!r}".replace("'", '"'), ALONE)
    study = write_study(tmp_path, text=text, cohort=cohort)
    assert main(["run", str(study), "--out", str(tmp_path / "out"), "--jobs", "1"]) == 1
    said = capsys.readouterr().err
    told = [line for line in said.splitlines() if line.startswith("spinesurv: ")]
    assert len(told) == 1 and re.search(words, told[0])
    assert re.match("spinesurv: (study file study.toml|model cox, judged site 'a')", told[0])
    assert "Traceback" not in said


def test_a_penalty_fits_what_separates():
    assert np.isfinite(fit(SEPARATED, ["albumin", "brain_mets"], penalty=0.1)[-1].coef_).all()
    assert np.isfinite(fit(SEPARATED, ["albumin", "brain_mets"], penalty="cross_validated")[-1].coef_).all()


def test_a_level_that_training_never_saw_is_no_reference_level():
    model = fit(small_cohort(200), ["primary_tumor", "ecog"])
    new = small_cohort(4).patients.assign(primary_tumor=["breast", "prostate", None, "kidney"])
    predicted = model.predict(new, times_days=[90.0])
    assert list(predicted.predicted) == [True, False, False, True]
    assert predicted.reason[1] == "missing or of a level never seen in training: primary_tumor"
    # or it joins the rest, where the study names what is rare
    joined = fit(small_cohort(200), [{"variable": "primary_tumor", "minimum_patients": 20}, "ecog"])
    assert joined.predict(new, times_days=[90.0]).predicted.tolist() == [True, True, False, True]


def test_more_parameters_than_the_events_allow_warn_with_numbers():
    """13 parameters: the deaths per parameter by hand, and Riley's number of patients from its published formula."""
    cohort = small_cohort(90)
    with pytest.warns(FewEventsWarning) as caught:
        model = fit(cohort, MANY)[-1]
    p, events = len(model.coef_), model.events_
    told = str(caught[0].message)
    assert told.startswith(
        f"Cox model: {p} parameters for {events} events of 90 patients, {events / p:.1f} per parameter"
    )
    ratio = 2 * (model.fit_.log_likelihood[1] - model.fit_.log_likelihood[0])
    slope = 1 - p / ratio
    assert f"expected calibration slope {slope:.2f}" in told
    r2 = slope * (1 - np.exp(-ratio / 90))
    for_shrinkage = p / ((0.9 - 1) * np.log(1 - r2 / 0.9))
    found = re.search(r"about (\d+) patients with (\d+) events", told)
    assert int(found[1]) >= round(for_shrinkage)  # or what the criterion of R2 asks for, where that is more
    assert int(found[2]) == pytest.approx(int(found[1]) * events / 90, abs=1)


def test_a_penalty_counts_its_effective_parameters():
    with pytest.warns(FewEventsWarning, match=r"Cox model: (\d+\.?\d*) parameters") as caught:
        model = fit(small_cohort(90), MANY, penalty=0.1)[-1]
    assert f"Cox model: {model.fit_.effective_df:.3g} parameters" in str(caught[0].message)
    assert model.fit_.effective_df < len(model.coef_)


def test_enough_events_are_silent():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(small_cohort(400), MANY)


def test_a_study_tells_it_of_the_fit_on_all_patients(tmp_path):
    text = re.sub(r"predictors = .*", f"predictors = {MANY!r}".replace("'", '"'), ALONE)
    study = Study.read(write_study(tmp_path, text=text))
    said = fit_everybody(study.systems, small_cohort(90), imputations=0, seed=1).warnings
    assert len(said["cox"]) == 1 and said["cox"][0].startswith("FewEventsWarning: Cox model: ")
