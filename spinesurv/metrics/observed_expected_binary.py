"""Observed over expected deaths of the binary outcome: is the average risk right among those of known status?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.judged import gap
from spinesurv.metrics.known_status import known_status_by_risk
from spinesurv.metrics.record import Metric
from spinesurv.stats.binary_scores import binary_expected, binary_observed_expected
from spinesurv.stats.censoring import Censoring

SCALE = "log"


def observed_expected_binary(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
    risks_given: bool = False,
) -> Estimate:
    """Share of the dead by a day divided by the mean predicted risk, over patients of known status.

    O/E = mean(y) / mean(p), y 1 for the dead and 0 for those known to be alive.

    Parameters
    ----------
    outcome, prediction : of the same n patients
    horizon_days : day h after time zero
    weights : (n,) case weights
    censoring : not used; patients censored before h are left out
    cluster : (n,) patients of one cluster count as one in the standard error
    risks_given : take the mean predicted risk as a fixed number, as published intervals do; see `observed_expected`

    Returns
    -------
    Estimate
        1 = the average risk is right, above 1 more died than predicted. `n` counts the patients of known status, the
        reason those left out; `rows` are all patients with a prediction, those left out with influence 0.
        A gap without survival at h, when nobody is observed at h, with delayed entry, when nobody of known status has
        died, or when every predicted risk is 0.

    Notes
    -----
    Stands on patients of known status alone (dead by h, or seen alive on day h or later), so that published binary
    results can be matched. Leaving out those censored before h favours what is decided early, that is death;
    `observed_expected` keeps them and is the measure to rely on. Influence of a patient: (y - O) / (n E) - O/E (p - E) / (n
    E); with `risks_given` the first part alone, whose error on the logarithmic scale is sqrt((1 - O) / deaths).

    References
    ----------
    Debray TPA et al. BMJ 2017;356:i6460. doi:10.1136/bmj.i6460

    Agrees with
    -----------
    Golden cases ``bin.*.logistic`` (OE; OE_lower and OE_upper with `risks_given`).
    """
    found = known_status_by_risk(
        outcome,
        prediction,
        horizon_days=horizon_days,
        weights=weights,
        cluster=cluster,
    )
    if isinstance(found, tuple):
        return gap(*found, horizon_days, SCALE)
    if found.n_dead == 0:
        return found.gap(f"nobody of known status has died by day {found.horizon_days:g}", SCALE)
    ratio = binary_observed_expected(found.dead, found.value, weights=found.weights)
    if not np.isfinite(ratio.value):
        return found.gap("every predicted risk is 0", SCALE)
    if risks_given:
        return found.estimate(ratio.value, ratio.influence, SCALE, "binomial, predictions taken as given")
    of_expected = binary_expected(found.value, weights=found.weights)
    influence = ratio.influence - ratio.value * of_expected.influence / of_expected.value
    return found.estimate(ratio.value, influence, SCALE, "influence of deaths and of the mean predicted risk")


RECORD = Metric(
    key="observed_expected_binary",
    label="Observed / expected deaths, known status",
    function=observed_expected_binary,
    needs="survival",
    at_horizon=True,
    at_day=True,
    higher_is="nearer",
    range=(0.0, float("inf")),
    perfect=1.0,
    scale=SCALE,
    reference="Debray TPA et al. BMJ 2017;356:i6460. doi:10.1136/bmj.i6460",
    agrees_with="Golden cases bin.*.logistic (OE, OE_lower, OE_upper)",
    comparable=False,
    known_only=True,
)
