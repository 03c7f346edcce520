"""Score as a scikit-learn transformer: its contract, its options, what it refuses."""

from __future__ import annotations

import pickle
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import make_pipeline

from spinesurv.core import Cohort
from spinesurv.errors import IncompleteDefinitionError, InputError
from spinesurv.scores import ProvisionalScoreWarning, Score, load_definition, score
from tests.scores.patients import many, one

#: one score of each kind: sum, cap, stand-ins, population, points per unit, tree, sums of inputs, two tests
KINDS = (
    "tokuhashi_2005", "nesms", "katagiri_2014", "rades_2013", "prism_2015", "bollen_2014", "mizumoto_2008", "mgps",
)  # fmt: skip
pytestmark = pytest.mark.filterwarnings("ignore::spinesurv.scores.ProvisionalScoreWarning")


class Remember(BaseEstimator):
    """A last step that keeps what reaches it."""

    def fit(self, patients, outcome=None):
        self.seen_ = patients
        return self

    def predict(self, patients, *, times_days):
        return patients["total"].to_numpy(), times_days


@pytest.mark.parametrize("key", KINDS)
class TestContract:
    def test_constructor_only_stores(self, key):
        scorer = Score(key, ecog1_kps=70)
        assert scorer.get_params() == {
            "source": key, "variant": None, "ecog1_kps": 70, "brain_counts_as_visceral": True,
            "assume_hormone": None,
        }  # fmt: skip
        assert clone(scorer).set_params(ecog1_kps=80).ecog1_kps == 80
        assert clone(Score(load_definition(key))).key == key

    def test_pipeline(self, key):
        patients = many(30, seed=1)
        pipe = make_pipeline(Score(key), Remember()).fit(patients, object())
        totals, days = pipe.predict(patients, times_days=[90])
        assert days == [90]
        assert totals == pytest.approx(Score(key).transform(patients)["total"], nan_ok=True)
        assert pipe[-1].seen_.index.equals(patients.index)

    def test_fit_learns_nothing(self, key):
        few, all_ = Score(key).fit(many(5, seed=1)), Score(key).fit(many(50, seed=2))
        assert vars(few) == vars(all_)

    def test_pickle(self, key):
        patients = many(20, seed=2)
        again = pickle.loads(pickle.dumps(Score(load_definition(key))))
        pd.testing.assert_frame_equal(again.transform(patients), Score(key).transform(patients))

    def test_index_and_columns(self, key):
        patients = many(20, seed=3)
        result = score(key, patients)
        assert result.index.equals(patients.index)
        first = ["total", "raw_sum"] if load_definition(key).cap is not None else ["total"]
        tail = ["group", "lowest", "highest", "missing", "reason", "settles", "flags"]
        items = [f"item_{item.key}" for item in load_definition(key).items]
        assert list(result.columns) == [*first, *tail, *items]
        assert result["total"].dtype == float
        assert list(result["group"].cat.categories) == [g.key for g in Score(key).groups]
        assert result["group"].cat.ordered

    def test_best_group_first(self, key):
        result = score(key, many(300, seed=4))
        mean = result.groupby("group", observed=True)["total"].mean()
        rising = Score(key).higher_is == "worse"
        assert mean.is_monotonic_increasing if rising else mean.is_monotonic_decreasing

    def test_cohort_is_scored_like_its_patients(self, key):
        patients = many(25, seed=6)
        pd.testing.assert_frame_equal(score(key, Cohort(patients)), score(key, patients))

    def test_no_patients(self, key):
        assert len(score(key, many(5, seed=1).iloc[:0])) == 0

    def test_a_table_without_any_input(self, key):
        result = score(key, pd.DataFrame({"bmi": [20.0, 30.0]}))
        assert result["total"].isna().all()
        assert (result["reason"] != "").all()

    def test_order_and_company_do_not_matter(self, key):
        rng = np.random.default_rng(2)
        patients = many(40, seed=9)
        patients = patients.mask(rng.random(patients.shape) < 0.2)
        whole = score(key, patients)
        for size in (1, 7, 60):
            rows = rng.integers(0, 40, size)
            pd.testing.assert_frame_equal(score(key, patients.iloc[rows]), whole.iloc[rows])


def test_input_is_not_changed():
    patients = many(20, seed=1)
    before = patients.copy()
    score("tomita", patients)
    pd.testing.assert_frame_equal(patients, before)


def test_front_door_without_patients_gives_the_score():
    assert score("nesms", variant="leithner").definition.variant == "leithner"
    assert score("tomita").totals == list(range(2, 11))
    assert score("tomita").inputs[0] == "primary_tumor"
    assert score("nesms").confidence.startswith("modified_bauer: V2")
    assert score("tokuhashi_2005").confidence == "V2"
    assert [g.key for g in score("tokuhashi_2005").groups] == ["good", "intermediate", "poor"]
    assert score("tokuhashi_2005").groups[0].interval_months == (12.0, np.inf)


def test_variant_changes_haematological_patients_only():
    patients = many(2000, seed=8)
    own, other = score("nesms", patients), score("nesms", patients, variant="leithner")
    changed = (own["raw_sum"] != other["raw_sum"]).to_numpy()
    assert changed.any()
    assert set(patients.loc[changed, "primary_tumor"]) <= {"lymphoma", "multiple_myeloma"}
    assert (other["raw_sum"] - own["raw_sum"])[changed].eq(2).all()
    pd.testing.assert_frame_equal(score("nesms", patients, variant="seed_table2"), own)


