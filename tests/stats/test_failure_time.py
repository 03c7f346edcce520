"""Survival of accelerated failure times: by hand, and lifelines' own formulas."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import fisk, lognorm, weibull_min

from spinesurv.stats.failure_time import DISTRIBUTIONS, failure_time_survival

#: scipy's own parametrisation: shape 1 / scale and factor exp(location)
OTHERS = {"weibull": weibull_min, "log_logistic": fisk}


def test_by_hand() -> None:
    # at t = exp(location) z is 0: exp(-1), one half, one half
    found = [failure_time_survival(name, [20.0], [np.log(20.0)], 0.7)[0, 0] for name in DISTRIBUTIONS]
    assert found == pytest.approx([np.exp(-1), 0.5, 0.5])
    # twice the scale above it: exp(-e^2), 1 - Phi(2), 1 / (1 + e^2)
    later = [np.exp(1.4) * 20.0]
    found = [failure_time_survival(name, later, [np.log(20.0)], 0.7)[0, 0] for name in DISTRIBUTIONS]
    assert found == pytest.approx([np.exp(-np.exp(2)), 0.022750131948179, 1 / (1 + np.exp(2))])


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_against_scipy(name: str) -> None:
    times, location, scale = np.array([0.0, 1.0, 30.0, 4000.0]), np.array([2.0, 5.0]), 0.8
    expected = [
        lognorm.sf(times, scale, scale=np.exp(a))
        if name == "log_normal"
        else OTHERS[name].sf(times, 1 / scale, scale=np.exp(a))
        for a in location
    ]
    assert failure_time_survival(name, times, location, scale) == pytest.approx(
        np.array(expected), rel=1e-12, abs=1e-300
    )
