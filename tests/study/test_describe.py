"""Median follow-up by site: by hand, and nothing of a handful of patients."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from spinesurv.core import Outcome, Prediction
from spinesurv.study.describe import follow_up_by_site, scored_by_site
from spinesurv.study.systems import System
from tests.cohort_factory import small_cohort


def test_median_follow_up_by_hand() -> None:
    cohort = small_cohort(8)
    # censored on days 20 (one of 6 at risk, the death of that day included), 30 (1 of 4), 40 (1 of 3) and 60 (2 of 2)
    time, event = [5, 10, 20, 20, 30, 40, 60, 60], [1, 1, 0, 1, 0, 0, 0, 0]
    followed = follow_up_by_site(replace(cohort, outcome=Outcome(time, event)))
    # the curve is 5/6, 5/8, 5/12: one half is reached on day 40. Its lower limit is 5/6 exp(-1.96 sqrt(1/30)) = 0.58 on
    # day 20 and 5/8 exp(-1.96 sqrt(1/30 + 1/12)) = 0.32 on day 30; its upper limit never comes down to one half
    assert followed["All"] == pytest.approx((40, 30, np.nan), nan_ok=True)
    few = [name for name in cohort.sites if (cohort.site == name).sum() < 5]
    assert few
    assert all(np.isnan(followed[name]).all() for name in few)


def test_everybody_dead_has_no_follow_up() -> None:
    cohort = small_cohort(30)
    dead = Outcome(np.arange(1.0, 31.0), np.ones(30))
    found = follow_up_by_site(replace(cohort, outcome=dead))
    assert found["All"] == pytest.approx((np.nan,) * 3, nan_ok=True)


def made_up(can: np.ndarray) -> Prediction:
    index = small_cohort(len(can)).patients.index
    return Prediction(
        index, marker=np.where(can, 1.0, np.nan), reason=np.where(can, "", "missing: crp").astype(object)
    )


def test_scored_patients_by_what_they_rest_on() -> None:
    """A model of two inputs on 30 patients: 20 predicted as recorded, of whom 12 have both, or 18 and 2 hidden."""
    patients = small_cohort(30).patients.assign(ecog=2.0, albumin=4.0)
    system = System("m", "M", None, "model", inputs=("ecog", "albumin"))
    can = np.arange(30) < 20
    for with_both, told in ((12, (12, 8)), (18, (None, None))):
        gaps = patients.assign(albumin=np.where(np.arange(30) < with_both, 4.0, np.nan))
        cohort = replace(small_cohort(30), patients=gaps)
        table = scored_by_site(cohort, {"m": made_up(can)}, {"m": system}, {"m": made_up(np.full(30, True))})
        row = table.set_index("site").loc["all"]
        assert (row["n"], row["predicted"], row["imputed"]) == (30, 20, 30)
        assert row["share"] == pytest.approx(2 / 3)
        found = tuple(None if pd.isna(row[name]) else row[name] for name in ("recorded", "settled"))
        assert found == told
    nothing = scored_by_site(cohort, {"m": made_up(can)}, {"m": replace(system, inputs=())})
    assert nothing[["recorded", "settled", "imputed"]].isna().all(axis=None)
