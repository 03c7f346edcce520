"""Riley's criteria: the published example of recurrent thrombosis, and formulas turned round."""

from __future__ import annotations

import numpy as np
import pytest

from spinesurv.errors import InputError
from spinesurv.stats.collinearity import condition_number, variance_inflation
from spinesurv.stats.influential import shift_without
from spinesurv.stats.sample_size import (
    adjusted_r2,
    expected_shrinkage,
    most_parameters,
    needed_patients,
    risk_margin,
)

#: recurrent venous thromboembolism, per year: Riley 2019 (doi:10.1002/sim.7992) and the manual of pmsampsize
VTE = {"rate": 0.065, "mean_follow_up": 2.07, "horizon": 2.0}


def test_published_example() -> None:
    needed = needed_patients(30, 0.051, **VTE)
    # printed: 5,143 and 1,039 patients, max R2 0.555
    assert (np.ceil(needed.shrinkage), np.ceil(needed.r2)) == (5143, 1039)
    assert needed.largest_r2 == pytest.approx(0.555, abs=5e-4)
    # printed: overall risk 0.122 with an upper end of 0.13 at 5,143 patients
    assert 0.122 + risk_margin(5143, **VTE) == pytest.approx(0.13, abs=6e-4)
    assert needed.all == needed.shrinkage


def test_the_risk_is_known_within_its_margin_at_the_number_needed() -> None:
    needed = needed_patients(30, 0.051, **VTE)
    assert risk_margin(int(np.ceil(needed.risk)), **VTE) == pytest.approx(0.05, abs=5e-4)


def test_most_parameters_turns_the_first_criterion_round() -> None:
    assert most_parameters(5143, 0.051) == pytest.approx(30.0, abs=0.01)


def test_shrinkage_and_r2_of_a_fit() -> None:
    assert expected_shrinkage(50.0, 5) == pytest.approx(0.9)
    assert adjusted_r2(50.0, 5, 200) == pytest.approx(0.9 * (1 - np.exp(-0.25)))
    assert expected_shrinkage(4.0, 8) == pytest.approx(-1.0)


@pytest.mark.parametrize("r2", [0.0, -0.1, 0.6])
def test_an_r2_that_cannot_be(r2: float) -> None:
    with pytest.raises(InputError, match=r"above 0 and below 0\.555"):
        needed_patients(30, r2, **VTE)


def test_inflation_of_two_predictors_is_that_of_their_correlation() -> None:
    # correlation 0.8: VIF 1 / (1 - 0.64), eigenvalues 1.8 and 0.2
    covariance = np.array([[4.0, 1.6, 0.0], [1.6, 1.0, 0.0], [0.0, 0.0, 9.0]])
    assert variance_inflation(covariance, [[0], [1], [2]]) == pytest.approx([1 / 0.6, 1 / 0.6, 1.0])
    assert condition_number(covariance[:2, :2]) == pytest.approx(3.0)
    # columns of one predictor do not inflate each other
    assert variance_inflation(covariance, [[0, 1], [2]]) == pytest.approx([1.0, 1.0])


def test_most_influential_patients_by_hand() -> None:
    down, up = shift_without([[3.0], [-1.0], [2.0], [0.5]], 2)
    assert (down[0], up[0]) == (-5.0, 0.5)
