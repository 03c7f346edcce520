"""Rows of patients, only ever under `private/`: outcomes, and predictions by patient, system and horizon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from spinesurv.core import Cohort, Prediction
from spinesurv.core.cohort import OUTCOME_COLUMNS, PATIENT_KEY
from spinesurv.core.tables import PREDICTION_COLUMNS
from spinesurv.evaluation import Job, judged_rows
from spinesurv.study.imputed import RECORDED, Numbers

#: files under `private/`
PREDICTIONS, OUTCOMES = "predictions.csv.gz", "outcomes.csv"


def prediction_table(
    by_imputation: Mapping[int, Mapping[str, Prediction]],
    numbers: Numbers,
    signs: Mapping[str, int],
    *,
    days: Sequence[float],
    cohort_name: str,
    design: str,
    resample: np.ndarray | None = None,
) -> pd.DataFrame:
    """The table `private/predictions.csv.gz`, in the order imputations, systems, patients, days.

    `imputation` is 0 for patients as recorded, else the number of the completed table among those of its estimand, which
    stands in `missing`. Of the predicted days only `days` are kept. `signs`: system -> +1 or -1 where the marker is the total
    of a score with that sign, else 0. `resample`: (n,) fold in which each patient was judged.
    """
    places = {k: (i + 1, name) for name, own in numbers.items() for i, k in enumerate(own)}
    places[RECORDED] = (RECORDED, "")
    parts = [
        _rows(_on_days(prediction, days), signs[model], resample).assign(
            model=model, imputation=places[number][0], missing=places[number][1]
        )
        for number, predictions in by_imputation.items()
        for model, prediction in predictions.items()
    ]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(cohort=cohort_name, design=design, update="")[PREDICTION_COLUMNS]


def _on_days(prediction: Prediction, days: Sequence[float]) -> Prediction:
    """The prediction at these days only, as far as it has them."""
    if prediction.times_days is None:
        return prediction
    kept = np.isin(prediction.times_days, np.asarray(days, dtype=float))

    def columns(values: np.ndarray | None) -> np.ndarray | None:
        return None if values is None else values[:, kept]

    return replace(
        prediction,
        times_days=prediction.times_days[kept],
        survival=columns(prediction.survival),
        low=columns(prediction.low),
        high=columns(prediction.high),
    )


def outcome_table(cohort: Cohort) -> pd.DataFrame:
    """The table `private/outcomes.csv`: site, patient_id, time_days, event (1/0), or `dead_by_<days>` where there are no times.

    Also `cause` where one end point of several is judged, and `entry_days` where somebody entered late.
    """
    one_of_several, status = cohort.known_outcome.end_point is not None, cohort.known_outcome.status
    columns = [c for c in (*PATIENT_KEY, *OUTCOME_COLUMNS) if c != "cause" or one_of_several]
    columns += [] if status is None else list(status.columns)
    return cohort.to_table().reindex(columns=columns).dropna(axis="columns", how="all")


def _rows(prediction: Prediction, sign: int, resample: np.ndarray | None) -> pd.DataFrame:
    days = prediction.times_days if prediction.times_days is not None else np.array([np.nan])
    n, k = len(prediction), len(days)

    def each(values: np.ndarray | None) -> np.ndarray:
        return np.full(n * k, np.nan) if values is None else np.repeat(values, k)

    def cells(values: np.ndarray | None) -> np.ndarray:
        return np.full(n * k, np.nan) if values is None else values.ravel()

    total = None if sign == 0 or prediction.marker is None else prediction.marker * sign
    return pd.DataFrame(
        {
            "site": each(prediction.key.get_level_values("site").to_numpy()),
            "patient_id": each(prediction.key.get_level_values("patient_id").to_numpy()),
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


def resample_numbers(jobs: Sequence[Job]) -> np.ndarray:
    """Number of the fold in which each judged patient was judged; missing where a site is judged whole."""
    rows = judged_rows([job.split for job in jobs])
    out = np.full(rows[-1] + 1, np.nan, dtype=object)
    for job in jobs:
        out[job.split.test] = job.split.resample if job.split.resample is not None else np.nan
    return out[rows]
