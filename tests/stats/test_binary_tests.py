"""Spiegelhalter's z, Hosmer-Lemeshow, reclassification and mean distance by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2, norm

from spinesurv.stats.binary_scores import binary_net_benefit
from spinesurv.stats.hosmer_lemeshow import hosmer_lemeshow
from spinesurv.stats.mean_distance import group_shares, mean_distance
from spinesurv.stats.reclassification import reclassification
from spinesurv.stats.spiegelhalter import spiegelhalter


def test_spiegelhalter_of_three_patients() -> None:
    # (1 - .2) .6 + (0 - .2) .6 + (1 - .9)(-.8) = .28; .36 .16 twice and .64 .09
    found = spiegelhalter([1, 0, 1], [0.2, 0.2, 0.9])
    z = 0.28 / np.sqrt(2 * 0.36 * 0.16 + 0.64 * 0.09)
    assert found.z == pytest.approx(z)
    assert found.p_value == pytest.approx(2 * norm.sf(z))
    assert np.isnan(spiegelhalter([1, 0], [0.5, 1.0]).z)


def test_spiegelhalter_influence_and_weights() -> None:
    rng = np.random.default_rng(0)
    p = rng.uniform(0.05, 0.95, 30)
    y, h = rng.uniform(size=30) < p, 1e-6
    values = [spiegelhalter(y, p, weights=1.0 + s * h * (np.arange(30) == 4)).z for s in (-1, 1)]
    assert spiegelhalter(y, p).influence[4] == pytest.approx((values[1] - values[0]) / (2 * h), abs=1e-6)
    twice = np.repeat(np.arange(30), 2)
    assert spiegelhalter(y, p, weights=np.full(30, 2.0)).z == pytest.approx(
        spiegelhalter(y[twice], p[twice]).z
    )


def test_spiegelhalter_of_right_risks_is_standard_normal() -> None:
    rng = np.random.default_rng(1)
    p = rng.uniform(0.05, 0.95, (2000, 80))
    z = [spiegelhalter(rng.uniform(size=80) < row, row).z for row in p]
    # 2,000 draws know the mean to 0.022 and the spread to 0.016; 4 of these
    assert np.mean(z) == pytest.approx(0.0, abs=0.09)
    assert np.std(z) == pytest.approx(1.0, abs=0.064)


def test_hosmer_lemeshow_of_six_patients() -> None:
    # ranks 1 to 6 cut at 3.5: .1 .2 .3 with one death, .5 .6 .9 with two
    found = hosmer_lemeshow([0, 1, 0, 1, 0, 1], [0.1, 0.2, 0.3, 0.5, 0.6, 0.9], groups=2)
    assert (found.n.tolist(), found.observed.tolist()) == ([3, 3], [1, 2])
    assert found.expected == pytest.approx([0.6, 2.0])
    expected = 0.4**2 / (0.6 * 0.8) + 0.0
    assert found.chi2 == pytest.approx(expected)
    assert found.p_value(fitted_on_these=False) == pytest.approx(chi2.sf(expected, 2))


def test_reclassification_of_five_patients() -> None:
    # of two dead one rises and one stays; of three alive two fall and one rises
    found = reclassification([1, 1, 0, 0, 0], [0.2, 0.5, 0.4, 0.4, 0.1], [0.6, 0.5, 0.3, 0.2, 0.2])
    assert (found.nri_dead, found.nri_alive) == pytest.approx((1 / 2, 1 / 3))
    assert found.nri == pytest.approx(5 / 6)
    assert found.nri_error == pytest.approx(np.sqrt((1 / 2 - 1 / 4) / 2 + (1 - 1 / 9) / 3))
    assert found.idi == pytest.approx(0.2 + 0.2 / 3)
    assert found.idi_error == pytest.approx(
        np.sqrt(np.var([0.4, 0], ddof=1) / 2 + np.var([-0.1, -0.2, 0.1], ddof=1) / 3)
    )


def test_distance_of_groups_by_hand() -> None:
    # 1 of 2 dead where .2 was predicted, 1 of 3 where .6 was, weights as patients
    risk, dead = np.array([0.2, 0.2, 0.6, 0.6]), np.array([1, 0, 1, 0])
    w = np.array([1.0, 1.0, 1.0, 2.0])
    value, influence = mean_distance(group_shares(dead, risk, weights=w), risk, weights=w)
    assert value == pytest.approx((2 * 0.3 + 3 * (0.6 - 1 / 3)) / 5)
    # one more of the third: the first group weighs less, the second has 2 of 4
    more = w + np.array([0, 0, 1e-6, 0])
    moved, _ = mean_distance(group_shares(dead, risk, weights=more), risk, weights=more)
    assert influence[2] == pytest.approx((moved - value) / 1e-6, rel=1e-4)


def test_net_benefit_with_another_prevalence() -> None:
    # sensitivity 1/2, false alarms 1/3
    dead, acts = [1, 1, 0, 0, 0], [1, 0, 1, 0, 0]
    found = binary_net_benefit(dead, acts, 0.2, prevalence=0.1)
    assert found.value == pytest.approx(0.1 / 2 - 0.9 / 3 / 4)
    same = binary_net_benefit(dead, acts, 0.2, prevalence=0.4)
    assert same.value == pytest.approx(binary_net_benefit(dead, acts, 0.2).value)
