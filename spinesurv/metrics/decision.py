"""Decision curve: net benefit over the thresholds at which one might act."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from spinesurv.core import Curve, Outcome, Prediction
from spinesurv.metrics.acting import acted_on
from spinesurv.metrics.judged import FloatArray, needed_horizon
from spinesurv.metrics.net_benefit import LEAST_POSITIVE, judged_for_decisions, net_benefit_at
from spinesurv.metrics.record import CurveRecord
from spinesurv.stats.censoring import Censoring

THRESHOLDS = tuple(k / 100 for k in range(1, 100))
SMALLEST_CELL = 5


def decision(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
    thresholds: ArrayLike = THRESHOLDS,
) -> Curve:
    """Net benefit at each threshold, beside that of treating everybody; treating nobody has 0.

    Parameters
    ----------
    outcome, prediction, horizon_days, weights, censoring, cluster : as in `net_benefit`
    thresholds : risks at which one might act, above 0 and below 1

    Returns
    -------
    Curve
        Columns threshold, net_benefit, low, high (pointwise 95 %), treat_all and n_positive. A net benefit is
        missing where the measure has a gap. A count is missing where fewer than 10 are positive, and where it
        would show that 1 to 4 patients lie between two thresholds, or below the lowest.

    References
    ----------
    Vickers AJ, Elkin EB. Med Decis Making 2006;26:565-574. doi:10.1177/0272989X06295361

    Agrees with
    -----------
    dcurves::dca, golden cases ``nb.*``.
    """
    judged = judged_for_decisions(
        outcome, prediction, horizon_days=horizon_days, weights=weights, cluster=cluster
    )
    if isinstance(judged, tuple):
        return Curve.gap("decision", judged[0])
    horizon = needed_horizon(horizon_days)
    at = np.unique(np.asarray(thresholds, dtype=np.float64))
    found = [net_benefit_at(judged, horizon, float(t)) for t in at]
    dead, _ = judged.incidence(horizon)
    low, high = np.array([e.interval() for e in found]).T
    table = pd.DataFrame(
        {
            "threshold": at,
            "net_benefit": [e.value for e in found],
            "low": low,
            "high": high,
            "treat_all": dead - (1.0 - dead) * at / (1.0 - at),
            "n_positive": _shown_counts(judged.value, at),
        }
    )
    curve = Curve(table, "decision")
    if table["net_benefit"].isna().all():
        return replace(curve, table=table.iloc[:0], status="gap", reason=found[0].reason)
    return curve


def _shown_counts(risk: FloatArray, thresholds: FloatArray) -> FloatArray:
    """Patients with this risk or more; missing where a difference of shown counts would be 1 to 4 patients."""
    shown = np.full(len(thresholds), np.nan)
    last = 0
    for k in range(len(thresholds) - 1, -1, -1):
        count = int(acted_on(risk, thresholds[k]).sum())
        step, rest = count - last, len(risk) - count
        if count >= LEAST_POSITIVE and (step == 0 or step >= SMALLEST_CELL) and not 0 < rest < SMALLEST_CELL:
            shown[k] = last = count
    return shown


RECORD = CurveRecord(
    key="decision",
    label="Decision curve",
    function=decision,
    needs="survival",
    reference="Vickers AJ, Elkin EB. Med Decis Making 2006;26:565-574. doi:10.1177/0272989X06295361",
    agrees_with="dcurves::dca, golden cases nb.*",
    value="net_benefit",
    scale="identity",
)
