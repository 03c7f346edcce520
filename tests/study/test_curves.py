"""Curves of imputed tables are pooled point by point, as every number is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spinesurv import Study
from spinesurv.metrics import CURVES
from spinesurv.stats.rubin import pool_rubin
from spinesurv.study.curves import pool_curves
from tests.cohort_factory import small_cohort
from tests.study.files import STUDY, write_study

HALF = 1.959963984540054


def table(values, errors, *, scale):
    there, back = {
        "identity": (lambda x: x, lambda y: y),
        "logit": (lambda p: np.log(p / (1 - p)), lambda y: 1 / (1 + np.exp(-y))),
        "log_alive": (lambda p: np.log(1 - p), lambda y: 1 - np.exp(y)),
    }[scale]
    centre, errors = there(np.array(values)), np.array(errors)
    ends = np.sort([back(centre - HALF * errors), back(centre + HALF * errors)], axis=0)
    return {"value": np.array(values), "low": ends[0], "high": ends[1], "centre": centre, "back": back}


@pytest.mark.parametrize("kind", ["calibration", "auc_over_time", "decision"])
def test_each_point_is_pooled_on_the_scale_of_its_band(kind):
    record = CURVES[kind]
    made = [
        table([0.3, 0.6], [0.05, 0.10], scale=record.scale),
        table([0.34, 0.5], [0.06, 0.09], scale=record.scale),
    ]
    frames = [
        pd.DataFrame({"risk": [0.2, 0.5], record.value: t["value"], "low": t["low"], "high": t["high"]})
        for t in made
    ]
    found = pool_curves(frames, record)
    assert list(found["risk"]) == [0.2, 0.5]
    for k, errors in enumerate([(0.05, 0.06), (0.10, 0.09)]):
        expected = pool_rubin([t["centre"][k] for t in made], np.square(errors))
        ends = sorted(made[0]["back"](np.array(expected.interval())))
        assert found[record.value][k] == pytest.approx(made[0]["back"](expected.value), rel=1e-9)
        assert [found["low"][k], found["high"][k]] == pytest.approx(ends, rel=1e-9)


def test_an_end_cut_off_at_zero_does_not_narrow_the_band():
    record = CURVES["calibration"]
    one = table([0.02], [0.05], scale="log_alive")
    frame = pd.DataFrame({"observed": one["value"], "low": np.maximum(one["low"], 0.0), "high": one["high"]})
    assert frame["low"][0] == 0.0
    found = pool_curves([frame, frame], record)
    assert found["high"][0] == pytest.approx(one["high"][0], rel=1e-6)


def test_a_point_that_one_table_lacks_is_missing():
    record = CURVES["decision"]
    one = pd.DataFrame({"threshold": [0.1], "net_benefit": [0.2], "low": [0.1], "high": [0.3]})
    found = pool_curves([one, one.assign(net_benefit=np.nan, low=np.nan, high=np.nan)], record)
    assert found[["net_benefit", "low", "high"]].isna().all(axis=None)


def test_the_decision_curve_of_a_study_says_what_its_tables_say(tmp_path):
    text = STUDY + '\n[missing]\nimputation = "chained"\nimputations = 2\n'
    study = Study.read(write_study(tmp_path, text=text, cohort=small_cohort(300, missing=0.2)))
    result = study.run(tmp_path / "results")
    curve = pd.read_csv(result.folder.tables / "decision.csv")
    gain = pd.read_csv(result.folder.tables / "net_benefit.csv")
    own = gain[(gain["site"] == "stacked") & (gain["metric"] == "net_benefit") & (gain["status"] == "ok")]
    both = own.merge(curve, on=["model", "site", "horizon_days", "threshold"], suffixes=("", "_curve"))
    assert len(both) >= 4
    np.testing.assert_allclose(both["value"], both["net_benefit"], rtol=1e-9)
    # half the width of a band that is bent by skewness is the error to 1 % here
    np.testing.assert_allclose(both["low"], both["low_curve"], atol=1e-3)
    assert own["method"].str.startswith("Rubin").all()
