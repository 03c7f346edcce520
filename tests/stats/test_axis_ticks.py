"""Ticks: round, evenly divided, at their distance; where a curve folds back."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinesurv.stats.axis_ticks import divided, monotone_runs, outward, pretty_ticks, scale_ticks, spaced


def linear(values):
    return 10.0 * np.asarray(values)


@pytest.mark.parametrize(
    ("low", "high", "most", "expected"),
    [
        (0, 100, 11, np.arange(0, 101, 10)),
        (2.13, 4.87, 6, [2.5, 3, 3.5, 4, 4.5]),
        (-0.31, 0.29, 7, [-0.3, -0.2, -0.1, 0, 0.1, 0.2]),
        (3, 3, 5, [3]),
    ],
)
def test_round_values_within_the_ends(low, high, most, expected):
    np.testing.assert_array_equal(pretty_ticks(low, high, most=most), expected)


def test_whole_numbers_stay_whole():
    np.testing.assert_array_equal(pretty_ticks(0, 3, most=20, whole=True), [0, 1, 2, 3])


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(2.13, 4.87, (2.0, 5.0)), (34.6, 84.2, (34.0, 86.0)), (2, 5, (2, 5))]
)
def test_a_range_is_widened_to_round_values(low, high, expected):
    steps = {(2.13, 4.87): 10, (34.6, 84.2): 30, (2, 5): 20}
    assert outward(low, high, most=steps[low, high]) == expected


def test_a_curve_that_turns_twice_is_three_runs_that_share_the_turns():
    runs = monotone_runs([0, 2, 5, 5, 3, 1, 4])
    assert [(r.start, r.stop) for r in runs] == [(0, 4), (3, 6), (5, 7)]


@given(
    low=st.floats(-50, 50),
    span=st.floats(0.01, 500),
    bend=st.floats(-0.9, 3),
    label_gap=st.floats(1, 20),
    share=st.floats(0.05, 0.9),
)
def test_ticks_of_any_rising_axis(low, span, bend, label_gap, share):
    """Whatever the axis: it reaches from end to end, labels keep their distance, and steps between them are even."""
    low, high = outward(low, low + span)

    def position(values):
        u = (np.asarray(values) - low) / (high - low)
        return 100 * (u + bend * u**2) / (1 + bend) if bend > -0.5 else 100 * u

    tick_gap = share * label_gap
    ticks = scale_ticks(low, high, position, label_gap=label_gap, tick_gap=tick_gap)
    np.testing.assert_allclose(ticks.points, position(ticks.values))
    labels = np.flatnonzero(ticks.major)
    assert (ticks.values[0], ticks.values[-1]) == (low, high)
    assert ticks.major[[0, -1]].all()
    assert np.diff(ticks.points[labels]).min() >= label_gap - 1e-9 or len(labels) == 2
    for a, b in pairwise(labels):
        steps = np.diff(ticks.values[a : b + 1])
        # values are kept to 12 digits of the largest
        np.testing.assert_allclose(steps, steps.mean(), atol=1e-10 * max(abs(low), abs(high)))
        if b > a + 1:
            assert np.diff(ticks.points[a : b + 1]).min() >= tick_gap - 1e-9


def test_an_even_axis_has_even_labels_and_tenths():
    ticks = scale_ticks(0, 10, linear, label_gap=9, tick_gap=1)
    np.testing.assert_array_equal(ticks.values[ticks.major], np.arange(11))
    assert len(ticks.values) == 101


def test_the_less_round_labels_go_first_where_it_is_crowded():
    ticks = scale_ticks(1, 100, lambda v: 50 * np.log10(v), label_gap=6, tick_gap=1)
    # twenties, of which 80 stands less than 6 points before the end: 50 log10(100 / 80) = 4.8
    np.testing.assert_array_equal(ticks.values[ticks.major], [1, 20, 40, 60, 100])


def test_labels_are_taken_in_the_order_of_the_wish():
    np.testing.assert_array_equal(spaced([0, 1, 2, 3], [1, 0, 2, 3], gap=2), [False, True, False, True])


def test_steps_of_months_may_be_thirds_of_a_year():
    ticks = divided([12, 24, 60], linear, tick_gap=25, steps=(3, 6, 12))
    # at most ten pieces where that can be had: 36 months in six
    np.testing.assert_array_equal(ticks.values, [12, 15, 18, 21, 24, 30, 36, 42, 48, 54, 60])
    np.testing.assert_array_equal(ticks.values[ticks.major], [12, 24, 60])


def test_one_value_is_one_tick():
    ticks = scale_ticks(2, 2, linear, label_gap=1, tick_gap=1)
    assert list(ticks.values) == [2]
    assert list(ticks.major) == [True]
