"""Is a system worth acting on? Its net benefit against the two strategies that need none: treat nobody, treat all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from spinesurv.core import Cohort, Prediction
from spinesurv.evaluation import evaluate

OVER_NOBODY, OVER_ALL = "net_benefit", "net_benefit_over_all"


def net_benefit_and_gain(
    cohort: Cohort,
    tables: Sequence[Mapping[str, Prediction]],
    horizons_days: Sequence[int],
    *,
    level: float = 0.95,
) -> pd.DataFrame:
    """Net benefit of every system, which is the difference to treating nobody, and the difference to treating all.

    Parameters
    ----------
    cohort : n patients
    tables : system -> Prediction of these patients, once for each imputed table
    horizons_days : days by which death is predicted
    level : of the intervals

    Returns
    -------
    DataFrame
        As tables/performance.csv, for `net_benefit` and `net_benefit_over_all` at their thresholds.
    """
    return evaluate(
        cohort.known_outcome,
        [dict(predictions) for predictions in tables],
        horizons_days=horizons_days,
        site=cohort.site,
        metrics=[OVER_NOBODY, OVER_ALL],
        level=level,
    )
