"""Predictors become columns; levels and knots come from training alone; gaps stay gaps."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from spinesurv.errors import InputError, NotFittedError
from spinesurv.features import Encoder, Term
from spinesurv.features.encode import REST
from spinesurv.stats.splines import knots, restricted_cubic
from tests.cohort_factory import small_cohort

PATIENTS = small_cohort(300).patients


def test_linear_yes_no_spline_and_category():
    out = Encoder(
        ["ecog", "brain_mets", {"variable": "albumin", "knots": 4}, {"variable": "primary_tumor"}]
    ).fit_transform(PATIENTS)
    assert list(out.columns.get_level_values("variable").unique()) == [
        "ecog",
        "brain_mets",
        "albumin",
        "primary_tumor",
    ]
    np.testing.assert_array_equal(out["ecog", "linear"], PATIENTS["ecog"].astype(float))
    np.testing.assert_array_equal(out["brain_mets", "linear"], PATIENTS["brain_mets"] == "yes")
    expected = restricted_cubic(PATIENTS["albumin"], knots(PATIENTS["albumin"], 4))
    np.testing.assert_allclose(out["albumin"].to_numpy(), expected, rtol=1e-14)
    for level in ("kidney", "thymoma"):
        np.testing.assert_array_equal(out["primary_tumor", level], PATIENTS["primary_tumor"] == level)


def test_rare_levels_join_the_rest_and_groups_are_merged():
    rare = Encoder([{"variable": "primary_tumor", "minimum_patients": 20}]).fit(PATIENTS)
    assert REST in [*rare.levels_["primary_tumor"], rare.reference_["primary_tumor"]]
    assert "thymoma" not in rare.levels_["primary_tumor"]
    merged = Encoder([{"variable": "primary_tumor", "groups": {"slow": ["breast", "kidney"]}}]).fit_transform(
        PATIENTS
    )
    assert list(merged.columns) == [("primary_tumor", REST)]
    np.testing.assert_array_equal(
        merged["primary_tumor", REST], ~PATIENTS["primary_tumor"].isin(["breast", "kidney"])
    )


def test_a_level_never_seen_is_a_gap_not_the_reference():
    encoder = Encoder(["primary_tumor"]).fit(PATIENTS[PATIENTS["primary_tumor"] != "kidney"])
    out = encoder.transform(PATIENTS)
    unseen = (PATIENTS["primary_tumor"] == "kidney").to_numpy()
    assert out[unseen].isna().all(axis=None)
    assert out[~unseen].notna().all(axis=None)


def test_missing_values_and_absent_columns_stay_missing():
    encoder = Encoder(["ecog", "albumin"]).fit(PATIENTS)
    out = encoder.transform(PATIENTS.drop(columns="albumin"))
    assert out["albumin", "linear"].isna().all()
    assert out["ecog", "linear"].notna().all()


def test_what_is_learned_depends_on_training_only():
    encoder = Encoder([{"variable": "albumin", "knots": 4}]).fit(PATIENTS)
    before = encoder.knots_["albumin"].copy()
    encoder.transform(PATIENTS.assign(albumin=PATIENTS["albumin"] * 1.2))
    np.testing.assert_array_equal(encoder.knots_["albumin"], before)


def test_ranges_are_percentiles_of_training_never_single_patients():
    table = PATIENTS.assign(albumin=np.where(np.arange(300) == 7, 5.49, PATIENTS["albumin"]))
    encoder = Encoder(["albumin", "brain_mets", {"variable": "ecog", "knots": 3}, "primary_tumor"]).fit(table)
    assert encoder.range_["albumin"] == tuple(np.quantile(table["albumin"], [0.01, 0.99]))
    assert encoder.range_["albumin"][1] < 5.49
    assert encoder.range_["brain_mets"] == (0.0, 1.0)
    assert set(encoder.range_) == {"albumin", "brain_mets", "ecog"}


@pytest.mark.parametrize(
    ("term", "words"),
    [
        ("albumine", "unknown variable 'albumine'. Did you mean albumin"),
        ("postoperative_chemotherapy", "role after_time_zero"),
        ("time_days", "role outcome"),
        ({"variable": "primary_tumor", "knots": 4}, "does not fit primary_tumor"),
        ({"variable": "age", "degree": 2}, "degree found"),
        ({"knots": 3}, "no variable"),
    ],
)
def test_terms_that_are_refused(term, words):
    with pytest.raises(InputError, match=words):
        Term.read(term)


def test_a_predictor_nobody_has_is_refused():
    with pytest.raises(InputError, match="predictor crp: no training patient has a value"):
        Encoder(["crp"]).fit(PATIENTS)


def test_contract_of_scikit_learn():
    encoder = Encoder(["ecog"])
    assert clone(encoder).terms == ["ecog"]
    with pytest.raises(NotFittedError):
        encoder.transform(PATIENTS)
    assert isinstance(encoder.fit(PATIENTS).transform(PATIENTS), pd.DataFrame)


def test_interactions_are_products_of_all_columns_but_nonlinear_ones_with_each_other():
    terms = [
        {"variable": "albumin", "knots": 4},
        {"variable": "primary_tumor"},
        {"variable": "ecog", "knots": 3},
    ]
    out = Encoder(terms, [("primary_tumor", "albumin"), ("albumin", "ecog")]).fit_transform(PATIENTS)
    tumour = out["albumin × primary_tumor"]
    assert tumour.shape[1] == 3 * out["primary_tumor"].shape[1]
    np.testing.assert_array_equal(
        tumour["spline 1 × kidney"], out["albumin", "spline 1"] * (PATIENTS["primary_tumor"] == "kidney")
    )
    assert list(out["albumin × ecog"].columns) == [
        "linear × linear",
        "linear × spline 1",
        "spline 1 × linear",
        "spline 2 × linear",
    ]


@pytest.mark.parametrize(
    "pairs", [["albumin"], [("albumin", "albumin")], [("albumin", "crp")], [("albumin",)]]
)
def test_an_interaction_is_a_pair_of_predictors(pairs):
    with pytest.raises(InputError, match="a pair of two predictors of the model is expected: albumin, ecog"):
        Encoder(["albumin", "ecog"], pairs).fit(PATIENTS)


def test_a_pair_is_named_once():
    with pytest.raises(InputError, match="albumin and ecog are paired twice"):
        Encoder(["albumin", "ecog"], [("albumin", "ecog"), ("ecog", "albumin")]).fit(PATIENTS)
