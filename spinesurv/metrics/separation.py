"""A Cox model on normal scores of a marker; shared by Royston's D and the explained variation made of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Outcome, Prediction
from spinesurv.metrics.cox_coefficient import influence_on_coefficient
from spinesurv.metrics.judged import FloatArray, Judged, judged_by_marker
from spinesurv.stats.cox import CoxFitError, fit_cox
from spinesurv.stats.cox_survival import coefficient_influence
from spinesurv.stats.normal_scores import normal_scores
from spinesurv.stats.rank_influence import rank_influence

LEAST_EVENTS = 2


@dataclass(frozen=True, eq=False)
class Separation:
    """Coefficient of the normal scores, its influence values (n judged,), and how its error was found."""

    judged: Judged
    coefficient: float
    influence: FloatArray
    method: str


def separation(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None,
    weights: ArrayLike | None,
    cluster: ArrayLike | None,
    ranks_given: bool,
) -> Separation | tuple[str, Judged | None]:
    """The fit; or the reason why there is none, and who was there.

    `ranks_given`: the error is that of the Cox model, as published; else that each patient moves the ranks of the others is
    counted.
    """
    judged = judged_by_marker(
        outcome, prediction, horizon_days=horizon_days, weights=weights, cluster=cluster
    )
    if isinstance(judged, str):
        return judged, None
    if judged.event.sum() < LEAST_EVENTS:
        return f"fewer than {LEAST_EVENTS} deaths", judged
    if len(np.unique(judged.value)) < 2:
        return "everybody has the same marker", judged
    scores = normal_scores(judged.value, weights=judged.weights)
    try:
        fit = fit_cox(scores[:, None], judged.time, judged.event, start=judged.start, weights=judged.weights)
    except CoxFitError as error:
        return str(error), judged
    if ranks_given:
        influence, method = influence_on_coefficient(fit, weighted=judged.weights is not None)
    else:
        influence = coefficient_influence(fit)[:, 0] + rank_influence(fit, judged.value)
        method = "influence on the Cox coefficient and on the ranks"
    return Separation(judged, float(fit.coef[0]), influence, method)
