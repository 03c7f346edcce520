"""Is a system worth acting on? Its net benefit against the two strategies that need none: treat all, treat nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from spinesurv.core import Cohort, Prediction
from spinesurv.evaluation import evaluate

TREAT_ALL = "treat_all"


def net_benefit_and_gain(
    cohort: Cohort,
    predictions: Mapping[str, Prediction],
    horizons_days: Sequence[int],
    *,
    level: float = 0.95,
) -> pd.DataFrame:
    """Net benefit of every system, and its paired difference to treating every patient whom it can judge.

    Treating all is a prediction of death for everybody, judged as any other system; so its difference has an
    interval, by site, stacked and pooled. Treating nobody has net benefit 0.

    Parameters
    ----------
    cohort : n patients
    predictions : system -> Prediction of these patients
    horizons_days : days by which death is predicted
    level : of the intervals

    Returns
    -------
    DataFrame
        As tables/performance.csv, for the thresholds of the measure `net_benefit`; `reference` is empty or
        `treat_all`.
    """
    days = np.array(sorted(horizons_days), dtype=float)
    everybody = Prediction(
        cohort.patients.index, times_days=days, survival=np.zeros((len(cohort), len(days)))
    )
    table = evaluate(
        cohort.known_outcome,
        {**predictions, TREAT_ALL: everybody},
        horizons_days=horizons_days,
        site=cohort.site,
        metrics=["net_benefit"],
        reference=TREAT_ALL,
        level=level,
    )
    return table[table["model"] != TREAT_ALL].reset_index(drop=True)
