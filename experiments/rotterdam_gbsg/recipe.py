"""Patients, outcome and model of the published comparison, from tables read through the mapping files beside this file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from spinesurv import CoxNomogram, evaluate, read_cohort
from spinesurv.core import Outcome
from spinesurv.stats.splines import restricted_cubic
from spinesurv.study.summary import COLUMNS

HERE = Path(__file__).parent
END = 5 * 365.25
BEFORE_END = (
    4.99 * 365.25
)  # day at which somebody is still observed; measures weighted for censoring need that
MOST_NODES = 19  # 99th percentile in Rotterdam
KNOTS = (0, 1, 9)
MEASURES_BEFORE_END = ("auc", "brier", "ipa")
MEASURES_AT_END = ("harrell_c", "uno_c", "observed_expected", "calibration_slope", "ici", "e50", "e90")


def development() -> tuple[pd.DataFrame, Outcome]:
    """Rotterdam: predictors, and recurrence or death within five years."""
    recurred, died = (read_cohort(HERE / f"rotterdam_{event}.toml") for event in ("recurrence", "death"))
    size = recurred.patients["size"]
    first = _first_event(recurred.known_outcome, died.known_outcome)
    return _columns(recurred.patients, size == "20-50", size == ">50"), _until_end(first)


def validation() -> tuple[pd.DataFrame, Outcome]:
    """German trial: predictors, and recurrence or death within five years."""
    cohort = read_cohort(HERE / "gbsg.toml")
    size = cohort.patients["size"].astype(float)
    return _columns(cohort.patients, (size > 20) & (size <= 50), size > 50), _until_end(cohort.known_outcome)


def judge() -> pd.DataFrame:
    """The model of Rotterdam on the patients of the German trial: rows and columns of a summary."""
    model = CoxNomogram().fit(*development())
    patients, outcome = validation()
    predictions = {"cox": model.predict(patients, times_days=[BEFORE_END, END])}
    tables = [
        evaluate(outcome, predictions, horizons_days=[day], metrics=metrics)
        for day, metrics in ((END, MEASURES_AT_END), (BEFORE_END, MEASURES_BEFORE_END))
    ]
    return pd.concat(tables, ignore_index=True)[COLUMNS]


def _first_event(recurrence: Outcome, death: Outcome) -> Outcome:
    """Recurrence, or else death, also where the search for recurrences ended before; or else the end of that search."""
    died_first = death.event & ~recurrence.event
    days = np.where(died_first, death.time_days, recurrence.time_days)
    return Outcome(days, recurrence.event | death.event)


def _until_end(outcome: Outcome) -> Outcome:
    within = outcome.time_days <= END
    return Outcome(np.minimum(outcome.time_days, END), outcome.event & within)


def _columns(patients: pd.DataFrame, middle: pd.Series, large: pd.Series) -> pd.DataFrame:
    """Columns of the Cox model, named (variable, term) as those of an encoder."""
    linear, curved = restricted_cubic(np.minimum(patients["nodes"].astype(float), MOST_NODES), KNOTS).T
    columns = {
        ("size", "20 to 50 mm"): middle.to_numpy(dtype=float),
        ("size", "above 50 mm"): large.to_numpy(dtype=float),
        ("nodes", "linear"): linear,
        ("nodes", "spline 1"): curved,
        ("grade", "3"): (patients["grade"] == "3").to_numpy(dtype=float),
    }
    table = pd.DataFrame(columns, index=patients.index)
    table.columns.names = ["variable", "term"]
    return table
