"""Restricted mean survival time: the time lived on average up to a limit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import FloatArray, floats
from spinesurv.stats.kaplan_meier import KaplanMeier, kaplan_meier


@dataclass(frozen=True, eq=False)
class RestrictedMean:
    """Area under a Kaplan-Meier curve.

    Parameters
    ----------
    value : time lived on average up to the limit
    std_error : by Greenwood's formula; robust where weights are not whole numbers
    influence : (n,) weight times derivative of `value` with respect to each patient's weight
    extended : whether the limit is beyond follow-up, so that the curve was held at its last value
    """

    value: float
    std_error: float
    influence: FloatArray
    extended: bool


def restricted_mean(
    time: ArrayLike,
    event: ArrayLike,
    limit: float,
    *,
    start: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    robust: bool | None = None,
) -> RestrictedMean:
    """Mean of the survival time cut at a limit, from the Kaplan-Meier curve.

    mean = integral of S(t) from 0 to the limit. Its variance is the sum over event times s of A(s)^2 d(s) / (n(s)
    (n(s) - d(s))), A(s) the area under the curve from s to the limit.

    Parameters
    ----------
    time, event : (n,) end of follow-up, and whether the event was seen
    limit : time up to which is counted, above 0
    start : (n,) delayed entry: at risk in (start, time]
    weights : (n,) case weights
    robust : error from influence values instead of Greenwood's formula; None = where weights are not whole numbers

    Notes
    -----
    A limit beyond follow-up takes the curve as level from its last point on, as R does; `extended` tells. Where all
    weights are 1 and nobody enters late, the squares of the influence values add up to the variance. Agrees with
    survival::survfit (rmean), golden cases ``km.*.rmst`` and ``rmstdiff.*``; that function takes Greenwood's formula
    also with weights that are not whole numbers, where it depends on their unit (``robust=False``).

    References
    ----------
    Andersen PK, Hansen MG, Klein JP. Lifetime Data Anal 2004;10:335-350. doi:10.1007/s10985-004-4771-0
    """
    curve = kaplan_meier(time, event, start=start, weights=weights, robust=False)
    area = _area_after(curve, limit)
    steps = curve.hazard_steps()
    own, window = curve.exposure(time, event, start=start)
    ahead = area[np.searchsorted(curve.time, floats(time)) + 1]
    influence = -(own * ahead - window(steps * area[1:]))
    if weights is not None:
        influence = influence * floats(weights)
    if robust is None:
        robust = weights is not None and bool((floats(weights) != np.floor(floats(weights))).any())
    variance = np.sum(influence**2) if robust else np.sum(area[1:] ** 2 * steps)
    extended = bool(curve.beyond_follow_up([limit])[0])
    return RestrictedMean(float(area[0]), float(np.sqrt(variance)), influence, extended)


def _area_after(curve: KaplanMeier, limit: float) -> FloatArray:
    """(m + 1,) area under the curve between each of 0 and its times, and the limit; 0 beyond the limit."""
    edges = np.minimum(np.concatenate([[0.0], curve.time, [limit]]), limit)
    pieces = np.concatenate([[1.0], curve.survival]) * np.diff(edges)
    return floats(np.cumsum(pieces[::-1])[::-1])
