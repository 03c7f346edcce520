"""A cause-specific Cox model as plain values: its two Cox models on a grid of days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core import Prediction
from spinesurv.models.cause_specific_cox import CauseSpecificCox
from spinesurv.models.kept_cox import cox_from_state, cox_state
from spinesurv.models.kept_days import check_days


def cause_specific_state(
    model: CauseSpecificCox, days: Sequence[float], design: pd.DataFrame
) -> dict[str, Any]:
    """Both Cox models with their baselines at `days`, ready for JSON: no event time and no row of a patient.

    The incidence is a sum over the days of events, which a file must not hold. The file sums over its grid instead,
    as if both hazards kept their proportion between two of its days.

    Parameters
    ----------
    design : encoded columns of the training patients, on whom that is compared

    Returns
    -------
    dict
        event and competing (each as `cox_state`; None where nothing competes), days, and largest_distance: between the
        risk from the file and from the model, over the training patients and the days.
    """
    two = {"event": model.event_, "competing": model.competing_}
    state: dict[str, Any] = {
        "days": [float(day) for day in days],
        **{name: None if one is None else cox_state(one, days) for name, one in two.items()},
    }
    kept, own = (
        m.predict(design, times_days=days).survival for m in (cause_specific_from_state(state), model)
    )
    assert kept is not None and own is not None
    known = ~np.isnan(own)
    return {**state, "largest_distance": float(np.abs(kept - own)[known].max(initial=0.0))}


def cause_specific_from_state(state: Mapping[str, Any]) -> CauseSpecificCox:
    """The model that `cause_specific_state` described; it predicts at the kept days only."""
    return _KeptCauseSpecific(state)


class _KeptCauseSpecific(CauseSpecificCox):
    """Cause-specific Cox models whose baselines stand on a grid."""

    def __init__(self, state: Mapping[str, Any]) -> None:
        super().__init__(float(state["event"]["penalty"]))
        self.event_ = cox_from_state(state["event"])
        self.competing_ = None if state["competing"] is None else cox_from_state(state["competing"])
        self.n_, self.events_ = self.event_.n_, self.event_.events_
        self._days = np.array(state["days"], dtype=float)
        self.last_day_ = float(self._days[-1])

    def hazard_days(self) -> np.ndarray:
        return self._days

    def predict(self, patients: pd.DataFrame, *, times_days: Any) -> Prediction:
        check_days(self._days, times_days)
        return super().predict(patients, times_days=times_days)
