"""Instrumentation of those operated on, and its failure, with death competing.

H(t) = exp(log_rate + lp) t^shape is the cumulative hazard of a failure, lp of the SINS of the index lesion and the
length of the construct; given these it does not depend on death. A failure is written on the day in which it falls
(rounded up), where it comes before death and before the end of follow-up. All numbers are conventions (`choices.toml`):
the facts name the risk factors and no rates.
"""

from __future__ import annotations

import numpy as np

from spinesurv.cohorts.synthetic.draws import whole_number, yes
from spinesurv.cohorts.synthetic.facts import choices, weibull
from spinesurv.cohorts.synthetic.sites import Site

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(40)


def draw_instrumentation(rng: np.random.Generator, patient: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """(n,) `n_instrumented_levels` (0 without any), `instrumentation_failure_days` (nan = none seen), `failure_lp`."""
    own = choices()["instrumentation"]
    n = len(patient["treatment"])
    has = np.isin(patient["treatment"], own["operated"]) & yes(rng, own["share"], n)
    levels = np.where(has, whole_number(rng, own["levels"], n), 0)
    lp = own["sins"]["log_hr"] * (patient["sins_total"] - own["sins"]["centre"])
    lp = lp + own["long_construct"]["log_hr"] * (levels > own["long_construct"]["more_than"])
    fails = (rng.exponential(size=n) * np.exp(-own["log_rate"] - lp)) ** (1.0 / own["shape"])
    day = np.ceil(fails)
    seen = has & (fails < patient["death_time"]) & (day <= patient["time_days"])
    return {
        "n_instrumented_levels": levels,
        "instrumentation_failure_days": np.where(seen, day, np.nan),
        "failure_lp": np.where(has, lp, np.nan),
    }


def true_incidence(site: Site, failure_lp: np.ndarray, lp: np.ndarray, day: float) -> np.ndarray:
    """(n,) probability of a failure by `day`, death competing; nan without instrumentation.

    The integral of exp(-v - D(v)) from 0 to H(day), D(v) the cumulative hazard of death at the time at which that of a
    failure is v: smooth, where the hazard itself is infinite at time 0. 40 Gauss-Legendre nodes.
    """
    own, curve = choices()["instrumentation"], weibull()[site.name]
    scale = np.exp(own["log_rate"] + failure_lp)[:, None]
    upper = scale * day ** own["shape"]
    v = 0.5 * upper * (1.0 + _NODES)
    time = (v / scale) ** (1.0 / own["shape"])
    dies = np.exp(curve["log_rate"] + lp)[:, None] * time ** curve["shape"]
    return np.asarray(0.5 * upper[:, 0] * (np.exp(-v - dies) @ _WEIGHTS))
