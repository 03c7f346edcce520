"""Change of a number at a point of time, by hand and against wilcox.test of R."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu, norm

from spinesurv.stats.drift import largest_shift, recorded_from

BEFORE, AFTER = [3.1, 2.9, 4.0, 3.5], [2.0, 2.2, 3.0]


def test_one_group_by_hand():
    """Of 12 pairs the later value is higher in one (3.0 above 2.9): wilcox.test(after, before) gives W = 1, z = -5 / sqrt(8)."""
    shift = largest_shift(BEFORE + AFTER, [2010] * 4 + [2011] * 3, [0] * 7, least=3)
    assert (shift.year, shift.before, shift.after) == (2011, 4, 3)
    assert shift.probability == pytest.approx(1 / 12)
    assert shift.z == pytest.approx(-5 / np.sqrt(8))


def test_values_are_compared_within_groups_only():
    """A second group that is higher as a whole and does not change adds its pairs and its half of them: (1 + 2) / (12 + 4)."""
    value = BEFORE + AFTER + [9.0, 9.0, 9.0, 9.0]
    year = [2010] * 4 + [2011] * 3 + [2010, 2010, 2011, 2011]
    shift = largest_shift(value, year, [0] * 7 + [1] * 4, least=3)
    assert shift.probability == pytest.approx(3 / 16)
    assert shift.z == pytest.approx(-5 / np.sqrt(8 + 4 * 5 / 12))


def test_a_group_of_other_years_does_not_look_like_a_change():
    """The hospital of the later years is higher: no pair of one hospital on both sides, no change."""
    shift = largest_shift([1.0, 2.0, 11.0, 12.0], [2010, 2010, 2011, 2011], [0, 0, 1, 1], least=2)
    assert shift is None


def test_the_year_of_the_change_is_found_and_gaps_are_left_out():
    rng = np.random.default_rng(1)
    year = np.repeat(np.arange(2005, 2020), 10).astype(float)
    value = rng.normal(10, 1, 150) - 3 * (year >= 2013)
    value[::7] = np.nan
    shift = largest_shift(value, year, np.zeros(150), least=20)
    assert shift.year == 2013
    assert shift.probability < 0.05


def test_values_that_never_change_are_no_shift():
    """The first year that has enough values on either side is taken; the one before has no pair of one group."""
    year, group = [2010] + [2011] * 30 + [2012] * 30, [0] + [1] * 60
    shift = largest_shift([5.0] * 61, year, group, least=20)
    assert (shift.year, shift.before, shift.after) == (2012, 31, 30)
    assert (shift.probability, shift.z) == (0.5, 0.0)


@pytest.mark.parametrize("decimals", [0, 8])
def test_pairs_and_z_are_those_of_the_rank_sum_test_of_each_group(decimals):
    """U of scipy with ties (whole numbers) and without; van Elteren's sums by hand, and z of scipy where one group has no ties."""
    rng = np.random.default_rng(3)
    value = np.round(rng.normal(20, 3, 400), decimals)
    year, group = rng.integers(2010, 2015, 400), rng.integers(0, 3, 400)
    value += 4.0 * (year >= 2012)
    shift = largest_shift(value, year, group, least=20)
    assert shift.year == 2012
    u = pairs = spread = 0.0
    for name in range(3):
        after, before = (value[(group == name) & late] for late in (year >= 2012, year < 2012))
        u += mannwhitneyu(after, before).statistic
        pairs += len(after) * len(before)
        spread += len(after) * len(before) * (len(after) + len(before) + 1) / 12
    assert shift.probability == pytest.approx(u / pairs, rel=1e-12)
    assert shift.z == pytest.approx((u - pairs / 2) / np.sqrt(spread), rel=1e-12)
    alone = largest_shift(value, year, np.zeros(400), least=20)
    later = year >= alone.year
    told = mannwhitneyu(value[later], value[~later], method="asymptotic", use_continuity=False)
    if decimals:
        assert 2 * norm.sf(abs(alone.z)) == pytest.approx(told.pvalue, rel=1e-9)
    else:
        assert 2 * norm.sf(abs(alone.z)) > told.pvalue  # ties make it conservative


def test_ranks_by_counting_and_by_sorting_are_the_same():
    """Halves are no whole numbers and are sorted; doubled, they are counted."""
    rng = np.random.default_rng(7)
    value, year, group = rng.integers(0, 40, 300) / 2, rng.integers(2009, 2016, 300), rng.integers(0, 3, 300)
    value[rng.random(300) < 0.1] = np.nan
    shift = largest_shift(value + 2.0 * (year > 2012), year, group, least=20)
    assert shift is not None
    assert shift == largest_shift(2 * value + 4.0 * (year > 2012), year, group, least=20)


def test_recorded_from():
    year = np.repeat([2010.0, 2011, 2012, 2013], 5)
    value = np.where(year < 2012, np.nan, 1.0)
    assert recorded_from(value, year, least=5) == 2012
    value[0] = 1.0  # 1 of 10 earlier rows is filled: above 5 %
    assert recorded_from(value, year, least=5) is None
    assert recorded_from(np.ones(20), year, least=5) is None
