"""Patients to whom a group promises a survival interval; shared by the measures of accuracy."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Outcome, Prediction
from spinesurv.metrics.judged import FloatArray, Judged, judged_by_value
from spinesurv.stats.interval_accuracy import Verdict, verdict


def judged_by_promise(
    outcome: Outcome, prediction: Prediction, *, weights: ArrayLike | None, cluster: ArrayLike | None
) -> tuple[Judged, Verdict] | tuple[str, Judged | None]:
    """The patients with an interval and whether it held; or the reason why there are none, and who was there."""
    promised = prediction.expected_days
    if promised is None:
        return "no survival interval goes with this prediction", None
    judged = judged_by_value(outcome, _both_ends(promised), weights, cluster)
    if isinstance(judged, str):
        return judged, None
    if judged.start is not None:
        return "the share of kept promises does not cover delayed entry", judged
    low, high = promised[judged.rows].T
    return judged, verdict(judged.time, judged.event, low, high)


def _both_ends(promised: FloatArray) -> FloatArray:
    """(n,) low end where both ends are there, else missing."""
    return np.where(np.isnan(promised).any(axis=1), np.nan, promised[:, 0])
