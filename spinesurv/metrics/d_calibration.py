"""D-calibration: are deaths spread over the predicted survival curves as they should be?"""

from __future__ import annotations

from dataclasses import replace

from numpy.typing import ArrayLike

from spinesurv.core import Estimate, Outcome, Prediction
from spinesurv.metrics.full_curve import full_curve
from spinesurv.metrics.judged import estimate, gap
from spinesurv.metrics.record import Metric
from spinesurv.stats.censoring import Censoring
from spinesurv.stats.d_calibration import d_calibration as spread_over_bins

SCALE = "identity"


def d_calibration(
    outcome: Outcome,
    prediction: Prediction,
    *,
    horizon_days: float | None = None,
    weights: ArrayLike | None = None,
    censoring: Censoring | None = None,
    cluster: ArrayLike | None = None,
    bins: int = 10,
) -> Estimate:
    """Distance of the predicted survival at the end of follow-up from an even spread over [0, 1].

    D = k sum over k bins of [(share - 1 / k)^2 - variance of the share], that is chi-squared / n without what chance
    adds. A patient who dies on day T <= h counts in the bin of
    S_i(T). One who is censored on T, or followed to the horizon h, would die later, at a survival anywhere in [0,
    S_i(T)], and is spread evenly over it.

    Parameters
    ----------
    outcome, prediction : of the same n patients; survival predicted on days close together up to the horizon
    horizon_days : day h at which follow-up is cut
    weights : (n,) case weights
    censoring : not used; assumed unrelated to the prognosis given the prediction
    cluster : (n,) patients of one cluster count as one in the standard error
    bins : number k of bins

    Returns
    -------
    Estimate
        0 = an even spread; below 0 = more even than chance alone would leave it. The reason gives Pearson's chi-squared
        and its p value, the form in which D-calibration is usually reported (not where patients are weighted or
        clustered). A gap where `full_curve` finds a reason (predicted days too far apart), and when nobody has died
        by h.

    Notes
    -----
    A squared distance is above 0 by chance, by about (k - 1) / n without censoring; that is taken off, so that small and
    large hospitals are comparable. Those censored are spread evenly by construction, so with much censoring the p
    value is too large: a small one is evidence against the prediction, a large one is little evidence for it.
    Standard error: variance of a quadratic form of the shares, bins fixed; the influence values have its size. The
    interval holds every distance of 0 or more that the shares do not reject, with the covariance that they have
    (`stats/squared_length.py`): at 5 % it leaves out 0 as often as it should, also with much censoring. Where the
    value is below 0, its interval begins with it.

    References
    ----------
    Haider H, Hoehn B, Davis S, Greiner R. J Mach Learn Res 2020;21(85):1-63.
    Goldstein M et al. Adv Neural Inf Process Syst 2020;33:18296-18307. (distance)
    Chuang CS, Lai TL. Stat Sin 2000;10:1-50. (interval)

    Agrees with
    -----------
    Golden cases ``dcal.*`` (chi-squared, p).
    """
    found = full_curve(outcome, prediction, horizon_days=horizon_days, weights=weights, cluster=cluster)
    if isinstance(found, tuple):
        return gap(*found, horizon_days, SCALE)
    judged = found.judged
    if not found.event.any():
        return gap(f"nobody has died by day {horizon_days:g}", judged, horizon_days, SCALE)
    spread = spread_over_bins(found.at_end, found.event, bins=bins, weights=judged.weights)
    value, influence = spread.distance(judged.cluster)
    test = None
    if weights is None and cluster is None:
        test = f"chi-squared {spread.chi_square:.2f} (df {spread.degrees_of_freedom}), p = {spread.p:.3g}"
    told = estimate(
        value,
        influence,
        judged.rows,
        judged,
        cluster=judged.cluster,
        horizon_days=horizon_days,
        scale=SCALE,
        method="quadratic form of the shares of the bins; limits by hybrid resampling",
        reason=test,
    )
    return replace(told, limits=spread.distance_limits(judged.cluster))


RECORD = Metric(
    key="d_calibration",
    label="D-calibration (distance)",
    function=d_calibration,
    needs="curve",
    at_horizon=True,
    higher_is="worse",
    range=(float("-inf"), float("inf")),
    perfect=0.0,
    scale=SCALE,
    reference="Haider H, Hoehn B, Davis S, Greiner R. J Mach Learn Res 2020;21(85):1-63",
    agrees_with="golden cases dcal.* (chi-squared, p)",
)
