"""Patients judged by their fate at a day, dead by then or alive after it; shared by AUC, sensitivity and the like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinesurv.core import Estimate, Outcome
from spinesurv.metrics.judged import (
    FloatArray,
    Judged,
    beyond_follow_up,
    censoring_of,
    estimate,
    gap,
    spread,
)
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.known_fate import KnownFate, known_fate

METHOD = "influence function, estimation of the censoring weights included"


@dataclass(frozen=True, eq=False)
class JudgedFate:
    """The patients judged, and who of them is a case or a control.

    Parameters
    ----------
    judged : the patients with a prediction
    fate : cases and controls among the patients with whom the censoring was modelled
    rows : (m,) positions of these in the outcome
    mask : (m,) who of them is judged
    cluster : (m,) or None
    """

    judged: Judged
    fate: KnownFate
    rows: NDArray[np.intp]
    mask: NDArray[np.bool_]
    cluster: NDArray[Any] | None

    def spread(self, values: FloatArray) -> FloatArray:
        """Values of the patients judged, 0 for the others in `rows`."""
        return spread(values, self.mask)

    def gap(self, reason: str, scale: str) -> Estimate:
        """No value, and the reason."""
        return gap(reason, self.judged, self.fate.horizon, scale)

    def estimate(self, value: float, influence: FloatArray, scale: str) -> Estimate:
        """A value with its influence on `rows`."""
        return estimate(
            value,
            influence,
            self.rows,
            self.judged,
            cluster=self.cluster,
            horizon_days=self.fate.horizon,
            scale=scale,
            method=METHOD,
        )


def judged_fate(
    outcome: Outcome,
    judged: Judged | str,
    horizon_days: float,
    *,
    censoring: Censoring | None,
    cluster: ArrayLike | None,
    controls: str = "without_event",
) -> JudgedFate | tuple[str, Judged | None]:
    """Cases and controls at a day; or the reason why they cannot be told apart, and who was there.

    `controls` as in `known_fate`.
    """
    if isinstance(judged, str):
        return judged, None
    if judged.start is not None:
        return "weights for censoring do not cover delayed entry", judged
    beyond = beyond_follow_up(judged, horizon_days, need_survivors=True)
    if beyond is not None:
        return beyond, judged
    model, mask, rows = censoring_of(judged, outcome, censoring)
    outcome = outcome.at_day(horizon_days)
    fate = known_fate(
        outcome.time_days[rows],
        outcome.of_interest[rows],
        horizon_days,
        model,
        competing=None if outcome.competing is None else outcome.competing[rows],
        controls=controls,
        weights=None if judged.weights is None else spread(judged.weights, mask),
        judged=mask,
    )
    return JudgedFate(judged, fate, rows, mask, None if cluster is None else np.asarray(cluster)[rows])
