"""Gray's test by hand, its symmetries, and its size where the groups do not differ."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.stats.gray_test import gray_test
from tests.stats.simulated_competing import competing


def test_scores_of_four_patients_by_hand() -> None:
    # a: event at 1 and 3; b: competing event at 2, event at 4
    test = gray_test([1, 3, 2, 4], [1, 1, 0, 1], [0, 0, 1, 0], ["a", "a", "b", "b"])
    # day 1: 2 and 2 count, 1/2 expected in a. Day 3: a counts 1 (1 - 1/2) / (1/2) = 1, b 1 / (1/2) = 2: 1/3 in a.
    # Day 4: nobody of a is left
    assert test.score == pytest.approx([2 - 1 / 2 - 1 / 3, -(2 - 1 / 2 - 1 / 3)])
    assert test.degrees_of_freedom == 1


def test_order_names_and_reference_do_not_matter() -> None:
    d = competing(5, 120)
    group = np.random.default_rng(6).integers(0, 3, 120)
    test = gray_test(d.time, d.event, d.competing, group)
    assert test.score.sum() == pytest.approx(0, abs=1e-10)
    assert test.variance.sum(axis=0) == pytest.approx(0, abs=1e-10)
    back = np.arange(120)[::-1]
    turned = gray_test(d.time[back], d.event[back], d.competing[back], 2 - group[back])
    assert turned.chi_square == pytest.approx(test.chi_square)
    assert turned.score == pytest.approx(test.score[::-1])


def test_strata_add_up() -> None:
    d = competing(7, 100)
    rng = np.random.default_rng(8)
    group, stratum = rng.integers(0, 2, 100), rng.integers(0, 2, 100)
    parts = [
        gray_test(d.time[s], d.event[s], d.competing[s], group[s], rho=1.0)
        for s in (stratum == 0, stratum == 1)
    ]
    together = gray_test(d.time, d.event, d.competing, group, strata=stratum, rho=1.0)
    assert together.score == pytest.approx(parts[0].score + parts[1].score)
    assert together.variance == pytest.approx(parts[0].variance + parts[1].variance)


def test_size_where_groups_do_not_differ() -> None:
    found = []
    for seed in range(300):
        d = competing(seed, 90)
        group = np.random.default_rng(1000 + seed).integers(0, 3, 90)
        found.append(gray_test(d.time, d.event, d.competing, group).chi_square)
    # chi square with 2 degrees of freedom has mean 2 and standard deviation 2: 300 draws know the mean to 0.12
    assert np.mean(found) == pytest.approx(2.0, abs=4 * 0.12)


def test_one_group_cannot_be_tested() -> None:
    test = gray_test([1, 2, 3], [1, 0, 1], [0, 1, 0], ["a", "a", "a"])
    assert np.isnan(test.p)
    assert test.degrees_of_freedom == 0
