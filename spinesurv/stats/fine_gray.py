"""Regression of the cumulative incidence under competing events: proportional subdistribution hazards, O(n p^2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.arrays import BoolArray, FloatArray, IntArray, case_weights, floats
from spinesurv.stats.censoring import KaplanMeierCensoring
from spinesurv.stats.cox import CoxFit, fit_cox
from spinesurv.stats.risk_sets import RiskSets


class SubdistributionRiskSets(RiskSets):
    """Risk sets in which who had a competing event stays at risk, with weight G(t-) / G(T-) at a later time t.

    G is the curve of censoring of the patient's own stratum: the weight is the chance of still being under
    observation at t. G(t-) is common to a stratum, so sums over those who stay are running sums.

    Parameters
    ----------
    time, event, competing, weights, ties : as in `fit_fine_gray`
    censoring : fitted on these patients, competing events no censorings
    """

    def __init__(
        self,
        time: FloatArray,
        event: BoolArray,
        competing: BoolArray,
        censoring: KaplanMeierCensoring,
        *,
        weights: FloatArray,
        ties: str,
    ) -> None:
        none = np.zeros(len(time), dtype=np.intp)
        super().__init__(time, event, start=None, stratum=none, weights=weights, ties=ties)
        self.censoring = censoring
        stays = competing & (weights > 0)
        before = censoring.before_own_time()
        self.inverse: FloatArray = np.where(stays, 1.0 / np.where(stays, before, 1.0), 0.0)
        self.from_time: IntArray = np.searchsorted(self.times, time, side="right")
        self.own_time = time
        self.groups: list[tuple[IntArray, FloatArray]] = [
            (rows[stays[rows]], curve.before(self.times))
            for curve, rows in zip(censoring.curves, censoring.strata_rows, strict=True)
        ]

    def at_risk(self, values: FloatArray) -> FloatArray:
        """Sums of `values` (n,) or (n, p) over those at risk, and weighted over those who stay, at each event time."""
        out = super().at_risk(values)
        if values.ndim == 2:  # has come back here column by column
            return out
        for rows, left in self.groups:
            joined = np.bincount(
                self.from_time[rows], weights=values[rows] * self.inverse[rows], minlength=self.n_times + 1
            )
            out = out + left * np.cumsum(joined)[: self.n_times]
        return floats(out)

    def while_at_risk(self, steps: FloatArray, *, until: float = np.inf) -> FloatArray:
        """As in `RiskSets`, with the weighted steps after their own end of follow-up for those who stay."""
        out = super().while_at_risk(steps, until=until)
        if steps.ndim == 2:
            return out
        counted = self.per_time(np.where(self.times[self.step_time] <= until, steps, 0.0))
        for rows, left in self.groups:
            total = np.concatenate([[0.0], np.cumsum(counted * left)])
            out[rows] += self.inverse[rows] * (total[-1] - total[self.from_time[rows]])
        return out

    def through_weights(self, values: FloatArray, steps: FloatArray) -> FloatArray:
        """As in `RiskSets`: the weight of j at t holds the factors of G from T_j to just before t.

        Where the curve has ``ties="events_last"`` from just after T_j to t, as Fine and Gray and cmprsk::crr have it.
        """
        out = np.zeros(values.shape)
        shift, side = (0, "right") if self.censoring.events_first else (1, "left")
        parts = zip(self.groups, self.censoring.curves, self.censoring.strata_rows, strict=True)
        for (rows, left), curve, everybody in parts:
            m = len(curve.time)
            joins = np.searchsorted(curve.time, self.own_time[rows]) + shift
            after = np.searchsorted(self.times, curve.time, side=side)  # type: ignore[call-overload]
            for k in range(values.shape[1]):
                # of each censoring time: those who stay by then, times their steps still to come
                joined = np.bincount(joins, weights=values[rows, k] * self.inverse[rows], minlength=m + 1)
                total = np.concatenate([[0.0], np.cumsum(self.per_time(steps[:, k]) * left)])
                q = np.cumsum(joined)[:m] * (total[-1] - total[after])
                # the weight is G(t-) / G(T-): proportional to the factor itself, not to its inverse
                out[everybody, k] -= self.censoring.through_curve(curve, everybody, floats(q))
        return out


def fit_fine_gray(
    design: ArrayLike,
    time: ArrayLike,
    event: ArrayLike,
    competing: ArrayLike,
    censoring: KaplanMeierCensoring,
    *,
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    ties: str = "efron",
) -> CoxFit:
    """Cox regression of the subdistribution hazard: 1 - F(t | x) = exp(-H(t) exp(x'b)), F the cumulative incidence.

    Parameters
    ----------
    design : (n, p) columns, p may be 0
    time : (n,) end of follow-up
    event, competing : (n,) whether it was the event of interest, or one that prevents it
    censoring : Kaplan-Meier of censoring of these patients in this order, competing events no censorings; may have
        strata
    weights : (n,) case weights, those `censoring` was fitted with
    offset : (n,) term with coefficient 1
    ties : "efron" or "breslow"

    Returns
    -------
    CoxFit
        Baseline, survival (here 1 - F) and influence values by `cox_survival`, as of any Cox model. Standard errors
        only from the influence values, which hold the estimation of the weights: the inverse information in
        `covariance` takes weighted patients for observed ones.

    Raises
    ------
    CoxFitError
        As in `fit_cox`.

    Notes
    -----
    Without competing events it is `fit_cox`. Agrees with cmprsk::crr under Breslow ties where the curve of censoring
    has ``ties="events_last"``, golden case ``cr.mgus2.fine_gray``.

    References
    ----------
    Fine JP, Gray RJ. J Am Stat Assoc 1999;94:496-509. doi:10.1080/01621459.1999.10474144
    """
    t, e, other = floats(time), np.asarray(event, dtype=bool), np.asarray(competing, dtype=bool)
    w = case_weights(weights, len(t))
    sets = SubdistributionRiskSets(t, e, other, censoring, weights=w, ties=ties)
    return fit_cox(design, t, e, weights=w, offset=offset, ties=ties, risk_sets=sets)
