"""Intervals for a survival probability whose uncertainty is known on the log scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, ndtri

from spinesurv.errors import InputError
from spinesurv.stats.arrays import FloatArray, floats

KINDS = ("log", "log-log", "logit", "arcsin", "plain")


def survival_interval(
    survival: ArrayLike, error_log: ArrayLike, *, level: float = 0.95, kind: str = "log"
) -> tuple[FloatArray, FloatArray]:
    """Pointwise interval, symmetric on the scale `kind`.

    Parameters
    ----------
    survival : probability S of being alive
    error_log : standard error of log S
    level : confidence
    kind : "log" (log S, high end cut at 1), "log-log" (log(-log S)), "logit" (log(S / (1 - S))), "arcsin" (arcsine
        of the root of S, cut at 0 and pi / 2) or "plain" (S, cut at 0 and 1)

    Returns
    -------
    low, high
        nan where S is 0, and where S is 1 on a scale without a place for it unless the error is 0 as well.

    Notes
    -----
    Agrees with the `conf.type` of the same name in survival::survfit, golden cases ``km.*`` (log, log-log, plain). Where
    nobody is censored, logit and arcsin are the textbook intervals of a proportion.

    References
    ----------
    Borgan O, Liestol K. Scand J Stat 1990;17:35-41. (arcsine)
    """
    if kind not in KINDS:
        raise InputError(
            f"interval of a survival probability: unknown kind {kind!r}. Known: {', '.join(KINDS)}."
        )
    s, e = floats(survival), floats(error_log)
    z = float(ndtri(0.5 + level / 2.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        log_s = np.log(s)
        if kind == "log":
            low, high = np.exp(log_s - z * e), np.exp(np.minimum(log_s + z * e, 0.0))
        elif kind == "log-log":
            centre, half = np.log(-log_s), z * e / log_s
            low, high = np.exp(-np.exp(centre - half)), np.exp(-np.exp(centre + half))
        elif kind == "logit":
            centre, half = log_s - np.log1p(-s), z * e / (1.0 - s)
            low, high = expit(centre - half), expit(centre + half)
        elif kind == "arcsin":
            centre, half = np.arcsin(np.sqrt(s)), 0.5 * z * e * np.sqrt(s / (1.0 - s))
            low = np.sin(np.maximum(centre - half, 0.0)) ** 2
            high = np.sin(np.minimum(centre + half, 0.5 * np.pi)) ** 2
        else:
            low, high = np.maximum(s - z * e * s, 0.0), np.minimum(s + z * e * s, 1.0)
    dead = (s <= 0.0) | ~np.isfinite(e)
    certain = (s >= 1.0) & (e == 0.0)
    low = np.where(certain, 1.0, np.where(dead, np.nan, low))
    high = np.where(certain, 1.0, np.where(dead, np.nan, high))
    return low, high
