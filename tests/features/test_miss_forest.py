"""Gaps filled by random forests: what is learned, what stays as it was, and what a patient's value depends on."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from spinesurv.errors import InputError, NotFittedError
from spinesurv.features import MissForestImputer

VARIABLES = ["albumin", "hemoglobin", "ecog", "brain_mets", "primary_tumor"]


def patients(n: int = 300, seed: int = 3) -> pd.DataFrame:
    """Haemoglobin follows albumin, brain metastases follow ECOG, the primary tumour follows albumin in steps."""
    random = np.random.default_rng(seed)
    albumin = np.clip(random.normal(3.6, 0.5, n), 1.5, 5.5)
    ecog = random.integers(0, 5, n)
    index = pd.MultiIndex.from_arrays(
        [["a"] * n, [f"{i:04d}" for i in range(n)]], names=["site", "patient_id"]
    )
    return pd.DataFrame(
        {
            "albumin": albumin,
            "hemoglobin": np.clip(3 * albumin + random.normal(0, 0.2, n), 3, 20),
            "ecog": pd.array(ecog, dtype="Int64"),
            "brain_mets": np.where(ecog >= 3, "yes", "no"),
            "primary_tumor": np.select([albumin < 3.3, albumin < 3.9], ["lung_nsclc", "breast"], "kidney"),
            "note": "kept",
        },
        index=index,
    )


def with_gaps(table: pd.DataFrame, share: float = 0.2, seed: int = 5) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    out = table.copy()
    for name in VARIABLES:
        out[name] = out[name].where(random.random(len(table)) >= share)
    return out


@pytest.fixture(scope="module")
def learned():
    recorded = with_gaps(patients())
    return recorded, MissForestImputer(VARIABLES, n_trees=30, most_sweeps=4).fit(recorded)


def test_gaps_are_filled_and_nothing_else_is_touched(learned):
    recorded, imputer = learned
    completed = imputer.transform(recorded)
    assert not completed[VARIABLES].isna().any().any()
    for name in recorded.columns:
        known = recorded[name].notna()
        assert (completed[name][known] == recorded[name][known]).all()
        assert completed[name].dtype == recorded[name].dtype
    assert set(completed["ecog"]) <= {0, 1, 2, 3, 4}
    assert list(completed.columns) == list(recorded.columns)
    assert imputer.counts_ == recorded[VARIABLES].isna().sum().to_dict()
    assert 1 <= imputer.sweeps_ <= 4


def test_what_is_related_is_recovered(learned):
    """Against filling with the mean and the commonest level, which is what it starts from."""
    recorded, imputer = learned
    truth, completed = patients(), imputer.transform(recorded)
    gaps = recorded["hemoglobin"].isna() & recorded["albumin"].notna()
    error = (completed["hemoglobin"] - truth["hemoglobin"])[gaps].std()
    assert error < 0.35 * truth["hemoglobin"].std()
    for name, other in (("brain_mets", "ecog"), ("primary_tumor", "albumin")):
        gaps = recorded[name].isna() & recorded[other].notna()
        right = (completed[name] == truth[name])[gaps].mean()
        assert right > truth[name].value_counts(normalize=True).max() + 0.1
    assert imputer.out_of_bag_["hemoglobin"] < 0.5
    assert imputer.out_of_bag_["brain_mets"] < 0.15


def test_a_patient_is_completed_the_same_alone_and_in_any_order(learned):
    _, imputer = learned
    others = with_gaps(patients(40, seed=9), share=0.4)
    together = imputer.transform(others)
    pd.testing.assert_frame_equal(imputer.transform(others.iloc[::-1]).iloc[::-1], together)
    for i in (0, 17, 39):
        pd.testing.assert_frame_equal(imputer.transform(others.iloc[[i]]), together.iloc[[i]])


def test_the_outcome_is_not_read_and_the_seed_decides(learned):
    recorded, imputer = learned
    again = clone(imputer).fit(recorded, outcome=object())
    pd.testing.assert_frame_equal(again.transform(recorded), imputer.transform(recorded))


def test_gaps_that_stay_and_columns_that_are_absent():
    recorded = with_gaps(patients(80)).assign(wbc=np.nan, platelets=250.0)
    imputer = MissForestImputer([*VARIABLES, "wbc", "platelets"], n_trees=5, most_sweeps=1).fit(recorded)
    assert imputer.not_imputed_ == {"wbc": "no value among the 80 training patients"}
    completed = imputer.transform(recorded.drop(columns=["albumin", "platelets"]))
    assert completed["albumin"].between(1.5, 5.5).all()
    assert (completed["platelets"] == 250.0).all()
    assert "wbc" not in completed or completed["wbc"].isna().all()
    assert imputer.transform(recorded.iloc[:0]).empty


def test_every_table_is_the_same_and_says_how_it_was_made(learned):
    recorded, imputer = learned
    pd.testing.assert_frame_equal(imputer.draw(recorded, 3, 99), imputer.transform(recorded))
    told = imputer.equations_.set_index("variable")
    assert set(told.index) == set(VARIABLES)
    assert (told["method"] == "random forest").all()
    assert (told["n"] + told["missing"] == len(recorded)).all()
    # three numbers or ordered levels, two levels of brain_mets, three tumours, without its own
    assert told["columns"].to_dict() == {
        "albumin": 7,
        "hemoglobin": 7,
        "ecog": 7,
        "brain_mets": 6,
        "primary_tumor": 5,
    }


def test_a_study_may_fill_gaps_with_it(tmp_path):
    from spinesurv.evaluation import DESIGNS
    from spinesurv.study import Study
    from spinesurv.study.imputed import completed_tables, numbers_of
    from spinesurv.study.progress import Progress
    from tests.cohort_factory import small_cohort
    from tests.study.files import STUDY, write_study

    cohort = small_cohort(120, missing=0.2)
    text = STUDY + '\n[missing]\nimputation = "miss_forest"\n'
    study = Study.read(write_study(tmp_path, text=text, cohort=cohort))
    splits = DESIGNS["internal_external"](cohort, folds=5, seed=1, cutoff_year=0)
    names = ["albumin", "ecog"]
    tables = completed_tables(
        cohort, splits[:1], names, numbers_of(study.file.missing), seed=1, n_workers=1, bar=Progress(shown=False),
        how=study.file.missing.imputation,
    )  # fmt: skip
    split = splits[0]
    completed = tables(1)(split)
    assert not completed[names].isna().any().any()
    train, test = cohort.patients.iloc[split.train], cohort.patients.iloc[split.test]
    alone = MissForestImputer(names, random_state=1).fit(train)
    pd.testing.assert_frame_equal(completed.iloc[split.test][names], alone.transform(test)[names])
    for setting in ("imputations = 2", 'estimands = ["full_information"]'):
        with pytest.raises(InputError, match="fills each gap with one value"):
            Study.read(write_study(tmp_path, text=text + setting + "\n", cohort=cohort))


def test_what_is_refused():
    recorded = patients(20)
    with pytest.raises(InputError, match="at least 1"):
        MissForestImputer(n_trees=0).fit(recorded)
    with pytest.raises(InputError, match="no training patients"):
        MissForestImputer().fit(recorded.iloc[:0])
    with pytest.raises(InputError, match="cannot be completed"):
        MissForestImputer(["index_date"]).fit(recorded)
    with pytest.raises(NotFittedError):
        MissForestImputer().transform(recorded)
