"""An integer score derived from a Cox model: points by hand, survival, what rounding cost, gaps, and in a study."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from spinesurv.core import Outcome
from spinesurv.errors import InputError, NotFittedError
from spinesurv.metrics import METRICS
from spinesurv.models import IntegerScore
from spinesurv.stats.cox import fit_cox
from tests.cohort_factory import small_cohort

NAMES = ["albumin", "ecog", "brain_mets"]


@pytest.fixture(scope="module")
def cohort():
    return small_cohort(1500, seed=4)


def test_points_are_rounded_coefficients(cohort):
    """Against the Cox model of the same three columns, written out."""
    patients = cohort.patients[NAMES]
    model = IntegerScore({"albumin": 3.5, "ecog": 3}, most_points=4).fit(patients, cohort.outcome)
    low, poor = patients["albumin"] < 3.5, patients["ecog"] >= 3
    design = np.column_stack([low, poor, patients["brain_mets"] == "yes"]).astype(float)
    coef = fit_cox(design, cohort.outcome.time_days, cohort.outcome.event).coef
    assert (coef > 0).all()
    table = model.points_.set_index(["variable", "level"])
    adverse = [("albumin", "under 3.5"), ("ecog", "3 or more"), ("brain_mets", "yes")]
    assert table.loc[adverse, "coefficient"].tolist() == pytest.approx(coef, abs=1e-9)
    assert table.loc[adverse, "points"].tolist() == np.round(4 * coef / coef.max()).astype(int).tolist()
    assert table["points"].min() == 0 and table["points"].max() == 4
    totals = model.totals(patients)
    assert totals == pytest.approx(design @ table.loc[adverse, "points"].to_numpy())
    assert model.predict(patients, times_days=[90]).marker == pytest.approx(totals)


def test_best_level_has_no_points_whatever_the_reference():
    """Three groups with hazards 1, 2 and 4: points 0, half and all of them."""
    rng = np.random.default_rng(5)
    group = np.repeat(["worst", "best", "middle"], 4000)
    hazard = np.select([group == "worst", group == "middle"], [4.0, 2.0], 1.0) / 400
    outcome = Outcome(np.ceil(rng.exponential(1 / hazard)), np.ones(len(group), dtype=bool))
    model = IntegerScore(most_points=4).fit(pd.DataFrame({"frankel": group}), outcome)
    assert dict(zip(model.points_["level"], model.points_["points"], strict=True)) == {
        "best": 0, "middle": 2, "worst": 4,
    }  # fmt: skip
    survival = model.predict(pd.DataFrame({"frankel": ["best", "worst"]}), times_days=[100]).survival[:, 0]
    assert survival == pytest.approx(np.exp([-0.25, -1.0]), abs=0.02)


def test_what_rounding_cost(cohort):
    patients = cohort.patients[NAMES]
    points = IntegerScore({"ecog": 3}).fit(patients, cohort.outcome)
    exact = IntegerScore({"ecog": 3}, rounded=False).fit(patients, cohort.outcome)
    predictions = [m.predict(patients, times_days=[90, 365]) for m in (points, exact)]
    c = [METRICS["harrell_c"].function(cohort.outcome, p).value for p in predictions]
    assert points.notes_["Harrell's C, points"] == pytest.approx(c[0], abs=1e-12)
    assert points.notes_["Harrell's C, cost of rounding"] == pytest.approx(c[1] - c[0], abs=1e-12)
    moved = np.abs(predictions[0].survival - predictions[1].survival).mean(axis=0)
    told = [points.notes_[f"day {day}, mean distance of risks"] for day in (90, 365)]
    assert told == pytest.approx(moved, abs=1e-12)
    assert points.notes_ == exact.notes_
    # many points are the unrounded model
    fine = IntegerScore({"ecog": 3}, most_points=1000).fit(patients, cohort.outcome)
    assert fine.notes_["day 365, mean distance of risks"] < 1e-3 < told[1]


def test_gaps_and_new_levels(cohort):
    patients = cohort.patients[[*NAMES, "frankel"]].copy()
    patients.iloc[:50, 0] = np.nan
    model = IntegerScore().fit(patients, cohort.outcome)
    assert (model.n_, model.left_out_) == (1450, {"albumin": 50})
    patients.iloc[0, 3] = None
    patients.iloc[60, 3] = "A"  # nobody with A in training
    predicted = model.predict(patients, times_days=[90])
    words = "missing or of a level never seen in training: "
    assert predicted.reason[[0, 1, 60, 70]].tolist() == [
        words + "albumin, frankel",
        words + "albumin",
        words + "frankel",
        "",
    ]
    assert np.isnan(predicted.survival[60, 0])
    last = cohort.outcome.time_days.max()
    assert np.isnan(model.predict(patients, times_days=[last + 1]).survival).all()


def test_cuts_that_are_not_named_are_rounded_medians(cohort):
    model = IntegerScore().fit(cohort.patients[NAMES], cohort.outcome)
    assert model.cuts_ == {"albumin": float(f"{cohort.patients['albumin'].median():.2g}"), "ecog": 2.0}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cuts": {"age": 60}}, "cuts of age, which is no predictor"),
        ({"cuts": {"albumin": 9.0}}, "predictor albumin has one single level in the 1500 complete"),
        ({"most_points": 0}, "most_points 0 found"),
        ({"most_points": 2.5}, "most_points 2.5 found"),
    ],
)
def test_settings_that_cannot_be(cohort, settings, message):
    with pytest.raises(InputError, match=message):
        IntegerScore(**settings).fit(cohort.patients[NAMES], cohort.outcome)


def test_contract(cohort):
    assert clone(IntegerScore({"ecog": 3}, 4, False)).get_params() == {
        "cuts": {"ecog": 3}, "most_points": 4, "rounded": False,
    }  # fmt: skip
    with pytest.raises(NotFittedError):
        IntegerScore().predict(cohort.patients[NAMES], times_days=[90])
    alive = Outcome(cohort.outcome.time_days, np.zeros(len(cohort.outcome), dtype=bool))
    with pytest.raises(InputError, match="no death among them"):
        IntegerScore().fit(cohort.patients[NAMES], alive)


STYLE = """
[[systems.models]]
key = "classic"
kind = "sorg_style_classic"
predictors = ["albumin", "ecog_effective", "brain_mets", "n_spine_mets"]
cuts = { albumin = 3.5 }

