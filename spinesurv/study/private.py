"""Stored predictions, one row per patient, system and horizon: only ever under `private/`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from spinesurv.core import Prediction
from spinesurv.core.tables import PREDICTION_COLUMNS
from spinesurv.evaluation import Job
from spinesurv.study.systems import System


def prediction_table(
    predictions: Mapping[str, Prediction],
    systems: Mapping[str, System],
    jobs: Sequence[Job],
    *,
    cohort_name: str,
) -> pd.DataFrame:
    """The table `private/predictions.csv.gz`, in the order systems, patients, days."""
    resample = _resample(predictions, jobs)
    parts = []
    for model, prediction in predictions.items():
        days = prediction.times_days if prediction.times_days is not None else np.array([np.nan])
        n, k = len(prediction), len(days)

        def each(values: np.ndarray | None, n: int = n, k: int = k) -> np.ndarray:
            return np.full(n * k, np.nan) if values is None else np.repeat(values, k)

        def cells(values: np.ndarray | None, n: int = n, k: int = k) -> np.ndarray:
            return np.full(n * k, np.nan) if values is None else values.ravel()

        sign = systems[model].total_sign
        total = None if sign == 0 or prediction.marker is None else prediction.marker * sign
        parts.append(
            pd.DataFrame(
                {
                    "cohort": cohort_name,
                    "design": jobs[0].key.design,
                    "model": model,
                    "update": "",
                    "site": each(prediction.key.get_level_values("site").to_numpy()),
                    "patient_id": each(prediction.key.get_level_values("patient_id").to_numpy()),
                    "imputation": pd.NA,
                    "resample": each(resample),
                    "horizon_days": np.tile(days, n),
                    "survival": cells(prediction.survival),
                    "low": cells(prediction.low),
                    "high": cells(prediction.high),
                    "marker": each(prediction.marker),
                    "total": each(total),
                    "reason": each(prediction.reason),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)[PREDICTION_COLUMNS]


def _resample(predictions: Mapping[str, Prediction], jobs: Sequence[Job]) -> np.ndarray:
    """(n,) number of the fold in which each patient was judged; missing where a site is judged whole."""
    first = next(iter(predictions.values()))
    out = np.full(len(first), np.nan, dtype=object)
    for job in jobs:
        out[job.split.test] = job.split.resample if job.split.resample is not None else np.nan
    return out
