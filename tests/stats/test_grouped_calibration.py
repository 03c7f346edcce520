"""Observed and predicted risk by group: by hand, and the test against normal deviates."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.stats.grouped_calibration import grouped_calibration

TIME = [1, 2, 4, 9, 1, 3, 5, 9]
EVENT = [1, 0, 1, 0, 1, 1, 0, 0]
RISK = [0.3, 0.5, 0.5, 0.7, 0.2, 0.2, 0.4, 0.4]
GROUP = [1, 1, 1, 1, 0, 0, 0, 0]


def test_two_groups_by_hand() -> None:
    found = grouped_calibration(TIME, EVENT, RISK, 6, GROUP)
    # group 0: dead at 1 of 4 and at 3 of 3; group 1: dead at 1 of 4, one censored, dead at 4 of 2
    assert found.n.tolist() == [4, 4]
    assert found.events.tolist() == [2, 2]
    assert found.predicted == pytest.approx([0.3, 0.5])
    assert found.observed == pytest.approx([0.5, 1 - 3 / 8])
    error = [0.5 * np.sqrt(1 / 12 + 1 / 6), 3 / 8 * np.sqrt(1 / 12 + 1 / 2)]
    assert found.std_error == pytest.approx(error)
    z = [0.2 / error[0], 0.125 / error[1]]
    assert found.chi_square == pytest.approx(z[0] ** 2 + z[1] ** 2)
    assert found.degrees_of_freedom == 1
    assert found.p == pytest.approx(0.3621, abs=5e-5)  # chi-squared 0.8305 on 1 degree of freedom
    assert found.last_time.tolist() == [9, 9]


def test_no_test_where_a_group_has_no_event() -> None:
    found = grouped_calibration(TIME, [1, 0, 1, 0, 0, 0, 0, 0], RISK, 6, GROUP)
    assert found.observed[0] == 0.0
    assert np.isnan(found.chi_square)
    assert np.isnan(found.p)


def test_a_group_that_is_all_dead_has_no_error() -> None:
    found = grouped_calibration([1, 2, 3, 4], [1, 1, 1, 0], [0.5] * 4, 5, [0, 0, 1, 1])
    assert found.observed[0] == 1.0
    assert np.isnan(found.std_error[0])
    assert found.last_time.tolist() == [np.inf, 4]
