"""An integer score derived in training as plain values: its points and a baseline on a grid of days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.models.integer_score import IntegerScore
from spinesurv.models.kept_days import at_days, numbers, without_gaps


def integer_score_state(model: IntegerScore, days: Sequence[float]) -> dict[str, Any]:
    """Points, cuts and the hazard at the mean total on a grid of days, ready for JSON; no row of a patient.

    A cut that nobody named is a median in two digits, no patient's own value.
    """
    return {
        "columns": list(model.columns_),
        "cuts": dict(model.cuts_),
        "most_points": model.most_points,
        "rounded": model.rounded,
        "points": {name: list(column) for name, column in model.points_.to_dict(orient="list").items()},
        "range": {name: list(ends) for name, ends in model.range_.items()},
        "centre": model.centre_,
        "slope": model.slope_,
        "n": model.n_,
        "events": model.events_,
        "days": [float(day) for day in days],
        "hazard": without_gaps(model.hazard(days)),
    }


def integer_score_from_state(state: Mapping[str, Any]) -> IntegerScore:
    """The model that `integer_score_state` described; it predicts at the kept days only."""
    return _KeptIntegerScore(state)


class _KeptIntegerScore(IntegerScore):
    """An integer score whose baseline stands on a grid."""

    def __init__(self, state: Mapping[str, Any]) -> None:
        super().__init__(dict(state["cuts"]), int(state["most_points"]), bool(state["rounded"]))
        self.columns_ = [str(name) for name in state["columns"]]
        self.cuts_ = {name: float(cut) for name, cut in state["cuts"].items()}
        self.points_ = pd.DataFrame(state["points"])
        self.range_ = {name: (float(low), float(high)) for name, (low, high) in state["range"].items()}
        self.centre_, self.slope_ = float(state["centre"]), float(state["slope"])
        self.n_, self.events_ = int(state["n"]), int(state["events"])
        self._days = np.array(state["days"], dtype=float)
        self._hazard = numbers(state["hazard"])

    def hazard(self, times_days: Any) -> np.ndarray:
        return at_days(self._days, self._hazard, times_days)
