"""Residuals of a Cox model, one value or row per patient, or per death."""

from __future__ import annotations

import numpy as np

from spinesurv.errors import InputError
from spinesurv.stats.arrays import FloatArray, floats
from spinesurv.stats.cox import CoxFit


def martingale_residuals(fit: CoxFit) -> FloatArray:
    """(n,) event minus the cumulative hazard of the patient's own follow-up: deaths beyond those expected.

    Notes
    -----
    Below 1. With Efron ties a death takes part in the steps of its own time with the share that has not left yet.
    Agrees with survival::residuals.coxph(type = "martingale"), golden cases ``cox.*.residuals``.

    References
    ----------
    Therneau TM, Grambsch PM, Fleming TR. Biometrika 1990;77:147-160. doi:10.1093/biomet/77.1.147
    """
    sets = fit.risk_sets
    phi, _ = fit.step_terms()
    steps = sets.mean_weight[sets.step_time] / phi
    return floats(fit.event - fit.hazard_ratio * sets.while_at_risk(steps))


def deviance_residuals(fit: CoxFit) -> FloatArray:
    """(n,) sign(M) sqrt(-2 (M + e log(e - M))), M the martingale residual, e whether the event was seen.

    More symmetric about 0 than M. Agrees with survival::residuals.coxph(type = "deviance").
    """
    m = martingale_residuals(fit)
    expected = np.where(fit.event, np.maximum(fit.event - m, np.finfo(float).tiny), 1.0)
    return floats(
        np.sign(m) * np.sqrt(np.maximum(-2.0 * (m + np.where(fit.event, np.log(expected), 0.0)), 0.0))
    )


def score_residuals(fit: CoxFit) -> FloatArray:
    """(n, p) what each patient adds to the score of the partial likelihood; without the case weight.

    The integral of (x - mean at risk) over the patient's martingale. Times weight and covariance: the influence on
    the coefficients (`cox_survival.coefficient_influence`).

    Raises
    ------
    InputError
        Exact ties, whose likelihood has no such terms.

    Notes
    -----
    Agrees with survival::residuals.coxph(type = "score").
    """
    if fit.ties == "exact":
        raise InputError(
            "Cox model: score residuals and robust errors do not exist for exact ties. Use efron."
        )
    sets = fit.risk_sets
    phi, mean = fit.step_terms()
    x = fit.design - fit.centre
    mass = sets.mean_weight[sets.step_time]
    at_risk = sets.while_at_risk(mass / phi)
    drift = sets.while_at_risk((mass / phi)[:, None] * mean)
    score = -fit.hazard_ratio[:, None] * (x * at_risk[:, None] - drift)
    score[sets.deaths] += x[sets.deaths] - _mean_at_own_time(fit, mean)
    return score


def schoenfeld_residuals(fit: CoxFit) -> FloatArray:
    """(deaths, p) columns of each death minus their mean at risk, in the order of `fit.risk_sets.deaths`.

    With Efron ties the mean over the steps of the tied deaths. Agrees with
    survival::residuals.coxph(type = "schoenfeld").

    References
    ----------
    Schoenfeld D. Biometrika 1982;69:239-241. doi:10.1093/biomet/69.1.239
    """
    _, mean = fit.step_terms()
    return floats((fit.design - fit.centre)[fit.risk_sets.deaths] - _mean_at_own_time(fit, mean))


def _mean_at_own_time(fit: CoxFit, mean: FloatArray) -> FloatArray:
    sets = fit.risk_sets
    return (sets.per_time(mean) / np.maximum(sets.count, 1)[:, None])[sets.step_time]
