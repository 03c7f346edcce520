"""Uno's C: the share of well-ordered pairs up to a day, free of when follow-up happened to end."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.judged import (
    Judged,
    beyond_follow_up,
    censoring_of,
    estimate,
    gap,
    judged_by_marker,
    needed_horizon,
    spread,
)
from spinesurv.metrics.record import Metric
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.competing_concordance import competing_concordance
from spinesurv.stats.concordance import concordance

LEAST_EVENTS = 2
SCALE = "logit"


def uno_c(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
) -> Estimate:
    """Share of pairs, one of them dying by a day, in which the one with the higher marker dies first.

    C(h) = (concordant + tied / 2) / (concordant + discordant + tied), over pairs of a patient who died at T <= h
    and another followed longer; each pair weighs 1 / G(T-)^2 to make up for the pairs that censoring hides.
    G(T-) is the probability of still being under observation just before T; deaths leave before censorings of
    the same day. Where other events compete with the one that is judged, who had one of them is never a case, and
    is comparable with every case, also with later ones: such a pair weighs 1 / (G(T-) G(T'-)), T' the day of the
    competing event.

    Parameters
    ----------
    outcome, prediction : of the same n patients; the marker ranks (higher = dies sooner), without one the risk
        by the horizon
    horizon_days : day h after time zero; later deaths are no cases. The same day in every hospital, so that
        hospitals with shorter and longer follow-up estimate the same quantity
    weights : (n,) case weights
    censoring : model of censoring, fitted on exactly the patients of `outcome`; None = Kaplan-Meier of those
        judged here. Where it has a curve for each hospital, a case is weighed by the curve of its own hospital,
        and pairs are still formed across hospitals
    cluster : (n,) patients of one cluster count as one in the standard error

    Returns
    -------
    Estimate
        0.5 = no better than chance, 1 = perfect ranking by h. A gap without a marker or risk, with fewer than 2
        deaths by h, when nobody is observed at h, or without a comparable pair.

    Notes
    -----
    Standard error: infinitesimal jackknife with the weights taken as given, as in the reference; estimating them
    adds little, and leaving that out errs on the wide side. Delayed entry is not covered: the weights would have
    to account for those who died before they could enter. Under competing events the estimation of the weights is
    part of the standard error.

    References
    ----------
    Uno H et al. Stat Med 2011;30:1105-1117. doi:10.1002/sim.4154
    Wolbers M et al. Biostatistics 2014;15:526-539. doi:10.1093/biostatistics/kxt059 (competing events)

    Agrees with
    -----------
    survival::concordance (timewt="n/G2", ymax), golden cases ``conc.*.n/G2*``.
    """
    horizon = needed_horizon(horizon_days)
    judged = judged_by_marker(
        outcome, prediction, horizon_days=horizon, weights=weights, cluster=cluster, competing=True
    )
    if isinstance(judged, str):
        return gap(judged, None, horizon_days, SCALE)
    if judged.start is not None:
        return gap("weights for censoring do not cover delayed entry", judged, horizon_days, SCALE)
    beyond = beyond_follow_up(judged, horizon, need_survivors=False)
    if beyond is not None:
        return gap(beyond, judged, horizon_days, SCALE)
    if judged.events_by(horizon) < LEAST_EVENTS:
        return gap(
            f"fewer than {LEAST_EVENTS} {judged.deaths} by day {horizon:g}", judged, horizon_days, SCALE
        )
    if judged.competing is not None:
        return _competing(outcome, judged, horizon, censoring=censoring, cluster=cluster)
    model, mask, _ = censoring_of(judged, outcome, censoring)
    case = judged.event & (judged.time <= horizon)
    observed = np.where(case, model.before_own_time()[mask], 1.0)
    result = concordance(
        judged.time,
        judged.event,
        judged.value,
        weights=judged.weights,
        latest=horizon,
        timewt=1.0 / observed**2,
    )
    if not np.isfinite(result.value):
        return gap("no two patients can be compared", judged, horizon_days, SCALE)
    return estimate(
        result.value,
        result.influence,
        judged.rows,
        judged,
        cluster=judged.cluster,
        horizon_days=horizon_days,
        scale=SCALE,
        method="infinitesimal jackknife, censoring weights taken as given",
    )


def _competing(
    outcome: Outcome,
    judged: Judged,
    horizon_days: float,
    *,
    censoring: Censoring | None,
    cluster: ArrayLike | None,
) -> Estimate:
    """The same where other events compete with the one that is judged."""
    assert outcome.competing is not None
    model, mask, rows = censoring_of(judged, outcome, censoring)
    value, influence = competing_concordance(
        outcome.time_days[rows],
        outcome.of_interest[rows],
        outcome.competing[rows],
        spread(judged.value, mask),
        horizon_days,
        model,
        weights=spread(np.ones(judged.n) if judged.weights is None else judged.weights, mask),
    )
    if not np.isfinite(value):
        return gap("no two patients can be compared", judged, horizon_days, SCALE)
    return estimate(
        value,
        influence,
        rows,
        judged,
        cluster=None if cluster is None else np.asarray(cluster)[rows],
        horizon_days=horizon_days,
        scale=SCALE,
        method="influence function, estimation of the censoring weights included",
    )


RECORD = Metric(
    key="uno_c",
    label="Uno's C",
    function=uno_c,
    needs="marker",
    at_horizon=True,
    higher_is="better",
    range=(0.0, 1.0),
    perfect=1.0,
    scale=SCALE,
    reference="Uno H et al. Stat Med 2011;30:1105-1117. doi:10.1002/sim.4154",
    agrees_with="survival::concordance (timewt n/G2), golden cases conc.*.n/G2*",
    competing=True,
)