def test_brain_option_leaves_scores_that_name_the_brain():
    patients = one(brain_mets="yes")
    for key, moved in {
        "tomita": True,
        "tokuhashi_2005": True,
        "bauer_modified": False,
        "nesms": False,
    }.items():
        usual, without = score(key, patients), score(key, patients, brain_counts_as_visceral=False)
        assert (usual["total"].iloc[0] != without["total"].iloc[0]) == moved, key


def test_a_brain_that_does_not_count_need_not_be_imaged():
    result = score("tomita", one(brain_mets=None), brain_counts_as_visceral=False).iloc[0]
    assert (result["total"], result["missing"]) == (2, "")


def test_yes_and_no_may_be_booleans():
    assert score("tomita", one(brain_mets=True)).equals(score("tomita", one(brain_mets="yes")))


def test_categories_and_nullable_numbers_are_read_alike():
    patients = many(60, seed=12)
    typed = patients.astype({"kps": "Int64", "ecog": "Int64", "n_spine_mets": "Int64", "frankel": "category"})
    typed["primary_tumor"] = typed["primary_tumor"].astype("string")
    for key in KINDS:
        pd.testing.assert_frame_equal(score(key, typed), score(key, patients))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"primary_tumor": "lungs"}, ["primary_tumor", "1 of 1", "lung_nsclc"]),
        ({"n_spine_mets": -1.0}, ["n_spine_mets", "1 of 1", "plausible range"]),
        ({"n_spine_mets": 1.5}, ["n_spine_mets", "whole"]),
        ({"visceral_mets": "yes"}, ["visceral_mets", "present_unspecified"]),
        ({"brain_mets": "perhaps"}, ["brain_mets", "yes or no"]),
    ],
)
def test_values_that_cannot_be_are_refused_without_being_shown(changes, words):
    with pytest.raises(InputError) as error:
        score("tomita", one(**changes))
    assert all(word in str(error.value) for word in words)
    assert "lungs" not in str(error.value)
    assert "perhaps" not in str(error.value)


def test_albumin_in_grams_per_litre_is_refused():
    with pytest.raises(InputError, match=r"albumin: 1 of 1 values outside.*0\.5 to 7 g/dL.*unit"):
        score("nesms", one(albumin=38.0))


def test_column_twice():
    twice = pd.concat([one(), one()[["kps"]]], axis=1)
    with pytest.raises(InputError, match="columns kps are there twice"):
        score("tokuhashi_2005", twice)


@pytest.mark.parametrize("value", [75, 90, None])
def test_other_values_for_ecog_1_are_refused(value):
    with pytest.raises(InputError, match="80 or 70"):
        score("tokuhashi_2005", one(), ecog1_kps=value)


def test_unknown_names_list_the_known_ones():
    with pytest.raises(InputError, match="Did you mean tomita"):
        score("tomitta", one())
    with pytest.raises(InputError, match=r"score nesms: unknown variant 'seed'.*leithner, seed_table2"):
        score("nesms", one(), variant="seed")
    with pytest.raises(InputError, match="no variants"):
        score("tomita", one(), variant="seed")


def test_provisional_scores_warn_once_per_transform():
    provisional = replace(load_definition("tomita"), status="provisional")
    with pytest.warns(ProvisionalScoreWarning, match="tomita is provisional") as caught:
        score(provisional, many(50, seed=1))
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        score("tomita", one())


def test_incomplete_scores_refuse_with_the_reason():
    incomplete = replace(load_definition("tomita"), status="incomplete", reason="its points were not found")
    with pytest.raises(
        IncompleteDefinitionError, match="tomita cannot be computed: its points were not found"
    ):
        score(incomplete, one())


def test_applies_to():
    lung = replace(load_definition("tomita"), applies_to={"primary_tumor": ("lung_nsclc", "lung_nos")})
    patients = pd.concat([one(), one(primary_tumor="lung_nos"), one(primary_tumor=None)])
    result = score(lung, patients)
    assert result["total"].fillna(-1).tolist() == [-1, 5, -1]
    assert result["reason"].tolist() == [
        "outside the population: primary_tumor is not lung_nsclc or lung_nos", "", "missing: primary_tumor",
    ]  # fmt: skip
    assert result["lowest"].fillna(-1).tolist() == [-1, 5, 2]
    assert result["group"].isna().tolist() == [True, False, True]


def test_flag_where_the_pattern_says_none_beside_visceral_metastases():
    result = score("tomita", one(visceral_mets="resectable")).iloc[0]
    assert (result["total"], result["flags"]) == (4, "visceral_pattern_none_beside_visceral_mets")


def test_assumed_pattern_follows_visceral_mets():
    patients = many(500, seed=13)
    patients["visceral_pattern"] = np.where(patients["visceral_mets"] == "none", "none", "nodular")
    for key in KINDS:
        absent, stated = score(key, patients.drop(columns="visceral_pattern")), score(key, patients)
        if "visceral_pattern" not in load_definition(key).inputs:
            continue
        pd.testing.assert_series_equal(absent["total"], stated["total"])
        assert absent["flags"].str.contains("visceral_pattern_assumed").all()
        assert not stated["flags"].str.contains("visceral_pattern_assumed").any()
