"""The nouns check themselves when they are made, and slice without losing anything."""

from dataclasses import replace
from math import nan

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Cohort, Curve, Estimate, Outcome, Prediction, codebook
from spinesurv.core.estimate import clustered_error
from spinesurv.errors import InputError
from tests.paths import shared


def key(*pairs: tuple[str, str]) -> pd.MultiIndex:
    return pd.MultiIndex.from_tuples(pairs, names=["site", "patient_id"])


ABC = key(("north", "1"), ("north", "2"), ("south", "1"))


def cohort(**columns) -> Cohort:
    return Cohort(pd.DataFrame(columns, index=ABC), Outcome([10, 20, 30], [1, 0, 1]))


class TestOutcome:
    def test_holds_follow_up(self):
        outcome = Outcome([0, 5, 9.5], [True, False, 1])
        assert len(outcome) == 3
        assert outcome.n_events == 2
        np.testing.assert_array_equal(outcome.take([2, 0]).time_days, [9.5, 0])
        np.testing.assert_array_equal(outcome.take(np.array([False, True, False])).event, [False])

    @pytest.mark.parametrize(
        ("time", "event", "words"),
        [
            ([1, -2], [0, 1], "1 of 2 values are negative"),
            ([1, np.nan], [0, 1], "missing or infinite"),
            ([1, np.inf], [0, 1], "missing or infinite"),
            ([1, 2], [1, 2], "neither 0 nor 1"),
            ([1, 2], [1], "1 values for 2"),
            ([1, "x"], [1, 0], "not a number"),
        ],
    )
    def test_refuses(self, time, event, words):
        with pytest.raises(InputError, match=words):
            Outcome(time, event)

    def test_entry_must_come_before_the_end(self):
        assert Outcome([5, 6], [1, 0], entry_days=[0, 5.5]).entry_days is not None
        with pytest.raises(InputError, match="not before time_days"):
            Outcome([5, 6], [1, 0], entry_days=[0, 6])


class TestPrediction:
    def test_gives_only_days_it_was_made_for(self):
        p = Prediction(ABC, times_days=[90, 365], survival=[[0.9, 0.5], [0.8, 0.8], [1, 0]])
        np.testing.assert_allclose(p.death_by(365), [0.5, 0.2, 1])
        with pytest.raises(InputError, match=r"not made for day 180\. Days that are there: 90, 365"):
            p.survival_at(180)

    def test_ranks_by_risk_where_there_is_no_marker(self):
        p = Prediction(ABC, times_days=[90], survival=[[0.9], [0.4], [0.6]])
        np.testing.assert_allclose(p.marker_at(90), [0.1, 0.6, 0.4])
        with pytest.raises(InputError, match="no marker"):
            p.marker_at()

    @pytest.mark.parametrize(
        ("parts", "words"),
        [
            ({"times_days": [90, 365], "survival": [[0.5, 0.6]] * 3}, "rises with time"),
            ({"times_days": [90], "survival": [[1.1]] * 3}, "outside"),
            ({"times_days": [90], "survival": [[0.5]] * 2}, "shape"),
            ({"times_days": [90, 30], "survival": [[0.5, 0.4]] * 3}, "rising order"),
            ({"marker": [1, 2, np.nan]}, "1 of 3 patients have neither a prediction nor a reason"),
            ({"survival": [[0.5]] * 3}, "belong together"),
            ({"marker": [1, 2, 3], "group": pd.Categorical(["a", "b", "a"])}, "ordered"),
        ],
    )
    def test_refuses(self, parts, words):
        with pytest.raises(InputError, match=words):
            Prediction(ABC, **parts)

    def test_key_is_unique(self):
        with pytest.raises(InputError, match="1 patients occur twice"):
            Prediction(key(("a", "1"), ("a", "1")), marker=[1, 2])

    def test_take_and_join_keep_patients_apart(self):
        p = Prediction(
            ABC,
            marker=[1, 2, np.nan],
            group=pd.Categorical(["good", "poor", None], categories=["good", "poor"], ordered=True),
            reason=["", "", "albumin missing"],
        )
        joined = p.join(key(("south", "1"), ("north", "2"), ("west", "7")))
        np.testing.assert_array_equal(joined.marker, [np.nan, 2, np.nan])
        assert list(joined.reason) == ["albumin missing", "", "patient not among those predicted"]
        assert list(joined.group.codes) == [-1, 1, -1]
        assert p.take(p.predicted).key.equals(ABC[:2])

    def test_parts_of_a_cohort_become_one(self):
        p = Prediction(ABC, times_days=[90], survival=[[0.9], [0.4], [0.6]])
        again = Prediction.concatenate([p.take([0]), p.take([1, 2])])
        assert again.key.equals(ABC)
        np.testing.assert_array_equal(again.survival, p.survival)


