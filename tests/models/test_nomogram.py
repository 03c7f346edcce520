"""Points of a Cox model: by hand, against the model to 1e-9, and what the tables say where something is odd."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from spinesurv.core import Cohort, Outcome
from spinesurv.errors import InputError, NotFittedError
from spinesurv.features import Encoder
from spinesurv.models import CoxNomogram, Nomogram, nomogram_tables
from spinesurv.models.cox_diagnostics import cox_diagnostics
from tests.cohort_factory import small_cohort

DAYS = [42.0, 90.0, 180.0, 365.0]
TERMS = [
    {"variable": "albumin", "knots": 4},
    "ecog",
    "brain_mets",
    {"variable": "primary_tumor", "minimum_patients": 30},
    {"variable": "frankel", "groups": {"impaired": ["A", "B", "C", "D"]}},
]


def fitted(cohort, terms=TERMS, **options):
    return make_pipeline(Encoder(terms), CoxNomogram(**options)).fit(cohort.patients, cohort.outcome)


def one_axis(table: pd.DataFrame, name: str) -> pd.DataFrame:
    return table[table["axis"] == name]


def test_survival_read_through_points_is_the_survival_of_the_model():
    cohort = small_cohort(600, missing=0.05)
    model = fitted(cohort)
    nomogram = Nomogram(model)
    new = small_cohort(300, seed=9, missing=0.05).patients
    points = nomogram.points(new)
    predicted = model.predict(new, times_days=DAYS)
    read = nomogram.survival(points["total_points"], times_days=DAYS)
    np.testing.assert_allclose(read, predicted.survival, atol=1e-9, rtol=0)
    lp = nomogram.linear_predictor(points["total_points"])
    np.testing.assert_allclose(lp, predicted.marker, atol=1e-9, rtol=0)
    np.testing.assert_array_equal(points["missing"] == "", predicted.predicted)
    assert set(points["missing"]) >= {"", "albumin", "ecog", "brain_mets"}


def test_points_by_hand():
    """Two linear predictors and a yes/no: 100 points are the longest axis, and points grow with the hazard."""
    cohort = small_cohort(600)
    model = fitted(cohort, ["albumin", "ecog", "brain_mets"])
    coef = model[-1].coef_.droplevel("term")
    axes = nomogram_tables(model).axes
    ends = one_axis(axes, "albumin")["value"]
    ranges = {
        "albumin": -coef["albumin"] * (ends.max() - ends.min()),
        "ecog": 4 * coef["ecog"],
        "brain_mets": coef["brain_mets"],
    }
    per_unit = 100 / max(ranges.values())
    ecog = one_axis(axes, "ecog")
    np.testing.assert_array_equal(ecog["value"], [0, 1, 2, 3, 4])
    np.testing.assert_allclose(ecog["points"], np.arange(5) * coef["ecog"] * per_unit)
    albumin = one_axis(axes, "albumin")
    np.testing.assert_allclose(
        albumin["points"], (albumin["value"] - ends.max()) * coef["albumin"] * per_unit, atol=1e-9
    )
    brain = one_axis(axes, "brain_mets")
    assert list(brain["tick"]) == ["No", "Yes"]
    np.testing.assert_allclose(brain["points"], [0, coef["brain_mets"] * per_unit])
    assert Nomogram(model).largest_total == pytest.approx(sum(ranges.values()) * per_unit)


def test_every_tick_of_the_lower_axes_stands_where_the_model_puts_it():
    model = fitted(small_cohort(600))
    nomogram = Nomogram(model)
    axes = nomogram_tables(model, horizons_days=DAYS).axes
    for day in DAYS:
        axis = one_axis(axes, f"survival_{day:g}")
        survival = nomogram.survival(axis["points"], times_days=day)[:, 0]
        np.testing.assert_allclose(100 * survival, axis["value"], rtol=1e-9)
    median = one_axis(axes, "median_survival")
    days = nomogram.median_days(median["points"])
    assert (days <= median["value"] * 30.4375 + 1e-9).all()
    # just before the day of death that is read, more than half are alive
    earlier = [
        nomogram.survival(p, times_days=d - 0.5)[0, 0] for p, d in zip(median["points"], days, strict=True)
    ]
    assert (np.array(earlier) > 0.5).all()


def test_levels_have_words_and_the_rest_its_own_name_where_it_is_one_level():
    axes = nomogram_tables(fitted(small_cohort(600))).axes
    tumour = set(one_axis(axes, "primary_tumor")["tick"])
    assert tumour == {
        "Breast carcinoma",
        "Kidney, renal cell carcinoma",
        "Lung, non-small-cell",
        "All others",
    }
    assert set(one_axis(axes, "frankel")["tick"]) == {"Impaired", "E"}


def test_an_axis_ends_at_percentiles_not_at_patients():
    cohort = small_cohort(600)
    cohort.patients.loc[cohort.patients.index[3], "albumin"] = 5.4937
    model = fitted(cohort)
    tables = nomogram_tables(model)
    albumin = one_axis(tables.axes, "albumin")["value"]
    low, high = np.quantile(cohort.patients["albumin"], [0.01, 0.99])
    assert low - 0.2 <= albumin.min() <= low
    assert high <= albumin.max() <= high + 0.2
    written = "".join(t.to_csv() for t in (tables.axes, tables.points, tables.survival))
    assert "5.4937" not in written
    beyond = Nomogram(model).points(cohort.patients)["beyond"]
    assert beyond.iloc[3] == "albumin"
    outside = (cohort.patients["albumin"] < albumin.min()) | (cohort.patients["albumin"] > albumin.max())
    np.testing.assert_array_equal(beyond == "albumin", outside)


def test_a_curve_that_turns_is_two_runs_that_share_the_turn():
    cohort = small_cohort(1500)
    hazard = np.exp(2 * np.abs(cohort.patients["albumin"].to_numpy() - 3.6)) / 300
    death = np.ceil(np.random.default_rng(1).exponential(1 / hazard))
    cohort = Cohort(cohort.patients, Outcome(death, np.full(1500, True)), time_zero="surgery", source="made")
    axes = nomogram_tables(fitted(cohort, [{"variable": "albumin", "knots": 5}])).axes
    albumin = one_axis(axes, "albumin")
    first, second = (albumin[albumin["run"] == k] for k in (0, 1))
    assert set(albumin["run"]) == {0, 1}
    assert first["value"].max() == second["value"].min() == pytest.approx(3.6, abs=0.2)
    assert (np.diff(first["points"]) < 0).all()
    assert (np.diff(second["points"]) > 0).all()
    assert second["points"].iloc[0] == first["points"].iloc[-1] == 0


def test_strata_have_survival_axes_of_their_own():
    cohort = small_cohort(600)
    model = fitted(cohort, ["albumin", "ecog"], stratify_by="site")
    here = cohort.patients[cohort.patients.index.get_level_values("site") == "b"]
    nomogram = Nomogram(model, stratum="b")
    read = nomogram.survival(nomogram.points(here)["total_points"], times_days=DAYS)
    np.testing.assert_allclose(read, model.predict(here, times_days=DAYS).survival, atol=1e-9, rtol=0)
    everybody = Nomogram(model)
    read = everybody.survival([50.0], times_days=DAYS)[0]
    lp = everybody.linear_predictor(50.0)
    np.testing.assert_allclose(read, np.exp(-model[-1].hazard(DAYS) * np.exp(lp)))
    with pytest.raises(InputError, match="stratum 'd' found; the model has a baseline hazard for a, b, c"):
        nomogram_tables(model, stratum="d")


def test_an_axis_that_cannot_be_drawn_has_one_row_and_a_reason():
    cohort = small_cohort(400)
    first = cohort.outcome.time_days[cohort.outcome.event].min()
    last = cohort.outcome.time_days.max()
    axes = nomogram_tables(fitted(cohort), horizons_days=[first / 2, 90, last + 1]).axes
    reasons = axes[axes["reason"] != ""].set_index("axis")["reason"]
    assert dict(reasons) == {
        f"survival_{first / 2:g}": f"no training patient died by day {first / 2:g}",
        f"survival_{last + 1:g}": f"no training patient was followed to day {last + 1:g}",
    }
    assert axes.loc[axes["reason"] != "", ["value", "points"]].isna().all(axis=None)


def test_tables_for_print():
    model = fitted(small_cohort(600))
    tables, nomogram = nomogram_tables(model, horizons_days=DAYS), Nomogram(model)
    assert list(tables.points["variable"].unique()) == [axis.variable for axis in nomogram.axes]
    assert tables.points.groupby("variable")["points"].min().eq(0).all()
    assert tables.points["points"].max() == 100
    first = tables.survival.iloc[5]
    np.testing.assert_allclose(
        first[[f"survival_{d:g}" for d in DAYS]].astype(float),
        nomogram.survival(first["total_points"], times_days=DAYS)[0],
    )
    assert tables.survival["total_points"].iloc[-1] >= nomogram.largest_total
    steps = tables.survival[[f"survival_{d:g}" for d in DAYS]].diff().iloc[1:]
    assert (steps <= 0).all(axis=None)


def test_longest_axis_ends_at_the_points_asked_for():
    axes = nomogram_tables(fitted(small_cohort(400)), max_points=10).axes
    assert axes.loc[axes["kind"] == "predictor", "points"].max() == pytest.approx(10)
    assert axes.loc[axes["kind"] == "points", "value"].max() == 10


def test_encoder_and_model_may_be_handed_over_apart():
    model = fitted(small_cohort(400))
    pd.testing.assert_frame_equal(nomogram_tables((model[0], model[-1])).axes, nomogram_tables(model).axes)


def test_what_is_not_fitted_is_refused():
    with pytest.raises(NotFittedError, match="fit it first"):
        nomogram_tables(make_pipeline(Encoder(["ecog"]), CoxNomogram()))


def crossed(cohort, pairs, terms=TERMS):
    return make_pipeline(Encoder(terms, pairs), CoxNomogram()).fit(cohort.patients, cohort.outcome)


@pytest.mark.parametrize(
    "pairs",
    [
        [("albumin", "brain_mets")],
        [("brain_mets", "ecog"), ("albumin", "frankel")],
        [("primary_tumor", "frankel")],
    ],
)
def test_survival_read_through_points_with_interactions_is_that_of_the_model(pairs):
    cohort = small_cohort(600)
    model = crossed(cohort, pairs)
    nomogram = Nomogram(model)
    new = small_cohort(200, seed=9, missing=0.05).patients
    points = nomogram.points(new)
    predicted = model.predict(new, times_days=DAYS)
    read = nomogram.survival(points["total_points"], times_days=DAYS)
    np.testing.assert_allclose(read, predicted.survival, atol=1e-9, rtol=0)
    assert (points["missing"] == "").tolist() == predicted.predicted.tolist()
    inside = points[(points["beyond"] == "") & (points["missing"] == "")]
    groups = [name for name in inside if name not in ("total_points", "beyond", "missing")]
    assert inside[groups].min(axis=None) >= -1e-9
    assert nomogram.largest_total >= inside["total_points"].max()


def test_axes_of_an_interaction_are_read_at_the_level_of_the_other():
    """Points of albumin on the axis of patients with brain metastases, and without: the same patients as the model."""
    cohort = small_cohort(600)
    model = crossed(cohort, [("albumin", "brain_mets")], ["albumin", "ecog", "brain_mets"])
    tables = nomogram_tables(model)
    assert list(dict.fromkeys(tables.axes["axis"]))[1:4] == ["albumin_no", "albumin_yes", "ecog"]
    labels = tables.points["label"].unique().tolist()
    assert labels[:2] == [
        "Serum albumin, Parenchymal brain metastases: No",
        "Serum albumin, Parenchymal brain metastases: Yes",
    ]
    some = cohort.patients.iloc[:2].assign(albumin=3.5, ecog=1, brain_mets=["no", "yes"])
    points = Nomogram(model).points(some)["albumin × brain_mets"].to_numpy()
    for level, point in zip(["no", "yes"], points, strict=True):
        ticks = one_axis(tables.axes, f"albumin_{level}").sort_values("value")
        assert np.interp(3.5, ticks["value"], ticks["points"]) == pytest.approx(point, abs=1e-9)
    coef = model[-1].coef_
    effect = coef["brain_mets", "linear"] + 3.5 * coef["albumin × brain_mets", "linear × linear"]
    assert (points[1] - points[0]) / Nomogram(model).scale.per_unit == pytest.approx(effect)


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([("albumin", "ecog")], "albumin and ecog: an interaction of two numbers cannot be drawn"),
        (
            [("albumin", "brain_mets"), ("ecog", "brain_mets")],
            "ecog and brain_mets: a predictor with two interactions cannot be drawn",
        ),
    ],
)
def test_what_cannot_be_drawn_still_predicts(pairs, words):
    cohort = small_cohort(300)
    model = crossed(cohort, pairs, ["albumin", "ecog", "brain_mets"])
    with pytest.raises(InputError, match=words):
        Nomogram(model)
    assert model.predict(cohort.patients, times_days=[90.0]).predicted.all()
    table = cox_diagnostics(model, horizon_days=365)
    assert table.loc[table["check"] == "nomogram", "reason"].tolist() == [words]
