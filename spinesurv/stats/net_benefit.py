"""Net benefit of acting on a predicted risk, with follow-up that may end early."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.aalen_johansen import AalenJohansen
from spinesurv.stats.arrays import FloatArray, case_weights, floats
from spinesurv.stats.kaplan_meier import kaplan_meier


@dataclass(frozen=True, eq=False)
class NetBenefit:
    """Net benefit at one threshold.

    Parameters
    ----------
    value : true positives minus weighted false positives, per patient; nan when the follow-up of the positives
        ends before the horizon; 0 when nobody is positive
    true_positive, false_positive : shares of all patients
    influence : (n,) weight times derivative of `value` with respect to each patient's weight
    n_positive : number of patients with a positive prediction
    """

    value: float
    true_positive: float
    false_positive: float
    influence: FloatArray
    n_positive: int


def net_benefit(
    time: ArrayLike,
    event: ArrayLike,
    positive: ArrayLike,
    horizon: float,
    threshold: float,
    *,
    weights: ArrayLike | None = None,
    died_out: bool = True,
    competing: ArrayLike | None = None,
) -> NetBenefit:
    """True positives minus false positives times the odds of the threshold, per patient.

    NB = share [R - (1 - R) t / (1 - t)], with share the part of patients who are positive, and R their risk of an
    event by the horizon, from Kaplan-Meier among them.

    Parameters
    ----------
    time, event : (n,) end of follow-up and whether the event was seen
    positive : (n,) whether one would act, that is, whether the predicted risk is t or more
    horizon : time h
    threshold : t, between 0 and 1, at which one would act
    weights : (n,) case weights
    died_out : R is 1 where all the positive have died before h; False = nan then, as in dcurves
    competing : (n,) whether follow-up ended with an event that prevents the one of interest; R is then the
        Aalen-Johansen incidence among the positive. None = none does

    Notes
    -----
    The influence values are the delta method for share and R. Agrees with dcurves::dca, golden cases ``nb.*``, under
    ``died_out=False``.

    References
    ----------
    Vickers AJ, Cronin AM, Elkin EB, Gonen M. BMC Med Inform Decis Mak 2008;8:53. doi:10.1186/1472-6947-8-53
        (also for competing events)
    """
    t, e = floats(time), np.asarray(event, dtype=bool)
    w = case_weights(weights, len(t))
    acts = np.asarray(positive, dtype=bool)
    share = float(w[acts].sum() / w.sum())
    if not acts.any():
        return NetBenefit(0.0, 0.0, 0.0, np.zeros(len(t)), 0)
    own = None if weights is None else w[acts]
    other = np.zeros(len(t), dtype=bool) if competing is None else np.asarray(competing, dtype=bool)
    curve = kaplan_meier(t[acts], (e | other)[acts], weights=own, robust=False)
    n_positive = int(acts.sum())
    if bool(curve.beyond_follow_up([horizon])[0]) or not (died_out or horizon <= curve.last_time):
        return NetBenefit(np.nan, np.nan, np.nan, np.full(len(t), np.nan), n_positive)
    if competing is None:
        dead = 1.0 - float(curve.at([horizon])[0])
        by_dead = -curve.influence(horizon, t[acts], e[acts], weights=own)
    else:
        shared = AalenJohansen(t[acts], e[acts], other[acts], weights=own)
        dead, by_dead = float(shared.at(horizon)), shared.influence(horizon)
    odds = threshold / (1.0 - threshold)
    per_positive = dead - (1.0 - dead) * odds
    influence = w * (acts - share) / w.sum() * per_positive
    influence[acts] += share * (1.0 + odds) * by_dead
    return NetBenefit(share * per_positive, share * dead, share * (1.0 - dead), influence, n_positive)
