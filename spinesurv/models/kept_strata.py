"""Survival per total of a point score as plain values: totals that enough training patients have, on a grid of days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from spinesurv.errors import InputError
from spinesurv.models.kept_days import at_days, numbers, without_gaps
from spinesurv.models.score_strata import ScoreStrata

#: totals of fewer training patients are not kept: their curve would tell of single persons
FEWEST_PATIENTS = 5


def strata_state(model: ScoreStrata, days: Sequence[float]) -> dict[str, Any]:
    """Survival per total, ready for JSON.

    Totals with 1 to 4 training patients are left out and take values between their neighbours, as totals do that no
    training patient has.

    Raises
    ------
    InputError
        No total has as many as 5 training patients.
    """
    kept = model.counts_ >= FEWEST_PATIENTS
    if not kept.any():
        raise InputError(
            f"score strata: no total has {FEWEST_PATIENTS} training patients or more, so its survival cannot be kept "
            "without telling of single patients. Learn from more patients."
        )
    table = model.level_survival(np.asarray(days, dtype=float))[kept]
    return {
        "higher_is": model.higher_is,
        "prior_patients": model.prior_patients,
        "totals": model.levels_[kept].tolist(),
        "patients": model.counts_[kept].tolist(),
        "left_out_totals": int((~kept).sum()),
        "days": [float(day) for day in days],
        "survival": [without_gaps(row) for row in table],
    }


def strata_from_state(state: Mapping[str, Any], groups: tuple[Any, ...] = ()) -> ScoreStrata:
    """The model that `strata_state` described, with the groups of its score; it predicts at the kept days only."""
    return _KeptStrata(state, groups)


class _KeptStrata(ScoreStrata):
    """Survival per total that stands on a grid."""

    def __init__(self, state: Mapping[str, Any], groups: tuple[Any, ...]) -> None:
        super().__init__(state["higher_is"], groups, state["prior_patients"])
        self.levels_ = np.array(state["totals"], dtype=float)
        self.counts_ = np.array(state["patients"], dtype=int)
        self._days = np.array(state["days"], dtype=float)
        self._survival = np.array([numbers(row) for row in state["survival"]])

    def level_survival(self, times_days: np.ndarray) -> np.ndarray:
        return at_days(self._days, self._survival, times_days)
