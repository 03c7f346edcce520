"""A Cox model as plain values, as a model file holds it: coefficients and a baseline on a grid of days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.models.cox import CoxNomogram
from spinesurv.models.kept_days import at_days, numbers, without_gaps
from spinesurv.stats.cox_survival import Baseline

#: of a `Baseline`, by stratum
PARTS = ("hazard", "variance", "shift", "cross")


def cox_state(model: CoxNomogram, days: Sequence[float]) -> dict[str, Any]:
    """What a fitted Cox model learned, ready for JSON: no event time and no row of a patient.

    Parameters
    ----------
    days : grid on which the baseline hazard and what its errors need are kept

    Returns
    -------
    dict
        columns, coef, covariance, centre (training means of the columns), stratify_by, penalty, errors, level, n,
        events, days and, by stratum at `days`, the `Baseline` at `centre`: hazard, variance, shift and cross; None
        where it is not known.
    """
    baselines = {name: model.baseline(days, stratum=name) for name in model.strata_}
    return {
        "columns": [list(column) for column in model.columns_],
        "coef": model.coef_.tolist(),
        "covariance": np.asarray(model.covariance_).tolist(),
        "centre": np.asarray(model.centre_).tolist(),
        "stratify_by": model.stratify_by,
        "penalty": model.penalty_,
        "errors": model.errors,
        "level": model.level,
        "n": model.n_,
        "events": model.events_,
        "days": [float(day) for day in days],
        **{
            part: {name: without_gaps(getattr(terms, part)) for name, terms in baselines.items()}
            for part in PARTS
        },
    }


def cox_from_state(state: Mapping[str, Any]) -> CoxNomogram:
    """The model that `cox_state` described; it predicts at the kept days only."""
    return _KeptCox(state)


class _KeptCox(CoxNomogram):
    """A Cox model whose baseline stands on a grid; without its errors, predictions have no interval."""

    def __init__(self, state: Mapping[str, Any]) -> None:
        super().__init__(
            penalty=state["penalty"],
            stratify_by=state["stratify_by"],
            errors=state.get("errors", "likelihood"),
            level=state.get("level", 0.95),
        )
        names = pd.MultiIndex.from_tuples([tuple(c) for c in state["columns"]], names=["variable", "term"])
        self.columns_ = names
        self.penalty_ = float(state["penalty"])
        self.coef_ = pd.Series(state["coef"], index=names, name="log_hazard_ratio", dtype=float)
        self.covariance_ = np.array(state["covariance"], dtype=float)
        self.std_error_ = pd.Series(np.sqrt(np.diag(self.covariance_)), index=names, name="std_error")
        self.centre_ = np.array(state["centre"], dtype=float)
        self.strata_ = list(state["hazard"])
        self.n_, self.events_ = int(state["n"]), int(state["events"])
        self._days = np.array(state["days"], dtype=float)
        empty = {
            "variance": (len(self._days),),
            **dict.fromkeys(("shift", "cross"), (len(self._days), len(names))),
        }
        self._kept = {
            part: {
                name: numbers(state[part][name]) if part in state else np.full(empty[part], np.nan)
                for name in self.strata_
            }
            for part in PARTS
        }

    def baseline(self, times_days: Any, *, stratum: str = "all") -> Baseline:
        return Baseline(
            **{part: at_days(self._days, kept[stratum].T, times_days).T for part, kept in self._kept.items()}
        )

    def hazard(self, times_days: Any, *, stratum: str = "all") -> np.ndarray:
        return at_days(self._days, self._kept["hazard"][stratum], times_days)