class TestEstimate:
    def test_interval_is_symmetric_on_its_scale(self):
        e = Estimate(0.7, 50, 30, 0.05, scale="logit", method="by hand")
        # logit(0.7) = 0.8473, standard error 0.05 / 0.21 = 0.2381: 0.8473 -/+ 1.96 * 0.2381
        assert e.interval() == pytest.approx((0.59403, 0.78818), abs=1e-5)
        assert Estimate(2.0, 5, 5, 0.1, scale="log", df=4, method="t").interval()[0] == pytest.approx(
            2 * np.exp(-2.776445 * 0.05), rel=1e-6
        )

    def test_edge_of_the_scale_has_no_interval(self):
        assert np.isnan(Estimate(1.0, 5, 5, 0.0, scale="logit", method="x").interval()).all()

    def test_a_system_against_itself_differs_by_nothing(self):
        e = Estimate(
            0.7, 2, 1, 0.05, scale="logit", method="x", influence=np.array([0.03, 0.04]), rows=np.arange(2)
        )
        difference = e.minus(e)
        assert (difference.value, difference.std_error) == (0.0, 0.0)

    def test_difference_needs_the_same_patients(self):
        a = Estimate(0.7, 2, 1, 0.05, scale="logit", method="x", influence=np.ones(2), rows=np.array([0, 1]))
        b = Estimate(0.7, 2, 1, 0.05, scale="logit", method="x", influence=np.ones(2), rows=np.array([0, 2]))
        with pytest.raises(InputError, match="different patients"):
            a.minus(b)

    def test_a_gap_needs_a_reason(self):
        with pytest.raises(InputError, match="without a reason"):
            Estimate(np.nan, 0, 0, np.nan, scale="log", method="", status="gap")
        with pytest.raises(InputError, match="not finite"):
            Estimate(np.nan, 0, 0, np.nan, scale="log", method="")

    def test_clusters_sum_before_they_square(self):
        assert clustered_error([3.0, 4.0], None) == 5.0
        assert clustered_error([3.0, 4.0, -2.0], ["a", "a", "b"]) == pytest.approx(np.sqrt(49 + 4))

    def test_curve_knows_its_columns(self):
        with pytest.raises(InputError, match="columns observed, low, high are missing"):
            Curve(pd.DataFrame({"risk": [0.1]}), "calibration")
        assert Curve.gap("decision", "no survival").table.empty


class TestCohort:
    def test_types_follow_the_codebook(self):
        c = cohort(
            ecog=[1, None, 2], albumin=[3.5, 4, None], brain_mets=["yes", None, "no"], height_cm=[1, 2, 3]
        )
        assert str(c.patients["ecog"].dtype) == "Int64"
        assert str(c.patients["albumin"].dtype) == "float64"
        assert list(c.patients.columns) == ["ecog", "albumin", "brain_mets", "height_cm"]

    @pytest.mark.parametrize(
        ("columns", "words"),
        [
            ({"albumin": [35.0, 40, 38]}, "3 of 3 values outside the plausible range.*0.5 to 7 g/dL"),
            (
                {"sex": ["male", "female", "m"]},
                "1 of 3 values are none of its levels.*Allowed: one of female, male",
            ),
            ({"ecog": [0.5, 1, 2]}, "not whole numbers"),
            ({"age": ["sixty", 1, 2]}, "not numbers"),
            ({"time_days": [1, 2, 3]}, "belong to the key or the outcome"),
        ],
    )
    def test_refuses(self, columns, words):
        with pytest.raises(InputError, match=words) as error:
            cohort(**columns)
        assert "sixty" not in str(error.value)

    def test_ids_repeat_across_sites_but_not_within(self):
        with pytest.raises(InputError, match="2 rows in 'a'"):
            Cohort(pd.DataFrame({"age": [1, 2]}, index=key(("a", "7"), ("a", "7"))))
        assert len(Cohort(pd.DataFrame({"age": [1, 2]}, index=key(("a", "7"), ("b", "7"))))) == 2

    def test_take_takes_outcome_and_lesions(self):
        lesion_key = pd.MultiIndex.from_tuples(
            [("north", "1", "1", "2020-01-01"), ("south", "1", "1", "2020-01-01")],
            names=["site", "patient_id", "lesion_id", "decision_date"],
        )
        c = Cohort(
            pd.DataFrame({"age": [50, 60, 70]}, index=ABC),
            Outcome([1, 2, 3], [1, 0, 1]),
            pd.DataFrame({"level": ["T1", "L3"]}, index=lesion_key),
            time_zero="surgery",
            source="made by hand",
        ).take(np.array([False, True, True]))
        assert list(c.site) == ["north", "south"]
        np.testing.assert_array_equal(c.outcome.time_days, [2, 3])
        assert list(c.lesions["level"]) == ["L3"]
        assert set(c.time_zero) == {"surgery"}

    def test_pooling_marks_what_a_site_never_measured(self):
        c = cohort(albumin=[3.5, 4, 3.0])
        other = Cohort(pd.DataFrame({"crp": [1.0]}, index=key(("west", "1"))), Outcome([4], [1]))
        both = Cohort.pool([c, other])
        assert both.patients["crp"].isna().sum() == 3
        assert both.patients["albumin"].isna().sum() == 1

    def test_pooling_refuses_different_time_zeros(self):
        a = Cohort(pd.DataFrame(index=key(("a", "1"))), time_zero="surgery")
        b = Cohort(pd.DataFrame(index=key(("b", "1"))), time_zero="diagnosis")
        with pytest.raises(InputError, match="different time zeros"):
            Cohort.pool([a, b])
        assert len(Cohort.pool([a, b], mixed_time_zero=True)) == 2

    def test_table_and_back(self):
        table = cohort(ecog=[1, 2, 3]).to_table()
        assert list(table.columns) == ["site", "patient_id", "time_days", "event", "ecog"]
        assert list(table["event"]) == [1, 0, 1]


