"""Net benefit of acting on a predicted risk, with follow-up that may end early."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.stats.aalen_johansen import AalenJohansen
from spinesurv.stats.arrays import FloatArray, case_weights, floats
from spinesurv.stats.classification import Share
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
    died_out : R is 1 where all the positive have died before h, and 0 where the follow-up of all goes beyond it; False =
        nan in both cases, as in dcurves
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
    covered = died_out or float(curve.time[0]) <= horizon <= curve.last_time
    if bool(curve.beyond_follow_up([horizon])[0]) or not covered:
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


def over_all(found: NetBenefit, everybody: NetBenefit) -> Share:
    """Net benefit minus that of acting on everybody, both of the same patients at the same threshold."""
    return Share(found.value - everybody.value, found.influence - everybody.influence)


def standardised(found: NetBenefit, everybody: NetBenefit, threshold: float) -> Share:
    """Net benefit over the risk of an event by the horizon in everybody, the most it can be; nan where that is 0.

    Agrees with dcurves::standardized_net_benefit, golden cases ``nb.*``.

    References
    ----------
    Kerr KF et al. J Clin Oncol 2016;34:2534-2540. doi:10.1200/JCO.2015.65.5654
    """
    dead = everybody.true_positive
    if not dead > 0.0:
        return Share(np.nan, np.full(len(found.influence), np.nan))
    by_dead = everybody.influence * (1.0 - threshold)  # the benefit of everybody is (dead - t) / (1 - t)
    return Share(found.value / dead, (found.influence - found.value / dead * by_dead) / dead)


def interventions_avoided(
    found: NetBenefit, everybody: NetBenefit, threshold: float, *, per: float = 100.0
) -> Share:
    """Needless interventions saved against acting on everybody, with nobody missed, per `per` patients.

    per [NB - NB of everybody] (1 - t) / t. Agrees with dcurves::net_intervention_avoided, golden cases ``nb.*``.

    References
    ----------
    Vickers AJ, Elkin EB. Med Decis Making 2006;26:565-574. doi:10.1177/0272989X06295361
    """
    gain, scale = over_all(found, everybody), per * (1.0 - threshold) / threshold
    return Share(scale * gain.value, scale * gain.influence)
