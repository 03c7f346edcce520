"""A simulated cohort and two systems that predict it; truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from spinesurv.core import Outcome, Prediction

HORIZON = 180.0


def outcome_and_factor(seed: int = 0, n: int = 400) -> tuple[Outcome, np.ndarray]:
    """Whole days with ties; hazard exp(x) / 300 per day."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n).clip(-2.5, 2.0)
    death, end = np.ceil(rng.exponential(300 * np.exp(-x))), np.ceil(rng.uniform(60, 900, n))
    return Outcome(np.minimum(death, end), death <= end), x


def predicted(x: np.ndarray, *, slope: float = 1.0, shift: float = 0.0) -> Prediction:
    """Survival every 15 days up to the horizon from a hazard of exp(slope x + shift) / 300; three groups by x."""
    hazard = np.exp(slope * x + shift)[:, None] / 300
    days = np.arange(15.0, HORIZON + 1.0, 15.0)
    ends = np.array([[0.0, HORIZON / 2], [HORIZON / 2, HORIZON], [HORIZON, np.inf]])
    group = np.digitize(-slope * x, [-0.5, 0.3])
    return Prediction(
        pd.RangeIndex(len(x)),
        marker=slope * x,
        times_days=days,
        survival=np.exp(-hazard * days),
        group=pd.Categorical.from_codes(2 - group, ["good", "fair", "poor"], ordered=True),
        expected_days=ends[group],
    )


def without(prediction: Prediction, rows: np.ndarray) -> Prediction:
    """The same prediction, missing in these rows."""
    survival, marker, promised = (
        a.copy() for a in (prediction.survival, prediction.marker, prediction.expected_days)
    )
    survival[rows], marker[rows], promised[rows] = np.nan, np.nan, np.nan
    group = prediction.group.codes.copy()
    group[rows] = -1
    reason = np.full(len(prediction), "", dtype=object)
    reason[rows] = "albumin missing"
    return Prediction(
        prediction.key,
        marker=marker,
        times_days=prediction.times_days,
        survival=survival,
        group=pd.Categorical.from_codes(group, dtype=prediction.group.dtype),
        expected_days=promised,
        reason=reason,
    )