#: variables that this project added to the list its codebook was made from
ADDED: tuple[str, ...] = ("instrumentation_failure_days",)


def test_codebook_is_that_of_the_field():
    """Same keys, units, levels, ranges and roles as the codebook this file was made from."""
    import yaml

    source = yaml.safe_load(shared("knowledge/codebook.yaml").read_text(encoding="utf-8"))
    book = codebook()
    assert [v.key for v in book if v.key not in ADDED] == [v["key"] for v in source["variables"]]
    words = {True: "yes", False: "no"}
    for raw in source["variables"]:
        mine = book[raw["key"]]
        assert (mine.label, mine.kind, mine.role, mine.table) == (
            raw["label"],
            raw["kind"],
            raw["role"],
            raw["table"],
        )
        assert mine.unit == raw.get("unit")
        assert [mine.lowest, mine.highest] == raw.get("range", [None, None])
        if "levels" in raw:
            assert list(mine.levels) == [
                str(words.get(v, v)) if isinstance(v, bool) else str(v) for v in raw["levels"]
            ]
    assert [t.key for t in book.primary_tumors] == [k["key"] for k in source["primary_tumor"]["keys"]]
    assert list(book["primary_tumor"].levels) == [t.key for t in book.primary_tumors]


def test_unit_constants_are_those_of_the_codebook():
    import yaml

    from spinesurv.units import CONVERSIONS

    source = yaml.safe_load(shared("knowledge/codebook.yaml").read_text(encoding="utf-8"))["unit_conversions"]
    expected = {(k, c["from"]): c["multiply_by"] for c in source for k in c.get("keys", [c.get("key")])}
    mine = {(k, unit): f for k, units in CONVERSIONS.items() for unit, f in units.items()}
    assert mine == expected


def test_unit_spellings_and_refusal():
    from spinesurv.units import factor

    assert factor("bilirubin", "mg/dL", "µmol/L") == 0.058467
    assert factor("platelets", "10^9/L", "10⁹/L") == 1.0
    with pytest.raises(InputError, match=r"albumin cannot be converted\. Units that can: g/dL, g/L"):
        factor("albumin", "g/dL", "stone")


@pytest.mark.parametrize("skewness", [-0.6, -0.1, 0.3, 0.8])
def test_an_interval_with_skewness_is_halls(skewness):
    estimate = Estimate(2.0, 50, 20, 0.5, scale="identity", method="m", skewness=skewness)
    low, high = estimate.interval()
    for end, quantile in ((low, 1.959963984540054), (high, -1.959963984540054)):
        t = (2.0 - end) / 0.5
        bent = t + skewness * t**2 / 3 + skewness**2 * t**3 / 27 + skewness / 6
        assert bent == pytest.approx(quantile, rel=1e-9)
    plain = Estimate(2.0, 50, 20, 0.5, scale="identity", method="m").interval()
    # a long right tail of the estimate: the truth may lie further above than below
    assert ((low > plain[0]) and (high > plain[1])) == (skewness > 0)


def test_limits_of_their_own_take_the_place_of_value_and_error():
    class Wide:
        def interval(self, level=0.95):
            return -level, level

    estimate = Estimate(0.3, 50, 20, 0.5, scale="log", method="m", limits=Wide())
    assert estimate.interval(0.9) == (-0.9, 0.9)
    assert estimate.transformed[1] == pytest.approx(0.5 / 0.3)
    for change in ({"value": nan, "status": "gap", "reason": "nobody"}, {"std_error": nan}):
        assert np.isnan(replace(estimate, **change).interval()).all()
