"""What remains possible where inputs are missing: by hand, and against every value that could have been recorded."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from spinesurv.features import Encoder
from spinesurv.models import BoostedCox, CoxNomogram, FixedHorizonBooster
from spinesurv.models.kept_cox import cox_from_state
from spinesurv.models.possible import possible_with_cox, possible_with_trees
from spinesurv.models.tree_thresholds import rounded_thresholds
from spinesurv.stats.splines import restricted_cubic, restricted_cubic_range
from tests.cohort_factory import small_cohort

TUMOUR = {"variable": "primary_tumor", "minimum_patients": 20}
TERMS = [{"variable": "albumin", "knots": 4}, "ecog", "brain_mets", TUMOUR]
DAYS = [42.0, 90.0, 365.0]


def by_hand() -> tuple[Encoder, CoxNomogram]:
    """h(t | x) = h0(t) exp(0.5 (ecog - 2) + 1.0 (brain - 0)), H0(90) = 0.2; ECOG 0 to 4 in training."""
    index = pd.MultiIndex.from_tuples([("s", str(i)) for i in range(201)], names=["site", "patient_id"])
    ecog = np.resize([0, 1, 2, 3, 4], 201)
    patients = pd.DataFrame({"ecog": ecog, "brain_mets": np.resize(["yes", "no"], 201)}, index=index)
    encoder = Encoder(["ecog", "brain_mets"]).fit(patients)
    state = {
        "columns": [["ecog", "linear"], ["brain_mets", "linear"]],
        "coef": [0.5, 1.0],
        "covariance": [[0.01, 0.0], [0.0, 0.04]],
        "centre": [2.0, 0.0],
        "stratify_by": None,
        "penalty": 0.0,
        "n": 201,
        "events": 100,
        "days": [90.0],
        "hazard": {"all": [0.2]},
    }
    return encoder, cox_from_state(state)


def patient(**values) -> pd.DataFrame:
    index = pd.MultiIndex.from_tuples([("s", "1")], names=["site", "patient_id"])
    return pd.DataFrame({name: [value] for name, value in values.items()}, index=index)


def risk(lp: float) -> float:
    return 1.0 - np.exp(-0.2 * np.exp(lp))


@pytest.mark.parametrize(
    ("values", "low", "high", "widest"),
    [
        ({"ecog": 3, "brain_mets": "yes"}, risk(1.5), risk(1.5), ""),
        ({"ecog": 3, "brain_mets": None}, risk(0.5), risk(1.5), "brain_mets"),
        ({"ecog": np.nan, "brain_mets": "yes"}, risk(0.0), risk(2.0), "ecog"),
        ({"ecog": np.nan, "brain_mets": None}, risk(-1.0), risk(2.0), "ecog"),
    ],
)
def test_by_hand(values, low, high, widest):
    encoder, model = by_hand()
    found = possible_with_cox(encoder, model, patient(**values), [90.0])
    np.testing.assert_allclose([found.lowest[0, 0], found.highest[0, 0]], [low, high], rtol=1e-12)
    assert found.widest[0] == widest


def test_the_range_of_a_spline_is_that_of_a_fine_grid():
    random = np.random.default_rng(7)
    for _ in range(30):
        at = np.sort(random.uniform(0, 10, 5))
        slope = random.normal(size=4)
        low, high = restricted_cubic_range(slope, at, -1.0, 11.0)
        fine = restricted_cubic(np.linspace(-1, 11, 20_001), at) @ slope
        assert low <= fine.min() + 1e-9 and high >= fine.max() - 1e-9
        # the grid misses a turn by half its step at most
        np.testing.assert_allclose([low, high], [fine.min(), fine.max()], atol=1e-5 * np.ptp(fine))


@pytest.fixture(scope="module")
def cohort():
    return small_cohort(150, missing=0.2, seed=4)


@pytest.mark.parametrize(
    "model",
    [CoxNomogram(), BoostedCox(n_rounds=40), FixedHorizonBooster(n_rounds=30)],
    ids=["cox", "boosted_cox", "sorg_style"],
)
def test_no_value_that_could_have_been_recorded_leads_out_of_the_range(cohort, model):
    patients = cohort.patients
    fitted = make_pipeline(Encoder(TERMS), model).fit(patients, cohort.outcome)
    encoder, model = fitted[0], fitted[-1]
    exact = isinstance(model, CoxNomogram)
    possible = possible_with_cox if exact else possible_with_trees
    found = possible(encoder, model, patients, DAYS)
    low, high = encoder.range_["albumin"]
    tried = []
    for albumin, ecog, brain in itertools.product(np.linspace(low, high, 15), range(5), ("yes", "no")):
        filled = patients.fillna({"albumin": albumin, "ecog": ecog, "brain_mets": brain})
        tried.append(1.0 - fitted.predict(filled, times_days=DAYS).survival)
    lowest, highest = np.min(tried, axis=0), np.max(tried, axis=0)
    assert (found.lowest <= lowest + 1e-6).all()
    assert (found.highest >= highest - 1e-6).all()
    open_ = patients[["albumin", "ecog", "brain_mets"]].isna().to_numpy()
    whole = ~open_.any(axis=1)
    np.testing.assert_allclose(found.lowest[whole], lowest[whole], atol=1e-12)
    assert (found.widest[whole] == "").all()
    one = open_.sum(axis=1) == 1
    # where the ends are exact, a grid of 15 values comes near them
    reached = slice(None) if exact else one
    np.testing.assert_allclose(found.lowest[reached], lowest[reached], atol=0.02)
    np.testing.assert_allclose(found.highest[reached], highest[reached], atol=0.02)
    names = np.array(["albumin", "ecog", "brain_mets"], dtype=object)
    assert (found.widest[one] == names[open_[one].argmax(axis=1)]).all()


def test_thresholds_are_nobodys_value_and_send_everybody_the_same_way(cohort):
    import xgboost

    terms = [{"variable": "albumin", "shape": "linear"}, "ecog", "brain_mets"]
    fitted = make_pipeline(Encoder(terms), BoostedCox(n_rounds=40)).fit(cohort.patients, cohort.outcome)
    design = fitted[0].transform(cohort.patients)
    raw = json.loads(fitted[-1].booster_.save_raw("json"))
    rounded = rounded_thresholds(raw, design.to_numpy())

    def thresholds(model: dict) -> set[float]:
        trees = model["learner"]["gradient_booster"]["model"]["trees"]
        return {
            float(np.float32(t["split_conditions"][i]))
            for t in trees
            for i, child in enumerate(t["left_children"])
            if child >= 0 and t["split_indices"][i] == 0
        }

    recorded = {float(np.float32(v)) for v in cohort.patients["albumin"].dropna()}
    assert thresholds(raw) & recorded  # XGBoost cuts at recorded values
    assert not thresholds(rounded) & recorded
    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(bytearray(json.dumps(rounded), "utf-8"))
    table = xgboost.DMatrix(design.to_numpy(), feature_names=fitted[-1].booster_.feature_names)
    np.testing.assert_array_equal(booster.predict(table), fitted[-1].booster_.predict(table))


@pytest.mark.parametrize("gap", [("brain_mets",), ("albumin",), ("albumin", "brain_mets")])
def test_inputs_that_interact_are_looked_at_together(gap):
    """Against every value that could have been recorded, on the same grid."""
    cohort = small_cohort(400)
    encoder = Encoder(["albumin", "brain_mets", "ecog"], [("albumin", "brain_mets")]).fit(cohort.patients)
    model = CoxNomogram().fit(encoder.transform(cohort.patients), cohort.outcome)
    person = patient(albumin=3.1, brain_mets="yes", ecog=2)
    values = {"albumin": np.linspace(*encoder.range_["albumin"], 101), "brain_mets": ["no", "yes"]}
    tried = [
        person.assign(**dict(zip(gap, combination, strict=True)))
        for combination in itertools.product(*(values[name] for name in gap))
    ]
    risks = [1 - model.predict(encoder.transform(p), times_days=DAYS).survival[0] for p in tried]
    person[list(gap)] = None
    found = possible_with_cox(encoder, model, person.astype({"albumin": float}), DAYS)
    np.testing.assert_allclose(found.lowest[0], np.min(risks, axis=0), rtol=1e-9)
    np.testing.assert_allclose(found.highest[0], np.max(risks, axis=0), rtol=1e-9)
    assert found.widest[0] in gap


def test_three_inputs_tied_by_interactions_have_no_range_where_one_is_missing():
    cohort = small_cohort(400)
    pairs = [("albumin", "brain_mets"), ("albumin", "ecog")]
    encoder = Encoder(["albumin", "brain_mets", "ecog"], pairs).fit(cohort.patients)
    model = CoxNomogram().fit(encoder.transform(cohort.patients), cohort.outcome)
    known = patient(albumin=3.1, brain_mets="yes", ecog=2)
    found = possible_with_cox(encoder, model, known, DAYS)
    np.testing.assert_allclose(found.lowest, found.highest)
    unknown = possible_with_cox(encoder, model, known.assign(ecog=np.nan), DAYS)
    assert np.isnan(unknown.lowest).all()
