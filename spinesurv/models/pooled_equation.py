"""A published equation with what several completed tables added: the mean baseline hazard, or the mean intercept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd

from spinesurv.core import Outcome
from spinesurv.errors import InputError
from spinesurv.models.published_equation import PublishedEquation


class PooledEquation(PublishedEquation):
    """A published equation of m completed tables; its ratios are the published ones in each.

    H0(t) = mean of the H0_i(t), each at the common centre (mean of the mean sums of the tables); of odds, the mean
    intercept.

    Parameters
    ----------
    fits : fitted PublishedEquations of the same equation, settings and patients, one per completed table
    """

    def __init__(self, fits: Sequence[PublishedEquation]) -> None:
        first = fits[0]
        super().__init__(first.definition, first.primary_coding, first.rounding)
        self.fits = list(fits)
        self.n_, self.events_, self.n_left_out_ = first.n_, first.events_, first.n_left_out_
        self.centre_ = float(np.mean([fit.centre_ for fit in fits]))
        self.last_day_ = first.last_day_
        self.range_ = {
            name: (float(low), float(high))
            for name in first.range_
            for low, high in [np.mean([fit.range_[name] for fit in fits], axis=0)]
        }
        if first.definition.scale == "log_odds":
            self.intercept_ = float(np.mean([fit.intercept_ for fit in fits]))

    def fit(self, patients: pd.DataFrame, outcome: Outcome) -> Self:
        """Refused: the equations of the tables were fitted one by one."""
        raise InputError("pooled equation: it is made of fitted ones and is not fitted again.")

    def hazard(self, times_days: Any) -> np.ndarray:
        """Mean cumulative baseline hazard at `centre_`."""
        own = [fit.hazard(times_days) * np.exp(self.centre_ - fit.centre_) for fit in self.fits]
        return np.asarray(np.mean(own, axis=0))
