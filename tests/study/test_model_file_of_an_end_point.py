"""Model files where other events compete with the one that is predicted."""

import json
from dataclasses import replace

import jsonschema
import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from spinesurv.core import Outcome
from spinesurv.errors import InputError
from spinesurv.features import Encoder
from spinesurv.models import CauseSpecificCox
from spinesurv.study import load_model, save_model
from spinesurv.study.predict import predict_table
from tests.cohort_factory import small_cohort
from tests.house.sources import PACKAGE


@pytest.fixture(scope="module")
def of_failure(tmp_path_factory):
    """Two Cox models of failure with death competing, and their file."""
    cohort = failing_cohort(500)
    fitted = make_pipeline(Encoder(["albumin", "ecog", "brain_mets"]), CauseSpecificCox())
    fitted.fit(cohort.patients, cohort.outcome)
    path = tmp_path_factory.mktemp("failure") / "m.json"
    return cohort, fitted, save_model(fitted, path, cohort=cohort, key="failure", horizons_days=[100])


def failing_cohort(n: int):
    """Of the deaths of the small cohort every third, drawn at random, is a failure before death."""
    cohort = small_cohort(n, missing=0.1)
    failed = np.random.default_rng(8).random(n) < 1 / 3
    cause = np.where(failed, "failure", "death").astype(object)
    outcome = Outcome(cohort.outcome.time_days, cohort.outcome.event, cause=cause, end_point="failure")
    return replace(cohort, outcome=outcome)


def test_the_file_of_a_cause_specific_model_adds_up_over_its_days(of_failure):
    cohort, fitted, file = of_failure
    kept = load_model(file)
    days = np.array(kept.days)
    assert 100.0 in days
    asked = [28.0, 100.0, 365.0]
    ours, theirs = (m.predict(cohort.patients, times_days=asked) for m in (fitted, kept))
    # by hand for the first complete patient: hazards on the grid, shares constant between two days
    one = cohort.patients.dropna().iloc[:1]
    x = fitted[0].transform(one)
    own, other = (
        np.diff(m.hazard(days), prepend=0.0) * np.exp(m.predict(x, times_days=[90]).marker[0])
        for m in fitted[-1].models
    )
    free, risk = 1.0, []
    for a, b in zip(own, other, strict=True):
        risk.append((risk[-1] if risk else 0.0) + free * (1 - np.exp(-a - b)) * a / max(a + b, 1e-300))
        free *= np.exp(-a - b)
    found = kept.predict(one, times_days=asked).survival[0]
    np.testing.assert_allclose(found, 1 - np.interp(asked, days, risk), rtol=0, atol=1e-12)
    # the file says how far it is from the model, whose sum runs over days of events that it must not hold
    told = json.loads(file.read_text(encoding="utf-8"))["model"]["largest_distance"]
    distance = np.nanmax(np.abs(theirs.survival - ours.survival))
    # of 450 patients the errors of a risk are about 0.03
    assert 0 < distance <= told < 0.03
    assert list(theirs.reason) == list(ours.reason) and theirs.marker is None
    assert (np.isnan(theirs.survival) == np.isnan(ours.survival)).all()


def test_the_file_of_a_cause_specific_model_says_what_it_predicts(of_failure):
    cohort, _, file = of_failure
    content = json.loads(file.read_text(encoding="utf-8"))
    schema = json.loads((PACKAGE / "study" / "model_file.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(content)
    complete = cohort.patients[["albumin", "ecog", "brain_mets"]].notna().all(axis=1).to_numpy()
    training = content["training"]
    assert training["end_point"] == "failure"
    assert training["events"] == int(cohort.outcome.of_interest[complete].sum())
    assert "1 minus the cumulative incidence" in " ".join(content["card"]["limitations"])
    assert "deaths" not in content["card"]["population"]
    assert not set(load_model(file).days) & {
        d for d in cohort.outcome.time_days if d % 30 and d not in (28, 42, 100, 365, 730)
    }


def test_the_range_of_an_incidence_holds_every_value_of_missing_inputs(of_failure):
    _, _, file = of_failure
    kept = load_model(file)
    patients = small_cohort(2).patients.assign(albumin=3.1, ecog=[2, np.nan], brain_mets=None)
    table = predict_table(kept, patients, horizons_days=[90])
    every = pd.concat([patients.iloc[1:]] * 10).assign(
        ecog=[*range(5)] * 2, brain_mets=["yes"] * 5 + ["no"] * 5
    )
    every.index = small_cohort(10).patients.index
    risk = 1 - kept.predict(every, times_days=[90]).survival[:, 0]
    one = risk[[2, 7]]  # ECOG 2: one missing input is tried, exactly
    assert table.loc[0, ["risk_lowest_90", "risk_highest_90"]].tolist() == pytest.approx(
        sorted(one), abs=1e-12
    )
    assert table.loc[1, "risk_lowest_90"] <= risk.min() and risk.max() <= table.loc[1, "risk_highest_90"]
    assert table.loc[1, "risk_highest_90"] < 1
    assert table["most_informative"].tolist()[0] == "brain_mets"
    with pytest.raises(InputError, match="no survival for day 91"):
        kept.predict(every, times_days=[91])
