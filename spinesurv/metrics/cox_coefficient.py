"""Influence of patients on the only coefficient of a Cox model; shared by the calibration slope and Royston's D."""

from __future__ import annotations

import numpy as np

from spinesurv.metrics.judged import FloatArray
from spinesurv.stats.cox import CoxFit
from spinesurv.stats.cox_survival import coefficient_influence


def influence_on_coefficient(fit: CoxFit, *, weighted: bool) -> tuple[FloatArray, str]:
    """(n,) change of the coefficient by patient, and what its size stands on.

    Without case weights the values are brought to the size of the inverse information, so that the standard error
    is the usual one; with case weights they are left as they are (robust), since the information would take every
    weight for a number of patients.
    """
    influence = coefficient_influence(fit)[:, 0]
    if weighted:
        return influence, "influence of the Cox coefficient (robust)"
    size = np.sqrt(fit.covariance[0, 0] / np.sum(influence**2))
    return influence * size, "information of the Cox model"
