"""What a measure is: the record that documentation, tests and tables read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from spinesurv.core import Curve, Estimate


@dataclass(frozen=True)
class Metric:
    """A measure of one prediction against what happened.

    Parameters
    ----------
    key, label : name in study files and tables; name for readers
    function : ``function(outcome, prediction, *, horizon_days, weights, censoring, cluster) -> Estimate``
    needs : "marker" (a ranking is enough), "survival" (probabilities at the horizon), "curve" (probabilities
        on days close together up to the horizon), "group", or "interval" (the survival time that the group promises)
    at_horizon : whether it is taken at each horizon; otherwise over all follow-up
    higher_is : "better", "worse", or "nearer" (the nearer to `perfect` the better)
    range : lowest and highest possible value
    perfect : value of a perfect prediction, or of a perfectly calibrated one
    scale : transformation of intervals and pooling
    comparable : whether the difference between two systems says which one is better
    days : days at which it is taken whatever horizons a study asks for; empty for most
    thresholds : risks at which it is taken, each given to the function as `threshold`; empty for most
    competing : whether it exists where other events compete with the one that is judged; elsewhere it is a gap there
    at_day : whether it exists where no more is known than who was dead and who alive at the horizon; elsewhere it is a gap
        there
    reference : author, journal, doi
    agrees_with : where the same number is computed elsewhere, and the golden cases that show it
    known_only : whether it stands on patients of known status at the horizon, as published binary results do. Such a
        measure is for comparison with the literature, never the headline, and taken only where it is named
    pools : whether its mean over sites says something; a test statistic has none
    """

    key: str
    label: str
    function: Callable[..., Estimate]
    needs: str
    at_horizon: bool
    higher_is: str
    range: tuple[float, float]
    perfect: float
    scale: str
    reference: str
    agrees_with: str
    comparable: bool = True
    competing: bool = False
    at_day: bool = False
    days: tuple[float, ...] = ()
    thresholds: tuple[float, ...] = ()
    known_only: bool = False
    pools: bool = True


@dataclass(frozen=True)
class CurveRecord:
    """A curve of one prediction against what happened; fields as in `Metric`.

    `value`: column of what is estimated, between `low` and `high`; `scale`: where its band is symmetric, so that curves
    of imputed tables are pooled there, one of SCALES or "log_alive" for log(1 - value).
    """

    key: str
    label: str
    function: Callable[..., Curve]
    needs: str
    reference: str
    agrees_with: str
    value: str = "observed"
    scale: str = "log_alive"
