"""Averages over time of a measure that was taken on a grid of times."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spinesurv.errors import unknown_name
from spinesurv.stats.arrays import FloatArray, floats

RULES = ("trapezoid", "left")


def time_average_weights(times: ArrayLike, *, rule: str = "trapezoid") -> FloatArray:
    """(k,) weights that turn values at k rising times into their average between the first and the last time.

    Parameters
    ----------
    times : (k,) at least two
    rule : "trapezoid" joins neighbouring values by straight lines. "left" holds each value until the next time,
        as riskRegression and pec do with a grid that begins at 0

    Notes
    -----
    Agrees with golden cases ``ibs.*``, in which all of these conventions are stored.
    """
    if rule not in RULES:
        raise unknown_name("rule", rule, RULES, where="average over time")
    t = floats(times)
    step = np.diff(t)
    left, right = np.append(step, 0.0), np.insert(step, 0, 0.0)
    return floats((left if rule == "left" else 0.5 * (left + right)) / (t[-1] - t[0]))
