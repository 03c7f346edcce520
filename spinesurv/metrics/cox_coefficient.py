"""Cox models of judged patients, and influence of patients on an only coefficient; for slope, intercept, Royston's D."""

from __future__ import annotations

import numpy as np

from spinesurv.metrics.judged import FloatArray, Judged, own_censoring
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.cox import CoxFit, fit_cox
from spinesurv.stats.cox_survival import coefficient_influence
from spinesurv.stats.fine_gray import fit_fine_gray


def fit_judged(
    judged: Judged, design: FloatArray, *, censoring: Censoring | None, offset: FloatArray | None = None
) -> CoxFit:
    """Cox model of the patients judged, Fine-Gray where events compete, with the strata of `censoring` for its weights."""
    if judged.competing is None:
        return fit_cox(
            design, judged.time, judged.event, start=judged.start, weights=judged.weights, offset=offset
        )
    return fit_fine_gray(
        design,
        judged.time,
        judged.event,
        judged.competing,
        own_censoring(judged, censoring),
        weights=judged.weights,
        offset=offset,
    )


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
