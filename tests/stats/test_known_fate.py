"""The dead by a time against those alive after it: by hand, against direct sums, and their influence values."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from spinesurv.stats import classification
from spinesurv.stats.censoring import KaplanMeierCensoring
from spinesurv.stats.dynamic_auc import dynamic_auc
from spinesurv.stats.known_fate import KnownFate, known_fate
from tests.stats.simulated import Tied, tied

HORIZON = 4.0
SHARES: dict[str, Callable[[KnownFate, np.ndarray], classification.Share]] = {
    "sensitivity": classification.sensitivity,
    "specificity": classification.specificity,
    "positive_predictive_value": classification.positive_predictive_value,
    "negative_predictive_value": classification.negative_predictive_value,
}
# day 1: a death, then one of the 4 left is censored: G = 3/4 from then on; day 3: a death and a later survivor
TIME, EVENT = np.array([1.0, 1.0, 3.0, 5.0, 6.0]), np.array([1, 0, 1, 0, 1])
MARKER = np.array([2.0, 9.0, 0.0, 1.0, 2.0])


def fate_of(d: Tied, w: np.ndarray | None = None, **options: object) -> KnownFate:
    model = KaplanMeierCensoring(d.time, d.event, weights=w)
    return known_fate(d.time, d.event, HORIZON, model, weights=w, **options)


def test_five_patients_by_hand() -> None:
    fate = known_fate(TIME, EVENT, HORIZON, KaplanMeierCensoring(TIME, EVENT))
    # the death of day 1 came before the censoring of that day
    assert fate.case_weight == pytest.approx([1, 0, 4 / 3, 0, 0])
    assert fate.control_weight == pytest.approx([0, 0, 0, 4 / 3, 4 / 3])
    # the case with marker 2 beats one control and ties with the other; the one with marker 0 beats nobody
    assert dynamic_auc(fate, MARKER).value == pytest.approx(1 * 0.75 / (1 + 4 / 3))
    positive = MARKER >= 1.5
    assert classification.sensitivity(fate, positive).value == pytest.approx(1 / (7 / 3))
    assert classification.specificity(fate, positive).value == pytest.approx(1 / 2)
    assert classification.positive_predictive_value(fate, positive).value == pytest.approx(1 / (1 + 4 / 3))
    assert classification.negative_predictive_value(fate, positive).value == pytest.approx(1 / 2)


@pytest.mark.parametrize("count_horizon", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_auc_equals_the_direct_sum(seed: int, count_horizon: bool) -> None:
    d = tied(seed)
    fate = fate_of(d, d.weights, count_horizon=count_horizon)
    total = pairs = 0.0
    g_before = KaplanMeierCensoring(d.time, d.event, weights=d.weights).before_own_time()
    for i in np.flatnonzero(d.event & ((d.time <= HORIZON) if count_horizon else (d.time < HORIZON))):
        for j in np.flatnonzero(d.time > HORIZON):
            weight = d.weights[i] / g_before[i] * d.weights[j]  # G(h) is the same for every control
            total += weight
            pairs += weight * ((d.marker[i] > d.marker[j]) + 0.5 * (d.marker[i] == d.marker[j]))
    assert dynamic_auc(fate, d.marker).value == pytest.approx(pairs / total, rel=1e-12)


@pytest.mark.parametrize("share", SHARES, ids=str)
def test_no_censoring_is_the_plain_share(share: str) -> None:
    d = tied(3)
    d = Tied(**{**vars(d), "event": np.ones(60, dtype=bool)})
    dead, positive = d.time <= HORIZON, d.marker >= 0
    chosen, right = {
        "sensitivity": (dead, positive),
        "specificity": (~dead, ~positive),
        "positive_predictive_value": (positive, dead),
        "negative_predictive_value": (~positive, ~dead),
    }[share]
    found = SHARES[share](fate_of(d), positive)
    p, n = right[chosen].mean(), chosen.sum()
    assert found.value == pytest.approx(p)
    # binomial error, with the factor n / (n - 1) over all patients
    assert np.sqrt(np.sum(found.influence**2)) == pytest.approx(np.sqrt(p * (1 - p) / n * 60 / 59))


@pytest.mark.parametrize("kind", ["auc", *SHARES])
def test_influence_is_the_derivative_by_weight(kind: str) -> None:
    """Through G up to 1 / n(s), a few percent of 300 patients."""
    rng = np.random.default_rng(8)
    n = 300
    x = rng.normal(size=n)
    death, end = rng.exponential(8 * np.exp(-x)), rng.exponential(12, n)
    time, event = np.minimum(death, end), death <= end

    def measured(w: np.ndarray) -> classification.Share:
        fate = known_fate(time, event, HORIZON, KaplanMeierCensoring(time, event, weights=w), weights=w)
        found = dynamic_auc(fate, x) if kind == "auc" else SHARES[kind](fate, x > 0.3)
        return classification.Share(found.value, found.influence)

    one = np.ones(n)
    influence = measured(one).influence / np.sqrt(n / (n - 1))
    rows, slopes = range(0, n, 12), []
    for i in rows:
        step = np.zeros(n)
        step[i] = 1e-4
        slopes.append((measured(one + step).value - measured(one - step).value) / 2e-4)
    assert influence[list(rows)] == pytest.approx(slopes, abs=0.02 * np.abs(slopes).max())


def test_nobody_to_compare() -> None:
    model = KaplanMeierCensoring(TIME, EVENT)
    early, late = (known_fate(TIME, EVENT, h, model) for h in (0.5, 6.0))
    positive = MARKER > 1
    for fate in (early, late):
        assert np.isnan(dynamic_auc(fate, MARKER).value)
    assert np.isnan(classification.sensitivity(early, positive).value)
    assert np.isnan(classification.specificity(late, positive).value)
    nobody = np.zeros(5, dtype=bool)
    assert np.isnan(classification.positive_predictive_value(early, nobody).value)
    assert np.isnan(classification.negative_predictive_value(early, ~nobody).value)


def test_those_not_judged_only_shape_the_weights() -> None:
    d = tied(6)
    rows = np.arange(60) >= 10
    fate = fate_of(d, judged=rows)
    assert not (fate.is_case | fate.is_control)[:10].any()
    assert fate.case_weight[10:] == pytest.approx(fate_of(d).case_weight[10:])
    assert np.abs(dynamic_auc(fate, d.marker).influence[:10]).max() > 0
