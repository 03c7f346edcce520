"""One Cox model out of those of several completed tables: coefficients by Rubin's rules, and the mean baseline hazard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd

from spinesurv.core import Outcome
from spinesurv.errors import InputError
from spinesurv.models.cox import ALL, CoxNomogram
from spinesurv.stats.cox_survival import Baseline, pooled_baseline
from spinesurv.stats.rubin import Pooled, pool_rubin, pool_rubin_vector


class PooledCox(CoxNomogram):
    """The Cox model of m completed tables of the same patients, as one that predicts, is drawn and is kept.

    b = mean of the b_i; covariance of coefficients and baseline hazard by Rubin's rules (within + (1 + 1/m) between);
    H0(t) = mean of the H0_i(t), each at the common centre `centre_` (mean of the training means of the tables) with its
    own b_i. Survival is exp(-H0(t) exp((x - centre)'b)).

    Parameters
    ----------
    fits : fitted CoxNomograms of the same settings, columns and patients, one per completed table

    Attributes
    ----------
    pooled_ : (variable, term) -> stats.rubin.Pooled, with the fraction of missing information
    coef_, std_error_, covariance_, centre_, penalty_ and the rest : as those of a CoxNomogram; counts, levels and the last
        day are those of every table, the penalty is the mean

    Raises
    ------
    InputError
        No fit, or fits of different columns or patients.

    Notes
    -----
    Intervals take the pooled error as known (normal quantiles). A patient's prediction by this model is not the mean of
    the predictions of the m models, which is what a study judges: `survival_difference` tells how far they are apart.

    References
    ----------
    Rubin DB. Multiple Imputation for Nonresponse in Surveys. Wiley 1987.
    Marshall A, Altman DG, Holder RL, Royston P. BMC Med Res Methodol 2009;9:57. doi:10.1186/1471-2288-9-57
    Mertens BJA, Banzato E, de Wreede LC. Biom J 2020;62:724-741. doi:10.1002/bimj.201800289 (means of predictions)

    Agrees with
    -----------
    CoxNomogram where all tables are the same; mice::pool for the coefficients, through `stats.rubin`.
    """

    def __init__(self, fits: Sequence[CoxNomogram]) -> None:
        _check(fits)
        first = fits[0]
        super().__init__(first.penalty, first.stratify_by, first.errors, first.level)
        self.fits = list(fits)
        self.columns_, self.strata_ = first.columns_, first.strata_
        self.n_, self.events_, self.left_out_ = first.n_, first.events_, first.left_out_
        self.last_day_ = first.last_day_
        self.penalty_ = float(np.mean([fit.penalty_ for fit in fits]))
        self.centre_ = np.mean([fit.centre_ for fit in fits], axis=0)
        coef, covariance = pool_rubin_vector(
            [fit.coef_.to_numpy() for fit in fits], [fit.covariance_ for fit in fits]
        )
        self.covariance_ = covariance
        self.coef_ = pd.Series(coef, index=self.columns_, name="log_hazard_ratio")
        self.std_error_ = pd.Series(np.sqrt(np.diag(covariance)), index=self.columns_, name="std_error")
        self.pooled_: dict[Any, Pooled] = {
            place: pool_rubin([f.coef_[place] for f in fits], [f.std_error_[place] ** 2 for f in fits])
            for place in self.coef_.index
        }

    def fit(self, patients: pd.DataFrame, outcome: Outcome) -> Self:
        """Refused: the models of the tables were fitted one by one."""
        raise InputError("pooled Cox model: it is made of fitted models and is not fitted again.")

    def baseline(self, times_days: Any, *, stratum: str = ALL) -> Baseline:
        """Pooled baseline at `times_days` with what its errors need, columns at `centre_`."""
        own = [
            fit.baseline(times_days, stratum=stratum).moved(self.centre_ - fit.centre_, fit.coef_)
            for fit in self.fits
        ]
        return pooled_baseline(
            own, [fit.coef_.to_numpy() for fit in self.fits], [fit.covariance_ for fit in self.fits]
        )

    def hazard(self, times_days: Any, *, stratum: str = ALL) -> np.ndarray:
        """Cumulative baseline hazard H0 at `times_days`, columns at `centre_`."""
        own = [
            fit.hazard(times_days, stratum=stratum) * np.exp((self.centre_ - fit.centre_) @ fit.coef_)
            for fit in self.fits
        ]
        return np.asarray(np.mean(own, axis=0))

    def event_days(self, stratum: str = ALL) -> np.ndarray:
        """Days of training deaths, those of every table."""
        return np.unique(np.concatenate([fit.event_days(stratum) for fit in self.fits]))

    def survival_difference(self, tables: Sequence[pd.DataFrame], *, times_days: Any) -> np.ndarray:
        """(n, times) survival by this model minus the mean of that by the m models, each at its own table.

        `tables` : encoded columns of the same patients, one per fit; nan where a patient has a gap
        """
        apart = [
            _survival(self, table, times_days) - _survival(fit, table, times_days)
            for fit, table in zip(self.fits, tables, strict=True)
        ]
        return np.asarray(np.mean(apart, axis=0))


def _survival(model: CoxNomogram, table: pd.DataFrame, times_days: Any) -> np.ndarray:
    survival = model.predict(table, times_days=times_days).survival
    assert survival is not None
    return survival


def _check(fits: Sequence[CoxNomogram]) -> None:
    if not fits:
        raise InputError("pooled Cox model: no fit to pool.")
    first = fits[0]
    for fit in fits[1:]:
        if not fit.columns_.equals(first.columns_) or fit.strata_ != first.strata_:
            raise InputError(
                "pooled Cox model: the fits have different columns or strata. Encode every table with one encoder."
            )
        if (fit.n_, fit.events_) != (first.n_, first.events_):
            raise InputError(
                f"pooled Cox model: {first.n_} patients with {first.events_} deaths in one table, {fit.n_} with "
                f"{fit.events_} in another. Completed tables hold the same patients."
            )
