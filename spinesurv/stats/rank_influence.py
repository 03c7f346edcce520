"""What a patient adds to a Cox coefficient of normal scores by moving the ranks of the others."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from spinesurv.stats.arrays import FloatArray, floats
from spinesurv.stats.cox import CoxFit


def rank_influence(fit: CoxFit, values: ArrayLike) -> FloatArray:
    """(n,) influence of each patient on the coefficient through the ranks, to be added to that of the Cox model.

    Parameters
    ----------
    fit : Cox model whose only column is `normal_scores(values)`
    values : (n,) what was ranked

    Notes
    -----
    The coefficient b moves with the score z_i of patient i by

        g_i = w_i (event_i - r_i ((1 + b z_i) A_i - b B_i)) / information,     r_i = exp(b z_i),

    with A_i and B_i the sums of 1/S0 and of S1/S0^2 over the events at which i is at risk (implicit differentiation of the
    score equation). A group of equal values that takes up the shares a to b of the patients has the mean z of Phi^-1 over
    them, so patient j moves it by

        w_j / W ((Phi^-1(b) - z) (1(x_j <= x) - b) - (Phi^-1(a) - z) (1(x_j < x) - a)) / (b - a).

    O(n log n). Agrees with the change of the coefficient when a patient's case weight is moved.
    """
    x, w = floats(values), fit.weights
    beta, z = float(fit.coef[0]), fit.design[:, 0] - fit.centre[0]
    phi, mean = fit.step_terms()
    steps = fit.risk_sets.mean_weight[fit.risk_sets.step_time] / phi
    at_risk = fit.risk_sets.while_at_risk(steps)
    means = fit.risk_sets.while_at_risk(steps * mean[:, 0])
    event = np.zeros(len(x))
    event[fit.risk_sets.deaths] = 1.0
    moved = (
        w * (event - fit.hazard_ratio * ((1.0 + beta * z) * at_risk - beta * means)) * fit.covariance[0, 0]
    )
    group = np.unique(x, return_inverse=True)[1].reshape(-1)
    size, force = (np.bincount(group, weights=v) for v in (w, moved))
    score = np.bincount(group, weights=w * fit.design[:, 0]) / size
    upper = np.cumsum(size) / w.sum()
    lower = np.concatenate([[0.0], upper[:-1]])
    # the ends 0 and 1 never move
    to_upper = np.where(upper < 1.0 - 1e-12, ndtri(upper) - score, 0.0)
    to_lower = np.where(lower > 1e-12, ndtri(lower) - score, 0.0)
    force = force / (upper - lower)
    of_lower = force * (
        to_upper * (1.0 - upper) - to_lower * (1.0 - lower)
    )  # by a patient with a lower value
    of_equal = force * (to_upper * (1.0 - upper) + to_lower * lower)
    of_higher = force * (to_lower * lower - to_upper * upper)
    above = np.cumsum(of_lower[::-1])[::-1] - of_lower
    below = np.cumsum(of_higher) - of_higher
    return floats(w / w.sum() * (above + of_equal + below)[group])
