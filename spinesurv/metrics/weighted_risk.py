"""Predicted risks at a day and the model of censoring that weighs them; shared by the Brier score and the IPA."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinesurv.core import Outcome, Prediction
from spinesurv.metrics.judged import (
    FloatArray,
    Judged,
    beyond_follow_up,
    censoring_of,
    judged_by_risk,
    needed_horizon,
    spread,
)
from spinesurv.stats.brier import BrierScore, brier_score
from spinesurv.stats.censoring import Censoring


@dataclass(frozen=True, eq=False)
class WeightedRisk:
    """What a score weighted for censoring is made of.

    Parameters
    ----------
    judged : the patients whose risk was predicted
    rows : (m,) positions of the patients with whom the censoring was modelled
    mask : (m,) who of them is judged
    censoring : their model of censoring
    horizon_days : day at which risks are compared with fate
    cluster : (m,) or None
    """

    judged: Judged
    rows: NDArray[np.intp]
    mask: NDArray[np.bool_]
    censoring: Censoring
    horizon_days: float
    cluster: NDArray[Any] | None
    _time: FloatArray
    _event: NDArray[np.bool_]
    _competing: NDArray[np.bool_] | None

    def score(self, risk: FloatArray) -> BrierScore:
        """Brier score of risks (n judged,), with influence values for `rows`."""
        return brier_score(
            self._time,
            self._event,
            self.spread(risk),
            self.horizon_days,
            self.censoring,
            weights=None if self.judged.weights is None else self.spread(self.judged.weights),
            judged=self.mask,
            competing=self._competing,
        )

    def spread(self, values: FloatArray) -> FloatArray:
        """Values of the patients judged, 0 for the others in `rows`."""
        return spread(values, self.mask)


def weighted_risk(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None,
    weights: ArrayLike | None,
    censoring: Censoring | None,
    cluster: ArrayLike | None,
) -> WeightedRisk | tuple[str, Judged | None]:
    """Patients, weights and horizon; or the reason why they cannot be scored, and who was there."""
    horizon = needed_horizon(horizon_days)
    judged = judged_by_risk(
        outcome,
        prediction,
        horizon_days=horizon,
        weights=weights,
        cluster=cluster,
        competing=True,
        at_day=True,
    )
    if isinstance(judged, str):
        return judged, None
    if judged.start is not None:
        return "weights for censoring do not cover delayed entry", judged
    beyond = beyond_follow_up(judged, horizon, need_survivors=True)
    if beyond is not None:
        return beyond, judged
    model, mask, rows = censoring_of(judged, outcome, censoring)
    outcome = outcome.at_day(horizon)
    groups = None if cluster is None else np.asarray(cluster)[rows]
    return WeightedRisk(
        judged,
        rows,
        mask,
        model,
        horizon,
        groups,
        outcome.time_days[rows],
        outcome.of_interest[rows],
        None if outcome.competing is None else outcome.competing[rows],
    )
