"""Predictions that were made elsewhere, by a web calculator for one, as a model: joined to patients, never fitted."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from spinesurv.core import Outcome, Prediction

NOT_IN_FILE = "not among the imported predictions"
NOT_PREDICTED = "no imported prediction for these days"


class ImportedPredictions(BaseEstimator):
    """Predictions obtained elsewhere, joined by site and patient_id; nothing is learned.

    Parameters
    ----------
    prediction : of the patients of a file, index (site, patient_id); survival at the days of the file
    has_sites : whether its sites are those of the patients; else patients are found by patient_id alone

    Notes
    -----
    Survival is there at the days of the file only. Without a marker in the file, the risk by its last day ranks the
    patients. A patient of a joined small site is found by the identifier that joining made of site and patient_id.
    """

    def __init__(self, prediction: Prediction, has_sites: bool = True) -> None:
        self.prediction = prediction
        self.has_sites = has_sites

    def fit(self, patients: pd.DataFrame, outcome: Outcome | None = None) -> Self:
        """Learns nothing."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def predict(self, patients: pd.DataFrame, *, times_days: Any) -> Prediction:
        """What the file says about these patients at those of `times_days` that it has."""
        times = np.atleast_1d(np.asarray(times_days, dtype=float))
        given = self.prediction
        at = self.rows_of(patients.index)
        found = at >= 0
        survival = np.full((len(patients), len(times)), np.nan)
        assert given.survival is not None and given.times_days is not None
        for j, day in enumerate(times):
            if given.has_survival_at(day):
                survival[found, j] = given.survival_at(day)[at[found]]
        marker = np.full(len(patients), np.nan)
        ranks = given.marker if given.marker is not None else 1.0 - given.survival[:, -1]
        marker[found] = ranks[at[found]]
        silent = np.isnan(survival).all(axis=1) & np.isnan(marker)
        reason = np.where(found, np.where(silent, NOT_PREDICTED, ""), NOT_IN_FILE).astype(object)
        return Prediction(patients.index, marker=marker, times_days=times, survival=survival, reason=reason)

    def rows_of(self, index: pd.Index[Any]) -> np.ndarray:
        """(n,) row of the file that each patient stands in; -1 where there is none."""
        own = self.prediction.key
        patient = own.get_level_values("patient_id").astype(str)
        if not self.has_sites:
            return _first(patient, index.get_level_values("patient_id").astype(str))
        exact = own.get_indexer(index)
        joined = own.get_level_values("site").astype(str) + "-" + patient
        by_joined = _first(joined, index.get_level_values("patient_id").astype(str))
        return np.where(exact >= 0, exact, by_joined)


def _first(names: pd.Index[Any], wanted: pd.Index[Any]) -> np.ndarray:
    """Position of each wanted name; -1 where it is not there or not there once."""
    unique = ~names.duplicated(keep=False)
    at = np.flatnonzero(unique)
    found = names[unique].get_indexer(wanted)
    return np.where(found >= 0, at[found] if len(at) else -1, -1)
