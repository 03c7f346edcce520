"""Chained imputation: recorded values stay, gaps become valid values, and nobody's outcome or company matters."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from spinesurv.core import Cohort, Outcome, codebook
from spinesurv.errors import InputError, NotFittedError, UnknownNameError
from spinesurv.features import ChainedImputer
from tests.cohort_factory import small_cohort

VARIABLES = ["albumin", "ecog", "brain_mets", "primary_tumor", "n_spine_mets", "visceral_mets", "frankel"]


def with_gaps(n: int = 400, seed: int = 3, share: float = 0.2) -> Cohort:
    """A small cohort with gaps of every kind of variable, at random."""
    cohort = small_cohort(n, seed)
    random = np.random.default_rng(seed)
    patients = cohort.patients.copy()
    for name in VARIABLES:
        patients[name] = patients[name].where(random.random(n) >= share)
    return Cohort(patients, cohort.outcome, time_zero="surgery", source="made for a test")


COHORT = with_gaps()
TRAIN, JUDGED = COHORT.take(np.arange(300)), COHORT.take(np.arange(300, 400))


def test_competing_events_are_read_by_their_kind():
    """Equations read both kinds: the gaps are filled, and not as if there were one kind."""
    death, end = TRAIN.known_outcome, np.arange(300) % 3 == 0
    cause = np.where(end, "failure", "death").astype(object)
    shared = Outcome(death.time_days, death.event, cause=cause, end_point="failure")
    table = (
        ChainedImputer(VARIABLES, sweeps=2)
        .fit(TRAIN.patients, shared)
        .draw(TRAIN.patients, 1, 5, outcome=shared)
    )
    assert table[VARIABLES].notna().all(axis=None)
    other = shared.judging("death")
    again = (
        ChainedImputer(VARIABLES, sweeps=2)
        .fit(TRAIN.patients, other)
        .draw(TRAIN.patients, 1, 5, outcome=other)
    )
    assert again[VARIABLES].notna().all(axis=None)
    plain = (
        ChainedImputer(VARIABLES, sweeps=2)
        .fit(TRAIN.patients, death)
        .draw(TRAIN.patients, 1, 5, outcome=death)
    )
    assert not plain.equals(table)


@pytest.fixture(scope="module", params=["pmm", "draw"])
def imputer(request):
    return ChainedImputer(VARIABLES, sweeps=3, method=request.param).fit(TRAIN.patients)


def test_no_gap_is_left_and_recorded_values_stay(imputer):
    for part in (TRAIN.patients, JUDGED.patients):
        out = imputer.draw(part, 1, 5)
        assert out[VARIABLES].notna().all(axis=None)
        for name in part.columns:
            recorded = part[name].notna()
            pd.testing.assert_series_equal(out.loc[recorded, name], part.loc[recorded, name])


def test_index_order_and_types_stay(imputer):
    out = imputer.draw(JUDGED.patients, 1, 5)
    pd.testing.assert_index_equal(out.index, JUDGED.patients.index)
    pd.testing.assert_index_equal(out.columns, JUDGED.patients.columns)
    pd.testing.assert_series_equal(out.dtypes, JUDGED.patients.dtypes)


def test_values_are_those_of_the_codebook(imputer):
    out = imputer.draw(JUDGED.patients, 2, 5)
    for name in VARIABLES:
        variable = codebook()[name]
        variable.typed(out[name])  # refuses what is no level or no whole number
        assert variable.in_range(out[name]).all()


def test_matched_values_are_those_of_training_patients():
    out = ChainedImputer(VARIABLES, sweeps=3).fit(TRAIN.patients).draw(JUDGED.patients, 1, 5)
    gaps = JUDGED.patients["albumin"].isna()
    assert set(out.loc[gaps, "albumin"]) <= set(TRAIN.patients["albumin"].dropna())


def test_the_input_is_not_changed(imputer):
    before = JUDGED.patients.copy(deep=True)
    imputer.draw(JUDGED.patients, 1, 5)
    pd.testing.assert_frame_equal(JUDGED.patients, before)


def test_a_patient_gets_the_same_in_any_company_and_order(imputer):
    whole = imputer.draw(JUDGED.patients, 1, 5)
    shuffled = np.random.default_rng(0).permutation(len(JUDGED))
    for rows in (shuffled, shuffled[:7], shuffled[3:4]):
        some = JUDGED.patients.iloc[rows]
        pd.testing.assert_frame_equal(imputer.draw(some, 1, 5), whole.loc[some.index])


def test_the_order_of_training_patients_does_not_matter(imputer):
    order = np.random.default_rng(1).permutation(len(TRAIN))
    again = clone(imputer).fit(TRAIN.patients.iloc[order])
    pd.testing.assert_frame_equal(again.draw(JUDGED.patients, 1, 5), imputer.draw(JUDGED.patients, 1, 5))


def test_the_same_numbers_give_the_same_table_and_others_another(imputer):
    one = imputer.draw(JUDGED.patients, 1, 5)
    imputer.draw(JUDGED.patients, 3, 5)
    pd.testing.assert_frame_equal(clone(imputer).fit(TRAIN.patients).draw(JUDGED.patients, 1, 5), one)
    for k, seed in ((2, 5), (1, 6)):
        assert not imputer.draw(JUDGED.patients, k, seed)["albumin"].equals(one["albumin"])


def test_judged_patients_teach_nothing(imputer):
    again = clone(imputer).fit(TRAIN.patients)
    odd = JUDGED.patients.assign(albumin=6.9, ecog=pd.array([4] * len(JUDGED), dtype="Int64"))
    again.draw(odd, 1, 5)
    pd.testing.assert_frame_equal(again.draw(JUDGED.patients, 1, 5), imputer.draw(JUDGED.patients, 1, 5))


def test_transform_is_one_fixed_draw(imputer):
    pd.testing.assert_frame_equal(
        imputer.transform(JUDGED.patients), imputer.draw(JUDGED.patients, 0, imputer.random_state)
    )


def test_a_variable_of_other_sites_is_completed_and_one_of_nobody_is_reported():
    patients = TRAIN.patients.copy()
    site = patients.index.get_level_values("site")
    patients["albumin"] = patients["albumin"].where(site != "a")
    patients["frankel"] = pd.Series(np.nan, index=patients.index, dtype=object)
    imputer = ChainedImputer(VARIABLES, sweeps=2).fit(patients)
    assert imputer.not_imputed_ == {"frankel": "no value among the 300 training patients"}
    out = imputer.draw(patients, 1, 5)
    assert out["frankel"].isna().all()
    assert out["albumin"].notna().all()
    assert imputer.counts_["albumin"] == patients["albumin"].isna().sum()


def test_a_column_that_is_not_there_is_missing_for_everybody():
    imputer = ChainedImputer(VARIABLES, sweeps=2).fit(TRAIN.patients)
    out = imputer.draw(JUDGED.patients.drop(columns=["albumin", "brain_mets"]), 1, 5)
    assert out["albumin"].notna().all()
    assert set(out["brain_mets"]) <= {"yes", "no"}


def test_other_columns_stay_untouched():
    out = ChainedImputer(["albumin"], sweeps=2).fit(TRAIN.patients).draw(JUDGED.patients, 1, 5)
    pd.testing.assert_frame_equal(out.drop(columns="albumin"), JUDGED.patients.drop(columns="albumin"))


def test_every_baseline_variable_of_the_table_by_default():
    assert set(ChainedImputer().fit(TRAIN.patients).variables_) == set(TRAIN.patients.columns)


def test_one_value_and_rare_levels():
    patients = TRAIN.patients.copy()
    patients["sex"] = "female"
    patients.loc[patients.index[:20], "sex"] = np.nan
    patients["age"] = 61.0
    patients.loc[patients.index[:20], "age"] = np.nan
    out = ChainedImputer([*VARIABLES, "sex", "age"], sweeps=2).fit(patients).draw(patients, 1, 5)
    assert set(out["sex"]) == {"female"}
    assert set(out["age"]) == {61.0}


def test_an_empty_table_and_patients_without_any_value(imputer):
    assert len(imputer.draw(JUDGED.patients.iloc[:0], 1, 5)) == 0
    nothing = JUDGED.patients.iloc[:3].copy()
    nothing[VARIABLES] = np.nan
    assert imputer.draw(nothing, 1, 5)[VARIABLES].notna().all(axis=None)


def test_the_outcome_joins_only_where_it_was_learned():
    plain = ChainedImputer(VARIABLES, sweeps=2).fit(TRAIN.patients)
    informed = ChainedImputer(VARIABLES, sweeps=2).fit(TRAIN.patients, TRAIN.outcome)
    with pytest.raises(InputError, match="an outcome given to equations that were learned with none"):
        plain.draw(JUDGED.patients, 1, 5, outcome=JUDGED.outcome)
    with pytest.raises(InputError, match="no outcome given to equations that were learned with one"):
        informed.draw(TRAIN.patients, 1, 5)
    with pytest.raises(InputError, match="outcome of 300 rows for 100 patients"):
        informed.draw(JUDGED.patients, 1, 5, outcome=TRAIN.outcome)
    turned = Outcome(TRAIN.outcome.time_days[::-1], TRAIN.outcome.event[::-1])
    one = informed.draw(TRAIN.patients, 1, 5, outcome=TRAIN.outcome)
    assert not one["albumin"].equals(informed.draw(TRAIN.patients, 1, 5, outcome=turned)["albumin"])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"variables": ["time_days"]}, r"time_days \(role outcome, number\)"),
        ({"variables": ["postoperative_chemotherapy"]}, "role after_time_zero"),
        ({"method": "mean"}, "method 'mean'; pmm or draw"),
        ({"sweeps": 0}, "at least 1"),
    ],
)
def test_settings_that_are_refused(settings, words):
    with pytest.raises(InputError, match=words):
        ChainedImputer(**settings).fit(TRAIN.patients)


def test_what_is_refused_besides():
    with pytest.raises(UnknownNameError, match="Did you mean albumin"):
        ChainedImputer(["albumine"]).fit(TRAIN.patients)
    with pytest.raises(InputError, match="no training patients"):
        ChainedImputer().fit(TRAIN.patients.iloc[:0])
    with pytest.raises(NotFittedError):
        ChainedImputer().transform(TRAIN.patients)


def test_contract_of_scikit_learn():
    imputer = ChainedImputer(VARIABLES, sweeps=4, donors=3, method="draw", random_state=8)
    assert clone(imputer).get_params() == imputer.get_params()
    assert isinstance(imputer.fit(TRAIN.patients).transform(JUDGED.patients), pd.DataFrame)
