"""Patients and the cumulative hazard that was predicted over their follow-up; shared by the Poisson calibrations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Outcome, Prediction
from spinesurv.metrics.full_curve import FullCurve, full_curve
from spinesurv.metrics.judged import Judged


def predicted_hazard(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None,
    weights: ArrayLike | None,
    cluster: ArrayLike | None,
) -> FullCurve | tuple[str, Judged | None]:
    """Curves of the patients with a predicted hazard above 0; or the reason for a gap, and who was there.

    A predicted hazard of 0 has no logarithm: those patients are left out, as with R's glm, and counted in the note. A
    gap for the causes in `full_curve`, where somebody was followed to a day with a predicted survival of 0, and when
    nobody has died.
    """
    found = full_curve(outcome, prediction, horizon_days=horizon_days, weights=weights, cluster=cluster)
    if isinstance(found, tuple):
        return found
    judged = found.judged
    endless = int((found.at_end <= 0.0).sum())
    if endless:
        return (
            f"{endless} of {judged.n} patients were followed to a day with a predicted survival of 0",
            judged,
        )
    keep = found.at_end < 1.0
    if not found.event[keep].any():
        return f"nobody has died by day {horizon_days:g}", judged
    note = None
    if not keep.all():
        lost = int((~keep).sum())
        note = (
            f"without {lost} of {judged.n} patients whose predicted hazard was still 0 when their follow-up ended, "
            f"{int(found.event[~keep].sum())} of them by death"
        )
    return replace(
        found,
        judged=_take(judged, keep),
        survival=found.survival[keep],
        event=found.event[keep],
        at_end=found.at_end[keep],
        note=note,
    )


def _take(judged: Judged, keep: np.ndarray) -> Judged:
    return replace(
        judged,
        rows=judged.rows[keep],
        time=judged.time[keep],
        event=judged.event[keep],
        start=None if judged.start is None else judged.start[keep],
        value=judged.value[keep],
        weights=None if judged.weights is None else judged.weights[keep],
        cluster=None if judged.cluster is None else judged.cluster[keep],
    )
