"""The Nelson-Aalen estimate: by hand, against lifelines, and its robust error."""

from __future__ import annotations

import numpy as np
import pytest
from lifelines import NelsonAalenFitter

from spinesurv.stats.nelson_aalen import nelson_aalen
from tests.stats.simulated import tied


def test_five_patients_by_hand() -> None:
    # two of five die on day 1, one of two on day 3
    curve = nelson_aalen([1, 1, 2, 3, 5], [1, 1, 0, 1, 0])
    assert curve.at([0, 1, 2.9, 3, 99]) == pytest.approx([0, 0.4, 0.4, 0.9, 0.9])
    assert curve.std_error([0, 1, 3]) == pytest.approx([0, np.sqrt(2 / 25), np.sqrt(2 / 25 + 1 / 4)])


@pytest.mark.parametrize("seed", range(3))
def test_hazard_and_error_against_lifelines(seed: int) -> None:
    d = tied(seed)
    other = NelsonAalenFitter(nelson_aalen_smoothing=False).fit(d.time, d.event)
    curve = nelson_aalen(d.time, d.event)
    at = np.unique(d.time)
    assert curve.at(at) == pytest.approx(other.cumulative_hazard_at_times(at).to_numpy(), abs=1e-12)


def test_weight_two_is_two_patients_for_the_hazard() -> None:
    d = tied(0)
    weights = np.where(np.arange(len(d.time)) % 3 == 0, 2.0, 1.0)
    twice = np.repeat(np.arange(len(d.time)), weights.astype(int))
    one = nelson_aalen(d.time, d.event, weights=weights)
    other = nelson_aalen(d.time[twice], d.event[twice])
    assert one.cumulative_hazard == pytest.approx(other.cumulative_hazard)
    assert one.variance == pytest.approx(other.variance)


def test_robust_error_sums_squared_derivatives_by_weight() -> None:
    d = tied(1)
    n = len(d.time)
    rng = np.random.default_rng(0)
    weights, start = rng.uniform(0.5, 2.0, n), d.time * rng.uniform(0, 0.5, n)
    at = [2.0, 5.0]
    curve = nelson_aalen(d.time, d.event, start=start, weights=weights)
    total = np.zeros(2)
    for i in range(n):
        moved = weights.copy()
        moved[i] *= 1 + 1e-6
        shifted = nelson_aalen(d.time, d.event, start=start, weights=moved)
        total += ((shifted.at(at) - curve.at(at)) / 1e-6) ** 2
    assert curve.std_error(at) == pytest.approx(np.sqrt(total), rel=1e-5)
