"""Concordance: by hand, and against a direct sum over all pairs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spinesurv.errors import InputError
from spinesurv.stats.concordance import concordance
from spinesurv.stats.kaplan_meier import kaplan_meier, reverse_kaplan_meier
from spinesurv.stats.rank_sums import RankSums
from spinesurv.stats.time_weights import TIME_WEIGHTS
from tests.stats.simulated import Tied, tied


def direct(
    d: Tied, weights: np.ndarray, tw: np.ndarray, *, latest: float = np.inf
) -> tuple[float, float, float]:
    """Concordant, discordant and tied pairs of cases i with those followed longer, one by one."""
    counts = [0.0, 0.0, 0.0]
    for i in np.flatnonzero(d.event & (d.time <= latest)):
        for j in range(len(d.time)):
            longer = d.time[j] > d.time[i] or (d.time[j] == d.time[i] and not d.event[j])
            if i == j or not longer or d.strata[i] != d.strata[j] or d.start[j] >= d.time[i]:
                continue
            kind = 0 if d.marker[i] > d.marker[j] else 1 if d.marker[i] < d.marker[j] else 2
            counts[kind] += weights[i] * weights[j] * tw[i]
    return counts[0], counts[1], counts[2]


def test_four_patients_by_hand() -> None:
    # deaths at 2, 4, 4, censored at 4: pairs (1,2) (1,3) (1,4) (2,4) (3,4); two deaths at 4 are not compared
    result = concordance([2, 4, 4, 4], [1, 1, 1, 0], [3, 1, 3, 2])
    assert (result.concordant, result.discordant, result.tied_risk) == (3, 1, 1)
    assert (result.tied_time, result.tied_both) == (1, 0)
    assert result.value == pytest.approx(3.5 / 5)


def test_nothing_comparable() -> None:
    assert np.isnan(concordance([1, 2], [0, 0], [1, 2]).value)


@pytest.mark.parametrize("timewt", TIME_WEIGHTS)
@pytest.mark.parametrize("seed", range(3))
def test_equals_the_direct_sum(seed: int, timewt: str) -> None:
    d = tied(seed, n=45)
    if "G" in timewt:  # with delayed entry and so few patients the curve of censoring reaches 0 early
        d = replace(d, start=np.full(45, -1.0))
    tw = np.ones(len(d.time))
    for code in np.unique(d.strata):
        rows = d.strata == code
        options = {"start": d.start[rows], "weights": d.weights[rows]}
        s = kaplan_meier(d.time[rows], d.event[rows], **options)
        g = reverse_kaplan_meier(d.time[rows], d.event[rows], **options).before(d.time[rows])
        n, at_risk, before = d.weights[rows].sum(), s.at_risk(d.time[rows]), s.before(d.time[rows])
        kinds = {
            "n": lambda g, n, at_risk, before: 1.0,
            "n/G2": lambda g, n, at_risk, before: g**-2,
            "S": lambda g, n, at_risk, before: n * before / at_risk,
            "S/G": lambda g, n, at_risk, before: n * before / (g * at_risk),
            "I": lambda g, n, at_risk, before: 1 / at_risk,
        }
        tw[rows] = np.where(
            d.event[rows], kinds[timewt](np.where(d.event[rows], g, 1.0), n, at_risk, before), 0.0
        )
    for latest in (np.inf, 5.0):
        result = concordance(
            d.time,
            d.event,
            d.marker,
            start=d.start,
            weights=d.weights,
            strata=d.strata,
            latest=latest,
            timewt=timewt,
        )
        c, dis, tie = direct(d, d.weights, tw, latest=latest)
        assert (result.concordant, result.discordant, result.tied_risk) == pytest.approx((c, dis, tie))


@pytest.mark.parametrize("timewt", TIME_WEIGHTS)
def test_last_patient_of_weight_0_may_be_left_out(timewt: str) -> None:
    d = tied(1, n=20)
    with_it, without = (
        concordance(
            np.append(d.time, 99.0)[:n],
            np.append(d.event, True)[:n],
            np.append(d.marker, 0.0)[:n],
            weights=np.append(d.weights, 0.0)[:n],
            timewt=timewt,
        )
        for n in (21, 20)
    )
    assert with_it.value == pytest.approx(without.value, rel=1e-12)
    assert with_it.std_error == pytest.approx(without.std_error, rel=1e-12)


def test_censoring_curve_at_zero_is_refused() -> None:
    # the risk set is empty of others at day 1, where its only member is censored; the death at 5 came later
    with pytest.raises(InputError, match="reaches 0 before 1 of the events"):
        concordance([1, 5, 6], [0, 1, 0], [1, 2, 3], start=[0, 2, 2], timewt="n/G2")


def test_influence_is_the_derivative_by_weight() -> None:
    d = tied(11, n=40)
    one = np.ones(len(d.time))

    def value(w: np.ndarray) -> float:
        c, dis, tie = direct(d, w, one)
        return (c + tie / 2) / (c + dis + tie)

    result = concordance(d.time, d.event, d.marker, start=d.start, weights=d.weights, strata=d.strata)
    assert result.influence.sum() == pytest.approx(0.0, abs=1e-13)
    for i in range(0, 40, 5):
        step = np.zeros(40)
        step[i] = 1e-5
        slope = (value(d.weights + step) - value(d.weights - step)) / 2e-5
        assert result.influence[i] == pytest.approx(d.weights[i] * slope, abs=1e-8)


def test_null_error_by_definition() -> None:
    d = tied(4, n=40)
    result = concordance(d.time, d.event, d.marker, start=d.start, weights=d.weights, strata=d.strata)
    total = 0.0
    for i in np.flatnonzero(d.event):
        risk = np.flatnonzero((d.strata == d.strata[i]) & (d.time >= d.time[i]) & (d.start < d.time[i]))
        w, x = d.weights[risk], d.marker[risk]
        rank = np.array([np.sum(w * np.sign(a - x)) for a in x])
        total += d.weights[i] * np.sum(w * rank**2) / w.sum()
    pairs = result.concordant + result.discordant + result.tied_risk
    assert result.null_error == pytest.approx(np.sqrt(total) / (2 * pairs))


def test_direction_and_order() -> None:
    d = tied(5)
    up, down = concordance(d.time, d.event, d.marker), concordance(d.time, d.event, -d.marker)
    assert up.value + down.value == pytest.approx(1.0)
    order = np.random.default_rng(0).permutation(len(d.time))
    again = concordance(d.time[order], d.event[order], d.marker[order])
    assert again.value == pytest.approx(up.value)
    assert again.influence == pytest.approx(up.influence[order])


def test_rank_sums_equal_a_loop() -> None:
    rng = np.random.default_rng(2)
    rank, weights = rng.integers(0, 9, 50), rng.uniform(size=50)
    low, high = np.sort(rng.integers(0, 51, (2, 30)), axis=0)
    ask = rng.integers(0, 9, 30)
    found = RankSums(rank, weights).around(low, high, ask)
    for k in range(30):
        part, w = rank[low[k] : high[k]], weights[low[k] : high[k]]
        slow = [w[part < ask[k]].sum(), w[part == ask[k]].sum(), w[part > ask[k]].sum()]
        assert [f[k] for f in found] == pytest.approx(slow)
