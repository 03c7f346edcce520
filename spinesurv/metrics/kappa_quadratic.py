"""Weighted kappa of promised and observed survival category, quadratic weights."""

from __future__ import annotations

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.category_agreement import KAPPA_SCALE, category_agreement
from spinesurv.metrics.record import Metric
from spinesurv.stats.censoring import Censoring


def kappa_quadratic(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Agreement of the promised with the observed survival category beyond chance, disagreement weighed by (i - j)^2.

    kappa = 1 - sum v_ij p_ij / sum v_ij a_i b_j, with p_ij the share of patients promised category i and observed
    in j, a_i and b_j its margins, v_ij = (i - j)^2. Categories are the stretches of time between all ends of the
    promised intervals; a death, or being alive where the last of them begins, decides which one a patient reached.

    Parameters
    ----------
    outcome, prediction : of the same n patients; the prediction needs `expected_days`
    horizon_days : not used, the intervals say when to look
    weights : (n,) case weights
    censoring : model of censoring, fitted on exactly the patients of `outcome`; None = Kaplan-Meier of those
        judged here. Where it has a curve for each hospital, each patient is weighed by the curve of its own
    cluster : (n,) patients of one cluster count as one in the standard error

    Returns
    -------
    Estimate
        1 = agreement everywhere, 0 = as by chance. A gap without intervals, when they overlap, when all patients
        are in one category, when nobody is decided, or when follow-up ends before the last category begins. Where
        `censoring` is given, `rows` are all patients of the outcome.

    Notes
    -----
    Rule of accuracy: weighted kappa with quadratic weights, censoring-weighted. Each decided patient weighs 1 / G,
    with G the probability of being under observation until the decision, which makes up for those censored
    undecided. Standard error by influence function, estimation of the censoring weights included. It depends on the
    number of groups, on where they end, and on who is in which. A group that nobody is in ends no category where no
    other does.

    References
    ----------
    Cohen J. Psychol Bull 1968;70:213-220. doi:10.1037/h0026256
    Fleiss JL, Cohen J, Everitt BS. Psychol Bull 1969;72:323-327. doi:10.1037/h0028106 (the error)
    Robins JM, Finkelstein DM. Biometrics 2000;56:779-788. doi:10.1111/j.0006-341X.2000.00779.x (the weights)

    Agrees with
    -----------
    sklearn.metrics.cohen_kappa_score where nobody is censored.
    """
    return category_agreement(
        outcome,
        prediction,
        power=2,
        weights=weights,
        censoring=censoring,
        cluster=cluster,
        complete=False,
    )


RECORD = Metric(
    key="kappa_quadratic",
    label="Weighted kappa, quadratic (weighted for censoring)",
    function=kappa_quadratic,
    needs="interval",
    at_horizon=False,
    higher_is="better",
    range=(-1.0, 1.0),
    perfect=1.0,
    scale=KAPPA_SCALE,
    reference="Cohen J. Psychol Bull 1968;70:213-220. doi:10.1037/h0026256",
    agrees_with="sklearn.metrics.cohen_kappa_score where nobody is censored",
)
