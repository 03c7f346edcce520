"""Survival per total of a point score out of several completed tables: the mean over the tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import pandas as pd

from spinesurv.core import Outcome
from spinesurv.errors import InputError
from spinesurv.models.score_strata import ScoreStrata


class PooledStrata(ScoreStrata):
    """Score strata of m completed tables: survival of a total = mean of that in the tables.

    A total that a table does not have takes its value between neighbours there, so that the mean is the mean of the m
    predictions. `counts_` are the smallest over the tables.

    Parameters
    ----------
    fits : fitted ScoreStrata of the same score and patients, one per completed table
    """

    def __init__(self, fits: Sequence[ScoreStrata]) -> None:
        first = fits[0]
        super().__init__(first.higher_is, first.groups, first.prior_patients)
        self.fits = list(fits)
        self.everyone_, self.n_left_out_ = first.everyone_, first.n_left_out_
        self.levels_ = np.unique(np.concatenate([fit.levels_ for fit in fits]))
        counts = [
            pd.Series(fit.counts_, index=fit.levels_).reindex(self.levels_, fill_value=0) for fit in fits
        ]
        self.counts_ = np.min(counts, axis=0)

    def fit(self, patients: pd.DataFrame, outcome: Outcome) -> Self:
        """Refused: the strata of the tables were fitted one by one."""
        raise InputError("pooled score strata: they are made of fitted ones and are not fitted again.")

    def level_survival(self, times_days: np.ndarray) -> np.ndarray:
        """(m, k) mean survival of the totals `levels_` at `times_days`."""
        tables = [
            np.array(
                [np.interp(self.levels_, fit.levels_, column) for column in fit.level_survival(times_days).T]
            )
            for fit in self.fits
        ]
        return np.asarray(np.mean(tables, axis=0).T)
