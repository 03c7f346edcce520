"""Bootstrap validation of a model on its own patients: every step of the modelling is repeated in each sample."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone

from spinesurv.core import Outcome
from spinesurv.stats.optimism import Optimism, bootstrap_optimism, bootstrap_rows
from spinesurv.stats.validation_indexes import validation_indexes


def optimism(
    estimator: Any, patients: pd.DataFrame, outcome: Outcome, *, samples: int, seed: int
) -> Optimism:
    """Indexes of `validation_indexes.INDEXES`, corrected for having been fitted on the patients judged.

    Encoding, knots, penalty and coefficients are learned again in each bootstrap sample; the model of the sample is
    judged in the sample and in the original patients, by its marker, on the patients that it can predict.

    Parameters
    ----------
    estimator : unfitted; `fit(patients, outcome)`, `predict(patients, *, times_days)` whose marker is a log hazard ratio
    samples : number of bootstrap samples
    seed : of the samples

    Notes
    -----
    It does not show how a system travels to a site that it has not seen. Samples in which nothing could be fitted are
    counted and left out.

    References
    ----------
    Harrell FE, Lee KL, Mark DB. Stat Med 1996;15:361-387.
    """
    last = [float(np.median(outcome.time_days))]

    def fit(rows: NDArray[np.intp]) -> Any:
        return clone(estimator).fit(_numbered(patients, rows), outcome.take(rows))

    def judge(model: Any, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        marker = model.predict(_numbered(patients, rows), times_days=last).marker_at()
        known = ~np.isnan(marker)
        judged = outcome.take(rows).take(known)
        return validation_indexes(marker[known], judged.time_days, judged.event, start=judged.entry_days)

    return bootstrap_optimism(fit, judge, len(patients), bootstrap_rows(len(patients), samples, seed=seed))


def _numbered(patients: pd.DataFrame, rows: NDArray[np.intp]) -> pd.DataFrame:
    """Patients at these positions, each with a number of its own where one was drawn several times."""
    drawn = patients.iloc[rows]
    site = drawn.index.get_level_values("site").to_numpy()
    number = np.arange(len(rows)).astype(str)
    return drawn.set_axis(pd.MultiIndex.from_arrays([site, number], names=["site", "patient_id"]))
