"""Weighted kappa of promised and observed survival category, quadratic weights, complete status."""

from __future__ import annotations

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.category_agreement import KAPPA_SCALE, category_agreement
from spinesurv.metrics.record import Metric
from spinesurv.stats.censoring import Censoring


def kappa_quadratic_complete(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Agreement of promised and observed survival category beyond chance, quadratic weights, where both are known.

    kappa = 1 - sum v_ij p_ij / sum v_ij a_i b_j, with p_ij the share of patients promised category i and observed
    in j, a_i and b_j its margins, v_ij = (i - j)^2. Categories are the stretches of time between all ends of the
    promised intervals; a death, or being alive where the last of them begins, decides which one a patient reached.

    Parameters
    ----------
    outcome, prediction : of the same n patients; the prediction needs `expected_days`
    horizon_days : not used, the intervals say when to look
    weights : (n,) case weights
    censoring : not used; those censored undecided are left out
    cluster : (n,) patients of one cluster count as one in the standard error

    Returns
    -------
    Estimate
        1 = agreement everywhere, 0 = as by chance. A gap without intervals, when they overlap, when all patients
        are in one category, when nobody is decided, or when follow-up ends before the last category begins. `n` and
        `events` count those decided; `rows` are all patients judged, the others with influence 0.

    Notes
    -----
    Rule of accuracy: weighted kappa with quadratic weights, complete status, as in published reports: patients
    censored undecided are left out, and the reason says how many. That favours what is decided early, that is
    death; `kappa_quadratic` makes up for it. It depends on the number of groups, on where they end, and on who is
    in which. A group that nobody is in ends no category where no other does.

    References
    ----------
    Cohen J. Psychol Bull 1968;70:213-220. doi:10.1037/h0026256
    Fleiss JL, Cohen J, Everitt BS. Psychol Bull 1969;72:323-327. doi:10.1037/h0028106 (the error)

    Agrees with
    -----------
    sklearn.metrics.cohen_kappa_score where nobody is censored.
    """
    return category_agreement(
        outcome,
        prediction,
        power=2,
        weights=weights,
        censoring=None,
        cluster=cluster,
        complete=True,
    )


RECORD = Metric(
    key="kappa_quadratic_complete",
    label="Weighted kappa, quadratic (complete status)",
    function=kappa_quadratic_complete,
    needs="interval",
    at_horizon=False,
    higher_is="better",
    range=(-1.0, 1.0),
    perfect=1.0,
    scale=KAPPA_SCALE,
    reference="Cohen J. Psychol Bull 1968;70:213-220. doi:10.1037/h0026256",
    agrees_with="sklearn.metrics.cohen_kappa_score where nobody is censored",
    known_only=True,
)
