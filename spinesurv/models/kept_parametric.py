"""A parametric model as plain values, as a model file holds it: coefficients, location and scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core import Prediction
from spinesurv.models.kept_days import check_days
from spinesurv.models.parametric import ParametricSurvival


def parametric_state(model: ParametricSurvival, days: Sequence[float]) -> dict[str, Any]:
    """What a fitted parametric model learned, ready for JSON; no event time and no row of a patient.

    The curve is known everywhere; `days` are those up to which enough patients were followed.
    """
    return {
        "distribution": model.distribution,
        "penalty": float(model.penalty),
        "columns": [list(column) for column in model.columns_],
        "coef": model.coef_.tolist(),
        "centre": np.asarray(model.centre_).tolist(),
        "location": model.location_,
        "scale": model.scale_,
        "n": model.n_,
        "events": model.events_,
        "days": [float(day) for day in days],
    }


def parametric_from_state(state: Mapping[str, Any]) -> ParametricSurvival:
    """The model that `parametric_state` described; it predicts at the kept days only."""
    return _KeptParametric(state)


class _KeptParametric(ParametricSurvival):
    """A parametric model without the patients it was fitted on."""

    def __init__(self, state: Mapping[str, Any]) -> None:
        super().__init__(state["distribution"], float(state["penalty"]))
        self.check_settings()
        names = pd.MultiIndex.from_tuples([tuple(c) for c in state["columns"]], names=["variable", "term"])
        self.columns_ = names
        self.coef_ = pd.Series(state["coef"], index=names, name="log_time_ratio", dtype=float)
        self.centre_ = np.array(state["centre"], dtype=float)
        self.location_, self.scale_ = float(state["location"]), float(state["scale"])
        self.n_, self.events_ = int(state["n"]), int(state["events"])
        self._days = np.array(state["days"], dtype=float)
        self.last_day_ = float(self._days[-1])

    def predict(self, patients: pd.DataFrame, *, times_days: Any) -> Prediction:
        check_days(self._days, times_days)
        return super().predict(patients, times_days=times_days)
