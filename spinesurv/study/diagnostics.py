"""Diagnostics of the Cox models of a study, fitted on all its patients."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.evaluation import JobKey, optimism
from spinesurv.models.cox_diagnostics import DIAGNOSTIC_COLUMNS, cox_diagnostics
from spinesurv.stats.validation_indexes import INDEXES
from spinesurv.study.everybody import EVERYBODY, Everybody
from spinesurv.study.systems import System

COLUMNS = ["model", "label", *DIAGNOSTIC_COLUMNS]


def diagnostics_table(
    everybody: Everybody,
    systems: Mapping[str, System],
    *,
    horizon_days: float,
    optimism_samples: int = 0,
    seed: int = 0,
) -> pd.DataFrame:
    """`cox_diagnostics` of each Cox model, with model and label in front, and its indexes corrected for optimism.

    Parameters
    ----------
    everybody : models fitted on all patients, on the first completed table where the study imputes
    horizon_days : the last horizon of the study
    optimism_samples : bootstrap samples; 0 = no correction
    seed : of the study
    """
    parts = []
    for key, fitted in everybody.cox.items():
        table = cox_diagnostics(fitted, horizon_days=horizon_days)
        if optimism_samples:
            own = JobKey(EVERYBODY, "optimism", 0, 0, key).seed(seed)
            table = pd.concat(
                [table, _optimism(systems[key].estimator, everybody, optimism_samples, own)],
                ignore_index=True,
            )
        parts.append(table.assign(model=key, label=systems[key].label))
    return pd.concat(parts, ignore_index=True)[COLUMNS] if parts else pd.DataFrame(columns=COLUMNS)


def _optimism(estimator: Any, everybody: Everybody, samples: int, seed: int) -> pd.DataFrame:
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they say was said by the jobs
        found = optimism(
            estimator, everybody.patients, everybody.cohort.known_outcome, samples=samples, seed=seed
        )
    used = f"{len(found.test)} samples" + (f", {found.failed} could not be fitted" if found.failed else "")
    rows = [
        {
            "check": f"corrected {name}",
            "predictor": "all",
            "value": value if len(found.test) else np.nan,
            "notable": False,
            "remark": f"{apparent:.3f} on the patients of the fit, {used}" if len(found.test) else "",
            "status": "ok" if len(found.test) else "gap",
            "reason": "" if len(found.test) else f"none of {samples} samples could be fitted",
        }
        for name, value, apparent in zip(
            INDEXES, found.corrected if len(found.test) else found.apparent, found.apparent, strict=True
        )
    ]
    return pd.DataFrame(rows, columns=DIAGNOSTIC_COLUMNS).astype({"df": float, "p": float})
