"""Pseudo-values: by hand, against leaving each patient out, and without censoring."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.stats.aalen_johansen import AalenJohansen
from spinesurv.stats.kaplan_meier import kaplan_meier
from spinesurv.stats.pseudo_values import pseudo_risks
from tests.stats.simulated import tied
from tests.stats.simulated_competing import competing


def test_four_patients_by_hand() -> None:
    # F(3.5) = 1 - 3/4 * 1/2 = 5/8; without each patient in turn it is 1/2, 2/3, 1/3 and 1
    found = pseudo_risks([1, 2, 3, 4], [1, 0, 1, 0], 3.5)
    assert found == pytest.approx([2.5 - 1.5, 2.5 - 2.0, 2.5 - 1.0, 2.5 - 3.0])


def test_without_censoring_it_is_the_fate() -> None:
    d = tied(1)
    found = pseudo_risks(d.time, np.ones(len(d.time), dtype=bool), 4.0)
    assert found == pytest.approx((d.time <= 4.0).astype(float), abs=1e-12)


def test_competing_events_by_hand() -> None:
    # the event on days 1 and 4, a competing one on day 2, censored on day 3; F(5) = 1/4 + 3/4 2/3 1 = 3/4
    found = pseudo_risks([1, 2, 3, 4], [1, 0, 0, 1], 5, competing=[0, 1, 0, 0])
    # without the first 2/3, the second 1/3 + 2/3, the third 1/3 + 1/3, the last 1/3
    assert found == pytest.approx([3 - 2, 3 - 3, 3 - 2, 3 - 1])


def test_competing_events_against_r() -> None:
    d = competing(7, 80)
    found = pseudo_risks(d.time, d.event, 6.0, competing=d.competing)
    # jackknife(prodlim(Hist(time, code) ~ 1), times = 6, cause = 1) of prodlim 2019.11.13
    expected = [
        -0.0246732026144, 0.0866587060356, 1, 0.0866587060356, -0.0246732026144, -0.0246732026144,
        -0.0246732026144, 0, -0.0246732026144, 1, -0.0214151618094, 1.21012426247,
    ]  # fmt: skip
    assert found[:12] == pytest.approx(expected, abs=1e-10)


def test_competing_events_without_censoring() -> None:
    d = competing(2)
    known = d.event | d.competing
    found = pseudo_risks(d.time[known], d.event[known], 5.0, competing=d.competing[known])
    assert found == pytest.approx((d.event & (d.time <= 5))[known].astype(float), abs=1e-12)


def left_out(time, event, horizon, start, weights, other=None):
    def risk(rows):
        begin = None if start is None else start[rows]
        if other is not None:
            shared = AalenJohansen(time[rows], event[rows], other[rows], start=begin, weights=weights[rows])
            return float(shared.at(horizon))
        curve = kaplan_meier(time[rows], event[rows], start=begin, weights=weights[rows])
        return 1.0 - curve.at([horizon])[0]

    n = len(time)
    total, all_rows = weights.sum(), np.arange(n)
    without = np.array([risk(np.delete(all_rows, i)) for i in range(n)])
    return (total * risk(all_rows) - (total - weights) * without) / weights


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("horizon", [0.5, 3.0, 6.0, 100.0])
@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_against_leaving_each_patient_out(seed: int, horizon: float, late: bool, weighted: bool) -> None:
    d = tied(seed)
    rng = np.random.default_rng(seed)
    start = d.time * rng.uniform(0, 0.6, len(d.time)) if late else None
    weights = rng.choice([0.5, 1.0, 2.3], len(d.time)) if weighted else np.ones(len(d.time))
    found = pseudo_risks(d.time, d.event, horizon, start=start, weights=weights if weighted else None)
    assert found == pytest.approx(left_out(d.time, d.event, horizon, start, weights), abs=1e-10)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("horizon", [0.5, 3.0, 6.0, 100.0])
@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_competing_events_against_leaving_each_patient_out(
    seed: int, horizon: float, late: bool, weighted: bool
) -> None:
    d = competing(seed, 50)
    rng = np.random.default_rng(seed)
    start = d.time * rng.uniform(0, 0.6, 50) if late else None
    weights = rng.choice([0.5, 1.0, 2.3], 50) if weighted else np.ones(50)
    options = {"start": start, "weights": weights if weighted else None}
    found = pseudo_risks(d.time, d.event, horizon, competing=d.competing, **options)
    assert found == pytest.approx(left_out(d.time, d.event, horizon, start, weights, d.competing), abs=1e-10)
