"""Patients whose predicted risk has a complementary log-log, which every calibration by Cox regression needs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Outcome, Prediction
from spinesurv.errors import InputError
from spinesurv.metrics.judged import FloatArray, Judged, beyond_follow_up, judged_by_risk, needed_horizon


def judged_by_cloglog(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None,
    weights: ArrayLike | None,
    cluster: ArrayLike | None,
    least_events: int,
    purpose: str,
    clip: float | None = None,
) -> Judged | tuple[str, Judged | None]:
    """The patients with a risk by the horizon; or the reason why they cannot be used, and who was there.

    There is none without survival at the horizon, when nobody is observed at it, with fewer than `least_events`
    deaths in all follow-up, and where a predicted risk is exactly 0 or 1: the complementary log-log has no place
    for it, and moving it would change what was predicted. `purpose` names in the reason what was to be estimated.
    Under competing events delayed entry is not covered. With `clip`, risks below it or above 1 - `clip` are moved there; the caller says so in its result.

    Raises
    ------
    InputError
        `clip` is not between 0 and 0.5.
    """
    horizon = needed_horizon(horizon_days)
    if clip is not None and not 0.0 < clip < 0.5:
        raise InputError(f"measure, clip: {clip:g} found, above 0 and below 0.5 is expected.")
    judged = judged_by_risk(
        outcome, prediction, horizon_days=horizon, weights=weights, cluster=cluster, competing=True
    )
    if isinstance(judged, str):
        return judged, None
    if judged.competing is not None and judged.start is not None:
        return f"{purpose} does not cover delayed entry where events compete", judged
    beyond = beyond_follow_up(judged, horizon, need_survivors=False)
    if beyond is not None:
        return beyond, judged
    if judged.event.sum() < least_events:
        return f"fewer than {least_events} {judged.deaths} for {purpose}", judged
    if clip is not None:
        judged = replace(judged, value=np.clip(judged.value, clip, 1.0 - clip))
    edge = risks_at_the_edge(judged.value, purpose)
    return judged if edge is None else (edge, judged)


def risks_at_the_edge(risk: FloatArray, purpose: str) -> str | None:
    """Why these risks cannot be used where 0 and 1 have no place, or None."""
    at_edge = int(((risk <= 0.0) | (risk >= 1.0)).sum())
    if not at_edge:
        return None
    return (
        f"{at_edge} of {len(risk)} predicted risks are exactly 0 or 1, which have no place in {purpose}; compare "
        "observed and expected deaths by group (calibration_groups)"
    )