[[systems.models]]
key = "classic_unrounded"
kind = "sorg_style_classic"
predictors = ["albumin", "ecog_effective", "brain_mets", "n_spine_mets"]
cuts = { albumin = 3.5 }
rounded = false
"""


def test_a_study_names_it(tmp_path):
    from spinesurv.study import Study
    from tests.study.files import STUDY, write_study

    study = Study.read(write_study(tmp_path, text=STUDY + STYLE, cohort=small_cohort(300)))
    system = study.systems["classic"]
    assert (system.label, system.kind) == ("SORG-style classic score", "model")
    assert "kps" in system.inputs and "ecog_effective" not in system.inputs
    assert system.estimator[-1].cuts == {"ecog_effective": 3, "n_spine_mets": 2, "albumin": 3.5}
    result = study.run(tmp_path / "out")
    table = pd.read_csv(tmp_path / "out" / "tables" / "performance.csv")
    pair = table[(table["model"] == "classic") & (table["reference"] == "classic_unrounded")]
    pair = pd.concat(
        [pair, table[(table["reference"] == "classic") & (table["model"] == "classic_unrounded")]]
    )
    assert {"harrell_c", "brier"} <= set(pair.loc[pair["status"] == "ok", "metric"])
    assert result.report.is_file()
    nine = Study.read(
        write_study(tmp_path, text=STUDY + '\n[[systems.models]]\nkey = "sorg_style_classic"\n')
    )
    assert len(nine.systems["sorg_style_classic"].estimator[0].columns) == 9
    for change, message in (
        ('["albumin", "ecog_effective"', '["albumine", "ecog_effective"'),
        ("albumin = 3.5", "age = 60"),
    ):
        with pytest.raises(InputError, match="model 'classic'"):
            Study.read(write_study(tmp_path, text=STUDY + STYLE.replace(change, message, 1)))
